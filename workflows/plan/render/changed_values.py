"""What a comparison found, as a page shows it: old -> new by row, and the table before and after by month (pure)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from workflows.plan.model import Plan

# A changed row rarely differs in more columns than this; the others are counted.
_CELLS = 12
_FIRST = {"changed": 0, "removed": 1, "added": 2}


@dataclass(frozen=True, slots=True)
class ChangedRow:
    """``cells`` (field, header, old, new, cell) are listed for changed rows only: the others are whole rows."""

    kind: str
    key: str
    place: str
    cells: list[Mapping[str, Any]]
    more_cells: int


@dataclass(frozen=True, slots=True)
class Changes:
    """``listed`` are the first ones, changed before removed before added; ``more`` counts the others."""

    listed: list[ChangedRow]
    more: int
    notes: list[str]


@dataclass(frozen=True, slots=True)
class MonthBefore:
    """The table's rows of a month in scope: ``before`` and ``after`` the load."""

    before: int
    after: int
    added: int
    changed: int
    removed: int
    unchanged: int


def changes(plan: Plan, limit: int) -> Changes:
    """What differs from the table; empty for a plan that compared nothing."""
    # As JSON: a plan of an earlier version has none of these fields.
    document = plan.model_dump()
    found = sorted(document.get("changes", ()), key=lambda change: _FIRST.get(change["kind"], 3))
    listed = [_row(change) for change in found[:limit]]
    comparison = document.get("comparison") or {}
    count = len(found) + int(document.get("changes_omitted", 0))
    return Changes(listed, count - len(listed), list(comparison.get("notes", ())))


def months_before(plan: Plan) -> dict[str, MonthBefore]:
    """By month, what a comparison says about the table; empty where nothing was compared."""
    comparison: Mapping[str, Any] = plan.model_dump().get("comparison") or {}
    return {month: _before(effect) for month, effect in (comparison.get("months") or {}).items()}


def _row(change: Mapping[str, Any]) -> ChangedRow:
    key = " | ".join(str(value) for value in change["key"].values())
    cells = list(change["cells"]) if change["kind"] == "changed" else []
    return ChangedRow(change["kind"], key, change.get("place", ""), cells[:_CELLS], len(cells[_CELLS:]))


def _before(effect: Mapping[str, int]) -> MonthBefore:
    kept = effect["changed"] + effect["unchanged"]
    return MonthBefore(before=kept + effect["removed"], after=kept + effect["added"], **effect)
