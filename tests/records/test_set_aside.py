"""Rows that are no records: set aside, counted and listed, or refused with the cell in doubt; never a record."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import pytest

from tests.fixtures.reading import chosen, rules
from tests.workbooks import HEADERS, Value, xls, xlsx
from workflows.domains.registry import get_domain
from workflows.domains.trustee_performance import DOMAIN
from workflows.errors import HeaderError, MissingColumnsError, UnitError
from workflows.records.validation import Validated, account, validate_workbook

Row = Sequence[Value]
ENGINES = [("xlsx", "direct"), ("xlsx", "openpyxl"), ("xls", None)]


def row(plan: Value = "P1", company: Value = "C1", scale: Value = 100.0) -> list[Value]:
    return [2024, 11, plan, company, 0.05, 1.25, scale]


def at(**cells: Value) -> list[Value]:
    """A row with a few filled cells, by column."""
    return [cells.get(letter) for letter in "ABCDEFG"]


def read(*rows: Row, kind: str = "xlsx", engine: str | None = None, **entry: str) -> Validated:
    content = (xlsx if kind == "xlsx" else xls)([HEADERS, *rows])
    return validate_workbook(content, chosen(f"a.{kind}"), DOMAIN, rules(engine=engine, **entry))


def plans(found: Validated) -> list[str]:
    return list(found.evaluated.columns["plan_code"])


def aside(found: Validated) -> list[tuple[int, str]]:
    return [(each.row, each.reason) for each in found.evaluated.set_aside]


def rejects(found: Validated) -> list[tuple[str, str]]:
    return [(reject.place, reject.code) for reject in found.evaluated.rejects]


TOTALS: dict[str, Row] = {
    "with a colon": at(A="合计:", G=200.0),
    "spaced out": at(C="合 计", G=200.0),
    # In 万元 it says so of all rows: tests/tasks/test_sheets_as_sent.py.
    "with a unit": at(A="总计（元）", G=200.0),
    "an average": at(A="平均", E=0.05),
    "a weighted average": at(C="加权平均", E=0.05),
    "collected": at(A="汇总", G=200.0),
    "of the page": at(A="本页小计", G=200.0),
    "in the column of plans": at(C="小计", G=200.0),
    "in the column of companies": at(D="小计", G=200.0),
    "named by the company": at(C="甲公司小计", G=200.0),
    "named in another column": at(B="甲公司小计", G=200.0),
    "in both columns of codes": at(C="合计", D="合计", G=200.0),
    "two words": at(C="小计", D="合计", G=200.0),
    "a dash as the other code": at(C="合计", D="-", G=200.0),
    "a long dash as the other code": at(C="——", D="小计", G=200.0),
    "all as the other code": at(C="合计", D="全部", G=200.0),
    "with year and month": [2024, 11, "合计", None, None, None, 200.0],
    "full width": at(C="ＴＯＴＡＬ", G=200.0),
    "in English": at(C="Total", D="ALL", G=200.0),
    "a grand one in English": at(A="Grand Total", G=200.0),
    "a sub one in English": at(A="Sub-total:", G=200.0),
    "in brackets": at(C="（合计）", G=200.0),
    "bilingual": at(A="合计/Total", G=200.0),
    "without a figure": at(A="合计"),
    "so far": at(A="本年累计", G=200.0),
}


@pytest.mark.parametrize(("kind", "engine"), ENGINES)
@pytest.mark.parametrize("name", TOTALS)
def test_a_totals_row_is_set_aside_in_whatever_dress(name: str, kind: str, engine: str | None) -> None:
    found = read(row(), row("P2"), TOTALS[name], kind=kind, engine=engine)
    assert (plans(found), rejects(found), aside(found)) == (["P1", "P2"], [], [(4, "totals")])
    assert found.evaluated.counts.totals_rows == 1


BESIDE_A_CODE: dict[str, tuple[Row, list[tuple[str, str]]]] = {
    "a company's subtotal": (row("小计"), [("C4", "totals_word")]),
    "a plan's subtotal": (row("P1", "小计"), [("D4", "totals_word")]),
    "the company's name": (row("甲公司小计"), [("C4", "totals_word")]),
    "in English": (row("TOTAL"), [("C4", "totals_word")]),
    "a code that begins with it": (row("TOTAL01"), [("C4", "totals_word")]),
    "a name that begins with it": (row("合计一号"), [("C4", "totals_word")]),
    "all": (row("全部"), [("C4", "totals_word")]),
    "all of both": (row("全部", "全部"), [("C4", "totals_word"), ("D4", "totals_word")]),
    "an error beside it": (row("合计", 12.5), [("C4", "totals_word"), ("D4", "not_a_code")]),
}


@pytest.mark.parametrize("name", BESIDE_A_CODE)
def test_a_totals_word_beside_a_real_code_is_a_reject_at_its_cell(name: str) -> None:
    cells, wanted = BESIDE_A_CODE[name]
    found = read(row("P0"), row("P9"), cells)
    assert (plans(found), rejects(found), found.evaluated.counts.totals_rows) == (["P0", "P9"], wanted, 0)


@pytest.mark.parametrize("plan", ["集合计划", "P-TOTALITY", "SUBTLE1", "综合计划A", "SUMMIT", "AVG1"])
def test_a_code_that_only_holds_such_letters_is_a_code(plan: str) -> None:
    assert plans(read(row(plan))) == [plan]


def test_subtotals_of_groups_and_their_total_are_no_mismatch() -> None:
    found = read(row(scale=1.0), at(A="合计", G=1.0), row("P2", scale=2.0), at(A="合计", G=2.0), at(A="总计", G=3.0))
    assert [each.code for each in found.evaluated.cautions if each.code == "totals_mismatch"] == []


def test_a_grand_total_of_the_last_group_alone_is_a_mismatch() -> None:
    found = read(row(scale=1.0), at(A="合计", G=1.0), row("P2", scale=2.0), at(A="总计", G=2.0))
    assert [each.place for each in found.evaluated.cautions if each.code == "totals_mismatch"] == ["G5"]


@pytest.mark.parametrize("blank", ["—", "-", "/", "无", "暂无", "--", "——", "N/A", " - "])
@pytest.mark.parametrize(("plan", "place"), [(True, "C2"), (False, "D2")])
def test_a_placeholder_is_no_code(blank: str, plan: bool, place: str) -> None:
    found = read(row(blank, "C1") if plan else row("P1", blank), row("P2"))
    assert (plans(found), rejects(found)) == (["P2"], [(place, "missing_value")])


ASIDE: dict[str, tuple[list[Row], list[tuple[int, str]]]] = {
    "a header on every page": ([row(), HEADERS, row("P2")], [(3, "header")]),
    "a header after a blank row": ([row(), at(), HEADERS, row("P2")], [(4, "header")]),
    "a page's title and header": (
        [row(), at(A="2024年11月受托业绩"), HEADERS, row("P2")],
        [(3, "title"), (4, "header")],
    ),
    "a page's subtotal, title and header": (
        [row(), at(A="本页小计", G=100.0), at(C="受托业绩"), at(G="（续表）"), HEADERS, row("P2")],
        [(3, "totals"), (4, "title"), (5, "title"), (6, "header")],
    ),
    "headings of groups": (
        [at(A="一、企业年金"), row(), at(A="（二）职业年金"), row("P2")],
        [(2, "band"), (4, "band")],
    ),
    "a heading in the column of codes": ([row(), at(C="二、职业年金"), row("P2")], [(3, "band")]),
    "a heading below a blank row": ([row(), at(), at(A="职业年金"), row("P2")], [(4, "note")]),
    "a note": ([row(), row("P2"), at(A="注：本表未经审计")], [(4, "note")]),
    "a note in the column of codes": ([row(), row("P2"), at(C="注：本表" + "未经审计" * 20)], [(4, "note")]),
    "notes that go on": (
        [row(), row("P2"), at(A="说明："), at(A="1、规模为期末数"), at(A="以上未经审计")],
        [(4, "note"), (5, "band"), (6, "note")],
    ),
    "a note below a blank row": ([row(), row("P2"), at(), at(A="以上数据未经审计")], [(5, "note")]),
    "a note below the total": (
        [row(), row("P2"), at(A="合计", G=200.0), at(A="数据未审")],
        [(4, "totals"), (5, "note")],
    ),
    "a signature": ([row(), row("P2"), at(A="制表人：", B="张三", F="复核人：", G="李四")], [(4, "signature")]),
    "a date of signing": ([row(), row("P2"), at(E="日期：", F=datetime(2024, 12, 3))], [(4, "signature")]),
    "a spaced signature": ([row(), row("P2"), at(C="制 表 人 ： 张三", D="日 期：2024-12-03")], [(4, "signature")]),
    "a seal": ([row(), row("P2"), at(), at(E="甲公司（盖章）")], [(5, "signature")]),
    "a page number": ([row(), row("P2"), at(D="第1页 共1页")], [(4, "signature")]),
}


@pytest.mark.parametrize(("kind", "engine"), ENGINES)
@pytest.mark.parametrize("name", ASIDE)
def test_what_stands_around_the_data_is_set_aside_and_listed(name: str, kind: str, engine: str | None) -> None:
    rows, wanted = ASIDE[name]
    if kind == "xls":
        rows = [["" if isinstance(cell, datetime) else cell for cell in each] for each in rows]
    found = read(*rows, kind=kind, engine=engine)
    assert (plans(found), rejects(found), aside(found)) == (["P1", "P2"], [], wanted)
    file = account(found, DOMAIN, rules())
    totals = sum(reason == "totals" for _row, reason in wanted)
    assert (file.set_aside_rows, file.totals_rows, file.adds_up) == (len(wanted) - totals, totals, True)
    assert [(each.row, each.reason) for each in file.set_aside] == wanted


def test_the_texts_of_what_was_set_aside_are_listed() -> None:
    found = read(row(), at(A="注：一", D="二"))
    assert [each.text for each in found.evaluated.set_aside] == ["注：一 二"]


DOUBTFUL: dict[str, tuple[Row, list[tuple[str, str]]]] = {
    "a heading without a number": (at(A="职业年金"), [("A3", "not_a_record")]),
    "the same in the column of months": (at(B="职业年金"), [("B3", "not_a_record")]),
    "a lone code": (at(C="P9"), [("B3", "missing_value"), ("D3", "missing_value")]),
    "a lone figure": (at(G=5.0), [("B3", "missing_value"), ("C3", "missing_value"), ("D3", "missing_value")]),
    "a heading with a sum": (
        at(A="一、企业年金", G=5.0),
        [("A3", "invalid_month"), ("C3", "missing_value"), ("D3", "missing_value")],
    ),
    "a note in a row of data": (
        ["注：暂估", "11月", "P9", "C9", "待定", None, None],
        [("A3", "invalid_month"), ("E3", "not_a_number")],
    ),
    "a month without its year": ([None, 10, "P9", "C9", 0.1, 1.0, 2.0], [("A3", "missing_value")]),
    "a year that is none": (["二四", 10, "P9", "C9", 0.1, 1.0, 2.0], [("A3", "invalid_month")]),
    "a year without its month": ([2024, None, "P9", "C9", 0.1, 1.0, 2.0], [("B3", "missing_value")]),
}


@pytest.mark.parametrize("name", DOUBTFUL)
def test_a_row_in_doubt_is_rejected_with_the_cell_at_fault(name: str) -> None:
    cells, wanted = DOUBTFUL[name]
    found = read(row(), cells, row("P2"))
    assert (plans(found), rejects(found), aside(found)) == (["P1", "P2"], wanted, [])


@pytest.mark.parametrize(
    "rows",
    [
        [HEADERS, row(), at(A="二、职业年金（单位：元）"), row("P2")],
        [[*HEADERS[:6], "规模(万元)"], row(), at(A="单位：元"), [*HEADERS[:6], "规模(万元)"], row("P2")],
    ],
    ids=["a heading", "a page's title"],
)
def test_a_unit_between_the_rows_that_nothing_else_states_is_refused(rows: list[Row]) -> None:
    with pytest.raises(UnitError, match=r"A\d .* says 元 below the header"):
        validate_workbook(xlsx(rows), chosen(), DOMAIN, rules())


def test_a_unit_between_the_rows_that_the_title_states_too_is_right() -> None:
    rows = [at(A="单位：万元"), HEADERS, row(), at(A="单位：万元"), HEADERS, row("P2")]
    found = validate_workbook(xlsx(rows), chosen(), DOMAIN, rules())
    assert found.evaluated.columns["fund_scale"] == ["1000000.00", "1000000.00"]


def test_a_row_of_units_that_is_repeated_with_its_header_is_set_aside() -> None:
    units = at(E="%", G="万元")
    found = validate_workbook(xlsx([HEADERS, units, row(), HEADERS, units, row("P2")]), chosen(), DOMAIN, rules())
    assert (plans(found), aside(found)) == (["P1", "P2"], [(4, "header"), (5, "header")])
    assert found.evaluated.columns["fund_scale"] == ["1000000.00", "1000000.00"]


OTHER_ORDER = ("计划代码", "公司代码", "年", "月", "规模", "净值", "收益率")
OTHER_ROW: Row = ("P2", "C1", 2024, 11, 300.0, 1.5, 0.02)
SECOND: dict[str, tuple[list[Row], str]] = {
    "the same columns in another order": ([row(), at(), OTHER_ORDER, OTHER_ROW], "A4 '计划代码'"),
    "directly below": ([row(), OTHER_ORDER, OTHER_ROW], "A3 '计划代码'"),
    "another unit": ([row(), [*HEADERS[:6], "规模(万元)"], row("P2")], "A3 '年'"),
    "a column less": ([row(), HEADERS[:6], row("P2")[:6]], "A3 '年'"),
    "of names that nobody knows": ([row(), at(A="年份", B="月份", C="户数", G="金额"), row("12", "7")], "A3 '年份'"),
}


@pytest.mark.parametrize(("kind", "engine"), ENGINES)
@pytest.mark.parametrize("name", SECOND)
def test_another_table_is_refused_naming_both_headers(name: str, kind: str, engine: str | None) -> None:
    rows, place = SECOND[name]
    with pytest.raises(HeaderError, match=f"A1 '年' begins the header of one table, and {place} that of another"):
        read(*rows, kind=kind, engine=engine)


def test_the_first_table_is_read_where_the_catalogue_says_so() -> None:
    found = read(row(), at(), at(A="上月数据"), OTHER_ORDER, OTHER_ROW, OTHER_ROW, at(A="合计", E=5.0), tables="first")
    assert (plans(found), rejects(found)) == (["P1"], [])
    (other,) = account(found, DOMAIN, rules()).set_aside
    assert (other.row, other.rows, other.reason) == (4, 5, "other_table")
    counts = found.evaluated.counts
    assert (counts.rows_read, counts.records, counts.blank_rows, counts.set_aside_rows) == (7, 1, 1, 5)


def test_all_tables_are_read_by_their_own_headers_where_the_catalogue_says_so() -> None:
    third: list[Row] = [at(A="单位：万元"), [*HEADERS[:6], "规模(元)"], row("P3", scale=7.0)]
    found = read(row(), at(), at(A="职业年金"), OTHER_ORDER, OTHER_ROW, at(), *third, tables="all")
    evaluated = found.evaluated
    assert (plans(found), rejects(found)) == (["P1", "P2", "P3"], [])
    assert evaluated.columns["fund_scale"] == ["100.00", "300.00", "7.00"]
    assert evaluated.columns["return_rate"] == ["0.050000", "0.020000", "0.050000"]
    assert evaluated.columns["source_row"] == [2, 6, 10]
    assert aside(found) == [(4, "title"), (5, "header"), (8, "title"), (9, "header")]
    file = account(found, DOMAIN, rules())
    assert (file.rows_read, file.blank_rows, file.set_aside_rows, file.adds_up) == (9, 2, 4, True)
    letters = [column.letter for at_row in (2, 6, 10) if (column := file.column("fund_scale", at_row))]
    assert letters == ["G", "E", "G"]


def test_a_second_table_is_read_in_its_own_unit() -> None:
    rows = [row(), at(A="单位：万元"), OTHER_ORDER, OTHER_ROW]
    assert read(*rows, tables="all").evaluated.columns["fund_scale"] == ["100.00", "3000000.00"]


def test_a_second_table_that_lacks_a_column_is_refused_whatever_the_catalogue_says() -> None:
    with pytest.raises(MissingColumnsError, match="header row 3: missing company_code"):
        read(row(), ("年", "月", "计划代码", "规模"), (2024, 11, "P2", 1.0), tables="all")


def test_a_table_above_the_one_with_more_columns_is_refused() -> None:
    rows = [HEADERS[:4], row("P9")[:4], at(), HEADERS, row()]
    with pytest.raises(HeaderError, match="A1 '年' begins the header of one table, and A4 '年' that of another"):
        validate_workbook(xlsx(rows), chosen(), DOMAIN, rules())


LEDGER = ("上报月份", "业务类型", "客户全称", "年金计划号", "机构", "计划规模", "备注")


def won(name: Value, plan: Value = None, remark: Value = None, month: Value = "2024年11月") -> list[Value]:
    return [month, "企年受托", name, plan, "北京", 1.5, remark]


def ledger(*rows: Row) -> Validated:
    domain = get_domain("annual_award")
    return validate_workbook(xlsx([LEDGER, *rows]), chosen(), domain, rules())


@pytest.mark.parametrize(
    ("cells", "wanted", "totals"),
    [
        (won("合计"), [], 1),
        (won("小计："), [], 1),
        ([None, None, "甲公司小计", None, None, 1.5, None], [], 1),
        (won("甲公司小计"), [], 1),
        (won("汇总"), [], 1),
        (won("合计", "P0009"), [("C4", "totals_word")], 0),
        (won("甲公司", "P0009", "小计"), [("G4", "totals_word")], 0),
    ],
    ids=["a total", "a subtotal", "a company's", "with its month", "a word", "beside a code", "in a remark"],
)
def test_where_codes_may_be_blank_a_totals_word_is_no_record(
    cells: Row, wanted: list[tuple[str, str]], totals: int
) -> None:
    found = ledger(won("甲公司"), won("乙公司", "P0001"), cells)
    assert (list(found.evaluated.columns["上报客户名称"]), rejects(found)) == (["甲公司", "乙公司"], wanted)
    assert found.evaluated.counts.totals_rows == totals


@pytest.mark.parametrize("remark", ["已汇总", "按季平均", "本年累计新增", "备注：无", "*ST", "一、二期"])
def test_a_remark_makes_no_totals_row_of_a_record_without_a_code(remark: str) -> None:
    found = ledger(won("甲公司", remark=remark), won("汇总科技有限公司"), won("*ST甲股份"))
    assert len(found.evaluated.columns["上报客户名称"]) == 3


def test_a_bad_row_of_a_ledger_is_rejected_and_not_taken_for_a_note() -> None:
    found = ledger(won("甲公司"), ["十三月", "企年受托", "乙公司", None, "北京", None, "已汇总"], won("丙公司"))
    assert (rejects(found), aside(found)) == ([("A3", "invalid_month")], [])


HOLDINGS = ("月度", "业务类型", "计划类型", "计划代码", "客户名称", "期末资产规模")


def held(name: Value, plan: Value = None) -> list[Value]:
    return [202411, "企年受托", "集合计划", plan, name, 1.5]


@pytest.mark.parametrize(
    ("cells", "wanted", "totals"),
    [
        (held("合计"), [], 1),
        (held("甲公司小计"), [("E4", "totals_word")], 0),
        (held("平均"), [("E4", "totals_word")], 0),
        (held("小计", "AN001"), [("E4", "totals_word")], 0),
        ([None, None, None, None, "甲公司小计", 1.5], [], 1),
    ],
    ids=["a total", "one that could be a row", "a word", "beside a code", "without a month"],
)
def test_a_name_that_may_be_a_total_is_refused_where_the_row_could_be_a_record(
    cells: Row, wanted: list[tuple[str, str]], totals: int
) -> None:
    content = xlsx([HOLDINGS, held("甲公司"), held("汇总科技公司", "P0001"), cells])
    found = validate_workbook(content, chosen(), get_domain("annuity_performance"), rules())
    assert (found.evaluated.counts.records, rejects(found)) == (2, wanted)
    assert found.evaluated.counts.totals_rows == totals
