"""Rows kept by column: the same rows, put together when they are looked at."""

from __future__ import annotations

import pytest

from workflows.sources.cells import Cell
from workflows.sources.columns import GridRows, columns_of


class Table:
    """A grid over rows in hand, which counts the columns that it was asked for."""

    def __init__(self, rows: list[list[Cell]]) -> None:
        self._rows = rows
        self.height, self.width = len(rows), len(rows[0]) if rows else 0
        self.asked: list[int] = []

    def cell(self, row: int, column: int) -> Cell:
        return self._rows[row][column]

    def column(self, column: int, start: int, stop: int) -> list[Cell]:
        self.asked.append(column)
        return [row[column] for row in self._rows[start:stop]]


ROWS: list[list[Cell]] = [[1.0, "a"], [2.0, None], [None, "c"], [4.0, "d"]]


def test_rows_are_those_of_the_grid() -> None:
    assert list(GridRows(Table(ROWS))) == ROWS


@pytest.mark.parametrize("part", [slice(1, 3), slice(2, None), slice(0, 0), slice(3, 1), slice(-2, None), slice(9)])
def test_a_slice_holds_what_a_list_would(part: slice) -> None:
    assert list(GridRows(Table(ROWS))[part]) == ROWS[part]


def test_a_slice_of_a_slice_counts_from_its_own_start() -> None:
    assert list(GridRows(Table(ROWS))[1:][1:]) == ROWS[2:]


def test_a_row_beyond_the_end_is_an_error() -> None:
    with pytest.raises(IndexError):
        GridRows(Table(ROWS))[1:3][2]


def test_many_rows_are_put_together_from_whole_columns() -> None:
    rows: list[list[Cell]] = [[float(number), "x"] for number in range(300)]
    table = Table(rows)
    assert (list(GridRows(table)), sorted(table.asked)) == (rows, [0, 1])


def test_a_few_rows_have_no_column_made() -> None:
    table = Table(ROWS)
    assert (list(GridRows(table)[:2]), table.asked) == (ROWS[:2], [])


def test_a_step_is_refused() -> None:
    with pytest.raises(ValueError, match="step"):
        GridRows(Table(ROWS))[::2]


def test_columns_are_those_of_the_slice() -> None:
    assert list(columns_of(GridRows(Table(ROWS))[1:3])) == [[2.0, None], [None, "c"]]


def test_only_columns_that_are_read_are_made() -> None:
    table = Table(ROWS)
    columns = columns_of(GridRows(table))
    assert (columns[1], table.asked) == (["a", None, "c", "d"], [1])


def test_short_rows_are_filled_up_by_column() -> None:
    assert list(map(list, columns_of([["a"], [], ["b", 1.0]]))) == [["a", None, "b"], [None, None, 1.0]]
