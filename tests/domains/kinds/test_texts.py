from __future__ import annotations

from datetime import datetime

import pytest

from workflows.domains.findings import Problem
from workflows.domains.kinds.texts import TextColumn
from workflows.sources.cells import Cell, ErrorCell

COLUMN = TextColumn(("名称",), 5)


@pytest.mark.parametrize(
    ("cell", "kept"),
    [
        ("  甲ａＢ（x \u3000", "甲ａＢ（x"),
        ("a\nb", "a\nb"),
        (12.0, "12"),
        (0.0, "0"),
        (1.25, "1.25"),
        (True, "TRUE"),
        ("-", "-"),
        (" \u200b", None),
        (None, None),
    ],
)
def test_case_width_and_what_stands_inside_are_kept(cell: Cell, kept: str | None) -> None:
    assert COLUMN.clean_cells([cell], None) == ([kept], [], [], [])


def test_a_date_is_written_with_its_clock_only_where_it_has_one() -> None:
    cells: list[Cell] = [datetime(2024, 11, 5), datetime(2024, 11, 5, 8, 30)]
    assert TextColumn(("备注",)).clean_cells(cells, None).values == ["2024-11-05", "2024-11-05 08:30:00"]


@pytest.mark.parametrize(
    ("cell", "code", "detail"),
    [
        ("甲乙丙丁戊己", "text_too_long", "6 > 5"),
        ("a\x00", "not_a_text", ""),
        ("a\ud800", "not_a_text", ""),
        (1234567890123456.0, "code_digits_lost", ""),
        (ErrorCell("#N/A"), "error_cell", ""),
    ],
)
def test_what_cannot_be_kept_as_it_is_written_is_refused(cell: Cell, code: str, detail: str) -> None:
    assert COLUMN.clean_cells(["ok", cell], None)[:2] == (["ok", None], [Problem(1, code, detail)])


def test_a_text_is_as_long_as_its_characters_are_many_and_not_its_bytes() -> None:
    assert COLUMN.clean_cells(["甲乙丙丁戊"], None).problems == []


def test_the_column_is_varchar_or_text() -> None:
    assert (COLUMN.sql_type, TextColumn(("备注",)).sql_type) == ("varchar(5)", "text")


def test_equal_cells_of_different_types_are_not_taken_for_each_other() -> None:
    assert COLUMN.clean_cells([True, 1.0, "1"], None).values == ["TRUE", "1", "1"]


def test_a_text_that_says_what_its_row_is_about_is_no_totals_word() -> None:
    found = TextColumn(("客户",), 20, identifies=True).clean_cells(["甲公司", "合 计", "汇总科技公司", None], None)
    assert found[:2] == (["甲公司", None, "汇总科技公司", None], [Problem(1, "totals_word")])
