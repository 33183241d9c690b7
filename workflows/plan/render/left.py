"""What a load by keys leaves in the table besides its batch: lines of the summary, and a page's list (pure)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from workflows.plan.left_rows import LEFT_KINDS, LeftKind, LeftRows, sentences
from workflows.plan.model import Plan
from workflows.plan.render.lines import Line, Style, and_more, in_both

# What is listed before the rest is only counted; the plan holds all.
_LISTED = 10
_TITLES: dict[LeftKind, tuple[str, str]] = {
    "left_behind": ("留在表中", "Left behind"),
    "kept_rejected": ("因拒收而保留", "Kept, rejected here"),
    "unknown_source": ("来源不明", "Of unknown source"),
}
_STYLES: dict[LeftKind, Style] = {"left_behind": "bad", "kept_rejected": "changed", "unknown_source": "dim"}


@dataclass(frozen=True, slots=True)
class Said:
    """One kind's rows of one month and workbook, for people; ``more`` counts the keys that are not among ``keys``."""

    kind: LeftKind
    title: tuple[str, str]
    sentence: tuple[str, str]
    keys: list[str]
    more: int


def left(plan: Plan, limit: int) -> tuple[list[Said], int]:
    """The first groups, and how many more there are; none where nothing stays or nobody knows."""
    found = plan.left or []
    return list(map(_said, found[:limit])), max(0, len(found) - limit)


def left_counts(plan: Plan) -> dict[str, int] | None:
    """Rows by kind, for programs; None where they are not known."""
    if plan.left is None:
        return None
    return {kind: sum(each.rows for each in plan.left if each.kind == kind) for kind in LEFT_KINDS}


def left_lines(plan: Plan) -> Iterator[Line]:
    """What stays, by workbook; without a database, that this is not known."""
    if plan.left is None:
        asks = ("", "")
        if not plan.load_id:
            asks = (
                ", 运行 make compare 可知哪些旧行会留在表中",
                "; make compare (--compare) tells which rows of earlier loads would stay in the table",
            )
        yield in_both(f"留在表中: 未知{asks[0]}", f"Left behind: not known{asks[1]}", "dim")
    listed, more = left(plan, _LISTED)
    for each in listed:
        (chinese, english), said = each.title, each.sentence
        yield in_both(f"{chinese}: {said[0]}", f"{english}: {said[1]}", _STYLES[each.kind])
        yield Line(f"    {', '.join(each.keys)}{', …' if each.more else ''}", "dim")
    if more:
        yield and_more(more, chinese=" 组, 计划列有全部", english=" group(s); the plan lists all")


def _said(rows: LeftRows) -> Said:
    return Said(rows.kind, _TITLES[rows.kind], sentences(rows), rows.keys, rows.rows - len(rows.keys))
