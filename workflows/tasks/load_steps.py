"""A prepared load and the database: compared with the table, verified against a saved plan, or carried out."""

from __future__ import annotations

import contextlib

from workflows.errors import AlreadyAppliedError, PlanBlockedError, PlanOutdatedError
from workflows.plan.build import comparison_of
from workflows.plan.comparison import Compared, moved_since
from workflows.plan.model import Plan
from workflows.plan.render.terminal import render_blocked
from workflows.settings import get_settings
from workflows.tasks.load_request import Load
from workflows.warehouse.compare import compare
from workflows.warehouse.connection import connect
from workflows.warehouse.execution import execute, retried
from workflows.warehouse.ledger import applied_by


def compare_load(prepared: Load) -> Load:
    """The load with what it would change in the live table, which is left as it is."""
    return prepared.with_comparison(_find(prepared))


def verify_load(prepared: Load) -> Plan:
    """The saved plan that the load was prepared from, as it stands today.

    Raises AlreadyAppliedError, PlanBlockedError, or PlanOutdatedError naming the rows that moved.
    """
    approved = prepared.wish.approved
    if approved is None:
        raise PlanOutdatedError("there is no saved plan to verify")
    _refuse_blocked(prepared.plan)
    found = _find(prepared)
    if moved := moved_since(approved, found):
        raise PlanOutdatedError("\n".join(["the saved plan no longer holds:", *moved, "plan again"]))
    return _with_found(prepared.plan, found).model_copy(
        update={"outcome": "verified", "saved_inputs": approved.saved_inputs}
    )


def execute_load(prepared: Load) -> Plan:
    """The receipt: all files and the ledger's row in one transaction; nothing at all when a gate is closed."""
    plan = prepared.plan
    _refuse_blocked(plan)
    done = execute(get_settings().database, prepared.order())
    changed = done.effect.deleted or done.effect.inserted
    receipt = plan.model_copy(
        update={
            "outcome": "loaded" if changed else "unchanged",
            "load_id": prepared.wish.run,
            "files": [file.model_copy(update={"left_out": file.path in set(done.left_out)}) for file in plan.files],
        }
    )
    receipt = receipt if done.found is None else _with_found(receipt, done.found)
    return receipt.model_copy(update={"effect": done.effect})


def _find(prepared: Load) -> Compared:
    database = get_settings().database

    def once() -> Compared:
        with contextlib.closing(connect(database, prepared.wish.run)) as connection:
            found = compare(connection, prepared.statements, prepared.records, prepared.shape)
            applied = applied_by(connection, prepared.plan.plan_id) if prepared.wish.approved else None
        if applied is not None:
            raise AlreadyAppliedError(
                f"this plan was applied by load {applied.load_id} at {applied.committed_at:%Y-%m-%d %H:%M:%S%z}"
            )
        return found

    return retried(database, once)


def _refuse_blocked(plan: Plan) -> None:
    if plan.blocked_by:
        raise PlanBlockedError(render_blocked(plan))


def _with_found(plan: Plan, found: Compared) -> Plan:
    return plan.model_copy(
        update={
            "effect": found.effect,
            "comparison": comparison_of(found),
            "changes": found.changes,
            "changes_omitted": found.omitted,
        }
    )
