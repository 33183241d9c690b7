"""What the ledgers of plans won and lost (台账) have in common (pure)."""

from __future__ import annotations

from typing import Annotated

from pydantic import StringConstraints

from workflows.domains.annuity import (
    BRANCH_BY_NAME,
    PRODUCT_LINE_BY_TYPE,
    UNKNOWN_BRANCH,
    Id,
    Text,
    money,
    text,
    unknown_branches,
)
from workflows.domains.annuity_references import BRANCHES_BY_CODE, PRODUCT_LINES, customers, plans
from workflows.domains.domain import CompanyKeys, Domain, Record
from workflows.domains.fields import (
    Amount,
    ChoiceColumn,
    CodeColumn,
    CustomerColumn,
    IntegerColumn,
    MonthColumn,
    ReportMonth,
    TextColumn,
)
from workflows.domains.value_lists import BUSINESS_TYPE_ALIASES, BUSINESS_TYPES, PLAN_TYPE_ALIASES, PLAN_TYPES


class LedgerRow(Record):
    """One plan of a customer in a ledger, which holds several months; rows have no key."""

    上报月份: Annotated[ReportMonth, MonthColumn(period=("上报月份",))]
    业务类型: Annotated[str, ChoiceColumn(("业务类型",), BUSINESS_TYPES, 20, BUSINESS_TYPE_ALIASES)]
    产品线代码: Annotated[str | None, StringConstraints(max_length=10)]
    上报客户名称: Annotated[str, TextColumn(("客户全称",), 255, identifies=True)]
    客户名称: Annotated[str | None, CustomerColumn(("客户全称",), 255)]
    年金计划号: Annotated[str | None, CodeColumn(("年金计划号",), 50)]
    company_id: Id | None
    机构名称: Annotated[str | None, text("机构")]
    机构代码: Text
    计划规模: Annotated[Amount | None, money("计划规模", kept_in="亿元")]
    年缴规模: Annotated[Amount | None, money("年缴规模", kept_in="亿元")]
    客户类型: Annotated[str | None, text("客户类型", longest=50)]
    原受托人: Annotated[str | None, text("受托人")]
    计划类型: Annotated[str | None, ChoiceColumn(("计划类型",), PLAN_TYPES, 255, PLAN_TYPE_ALIASES, "caution")]
    证明材料: Annotated[str | None, text("证明材料")]
    考核有效: Annotated[int | None, IntegerColumn(("考核有效",))]
    备注: Annotated[str | None, TextColumn(("备注",))]


def ledger(name: str, record: type[LedgerRow]) -> Domain:
    """The domain of a ledger whose rows are such records."""
    return Domain(
        name=name,
        record=record,
        primary_key=(),
        period_field="上报月份",
        several_months=True,
        derived={"产品线代码": PRODUCT_LINE_BY_TYPE, "机构代码": BRANCH_BY_NAME},
        company=CompanyKeys("客户名称", "年金计划号"),
        references=(plans("年金计划号", named=False), PRODUCT_LINES, BRANCHES_BY_CODE, customers("年金计划号")),
        cautions=unknown_branches,
        codes={"unknown_branch": UNKNOWN_BRANCH},
    )
