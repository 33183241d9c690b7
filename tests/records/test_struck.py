"""Rows that somebody struck through: loaded with a caution, or left out where the catalogue says so."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence

import openpyxl
import pytest
import xlwt
from openpyxl.styles import Font
from openpyxl.worksheet.table import Table

from tests.fixtures.reading import chosen, rules
from tests.workbooks import HEADERS, Value, part_of, with_parts
from workflows.domains.registry import get_domain
from workflows.domains.trustee_performance import DOMAIN
from workflows.records.validation import Validated, account, validate_workbook

Rows = Sequence[Sequence[Value]]
Make = Callable[[Rows, Sequence[str]], bytes]
ALL = "ABCDEFG"


def row(plan: Value = "P1", company: Value = "C1", scale: Value = 100.0) -> list[Value]:
    return [2024, 11, plan, company, 0.05, 1.25, scale]


def xlsx(rows: Rows, struck: Sequence[str], table: str = "") -> bytes:
    book = openpyxl.Workbook()
    page = book.worksheets[0]
    for each in (HEADERS, *rows):
        page.append(list(each))
    for place in struck:
        page[place].font = Font(strike=True)
    if table:
        made = Table(displayName="T", ref=table, totalsRowCount=1)
        page.add_table(made)
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def xls(rows: Rows, struck: Sequence[str]) -> bytes:
    book = xlwt.Workbook(encoding="utf-8")
    page = book.add_sheet("S")
    line = xlwt.easyxf("font: struck_out on")
    for number, each in enumerate((HEADERS, *rows)):
        for column, value in enumerate(each):
            if value is not None:
                styles = (line,) if f"{ALL[column]}{number + 1}" in struck else ()
                page.write(number, column, value, *styles)
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def irregular(rows: Rows, struck: Sequence[str]) -> bytes:
    """The same with blanks between the cells, which are taken apart one by one."""
    content = xlsx(rows, struck)
    sheet = part_of(content, "xl/worksheets/sheet1.xml").replace(b"</c><c", b"</c> <c")
    return with_parts(content, {"xl/worksheets/sheet1.xml": sheet})


ENGINES: list[tuple[Make, str | None]] = [(xlsx, "direct"), (xlsx, "openpyxl"), (irregular, "direct"), (xls, None)]


def read(content: bytes, engine: str | None, **entry: str) -> Validated:
    return validate_workbook(content, chosen(), DOMAIN, rules(engine=engine, **entry))


def plans(found: Validated) -> list[str]:
    return list(found.evaluated.columns["plan_code"])


def cautions(found: Validated) -> list[tuple[str, str]]:
    return [(each.place, each.detail) for each in found.evaluated.cautions if each.code == "struck_through"]


@pytest.mark.parametrize(("make", "engine"), ENGINES)
def test_a_struck_row_is_loaded_with_a_caution_that_names_its_cells(make: Make, engine: str | None) -> None:
    found = read(make([row(), row("P2"), row("P3")], [f"{letter}3" for letter in ALL]), engine)
    assert (plans(found), cautions(found)) == (["P1", "P2", "P3"], [("C3", "C3, D3, A3, B3, E3, F3, G3")])
    assert [w["code"] for w in found.evaluated.columns["validation_warnings"][1]] == ["struck_through"]


@pytest.mark.parametrize(("make", "engine"), ENGINES)
def test_a_struck_row_is_set_aside_where_the_catalogue_says_so(make: Make, engine: str | None) -> None:
    rows = [row(), row("P2", scale="待定"), row("P3")]
    found = read(make(rows, ["C3", "D3", "G3"]), engine, struck_through="skip")
    assert (plans(found), cautions(found), found.evaluated.rejects) == (["P1", "P3"], [], [])
    file = account(found, DOMAIN, rules())
    assert ([(each.row, each.reason) for each in file.set_aside], file.adds_up) == ([(3, "struck_through")], True)


@pytest.mark.parametrize("engine", ["direct", "openpyxl"])
def test_a_struck_figure_alone_leaves_its_row_in_with_a_caution(engine: str) -> None:
    found = read(xlsx([row(), row("P2")], ["G3"]), engine, struck_through="skip")
    assert (plans(found), cautions(found)) == (["P1", "P2"], [("G3", "G3")])


def test_a_line_through_what_is_not_read_says_nothing() -> None:
    rows = [[*row(), "旧"], [*row("P2"), None]]
    book = openpyxl.load_workbook(io.BytesIO(xlsx(rows, ["H2", "H3"])))
    book.worksheets[0]["H1"] = "备注"
    written = io.BytesIO()
    book.save(written)
    assert cautions(read(written.getvalue(), None)) == []


def test_a_whole_column_of_struck_cells_is_told_row_by_row() -> None:
    rows = [row(f"P{n}") for n in range(300)]
    found = read(xlsx(rows, [f"C{n + 2}" for n in range(300)]), "direct")
    assert len(cautions(found)) == 300


@pytest.mark.parametrize("engine", ["direct", "openpyxl"])
@pytest.mark.parametrize("label", [None, "数量", "汇总"])
def test_the_totals_row_of_an_excel_table_is_one_whatever_it_says(label: Value, engine: str) -> None:
    rows = [row(), row("P2"), [label, None, 2, None, None, None, 200.0]]
    found = read(xlsx(rows, [], table="A1:G4"), engine)
    assert (plans(found), found.evaluated.rejects, found.evaluated.counts.totals_rows) == (["P1", "P2"], [], 1)


@pytest.mark.parametrize("engine", ["direct", "openpyxl"])
def test_a_line_that_a_font_switches_off_is_none(engine: str) -> None:
    content = xlsx([row(), row("P2")], ["C3", "D3"])
    styles = part_of(content, "xl/styles.xml").replace(b'<strike val="1"', b'<strike val="0"')
    assert cautions(read(with_parts(content, {"xl/styles.xml": styles}), engine)) == []


def test_a_struck_subtotal_is_set_aside_once() -> None:
    book = openpyxl.Workbook()
    page = book.worksheets[0]
    page.append(["月度", "业务类型", "计划类型", "计划代码", "客户名称"])
    page.append([202411, "企年受托", "集合计划", "AN001", "小计"])
    page.append([202411, "企年受托", "集合计划", "AN001", "甲公司"])
    page["D2"].font = Font(strike=True)
    written = io.BytesIO()
    book.save(written)
    domain = get_domain("annuity_performance")
    found = validate_workbook(written.getvalue(), chosen(), domain, rules(struck_through="skip")).evaluated
    assert (found.rejects, [each.reason for each in found.set_aside]) == ([], ["struck_through"])
