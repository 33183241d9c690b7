"""Sample workbooks of the pension managers' domains, in the shapes that they really have; all names are invented.

Phantom rows to 38,107, the accountants' formats of WPS, codes as text and as numbers in one column, negative amounts,
customers without a name, rows that stand there twice, V1 and V2, a supplement, an older workbook with other headers, a
newer one without 浮费, and a ledger with its four sheets. The same bytes come out at every run.
"""

from __future__ import annotations

import io
import random
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TypeAlias

import xlsxwriter
from xlsxwriter.workbook import Workbook

Value: TypeAlias = "str | int | float | None"
Rows: TypeAlias = "list[list[Value]]"

_WRITTEN = datetime(2026, 3, 12, 9, 0, 0)
_WPS = r'_ * #,##0_ ;_ * \-#,##0_ ;_ * "-"??_ ;_ @_ '
_COLLECTED, _LEDGERS = "收集数据/数据采集", "收集数据/业务收集"
_NAME = "【for年金机构经营分析】{year}年{month}月年金规模收入数据.xlsx"
_PERFORMANCE = (
    *("月度", "业务类型", "计划类型", "计划代码", "计划名称", "组合类型", "组合代码", "组合名称", "客户名称"),
    *("期初资产规模", "期末资产规模", "供款", "流失（含待遇支付）", "流失", "待遇支付", "投资收益", "当期收益率"),
    *("机构", "机构代码", "子企业号", "子企业名称", "集团企业客户号", "集团企业客户名称"),
)
_INCOME = (
    *("月度", "业务类型", "计划类型", "计划号", "计划名称", "组合类型", "组合代码", "组合名称", "客户名称"),
    *("固费", "机构", "机构名称"),
)
_FEES = ("浮费", "回补", "税")
_OLDER = {
    **{"计划代码": "计划号", "流失（含待遇支付）": "流失(含待遇支付)"},
    **{"当期收益率": "年化收益率", "机构": "机构名称"},
}
_LEDGER = (
    *("上报月份", "业务类型", "客户全称", "年金计划号", "机构", "区域", "{day}", "计划规模", "年缴规模"),
    *("客户类型", "受托人", "计划类型", "证明材料", "考核有效", "备注"),
)
_FIRMS = ("长河", "远山", "青禾", "博远", "金穗", "恒岳", "云帆", "瑞泽", "盛川", "明湖", "启辰", "安澜")
_KINDS = ("能源", "铁路", "电网", "航运", "钢铁", "通信", "建工", "石化")
_BRANCHES = (("北京", "G01"), ("上海", "G02"), ("广东", "G04"), ("江苏", "G10"), ("四川", "G26"), ("河南", "G32"))
_ROWS_CLAIMED = 38_107
_REPEATED = 5


def sample_workbooks() -> Iterator[tuple[str, bytes]]:
    """Each workbook's path and content."""
    older: Rows = [[_OLDER.get(header, header) for header in _PERFORMANCE], *_performance(202411, 160)[1:]]
    name = _NAME.format(year=24, month=11)
    yield f"202411/{_COLLECTED}/{name}", _bytes({"规模明细": older, "收入明细": _income(202411, 110, fees=True)})
    name = _NAME.format(year=26, month=2)
    for version, rows in (("V1", 200), ("V2", 208)):
        sheets = {"规模明细": _performance(202602, rows), "收入明细": _income(202602, 143)}
        yield f"202602/{_COLLECTED}/{version}/{name}", _bytes(sheets, {"规模明细": _ROWS_CLAIMED, "收入明细": 14_350})
    supplement = _income(202602, 12, kinds=("企年投资",), plan_type="职业年金")
    yield f"202602/{_COLLECTED}/26年2月数据采集-补充企年投资收入.xlsx", _bytes({"收入明细": supplement})
    for version in ("V1", "V2"):
        yield f"202602/{_LEDGERS}/{version}/台账登记.xlsx", _bytes(_ledger(version))


def known_companies() -> str:
    """A CSV for ``fetch-index``: half of the customers."""
    lines = [f"customer_name,{_customer(number)},C{number:08d}" for number in range(0, 96, 2)]
    return "\n".join(["kind,key,company_id", *lines]) + "\n"


def _customer(number: int) -> str:
    firm, kind = _FIRMS[number % len(_FIRMS)], _KINDS[number // len(_FIRMS)]
    return f"{firm}{kind}集团有限公司"


def _plan(number: int, plan_type: str) -> tuple[Value, Value]:
    """The code and name of a customer's plan, or of the one that many share."""
    if plan_type == "集合计划":
        return f"P{9000 + number % 6:04d}", f"安心{number % 6 + 1}号企业年金集合计划"
    return f"P{number:04d}", f"{_customer(number)}企业年金计划"


def _performance(month: int, count: int) -> Rows:
    dice = random.Random(f"规模明细 {month}")
    rows: Rows = [list(_PERFORMANCE)]
    for _row in range(count - _REPEATED):
        number, (branch, code) = dice.randrange(96), dice.choice(_BRANCHES)
        plan_type = dice.choice(("集合计划", "单一计划", "单一计划"))
        business = dice.choice(("企年受托", "企年投资"))
        plan, name = _plan(number, plan_type)
        code_given = plan if dice.random() < 0.8 else None
        size = dice.randrange(-5_000_000, 33_000_000_000) / 100
        portfolio: Value = dice.choice((700_000 + number, f"F{700_000 + number}", None))
        is_blank = plan_type == "集合计划" and dice.random() < 0.4
        customer = None if is_blank else _customer(number) + dice.choice(("", "", "", "-已转出"))
        group = f"C{10**17 + number}" if dice.random() < 0.3 else None
        rows.append(
            [
                *(
                    month,
                    business,
                    plan_type,
                    code_given,
                    name,
                    "固收",
                    portfolio,
                    "稳健组合",
                ),
                *(customer, size, size + 1250.5, dice.randrange(-900, 90_000), -dice.randrange(900) / 4, -1.5, 0),
                *(round(size * 0.003, 4) if dice.random() < 0.33 else None, None, branch, code),
                *(str(10**17 + number), customer, group, customer if group else None),
            ]
        )
    # Rows that stand there twice are two rows.
    return [*rows, *rows[1 : _REPEATED + 1]]


def _income(
    month: int,
    count: int,
    kinds: Sequence[str] = ("企年受托", "企年投资"),
    *,
    plan_type: str | None = None,
    fees: bool = False,
) -> Rows:
    dice = random.Random(f"收入明细 {month} {kinds} {plan_type}")
    rows: Rows = [[*_INCOME, *(_FEES if fees else ())]]
    for _row in range(count):
        number, (branch, code) = dice.randrange(96), dice.choice(_BRANCHES)
        kind = plan_type or dice.choice(("集合计划", "单一计划"))
        plan, name = _plan(number, kind)
        customer = _customer(number) if kind == "单一计划" and dice.random() < 0.13 else None
        fee = dice.randrange(-200_000, 9_000_000) / 100
        row: list[Value] = [month, dice.choice(kinds), kind, plan, name, "固收", 700_000 + number, "稳健组合", customer]
        rows.append([*row, fee, code, branch, *((fee / 10, None, fee * 0.06) if fees else ())])
    return rows


def _ledger(version: str) -> dict[str, Rows]:
    sheets: dict[str, Rows] = {}
    for title, day, count in (
        ("企年受托中标(空白)", "中标日期", 14 if version == "V2" else 12),
        ("企年投资中标(空白)", "中标日期", 9),
        ("企年受托流失(解约)", "流失日期", 5),
        ("企年投资流失(解约)", "流失日期", 4),
    ):
        dice = random.Random(title)
        rows: Rows = [[header.format(day=day) for header in _LEDGER]]
        for _row in range(count):
            number, month = dice.randrange(96), dice.choice(("2026年1月", "2026年2月"))
            rows.append(
                [
                    *(month, title[2:4], _customer(number), f"P{number:04d}", dice.choice(_BRANCHES)[0], "东区"),
                    *(f"2026-0{month[5]}-{dice.randrange(1, 28):02d}", dice.randrange(1, 900) / 100, 0.25),
                    *("新客户", "某养老金公司", dice.choice(("单一", "集合")), "合同", 1, None),
                ]
            )
        sheets[title] = rows
    return sheets


def _bytes(sheets: Mapping[str, Rows], claimed: Mapping[str, int] | None = None) -> bytes:
    """The sheets as .xlsx; those that claim more rows have formatted blank ones to there, as WPS leaves them."""
    written = io.BytesIO()
    with xlsxwriter.Workbook(written, {"in_memory": True}) as book:
        book.set_properties({"created": _WRITTEN})
        for title, rows in sheets.items():
            _write(book, title, rows, (claimed or {}).get(title, 0))
    return written.getvalue()


def _write(book: Workbook, title: str, rows: Rows, claimed: int) -> None:
    page, money = book.add_worksheet(title), book.add_format({"num_format": _WPS})
    for place, row in enumerate(rows):
        for column, value in enumerate(row):
            if isinstance(value, float):
                page.write_number(place, column, value, money)
            elif value is not None:
                page.write(place, column, value)
    for place in range(len(rows), claimed):
        page.set_row(place, None, money)
    if claimed:
        page.write_blank(claimed - 1, len(rows[0]) - 1, None, money)
