"""Rows that another workbook may hold as they were written, and those that it may not."""

from __future__ import annotations

import pytest

from tests.workbooks import part_of, raw_xlsx, with_parts, xls
from workflows.sources.workbook import WrittenRows, open_book

SHEET = "xl/worksheets/sheet1.xml"
GOOD = '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" s="1"><v>0.05</v></c></row>'


def written(rows: str, *wanted: int, engine: str | None = None, is_1904: bool = False) -> WrittenRows | None:
    content = raw_xlsx(rows, strings=["名", "别处"], formats=["0.00%"], is_1904=is_1904)
    return open_book(content, "a.xlsx", engine).as_written(0, wanted)


def xml_of(rows: str) -> bytes:
    found = written(rows)
    assert found is not None
    return b"".join(found.between(0, 2_000_000))


@pytest.mark.parametrize(
    "cells",
    [
        '<c r="A2" s="1"/>',
        '<c r="A2" s="1" t="n" />',
        '<c r="A2" t="n"><v>-1.5E-7</v></c>',
        '<c r="A2" t="b"><v>1</v></c>',
        '<c r="A2" t="e"><v>#DIV/0!</v></c>',
        '<c r="A2" t="str"><v>=1+1 &amp; &#10;</v></c>',
        '<c r="A2" t="inlineStr"><is><t xml:space="preserve"> 名 </t></is></c>',
        # Columns that only one row has.
        '<c r="C2"><v>1</v></c><c r="ZZ2"><v>2</v></c>',
    ],
)
def test_values_of_every_type_are_copied_byte_by_byte(cells: str) -> None:
    rows = f'{GOOD}<row r="2">{cells}</row>{GOOD.replace("1", "3", 1).replace("A1", "A3").replace("B1", "B3")}'
    assert xml_of(rows) == rows.encode()


@pytest.mark.parametrize(
    ("cell", "left"),
    [
        ('<c r="A2"><f>WEBSERVICE("http://x")</f><v>3</v></c>', '<c r="A2"><v>3</v></c>'),
        ('<c r="A2"><f t="shared" si="0"/><v>3</v></c>', '<c r="A2"><v>3</v></c>'),
        ('<c r="A2" t="str"><f>[1]S!A1&amp;""</f><v></v></c>', '<c r="A2" t="str"><v></v></c>'),
        ('<c r="A2" t="e"><f>1/0</f><v>#DIV/0!</v></c>', '<c r="A2" t="e"><v>#DIV/0!</v></c>'),
    ],
)
def test_of_a_formula_only_its_value_is_copied(cell: str, left: str) -> None:
    assert xml_of(f'{GOOD}<row r="2">{cell}</row>') == f'{GOOD}<row r="2">{left}</row>'.encode()


def test_of_what_a_row_says_only_its_number_is_copied() -> None:
    rows = GOOD.replace('<row r="1"', '<row r="1" spans="1:2" hidden="1" s="7" x14ac:dyDescent="0.2"')
    assert xml_of(rows) == GOOD.encode()


@pytest.mark.parametrize(
    "row",
    [
        '<row r="2"><c><v>1</v></c></row>',
        '<row><c r="A2"><v>1</v></c></row>',
        '<row r="2"><c r="A3"><v>1</v></c></row>',
        '<row r="1"><c r="A1"><v>1</v></c></row>',
        '<row r="2"><c r="B2"><v>1</v></c><c r="A2"><v>1</v></c></row>',
        '<row r="2"><c r="B2"><v>1</v></c><c r="B2"><v>1</v></c></row>',
        '<row r="2"><c r="XFE2"><v>1</v></c></row>',
        '<row r="2"><c r="A2" cm="1"><v>1</v></c></row>',
        '<row r="2"><c r="A2" s="10"><v>1</v></c></row>',
        '<row r="2"><c r="A2" t="s"><v>2</v></c></row>',
        '<row r="2"><c r="A2" t="d"><v>2024-11-05</v></c></row>',
        '<row r="2"><c r="A2"><v>one</v></c></row>',
        '<row r="2"><c r="A2" t="e"><v>=1+1</v></c></row>',
        '<row r="2"><c r="A2"><f>1+1</f></c></row>',
        '<row r="2"><c r="A2"><f>1+1</f><v></v></c></row>',
        '<row r="2"><c r="A2" t="str"><v>&other;</v></c></row>',
        '<row r="2"><c r="A2" t="str"><v>\x01</v></c></row>',
        f'<row r="2"><c r="A2" t="str"><v>{"x" * 32_768}</v></c></row>',
        '<row r="2"><c r="A2" t="inlineStr"><is><r><t>x</t></r></is></c></row>',
        '<row r="2"><c r="A2"><v>1</v></c><extLst><ext/></extLst></row>',
        '<row r="2"><c r="A2"><v>1</v></c></row><mc:AlternateContent/><row r="3"><c r="A3"><v>1</v></c></row>',
        '<row r="2"><c r="A2"><!-- --><v>1</v></c></row>',
    ],
)
def test_whatever_is_not_understood_is_never_copied(row: str) -> None:
    assert written(GOOD) is not None
    assert written(GOOD + row) is None


def test_rows_that_are_not_utf_8_are_never_copied() -> None:
    content = raw_xlsx(f'{GOOD}<row r="2"><c r="A2" t="str"><v>名</v></c></row>', strings=["名"])
    sheet = part_of(content, SHEET).replace("名".encode(), "名".encode("gb18030"))
    assert open_book(with_parts(content, {SHEET: sheet}), "a.xlsx").as_written(0, ()) is None


def test_dates_that_count_from_1904_are_never_copied() -> None:
    assert written(GOOD, is_1904=True) is None


def test_an_engine_that_is_forced_on_a_sheet_reads_it_whole() -> None:
    assert written(GOOD, engine="openpyxl") is None


def test_an_xls_has_no_rows_that_an_xlsx_could_hold() -> None:
    assert open_book(xls([["x"]]), "a.xls").as_written(0, ()) is None


def test_only_the_rows_that_were_asked_for_are_read() -> None:
    found = written(f'{GOOD}<row r="3"><c r="A3"><v>7</v></c></row><row r="9"><c r="B9"><v>8</v></c></row>', 3, 4, 9)
    assert found is not None
    assert dict(found.read.by_row()) == {2: {0: 7.0}, 8: {1: 8.0}}


def test_columns_that_hold_nothing_but_a_style_make_no_sheet_wide() -> None:
    rows = "".join(f'<row r="{n}"><c r="A{n}"><v>1</v></c><c r="XFC{n}" s="1"/></row>' for n in range(2, 600))
    last = '<row r="600"><c r="C600"><v>1</v></c><c r="XFD600" s="1"/></row>'
    found = written(GOOD + rows + last)
    assert found is not None
    assert found.last_column == 2


def test_texts_that_the_sheet_does_not_show_are_left_out() -> None:
    found = written(GOOD)
    assert found is not None
    assert list(found.texts) == ["名", None]
