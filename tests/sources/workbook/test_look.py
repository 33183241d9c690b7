"""How a sheet looks, as far as a copy keeps it."""

from __future__ import annotations

import io

import openpyxl
import pytest
import xlwt

from tests.workbooks import HEADERS, Value, raw_xlsx, xls, xlsx
from workflows.sources.workbook import SheetLook, open_book
from workflows.sources.workbook.limits import MAX_MERGED
from workflows.sources.workbook.xlsx.look import comments_at_the_top


def look_of(content: bytes, workbook: str, sheet: str, header_row: int) -> SheetLook:
    return open_book(content, workbook).look(sheet, header_row)


ROW: list[Value] = [2024, 11, "P1", "C1", 0.05, 1.5, 100.0]
FORMATS = {"E2": "0.00%", "G2": "#,##0.00", "A1": "0000"}


@pytest.mark.parametrize(("make", "name"), [(xlsx, "a.xlsx"), (xls, "a.xls")])
def test_formats_below_the_header_are_found_by_column(make: object, name: str) -> None:
    assert callable(make)
    content = make([HEADERS, ROW], formats=FORMATS)
    assert look_of(content, name, "受托业绩", 1).formats == {4: "0.00%", 6: "#,##0.00"}


def test_the_most_common_format_of_a_column_wins() -> None:
    formats = {"E2": "0.00%", "E3": "0.0", "E4": "0.0"}
    assert look_of(xlsx([HEADERS, ROW, ROW, ROW], formats=formats), "a.xlsx", "受托业绩", 1).formats == {4: "0.0"}


def test_widths_and_merged_titles_of_an_xlsx_are_found() -> None:
    book = openpyxl.Workbook()
    page = book.active or book.create_sheet()
    page.append(["报告"])
    page.merge_cells("A1:C1")
    page.merge_cells("A3:A4")
    page.column_dimensions["B"].width = 33
    written = io.BytesIO()
    book.save(written)
    look = look_of(written.getvalue(), "a.xlsx", "Sheet", 2)
    assert (look.widths, look.merged) == ({1: 33.0}, ((0, 0, 2),))


def test_widths_and_merged_titles_of_an_xls_are_found() -> None:
    book = xlwt.Workbook()
    page = book.add_sheet("S")
    page.write_merge(0, 0, 0, 2, "报告")
    page.col(1).width = 256 * 33
    written = io.BytesIO()
    book.save(written)
    look = look_of(written.getvalue(), "a.xls", "S", 2)
    assert (look.widths, look.merged) == ({1: 33.0}, ((0, 0, 2),))


def test_no_more_merged_titles_are_kept_than_a_copy_bears() -> None:
    ranges = ((row, 0, row, 1) for row in range(1_000))
    assert len(SheetLook.sampled((), {}, ranges).merged) == MAX_MERGED


def test_a_plain_sheet_has_no_look() -> None:
    assert look_of(raw_xlsx('<row r="1"><c r="A1"><v>1</v></c></row>'), "a.xlsx", "S", 1) == SheetLook()


def test_a_width_given_to_every_column_costs_nothing() -> None:
    book = openpyxl.Workbook()
    page = book.active or book.create_sheet()
    page.column_dimensions.group("A", "XFD")
    page.column_dimensions["A"].width = 9
    written = io.BytesIO()
    book.save(written)
    assert len(look_of(written.getvalue(), "a.xlsx", "Sheet", 1).widths) < 1_000


def test_comments_of_the_first_rows_are_read_whoever_wrote_them() -> None:
    xml = (
        b'<comments><commentList><comment ref="G1" authorId="0"><text><r><rPr><b/></rPr><t>A:</t></r>'
        b'<r><t xml:space="preserve">\n&#21333;&#20301;&lt;</t></r></text></comment>'
        b'<x:comment authorId="0" ref="B2"><x:text><x:t>two</x:t></x:text></x:comment>'
        b'<comment ref="A1101"><text><t>far</t></text></comment></commentList></comments>'
    )
    assert comments_at_the_top(xml) == {(0, 6): "A:\n单位<", (1, 1): "two"}


def test_comments_without_an_end_take_no_longer_than_others() -> None:
    assert len(comments_at_the_top(b'<comment ref="A1"><t>x' * 200_000)) == 1
