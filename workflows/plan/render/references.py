"""The tables that a plan's facts refer to: lines of the summary, and a page's list (pure)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from workflows.pages.text import shown
from workflows.plan.model import Plan
from workflows.plan.references import ReferenceAccount, ReferenceDifference
from workflows.plan.render.lines import Line, Style
from workflows.records.references import ReferenceRow

# What a summary lists before the rest is only counted.
_LISTED = 5
_DIFFER = "differ from the workbooks', and stay / 表中已有值与文件不同，保留原值"
STAYS = "rows that the load added to them stay / 该载入新增的行保留"
_NOT_KNOWN = "not known / 未知"


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
    asks = "" if plan.load_id or plan.comparison else "; --compare tells which keys are new"
    unknown = all(each.account.effect is None for each in told)
    yield Line(f"References: {len(told)} tables{f', what is new in them is {_NOT_KNOWN}{asks}' if unknown else ''}")
    for each in told:
        yield from _lines(each)


def _staying(listed: Sequence[Told]) -> Iterator[Line]:
    """Of an undo: what the load that is taken back had added."""
    if all(each.account.effect is None for each in listed):
        yield Line(f"References: {STAYS}; which these are is {_NOT_KNOWN}: its receipt is not here", "dim")
        return
    yield Line(f"References: {STAYS}")
    for each in listed:
        effect = each.account.effect
        if effect is not None and effect.new:
            yield Line(f"  {each.account.table}: {effect.new} stay", "changed")
            yield from (Line(f"      {shown(_text(row), 120)}", "dim") for row in each.added)
            if each.more_added:
                yield Line(f"      … and {each.more_added} more", "dim")


def _lines(told: Told) -> Iterator[Line]:
    account, effect = told.account, told.account.effect
    if effect is None:
        yield Line(f"  {account.table}: {account.keys} keys", "dim")
        return
    style: Style = "changed" if effect.new or effect.different else "dim"
    yield Line(f"  {account.table}: {account.keys} keys = {effect.known} known + {effect.new} new", style)
    for row in told.added:
        yield Line(f"      new: {shown(_text(row), 120)}", "dim")
    if told.more_added:
        yield Line(f"      … and {told.more_added} more new", "dim")
    if effect.different:
        yield Line(f"      caution: {effect.different} value(s) there {_DIFFER}", "changed")
    for each in told.differences:
        key = " | ".join(each.key.values())
        there = "—" if each.there is None else shown(each.there, 40)
        yield Line(f"      {shown(key, 40)} {each.column}: {there} there, {shown(each.here, 40)} here", "changed")
    if told.more_differences:
        yield Line(f"      … and {told.more_differences} more", "dim")
