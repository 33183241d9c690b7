"""The groups that a load replaces, as a page and a summary list them (pure)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from workflows.plan.model import Plan
from workflows.plan.render.lines import Line, and_more, in_both
from workflows.records.accounts import GroupRows

# What a summary lists before the rest is only counted.
_LISTED = 10


@dataclass(frozen=True, slots=True)
class Groups:
    """``listed`` are the first ones of ``count``; ``more`` counts the others."""

    listed: Sequence[GroupRows]
    count: int
    more: int


def groups(plan: Plan, limit: int) -> Groups:
    """The groups in the order of their values; none where a load replaces no groups."""
    listed, count = plan.groups[:limit], len(plan.groups) + plan.groups_omitted
    return Groups(listed, count, count - len(listed))


def group_lines(plan: Plan) -> Iterator[Line]:
    """Each group with its rows before and after."""
    found = groups(plan, _LISTED)
    if not found.count:
        return
    yield in_both(f"分组: 替换 {found.count} 个, 其他分组不动", f"Groups: {found.count} replaced, no other is touched")
    for group in found.listed:
        before = "" if group.before is None else f"{group.before} -> "
        shrinks = group.before is not None and group.before > group.rows
        values = " | ".join(map(str, group.key.values()))
        yield Line(f"  {values}: {before}{group.rows} 行 rows  ({group.file})", "changed" if shrinks else "plain")
    if found.more:
        listed = len(plan.groups)
        yield and_more(found.more, chinese=f", 计划列有 {listed}", english=f"; the plan lists {listed}")
