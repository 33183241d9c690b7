"""The tables that a plan's facts refer to: lines of the summary, and a page's list (pure)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from workflows.errors import Words
from workflows.pages.text import shown
from workflows.plan.model import Plan
from workflows.plan.references import ReferenceAccount, ReferenceDifference
from workflows.plan.render.lines import Line, Style, and_more, in_both
from workflows.records.references import ReferenceRow

# What a summary lists before the rest is only counted.
_LISTED = 5
STAYS = Words("该载入新增的行保留", "rows that the load added to them stay")


@dataclass(frozen=True, slots=True)
class Told:
    """One table: the first new rows, in the order of the account's columns, and the first differences; ``more…`` count
    the others."""

    account: ReferenceAccount
    added: Sequence[ReferenceRow]
    more_added: int
    differences: Sequence[ReferenceDifference]
    more_differences: int


def references(plan: Plan, limit: int) -> list[Told]:
    """The tables in the order of the domain; none where facts refer to nothing."""
    return [_told(account, limit) for account in plan.references]


def reference_counts(plan: Plan) -> list[dict[str, str | int | None]]:
    """Each table's keys by what becomes of them, for programs; None where nobody asked the database."""
    return [
        {
            "table": account.table,
            "keys": account.keys,
            "known": account.effect.known if account.effect else None,
            "new": account.effect.new if account.effect else None,
            "different": account.effect.different if account.effect else None,
        }
        for account in plan.references
    ]


def _told(account: ReferenceAccount, limit: int) -> Told:
    effect = account.effect
    if effect is None:
        return Told(account, (), 0, (), 0)
    added = effect.added[:limit]
    differences = effect.differences[:limit]
    return Told(account, added, effect.new - len(added), differences, effect.different - len(differences))


def _text(values: Sequence[str | int | None]) -> str:
    return " | ".join("—" if value is None else str(value) for value in values)


def reference_lines(plan: Plan) -> Iterator[Line]:
    """How many keys each table has already, which are new, and what differs; or that nobody asked the database."""
    told = references(plan, _LISTED)
    if not told:
        return
    if plan.undoes is not None:
        yield from _staying(told)
        return
    unknown = ("", "")
    if all(each.account.effect is None for each in told):
        unknown = (", 其中哪些键是新的未知", ", what is new in them is not known")
        if not plan.load_id and not plan.comparison:
            unknown = (f"{unknown[0]}, 运行 make compare 可知", f"{unknown[1]}; make compare (--compare) tells")
    yield in_both(f"引用的表: {len(told)} 张{unknown[0]}", f"References: {len(told)} tables{unknown[1]}")
    for each in told:
        yield from _lines(each)


def _staying(listed: Sequence[Told]) -> Iterator[Line]:
    """Of an undo: what the load that is taken back had added."""
    if all(each.account.effect is None for each in listed):
        yield in_both(
            f"引用的表: {STAYS.chinese}; 哪些行未知, 此处没有其回执",
            f"References: {STAYS.english}; which these are is not known: its receipt is not here",
            "dim",
        )
        return
    yield in_both(f"引用的表: {STAYS.chinese}", f"References: {STAYS.english}")
    for each in listed:
        effect = each.account.effect
        if effect is not None and effect.new:
            yield in_both(f"  {each.account.table}: 保留 {effect.new} 行", f"{effect.new} stay", "changed")
            yield from (Line(f"      {shown(_text(row), 120)}", "dim") for row in each.added)
            if each.more_added:
                yield and_more(each.more_added, "      ")


def _lines(told: Told) -> Iterator[Line]:
    account, effect = told.account, told.account.effect
    if effect is None:
        yield in_both(f"  {account.table}: {account.keys} 个键", f"{account.keys} keys", "dim")
        return
    style: Style = "changed" if effect.new or effect.different else "dim"
    yield in_both(
        f"  {account.table}: {account.keys} 个键 = 已有 {effect.known} + 新增 {effect.new}",
        f"{account.keys} keys = {effect.known} known + {effect.new} new",
        style,
    )
    for row in told.added:
        yield Line(f"      新增 new: {shown(_text(row), 120)}", "dim")
    if told.more_added:
        yield and_more(told.more_added, "      ", " 新增", " new")
    if effect.different:
        yield in_both(
            f"      注意: 表中已有的 {effect.different} 个值与文件不同, 保留原值",
            f"caution: {effect.different} value(s) there differ from the workbooks', and stay",
            "changed",
        )
    for each in told.differences:
        key = " | ".join(each.key.values())
        there = "—" if each.there is None else shown(each.there, 40)
        here = shown(each.here, 40)
        yield in_both(
            f"      {shown(key, 40)} {each.column}: 表中 {there}, 文件中 {here}",
            f"{there} there, {here} here",
            "changed",
        )
    if told.more_differences:
        yield and_more(told.more_differences, "      ")
