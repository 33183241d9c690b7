"""How a plan's company ids were found, for people (pure)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from workflows.companies.keys import KINDS
from workflows.companies.resolver import NONE, TEMPORARY
from workflows.plan.model import Plan
from workflows.plan.render.lines import Line, in_both

_SOURCES = {"override": ("人工指定", "override"), "index": ("索引", "index")}
_OTHERS = {TEMPORARY: ("临时编号", "temporary id"), NONE: ("无名称，无编号", "no name, no id")}


@dataclass(frozen=True, slots=True)
class CompanyWay:
    """How many records were answered in one way: by a company, by a temporary id, or by none, as there is no name."""

    way: str
    count: int
    chinese: str
    english: str

    @property
    def is_known(self) -> bool:
        """Whether a company was found."""
        return self.way not in _OTHERS

    @property
    def is_work(self) -> bool:
        """Whether somebody has to find out who that is; rows without a name are usual."""
        return self.way == TEMPORARY


def company_ways(plan: Plan) -> list[CompanyWay]:
    """The ways that answered, in the order of asking; none for a domain without company ids."""
    return [_way(way, count) for way, count in plan.companies.ways.items()] if plan.companies else []


def _way(way: str, count: int) -> CompanyWay:
    source, _colon, kind = way.partition(":")
    if not kind:
        return CompanyWay(way, count, *_OTHERS[way])
    chinese, english = _SOURCES[source]
    return CompanyWay(way, count, f"{chinese}：{KINDS[kind]}", f"{english} by {kind}")


def company_lines(plan: Plan) -> Iterator[Line]:
    """How many records were answered in which way, and where those that no company was found for are listed."""
    if plan.companies is None:
        return
    ways = company_ways(plan)
    records, parts = plan.companies.records, " + ".join(f"{way.count} {way.english}" for way in ways)
    chinese = " + ".join(f"{way.chinese} {way.count}" for way in ways)
    yield in_both(
        f"公司编号: {records} 条记录 = {chinese or '0'}",
        f"Company ids: {records} records = {parts or '0'}",
        "strong",
    )
    if plan.companies.unresolved:
        rows = sum(way.count for way in ways if not way.is_known)
        where = plan.given_back.unresolved_csv or "unresolved.csv (未能写出 / not written)"
        count = plan.companies.unresolved
        yield in_both(
            f"  {count} 个客户（{rows} 条记录）找不到公司",
            f"no company for {count} customer(s) in {rows} records: {where}",
            "changed",
        )
