"""What a comparison found, as lines of the summary (pure)."""

from __future__ import annotations

from collections.abc import Iterator

from workflows.plan.model import CellChange, ChangeKind, Effect, MonthEffect, Plan, RowChange
from workflows.plan.render.lines import Line, Style

# What is listed before the rest is only counted; the plan holds more.
_LISTED = 10
_STYLES: dict[ChangeKind, Style] = {"added": "good", "changed": "changed", "removed": "bad"}


def change_lines(plan: Plan) -> Iterator[Line]:
    """The effect, by month, and the first changes; nothing for a plan that compared nothing."""
    if plan.comparison is None:
        return
    yield Line(f"Compared with the table: {_counts(plan.effect)}", "strong")
    for month, effect in plan.comparison.months.items():
        yield Line(f"  {month}: {_counts(effect)}")
    for note in plan.comparison.notes:
        first, *rest = note.split("\n")
        yield Line(f"  note: {first}", "dim")
        yield from (Line(f"    note: {line}", "dim") for line in rest)
    for change in plan.changes[:_LISTED]:
        yield from _change(change)
    count = len(plan.changes) + plan.changes_omitted
    if count > _LISTED:
        yield Line(f"  … and {count - _LISTED} more row(s); the plan lists {len(plan.changes)}", "dim")


def _counts(effect: Effect | MonthEffect) -> str:
    counts = {
        "added": effect.added,
        "changed": effect.changed,
        "removed": effect.removed,
        "unchanged": effect.unchanged,
    }
    return ", ".join(f"{'unknown' if count is None else count} {kind}" for kind, count in counts.items())


def _change(change: RowChange) -> Iterator[Line]:
    place = f"  ({change.place})" if change.place and change.kind == "added" else ""
    was = f"  (was {change.place})" if change.place and change.kind == "removed" else ""
    key = " | ".join(str(value) for value in change.key.values())
    equal = f" × {change.rows}" if change.rows > 1 else ""
    yield Line(f"  {change.kind}{equal} {key}{place}{was}", _STYLES[change.kind])
    if change.kind == "changed":
        yield from (Line(f"    {_cell(cell)}") for cell in change.cells)


def _cell(cell: CellChange) -> str:
    old, new = ("empty" if value is None else value for value in (cell.old, cell.new))
    return f"{cell.label} {old} -> {new}" + (f"  ({cell.cell})" if cell.cell else "")
