"""A prepared load and the database: compared with the table, verified against a saved plan, or carried out."""

from __future__ import annotations

import contextlib

from workflows.errors import AlreadyAppliedError, PlanBlockedError, PlanOutdatedError
from workflows.pages.text import local_time
from workflows.plan.comparison import moved_since
from workflows.plan.model import Comparison, Plan
from workflows.plan.render.summary import blocked
from workflows.runs.preparing import PreparedLoad
from workflows.settings import get_settings
from workflows.warehouse.compare import compare
from workflows.warehouse.connection import connect, rolled_back
from workflows.warehouse.execution import execute, retried
from workflows.warehouse.ledger import applied_by


def carry_out(prepared: PreparedLoad) -> PreparedLoad:
    """The load planned, compared, verified or executed, as its run says; its plan tells what came of it.

    Raises PlanBlockedError, AlreadyAppliedError, PlanOutdatedError, and whatever the database says.
    """
    if not prepared.run.plan_only:
        return prepared.with_plan(_executed(prepared))
    if prepared.approved is not None:
        return prepared.with_plan(_verified(prepared, prepared.approved))
    return prepared.with_comparison(_find(prepared)) if prepared.run.compare else prepared.with_batch_looked_at()


def _verified(prepared: PreparedLoad, approved: Plan) -> Plan:
    """The saved plan that the load was prepared from, as it stands today."""
    _refuse_blocked(prepared.plan)
    found = _find(prepared)
    if moved := moved_since(approved, found):
        raise PlanOutdatedError("\n".join(["the saved plan no longer holds:", *moved, "plan again"]))
    return prepared.plan.compared(found).altered(outcome="verified", choice=approved.choice)


def _executed(prepared: PreparedLoad) -> Plan:
    """The receipt: all files and the ledger's row in one transaction; nothing at all when a gate is closed."""
    _refuse_blocked(prepared.plan)
    done = execute(get_settings().database, prepared.order())
    plan = prepared.plan if done.found is None else prepared.plan.compared(done.found)
    return plan.receipt(prepared.run.id, done.effect, done.left_out).altered(left=done.left, moved=done.moved)


def _find(prepared: PreparedLoad) -> Comparison:
    database = get_settings().database

    def once() -> Comparison:
        with contextlib.closing(connect(database, prepared.run.id)) as connection:
            found = compare(connection, prepared.statements, prepared.records, prepared.shape)
            with rolled_back(connection, "compare", prepared.plan.table):
                applied = applied_by(connection, prepared.plan.plan_id) if prepared.approved else None
        if applied is not None:
            raise AlreadyAppliedError(
                f"this plan was applied by load {applied.load_id} at {local_time(applied.committed_at)}"
            )
        return found

    return retried(database, once)


def _refuse_blocked(plan: Plan) -> None:
    if plan.blocked_by:
        raise PlanBlockedError(blocked(plan))
