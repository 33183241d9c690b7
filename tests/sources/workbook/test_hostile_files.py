"""No file takes the worker down: it is read right, or refused with one clear error."""

from __future__ import annotations

import pytest

from tests.damaged_workbooks import attempt, damaged_workbooks
from tests.workbooks import part_of, raw_xlsx, read_sheet, with_parts, xls, xlsx, zipped
from workflows.errors import UnreadableWorkbookError
from workflows.sources.cells import column_letter
from workflows.sources.workbook import limits, open_book

CHARTS = '<sheet name="图" sheetId="1" r:id="rId1"/>'


def refused(content: bytes, name: str = "a.xlsx") -> str:
    with pytest.raises(UnreadableWorkbookError) as raised:
        read_sheet(content, name, 0)
    return str(raised.value)


def test_a_stray_value_in_the_last_cell_is_read_at_its_place() -> None:
    content = raw_xlsx('<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>2</v></c></row>')
    found = read_sheet(content, "a.xlsx", 0)
    assert (found.engine, len(found.rows), found.rows[-1][16383]) == ("direct", 1048576, 2.0)


def test_a_far_cell_whose_row_element_lies_is_noticed() -> None:
    content = raw_xlsx('<row r="1"><c r="A1"><v>1</v></c><c r="B1048576"><v>2</v></c></row><row r="2"/>')
    assert read_sheet(content, "a.xlsx", 0).engine == "openpyxl"


@pytest.mark.parametrize("engine", ["direct", "openpyxl"])
def test_scattered_cells_are_read_at_their_places(engine: str) -> None:
    rows = "".join(f'<row r="{n}"><c r="{column_letter(16_384 - n)}{n}"><v>{n}</v></c></row>' for n in range(1, 2100))
    found = read_sheet(raw_xlsx(rows), "a.xlsx", 0, engine).rows
    assert [(len(row), row[-1]) for row in found] == [(16_385 - n, n) for n in range(1, 2100)]


@pytest.mark.parametrize("engine", ["direct", "openpyxl"])
@pytest.mark.parametrize("reference", ["XFE1", "ZZZ1", "A1048577", "A9999999"])
def test_a_cell_outside_of_any_sheet_is_refused(reference: str, engine: str) -> None:
    with pytest.raises(UnreadableWorkbookError, match="lies outside of any sheet"):
        read_sheet(raw_xlsx(f'<row r="1"><c r="{reference}"><v>1</v></c></row>'), "a.xlsx", 0, engine)


def test_formatted_blank_rows_cost_nothing() -> None:
    blank = "".join(f'<row r="{n}" s="1"><c r="A{n}" s="1"/></row>' for n in range(2, 1_048_577))
    content = raw_xlsx(f'<row r="1"><c r="A1"><v>1</v></c></row>{blank}', formats=["0.00%"])
    assert len(read_sheet(content, "a.xlsx", 0).rows) == 1


def test_a_zip_bomb_is_refused_before_it_is_unpacked() -> None:
    sheet = b"<worksheet>" + b" " * (80 << 20) + b"</worksheet>"
    assert "times its size" in refused(with_parts(raw_xlsx(""), {"xl/worksheets/sheet1.xml": sheet}))


def test_more_than_the_largest_sheet_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_BYTES", 1000)
    assert "would unpack to" in refused(xlsx([["a"]]))


def test_a_part_that_lies_about_its_size_is_refused() -> None:
    content = bytearray(raw_xlsx('<row r="1"><c r="A1"><v>1</v></c></row>'))
    name = b"xl/worksheets/sheet1.xml"
    # The size unpacked stands 22 bytes before the name in the central directory.
    at = content.rindex(name) - 22
    content[at : at + 4] = (50).to_bytes(4, "little")
    assert "damaged" in refused(bytes(content))


@pytest.mark.parametrize(
    "part", ["xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/styles.xml", "xl/workbook.xml"]
)
def test_an_entity_bomb_is_refused(part: str) -> None:
    content = raw_xlsx('<row r="1"><c r="A1"><v>1</v></c></row>')
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>' + part_of(content, part)
    assert "declares a document type" in refused(with_parts(content, {part: bomb}))


@pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels"])
def test_a_missing_part_is_refused(part: str) -> None:
    refused(with_parts(xlsx([["a"]]), {part: None}))


def test_a_cyclic_relationship_is_refused() -> None:
    content = raw_xlsx("")
    rels = part_of(content, "xl/_rels/workbook.xml.rels").replace(b"worksheets/sheet1.xml", b"workbook.xml")
    assert "is no worksheet" in refused(with_parts(content, {"xl/_rels/workbook.xml.rels": rels}))


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (b"", "a.xlsx", "the file is empty"),
        (b"<html><body><table><tr><td>1</td></tr></table></body></html>", "a.xls", "HTML under a workbook's name"),
        (b"\xef\xbb\xbf<TABLE border=1>", "a.xls", "HTML under a workbook's name"),
        ("计划代码\t规模\nP1\t1\n".encode(), "a.xls", "tab-separated text"),
        ("计划代码\t规模\nP1\t1\n".encode("gb18030"), "a.xls", "tab-separated text"),
        ("计划代码\t规模\nP1\t1\n".encode("utf-16"), "a.xls", "tab-separated text"),
        (b"a,b\n1,2\n", "a.xlsx", "comma-separated text"),
        (b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet">', "a.xls", "2003"),
        (b"%PDF-1.7", "a.xlsx", "a PDF"),
        (b"\x00\x01\x02\x03" * 50, "a.xlsx", "no known kind"),
        (b"\x09\x04\x06\x00" + b"\x00" * 20, "a.xls", "Excel 4 or older"),
        (zipped({"word/document.xml": b"<w/>"}), "a.xlsx", "a Word document"),
        (zipped({"content.xml": b"<x/>", "mimetype": b"x"}), "a.xlsx", "OpenDocument"),
        (zipped({"readme.txt": b"x"}), "a.xlsx", "not an Excel workbook"),
        (bytes.fromhex("d0cf11e0a1b11ae1") + b"\x00" * 600, "a.xls", "holds no workbook"),
        (
            bytes.fromhex("d0cf11e0a1b11ae1") + b"\x00" * 600 + "EncryptedPackage".encode("utf-16-le"),
            "a.xlsx",
            "is encrypted",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) and " " in value else "",
)
def test_what_is_no_workbook_is_named_for_what_it_is(content: bytes, name: str, said: str) -> None:
    assert said in refused(content, name)


def test_an_encrypted_workbook_is_called_so_whatever_engine_is_forced() -> None:
    content = bytes.fromhex("d0cf11e0a1b11ae1") + "EncryptedPackage".encode("utf-16-le")
    with pytest.raises(UnreadableWorkbookError, match="is encrypted"):
        open_book(content, "a.xlsx", "direct")


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.99])
def test_a_truncated_xlsx_is_refused(share: float) -> None:
    content = xlsx([["a", 1]] * 100)
    assert "truncated or damaged zip" in refused(content[: int(len(content) * share)])


def test_a_truncated_xls_is_refused() -> None:
    assert "truncated" in refused(xls([["a", 1]] * 100)[:3000], "a.xls")


def test_an_xls_whose_records_are_damaged_is_refused() -> None:
    content = xls([["a", 1]] * 100)
    at = content.index(bytes.fromhex("09081000"))
    assert "damaged .xls" in refused(content[:at] + bytes(16) + content[at + 16 :], "a.xls")


def test_a_workbook_of_charts_only_is_refused() -> None:
    content = raw_xlsx("", sheets_xml=CHARTS)
    rels = part_of(content, "xl/_rels/workbook.xml.rels").replace(
        b"relationships/worksheet", b"relationships/chartsheet"
    )
    assert "no sheet with cells, only '图'" in refused(with_parts(content, {"xl/_rels/workbook.xml.rels": rels}))


def test_a_workbook_without_a_visible_sheet_is_refused() -> None:
    content = raw_xlsx("", sheets_xml='<sheet name="S" sheetId="1" state="hidden" r:id="rId1"/>')
    assert "no visible sheet" in refused(content)


def test_a_workbook_without_a_sheet_is_refused() -> None:
    assert "holds no sheet" in refused(raw_xlsx("", sheets_xml=""))


def test_a_sheet_that_breaks_off_is_refused() -> None:
    content = raw_xlsx('<row r="1"><c r="A1"><v>1</v></c></row>')
    sheet = part_of(content, "xl/worksheets/sheet1.xml").partition(b"</sheetData>")[0]
    assert "breaks off" in refused(with_parts(content, {"xl/worksheets/sheet1.xml": sheet}))


@pytest.mark.parametrize(
    "rows_xml",
    [
        '<row r="1"><c r="A1" t="s"><v>77</v></c></row>',
        '<row r="1"><c r="A1"><v>1</v></row>',
        '<row r="1"><c r="A0"><v>1</v></c></row>',
        '<row r="1"><c r="A1" t="inlineStr"><is><t>&unknown;</t></is></c></row>',
    ],
)
def test_damaged_cells_are_refused(rows_xml: str) -> None:
    refused(raw_xlsx(rows_xml))


@pytest.mark.parametrize("seed", range(60))
def test_a_damaged_workbook_is_read_or_refused_with_our_error(seed: int) -> None:
    for name, content, engine in damaged_workbooks(seed):
        attempt(name, content, engine)


REPEATED = {
    "an opening tag in a cell": '<row r="1"><c r="A1">' + "<v " * 100_000 + '</c><c r="B1"><v>1</v></c></row>',
    "cells that never end": '<row r="1">' + '<c r="A1">' * 50_000 + "<v>1</v></row>",
    "rows that never begin": "<row " * 100_000 + '<c r="A1"><v>1</v></c></row>',
    "hidden rows that never begin": "<row " * 100_000 + 'hidden="1"><c r="A1"><v>1</v></c></row>',
    "spaces before a stray letter": '<row r="1"><c r="A1"><v>1</v></c>' + " " * 500_000 + "x</row>",
    "text before the first row": "x" * 500_000 + '<row r="1"><c r="A1"><v>1</v></c></row>',
}


@pytest.mark.parametrize("rows", REPEATED.values(), ids=REPEATED)
def test_half_a_megabyte_of_the_same_is_not_looked_through_again_and_again(rows: str) -> None:
    # Were it, this would take minutes; what is left to the exact engine may be read or refused.
    with pytest.raises(UnreadableWorkbookError, match="cannot be read direct"):
        read_sheet(raw_xlsx(rows), "a.xlsx", 0, "direct")


@pytest.mark.parametrize("entries", ["<si>" * 100_000, "<si><t>" * 70_000, "<si>" + "<rPh " * 100_000 + "</si>"])
def test_shared_texts_that_never_end_are_not_looked_through_again_and_again(entries: str) -> None:
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    content = raw_xlsx('<row r="1"><c r="A1" t="s"><v>0</v></c></row>')
    strings = f'<sst xmlns="{main}">{entries}</sst>'.encode()
    with pytest.raises(UnreadableWorkbookError, match="cannot be read direct"):
        read_sheet(with_parts(content, {"xl/sharedStrings.xml": strings}), "a.xlsx", 0, "direct")
