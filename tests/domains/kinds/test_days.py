from __future__ import annotations

from datetime import date, datetime

import pytest

from workflows.domains.kinds.days import DayColumn
from workflows.sources.cells import Cell, ErrorCell

COLUMN = DayColumn(("日期",))
FIFTH = date(2025, 1, 5)


@pytest.mark.parametrize(
    "cell",
    [
        datetime(2025, 1, 5),
        datetime(2025, 1, 5, 23, 59),
        "2025-01-05",
        "2025/1/5",
        "2025.1.5",
        "2025年1月5日",
        "25年1月5号",
        "２０２５年１月５日",
        "20250105",
        20250105.0,
        "2025-01-05 00:00:00",
    ],
)
def test_a_day_in_every_way_that_people_write_it(cell: Cell) -> None:
    assert COLUMN.clean_cells([cell], None)[:2] == ([FIFTH], [])


@pytest.mark.parametrize(
    "cell", ["2025-01", 202501.0, "2025年1月", "2025-02-30", 45662.0, "明天", "5/1/2025", True, datetime(1899, 12, 31)]
)
def test_what_is_no_day_for_certain_is_refused(cell: Cell) -> None:
    found = COLUMN.clean_cells([cell], None)
    assert (found.values, [problem.code for problem in found.problems]) == ([None], ["invalid_day"])


def test_an_error_and_blanks_are_what_they_are_elsewhere() -> None:
    found = COLUMN.clean_cells([ErrorCell("#N/A"), None, " ", "—"], None)
    assert (found.values, [problem.code for problem in found.problems]) == ([None] * 4, ["error_cell"])


def test_days_are_kept_as_iso_texts() -> None:
    assert (COLUMN.jsonable([FIFTH, None]), COLUMN.sql_type) == (["2025-01-05", None], "date")
