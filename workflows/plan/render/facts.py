"""The summary of a run as one JSON object, for programs (pure)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from workflows.frozen import Frozen
from workflows.plan.model import Outcome, Plan
from workflows.plan.render.left import left_counts
from workflows.plan.render.references import reference_counts
from workflows.plan.run_plan import RunPlan

_FILE = ("path", "part", "version", "sheet", "rows_read", "records", "rejects", "set_aside_rows", "left_out")


class Failure(Frozen):
    """A task that failed: its message, and whether a gate or guard closed it; or, where it ``goes_on``, one that this
    host left to others."""

    task: str
    message: str
    blocked: bool
    goes_on: bool = False


def outcome_of(failures: Sequence[Failure]) -> Outcome:
    """What a run came to that left no plan or receipt."""
    if any(failure.blocked for failure in failures):
        return "blocked"
    return "unfinished" if failures and all(failure.goes_on for failure in failures) else "failed"


def summary_facts(plan: Plan, report: str, page: str | None) -> dict[str, Any]:
    """What the summary says; counts instead of lists where ``report`` holds the list. ``page`` is None without one."""
    return {
        "outcome": plan.outcome,
        "domain": plan.domain,
        "execute": plan.execute,
        "plan_only": plan.plan_only,
        "mode": plan.mode,
        "table": plan.table,
        "primary_key": plan.primary_key,
        "merge_key": plan.merge_key,
        "database": plan.database,
        "plan_id": plan.plan_id,
        "load_id": plan.load_id,
        "undoes": plan.undoes,
        "periods": plan.periods,
        "files": [
            {
                "period": file.month,
                **{name: getattr(file, name) for name in _FILE},
                "touched": [{"field": each.field, "rule": each.rule, "cells": each.cells} for each in file.touched],
            }
            for file in plan.files
        ],
        "not_selected": len(plan.not_selected),
        "near_misses": [
            {"path": each.path, "month": each.month, "would_be": each.would_be or None}
            for each in plan.not_selected
            if each.month
        ],
        "months_left_out": [f"{month:%Y-%m}" for month in plan.left_out.not_taken],
        "months_without_file": [f"{month:%Y-%m}" for month in plan.left_out.without_file],
        "records": plan.records,
        "months": plan.months,
        "reject_rows": plan.reject_rows,
        "duplicates": plan.duplicates,
        "overrides": len(plan.overrides) + plan.overrides_omitted,
        "warnings": len(plan.warnings) + plan.warnings_omitted,
        "companies": plan.companies.model_dump() if plan.companies else None,
        "effect": plan.effect.model_dump(),
        "left": left_counts(plan),
        "references": reference_counts(plan),
        "magnitude_moved": None if plan.moved is None else plan.moved.keys,
        "blocked_by": [block.model_dump() for block in plan.blocked_by],
        "failures": [],
        "report": report,
        "page": page,
    }


def run_facts(run: RunPlan, report: str, page: str | None) -> dict[str, Any]:
    """The same of a run: of one domain as above, of several what all have in common, and each under ``parts``."""
    if not run.is_joint:
        return summary_facts(run.parts[0], report, page)
    return {
        "outcome": run.outcome,
        "domain": run.domains,
        "execute": run.execute,
        "plan_only": run.plan_only,
        "database": run.database,
        "plan_id": run.plan_id,
        "records": run.records,
        "reject_rows": run.reject_rows,
        "parts": [summary_facts(part, report, page) for part in run.parts],
        "skipped": run.skipped,
        "failures": [],
        "report": report,
        "page": page,
    }


def failure_facts(options: Mapping[str, Any], failures: Sequence[Failure]) -> dict[str, Any]:
    """A run that failed or was blocked: the options as they took effect, and each failed task's message."""
    return {
        "outcome": outcome_of(failures),
        **options,
        "failures": [failure.model_dump(exclude={"blocked", "goes_on"}) for failure in failures],
        "report": None,
        "page": None,
    }
