"""A run's prepared loads, carried out as the run says: planned by themselves, or with the database."""

from __future__ import annotations

from collections.abc import Sequence

from workflows.runs.preparing import PreparedLoad


def carry_out(prepared: Sequence[PreparedLoad]) -> list[PreparedLoad]:
    """The loads planned, compared, verified or executed, as their run says; their plans tell what came of it.

    Raises PlanBlockedError, AlreadyAppliedError, PlanOutdatedError, and whatever the database says.
    """
    run = prepared[0].run
    if run.plan_only and not run.compare:
        return [load.with_batch_looked_at() for load in prepared]
    # Imported here: a plan that asks no database does not wait for its driver.
    from workflows.runs.with_database import compare_or_execute

    return compare_or_execute(prepared)
