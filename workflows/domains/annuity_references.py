"""What the facts of pension managers refer to: plans, portfolios, product lines, branches, customers (pure).

Where a domain knows the plans' sizes, a plan's or customer's branch is that of its largest row.
"""

from __future__ import annotations

from collections.abc import Mapping

from workflows.domains.references import CountDistinct, First, Joined, Listed, OfLargest, Reference
from workflows.domains.value_lists import BRANCHES, PRODUCTS

_SIZE = "期末资产规模"


def _branch(*, sized: bool) -> First | OfLargest:
    return OfLargest("机构代码", by=_SIZE) if sized else First("机构代码", steady=False)


def plans(code: str, *, sized: bool = False, named: bool = True) -> Reference:
    """年金计划 by the field ``code``; ``named`` where the facts hold the plan's name."""
    return Reference(
        'mapping."年金计划"',
        {"计划代码": code},
        {
            **({"计划名称": First("计划名称")} if named else {}),
            "计划类型": First("计划类型"),
            "机构代码": _branch(sized=sized),
            "业务类型": Joined("业务类型"),
        },
        () if named else ("计划名称",),
    )


def customers(plan_code: str, *, sized: bool = False) -> Reference:
    """客户明细 by company_id, temporary ones too: facts refer to both."""
    return Reference(
        'customer."客户明细"',
        {"company_id": "company_id"},
        {
            "客户名称": First("客户名称"),
            "机构代码": _branch(sized=sized),
            "计划数": CountDistinct(plan_code),
            "机构数": CountDistinct("机构代码"),
        },
    )


def _branch_names() -> Mapping[str, str]:
    """Each branch's own name, by code: of several names of one the list has it first."""
    return {code: name for name, code in reversed([*BRANCHES.of("机构代码").items()])}


PORTFOLIOS = Reference(
    'mapping."组合计划"',
    {"组合代码": "组合代码"},
    {"计划代码": First("计划代码"), "组合名称": First("组合名称"), "组合类型": First("组合类型")},
)
PRODUCT_LINES = Reference(
    'mapping."产品线"', {"产品线代码": "产品线代码"}, {"产品线": Listed("产品线代码", lambda: PRODUCTS.of("产品线"))}
)
# By the list: an unknown branch's rows have the head office's code, and a name of their own.
BRANCHES_BY_CODE = Reference(
    'mapping."组织架构"', {"机构代码": "机构代码"}, {"机构名称": Listed("机构代码", _branch_names)}
)
