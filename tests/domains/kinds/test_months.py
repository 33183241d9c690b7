from __future__ import annotations

from datetime import date, datetime

import pytest

from tests.fixtures import reference_cells
from workflows.domains.findings import Problem
from workflows.domains.kinds.kind import Given
from workflows.domains.kinds.months import MonthColumn, clean_months, parse_month
from workflows.sources.cells import Cell, ErrorCell

NOVEMBER = date(2024, 11, 1)


@pytest.mark.parametrize(
    "cell",
    [
        "2024年11月",
        "2024年11月30日",
        "2024 年 11 月",
        "202411",
        "20241130",
        "24年11月",
        "2024-11",
        "2024/11/30",
        "2024.11",
        "2024-11-30 00:00:00",
        "11月2024",
        "11月2024年",
        "２０２４年１１月",
        "'202411",
        datetime(2024, 11, 30),
        202411.0,
        20241130.0,
        2024.11,
    ],
)
def test_every_way_to_write_november_2024(cell: Cell) -> None:
    assert parse_month(cell) == NOVEMBER


@pytest.mark.parametrize("cell", ["2024年1月", "2024-1", "2024/1/5", "202401", 2024.01])
def test_january_is_not_taken_from_the_first_digit_of_another_month(cell: Cell) -> None:
    assert parse_month(cell) == date(2024, 1, 1)


@pytest.mark.parametrize(
    "cell", ["202413", "2024年13月", "2024-00", "2024年", "hello", 45597.0, "2024-02-30", True, datetime(1900, 1, 1)]
)
def test_no_month_is_read_into_anything_else(cell: Cell) -> None:
    assert parse_month(cell) == "invalid_month"


def test_2024_10_typed_as_a_number_is_ambiguous() -> None:
    assert parse_month(2024.10) == "ambiguous_month"


def month_of(year: Cell = None, month: Cell = None, period: Cell = None) -> date | str | None:
    dates, problems = clean_months([year], [month], [period], 1)[:2]
    return problems[0].code if problems else dates[0]


@pytest.mark.parametrize("year", [2024.0, "2024", "2024年", "24", 24.0])
@pytest.mark.parametrize("month", [11.0, "11", "11月", "11月份"])
def test_year_and_month_columns_are_put_together(year: Cell, month: Cell) -> None:
    assert month_of(year, month) == NOVEMBER


def test_a_month_cell_that_names_its_year_needs_no_year_column() -> None:
    assert month_of(None, "2024年11月") == NOVEMBER


@pytest.mark.parametrize(
    ("cells", "wanted"),
    [
        ((2023.0, "2024年11月", None), "month_conflict"),
        ((2024.0, 10.0, "2024-11"), "month_conflict"),
        ((None, 11.0, None), "missing_value"),
        ((2024.0, None, None), "missing_value"),
        ((2024.0, 13.0, None), "invalid_month"),
        (("abc", 11.0, None), "invalid_month"),
        ((ErrorCell("#N/A"), 11.0, None), "error_cell"),
    ],
)
def test_months_that_cannot_be_told_are_rejects(cells: tuple[Cell, Cell, Cell], wanted: str) -> None:
    assert month_of(*cells) == wanted


def test_a_logical_value_is_not_taken_for_the_month_one_beside_it() -> None:
    found = clean_months([2024.0, 2024.0], [1.0, True], None, 2)
    assert (found.values, [problem.code for problem in found.problems]) == (
        [date(2024, 1, 1), None],
        ["invalid_month"],
    )


@pytest.mark.parametrize("height", [1, 3])
def test_a_row_that_says_nothing_is_blank_and_no_problem_of_its_own(height: int) -> None:
    assert clean_months([None] * height, [" "] * height, None, height)[:2] == ([None] * height, [])


COLUMN = MonthColumn(year=("年",), month=("月",), period=("报告期",))


@pytest.mark.parametrize(
    ("roles", "file_month", "fed"),
    [
        ({"period"}, None, True),
        ({"month"}, None, True),
        ({"year", "month"}, None, True),
        ({"year"}, None, False),
        (set(), None, False),
        ({"year"}, NOVEMBER, True),
        (set(), NOVEMBER, True),
    ],
)
def test_a_month_needs_more_than_a_year(roles: set[str], file_month: date | None, fed: bool) -> None:
    assert COLUMN.is_fed(roles, file_month) is fed


@pytest.mark.parametrize(
    ("by_role", "wanted"),
    [
        ({}, NOVEMBER),
        ({"year": [2024.0]}, NOVEMBER),
        ({"year": [2023.0]}, "month_conflict"),
        ({"year": [2024.0], "month": [10.0]}, date(2024, 10, 1)),
        ({"period": ["2024-09"]}, date(2024, 9, 1)),
        ({"period": [None]}, None),
    ],
)
def test_the_files_month_is_taken_only_where_the_sheet_names_none(
    by_role: dict[str, list[Cell]], wanted: date | str | None
) -> None:
    values, problems = COLUMN.clean(Given(by_role, None, 1, NOVEMBER))[:2]
    assert (problems[0].code if problems else values[0]) == wanted


def test_the_document_keeps_months_as_iso_dates() -> None:
    assert COLUMN.jsonable([NOVEMBER, None]) == ["2024-11-01", None]
    assert COLUMN.sql_type == "date"


def test_a_month_later_than_the_files_is_refused_where_the_column_says_so() -> None:
    column, cells = MonthColumn(period=("月度",), not_later=True), ["2024-12", "2024-11", "2024-10", None]
    found = column.clean(Given({"period": cells}, None, 4, period=NOVEMBER))
    assert found.values == [None, NOVEMBER, date(2024, 10, 1), None]
    assert found.problems == [Problem(0, "later_month", "2024-12 in 2024-11")]


def test_rows_of_no_file_are_of_any_month() -> None:
    column = MonthColumn(period=("月度",), not_later=True)
    assert column.clean(Given({"period": ["2099-12"]}, None, 1)).values == [date(2099, 12, 1)]


YEARS: list[Cell] = [
    None,
    2024.0,
    "2024年",
    "24",
    "'2024",
    1989.0,
    124.0,
    "年",
    True,
    ErrorCell("#N/A"),
    datetime(2024, 5, 1),
]
MONTHS: list[Cell] = [
    None,
    "",
    1.0,
    11.0,
    13.0,
    0.0,
    "11月",
    "11月份",
    "011",
    True,
    ErrorCell("#REF!"),
    datetime(2024, 11, 30),
    "2024-11",
    "2023-11",
    "2024/11/30",
    "2024-11-31",
    "202411",
    "20241130",
    "202413",
    "2024年11月底",
    "11月2024年",
    202411.0,
    20241130.0,
    2024.1,
    2024.11,
    2024.13,
    datetime(1989, 1, 1),
    datetime(2100, 1, 1),
    *[
        "2024年11月1日-2024年11月30日",
        "2024年11月1日至30日",
        "2024年11月30日至1日",
        "2024年11月-12月",
        "24年11月1日-11月30日",
    ],
    "2024年11月1日-2024年12月1日",
    "2024年11月31日-2024年11月31日",
    "2024年12月1日-2025年1月1日",
]


@pytest.mark.parametrize("year", YEARS, ids=repr)
def test_what_year_and_month_say_together_equals_the_reference(year: Cell) -> None:
    for month in MONTHS:
        cleaned = clean_months([year], [month], None, 1)
        found = cleaned.values[0], *((each.code, each.role) for each in cleaned.problems)
        wanted, code, role = reference_cells.month_of(year, month)
        assert found == (wanted, *([(code, role)] if code else [])), month
