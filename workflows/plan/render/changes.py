"""What a comparison found, as lines of the summary (pure)."""

from __future__ import annotations

from collections.abc import Iterator

from workflows.plan.model import CellChange, Plan, RowChange

# What is listed before the rest is only counted; the plan holds more.
_LISTED = 10
_KINDS = ("added", "changed", "removed", "unchanged")


def change_lines(plan: Plan) -> Iterator[str]:
    """The effect, by month, and the first changes; nothing for a plan that compared nothing."""
    if plan.comparison is None:
        return
    yield f"Compared with the table: {_counts(plan.effect)}"
    for month, effect in plan.comparison.months.items():
        yield f"  {month}: {_counts(effect)}"
    for note in plan.comparison.notes:
        yield from (f"  note: {note}" if number == 0 else f"    {note}" for number, note in enumerate(note.split("\n")))
    for change in plan.changes[:_LISTED]:
        yield from _change(change)
    count = len(plan.changes) + plan.changes_omitted
    if count > _LISTED:
        yield f"  … and {count - _LISTED} more row(s); the plan lists {len(plan.changes)}"


def _counts(effect: object) -> str:
    counts = ((kind, getattr(effect, kind)) for kind in _KINDS)
    return ", ".join(f"{'unknown' if count is None else count} {kind}" for kind, count in counts)


def _change(change: RowChange) -> Iterator[str]:
    place = f"  ({change.place})" if change.place and change.kind == "added" else ""
    was = f"  (was {change.place})" if change.place and change.kind == "removed" else ""
    yield f"  {change.kind} {' | '.join(str(value) for value in change.key.values())}{place}{was}"
    if change.kind == "changed":
        yield from (f"    {_cell(cell)}" for cell in change.cells)


def _cell(cell: CellChange) -> str:
    name = f"{cell.header} {cell.field}" if cell.header and cell.header != cell.field else cell.field
    old, new = ("empty" if value is None else value for value in (cell.old, cell.new))
    return f"{name} {old} -> {new}" + (f"  ({cell.cell})" if cell.cell else "")
