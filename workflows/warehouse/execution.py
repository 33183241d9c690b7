"""A load carried out exactly once, whatever happens on the way: tried again, and looked up in the ledger first."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import tenacity
from psycopg2.extensions import connection as Connection  # noqa: N812 - a class, whatever psycopg2 calls it

from workflows.errors import CommitOutcomeUnknownError, DataWarehouseLoaderError, PlanOutdatedError
from workflows.plan.comparison import Compared, moved_since
from workflows.plan.load_spec import LedgerEntry, LoadSpec, TableColumn
from workflows.plan.model import Effect, Plan
from workflows.plan.sql import load_steps
from workflows.settings import DatabaseSettings
from workflows.warehouse.compare import BatchShape, find_changes
from workflows.warehouse.connection import connect, transaction
from workflows.warehouse.ledger import CommittedLoad, find_load, left_out_files
from workflows.warehouse.loader import load
from workflows.warehouse.steps import Rows
from workflows.warehouse.table_check import check_table

logger = logging.getLogger(__name__)

_FIRST_WAIT_S, _LONGEST_WAIT_S = 0.5, 10.0
"""A server that is being restarted is back within seconds; nobody waits for it at a terminal much longer."""

_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True)
class LoadOrder:
    """A load that was decided. With a ``shape`` it is compared under its lock; with ``approved`` (a saved plan) the
    comparison has to equal that plan's."""

    spec: LoadSpec
    entry: LedgerEntry
    rows: Rows
    columns: Sequence[TableColumn]
    owns_rows: bool = False
    shape: BatchShape | None = None
    approved: Plan | None = None


@dataclass(frozen=True, slots=True)
class LoadDone:
    """What a committed load did. ``found`` if it was compared; ``recovered`` if an earlier attempt had committed
    it."""

    effect: Effect
    left_out: list[str] = field(default_factory=list)
    found: Compared | None = None
    recovered: bool = False


def execute(database: DatabaseSettings, order: LoadOrder) -> LoadDone:
    """Load in one transaction; all of it is committed when this returns, nothing when it raises.

    The exception is CommitOutcomeUnknownError, raised only if the connection broke during COMMIT and the ledger could
    not be asked afterwards. A load id that the ledger has is not loaded again.
    """
    in_doubt: list[CommitOutcomeUnknownError] = []

    def once() -> LoadDone:
        try:
            return _execute_once(database, order)
        except CommitOutcomeUnknownError as error:
            in_doubt.append(error)
            raise

    try:
        return retried(database, once)
    except CommitOutcomeUnknownError:
        raise
    except DataWarehouseLoaderError as error:
        if not in_doubt or not error.retriable:
            raise
        raise CommitOutcomeUnknownError(
            f"{in_doubt[-1]} (load {order.entry.load_id}; asking it failed: {error})"
        ) from None


def retried(database: DatabaseSettings, work: Callable[[], _Result]) -> _Result:
    """The result of ``work``, tried up to ``database.attempts`` times with growing waits while failures are transient.

    Whatever is not the server's passing trouble is raised at once.
    """
    retrying = tenacity.Retrying(
        stop=tenacity.stop_after_attempt(database.attempts),
        # The random part keeps loaders that failed together from meeting again.
        wait=tenacity.wait_exponential(multiplier=_FIRST_WAIT_S, max=_LONGEST_WAIT_S)
        + tenacity.wait_random(0, _FIRST_WAIT_S),
        retry=tenacity.retry_if_exception(lambda error: getattr(error, "retriable", False)),
        before_sleep=_announce,
        reraise=True,
    )
    return retrying(work)


def _announce(state: tenacity.RetryCallState) -> None:
    error = state.outcome.exception() if state.outcome else None
    logger.warning("attempt %s failed, trying again in %.1f s: %s", state.attempt_number, state.upcoming_sleep, error)


def _execute_once(database: DatabaseSettings, order: LoadOrder) -> LoadDone:
    spec, load_id = order.spec, order.entry.load_id
    with contextlib.closing(connect(database, load_id)) as connection, transaction(connection):
        check_table(connection, spec.table, order.columns, primary_key=spec.primary_key, owns_rows=order.owns_rows)
        # Before all the work; and again under the lock, which an attempt in doubt may still hold.
        known = find_load(connection, load_id)
        if known is not None:
            return _recovered(connection, known)
        witness = _Witness(connection, order)
        try:
            result = load(
                table=spec.table,
                rows=order.rows,
                mode=spec.mode,
                pk=list(spec.primary_key),
                conn=connection,
                merge_key=list(spec.merge_key),
                spec=spec,
                ledger=order.entry,
                observer=witness,
            )
        except _CommittedMeanwhileError as meanwhile:
            connection.rollback()
            return _recovered(connection, meanwhile.known)
    effect = witness.effect.model_copy(update={name: result[name] for name in ("deleted", "inserted", "unchanged")})
    return LoadDone(effect, result["left_out"], witness.found)


class _CommittedMeanwhileError(Exception):
    """An earlier attempt of this very load committed after all."""

    def __init__(self, known: CommittedLoad) -> None:
        super().__init__(known.load_id)
        self.known = known


class _Witness:
    """Looks at the ledger and at the table once the load holds its lock, before it changes anything."""

    def __init__(self, connection: Connection, order: LoadOrder) -> None:
        self._connection, self._order = connection, order
        operations = [step.operation for step in load_steps(order.spec, order.entry)]
        changing = next(at for at, name in enumerate(operations) if name in ("guard", "delete", "insert"))
        self._last_before_change = operations[changing - 1]
        self.found: Compared | None = None

    @property
    def effect(self) -> Effect:
        """What the comparison under the lock found; empty if none was asked for."""
        return self.found.effect if self.found else Effect()

    def after(self, operation: str) -> None:
        """Ends the load if it stands already, or if the table is not as it was approved."""
        if operation == "lock":
            known = find_load(self._connection, self._order.entry.load_id)
            if known is not None:
                raise _CommittedMeanwhileError(known)
        if operation == self._last_before_change and self._order.shape is not None:
            self.found = find_changes(self._connection, self._order.spec, self._order.shape)
            if self._order.approved is not None and (moved := moved_since(self._order.approved, self.found)):
                raise PlanOutdatedError("\n".join(["nothing was loaded:", *moved, "plan again"]))


def _recovered(connection: Connection, known: CommittedLoad) -> LoadDone:
    logger.warning("load %s was committed by an earlier attempt; nothing is loaded again", known.load_id)
    effect = Effect(
        deleted=known.deleted,
        inserted=known.inserted,
        unchanged=known.unchanged,
        added=known.added,
        changed=known.changed,
        removed=known.removed,
    )
    return LoadDone(effect, left_out_files(connection, known.load_id), recovered=True)
