"""The users' real sheets in shape: 208 rows of 38,107 that are claimed, the accountants' format, codes as they come."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from xml.sax.saxutils import escape

import pytest
from openpyxl.utils.cell import get_column_letter

from tests.fixtures.reading import SHIPPED, chosen, row_numbers
from tests.reference.annuity_reference import annuity_income, annuity_performance
from tests.workbooks import raw_xlsx
from workflows.domains.registry import get_domain
from workflows.records.validation import ReadingRules, Validated, validate_workbook
from workflows.sources.catalogue import load_catalogue

PERIOD = date(2026, 2, 1)
WPS = r'_ * #,##0_ ;_ * \-#,##0_ ;_ * "-"??_ ;_ @_ '
PERFORMANCE = (
    *(
        "月度",
        "业务类型",
        "计划类型",
        "计划代码",
        "计划名称",
        "组合类型",
        "组合代码",
        "组合名称",
        "客户名称",
        "期初资产规模",
    ),
    *(
        "期末资产规模",
        "供款",
        "流失（含待遇支付）",
        "流失",
        "待遇支付",
        "投资收益",
        "当期收益率",
        "机构",
        "机构代码",
        "子企业号",
    ),
    *("子企业名称", "集团企业客户号", "集团企业客户名称"),
)
INCOME = ("月度", "业务类型", "计划类型", "计划号", "计划名称", "组合代码", "客户名称", "固费", "机构", "机构名称")
Row = dict[str, Any]


def performance_rows(count: int) -> list[Row]:
    """Invented rows; five of them stand there twice."""
    dice = random.Random(202602)
    rows: list[Row] = []
    for number in range(count - 5):
        business, plan_type = dice.choice(["企年受托", "企年投资", "职年受托"]), dice.choice(["集合计划", "单一计划"])
        flow = -dice.randrange(10**9) / 10**4
        rows.append(
            {
                **{"月度": 202602, "业务类型": business, "计划类型": plan_type},
                "计划代码": dice.choice([None, f"P{number:04}", "1P0290"]),
                "计划名称": f"第{number}企业年金计划",
                "组合类型": dice.choice(["固定收益", None]),
                "组合代码": dice.choice([None, 10000 + number, f"F{number:04}", f"QT{number}"]),
                "客户名称": dice.choice(
                    [None, f"第{number}公司", f"第{number}公司-已转出", f"第{number}（集团）公司（原）"]
                ),
                **{"期初资产规模": -0.5 * number, "期末资产规模": dice.randrange(33 * 10**13) / 10**4, "供款": flow},
                **{
                    "流失（含待遇支付）": flow,
                    "流失": 0,
                    "待遇支付": flow / 3,
                    "投资收益": dice.choice([None, None, 0.0]),
                },
                **{"当期收益率": None, "机构": dice.choice(["北京", "深圳分公司", "内蒙", None]), "机构代码": "G01"},
                **{"子企业号": f"{number:018}", "子企业名称": f"第{number}子公司"},
                **{"集团企业客户号": f"C{number:017}", "集团企业客户名称": dice.choice([None, f"第{number}集团"])},
            }
        )
    return [*rows, *rows[:5]]


def income_rows(count: int) -> list[Row]:
    """Invented rows; half of them are one and the same."""
    dice = random.Random(202602)
    same: Row = {"月度": 202602, "业务类型": "企年投资", "计划类型": "集合计划", "固费": -12.5, "机构": "G01"}
    rows = []
    for number in range(count):
        other = {
            **{"月度": 202602, "业务类型": "企年受托", "计划类型": "单一计划", "计划号": f"p{number:04}"},
            "计划名称": f"第{number}公司企业年金计划",
            "客户名称": dice.choice([None, None, 0, f"第{number}公司"]),
            **{"固费": dice.randrange(10**9) / 10**4, "机构": "G05", "机构名称": "深圳"},
        }
        rows.append(same if number % 2 else other)
    return rows


def claimed(sheet: str, headers: Sequence[str], rows: Sequence[Row], last: int) -> bytes:
    """The sheet as WPS saves it: every row up to ``last`` has formatted cells, and so few hold anything."""
    letters = [get_column_letter(index) for index in range(1, len(headers) + 1)]
    lines = [_line(1, letters, headers)]
    lines += [_line(number, letters, [row.get(h) for h in headers]) for number, row in enumerate(rows, start=2)]
    blank = "".join(f'<c r="{letter}%d" s="1"/>' for letter in letters)
    width = len(letters)
    lines += [f'<row r="{n}">{blank % ((n,) * width)}</row>' for n in range(len(rows) + 2, last + 1)]
    return raw_xlsx(
        "".join(lines),
        formats=[WPS],
        dimension=f"A1:{letters[-1]}{last}",
        sheets_xml=f'<sheet name="{sheet}" sheetId="1" r:id="rId1"/>',
    )


def _line(number: int, letters: Sequence[str], cells: Sequence[Any]) -> str:
    return f'<row r="{number}">{"".join(map(_cell, letters, [number] * len(letters), cells))}</row>'


def _cell(letter: str, number: int, value: Any) -> str:
    if value is None:
        return f'<c r="{letter}{number}" s="1"/>'
    if isinstance(value, str):
        return f'<c r="{letter}{number}" t="inlineStr"><is><t>{escape(value)}</t></is></c>'
    return f'<c r="{letter}{number}" s="1"><v>{value!r}</v></c>'


def read(name: str, content: bytes) -> Validated:
    """Under the shipped catalogue."""
    source = load_catalogue(SHIPPED).domain(name)
    rules = ReadingRules(source, None, "rules")
    return validate_workbook(content, chosen(period=PERIOD, sheet=source.sheet), get_domain(name), rules)


def records(name: str, validated: Validated) -> list[dict[str, Any]]:
    columns = validated.evaluated.columns
    names = [column for column in get_domain(name).business_columns if column != "company_id"]
    return [dict(zip(names, values, strict=True)) for values in zip(*(columns[n] for n in names), strict=True)]


def usual(row: Mapping[str, Any]) -> Row:
    return {**row, "流失(含待遇支付)": row["流失（含待遇支付）"]}


def test_of_38107_rows_208_are_read_and_none_of_them_is_lost_or_made_one() -> None:
    rows = performance_rows(208)
    found = read("annuity_performance", claimed("规模明细", PERFORMANCE, rows, 38_107))
    counts = found.evaluated.counts
    assert (found.table.engine, counts.rows_read, counts.records, counts.blank_rows) == ("direct", 208, 208, 0)
    assert records("annuity_performance", found) == [annuity_performance(usual(row), PERIOD) for row in rows]


def test_rules_touch_the_cells_that_they_should() -> None:
    rows = performance_rows(208)
    found = read("annuity_performance", claimed("规模明细", PERFORMANCE, rows, 300)).evaluated
    counted = {(count.field, count.rule.name): count.cells for count in found.touch_counts}
    assert counted == {
        ("计划代码", "corrected"): sum(row["计划代码"] == "1P0290" for row in rows),
        ("计划代码", "plan_code_by_type"): sum(row["计划代码"] is None for row in rows),
        ("组合代码", "prefix_removed"): sum(str(row["组合代码"]).startswith("F") for row in rows),
        ("组合代码", "portfolio_code_by_type"): sum(row["组合代码"] is None for row in rows),
        ("客户名称", "name_normalised"): sum(
            "（原）" in str(r["客户名称"]) or "已" in str(r["客户名称"]) for r in rows
        ),
        **dict.fromkeys([("机构代码", "branch_by_name"), ("产品线代码", "product_line_by_type")], 208),
        ("年金账户号", "account_by_group_customer"): 208,
    }
    by_cell = Counter((touched.field, row) for touched in found.touched for row in row_numbers(touched.rows))
    assert set(by_cell.values()) == {1}
    assert len(by_cell) == sum(counted.values())


@pytest.mark.parametrize("fees", [(), ("浮费", "回补", "税")], ids=["2026", "before"])
def test_of_14350_rows_143_are_read_and_equal_ones_stay_several(fees: Sequence[str]) -> None:
    rows = income_rows(143)
    found = read("annuity_income", claimed("收入明细", [*INCOME, *fees], rows, 14_350))
    assert records("annuity_income", found) == [annuity_income(row, PERIOD) for row in rows]
    assert Counter(record["计划代码"] for record in records("annuity_income", found))["AN001"] == 71
