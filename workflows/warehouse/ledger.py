"""What was committed, read back from the ledger; it is written by the load's own statements."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from psycopg2.extensions import connection as Connection  # noqa: N812 - a class, whatever psycopg2 calls it

from workflows.plan.identifiers import compose, literal
from workflows.plan.ledger_sql import table_identity

_COLUMNS = (
    "load_id, sequence, plan_id, domain, table_name, mode, outcome, via,"
    " records, deleted, inserted, unchanged, undoes, committed_at, db_user, host"
)


@dataclass(frozen=True, slots=True)
class CommittedLoad:
    """A row of ``wdh_load``."""

    load_id: str
    sequence: int
    plan_id: str
    domain: str
    table_name: str
    mode: str
    outcome: str
    via: str
    records: int
    deleted: int
    inserted: int
    unchanged: int
    undoes: str | None
    committed_at: datetime
    db_user: str
    host: str | None


def find_load(connection: Connection, load_id: str) -> CommittedLoad | None:
    """The load ``load_id``, or None if it was never committed."""
    found = _loads(connection, compose("WHERE load_id = {load_id}", load_id=literal(load_id)))
    return found[0] if found else None


def last_loads(connection: Connection, table: str, limit: int = 20) -> list[CommittedLoad]:
    """The last ``limit`` loads of ``table``, newest first; empty if there are none (the table must exist)."""
    return _loads(
        connection,
        compose(
            "WHERE table_name = {table} ORDER BY sequence DESC LIMIT {limit}",
            table=table_identity(table),
            limit=literal(limit),
        ),
    )


def _loads(connection: Connection, condition: str) -> list[CommittedLoad]:
    with connection.cursor() as cursor:
        cursor.execute(compose("SELECT {columns} FROM wdh_load {condition}", columns=_COLUMNS, condition=condition))
        return [CommittedLoad(*row) for row in cursor.fetchall()]
