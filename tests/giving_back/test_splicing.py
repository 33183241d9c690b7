"""A copy that holds the provider's own rows shows what one shows whose rows were all written anew."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Collection
from datetime import datetime
from xml.etree.ElementTree import fromstring

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.workbook import Workbook

from tests.damaged_workbooks import PLAIN_XLSX, excel_like, prefixed
from tests.workbooks import Value, part_of, raw_xlsx, read_sheet, with_parts, xlsm, xlsx
from workflows.domains.findings import Finding
from workflows.giving_back.annotated import SheetCopy, write_annotated
from workflows.giving_back.problem_list import LIST_SHEET, ListFacts
from workflows.sources.columns import grid_rows
from workflows.sources.workbook import open_book

SHEET = "xl/worksheets/sheet1.xml"
DATA: list[list[Value]] = [[2024, f"P{i}", i / 100] for i in range(5)]
TABLE: list[list[Value]] = [["报告"], ["年", "计划", "收益率"], *DATA]
ROW = '<row r="1"><c r="A1" t="s"><v>0</v></c></row><row r="2"><c r="A2"><v>1</v></c></row><row r="3">%s</row>'


def problem(row: int, column: str = "B") -> Finding:
    return Finding("reject", "a.xlsx", "S", row, column, "", "", "x", "not_a_number", "")


def annotated(content: bytes, rows: Collection[int] = (5,), *, anew: bool = False) -> bytes:
    """What is given back of a workbook's first sheet, whose second row is its header."""
    book, problems, stream = open_book(content, "a.xlsx"), [problem(row) for row in rows], io.BytesIO()
    written = None if anew else book.as_written(0, {1, 2, *rows})
    assert anew or written is not None
    read = book.sheet(0).rows if written is None else written.read
    copy = SheetCopy(book.tabs[0].name, 2, read, book.look(0, 2), written)
    write_annotated(stream, copy, problems, ListFacts("a.xlsx", 1, 1))
    return stream.getvalue()


def opened(content: bytes) -> Workbook:
    return openpyxl.load_workbook(io.BytesIO(content))


def shown(content: bytes, sheet: int = 1) -> list[tuple[int, dict[int, str]]]:
    """Every row of the copy that shows something: its cells as texts, by column from 0."""
    rows = grid_rows(read_sheet(content, "a.xlsx", sheet).rows).by_row()
    return [(index, {column: str(cell) for column, cell in cells.items()}) for index, cells in rows if cells]


@pytest.mark.parametrize("make", [xlsx, xlsm])
@pytest.mark.parametrize("found", [(5,), (3, 7), (5, 40), (1, 2), range(1, 8)])
def test_rows_that_are_copied_show_what_rows_show_that_are_written_anew(
    make: Callable[..., bytes], found: Collection[int]
) -> None:
    content = make(TABLE)
    assert shown(annotated(content, found)) == shown(annotated(content, found, anew=True))


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**14), 10**14),
    st.floats(-1e12, 1e12, allow_nan=False).map(lambda number: float(f"{number:.15g}")),
    st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff")).filter(
        lambda text: not text.startswith("=") and "_x" not in text.lower()
    ),
    st.datetimes(datetime(1900, 3, 1), datetime(2100, 1, 1)).map(lambda moment: moment.replace(microsecond=0)),
)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.lists(VALUES, min_size=1, max_size=4), max_size=4), st.sets(st.integers(3, 8), min_size=1))
def test_any_row_without_a_problem_shows_what_the_provider_sees(rows: list[list[Value]], found: set[int]) -> None:
    content = xlsx([["题"], ["头"], *rows])
    both = (shown(content, 0), shown(annotated(content, found), 1))
    theirs, ours = ([row for row in each if row[0] + 1 not in found] for each in both)
    assert ours == theirs


@pytest.mark.parametrize("dress", [prefixed, excel_like])
def test_other_programs_rows_show_the_same_either_way(dress: Callable[[bytes], bytes]) -> None:
    content = with_parts(PLAIN_XLSX, {SHEET: dress(part_of(PLAIN_XLSX, SHEET))})
    assert shown(annotated(content)) == shown(annotated(content, anew=True))


@pytest.mark.parametrize("text", ["a & b < c > d", "a\nb", " a ", "=1+1", "_x0041_", "a\rb", "\x01", "x" * 40_000, "𝄞"])
def test_any_text_that_cells_share_is_copied_as_the_text_that_it_is(text: str) -> None:
    rows = ROW % '<c r="A3" t="s"><v>1</v></c><c r="B3"><v>7</v></c>'
    stored = text.replace("_x0041_", "_x005F_x0041_").replace("\r", "_x000D_").replace("\x01", "_x0001_")
    content = annotated(raw_xlsx(rows, strings=["名", stored]))
    assert shown(content)[2] == (2, {0: text[:32_767], 1: "7.0"})
    assert opened(content)["S"]["A3"].data_type == "s"


def test_every_cell_keeps_its_own_number_format() -> None:
    cells = '<c r="A3" s="1"><v>0.05</v></c><c r="B3" s="2"><v>7</v></c><c r="C3" s="3"><v>45626</v></c>'
    formats = ["0.00%", '000"年<&>"', "x" * 300]
    page = opened(annotated(raw_xlsx(ROW % cells, strings=["名"], formats=formats)))["S"]
    assert [page[f"{column}3"].number_format for column in "ABC"] == [*formats[:2], "General"]


def test_rows_written_either_way_have_one_font() -> None:
    book = opened(annotated(xlsx(TABLE, formats={"C4": "0.00%"})))
    fonts = {(cell.font.name, cell.font.sz, cell.font.scheme) for row in book["受托业绩"]["A3:C7"] for cell in row}
    assert fonts == {("Microsoft YaHei", 10, None)}


def test_a_number_format_that_no_one_declared_is_none() -> None:
    content = raw_xlsx(ROW % '<c r="A3" s="1"><v>7</v></c>', strings=["名"], formats=["0.00%"])
    styles = part_of(content, "xl/styles.xml").replace(b'<xf numFmtId="164"', b'<xf numFmtId="200"')
    page = opened(annotated(with_parts(content, {"xl/styles.xml": styles})))["S"]
    assert (page["A3"].value, page["A3"].number_format) == (7, "General")


def test_a_comment_and_the_lists_colours_stay_theirs_beside_the_rows_styles() -> None:
    book = opened(annotated(xlsx(TABLE, formats={f"C{row}": "0.00%" for row in range(3, 8)})))
    marked, legend = book["受托业绩"]["B5"], book[LIST_SHEET]["A3"]
    assert [each.fill.start_color.rgb for each in (marked, legend)] == ["FFFFC7CE"] * 2
    assert "不是数字" in marked.comment.text


def test_texts_of_other_sheets_do_not_go_back_with_it() -> None:
    content = annotated(raw_xlsx(ROW % '<c r="A3" t="s"><v>2</v></c>', strings=["名", "别家的客户", "自家"]))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        texts = {name: archive.read(name).decode() for name in archive.namelist()}
    assert [name for name, text in texts.items() if "自家" in text] == ["xl/sharedStrings.xml"]
    assert [name for name, text in texts.items() if "别家" in text] == []


def test_of_formulas_and_what_they_lead_to_nothing_goes_back() -> None:
    cell = '<c r="A3"><f>[1]S!A1+WEBSERVICE("http://example.org")</f><v>3</v></c>'
    content = annotated(raw_xlsx(ROW % cell, strings=["名"]))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert not [name for name in archive.namelist() if b"example.org" in archive.read(name)]
    assert shown(content)[2] == (2, {0: "3.0"})


def test_every_part_is_xml_that_holds_together() -> None:
    with zipfile.ZipFile(io.BytesIO(annotated(xlsx(TABLE)))) as archive:
        for name in archive.namelist():
            fromstring(archive.read(name))
        listed = archive.read("[Content_Types].xml").decode() + archive.read("xl/_rels/workbook.xml.rels").decode()
    assert (listed.count("/xl/sharedStrings.xml"), listed.count('Target="sharedStrings.xml"')) == (1, 1)


def test_the_extent_is_that_of_all_rows() -> None:
    stray: list[list[Value]] = [*TABLE, ["x", None, None, None, "y"]]
    sheet = part_of(annotated(xlsx(stray)), "xl/worksheets/sheet2.xml")
    assert re.findall(rb"<dimension [^>]*>", sheet) == [b'<dimension ref="A1:E8"/>']
