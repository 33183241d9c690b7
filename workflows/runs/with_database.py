"""A run's prepared loads and the database: compared with the tables, verified against a saved plan, or executed."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence

from workflows.errors import (
    NO_LONGER_HOLDS,
    PLAN_AGAIN,
    AlreadyAppliedError,
    PlanBlockedError,
    PlanOutdatedError,
    Words,
)
from workflows.pages.text import local_time
from workflows.plan.changes import Comparison
from workflows.plan.comparison import moved_since
from workflows.plan.model import Plan
from workflows.plan.references import ReferenceAccount, references_moved
from workflows.plan.render.summary import blocked, blocked_counts
from workflows.runs.preparing import PreparedLoad
from workflows.settings import get_settings
from workflows.warehouse.compare import compare
from workflows.warehouse.connection import connect, rolled_back
from workflows.warehouse.execution import execute_together, rehearse
from workflows.warehouse.ledger import applied_by
from workflows.warehouse.references import look_up_references
from workflows.warehouse.retrying import retried


def compare_or_execute(prepared: Sequence[PreparedLoad]) -> list[PreparedLoad]:
    """The loads compared, verified or executed, as their run says; raises as ``carry_out``."""
    run = prepared[0].run
    if not run.plan_only:
        return _executed(prepared)
    if run.approved is not None:
        _refuse_blocked(prepared)
    if len(prepared) > 1 and all(load.choice.undo for load in prepared):
        comparisons = rehearse(get_settings().database, [load.order() for load in prepared])
    else:
        comparisons = [_find(load) for load in prepared]
    references = _find_references(prepared)
    both = zip(prepared, comparisons, references, strict=True)
    if run.approved is not None:
        return [load.with_plan(_verified(load, found, added)) for load, found, added in both]
    return [load.with_comparison(found).with_references(added) for load, found, added in both]


def _verified(prepared: PreparedLoad, found: Comparison, references: Sequence[ReferenceAccount]) -> Plan:
    """The saved plan that the load was prepared from, as it stands today."""
    approved = prepared.approved
    if approved is None:
        return prepared.plan
    if moved := [*moved_since(approved, found), *references_moved(approved.references, references)]:
        raise PlanOutdatedError(NO_LONGER_HOLDS.lines(moved, PLAN_AGAIN))
    plan = prepared.plan.compared(found)
    told = list(references) or plan.references
    return plan.altered(outcome="verified", choice=approved.choice, references=told)


def _executed(prepared: Sequence[PreparedLoad]) -> list[PreparedLoad]:
    """The receipts: all files and the ledger's rows in one transaction; nothing at all when a gate is closed."""
    _refuse_blocked(prepared)
    done = execute_together(get_settings().database, [load.order() for load in prepared])
    loaded = []
    for load, each in zip(prepared, done, strict=True):
        plan = load.plan if each.found is None else load.plan.compared(each.found)
        receipt = plan.receipt(load.run.load_id(load.choice), each.effect, each.left_out, each.left, each.groups)
        loaded.append(load.with_plan(receipt.altered(moved=each.moved)).with_references(each.references))
    return loaded


def _find(prepared: PreparedLoad) -> Comparison:
    database = get_settings().database

    def once() -> Comparison:
        with contextlib.closing(connect(database, prepared.run.id)) as connection:
            found = compare(connection, prepared.statements, prepared.records, prepared.shape)
            with rolled_back(connection, "compare", prepared.plan.table):
                applied = applied_by(connection, prepared.plan.plan_id) if prepared.approved else None
        if applied is not None:
            load_id, when = applied.load_id, local_time(applied.committed_at)
            raise AlreadyAppliedError(
                Words(f"此计划已由载入 {load_id} 于 {when} 执行", f"this plan was applied by load {load_id} at {when}")
            )
        return found

    return retried(database, once)


def _find_references(prepared: Sequence[PreparedLoad]) -> list[list[ReferenceAccount]]:
    """What the run would add to the tables that its facts refer to; nobody is asked where there are none."""
    parts = [load.references for load in prepared]
    if not any(parts):
        return [[] for _load in prepared]
    database = get_settings().database

    def once() -> list[list[ReferenceAccount]]:
        with (
            contextlib.closing(connect(database, prepared[0].run.id)) as connection,
            rolled_back(connection, "compare", prepared[0].plan.table),
        ):
            return look_up_references(connection, parts)

    return retried(database, once)


def _refuse_blocked(prepared: Sequence[PreparedLoad]) -> None:
    """A part that is blocked blocks all."""
    if any(load.plan.blocked_by for load in prepared):
        plans = [load.plan for load in prepared]
        raise PlanBlockedError(blocked(plans), outside=blocked_counts(plans))
