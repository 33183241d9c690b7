"""Annuity performance (规模明细): what each customer's plan holds in a portfolio, gains and loses in a month."""

from __future__ import annotations

from typing import Annotated

from workflows.domains.annuity import (
    BRANCH_BY_NAME,
    PLAN_CODE_BY_TYPE,
    PORTFOLIO_CODE_BY_TYPE,
    PRODUCT_LINE_BY_TYPE,
    UNKNOWN_BRANCH,
    BusinessType,
    CustomerName,
    Id,
    PlanCode,
    PlanType,
    PortfolioCode,
    Text,
    money,
    text,
    unknown_branches,
)
from workflows.domains.annuity_references import BRANCHES_BY_CODE, PORTFOLIOS, PRODUCT_LINES, customers, plans
from workflows.domains.domain import Columns, CompanyKeys, Domain, Filling, Record
from workflows.domains.fields import Amount, CodeColumn, MonthColumn, NumberColumn, Rate, ReportMonth
from workflows.domains.touches import Rule


class AnnuityPerformance(Record):
    """One row of a month; rows have no key, and equal ones are several."""

    月度: Annotated[ReportMonth, MonthColumn(period=("月度",), not_later=True)]
    业务类型: BusinessType
    计划类型: PlanType
    计划代码: PlanCode
    计划名称: Annotated[str | None, text("计划名称")]
    组合类型: Annotated[str | None, text("组合类型")]
    组合代码: PortfolioCode
    组合名称: Annotated[str | None, text("组合名称")]
    客户名称: CustomerName
    年金账户名: Annotated[str | None, text("客户名称")]
    期初资产规模: Annotated[Amount | None, money("期初资产规模")]
    期末资产规模: Annotated[Amount | None, money("期末资产规模")]
    供款: Annotated[Amount | None, money("供款")]
    流失_含待遇支付: Annotated[Amount | None, money("流失(含待遇支付)")]
    流失: Annotated[Amount | None, money("流失")]
    待遇支付: Annotated[Amount | None, money("待遇支付")]
    投资收益: Annotated[Amount | None, money("投资收益")]
    当期收益率: Annotated[Rate | None, NumberColumn(("当期收益率", "年化收益率"), 10, 6, rate=True)]
    机构名称: Annotated[str | None, text("机构", "机构名称")]
    机构代码: Text
    产品线代码: Text | None
    年金账户号: Id | None
    子企业号: Annotated[str | None, CodeColumn(("子企业号",), 50, lost_digits=True, usual=r"\d{18,19}")]
    子企业名称: Annotated[str | None, text("子企业名称")]
    集团企业客户号: Annotated[str | None, CodeColumn(("集团企业客户号",), 50, lost_digits=True, usual=r"C\d{17,18}")]
    集团企业客户名称: Annotated[str | None, text("集团企业客户名称")]
    company_id: Id | None


def _account_numbers(columns: Columns, _count: int) -> list[str | None]:
    return [code and (code.removeprefix("C") or None) for code in columns["集团企业客户号"]]


DOMAIN = Domain(
    name="annuity_performance",
    record=AnnuityPerformance,
    primary_key=(),
    period_field="月度",
    fillings={"计划代码": PLAN_CODE_BY_TYPE, "组合代码": PORTFOLIO_CODE_BY_TYPE},
    derived={
        "机构代码": BRANCH_BY_NAME,
        "产品线代码": PRODUCT_LINE_BY_TYPE,
        "年金账户号": Filling(
            Rule(
                "account_by_group_customer",
                "集团企业客户号去除首字母 C",
                "the number of the group's customer without its leading C",
            ),
            _account_numbers,
        ),
    },
    company=CompanyKeys("客户名称", "计划代码", "年金账户号", "年金账户名"),
    references=(
        *(plans("计划代码", sized=True), PORTFOLIOS, PRODUCT_LINES, BRANCHES_BY_CODE),
        customers("计划代码", sized=True),
    ),
    cautions=unknown_branches,
    codes={"unknown_branch": UNKNOWN_BRANCH},
)
