"""What a comparison found, as a page shows it: old -> new by row, and the table before and after by month (pure)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from workflows.plan.changes import CellChange, MonthEffect, RowChange
from workflows.plan.model import Plan

# A changed row rarely differs in more columns than this; the others are counted.
_CELLS = 12
_DECIMAL = re.compile(r"-?\d+\.\d+", re.ASCII)
_FIRST = {"changed": 0, "removed": 1, "added": 2}


@dataclass(frozen=True, slots=True)
class ChangedRow:
    """``cells`` are listed for changed rows only; the others are whole rows, of which ``amounts`` are listed, and where
    rows have no key whatever else tells them apart. ``rows`` is how many equal ones it is."""

    kind: str
    key: str
    place: str
    cells: list[CellChange]
    more_cells: int
    amounts: list[CellChange]
    rows: int


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
    found = sorted(plan.changes, key=lambda change: _FIRST[change.kind])
    summed = {total.field: total.header for total in plan.sums}
    listed = [_row(change, summed, bool(plan.primary_key)) for change in found[:limit]]
    notes = list(plan.comparison.notes) if plan.comparison else []
    return Changes(listed, len(found) + plan.changes_omitted - len(listed), notes)


def months_before(plan: Plan) -> dict[str, MonthBefore]:
    """By month, what a comparison says about the table; empty where nothing was compared."""
    months = plan.comparison.months if plan.comparison else {}
    return {month: _before(effect) for month, effect in months.items()}


def _row(change: RowChange, summed: Mapping[str, str], has_key: bool) -> ChangedRow:
    key = " | ".join(str(value) for value in change.key.values())
    cells = change.cells if change.kind == "changed" else []
    amounts = [
        _grouped(cell).altered(header=cell.header or summed.get(cell.field, cell.field))
        for cell in (() if change.kind == "changed" else change.cells)
        if cell.field in summed or not has_key
    ][:_CELLS]
    listed = [_grouped(cell) for cell in cells[:_CELLS]]
    return ChangedRow(change.kind, key, change.place, listed, len(cells[_CELLS:]), amounts, change.rows)


def _grouped(cell: CellChange) -> CellChange:
    return cell.altered(old=grouped(cell.old), new=grouped(cell.new))


def grouped(text: str | None) -> str | None:
    """A decimal with thousands separators; whole numbers stay, as they may be codes."""
    if text is None or not _DECIMAL.fullmatch(text):
        return text
    whole, _, fraction = text.partition(".")
    return f"{'-' if text.startswith('-') else ''}{abs(int(whole)):,}.{fraction}"


def _before(effect: MonthEffect) -> MonthBefore:
    kept = effect.changed + effect.unchanged
    return MonthBefore(
        before=kept + effect.removed,
        after=kept + effect.added,
        added=effect.added,
        changed=effect.changed,
        removed=effect.removed,
        unchanged=effect.unchanged,
    )
