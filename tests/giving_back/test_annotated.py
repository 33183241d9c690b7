"""The workbook that a provider gets back, read again by openpyxl."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import openpyxl
import pytest
from openpyxl.workbook import Workbook

from workflows.domains.findings import Finding, Level, advice, message
from workflows.domains.trustee_performance import DOMAIN
from workflows.giving_back import annotated
from workflows.giving_back.annotated import SheetCopy, write_annotated
from workflows.giving_back.problem_list import LIST_SHEET, ListFacts
from workflows.sources.cells import Cell, ErrorCell, FormattedNumber
from workflows.sources.workbook import SheetLook

HEADER: list[Cell] = ["年", "计划代码", "收益率"]
ROWS: list[list[Cell]] = [["报告", None, None], HEADER, [2024.0, "P1", FormattedNumber(0.05, "0.00%")], [2024.0]]
RED, AMBER = "FFFFC7CE", "FFFFEB9C"


def problem(row: int, column: str, code: str = "not_a_number", value: str = "x", level: Level = "reject") -> Finding:
    return Finding(
        level,
        "a.xlsx",
        "表",
        row,
        column,
        "收益率",
        "rate",
        value,
        code,
        message(code, "detail", DOMAIN.codes),
        advice(code, DOMAIN.codes),
    )


def given(
    problems: Sequence[Finding],
    rows: Sequence[Sequence[Cell]] = ROWS,
    name: str = "表",
    look: SheetLook | None = None,
) -> Workbook:
    return openpyxl.load_workbook(io.BytesIO(content(problems, rows, name, look)))


def content(
    problems: Sequence[Finding], rows: Sequence[Sequence[Cell]] = ROWS, name: str = "表", look: SheetLook | None = None
) -> bytes:
    stream = io.BytesIO()
    facts = ListFacts("a.xlsx", len(rows), 1)
    write_annotated(stream, SheetCopy(name, 2, rows, look or SheetLook()), problems, facts)
    return stream.getvalue()


def listed(book: Workbook) -> list[list[Any]]:
    rows = list(book[LIST_SHEET].iter_rows(min_row=7, values_only=True))
    return [list(row) for row in rows]


def test_the_list_comes_first_and_the_providers_sheet_second() -> None:
    assert given([problem(4, "C")]).sheetnames == [LIST_SHEET, "表"]


def test_every_problem_is_listed_with_cell_value_meaning_advice_and_code() -> None:
    (row,) = listed(given([problem(4, "C", value="待定")]))
    assert row == [
        1,
        "拒收 Rejected",
        "C4",
        4,
        "C 收益率",
        "待定",
        "不是数字\nnot a number",
        "detail",
        "请填写数字; 无数据请留空\ntype a number; leave the cell blank where there is none",
        "not_a_number",
    ]


def test_the_list_links_to_the_cell_even_where_the_sheets_name_holds_an_apostrophe() -> None:
    page = given([problem(4, "C")], name="A's 表")[LIST_SHEET]
    assert page["C7"].hyperlink.location == "'A''s 表'!C4"


def test_the_list_can_be_filtered_and_its_header_stays_in_sight() -> None:
    page = given([problem(3, "C"), problem(4, "C")])[LIST_SHEET]
    assert (page.auto_filter.ref, page.freeze_panes) == ("A6:J8", "D7")


def test_an_offending_cell_is_red_and_says_in_a_comment_what_is_wrong() -> None:
    cell = given([problem(3, "C")])["表"]["C3"]
    assert cell.fill.start_color.rgb == RED
    assert "不是数字" in cell.comment.text
    assert "not a number" in cell.comment.text


def test_a_caution_has_another_colour_than_a_reject() -> None:
    cell = given([problem(3, "C", "return_rate_large", level="caution")])["表"]["C3"]
    assert cell.fill.start_color.rgb == AMBER


def test_a_cell_with_a_reject_and_a_caution_is_red_and_names_both() -> None:
    both = [problem(3, "C", "return_rate_large", level="caution"), problem(3, "C")]
    cell = given(both)["表"]["C3"]
    assert cell.fill.start_color.rgb == RED
    assert "50%" in cell.comment.text
    assert "不是数字" in cell.comment.text


def test_a_blank_cell_beyond_the_rows_last_value_is_marked_too() -> None:
    assert given([problem(4, "C", "missing_value")])["表"]["C4"].fill.start_color.rgb == RED


def test_cells_without_findings_are_left_plain() -> None:
    cell = given([problem(4, "C")])["表"]["C3"]
    assert (cell.fill.fill_type, cell.comment) == (None, None)


def test_every_value_stands_where_it_stood() -> None:
    rows: list[list[Cell]] = [["报告"], HEADER, [2024.0, "P1", None, True, datetime(2024, 11, 5), ErrorCell("#N/A")]]
    page = given([problem(3, "C")], rows)["表"]
    assert [cell.value for cell in page[3]] == [2024, "P1", None, True, datetime(2024, 11, 5), "#N/A"]


def test_number_formats_and_widths_are_kept() -> None:
    look = SheetLook(formats={0: "0000", 2: "#,##0.00"}, widths={1: 30.0})
    rows: list[list[Cell]] = [["报告"], HEADER, [7.0, "P1", 1234.5]]
    page = given([problem(3, "B")], rows, look=look)["表"]
    assert (page["A3"].number_format, page["C3"].number_format) == ("0000", "#,##0.00")
    assert page.column_dimensions["B"].width == pytest.approx(30, abs=1)


def test_a_merged_title_stays_merged() -> None:
    page = given([problem(3, "C")], look=SheetLook(merged=((0, 0, 2),)))["表"]
    assert [str(merged) for merged in page.merged_cells.ranges] == ["A1:C1"]


@pytest.mark.parametrize("text", ["=1+1", '=HYPERLINK("http://x")', "+1", "@x", "http://example.org", "mailto:a@b"])
def test_a_text_that_looks_like_a_formula_or_link_stays_text(text: str) -> None:
    rows: list[list[Cell]] = [["报告"], HEADER, [2024.0, text]]
    book = given([problem(3, "B", value=text)], rows)
    cells = [book["表"]["B3"], book[LIST_SHEET]["F7"]]
    assert [(cell.value, cell.data_type, cell.hyperlink) for cell in cells] == [(text, "s", None)] * 2


def test_nothing_of_it_is_a_formula() -> None:
    with zipfile.ZipFile(io.BytesIO(content([problem(3, "C", value="=1+1")]))) as archive:
        assert not [name for name in archive.namelist() if name.endswith(".xml") and b"<f>" in archive.read(name)]


@pytest.mark.parametrize("odd", ["\ud800", "\x00\x0b", "x" * 40_000, float("nan"), float("inf"), datetime(1, 1, 1)])
def test_odd_values_do_not_stop_it(odd: Cell) -> None:
    assert given([problem(3, "C")], [["报告"], HEADER, [odd]]).sheetnames[1] == "表"


@pytest.mark.parametrize("name", [LIST_SHEET, "x" * 40, "a/b:c?", "'", "History"])
def test_any_sheet_name_is_made_one_that_excel_takes(name: str) -> None:
    made = given([problem(3, "C")], name=name).sheetnames[1]
    assert made != LIST_SHEET
    assert 0 < len(made) <= 31
    assert not set(made) & set("[]:*?/\\")


def test_a_note_on_the_whole_file_is_listed_without_a_place() -> None:
    note = Finding("note", "a.xlsx", "表", 0, "", "", "", "", "file_note", "the ending misleads")
    row = listed(given([note]))[0]
    assert (row[1], row[2], row[7]) == ("说明 Note", None, "the ending misleads")


def test_beyond_a_number_of_comments_cells_are_only_coloured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(annotated, "COMMENTS", 1)
    page = given([problem(3, "C"), problem(4, "C")])["表"]
    assert (page["C4"].fill.start_color.rgb, page["C4"].comment) == (RED, None)


def test_of_a_very_long_sheet_only_the_rows_with_problems_are_copied_in_their_places(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(annotated, "COPIED_ROWS", 3)
    book = given([problem(4, "A")])
    assert [cell.value for cell in book["表"]["A"]] == ["报告", "年", None, 2024]
    assert "only the rows with problems" in str(book[LIST_SHEET]["G1"].value)
