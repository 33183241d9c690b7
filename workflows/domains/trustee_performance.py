"""Trustee performance (受托业绩): the monthly return, net asset value and scale of each plan."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Annotated

from workflows.domains.domain import Cautions, Columns, Domain, Record
from workflows.domains.fields import (
    CodeColumn,
    CompanyCode,
    Money,
    MonthColumn,
    NumberColumn,
    PlanCode,
    Rate,
    ReportMonth,
    UnitPrice,
)
from workflows.domains.findings import Code
from workflows.domains.process import process_rows
from workflows.sources.cells import Cell

# A monthly return beyond this is possible, and worth a look.
_LARGE_RETURN = Decimal("0.5")


class TrusteePerformance(Record):
    """One plan at one company in one month."""

    report_date: Annotated[
        ReportMonth,
        MonthColumn(
            year=("年", "year"),
            month=("月", "month"),
            period=("报告期", "报告日期", "月度", "年月", "report_period", "report_date"),
        ),
    ]
    plan_code: Annotated[PlanCode, CodeColumn(headers=("计划代码", "plan_code"), max_length=50)]
    company_code: Annotated[CompanyCode, CodeColumn(headers=("公司代码", "company_code"), max_length=20)]
    return_rate: Annotated[
        Rate | None, NumberColumn(headers=("收益率", "return_rate"), precision=8, scale=6, rate=True)
    ]
    net_asset_value: Annotated[
        UnitPrice | None, NumberColumn(headers=("净值", "net_asset_value"), precision=18, scale=4, per_unit=True)
    ]
    fund_scale: Annotated[
        Money | None, NumberColumn(headers=("规模", "fund_scale"), precision=18, scale=2, additive=True)
    ]
    has_performance_data: bool


def _has_performance_data(columns: Columns, count: int) -> list[bool]:
    figures = (columns["return_rate"], columns["net_asset_value"], columns["fund_scale"])
    present = zip(*figures, strict=True)
    return [not (a is None and b is None and c is None) for a, b, c in present] if count else []


def _cautions(columns: Columns) -> Cautions:
    for index, rate in enumerate(columns["return_rate"]):
        if rate is not None and not -_LARGE_RETURN <= rate <= _LARGE_RETURN:
            yield index, "return_rate_large", "return_rate"
    for index, (value, scale) in enumerate(zip(columns["net_asset_value"], columns["fund_scale"], strict=True)):
        if value is not None and scale is not None and scale < value:
            yield index, "scale_below_net_asset_value", "fund_scale"


DOMAIN = Domain(
    name="trustee_performance",
    record=TrusteePerformance,
    primary_key=("report_date", "plan_code", "company_code"),
    period_field="report_date",
    derived={"has_performance_data": _has_performance_data},
    cautions=_cautions,
    codes={
        "return_rate_large": Code(
            "收益率绝对值超过 50%",
            "the return rate is beyond 50 %",
            "请确认数值及百分号",
            "confirm the value and its percent sign",
        ),
        "scale_below_net_asset_value": Code(
            "规模小于净值",
            "the scale is below the net asset value",
            "请确认规模的单位",
            "confirm the unit of the scale",
        ),
    },
)


def process(rows: Iterable[Mapping[str, Cell]], data_source: str) -> list[TrusteePerformance]:
    """Rows of ``read_excel_rows`` -> records, in order; blank and totals rows are left out.

    Rows know nothing of what stands around them: units count where a header, a column of units, a cell or its number
    format says them, and bare rates are fractions.

    Raises RowsRejectedError, with the good records and every reject attached, if any row fails.
    """
    return process_rows(DOMAIN, TrusteePerformance, rows, data_source)
