"""Generated workbooks in the users' shapes, read by both engines, against a reference that shares no code."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from openpyxl.utils.cell import get_column_letter

from tests.fixtures.reading import chosen, entry, row_numbers
from tests.reference.annuity_reference import (
    BRANCHES,
    ENTERPRISES,
    PLAN_TYPES,
    PRODUCT_LINES,
    STATUS_WORDS,
    RejectedError,
    annuity_income,
    annuity_performance,
    customer_name,
    ledger,
)
from tests.workbooks import xlsx
from workflows.domains import value_lists
from workflows.domains.customer_names import normalise_customer
from workflows.domains.registry import get_domain
from workflows.domains.words import words
from workflows.records.validation import ReadingRules, validate_workbook

PERIOD = date(2025, 1, 1)
WPS = r'_ * #,##0_ ;_ * \-#,##0_ ;_ * "-"??_ ;_ @_ '
Reference = Callable[[Mapping[str, Any]], dict[str, Any]]


def mostly(usual: Sequence[Any], odd: Sequence[Any] = ()) -> st.SearchStrategy[Any]:
    """One of the usual values, and now and then an odd one."""
    return st.sampled_from([*usual] * (1 + 12 * len(odd) // len(usual)) + [*odd])


MONTHS = mostly(
    [202501, 20250115, "2025年1月", "2025年1月1日", "2025-01", "25年1月", "２０２５年１月", "２０２５０１", 202412],
    [datetime(2025, 1, 31), 202413, None, " ", "十三月"],
)
LATER = st.one_of(MONTHS, mostly([202501], [202502, "2099年1月"]))
BUSINESS = mostly([*PRODUCT_LINES, " 企年受托 "], [None, "未知"])
PLANS = mostly([*PLAN_TYPES, "单一 计划"], [None, "信托计划", "-"])
CODES = mostly([None, "P0001", " p0002 ", "1P0290", "1p0807", 290, "Ｐ０００３"], [12.5, "x" * 256])
PORTFOLIOS = mostly([None, "F1001", "f1002", 1003, "QTAN009", "FF1"], ["F", 2.5])
LONG_CODES = mostly([None, "1" * 18, "2" * 19, "C" + "3" * 17, "c" + "4" * 18, "12"], [12345, 1.5e17, "C" * 51])
CORES = [
    "甲公司",
    "乙（集团）有限公司",
    "丙 Co.,Ltd",
    "ａｂｃ公司",
    "丁会计师事务所（特殊普通合伙）",
    "戊(有限合伙)",
    "原野公司",
]
MARKED = st.builds(
    lambda form, word: form.format(word),
    st.sampled_from(["-{}", "（{}）", "({})", "{}"]),
    st.sampled_from(STATUS_WORDS),
)
DECORATED = st.builds(
    "{}{}{}{}{}".format,
    st.sampled_from(["", "", "（原）", "(已转出)", "原-", "「", "(", "待转出）", " ", "(保留)-", "终止-"]),
    st.sampled_from([*CORES, "保留账户管理"]),
    st.sampled_from(
        ["", "", "及下属子企业", "-养老", "-福利", "(团托)", "（团托）", "-A1", "-12", "（上海）", "(有限公司)"]
    ),
    st.one_of(st.just(""), MARKED),
    st.sampled_from(["", "", "-", "—", ".", "。", "」", "』"]),
)
BLANK_NAMES = ["null", "NULL", "空白", "无", "N/A", "-", "--", "—", "——"]
NAMES = st.one_of(mostly([None, "", " ", "0", 0, 12345, *BLANK_NAMES], ["x" * 256]), DECORATED)
PLAN_NAMES = st.one_of(st.just(None), st.just("企业年金计划"), NAMES.map(lambda name: f"{name}企业年金计划"), DECORATED)
TEXTS = mostly([None, "甲乙", "ａＢc ", "-", "  x", 7, "2.50"], ["文" * 256])
AMOUNTS = st.one_of(
    mostly([None, 0, "-", 1234.5, "1,234.50", "(5.5)", "１２", -0.00004, 0.00005, 3.3e10], ["待定", 1e14, -1e15]),
    st.floats(-3.3e10, 3.3e10).map(lambda value: round(value, 4)),
)
RATES = mostly([None, None, 0.05, -0.3, 0, 10], [10.5, -2, "高"])
BRANCH_NAMES = mostly([*BRANCHES, None, " ", "内蒙 古", "火星"])
DAYS = mostly(
    [None, datetime(2025, 1, 5), "2025-01-05", "2025年1月5日", 20250105, "-"], ["2025-01", 45662, "2025-02-30"]
)


def rows_of(columns: Mapping[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[list[dict[str, Any]]]:
    """Rows by header; some of them are blank."""
    row = st.one_of(st.fixed_dictionaries(dict(columns)), st.fixed_dictionaries(dict(columns)), st.just({}))
    return st.lists(row, min_size=1, max_size=8)


PERFORMANCE = {
    **{
        "月度": LATER,
        "业务类型": BUSINESS,
        "计划类型": PLANS,
        "计划名称": TEXTS,
        "组合类型": TEXTS,
        "组合代码": PORTFOLIOS,
    },
    **{"组合名称": TEXTS, "客户名称": NAMES, "期初资产规模": AMOUNTS, "期末资产规模": AMOUNTS, "供款": AMOUNTS},
    **{"流失": AMOUNTS, "待遇支付": AMOUNTS, "投资收益": AMOUNTS, "机构": BRANCH_NAMES, "机构代码": TEXTS},
    **{
        "子企业号": LONG_CODES,
        "子企业名称": TEXTS,
        "集团企业客户号": LONG_CODES,
        "集团企业客户名称": TEXTS,
        "备注": TEXTS,
    },
}
INCOME = {
    **{
        "月度": MONTHS,
        "业务类型": BUSINESS,
        "计划类型": PLANS,
        "计划号": CODES,
        "计划名称": PLAN_NAMES,
        "组合类型": TEXTS,
    },
    **{
        "组合代码": PORTFOLIOS,
        "组合名称": TEXTS,
        "客户名称": NAMES,
        "机构": mostly([None, "G01", "g99", 5]),
        "机构名称": BRANCH_NAMES,
    },
}
MONEY = (
    "期初",
    "期末",
    "供款",
    "流失(",
    "流失（",
    "待遇",
    "投资收益",
    "计划规模",
    "年缴",
    "固费",
    "浮费",
    "回补",
    "税",
)
FEES = ("固费", "浮费", "回补", "税")
LEDGER = {
    **{"上报月份": MONTHS, "业务类型": mostly(["受托", "投资", "投管", "企年受托", "企 年投资"], [None, "信托"])},
    **{"客户全称": NAMES, "年金计划号": mostly([None, "P0001", "p2", 3], ["x" * 51]), "机构": BRANCH_NAMES},
    **{
        "客户类型": mostly([None, "新客户"], ["型" * 51]),
        "受托人": TEXTS,
        "计划类型": mostly(["集合", "单一", *PLAN_TYPES, None, "信托", "/"]),
    },
    **{
        "证明材料": TEXTS,
        "考核有效": mostly([None, 0, 1, "1", "-", -2], [1.5, "是"]),
        "备注": TEXTS,
        "区域": TEXTS,
        "五亿以上": TEXTS,
    },
}


def check(
    name: str, reference: Reference, headers: Sequence[str], rows: Sequence[Mapping[str, Any]], engine: str
) -> None:
    """Every record's every column, every reject's code, and what became of each row, as the reference says."""
    last = len(rows) + 2  # a sheet ends with a row that is not blank
    sheet = [
        headers,
        *([row.get(header) for header in headers] for row in rows),
        [202501, *[None] * (len(headers) - 1)],
    ]
    formats = {
        f"{get_column_letter(index)}{row}": WPS
        for index, header in enumerate(headers, start=1)
        if header.startswith(MONEY)
        for row in range(2, last)
    }
    content = xlsx(sheet, sheet="明细", formats=formats)
    domain = get_domain(name)
    rules = ReadingRules(entry(required_columns=(), sheet="明细"), engine, "rules")
    found = validate_workbook(content, chosen(period=PERIOD, sheet="明细"), domain, rules).evaluated
    wanted: dict[int, dict[str, Any]] = {}
    wrong = set()
    blank = 0
    for number, row in enumerate(rows, start=2):
        if all(cell is None or (isinstance(cell, str) and not cell.strip()) for cell in row.values()):
            blank += 1
            continue
        try:
            wanted[number] = reference(row)
        except RejectedError as rejected:
            wrong |= {(number, header, code) for header, code in rejected.codes}
    columns = [column for column in domain.business_columns if column != "company_id"]
    records = {
        number: dict(zip(columns, values, strict=True))
        for number, *values in zip(found.columns["source_row"], *(found.columns[c] for c in columns), strict=True)
    }
    assert records == wanted
    assert {(each.row, each.header, each.code) for each in found.rejects if each.row != last} == wrong
    assert (found.counts.blank_rows, found.counts.totals_rows) == (blank, 0)
    touched = {(each.field, row): each for each in found.touched for row in row_numbers(each.rows)}
    assert sum(count.cells for count in found.touch_counts) == len(touched)
    assert [place for place, each in touched.items() if records[place[1]][place[0]] != each.after] == []
    as_written = "上报客户名称" if "上报客户名称" in columns else "年金账户名"
    changed = {row for row, record in records.items() if record["客户名称"] != record[as_written]}
    assert {row for field, row in touched if field == "客户名称"} == changed


ENGINES = pytest.mark.parametrize("engine", ["direct", "openpyxl"])
# A failing workbook is not made smaller: that takes thousands of them, and minutes.
QUICK = settings(
    max_examples=40,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@ENGINES
@QUICK
@given(data=st.data())
def test_performance(engine: str, data: st.DataObject) -> None:
    plan_code = data.draw(st.sampled_from(["计划代码", "计划号"]))
    brackets = data.draw(st.sampled_from(["流失(含待遇支付)", "流失（含待遇支付）"]))
    rate = data.draw(st.sampled_from(["当期收益率", "年化收益率"]))
    rows = data.draw(rows_of({**PERFORMANCE, plan_code: CODES, brackets: AMOUNTS, rate: RATES}))

    def reference(row: Mapping[str, Any]) -> dict[str, Any]:
        usual = {**row, "流失(含待遇支付)": row[brackets], "当期收益率": row[rate]}
        try:
            return annuity_performance(usual, PERIOD, plan_code)
        except RejectedError as rejected:
            names = {"流失(含待遇支付)": brackets, "当期收益率": rate}
            raise RejectedError([(names.get(header, header), code) for header, code in rejected.codes]) from None

    check("annuity_performance", reference, [*PERFORMANCE, plan_code, brackets, rate], rows, engine)


@ENGINES
@QUICK
@given(data=st.data())
def test_income(engine: str, data: st.DataObject) -> None:
    # Files of 2026 have 固费 only.
    fees = data.draw(st.sampled_from([FEES, FEES[:1], FEES[:2], ()]))
    columns = {**INCOME, **dict.fromkeys(fees, AMOUNTS)}
    rows = data.draw(rows_of(columns))
    check("annuity_income", lambda row: annuity_income(row, PERIOD), list(columns), rows, engine)


@ENGINES
@pytest.mark.parametrize(("name", "day_column"), [("annual_award", "中标日期"), ("annual_loss", "流失日期")])
@QUICK
@given(data=st.data())
def test_ledger(engine: str, name: str, day_column: str, data: st.DataObject) -> None:
    unit = data.draw(st.sampled_from([None, "亿元", "万元", "元"]))
    suffix = f"({unit})" if unit else ""
    columns = {**LEDGER, day_column: DAYS, f"计划规模{suffix}": AMOUNTS, f"年缴规模{suffix}": AMOUNTS}
    rows = data.draw(rows_of(columns))
    check(name, lambda row: ledger(row, day_column, unit), list(columns), rows, engine)


@given(name=DECORATED)
@settings(max_examples=1500)
def test_the_names_of_customers(name: str) -> None:
    assert normalise_customer(name) == customer_name(name)


def test_the_lists_are_the_pages_to_the_last_entry() -> None:
    assert value_lists.BRANCHES.of("机构代码") == BRANCHES
    assert value_lists.BUSINESS_TYPES.of("产品线代码") == PRODUCT_LINES
    assert value_lists.PRODUCTS.of("产品线") == {code: name for name, code in PRODUCT_LINES.items()}
    assert list(value_lists.PLAN_TYPES.rows) == PLAN_TYPES
    assert (list(words("status_words")), list(words("kinds_of_enterprise"))) == (STATUS_WORDS, ENTERPRISES)
