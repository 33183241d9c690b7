"""Run a load's statements on a connection, in the caller's transaction; nothing here commits."""

from __future__ import annotations

import socket
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, TypedDict, cast

from psycopg2.extensions import connection as Connection  # noqa: N812 - a class, whatever psycopg2 calls it
from pydantic import BaseModel

from workflows.domains.domain import PROVENANCE
from workflows.errors import DataWarehouseLoaderError, PlanError
from workflows.plan.changes import Comparison, Effect
from workflows.plan.identifiers import literal
from workflows.plan.ledger_sql import LedgerValues
from workflows.plan.left_rows import LeftRows
from workflows.plan.load_spec import LoadSpec, Mode
from workflows.plan.magnitude import Magnitudes
from workflows.plan.model import PlanStep
from workflows.plan.phases import LoadStatements, Statement, shown
from workflows.plan.references import ReferenceAccount
from workflows.plan.sql import load_statements
from workflows.records.accounts import GroupRows
from workflows.stages import Stage
from workflows.warehouse.copy_rows import lines_of_mappings
from workflows.warehouse.groups import groups_in_table
from workflows.warehouse.ledger import left_out_files
from workflows.warehouse.left import left_in_table, moved_in_table
from workflows.warehouse.names import resolved, session_kept
from workflows.warehouse.steps import run_phase, stage_rows

Row = Mapping[str, Any] | BaseModel


class LoadObserver:
    """Looks on between a load's phases, in its transaction; what it raises ends the load. This one sees nothing."""

    def locked(self) -> None:
        """The lock is held; nothing was asked of the ledger yet."""

    def decided(self) -> Effect:
        """What will be loaded is staged, nothing is changed yet. What is found out here goes into the ledger."""
        return Effect()


_NOBODY = LoadObserver()


@dataclass(frozen=True, slots=True)
class LoadDone:
    """What a load did. ``steps`` are the statements that ran, with the rows that they changed; ``found`` if it was
    compared under its lock; ``left`` is what stays in the table besides the batch, ``moved`` what a power of ten lies
    between, ``groups`` are those that it replaced, as they were; ``references`` are the tables that it added to before;
    ``recovered`` if an earlier attempt had committed it, which told none of these."""

    effect: Effect
    left_out: list[tuple[str, str]] = field(default_factory=list)
    steps: list[PlanStep] = field(default_factory=list)
    found: Comparison | None = None
    left: list[LeftRows] | None = None
    moved: Magnitudes | None = None
    groups: list[GroupRows] = field(default_factory=list)
    references: list[ReferenceAccount] = field(default_factory=list)
    recovered: bool = False


class LoadResult(TypedDict):
    """What a load did, or in a plan will do; None is what only the database can tell.

    ``batches`` counts COPYs. ``left_out`` are the paths of workbooks that an append found in the ledger. ``steps``
    are the statements (operation, sql, rows) in order.
    """

    mode: str
    table: str
    deleted: int | None
    inserted: int | None
    unchanged: int | None
    batches: int
    left_out: list[str]
    steps: list[dict[str, Any]]


def load(
    table: str,
    rows: Iterable[Row],
    mode: str = "delete_insert",
    pk: Sequence[str] | None = None,
    conn: Connection | None = None,
    *,
    merge_key: Sequence[str] | None = None,
) -> LoadResult:
    """Make ``table`` equal to ``rows`` in their scope (``delete_insert``), or add them to it (``append``).

    ``pk`` says what one row is. Without it equal rows are several, and ``merge_key`` names the columns that make
    groups: those that the rows name are made equal to them, as multisets.

    ``rows`` are mappings or models, all with the first one's columns. With ``conn=None`` nothing is read or executed:
    the result holds the statements. Otherwise they run in the caller's transaction, which must be rolled back if this
    raises. All columns decide whether a row changed, but for the provenance of a domain's records (or of their dumps).

    Raises PlanError for a load that cannot mean what is wanted, DataWarehouseLoaderError for what the database
    refuses, and whatever reading ``rows`` raises.
    """
    mappings = map(_mapping, rows)
    first = next(mappings, None)
    if first is None:
        raise PlanError(f"{table}: there are no rows to load; an empty batch would delete everything in its scope")
    columns, primary_key = tuple(first), tuple(pk or ())
    spec = LoadSpec(
        table=table,
        columns=columns,
        business_columns=_business_columns(columns, (*primary_key, *(merge_key or ()))),
        primary_key=primary_key,
        merge_key=primary_key if merge_key is None else tuple(merge_key),
        mode=cast("Mode", mode),
        replaces="file_months" if primary_key else "groups_of_rows",
    )
    statements = load_statements(spec)
    if conn is None:
        return _result(spec, LoadDone(Effect(), steps=statements.planned()))
    with session_kept(conn):
        return _result(spec, carry_out(conn, statements, lines_of_mappings(chain([first], mappings), columns)))


def _mapping(row: Row) -> Mapping[str, Any]:
    match row:
        case BaseModel():
            return row.model_dump()
        case Mapping():
            return row
        case _:
            raise PlanError(f"a row to load is a mapping or a model; found {type(row).__name__}")


def _business_columns(columns: Sequence[str], keys: Sequence[str]) -> tuple[str, ...]:
    """Where the columns are a record's, its provenance makes no two rows differ."""
    provenance = set(PROVENANCE) - set(keys) if set(PROVENANCE) <= set(columns) else set()
    return tuple(name for name in columns if name not in provenance)


def carry_out(
    connection: Connection, statements: LoadStatements, copy_chunks: Iterable[bytes], observer: LoadObserver = _NOBODY
) -> LoadDone:
    """Run all ``statements``, which stage ``copy_chunks``, in the caller's transaction; raises as ``load``.

    For the rest of it nothing but pg_catalog is searched.
    """
    table, entry = statements.spec.table, statements.entry
    if connection.autocommit is True:
        raise DataWarehouseLoaderError(f"{table}: a load needs a transaction; the connection is in autocommit")
    statements = load_statements(resolved(connection, statements.spec), entry)
    with connection.cursor() as cursor:
        rows = stage_rows(cursor, statements, copy_chunks)
        with Stage("locking", table):
            rows |= run_phase(cursor, statements.locking, table)
            observer.locked()
        with Stage("deciding", table):
            rows |= run_phase(cursor, statements.deciding, table)
            left = left_in_table(cursor, statements.spec) if entry is not None else None
            moved = moved_in_table(cursor, statements.spec) if entry is not None else None
            groups = groups_in_table(cursor, statements.spec)
        found = observer.decided()
        with Stage("changing", table) as changing:
            rows |= run_phase(cursor, statements.changing, table)
            effect = _effect(statements, rows, found)
            changing.rows = (effect.deleted or 0) + (effect.inserted or 0)
        with Stage("closing", table):
            closing = statements.closing(_ledger_values(statements, effect))
            run_phase(cursor, closing, table)
    left_out: list[tuple[str, str]] = []
    if entry is not None and statements.deciding.leave_out is not None:
        left_out = left_out_files(connection, entry.load_id)
    ran = chain(statements.staging, statements.locking, statements.deciding, statements.changing, closing)
    return LoadDone(effect, left_out, shown(ran, rows), left=left, moved=moved, groups=groups)


def _effect(statements: LoadStatements, rows: Mapping[Statement, int], found: Effect) -> Effect:
    """What the statements did to the table's ``rows``, and what was ``found`` beforehand."""

    def of(statement: Statement | None) -> int:
        return 0 if statement is None else rows[statement]

    staged = of(statements.staging.copy) - of(statements.deciding.leave_out)
    inserted = of(statements.changing.insert)
    return Effect(
        deleted=of(statements.changing.delete),
        inserted=inserted,
        unchanged=staged - inserted,
        added=found.added,
        changed=found.changed,
        removed=found.removed,
    )


def _ledger_values(statements: LoadStatements, effect: Effect) -> LedgerValues:
    entry, past = statements.entry, statements.spec.schemas
    counts = {name: literal(count) for name, count in effect}
    load_id, via, actor = (None, None, None) if entry is None else (entry.load_id, entry.via, entry.actor)
    return LedgerValues(
        load_id=literal(load_id),
        via=literal(via),
        host=literal(socket.gethostname()),
        actor=literal(actor),
        can_undo=literal(bool(past.numbered and (past.keeps or not effect.deleted))),
        **counts,
    )


def _result(spec: LoadSpec, done: LoadDone) -> LoadResult:
    return LoadResult(
        mode=spec.mode,
        table=spec.table,
        deleted=done.effect.deleted,
        inserted=done.effect.inserted,
        unchanged=done.effect.unchanged,
        batches=1,
        left_out=list(dict.fromkeys(path for path, _sheet in done.left_out)),
        steps=[step.model_dump() for step in done.steps],
    )
