"""Whether a table can take a load: asked before anything is staged."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from psycopg2.extensions import connection as Connection  # noqa: N812 - a class, whatever psycopg2 calls it

from workflows.errors import TableMismatchError, TableNotFoundError
from workflows.plan.identifiers import quote_table
from workflows.plan.load_spec import TableColumn
from workflows.warehouse.failures import MAKE_SCHEMA

_ALIASES = {
    "varchar": "character varying",
    "char": "character",
    "bool": "boolean",
    "int": "integer",
    "int2": "smallint",
    "int4": "integer",
    "int8": "bigint",
    "decimal": "numeric",
    "float8": "double precision",
    "float4": "real",
    "timestamptz": "timestamp with time zone",
    "timestamp": "timestamp without time zone",
}
"""Short names of types and what PostgreSQL's ``format_type`` calls them."""

_COLUMNS = """
    SELECT attname, format_type(atttypid, atttypmod),
           atthasdef OR attidentity <> '' OR attgenerated <> ''
    FROM pg_catalog.pg_attribute
    WHERE attrelid = %s AND attnum > 0 AND NOT attisdropped
    ORDER BY attnum
"""

_REFERENCES = """
    SELECT DISTINCT conrelid::regclass::text
    FROM pg_catalog.pg_constraint
    WHERE confrelid = %s AND contype = 'f'
    ORDER BY 1
"""


@dataclass(frozen=True, slots=True)
class LiveColumn:
    """A column as the table has it; ``fills_itself`` by a default, an identity or a generating expression."""

    name: str
    sql_type: str
    fills_itself: bool


def check_table(
    connection: Connection,
    table: str,
    columns: Sequence[TableColumn],
    *,
    owns_rows: bool = False,
) -> None:
    """Return if ``table`` and the ledger exist and the table can be loaded with ``columns``.

    Rows are deleted and inserted again, so what hangs on them elsewhere would be lost: columns beyond ``columns``
    that do not fill themselves, and foreign keys that refer to the table, are refused unless the load ``owns_rows``.
    Raises TableNotFoundError and TableMismatchError; the latter names every problem at once.
    """
    for name in (table, "wdh_load", "wdh_load_file"):
        if _relation(connection, name) is None:
            raise TableNotFoundError(f"there is no table {name} in this database; {MAKE_SCHEMA}")
    oid, kind = _relation(connection, table) or (0, "")
    if kind not in ("r", "p"):
        raise TableMismatchError(f"{table} is not a table")
    with connection.cursor() as cursor:
        cursor.execute(_COLUMNS, (oid,))
        live = [LiveColumn(*row) for row in cursor.fetchall()]
        cursor.execute(_REFERENCES, (oid,))
        referring = [str(row[0]) for row in cursor.fetchall()]
    problems = column_problems(columns, live, owns_rows=owns_rows)
    if referring and not owns_rows:
        problems.append(f"its rows are referred to by foreign keys of {', '.join(referring)}")
    if problems:
        raise TableMismatchError(f"{table} cannot be loaded: {'; '.join(problems)}")


def column_problems(wanted: Sequence[TableColumn], live: Sequence[LiveColumn], *, owns_rows: bool) -> list[str]:
    """What keeps the ``wanted`` columns from the ``live`` table, in the wanted order; empty if nothing does."""
    found = {column.name: column for column in live}
    problems = []
    for column in wanted:
        if column.name not in found:
            problems.append(f"column {column.name} {column.sql_type} is missing")
        elif full_type(column.sql_type) != found[column.name].sql_type:
            problems.append(
                f"column {column.name} is {found[column.name].sql_type}, wanted {full_type(column.sql_type)}"
            )
    known = {column.name for column in wanted}
    if not owns_rows:
        problems += [
            f"column {column.name} is not the load's and has no default"
            for column in live
            if column.name not in known and not column.fills_itself
        ]
    return problems


def full_type(sql_type: str) -> str:
    """``sql_type`` as PostgreSQL's ``format_type`` spells it: ``varchar( 50 )`` is ``character varying(50)``."""
    text = re.sub(r"\s*([(),])\s*", r"\1", " ".join(sql_type.lower().split()))
    name, bracket, rest = text.partition("(")
    if name == "numeric" and bracket and "," not in rest:
        rest = rest.replace(")", ",0)")
    return _ALIASES.get(name, name) + bracket + rest


def _relation(connection: Connection, table: str) -> tuple[int, str] | None:
    """The table's oid and kind, or None if the server does not find it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT oid, relkind FROM pg_catalog.pg_class WHERE oid = to_regclass(%s)", (quote_table(table),)
        )
        row = cursor.fetchone()
    return (int(row[0]), str(row[1])) if row else None
