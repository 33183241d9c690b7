"""A sheet's cells by column: rows are put together when they are looked at, and no rectangle is laid out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pytest

from workflows.sources.cells import Cell
from workflows.sources.columns import GridRows, grid_rows
from workflows.sources.grids import CellGrid, as_range


class Table:
    """A grid over rows in hand, which notes the columns, and how much of them, that it was asked for."""

    def __init__(self, rows: list[list[Cell]], where: Sequence[int] | None = None) -> None:
        self._rows = rows
        self.rows = range(len(rows)) if where is None else where
        self.columns = range(max(map(len, rows), default=0))
        self.asked: list[tuple[int, int]] = []

    def cells(self, column: int, start: int, stop: int) -> list[Cell]:
        self.asked.append((column, stop - start))
        return [row[column] for row in self._rows[start:stop]]

    def filled(self, column: int, start: int, stop: int) -> Iterable[tuple[int, Cell]]:
        cells = enumerate(self.cells(column, start, stop), start)
        return ((place, cell) for place, cell in cells if cell is not None)

    def struck(self, _column: int) -> tuple[int, ...]:
        return ()


ROWS: list[list[Cell]] = [[1.0, "a"], [2.0, None], [None, "c"], [4.0, "d"]]
TRIMMED: list[list[Cell]] = [[1.0, "a"], [2.0], [None, "c"], [4.0, "d"]]
FAR = CellGrid([(0, 0, "a"), (1_048_575, 16_383, 2.0), (4, 16_383, " "), (7, 2, "x")])


def test_rows_end_with_their_last_cell() -> None:
    assert list(GridRows(Table(ROWS))) == TRIMMED


@pytest.mark.parametrize("part", [slice(1, 3), slice(2, None), slice(0, 0), slice(3, 1), slice(-2, None), slice(9)])
def test_a_slice_holds_what_a_list_would(part: slice) -> None:
    assert list(GridRows(Table(ROWS))[part]) == TRIMMED[part]


def test_a_slice_of_a_slice_counts_from_its_own_start() -> None:
    assert list(GridRows(Table(ROWS))[1:][1:]) == TRIMMED[2:]


def test_a_row_from_the_end_is_found() -> None:
    assert GridRows(Table(ROWS))[1:][-1] == [4.0, "d"]


def test_a_row_beyond_the_end_is_an_error() -> None:
    with pytest.raises(IndexError):
        GridRows(Table(ROWS))[1:3][2]


def test_a_step_is_refused() -> None:
    with pytest.raises(ValueError, match="step"):
        GridRows(Table(ROWS))[::2]


def test_rows_that_the_sheet_does_not_hold_are_blank() -> None:
    rows = GridRows(Table([["a"], ["b"]], where=[1, 3]))
    assert (list(rows), rows[2], rows[3]) == ([[], ["a"], [], ["b"]], [], ["b"])


@pytest.mark.parametrize("count", [99, 2500])
def test_many_rows_are_those_that_are_looked_up_one_by_one(count: int) -> None:
    rows: list[list[Cell]] = [[float(n), "x" if n % 3 else None] for n in range(count)]
    found = GridRows(Table(rows, where=range(2, 2 + count)))
    assert (
        list(found) == [[], [], *(row if row[1] else row[:1] for row in rows)] == [found[n] for n in range(count + 2)]
    )


def test_a_few_rows_have_no_column_made() -> None:
    table = Table(ROWS * 100)
    assert list(GridRows(table, 0, 400)[:2]) == TRIMMED[:2]
    assert max(length for _, length in table.asked) == 2


def test_the_end_is_found_by_a_few_cells() -> None:
    table = Table(ROWS * 100)
    assert (len(GridRows(table)), table.asked) == (400, [(0, 1)])


def test_rows_end_with_the_last_that_holds_something_in_any_column() -> None:
    rows: list[list[Cell]] = [["a", None], [None, "b"]]
    rows += [[None, None]] * 500
    assert len(GridRows(Table(rows))) == 2


def test_a_part_ends_with_its_own_last_row() -> None:
    rows = GridRows(Table([["a"], [None], [None], ["b"]]))
    assert [len(rows[start:3].up_to_the_last()) for start in (0, 1)] == [1, 0]


def test_a_stray_cell_in_the_last_place_costs_one_row() -> None:
    rows = GridRows(FAR)
    assert (len(rows), rows.columns, rows[-1][16_383], rows[7]) == (1_048_576, [0, 2, 16_383], 2.0, [None, None, "x"])


def test_cells_of_blanks_are_dropped() -> None:
    assert GridRows(FAR)[4] == []


def test_the_later_of_two_cells_at_a_place_counts_in_any_order() -> None:
    grid = CellGrid([(3, 0, "c"), (1, 0, "a"), (3, 0, "d"), (1, 0, None)])
    assert list(GridRows(grid)) == [[], ["a"], [], ["d"]]


@pytest.mark.parametrize(("column", "first"), [(0, 0), (2, 6), (16_383, 1_048_574), (1, None)])
def test_the_first_row_that_is_filled_is_counted_from_the_part(column: int, first: int | None) -> None:
    rows = GridRows(FAR)
    assert (rows if column == 0 else rows[1:]).first_filled(column) == first


def test_filled_rows_leave_the_blank_ones_out() -> None:
    filled = GridRows(FAR)[1:].filled([0])
    assert (filled.indexes, filled.column(2), filled.rows_at([1])) == ([6, 1_048_574], ["x", None], [{16_383: 2.0}])


@pytest.mark.parametrize("count", [4, 400])
def test_a_row_that_only_an_unread_column_fills_is_filled(count: int) -> None:
    rows: list[list[Cell]] = [[None, None] if n % 4 == 1 else [None if n % 2 else "a", "b"] for n in range(count)]
    filled = GridRows(Table(rows)).filled([0])
    assert list(filled.indexes) == [n for n in range(count) if n % 4 != 1]
    assert filled.column(0) == [rows[n][0] for n in filled.indexes]


def test_no_other_column_is_made_where_one_is_full() -> None:
    table = Table([["a", "b"]] * 300)
    rows = GridRows(table)
    table.asked.clear()
    assert (rows.filled([1]).indexes, {column for column, _ in table.asked}) == (range(300), {1})


def test_filled_rows_of_a_part_count_from_it() -> None:
    filled = GridRows(Table([["a"], ["b"], ["c"]], where=range(2, 5)))[3:].filled([0])
    assert (filled.indexes, filled.column(0)) == (range(2), ["b", "c"])


def test_rows_in_hand_keep_their_blank_ends() -> None:
    rows = grid_rows([["a"], [], ["b", 1.0], [None]])
    assert (list(rows), grid_rows(rows) is rows) == ([["a"], [], ["b", 1.0], []], True)


@pytest.mark.parametrize(("numbers", "expected"), [([], range(0)), ([2, 3], range(2, 4)), ([2, 4], [2, 4])])
def test_numbers_without_a_gap_are_a_range(numbers: list[int], expected: Sequence[int]) -> None:
    assert as_range(numbers) == expected
