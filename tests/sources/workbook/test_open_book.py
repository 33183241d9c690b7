"""Which sheet, which engine, and every cell at its place."""

from __future__ import annotations

from datetime import datetime

import pytest

from tests.workbooks import part_of, raw_xlsx, read_sheet, with_parts, xls, xlsm, xlsx
from workflows.errors import SheetNotFoundError, UnreadableWorkbookError
from workflows.sources.cells import UNCACHED, ErrorCell, FormattedNumber
from workflows.sources.workbook import open_book


def test_a_plain_xlsx_takes_the_fast_engine() -> None:
    content = read_sheet(xlsx([["a", 1]]), "a.xlsx", 0)
    assert (content.engine, content.reason) == ("direct", "plain")


def test_an_xlsm_takes_the_fast_engine() -> None:
    assert read_sheet(xlsm([["a", 1]]), "a.xlsm", 0).engine == "direct"


def test_an_xls_is_read_by_xlrd() -> None:
    assert read_sheet(xls([["a", 1]]), "a.xls", 0).engine == "xlrd"


def test_the_engine_can_be_forced() -> None:
    content = read_sheet(xlsx([["a", 1]]), "a.xlsx", 0, "openpyxl")
    assert (content.engine, content.reason) == ("openpyxl", "forced by WDH_WORKBOOK_ENGINE")


@pytest.mark.parametrize(
    ("content", "engine"), [(xls([["a"]]), "direct"), (xls([["a"]]), "openpyxl"), (xlsx([["a"]]), "xlrd")]
)
def test_a_forced_engine_that_cannot_read_the_bytes_is_an_error(content: bytes, engine: str) -> None:
    with pytest.raises(UnreadableWorkbookError, match=f"{engine}.*unset WDH_WORKBOOK_ENGINE"):
        read_sheet(content, "a.xlsx", 0, engine)


def test_a_forced_fast_engine_that_would_not_be_exact_is_an_error() -> None:
    with pytest.raises(UnreadableWorkbookError, match=r"cannot be read direct.*not written in the usual way"):
        read_sheet(raw_xlsx("<row r='1'><c><v>1</v></c></row>"), "a.xlsx", 0, "direct")


def test_leading_blank_rows_and_columns_keep_coordinates() -> None:
    rows = read_sheet(xlsx([[], [], [None, None, "x"]]), "a.xlsx", 0).rows
    assert (len(rows), rows[2][2]) == (3, "x")


def test_leading_blank_rows_of_an_xls_keep_coordinates() -> None:
    rows = read_sheet(xls([[], [], [None, None, "x"]]), "a.xls", 0).rows
    assert (len(rows), rows[2][2]) == (3, "x")


def test_trailing_blank_rows_are_left_off() -> None:
    content = xlsx([["a"], ["b"], [None], [None]], formats={"A9": "0.00"})
    assert len(read_sheet(content, "a.xlsx", 0).rows) == 2


def test_a_blank_sheet_has_no_rows() -> None:
    assert list(read_sheet(xlsx([]), "a.xlsx", 0).rows) == []


def test_a_wrong_dimension_hides_nothing() -> None:
    content = raw_xlsx('<row r="1"><c r="A1"><v>1</v></c></row><row r="2"><c r="C2"><v>2</v></c></row>', dimension="A1")
    assert read_sheet(content, "a.xlsx", 0).rows[1][2] == 2.0


def test_a_wrong_dimension_hides_nothing_from_the_exact_engine() -> None:
    content = raw_xlsx('<row r="1"><c r="A1"><v>1</v></c></row><row r="2"><c r="C2"><v>2</v></c></row>', dimension="A1")
    assert read_sheet(content, "a.xlsx", 0, "openpyxl").rows[1][2] == 2.0


def test_an_error_cell_leaves_the_sheet_to_the_fast_engine() -> None:
    content = read_sheet(raw_xlsx('<row r="1"><c r="A1" t="e"><v>#N/A</v></c></row>'), "a.xlsx", 0)
    assert (content.engine, content.reason) == ("direct", "plain")


def test_an_error_of_newer_excels_is_an_error_cell() -> None:
    content = read_sheet(raw_xlsx('<row r="1"><c r="A1" t="e"><v>#SPILL!</v></c></row>'), "a.xlsx", 0)
    assert (content.engine, list(content.rows)) == ("direct", [[ErrorCell("#SPILL!")]])


def test_an_error_in_the_last_column_and_row_is_kept() -> None:
    content = raw_xlsx('<row r="1"><c r="A1"><v>1</v></c></row><row r="3"><c r="C3" t="e"><v>#REF!</v></c></row>')
    assert read_sheet(content, "a.xlsx", 0).rows[2][2] == ErrorCell("#REF!")


@pytest.mark.parametrize("engine", ["direct", "openpyxl"])
@pytest.mark.parametrize("formula", ["<f>B1</f>", "<f>B1</f><v></v>", "<f>B1</f><v/>", '<f t="shared" si="0"/>'])
def test_a_formula_without_a_value_is_never_a_blank(formula: str, engine: str) -> None:
    content = raw_xlsx(f'<row r="1"><c r="A1">{formula}</c><c r="B1"><v>1</v></c></row>')
    assert list(read_sheet(content, "a.xlsx", 0, engine).rows) == [[UNCACHED, 1.0]]


@pytest.mark.parametrize("engine", ["direct", "openpyxl"])
def test_formulas_as_openpyxl_writes_them_are_never_blanks(engine: str) -> None:
    assert list(read_sheet(xlsx([[1, "=A1*2"]]), "a.xlsx", 0, engine).rows) == [[1.0, UNCACHED]]


@pytest.mark.parametrize("engine", ["direct", "openpyxl"])
@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ('<c r="A1"><f>B1</f><v>2.5</v></c>', 2.5),
        ('<c r="A1" t="str"><f>B1</f><v>文字</v></c>', "文字"),
        ('<c r="A1" t="str"><f>""</f><v></v></c>', None),
        ('<c r="A1" t="b"><f>TRUE</f><v>1</v></c>', True),
        ('<c r="A1" s="1"><f>B1</f><v>0.05</v></c>', FormattedNumber(0.05, "0.00%")),
        ('<c r="A1" t="n" s="1"><v>0.05</v></c>', FormattedNumber(0.05, "0.00%")),
        ('<c s="1" r="A1"><v>0.05</v></c>', FormattedNumber(0.05, "0.00%")),
        ('<c r="A1" s="1" t="s"><v>0</v></c>', "共享"),
        ('<c r="A1" t="inlineStr"><is><r><t>富</t></r><r><t>文本</t></r></is></c>', "富文本"),
        ('<c r="A1" t="inlineStr"><is><t>a_x000D_b &amp; c</t></is></c>', "a\rb & c"),
        ('<c r="A1" t="d"><v>2024-11-30T00:00:00</v></c>', datetime(2024, 11, 30)),
        ('<c r="A1" t="d"><v>2024-11-30</v></c>', datetime(2024, 11, 30)),
        ('<c r="A1" s="2"><v>-1</v></c>', -1.0),
        ('<c r="A1" s="2"><v>99999999</v></c>', 99999999.0),
        ('<c r="A1" s="1"/>', None),
    ],
)
def test_a_cell_of_raw_xml_reads_the_same_from_both_engines(cell: str, expected: object, engine: str) -> None:
    content = raw_xlsx(
        f'<row r="1">{cell}<c r="B1"><v>1</v></c></row>', formats=["0.00%", "yyyy-mm-dd"], strings=["共享"]
    )
    first = read_sheet(content, "a.xlsx", 0, engine).rows[0][0]
    assert (type(first), first) == (type(expected), expected)


@pytest.mark.parametrize(
    ("rows_xml", "expected"),
    [
        ("<row><c><v>1</v></c><c><v>2</v></c></row><row><c><v>3</v></c></row>", [[1.0, 2.0], [3.0]]),
        ("<row r='2'><c r='B2'><v>1</v></c></row>", [[], [None, 1.0]]),
        ('<row r="1"><!-- x --><c r="A1"><v>1</v></c></row>', [[1.0]]),
        ('<row r="1"><c r="A1" t="str"><v><![CDATA[<c r="B1">]]></v></c></row>', [['<c r="B1">']]),
        ('<row r="2"><c r="A2"><v>2</v></c></row><row r="1"><c r="A1" foo="1"><v>1</v></c></row>', [[1.0], [2.0]]),
    ],
)
def test_unusual_xml_is_read_exactly(rows_xml: str, expected: object) -> None:
    assert list(read_sheet(raw_xlsx(rows_xml), "a.xlsx", 0).rows) == expected


def test_prefixed_xml_is_read_exactly() -> None:
    sheet = (
        b'<x:worksheet xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><x:sheetData>'
        b'<x:row r="1"><x:c r="A1"><x:v>1</x:v></x:c></x:row></x:sheetData></x:worksheet>'
    )
    content = with_parts(raw_xlsx(""), {"xl/worksheets/sheet1.xml": sheet})
    assert list(read_sheet(content, "a.xlsx", 0).rows) == [[1.0]]


@pytest.mark.parametrize("engine", ["direct", "openpyxl"])
def test_a_strict_workbook_is_read(engine: str) -> None:
    content = raw_xlsx('<row r="1"><c r="A1" t="s"><v>0</v></c></row>', strings=["x"])
    strict = {
        part: part_of(content, part)
        .replace(
            b"http://schemas.openxmlformats.org/spreadsheetml/2006/main",
            b"http://purl.oclc.org/ooxml/spreadsheetml/main",
        )
        .replace(
            b"http://schemas.openxmlformats.org/officeDocument/2006/relationships",
            b"http://purl.oclc.org/ooxml/officeDocument/relationships",
        )
        for part in (
            "_rels/.rels",
            "xl/workbook.xml",
            "xl/_rels/workbook.xml.rels",
            "xl/sharedStrings.xml",
            "xl/worksheets/sheet1.xml",
        )
    }
    assert list(read_sheet(with_parts(content, strict), "a.xlsx", 0, engine).rows) == [["x"]]


def test_parts_in_utf_16_are_read() -> None:
    content = raw_xlsx('<row r="1"><c r="A1" t="inlineStr"><is><t>计划</t></is></c></row>')
    sheet = '<?xml version="1.0" encoding="UTF-16"?>' + part_of(content, "xl/worksheets/sheet1.xml").decode()
    content = with_parts(content, {"xl/worksheets/sheet1.xml": sheet.encode("utf-16")})
    assert list(read_sheet(content, "a.xlsx", 0).rows) == [["计划"]]


def test_a_sheet_is_found_by_its_exact_name() -> None:
    content = xlsx([["a"]], sheet="甲", others={"乙": [["b"]]})
    assert read_sheet(content, "a.xlsx", "乙").sheet == "乙"


def test_a_sheet_is_found_by_its_position() -> None:
    content = xlsx([["a"]], sheet="甲", others={"乙": [["b"]]})
    assert list(read_sheet(content, "a.xlsx", 1).rows) == [["b"]]


def test_digits_are_a_position() -> None:
    assert read_sheet(xlsx([["a"]], others={"乙": [["b"]]}), "a.xlsx", "1").sheet == "乙"


def test_digits_that_are_a_sheets_name_are_its_name() -> None:
    assert read_sheet(xlsx([["a"]], sheet="1", others={"乙": [["b"]]}), "a.xlsx", "1").sheet == "1"


@pytest.mark.parametrize("wanted", ["丙", 2, -1, "2", "甲 "])
def test_a_missing_sheet_is_an_error_with_the_sheets_found(wanted: str | int) -> None:
    with pytest.raises(SheetNotFoundError) as raised:
        read_sheet(xlsx([["a"]], sheet="甲", others={"乙": [["b"]]}), "a.xlsx", wanted)
    assert raised.value.found == ("甲", "乙")


def test_a_missing_sheet_of_an_xls_is_an_error_with_the_sheets_found() -> None:
    with pytest.raises(SheetNotFoundError, match="found '受托业绩'"):
        read_sheet(xls([["a"]]), "a.xls", "丙")


@pytest.mark.parametrize(
    ("content", "name", "note"),
    [
        (
            xlsx([["a"]]),
            "a.xls",
            "扩展名为 .xls, 实为 .xlsx, 按实际格式读取 / "
            "the ending says .xls, but the file is an .xlsx; read as what it is",
        ),
        (
            xls([["a"]]),
            "a.XLSX",
            "扩展名为 .xlsx, 实为 .xls, 按实际格式读取 / "
            "the ending says .xlsx, but the file is an .xls; read as what it is",
        ),
    ],
)
def test_a_misleading_ending_is_noted_and_the_file_read(content: bytes, name: str, note: str) -> None:
    found = read_sheet(content, name, 0)
    assert (found.notes, list(found.rows)) == ((note,), [["a"]])


def test_an_honest_ending_is_not_noted() -> None:
    assert read_sheet(xlsm([["a"]]), "a.xlsm", 0).notes == ()


@pytest.mark.parametrize(
    "content", [b"", b"PK\x05\x06", b"PK\x03", b"%PDF-1.7", b"<html><table>", b"a\tb\n", b"a,b\n", b"\x00\x01", b"<a/>"]
)
def test_what_is_no_workbook_is_said_in_chinese_and_english(content: bytes) -> None:
    with pytest.raises(UnreadableWorkbookError, match=r"^a\.xlsx: [\u4e00-\u9fff].* / [a-z]"):
        open_book(content, "a.xlsx")
