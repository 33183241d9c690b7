"""Loads carried out together exactly once, whatever happens on the way: tried again, looked up in the ledger first."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from psycopg2.extensions import connection as Connection  # noqa: N812 - a class, whatever psycopg2 calls it

from workflows.errors import (
    NOTHING_LOADED,
    PLAN_AGAIN,
    CommitOutcomeUnknownError,
    DataWarehouseLoaderError,
    OtherWorkError,
    PlanError,
    PlanOutdatedError,
    Words,
    WorkflowError,
)
from workflows.plan.changes import Comparison, Effect
from workflows.plan.comparison import BatchShape, moved_since
from workflows.plan.model import Plan
from workflows.plan.phases import LoadStatements
from workflows.plan.references import ReferenceAccount, references_moved
from workflows.records.references import ReferenceRows
from workflows.settings import DatabaseSettings
from workflows.warehouse.compare import find_changes
from workflows.warehouse.connection import connect, rolled_back, transaction
from workflows.warehouse.ledger import CommittedLoad, find_this_load, left_out_files
from workflows.warehouse.loader import LoadDone, LoadObserver, carry_out
from workflows.warehouse.names import resolved
from workflows.warehouse.references import add_references
from workflows.warehouse.retrying import retried
from workflows.warehouse.steps import CopySource
from workflows.warehouse.table_check import check_table

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class LoadOrder:
    """A load that was decided. With a ``shape`` it is compared under its lock; with ``approved`` (a saved plan) the
    comparison has to equal that plan's, and nothing else is added to the tables of its ``references``."""

    statements: LoadStatements
    rows: CopySource
    shape: BatchShape | None = None
    approved: Plan | None = None
    references: Sequence[ReferenceRows] = ()

    @property
    def load_id(self) -> str:
        """What the ledger calls the load."""
        return self.statements.recorded.load_id


def execute(database: DatabaseSettings, order: LoadOrder) -> LoadDone:
    """One load in one transaction, as ``execute_together``."""
    return execute_together(database, [order])[0]


def execute_together(database: DatabaseSettings, orders: Sequence[LoadOrder]) -> list[LoadDone]:
    """Load in one transaction, table after table in an order that all runs share; what each did, in the order given.

    All of it is committed when this returns, nothing when it raises. The exception is CommitOutcomeUnknownError, raised
    only if the connection broke during COMMIT and the ledger could not be asked afterwards. Loads whose ids the ledger
    has are not loaded again.
    """
    in_doubt: list[CommitOutcomeUnknownError] = []

    def once() -> list[LoadDone]:
        try:
            return _execute_once(database, orders, in_doubt)
        except CommitOutcomeUnknownError as error:
            in_doubt.append(error)
            raise

    try:
        return retried(database, once)
    except (WorkflowError, OSError) as error:
        if not in_doubt:
            raise
        return _looked_up(database, orders, in_doubt[-1], error)


def _looked_up(
    database: DatabaseSettings, orders: Sequence[LoadOrder], doubt: CommitOutcomeUnknownError, last: Exception
) -> list[LoadDone]:
    """What the ledger says, asked once more by itself: the ``last`` attempt may have failed before it came to that."""
    load_ids = ", ".join(order.load_id for order in orders)

    def ask() -> list[LoadDone] | None:
        with _opened(database, orders) as connection:
            # A server that is still committing holds the locks: what is not there once they are ours never will be.
            _lock_tables(connection, orders)
            return _recovered(connection, orders)

    try:
        done = retried(database, ask)
    except DataWarehouseLoaderError as error:
        raise CommitOutcomeUnknownError(f"{doubt} (load {load_ids}; 询问失败 / asking it failed: {error})") from None
    if done is None:
        # Not certain even so: after a failover it is another server that answers.
        raise CommitOutcomeUnknownError(
            f"{doubt} (load {load_ids}; 尚未见到 / it is not there yet; at last: {last})"
        ) from None
    return done


@contextlib.contextmanager
def _opened(database: DatabaseSettings, orders: Sequence[LoadOrder]) -> Iterator[Connection]:
    run, tables = orders[0].load_id.partition(":")[0], ", ".join(order.statements.spec.table for order in orders)
    with (
        contextlib.closing(connect(database, run)) as connection,
        transaction(connection, "load", tables),
    ):
        yield connection


def _in_locking_order(connection: Connection, orders: Sequence[LoadOrder]) -> list[LoadOrder]:
    """By table, so that no two transactions wait for each other. Raises PlanError where two are of one table.

    Undos stay in their order, newest first; their tables are locked before all else.
    """
    if len(orders) == 1:
        return list(orders)
    found: dict[tuple[str, str], LoadOrder] = {}
    if all(order.statements.spec.undo for order in orders):
        _lock_tables(connection, orders)
        return list(orders)
    for order in orders:
        target = resolved(connection, order.statements.spec).target
        if found.setdefault((target.name, target.schema or ""), order) is not order:
            raise PlanError(
                f"{target.quoted}: 同一事务中有两次载入; 请逐个运行 / "
                "two loads of one transaction are of this table; run them one by one"
            )
    return [found[table] for table in sorted(found)]


def _lock_tables(connection: Connection, orders: Sequence[LoadOrder]) -> None:
    targets = {resolved(connection, order.statements.spec).target for order in orders}
    with connection.cursor() as cursor:
        for target in sorted(targets, key=lambda target: (target.name, target.schema or "")):
            cursor.execute(f"LOCK TABLE {target.quoted} IN SHARE ROW EXCLUSIVE MODE")


def rehearse(database: DatabaseSettings, orders: Sequence[LoadOrder]) -> list[Comparison]:
    """What each of these loads would change, one after the other; all is rolled back.

    Of several undos a later one sees the table as the earlier ones leave it. Holds the tables' locks meanwhile.
    """

    def once() -> list[Comparison]:
        found: list[Comparison] = []
        with (
            contextlib.closing(connect(database, orders[0].load_id.partition(":")[0])) as connection,
            rolled_back(connection, "rehearse", orders[0].statements.spec.table),
        ):
            for order in orders:
                check_table(connection, order.statements.spec)
            for order in _in_locking_order(connection, orders):
                witness = _Witness(connection, replace(order, approved=None), [])
                carry_out(connection, order.statements, order.rows.copy_chunks(), witness)
                if witness.found is not None:
                    found.append(witness.found)
        return found

    return retried(database, once)


def _execute_once(
    database: DatabaseSettings, orders: Sequence[LoadOrder], in_doubt: list[CommitOutcomeUnknownError]
) -> list[LoadDone]:
    with _opened(database, orders) as connection:
        # Before all the work; and again under the locks, which an attempt in doubt may still hold.
        for order in orders:
            check_table(connection, order.statements.spec)
        if (known := _recovered(connection, orders)) is not None:
            return known
        done: dict[str, LoadDone] = {}
        try:
            references = _add_references(connection, orders)
            for order in _in_locking_order(connection, orders):
                witness = _Witness(connection, order, in_doubt)
                loaded = carry_out(connection, order.statements, order.rows.copy_chunks(), witness)
                done[order.load_id] = replace(loaded, found=witness.found, references=references[order.load_id])
        except _CommittedMeanwhileError:
            found = _recovered(connection, orders)
            connection.rollback()
            if found is None:
                raise
            return found
    return [done[order.load_id] for order in orders]


def _add_references(connection: Connection, orders: Sequence[LoadOrder]) -> dict[str, list[ReferenceAccount]]:
    """What became of the rows that each load refers to, by its id. Of all loads together, and before any lock: where
    two transactions add the same keys, one waits for the other while it holds nothing that the other would want."""
    parts = [order.references for order in orders]
    accounts = add_references(connection, parts, orders[0].statements.spec)
    for order, found in zip(orders, accounts, strict=True):
        if order.approved is not None and (moved := references_moved(order.approved.references, found)):
            raise PlanOutdatedError(NOTHING_LOADED.lines(moved, PLAN_AGAIN))
    return {order.load_id: found for order, found in zip(orders, accounts, strict=True)}


def _recovered(connection: Connection, orders: Sequence[LoadOrder]) -> list[LoadDone] | None:
    """What an earlier attempt committed; None if it committed nothing.

    Raises OtherWorkError if the ledger has some of the loads and others not: these were not one transaction.
    """
    known = [find_this_load(connection, each.statements.spec, each.statements.recorded) for each in orders]
    there = [load for load in known if load is not None]
    if not there:
        return None
    if len(there) < len(known):
        missing = ", ".join(order.load_id for order, load in zip(orders, known, strict=True) if load is None)
        has = ", ".join(load.load_id for load in there)
        raise OtherWorkError(
            Words(
                f"台账中有载入 {has}, 但没有 {missing}; 没有载入任何数据; 请换一个 run id",
                f"the ledger has load {has}, but not {missing}; nothing was loaded; use another run id",
            )
        )
    return [_recovered_load(connection, load) for load in there]


class _CommittedMeanwhileError(Exception):
    """An earlier attempt of this very load committed after all."""


class _Witness(LoadObserver):
    """Looks at the ledger and at the table once the load holds its lock, before it changes anything."""

    def __init__(self, connection: Connection, order: LoadOrder, in_doubt: list[CommitOutcomeUnknownError]) -> None:
        self._connection, self._order, self._in_doubt = connection, order, in_doubt
        self.found: Comparison | None = None

    def locked(self) -> None:
        """Ends the load if an earlier attempt of it stands already."""
        statements = self._order.statements
        if find_this_load(self._connection, statements.spec, statements.recorded) is not None:
            raise _CommittedMeanwhileError
        # Under the lock, which an attempt holds until its end: none of them committed.
        self._in_doubt.clear()

    def decided(self) -> Effect:
        """Compares, if that was asked for; ends the load if the table is not as it was approved."""
        if self._order.shape is None:
            return Effect()
        spec = resolved(self._connection, self._order.statements.spec)
        self.found = find_changes(self._connection, spec, self._order.shape)
        if self._order.approved is not None and (moved := moved_since(self._order.approved, self.found)):
            raise PlanOutdatedError(NOTHING_LOADED.lines(moved, PLAN_AGAIN))
        return self.found.effect


def _recovered_load(connection: Connection, known: CommittedLoad) -> LoadDone:
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
