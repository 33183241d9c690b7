"""Whichever engine reads them, the same cells give the same rows."""

from __future__ import annotations

import io
import math
from collections.abc import Iterator, Sequence
from datetime import datetime, time, timedelta

import openpyxl
import pytest
import xlwt
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.styles import Font

from tests.workbooks import Value, part_of, raw_xlsx, read_sheet, with_parts, xls, xlsx
from workflows.sources.cells import Cell, ErrorCell, FormattedNumber, MergedNumber
from workflows.sources.columns import grid_rows
from workflows.sources.headers import find_any_table

VALUES: dict[str, tuple[Value, Cell]] = {
    "text": ("计划", "计划"),
    "text with spaces": ("  a  b ", "  a  b "),
    "text with line breaks": ("a\nb", "a\nb"),
    "text of digits": ("0012", "0012"),
    "the text None": ("None", "None"),
    "integer": (2024, 2024.0),
    "zero": (0, 0.0),
    "decimal": (0.1, 0.1),
    "negative": (-1234.5678, -1234.5678),
    "true": (True, True),
    "false": (False, False),
    "blank": (None, None),
    "empty text": ("", None),
}
FORMATTED: dict[str, tuple[Value, str, Cell]] = {
    "date": (45626, "yyyy-mm-dd", datetime(2024, 11, 30)),
    "date and time": (45626.75, "yyyy/m/d h:mm", datetime(2024, 11, 30, 18)),
    "time": (0.5, "h:mm:ss", time(12)),
    "duration": (1.5, "[h]:mm:ss", timedelta(days=1, hours=12)),
    "Chinese date": (45626, 'yyyy"年"m"月"', datetime(2024, 11, 30)),
    "percent": (0.05, "0.00%", FormattedNumber(0.05, "0.00%")),
    "shown zeros": (12, "000000", FormattedNumber(12, "000000")),
    "exponent": (100000, "0.00E+00", FormattedNumber(100000, "0.00E+00")),
    "thousands": (1234.5, "#,##0.00", 1234.5),
}
ENGINES = [("xlsx", "direct"), ("xlsx", "openpyxl"), ("xls", "xlrd")]


def rows_of(
    rows: Sequence[Sequence[Value]], kind: str, engine: str, formats: dict[str, str] | None = None
) -> list[Sequence[Cell]]:
    content = (xlsx if kind == "xlsx" else xls)(rows, formats=formats)
    return list(read_sheet(content, f"a.{kind}", 0, engine).rows)


@pytest.mark.parametrize(("kind", "engine"), ENGINES)
@pytest.mark.parametrize("name", VALUES)
def test_a_value_is_the_same_from_every_engine(name: str, kind: str, engine: str) -> None:
    value, expected = VALUES[name]
    # The text beside it keeps a blank from being trimmed.
    assert rows_of([[value, "x"]], kind, engine) == [[expected, "x"]]


@pytest.mark.parametrize(("kind", "engine"), ENGINES)
@pytest.mark.parametrize("name", VALUES)
def test_a_value_has_the_same_type_from_every_engine(name: str, kind: str, engine: str) -> None:
    value, expected = VALUES[name]
    rows = read_sheet((xlsx if kind == "xlsx" else xls)([[value, "x"]]), f"a.{kind}", 0, engine).rows
    assert type(rows[0][0]) is type(expected)


@pytest.mark.parametrize(("kind", "engine"), ENGINES)
@pytest.mark.parametrize("name", FORMATTED)
def test_a_number_format_means_the_same_to_every_engine(name: str, kind: str, engine: str) -> None:
    value, number_format, expected = FORMATTED[name]
    assert rows_of([[value]], kind, engine, {"A1": number_format}) == [[expected]]


@pytest.mark.parametrize(("kind", "engine"), ENGINES)
@pytest.mark.parametrize("number_format", ["0.00%", "000000"])
def test_a_format_that_matters_comes_with_the_number(number_format: str, kind: str, engine: str) -> None:
    content = (xlsx if kind == "xlsx" else xls)([[1]], formats={"A1": number_format})
    cell = read_sheet(content, f"a.{kind}", 0, engine).rows[0][0]
    assert isinstance(cell, FormattedNumber)
    assert cell.number_format == number_format


@pytest.mark.parametrize(("kind", "engine"), ENGINES)
def test_dates_count_from_1904_where_the_workbook_does(kind: str, engine: str) -> None:
    make = xlsx if kind == "xlsx" else xls
    content = make([[datetime(2024, 11, 30)]], formats={"A1": "yyyy-mm-dd"}, is_1904=True)
    assert list(read_sheet(content, f"a.{kind}", 0, engine).rows) == [[datetime(2024, 11, 30)]]


@pytest.mark.parametrize("engine", ["direct", "openpyxl"])
@pytest.mark.parametrize("code", ["#N/A", "#DIV/0!", "#REF!", "#VALUE!", "#NAME?", "#NULL!", "#NUM!"])
def test_an_error_is_an_error_cell(code: str, engine: str) -> None:
    content = raw_xlsx(f'<row r="1"><c r="A1" t="e"><f>1/0</f><v>{code}</v></c></row>')
    assert list(read_sheet(content, "a.xlsx", 0, engine).rows) == [[ErrorCell(code)]]


@pytest.mark.parametrize("code", ["#N/A", "#DIV/0!", "#REF!", "#VALUE!", "#NAME?", "#NULL!", "#NUM!"])
def test_an_error_of_an_xls_is_an_error_cell(code: str) -> None:
    content = xls([["x"]], errors={"B1": code})
    assert list(read_sheet(content, "a.xls", 0).rows) == [["x", ErrorCell(code)]]


def test_an_empty_text_of_an_xls_is_a_blank() -> None:
    written, book = io.BytesIO(), xlwt.Workbook()
    cells = book.add_sheet("S").row(0)
    cells.set_cell_text(0, "")
    cells.set_cell_text(1, "x")
    book.save(written)
    assert list(read_sheet(written.getvalue(), "a.xls", 0).rows) == [[None, "x"]]


def struck_xls(rows: Sequence[Sequence[Value]], struck: set[tuple[int, int]]) -> bytes:
    book, line, written = xlwt.Workbook(encoding="utf-8"), xlwt.easyxf("font: struck_out on"), io.BytesIO()
    page = book.add_sheet("S")
    for row, cells in enumerate(rows):
        for column, cell in enumerate(cells):
            page.write(row, column, cell, *((line,) if (row, column) in struck else ()))
    book.save(written)
    return written.getvalue()


def struck_xlsx(rows: Sequence[Sequence[Value]], struck: set[tuple[int, int]]) -> bytes:
    book, written = openpyxl.Workbook(), io.BytesIO()
    page = book.worksheets[0]
    for cells in rows:
        page.append(list(cells))
    for row, column in struck:
        page.cell(row + 1, column + 1).font = Font(strike=True)
    book.save(written)
    return written.getvalue()


FEW = st.lists(st.lists(st.sampled_from([1, "a", None, True]), min_size=3, max_size=3), min_size=1, max_size=6)


@settings(max_examples=40, deadline=None)
@given(FEW, st.data())
def test_all_engines_say_the_same_cells_are_struck_through(rows: list[list[Value]], data: st.DataObject) -> None:
    places = [(row, column) for row, cells in enumerate(rows) for column, cell in enumerate(cells) if cell is not None]
    struck = data.draw(st.sets(st.sampled_from(places))) if places else set()
    content = struck_xlsx(rows, struck)
    spaced = part_of(content, "xl/worksheets/sheet1.xml").replace(b"</c><c", b"</c> <c")
    books = [
        (content, "a.xlsx", "direct"),
        (content, "a.xlsx", "openpyxl"),
        (with_parts(content, {"xl/worksheets/sheet1.xml": spaced}), "a.xlsx", "direct"),
        (struck_xls(rows, struck), "a.xls", None),
    ]
    for each, name, engine in books:
        found = grid_rows(read_sheet(each, name, 0, engine).rows).filled([0])
        said = {(found.indexes[index], column) for column in range(3) for index in found.struck(column)}
        assert said == struck, (name, engine)


TEXTS = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff"), max_size=12
).filter(lambda text: not text.startswith("=") and "_x" not in text.lower())
CELLS = st.one_of(
    st.none(),
    TEXTS,
    st.booleans(),
    st.integers(-(10**14), 10**14),
    st.floats(-1e12, 1e12, allow_nan=False),
    st.datetimes(datetime(1900, 3, 1), datetime(2100, 1, 1)).map(lambda moment: moment.replace(microsecond=0)),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(CELLS, min_size=1, max_size=5), min_size=1, max_size=6))
def test_all_engines_give_the_same_rows(rows: list[list[Value]]) -> None:
    content = xlsx(rows)
    expected = padded(read_sheet(content, "a.xlsx", 0, "direct").rows)
    others = (
        read_sheet(content, "a.xlsx", 0, "openpyxl").rows,
        read_sheet(xls(rows, formats=dates_of(rows)), "a.xls", 0).rows,
    )
    for other in map(padded, others):
        assert same(other, expected), (other, expected)


@settings(max_examples=40, deadline=None)
@given(st.data(), st.lists(st.lists(CELLS, min_size=4, max_size=4), min_size=1, max_size=8))
def test_all_engines_fill_what_is_merged_downwards(data: st.DataObject, cells: list[list[Value]]) -> None:
    joined = [[bool(i) and data.draw(st.booleans()) for _ in row] for i, row in enumerate(cells)]
    rows: list[list[Value]] = [["a", "b", "c", "d", "e"]]
    rows += [
        [None if up else cell for cell, up in zip(row, ups, strict=True)]
        for row, ups in zip(cells, joined, strict=True)
    ]
    rows[1:] = [[*row, "x"] for row in rows[1:]]
    merged = list(ranges(joined))
    plain, old = xlsx(rows, merged=merged), xls(rows, merged=merged, formats=dates_of(rows))
    direct = find_any_table(read_sheet(plain, "a.xlsx", 0, "direct"), "a").rows
    expected = [list(row) for row in find_any_table(read_sheet(xlsx(rows), "a.xlsx", 0, "direct"), "a").rows]
    for i, ups in enumerate(joined):
        for column, up in enumerate(ups):
            expected[i][column] = expected[i - 1][column] if up else expected[i][column]
    assert same(as_floats(direct), as_floats(expected))
    for other in (read_sheet(plain, "a.xlsx", 0, "openpyxl"), read_sheet(old, "a.xls", 0)):
        assert same(padded(find_any_table(other, "a").rows), padded(direct))


def ranges(joined: Sequence[Sequence[bool]]) -> Iterator[str]:
    """The ranges of a sheet, from row 2 on, whose cells are joined to the one above where it says so."""
    for column in range(4):
        top = 0
        for below in range(1, len(joined) + 1):
            if below == len(joined) or not joined[below][column]:
                if below - top > 1:
                    yield f"{'ABCD'[column]}{top + 2}:{'ABCD'[column]}{below + 1}"
                top = below


def as_floats(rows: Sequence[Sequence[Cell]]) -> list[list[Cell]]:
    return [[float(cell) if isinstance(cell, MergedNumber) else cell for cell in row] for row in padded(rows)]


def dates_of(rows: Sequence[Sequence[Value]]) -> dict[str, str]:
    return {
        f"{'ABCDE'[j]}{i}": "yyyy-mm-dd h:mm:ss"
        for i, row in enumerate(rows, 1)
        for j, cell in enumerate(row)
        if isinstance(cell, datetime)
    }


def padded(rows: Sequence[Sequence[Cell]]) -> list[list[Cell]]:
    return [[*row, *([None] * (5 - len(row)))] for row in rows]


def same(left: list[list[Cell]], right: list[list[Cell]]) -> bool:
    """Equal, types included; openpyxl writes 15 to 17 significant digits and .xls keeps a double's bits."""
    flat = [(a, b) for one, other in zip(left, right, strict=True) for a, b in zip(one, other, strict=True)]
    return all(
        math.isclose(a, b, rel_tol=1e-14) if isinstance(a, float) and isinstance(b, float) else a == b
        for a, b in flat
        if type(a) is type(b) or a != b
    ) and all(type(a) is type(b) for a, b in flat)
