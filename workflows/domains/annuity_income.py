"""Annuity income (收入明细): the fees that each customer's plan brings in a month."""

from __future__ import annotations

from typing import Annotated

from workflows.domains.annuity import (
    PLAN_CODE_BY_TYPE,
    PORTFOLIO_CODE_BY_TYPE,
    PRODUCT_LINE_BY_TYPE,
    BusinessType,
    CustomerName,
    Id,
    PlanCode,
    PlanType,
    PortfolioCode,
    Text,
    money,
    text,
)
from workflows.domains.annuity_references import BRANCHES_BY_CODE, PORTFOLIOS, PRODUCT_LINES, customers, plans
from workflows.domains.customer_names import normalise_customer
from workflows.domains.domain import Cautions, Columns, CompanyKeys, Domain, Filling, Record
from workflows.domains.fields import Amount, CodeColumn, MonthColumn, ReportMonth
from workflows.domains.findings import Code
from workflows.domains.touches import Rule
from workflows.domains.value_lists import BRANCHES

# What a formula that found no name leaves in the column of names.
_ZERO = "0"
_ENDING = "企业年金计划"


class AnnuityIncome(Record):
    """One row of a month; rows have no key, and equal ones are several."""

    月度: Annotated[ReportMonth, MonthColumn(period=("月度",))]
    业务类型: BusinessType
    计划类型: PlanType
    计划代码: PlanCode
    计划名称: Annotated[str | None, text("计划名称")]
    组合类型: Annotated[str | None, text("组合类型")]
    组合代码: PortfolioCode
    组合名称: Annotated[str | None, text("组合名称")]
    客户名称: CustomerName
    年金账户名: Annotated[str | None, text("客户名称")]
    机构代码: Annotated[str | None, CodeColumn(("机构",), 255)]
    机构名称: Annotated[str | None, text("机构名称")]
    产品线代码: Text | None
    固费: Annotated[Amount, money("固费", blank=0)]
    浮费: Annotated[Amount, money("浮费", blank=0)]
    回补: Annotated[Amount, money("回补", blank=0)]
    税: Annotated[Amount, money("税", blank=0)]
    company_id: Id | None


def _names_of_single_plans(columns: Columns, _count: int) -> list[str | None]:
    """The one customer of a plan of its own is named by the plan; a plan of many names none of them."""
    return [
        normalise_customer(plan.removesuffix(_ENDING))
        if kind == "单一计划" and plan and plan.endswith(_ENDING)
        else None
        for kind, plan in zip(columns["计划类型"], columns["计划名称"], strict=True)
    ]


def _odd(columns: Columns) -> Cautions:
    known = set(BRANCHES.of("机构代码").values())
    for index, branch in enumerate(columns["机构代码"]):
        if branch is not None and branch not in known:
            yield index, "unknown_branch_code", "机构代码"
    for index, name in enumerate(columns["客户名称"]):
        if name == _ZERO:
            yield index, "customer_is_zero", "客户名称"


DOMAIN = Domain(
    name="annuity_income",
    record=AnnuityIncome,
    primary_key=(),
    period_field="月度",
    fillings={
        "计划代码": PLAN_CODE_BY_TYPE,
        "组合代码": PORTFOLIO_CODE_BY_TYPE,
        "客户名称": Filling(
            Rule(
                "customer_by_single_plan",
                "单一计划的空白客户名称取自计划名称",
                "the blank customer of a single plan by the plan's name",
            ),
            _names_of_single_plans,
            also=(_ZERO,),
        ),
    },
    derived={"产品线代码": PRODUCT_LINE_BY_TYPE},
    company=CompanyKeys("客户名称", "计划代码", account_name="年金账户名"),
    references=(plans("计划代码"), PORTFOLIOS, PRODUCT_LINES, BRANCHES_BY_CODE, customers("计划代码")),
    cautions=_odd,
    codes={
        "unknown_branch_code": Code("未知机构代码", "an unknown code of a branch", "请核对机构代码", "check the code"),
        "customer_is_zero": Code(
            "客户名称为 0", "the customer is called 0", "请填写客户名称", "write the customer's name"
        ),
    },
)
