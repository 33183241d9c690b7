"""What the domains of annuities (年金) have in common: columns, and the rules between them (pure)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import StringConstraints

from workflows.domains.domain import Cautions, Columns, Filling
from workflows.domains.fields import (
    ChoiceColumn,
    CodeColumn,
    CustomerColumn,
    NumberColumn,
    TextColumn,
)
from workflows.domains.findings import Code
from workflows.domains.touches import Rule
from workflows.domains.value_lists import BRANCHES, BUSINESS_TYPES, PLAN_CODE_CORRECTIONS, PLAN_TYPES, mapped

HEAD_OFFICE = "G00"
"""The branch of rows that name none, or one that is not in the list."""

Text = Annotated[str, StringConstraints(max_length=255)]
Id = Annotated[str, StringConstraints(max_length=50)]
BusinessType = Annotated[str, ChoiceColumn(("业务类型",), BUSINESS_TYPES, 255)]
PlanType = Annotated[str, ChoiceColumn(("计划类型",), PLAN_TYPES, 255)]
PlanCode = Annotated[str, CodeColumn(("计划代码", "计划号"), 255, corrections=PLAN_CODE_CORRECTIONS)]
PortfolioCode = Annotated[str | None, CodeColumn(("组合代码",), 255, without="F")]
CustomerName = Annotated[str | None, CustomerColumn(("客户名称",), 255)]


def text(*headers: str, longest: int = 255) -> TextColumn:
    """A text under one of ``headers``."""
    return TextColumn(headers, longest)


def money(*headers: str, blank: int | None = None, kept_in: str | None = None) -> NumberColumn:
    """An amount of either sign under one of ``headers``, which sums mean something of."""
    return NumberColumn(headers, 18, 4, additive=True, blank=blank, kept_in=kept_in)


def plan_codes(columns: Columns, _count: int) -> list[str | None]:
    """The code that stands for all plans of the row's type."""
    return mapped(PLAN_TYPES, "计划代码")(columns["计划类型"])


def portfolio_codes(columns: Columns, _count: int) -> list[str | None]:
    """The code that stands for all portfolios of the row's business type, or else of its plan type."""
    by_business = mapped(BUSINESS_TYPES, "组合代码")(columns["业务类型"])
    by_plan = mapped(PLAN_TYPES, "组合代码")(columns["计划类型"])
    return [one or other for one, other in zip(by_business, by_plan, strict=True)]


def product_lines(columns: Columns, _count: int) -> list[str | None]:
    """The product line of each row's business type."""
    return mapped(BUSINESS_TYPES, "产品线代码")(columns["业务类型"])


def branch_codes(columns: Columns, _count: int) -> list[str | None]:
    """The code of each row's branch by its name; the head office's where there is none, or an unknown one."""
    return [code or HEAD_OFFICE for code in _known_branches(columns["机构名称"])]


def unknown_branches(columns: Columns) -> Cautions:
    """Rows whose branch is not in the list; a row that names none is usual."""
    names = columns["机构名称"]
    for index, (name, code) in enumerate(zip(names, _known_branches(names), strict=True)):
        if name is not None and code is None:
            yield index, "unknown_branch", "机构名称"


def _known_branches(names: Sequence[str | None]) -> list[str | None]:
    return mapped(BRANCHES, "机构代码")(names)


PLAN_CODE_BY_TYPE = Filling(
    Rule("plan_code_by_type", "空白计划代码按计划类型补填", "a blank plan code by the plan type"), plan_codes
)
PORTFOLIO_CODE_BY_TYPE = Filling(
    Rule(
        "portfolio_code_by_type",
        "空白组合代码按业务类型、计划类型补填",
        "a blank portfolio code by the business and plan type",
    ),
    portfolio_codes,
)
PRODUCT_LINE_BY_TYPE = Filling(
    Rule("product_line_by_type", "按业务类型取产品线代码", "the product line by the business type"), product_lines
)
BRANCH_BY_NAME = Filling(Rule("branch_by_name", "按机构名称取机构代码", "the branch's code by its name"), branch_codes)
UNKNOWN_BRANCH = Code(
    f"未知机构, 机构代码取 {HEAD_OFFICE}",
    f"an unknown branch, taken for {HEAD_OFFICE}",
    "请核对机构名称; 若为新机构, 请维护人员加入 branches.csv",
    "check the branch; a new one is added to branches.csv by those who keep it",
)
