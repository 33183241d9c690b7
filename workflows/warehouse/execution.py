"""A load carried out exactly once, whatever happens on the way: tried again, and looked up in the ledger first."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TypeVar

import tenacity
from psycopg2.extensions import connection as Connection  # noqa: N812 - a class, whatever psycopg2 calls it

from workflows.errors import CommitOutcomeUnknownError, DataWarehouseLoaderError, PlanOutdatedError, WorkflowError
from workflows.plan.comparison import moved_since
from workflows.plan.model import Comparison, Effect, Plan
from workflows.plan.phases import LoadStatements
from workflows.settings import DatabaseSettings
from workflows.warehouse.compare import BatchShape, find_changes
from workflows.warehouse.connection import connect, transaction
from workflows.warehouse.ledger import CommittedLoad, find_this_load, left_out_files
from workflows.warehouse.loader import LoadDone, LoadObserver, carry_out
from workflows.warehouse.names import resolved
from workflows.warehouse.steps import CopySource
from workflows.warehouse.table_check import check_table

logger = logging.getLogger(__name__)

_FIRST_WAIT_S, _LONGEST_WAIT_S = 0.5, 10.0
"""A server that is being restarted is back within seconds; nobody waits for it at a terminal much longer."""

_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True)
class LoadOrder:
    """A load that was decided. With a ``shape`` it is compared under its lock; with ``approved`` (a saved plan) the
    comparison has to equal that plan's."""

    statements: LoadStatements
    rows: CopySource
    shape: BatchShape | None = None
    approved: Plan | None = None


def execute(database: DatabaseSettings, order: LoadOrder) -> LoadDone:
    """Load in one transaction; all of it is committed when this returns, nothing when it raises.

    The exception is CommitOutcomeUnknownError, raised only if the connection broke during COMMIT and the ledger could
    not be asked afterwards. A load id that the ledger has is not loaded again.
    """
    in_doubt: list[CommitOutcomeUnknownError] = []

    def once() -> LoadDone:
        try:
            return _execute_once(database, order, in_doubt)
        except CommitOutcomeUnknownError as error:
            in_doubt.append(error)
            raise

    try:
        return retried(database, once)
    except (WorkflowError, OSError) as error:
        if not in_doubt:
            raise
        return _looked_up(database, order, in_doubt[-1], error)


def _looked_up(
    database: DatabaseSettings, order: LoadOrder, doubt: CommitOutcomeUnknownError, last: Exception
) -> LoadDone:
    """What the ledger says, asked once more by itself: the ``last`` attempt may have failed before it came to that."""
    load_id = order.statements.recorded.load_id

    def ask() -> LoadDone | None:
        with _opened(database, order) as connection:
            # A server that is still committing holds the lock: what is not there once it is ours never will be.
            table = resolved(connection, order.statements.spec).target.quoted
            with connection.cursor() as cursor:
                cursor.execute(f"LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE")
            known = _committed(connection, order)
            return None if known is None else _recovered(connection, known)

    try:
        done = retried(database, ask)
    except DataWarehouseLoaderError as error:
        raise CommitOutcomeUnknownError(f"{doubt} (load {load_id}; asking it failed: {error})") from None
    if done is None:
        # Not certain even so: after a failover it is another server that answers.
        raise CommitOutcomeUnknownError(f"{doubt} (load {load_id}; it is not there yet; at last: {last})") from None
    return done


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


@contextlib.contextmanager
def _opened(database: DatabaseSettings, order: LoadOrder) -> Iterator[Connection]:
    with (
        contextlib.closing(connect(database, order.statements.recorded.load_id)) as connection,
        transaction(connection, "load", order.statements.spec.table),
    ):
        yield connection


def _execute_once(database: DatabaseSettings, order: LoadOrder, in_doubt: list[CommitOutcomeUnknownError]) -> LoadDone:
    with _opened(database, order) as connection:
        check_table(connection, order.statements.spec)
        # Before all the work; and again under the lock, which an attempt in doubt may still hold.
        known = _committed(connection, order)
        if known is not None:
            return _recovered(connection, known)
        witness = _Witness(connection, order, in_doubt)
        try:
            done = carry_out(connection, order.statements, order.rows.copy_chunks(), witness)
        except _CommittedMeanwhileError as meanwhile:
            done = _recovered(connection, meanwhile.known)
            connection.rollback()
    return replace(done, found=witness.found)


def _committed(connection: Connection, order: LoadOrder) -> CommittedLoad | None:
    return find_this_load(connection, order.statements.spec, order.statements.recorded)


class _CommittedMeanwhileError(Exception):
    """An earlier attempt of this very load committed after all."""

    def __init__(self, known: CommittedLoad) -> None:
        super().__init__(known.load_id)
        self.known = known


class _Witness(LoadObserver):
    """Looks at the ledger and at the table once the load holds its lock, before it changes anything."""

    def __init__(self, connection: Connection, order: LoadOrder, in_doubt: list[CommitOutcomeUnknownError]) -> None:
        self._connection, self._order, self._in_doubt = connection, order, in_doubt
        self.found: Comparison | None = None

    def locked(self) -> None:
        """Ends the load if an earlier attempt of it stands already."""
        known = _committed(self._connection, self._order)
        if known is not None:
            raise _CommittedMeanwhileError(known)
        # Under the lock, which an attempt holds until its end: none of them committed.
        self._in_doubt.clear()

    def decided(self) -> Effect:
        """Compares, if that was asked for; ends the load if the table is not as it was approved."""
        if self._order.shape is None:
            return Effect()
        spec = resolved(self._connection, self._order.statements.spec)
        self.found = find_changes(self._connection, spec, self._order.shape)
        if self._order.approved is not None and (moved := moved_since(self._order.approved, self.found)):
            raise PlanOutdatedError("\n".join(["nothing was loaded:", *moved, "plan again"]))
        return self.found.effect


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
