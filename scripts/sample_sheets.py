"""What stands in the sample workbooks of trustee performance: invented plans, and the ways providers lay them out."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TypeAlias

Value: TypeAlias = "str | int | Decimal | date | None"

_TOTAL = "合计"
_FIRMS = ("长河", "远山", "青禾", "博远", "金穗", "恒岳", "云帆", "瑞泽", "盛川", "明湖", "启辰", "安澜")
_KINDS = ("能源", "铁路", "电网", "航运", "钢铁", "通信", "建工", "烟草", "石化", "民航")


@dataclass(frozen=True, slots=True)
class Line:
    """One plan at one company in one month; the rate is a fraction, the scale in 元, figures may be missing."""

    month: date
    plan_code: str
    plan_name: str
    company_code: str
    company_name: str
    rate: Decimal | None
    net_value: Decimal | None
    scale: Decimal | None


Column: TypeAlias = tuple[str, Callable[[Line], Value]]


def _percent(line: Line) -> Decimal | None:
    return None if line.rate is None else line.rate * 100


def _percent_text(line: Line) -> str | None:
    return None if line.rate is None else f"{line.rate * 100:.2f}%"


def _ten_thousands(line: Line) -> Decimal | None:
    return None if line.scale is None else line.scale / 10_000


_YEAR: Column = ("年", lambda line: line.month.year)
_MONTH: Column = ("月", lambda line: line.month.month)
_CODES: tuple[Column, ...] = (
    ("计划代码", lambda line: line.plan_code),
    ("计划名称", lambda line: line.plan_name),
    ("公司代码", lambda line: line.company_code),
    ("公司名称", lambda line: line.company_name),
)
_RATE: Column = ("收益率", lambda line: line.rate)
_NET_VALUE: Column = ("净值", lambda line: line.net_value)
_SCALE: Column = ("规模", lambda line: line.scale)

_ENGLISH: tuple[Column, ...] = (
    ("year", lambda line: line.month.year),
    ("month", lambda line: line.month.month),
    ("plan_code", lambda line: line.plan_code),
    ("plan_name", lambda line: line.plan_name),
    ("company_code", lambda line: line.company_code),
    ("return_rate", lambda line: line.rate),
    ("net_asset_value", lambda line: line.net_value),
    ("fund_scale", lambda line: line.scale),
)
_PERCENT_HEADER: tuple[Column, ...] = (_YEAR, _MONTH, *_CODES, ("收益率(%)", _percent), _NET_VALUE, _SCALE)
_DATED: tuple[Column, ...] = (
    ("报告日期", lambda line: line.month.replace(day=30)),
    *_CODES,
    _RATE,
    _NET_VALUE,
    _SCALE,
)
_PERIOD: tuple[Column, ...] = (
    ("报告期", lambda line: f"{line.month.year}年{line.month.month}月"),
    *_CODES,
    _RATE,
    _NET_VALUE,
    _SCALE,
)
_PERCENT_TEXT: tuple[Column, ...] = (
    _YEAR,
    _MONTH,
    *_CODES,
    ("收益率", _percent_text),
    _NET_VALUE,
    ("规模(万元)", _ten_thousands),
)


@dataclass(frozen=True, slots=True)
class Sample:
    """One workbook; ``instead`` replaces single cells: (line counted from 0, header) -> what stands there."""

    path: str
    month: date
    lines: int
    columns: tuple[Column, ...]
    version: int = 1
    title: bool = True
    totals: bool = True
    instead: Mapping[tuple[int, str], Value] = field(default_factory=dict)

    @property
    def header_row(self) -> int:
        """Excel's number of the header row."""
        return 2 if self.title else 1


_NOVEMBER_MISTAKES: dict[tuple[int, str], Value] = {
    (11, "净值"): "待定",
    (47, "收益率"): Decimal(15),  # shown as 1500.00%
    (83, "计划代码"): None,
    (120, "规模"): "#N/A",
}
_DECEMBER_SURPRISES: dict[tuple[int, str], Value] = {
    (33, "收益率"): "55.00%",  # possible, and worth a warning
}

SAMPLES = (
    Sample("2024年8月受托业绩报告.xlsx", date(2024, 8, 1), 120, _ENGLISH, title=False, totals=False),
    Sample("2024-9受托业绩.xls", date(2024, 9, 1), 128, _PERCENT_HEADER),
    Sample("2024年10月受托业绩报告.xlsm", date(2024, 10, 1), 140, _DATED),
    Sample("数据采集/V1/2024年11月受托业绩报告.xlsx", date(2024, 11, 1), 148, _PERIOD),
    Sample("数据采集/V2/2024年11月受托业绩报告.xlsx", date(2024, 11, 1), 150, _PERIOD, 2, instead=_NOVEMBER_MISTAKES),
    Sample("202412受托业绩V1.xlsx", date(2024, 12, 1), 156, _PERCENT_TEXT),
    Sample("202412受托业绩V2.xlsx", date(2024, 12, 1), 160, _PERCENT_TEXT, 2, instead=_DECEMBER_SURPRISES),
)


def lines_of(month: date, count: int, version: int) -> Iterator[Line]:
    """The first ``count`` plans of ``month``; version 2 restates every ninth scale and leaves the rest as it was."""
    chance = random.Random(f"受托业绩 {month:%Y-%m}")
    for index in range(count):
        plan, company = index // 2 + 1, (index // 2 * 5 + index % 2) % len(_FIRMS)
        rate = Decimal(chance.randint(-180, 420)) / 10_000
        net_value = Decimal(chance.randint(9_000, 26_000)) / 10_000
        # In hundreds of 元, so that 万元 with two decimals says it exactly.
        scale = Decimal(chance.randint(50_000, 9_000_000)) * 100
        if version == 2 and index % 9 == 4:
            scale += 120_000
        is_new = index % 61 == 17  # a plan that has no figures yet
        yield Line(
            month=month,
            plan_code=f"P{plan:04d}" if plan % 3 else f"FP-{plan:04d}",
            plan_name=f"{_KINDS[plan % len(_KINDS)]}集团{plan:02d}号企业年金计划",
            company_code=f"C{company + 1:03d}",
            company_name=f"{_FIRMS[company]}养老金管理公司",
            rate=None if is_new else rate,
            net_value=None if is_new else net_value,
            scale=None if is_new else scale,
        )


def sheet_of(sample: Sample) -> list[list[Value]]:
    """The sheet's rows, from the title (if any) to the totals row, which sums the scales that are numbers."""
    headers = [header for header, _ in sample.columns]
    body = [
        [sample.instead.get((index, header), value(line)) for header, value in sample.columns]
        for index, line in enumerate(lines_of(sample.month, sample.lines, sample.version))
    ]
    rows: list[list[Value]] = []
    if sample.title:
        rows.append([f"{sample.month.year}年{sample.month.month}月受托业绩报告"])
    rows += [list(headers), *body]
    if sample.totals:
        scales = [row[-1] for row in body]
        total = sum((value for value in scales if isinstance(value, Decimal)), Decimal())
        rows.append([_TOTAL, *[None] * (len(headers) - 2), total])
    return rows
