"""Run a load's statements on a connection, in the caller's transaction; nothing here commits."""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from dataclasses import asdict
from itertools import chain
from typing import Any, Protocol, TypedDict, cast

from psycopg2.extensions import connection as Connection  # noqa: N812 - a class, whatever psycopg2 calls it
from psycopg2.extensions import cursor as Cursor  # noqa: N812

from workflows.errors import DataWarehouseLoaderError, PlanError
from workflows.plan.identifiers import literal
from workflows.plan.ledger_sql import SCRIPT_VALUES, LedgerValues
from workflows.plan.load_spec import LedgerEntry, LoadSpec, Mode, Step
from workflows.plan.model import Effect
from workflows.plan.sql import closing_steps, load_steps
from workflows.warehouse.steps import CopySource, Rows, run_step


class LoadObserver(Protocol):
    """Looks on while a load runs, in its transaction. ``effect`` is what it found out; empty if nothing."""

    @property
    def effect(self) -> Effect:
        """Added, changed and removed rows, known before the insert is over."""
        ...

    def after(self, operation: str) -> None:
        """Called after each statement; raise to end the load."""
        ...


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


def load(  # noqa: PLR0913 - the first six are fixed by the callers' contract
    table: str,
    rows: Rows,
    mode: str = "delete_insert",
    pk: Sequence[str] | None = None,
    conn: Connection | None = None,
    *,
    merge_key: Sequence[str] | None = None,
    spec: LoadSpec | None = None,
    ledger: LedgerEntry | None = None,
    observer: LoadObserver | None = None,
) -> LoadResult:
    """Make ``table`` equal to ``rows`` in their scope (``delete_insert``), or add them to it (``append``).

    With ``conn=None`` nothing is read or executed: the result holds the statements. Otherwise they run in the
    caller's transaction, which must be rolled back if this raises. ``spec`` says everything about the load; without
    one it is made of the other arguments and the first row's names, all columns deciding whether a row changed.
    With ``ledger`` the load is recorded and an append loads each workbook once. ``observer`` is told each
    operation once it is done; what it raises ends the load, and the effect that it found goes into the ledger.

    Raises PlanError for a load that cannot mean what is wanted, DataWarehouseLoaderError for what the database
    refuses, and whatever reading ``rows`` raises.
    """
    if spec is None:
        rows, spec = _spec_of_rows(table, rows, mode, pk, merge_key)
    elif (table, mode) != (spec.table, spec.mode):
        raise PlanError(f"{table}, {mode}: the load's specification says {spec.table}, {spec.mode}")
    steps = load_steps(spec, ledger, ledger.records if ledger else None)
    if conn is None:
        shown = (*steps, *closing_steps(spec, ledger, SCRIPT_VALUES if ledger else None))
        return _result(spec, shown, None, [])
    if conn.autocommit is True:
        raise DataWarehouseLoaderError(f"{table}: a load needs a transaction; the connection is in autocommit")
    with conn.cursor() as cursor:

        def run(step: Step) -> Step:
            done = run_step(cursor, step, spec, rows)
            if observer is not None:
                observer.after(step.operation)
            return done

        return _execute(cursor, spec, ledger, steps, run, observer)


def _execute(
    cursor: Cursor,
    spec: LoadSpec,
    ledger: LedgerEntry | None,
    steps: Sequence[Step],
    run: Callable[[Step], Step],
    observer: LoadObserver | None,
) -> LoadResult:
    done = [run(step) for step in steps]
    counts = {step.operation: step.rows or 0 for step in done}
    if ledger is not None and counts["copy"] != ledger.records:
        raise DataWarehouseLoaderError(
            f"{spec.table}: {counts['copy']} rows were staged, the plan says {ledger.records}"
        )
    left_out: list[str] = []
    if "leave_out" in counts:
        cursor.execute("SELECT path FROM pg_temp.wdh_files WHERE left_out ORDER BY path")
        left_out = [str(row[0]) for row in cursor.fetchall()]
    deleted, inserted = counts.get("delete", 0), counts["insert"]
    staged = counts["copy"] - counts.get("leave_out", 0)
    effect = observer.effect if observer else Effect()
    values = None if ledger is None else _ledger_values(ledger, (deleted, inserted, staged), effect)
    done += [run(step) for step in closing_steps(spec, ledger, values)]
    return _result(spec, done, (deleted, inserted, staged - inserted), left_out)


def _spec_of_rows(
    table: str, rows: Rows, mode: str, pk: Sequence[str] | None, merge_key: Sequence[str] | None
) -> tuple[Rows, LoadSpec]:
    """The specification that a caller without workbooks means, and the rows with the first one put back."""
    if isinstance(rows, CopySource):
        raise PlanError(f"{table}: rows that are lines for COPY already need a specification naming their columns")
    remaining = iter(rows)
    first = next(remaining, None)
    if first is None:
        raise PlanError(f"{table}: there are no rows to load; an empty batch would delete everything in its scope")
    columns = tuple(first)
    primary_key = tuple(pk or ())
    spec = LoadSpec(
        table=table,
        columns=columns,
        business_columns=columns,
        primary_key=primary_key,
        merge_key=primary_key if merge_key is None else tuple(merge_key),
        mode=cast("Mode", mode),
    )
    return chain([first], remaining), spec


def _ledger_values(ledger: LedgerEntry, counts: tuple[int, int, int], effect: Effect) -> LedgerValues:
    """What the ledger's row says of a load that deleted, inserted and staged ``counts`` rows."""
    deleted, inserted, staged = counts
    return LedgerValues(
        load_id=literal(ledger.load_id),
        via=literal(ledger.via),
        host=literal(socket.gethostname()),
        deleted=literal(deleted),
        inserted=literal(inserted),
        added=literal(effect.added),
        changed=literal(effect.changed),
        removed=literal(effect.removed),
        staged=literal(staged),
    )


def _result(
    spec: LoadSpec, steps: Sequence[Step], counts: tuple[int, int, int] | None, left_out: list[str]
) -> LoadResult:
    deleted, inserted, unchanged = counts or (None, None, None)
    return LoadResult(
        mode=spec.mode,
        table=spec.table,
        deleted=deleted,
        inserted=inserted,
        unchanged=unchanged,
        batches=1,
        left_out=left_out,
        steps=[asdict(step) for step in steps],
    )
