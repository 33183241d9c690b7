"""What a comparison found, as lines of the summary (pure)."""

from __future__ import annotations

from collections.abc import Iterator

from workflows.errors import Words
from workflows.plan.changes import CellChange, ChangeKind, Effect, MonthEffect, RowChange
from workflows.plan.comparison import KINDS
from workflows.plan.model import Plan
from workflows.plan.render.lines import Line, Style, and_more, in_both

# What is listed before the rest is only counted; the plan holds more.
_LISTED = 10
_STYLES: dict[ChangeKind, Style] = {"added": "good", "changed": "changed", "removed": "bad"}


def change_lines(plan: Plan) -> Iterator[Line]:
    """The effect, by month, and the first changes; nothing for a plan that compared nothing."""
    if plan.comparison is None:
        return
    chinese, english = _counts(plan.effect)
    yield in_both(f"与表对比: {chinese}", f"Compared with the table: {english}", "strong")
    for month, effect in plan.comparison.months.items():
        yield in_both(f"  {month}: {_counts(effect).chinese}", _counts(effect).english)
    for note in plan.comparison.notes:
        first, *rest = note.split("\n")
        yield Line(f"  说明 note: {first}", "dim")
        yield from (Line(f"    说明 note: {line}", "dim") for line in rest)
    for change in plan.changes[:_LISTED]:
        yield from _change(change)
    count = len(plan.changes) + plan.changes_omitted
    if count > _LISTED:
        listed = len(plan.changes)
        yield and_more(count - _LISTED, "  ", f" 行, 计划列有 {listed}", f" row(s); the plan lists {listed}")


def _counts(effect: Effect | MonthEffect) -> Words:
    counts = {kind: getattr(effect, kind) for kind in KINDS}
    return Words(
        ", ".join(f"{KINDS[kind]} {'未知' if count is None else count}" for kind, count in counts.items()),
        ", ".join(f"{'unknown' if count is None else count} {kind}" for kind, count in counts.items()),
    )


def _change(change: RowChange) -> Iterator[Line]:
    place = f"  ({change.place})" if change.place and change.kind == "added" else ""
    was = f"  (原为 was {change.place})" if change.place and change.kind == "removed" else ""
    key = " | ".join(str(value) for value in change.key.values())
    equal = f" × {change.rows}" if change.rows > 1 else ""
    yield Line(f"  {KINDS[change.kind]} {change.kind}{equal} {key}{place}{was}", _STYLES[change.kind])
    if change.kind == "changed":
        yield from (Line(f"    {_cell(cell)}") for cell in change.cells)


def _cell(cell: CellChange) -> str:
    old, new = ("空 empty" if value is None else value for value in (cell.old, cell.new))
    return f"{cell.label} {old} -> {new}" + (f"  ({cell.cell})" if cell.cell else "")
