"""What the peers take of a pension manager's workbook: their tables' columns by the headers that feed them."""

from __future__ import annotations

TEXTS = ("业务类型", "计划类型", "计划代码", "计划名称", "组合类型", "组合代码", "组合名称", "客户名称")
MONEY = ("期初资产规模", "期末资产规模", "供款", "流失（含待遇支付）", "流失", "待遇支付", "投资收益")
GROUP = ("月度", "业务类型", "计划类型")
"""What one load replaces."""

# By sheet: headers of texts, headers of figures with their decimal places, and how columns are called otherwise.
SHEETS: dict[str, tuple[tuple[str, ...], dict[str, int], dict[str, str]]] = {
    "规模明细": (
        (*TEXTS, "机构", "子企业号", "子企业名称", "集团企业客户号", "集团企业客户名称"),
        {**dict.fromkeys(MONEY, 4), "当期收益率": 6},
        {"流失（含待遇支付）": "流失_含待遇支付", "机构": "机构名称"},
    ),
    "收入明细": (
        (*TEXTS, "机构", "机构名称"),
        {"固费": 4},
        {"计划号": "计划代码", "机构": "机构代码"},
    ),
}


def headers_of(sheet: str) -> list[str]:
    """The headers that are read, the month first."""
    texts, figures, _ = SHEETS[sheet]
    return ["月度", *("计划号" if sheet == "收入明细" and name == "计划代码" else name for name in texts), *figures]


def columns_of(sheet: str) -> list[str]:
    """The table's columns, in the same order."""
    called = SHEETS[sheet][2]
    return [called.get(header, header) for header in headers_of(sheet)]
