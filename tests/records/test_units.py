"""Units wherever a sheet states them: understood, or refused with the cell that is in doubt; a guess never loads."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import openpyxl
import pytest
import xlwt
from openpyxl.comments import Comment
from openpyxl.formatting.rule import Rule
from openpyxl.styles import numbers
from openpyxl.styles.differential import DifferentialStyle

from tests.fixtures.reading import chosen, rules
from tests.workbooks import HEADERS, Value, part_of, xls
from workflows.domains.trustee_performance import DOMAIN
from workflows.errors import UnitError
from workflows.records.accounts import SheetColumn
from workflows.records.validation import Validated, account, validate_workbook
from workflows.sources.units import said_in

Rows = Sequence[Sequence[Value]]
BLANK: list[Value] = [None] * 7


@dataclass(frozen=True)
class Sheet:
    """A sheet as people make it; ``comments``, ``formats`` by cell, ``merged`` ranges."""

    rows: Rows
    name: str = "受托业绩"
    merged: Sequence[str] = ()
    comments: Mapping[str, str] = field(default_factory=dict)
    formats: Mapping[str, str] = field(default_factory=dict)

    def xlsx(self) -> bytes:
        book = openpyxl.Workbook()
        page = book.worksheets[0]
        page.title = self.name
        for row in self.rows:
            page.append(list(row))
        for where in self.merged:
            page.merge_cells(where)
        for where, text in self.comments.items():
            page[where].comment = Comment(text, "甲")
        for where, code in self.formats.items():
            page[where].number_format = code
        written = io.BytesIO()
        book.save(written)
        return written.getvalue()


def row(plan: str = "P1", *, rate: Value = 0.05, value: Value = 1.25, scale: Value = 100.0) -> list[Value]:
    return [2024, 11, plan, "C1", rate, value, scale]


def header(**texts: str) -> list[Value]:
    return [texts.get(name, usual) for name, usual in zip("ABCDEFG", HEADERS, strict=True)]


def at(**cells: Value) -> list[Value]:
    """A row with a few filled cells, by column."""
    return [cells.get(letter) for letter in "ABCDEFG"]


TABLE: list[list[Value]] = [list(HEADERS), row()]


def read(sheet: Sheet, **entry: str) -> Validated:
    return validate_workbook(sheet.xlsx(), chosen(), DOMAIN, rules(**entry))


def values(found: Validated, name: str) -> list[str | None]:
    return list(found.evaluated.columns[name])


def column(found: Validated, name: str) -> SheetColumn:
    return account(found, DOMAIN, rules()).columns[name]


TITLES: dict[str, tuple[Sheet, str, str]] = {
    "at the right end": (Sheet([at(G="单位：万元"), *TABLE]), "1000000.00", "G1"),
    "beside a title": (Sheet([at(A="2024年11月受托业绩", G="单位：万元"), *TABLE]), "1000000.00", "G1"),
    "merged at the right end": (Sheet([at(F="单位：万元"), *TABLE], merged=["F1:G1"]), "1000000.00", "F1"),
    "merged over all": (Sheet([at(A="金额单位：人民币亿元"), *TABLE], merged=["A1:G1"]), "10000000000.00", "A1"),
    "two at once": (Sheet([at(A="单位：元、%"), list(HEADERS), row(rate=5.0)]), "100.00", "A1"),
    "in brackets": (Sheet([at(A="(单位:百万元)"), *TABLE]), "100000000.00", "A1"),
    "in a title's brackets": (Sheet([at(A="2024年11月受托业绩报告（单位：万元）"), *TABLE]), "1000000.00", "A1"),
    "in bare brackets": (Sheet([at(A="2024年11月受托业绩（万元）"), *TABLE], merged=["A1:G1"]), "1000000.00", "A1"),
    "a merged title that is no group": (
        Sheet([at(A="受托业绩（万元）"), *TABLE], merged=["A1:F1"]),
        "1000000.00",
        "A1",
    ),
    "spaced out": (Sheet([at(A="单 位 ： 万 元"), *TABLE]), "1000000.00", "A1"),
    "in two cells": (Sheet([at(F="单位：", G="万元"), *TABLE]), "1000000.00", "G1"),
    "with the currency": (Sheet([at(A="单位：万元  币种：人民币"), *TABLE]), "1000000.00", "A1"),
    "with an exception": (Sheet([at(A="金额单位：人民币千元（另有说明除外）"), *TABLE]), "100000.00", "A1"),
    "of amounts": (Sheet([at(A="金额：万元"), *TABLE]), "1000000.00", "A1"),
    "in a title beside a date": (
        Sheet([at(A="受托业绩报告（单位：万元）", G="2024年11月"), *TABLE]),
        "1000000.00",
        "A1",
    ),
    "of a currency in brackets": (Sheet([at(A="单位：人民币（万元）"), *TABLE]), "1000000.00", "A1"),
    "beside an organisation": (Sheet([at(A="编制单位：某某公司", G="金额单位：千元"), *TABLE]), "100000.00", "G1"),
    "in English": (Sheet([at(A="Unit: RMB million"), *TABLE]), "100000000.00", "A1"),
    "in English brackets": (Sheet([at(A="Trustee performance (RMB'000)"), *TABLE]), "100000.00", "A1"),
    "in ten millions": (Sheet([at(A="单位：千万元"), *TABLE]), "1000000000.00", "A1"),
    "alone behind a title": (Sheet([at(A="2024年11月受托业绩 万元"), *TABLE]), "1000000.00", "A1"),
    "named": (Sheet([at(A="规模：万元；收益率：%"), list(HEADERS), row(rate=5.0)]), "1000000.00", "A1"),
    "as the base of counting": (Sheet([at(A="本表以万元为单位"), *TABLE]), "1000000.00", "A1"),
    "a comment of the title": (
        Sheet([at(A="受托业绩"), *TABLE], comments={"A1": "单位：万元"}),
        "1000000.00",
        "A1",
    ),
}
HEADINGS: dict[str, tuple[Sheet, str, str]] = {
    "merged": (
        Sheet([at(A="基本信息", E="业绩（单位：万元）"), *TABLE], merged=["A1:D1", "E1:G1"]),
        "1000000.00",
        "E1",
    ),
    "not merged": (Sheet([at(A="基本信息", E="业绩(万元)"), *TABLE]), "1000000.00", "E1"),
    "over one column": (Sheet([at(A="基本信息", G="规模情况(亿元)"), *TABLE]), "10000000000.00", "G1"),
    "units above the names": (
        Sheet([at(E="%", F="元", G="万元"), list(HEADERS), row(rate=5.0)]),
        "1000000.00",
        "G1",
    ),
}
BELOW_THE_NAMES: dict[str, tuple[Sheet, str, str]] = {
    "units only": (Sheet([list(HEADERS), at(E="%", F="元", G="万元"), row(rate=5.0)]), "1000000.00", "G2"),
    "with dashes": (
        Sheet([list(HEADERS), ["-", "-", "-", "-", "%", "-", "(万元)"], row(rate=5.0)]),
        "1000000.00",
        "G2",
    ),
    "with a name": (
        Sheet([list(HEADERS), at(A="单位", C="代码", E="%", F="元/份", G="单位：千元"), row(rate=5.0)]),
        "100000.00",
        "G2",
    ),
}
IN_HEADERS: dict[str, tuple[Sheet, str, str]] = {
    text: (Sheet([header(G=text), row()]), wanted, "G1")
    for text, wanted in {
        "规模 万元": "1000000.00",
        "规模:万元": "1000000.00",
        "规模：人民币万元": "1000000.00",
        "规模/万元": "1000000.00",
        "规模_元": "100.00",
        "规模（千元）": "100000.00",
        "规模(百万元)": "100000000.00",
        "规模（千万元）": "1000000000.00",
        "规模\n（单位：人民币亿元）": "10000000000.00",
    }.items()
}
ELSEWHERE: dict[str, tuple[Sheet, str, str]] = {
    "the sheet's name": (Sheet(TABLE, name="受托业绩(万元)"), "1000000.00", "the sheet's name"),
    "the end of the name": (Sheet(TABLE, name="受托业绩_万元"), "1000000.00", "the sheet's name"),
    "a note": (Sheet([*TABLE, BLANK, at(A="注：规模单位为万元")]), "1000000.00", "A4"),
    "a note right below": (Sheet([*TABLE, at(A="注：1、金额单位均为万元；2、收益率为年化。")]), "1000000.00", "A3"),
    "a note above the signature": (
        Sheet([*TABLE, ["合计", *[None] * 5, 100.0], at(A="单位：万元"), at(A="制表人：张三", G="日期：2024-11-30")]),
        "1000000.00",
        "A4",
    ),
    "a comment": (Sheet(TABLE, comments={"G1": "甲:\n单位：万元"}), "1000000.00", "the comment of G1"),
}
SHEETS = {
    f"{where}: {name}": case
    for where, cases in {
        "title": TITLES,
        "heading": HEADINGS,
        "units row": BELOW_THE_NAMES,
        "header": IN_HEADERS,
        "elsewhere": ELSEWHERE,
    }.items()
    for name, case in cases.items()
}


@pytest.mark.parametrize(("sheet", "scale", "place"), SHEETS.values(), ids=SHEETS)
def test_a_stated_unit_is_read_and_the_account_says_from_where(sheet: Sheet, scale: str, place: str) -> None:
    found = read(sheet)
    said = column(found, "fund_scale")
    assert (values(found, "fund_scale"), said.unit_from) == ([scale], place)
    # A price per unit is in yuan, whatever is said of amounts; a stated percent divides once, and nothing else does.
    assert values(found, "net_asset_value") == ["1.2500"]
    assert values(found, "return_rate") == ["0.050000"]


PERCENTS: dict[str, Sheet] = {
    "a title": Sheet([at(A="单位：%"), list(HEADERS), row(rate=5.12)]),
    "a title of two": Sheet([at(G="单位：万元、%"), list(HEADERS), row(rate=5.12)]),
    "a heading": Sheet([at(A="基本信息", E="业绩(%)"), list(HEADERS), row(rate=5.12)], merged=["A1:D1", "E1:G1"]),
    "a units row": Sheet([list(HEADERS), at(E="%"), row(rate=5.12)]),
    "a note": Sheet([list(HEADERS), row(rate=5.12), BLANK, at(A="注：收益率单位为%")]),
    "the header": Sheet([header(E="收益率%"), row(rate=5.12)]),
    "a format of points": Sheet([list(HEADERS), row(rate=5.12)], formats={"E2": '0.00"%"'}),
    "an escaped sign": Sheet([list(HEADERS), row(rate=5.12)], formats={"E2": "0.00\\%"}),
    "a format beside a title": Sheet([at(A="单位：%"), list(HEADERS), row(rate=0.0512)], formats={"E3": "0.00%"}),
    "a text beside a title": Sheet([at(A="单位：%"), list(HEADERS), row(rate="5.12%")]),
    "points beside formats": Sheet(
        [at(A="单位：%"), list(HEADERS), row(rate=5.12), row("P2", rate=0.0512)], formats={"E4": "0.00%"}
    ),
}


@pytest.mark.parametrize("sheet", PERCENTS.values(), ids=PERCENTS)
def test_points_are_divided_once_and_fractions_never(sheet: Sheet) -> None:
    assert set(values(read(sheet), "return_rate")) == {"0.051200"}


FORMATS: dict[str, tuple[Value, str, str]] = {
    '0.00"万"': (5.12, "规模", "51200.00"),
    '#,##0.00"万元"': (5.12, "规模(元)", "51200.00"),
    "0,,": (12345678.0, "规模(百万元)", "12345678.00"),
    "0!.0,": (12345678.0, "规模(万元)", "12345678.00"),
    "0\\.0,": (12345678.0, "规模(万元)", "12345678.00"),
    '0.0,,"百万"': (12345678.0, "规模", "12345678.00"),
    "#,##0.00": (12345678.0, "规模", "12345678.00"),
}


@pytest.mark.parametrize(("code", "case"), FORMATS.items())
def test_a_number_format_means_what_it_shows(code: str, case: tuple[Value, str, str]) -> None:
    number, text, wanted = case
    assert values(read(Sheet([header(G=text), row(scale=number)], formats={"G2": code})), "fund_scale") == [wanted]


@pytest.mark.parametrize(
    ("code", "reject"),
    [("0,,", "ambiguous_unit"), ('0.00"%"', "unit_mismatch"), ('"US$"0', "other_currency"), ("0.00%", "unit_mismatch")],
)
def test_a_format_that_leaves_a_number_in_doubt_rejects_its_row(code: str, reject: str) -> None:
    found = read(Sheet([*TABLE, row("P2", scale=12345678.0)], formats={"G3": code}))
    assert [(each.place, each.code) for each in found.evaluated.rejects] == [("G3", reject)]


@pytest.mark.parametrize("unit_header", ["单位", "金额单位", "规模单位"])
def test_a_column_of_units_says_each_rows(unit_header: str) -> None:
    rows: Rows = [
        [*HEADERS, unit_header],
        [*row("P1"), "万元"],
        [*row("P2"), "元"],
        [*row("P3"), "亿"],
        ["合计", *[None] * 5, 1000000.0 + 100.0 + 10.0**10, "元"],
    ]
    found = read(Sheet(rows))
    assert values(found, "fund_scale") == ["1000000.00", "100.00", "10000000000.00"]
    assert values(found, "net_asset_value") == ["1.2500"] * 3
    assert (found.evaluated.cautions, column(found, "fund_scale").unit_from) == ([], "column H")


@pytest.mark.parametrize("unit", ["美元", "份", None, " ", 5])
def test_a_row_whose_unit_is_missing_or_none_of_the_columns_is_a_reject(unit: Value) -> None:
    found = read(Sheet([[*HEADERS, "单位"], [*row("P1"), "万元"], [*row("P2"), unit]]))
    assert [(each.place, each.code) for each in found.evaluated.rejects] == [("G3", "unit_mismatch")]


def test_a_column_of_currencies_rejects_the_other_ones() -> None:
    found = read(Sheet([[*header(G="规模(万元)"), "币种"], [*row("P1"), "人民币"], [*row("P2"), "美元"]]))
    assert values(found, "fund_scale") == ["1000000.00"]
    assert [(each.place, each.code) for each in found.evaluated.rejects] == [("G3", "unit_mismatch")]


@pytest.mark.parametrize("order", [("单位", "币种"), ("币种", "单位")])
def test_units_and_currencies_of_rows_are_read_together(order: tuple[str, str]) -> None:
    said: dict[str, list[Value]] = {"单位": ["万元", "万元", "元"], "币种": ["人民币", "美元", None]}
    rows: Rows = [[*row(f"P{i}"), *(said[name][i] for name in order)] for i in range(3)]
    found = read(Sheet([[*HEADERS, *order], *rows]))
    assert values(found, "fund_scale") == ["1000000.00", "100.00"]
    assert [(each.place, each.code) for each in found.evaluated.rejects] == [("G3", "unit_mismatch")]


def test_a_column_of_units_may_name_the_price() -> None:
    found = read(Sheet([[*HEADERS, "净值单位"], [*row(), "千元"]]))
    assert (values(found, "net_asset_value"), values(found, "fund_scale")) == (["1250.0000"], ["100.00"])


def test_a_column_of_organisations_states_nothing() -> None:
    found = read(Sheet([[*HEADERS, "单位"], [*row(), "某某公司"]]))
    assert (values(found, "fund_scale"), column(found, "fund_scale").unit_from) == (["100.00"], "")


NEARER: dict[str, tuple[Sheet, str]] = {
    "header over title": (Sheet([at(A="单位：亿元"), header(G="规模(万元)"), row()]), "1000000.00"),
    "units row over title": (Sheet([at(A="单位：亿元"), list(HEADERS), at(G="万元"), row()]), "1000000.00"),
    "heading over title": (
        Sheet([at(A="单位：亿元"), at(A="基本信息", E="业绩(万元)"), *TABLE], merged=["A2:D2", "E2:G2"]),
        "1000000.00",
    ),
    "a note that names the column": (Sheet([at(A="单位：亿元"), *TABLE, at(A="注：规模单位：万元")]), "1000000.00"),
    "a cell over all": (Sheet([at(A="单位：亿元"), list(HEADERS), row(scale="100万元")]), "1000000.00"),
}


@pytest.mark.parametrize(("sheet", "scale"), NEARER.values(), ids=NEARER)
def test_the_nearest_statement_wins(sheet: Sheet, scale: str) -> None:
    assert values(read(sheet), "fund_scale") == [scale]


UNTOUCHED: dict[str, Sheet] = {
    "a sentence": Sheet([at(A="本月规模增加3万元以上"), *TABLE]),
    "a mention": Sheet([at(A="规模按万元四舍五入"), *TABLE]),
    "an organisation": Sheet([at(A="填报单位：万科企业年金"), *TABLE]),
    "another column": Sheet([at(A="管理费单位：万元"), [*HEADERS, "管理费"], [*row(), 1.0]]),
    "another column's comment": Sheet([[*HEADERS, "管理费"], [*row(), 1.0]], comments={"H1": "单位：万元"}),
    "a percent": Sheet([at(A="单位：%"), list(HEADERS), row(rate=5.0)]),
}


@pytest.mark.parametrize("sheet", UNTOUCHED.values(), ids=UNTOUCHED)
def test_what_states_no_unit_of_the_column_scales_nothing(sheet: Sheet) -> None:
    assert values(read(sheet), "fund_scale") == ["100.00"]


def test_a_mention_is_noted() -> None:
    assert account(read(UNTOUCHED["a mention"]), DOMAIN, rules()).notes == (
        "A1 提到 万元，但没有写明是单位（单位：万元），未据此换算 / "
        "A1 mentions 万元 without stating it as a unit (单位：万元): nothing is scaled by it",
    )


REFUSED: dict[str, tuple[Sheet, str]] = {
    "a title in dollars": (Sheet([at(A="单位：美元"), *TABLE]), r"'美元' does not fit \w+ \(A1 '单位：美元'\)"),
    "dollars in English": (Sheet([at(A="Unit: USD million"), *TABLE]), "'usd million' does not fit .*A1"),
    "millions of nothing": (Sheet([header(G="规模(million)"), row()]), "a unit of 'million' does not fit"),
    "English in brackets": (Sheet([at(A="Trustee performance (in thousands)"), *TABLE]), "does not fit .*A1"),
    "ten thousand dollars": (Sheet([at(A="金额单位：万美元"), *TABLE]), "'万美元' does not fit"),
    "a currency": (Sheet([at(A="单位：万元 币种：美元"), *TABLE]), "A1 .* says 美元|'美元' does not fit"),
    "a header in dollars": (Sheet([header(G="规模(美元)"), row()]), "G '规模.美元.': a unit of '美元' does not fit"),
    "an exception": (Sheet([at(A="除规模单位为万元外，其余单位为元"), *TABLE]), "'除规模单位为万元外' does not fit"),
    "a header in Hong Kong dollars": (
        Sheet([header(G="规模（港币万元）"), row()]),
        "'港币万元' does not fit fund_scale",
    ),
    "shares": (Sheet([at(A="单位：万份"), *TABLE]), "'万份' does not fit .*A1 '单位：万份'"),
    "a unit nobody knows below": (Sheet([list(HEADERS), at(E="%", G="万户"), row()]), "'万户' does not fit .*G2"),
    "a rate in ‰": (Sheet([header(E="收益率(‰)"), row()]), "'‰' does not fit return_rate"),
    "a rate in basis points": (Sheet([at(A="收益率单位：BP"), *TABLE]), "'bp' does not fit return_rate"),
    "two titles": (
        Sheet([at(A="单位：元", G="单位：万元"), *TABLE]),
        "A1 '单位：元' says 元, and G1 '单位：万元' says 万元; write the unit that is meant into G2, as in",
    ),
    "title and note": (Sheet([at(A="单位：元"), *TABLE, at(A="注：单位：万元")]), "A1 .* says 元, and A4 .* says 万元"),
    "title and sheet": (Sheet([at(A="单位：元"), *TABLE], name="业绩(万元)"), "the sheet's name .* says 万元, and A1"),
    "header and comment": (
        Sheet([header(G="规模(元)"), row()], comments={"G1": "单位：万元"}),
        "G1 '规模.元.' says 元, and the comment of G1 '.*' says 万元",
    ),
    "header and units row": (Sheet([header(G="规模(元)"), at(G="万元"), row()]), "G1 .* says 元, and G2 '万元' says"),
    "one cell": (Sheet([at(A="单位：元、万元"), *TABLE]), "A1 .* says 元, and A1 .* says 万元"),
    "a heading above others": (
        Sheet([at(A="基本信息(万元)", G="规模情况"), *TABLE], merged=["A1:F1"]),
        "A1 .* says 万元 above other columns, and nothing says the unit of this one",
    ),
    "texts beside numbers": (
        Sheet([list(HEADERS), row(rate="5.12%"), row("P2", rate=0.0512)]),
        "E2 shows a percent sign and E3 a number without one.*into E1, as in 收益率.%., or write all its cells alike",
    ),
    "texts beside texts": (Sheet([list(HEADERS), row(rate="5.12%"), row("P2", rate="5.12")]), "E2 .* and E3"),
    "points beside numbers": (
        Sheet([list(HEADERS), row(rate=0.0512), row("P2", rate=5.12)], formats={"E3": '0.00"%"'}),
        "E3 shows a percent sign and E2 a number without one",
    ),
    "formats beside numbers": (
        Sheet([list(HEADERS), row(rate=5.12), row("P2", rate=0.0512)], formats={"E3": "0.00%"}),
        "E3 shows a percent sign and E2 a number without one",
    ),
}


@pytest.mark.parametrize(("sheet", "words"), REFUSED.values(), ids=REFUSED)
def test_what_is_in_doubt_is_refused_with_its_cells(sheet: Sheet, words: str) -> None:
    with pytest.raises(UnitError, match=words):
        read(sheet)
    with pytest.raises(UnitError, match=words):
        validate_workbook(sheet.xlsx(), chosen(sheet="auto"), DOMAIN, rules())


def test_where_nothing_says_the_catalogue_decides_about_bare_rates() -> None:
    assert values(read(Sheet([list(HEADERS), row(rate=5.12)]), rate_unit="percent"), "return_rate") == ["0.051200"]
    assert values(read(Sheet([list(HEADERS), row(rate=5.12)]), rate_unit="fraction"), "return_rate") == ["5.120000"]
    said = column(read(Sheet(TABLE), rate_unit="percent"), "return_rate")
    assert (said.unit, said.unit_from) == ("%", "rate_unit in the catalogue")


def test_percent_texts_say_the_same_as_a_catalogue_of_percents_and_formats_do_not() -> None:
    mixed: Rows = [list(HEADERS), row(rate="5.12%"), row("P2", rate=5.12)]
    assert values(read(Sheet(mixed), rate_unit="percent"), "return_rate") == ["0.051200"] * 2
    with pytest.raises(UnitError, match="E3 shows a percent sign and E2 a number"):
        read(
            Sheet([list(HEADERS), row(rate=5.12), row("P2", rate=0.0512)], formats={"E3": "0.00%"}),
            rate_unit="percent",
        )


def test_zeros_blanks_and_totals_rows_are_no_evidence() -> None:
    rows: Rows = [list(HEADERS), row(rate="5.12%"), row("P2", rate=0), row("P3", rate="-"), row("P4", rate=None)]
    found = read(Sheet([*rows, ["合计", None, None, None, 0.03, None, 400.0]]))
    assert values(found, "return_rate") == ["0.051200", "0.000000", None, None]


def test_differential_formats_say_nothing_of_cells() -> None:
    book = openpyxl.Workbook()
    page = book.worksheets[0]
    page.append(list(HEADERS))
    page.append(row(rate=0.0512))
    page["E2"].number_format = "0.000%"
    money = DifferentialStyle(numFmt=numbers.NumberFormat(numFmtId=164, formatCode='"$"#,##0.00'))
    page.conditional_formatting.add("G2", Rule(type="expression", dxf=money, formula=["TRUE"]))
    written = io.BytesIO()
    book.save(written)
    assert b'numFmtId="164" formatCode="&quot;$' in part_of(written.getvalue(), "xl/styles.xml").split(b"<dxfs")[1]
    for engine in ("direct", "openpyxl"):
        found = validate_workbook(written.getvalue(), chosen(), DOMAIN, rules(engine=engine))
        assert values(found, "return_rate") == ["0.051200"]
        assert column(found, "return_rate").unit == ""


def xls_of(rows: Rows, merged: tuple[int, int, int, int]) -> bytes:
    book = xlwt.Workbook(encoding="utf-8")
    page = book.add_sheet("受托业绩")
    top, bottom, left, right = merged
    for index, cells in enumerate(rows):
        for place, cell in enumerate(cells):
            if (index, place) == (top, left):
                page.write_merge(top, bottom, left, right, cell)
            elif cell is not None:
                page.write(index, place, cell)
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def test_an_xls_is_read_the_same() -> None:
    content = xls_of([at(A="基本信息", E="业绩(万元)"), *TABLE], (0, 0, 4, 6))
    assert values(validate_workbook(content, chosen("a.xls"), DOMAIN, rules()), "fund_scale") == ["1000000.00"]
    content = xls([[*HEADERS], row(rate=5.12, scale=3.0)], formats={"E2": '0.00"%"', "G2": '0.0"亿"'})
    found = validate_workbook(content, chosen("a.xls"), DOMAIN, rules())
    assert (values(found, "return_rate"), values(found, "fund_scale")) == (["0.051200"], ["300000000.00"])


def test_a_row_of_units_is_no_row_of_the_table() -> None:
    found = read(BELOW_THE_NAMES["with a name"][0])
    assert (found.evaluated.counts.rows_read, list(found.evaluated.columns["source_row"])) == (1, [3])


def test_a_text_as_long_as_a_cell_holds_is_looked_at_in_no_time() -> None:
    # Whole, it takes minutes: this test would hang.
    assert said_in("规" * 32_767) == []
