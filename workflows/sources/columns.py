"""A sheet's cells kept by column, and only where there are any: engines read them so, records are made so (pure).

No rectangle is ever laid out: one stray cell may stand a million rows below and sixteen thousand columns beside the
others. A column's cells are made when somebody reads it, as most sheets hold columns that nobody asks for; a row is
put together when somebody looks at it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import chain
from typing import overload

from workflows.sources.cells import Cell
from workflows.sources.grids import CellGrid, Grid, Overlaid, as_range

# Rows put together at a time, when all are asked for.
_STRETCH = 1000
# So few rows are looked up cell by cell; for more of them a whole column is made.
_FEW_ROWS = 100


class GridRows(Sequence[Sequence[Cell]]):
    """A sheet's rows, each up to its last cell; a slice stays by column. Rows count from 0.

    Without a ``stop`` they end with the last one that holds something.
    """

    def __init__(self, grid: Grid, start: int = 0, stop: int | None = None) -> None:
        self._grid, self._start = grid, start
        self._stop = max(start, _end(grid) if stop is None else stop)
        self._first, self._last = bisect_left(grid.rows, start), bisect_left(grid.rows, self._stop)

    def __len__(self) -> int:
        return self._stop - self._start

    def __iter__(self) -> Iterator[list[Cell]]:
        below = 0
        for index, cells in self.by_row():
            yield from ([] for _ in range(below, index))
            yield _laid_out(cells)
            below = index + 1
        yield from ([] for _ in range(below, len(self)))

    @overload
    def __getitem__(self, place: int) -> list[Cell]: ...
    @overload
    def __getitem__(self, place: slice) -> GridRows: ...
    def __getitem__(self, place: int | slice) -> list[Cell] | GridRows:
        if isinstance(place, slice):
            start, stop, step = place.indices(len(self))
            if step != 1:
                raise ValueError("rows kept by column are sliced without a step")
            return GridRows(self._grid, self._start + start, self._start + max(start, stop))
        return _laid_out(self.row(range(len(self))[place]))

    def row(self, index: int) -> Mapping[int, Cell]:
        """One row's cells by column, without those that are None."""
        rows, wanted = self._grid.rows, self._start + index
        at = bisect_left(rows, wanted)
        return _row(self._grid, at) if at < len(rows) and rows[at] == wanted else {}

    def by_row(self) -> Iterator[tuple[int, Mapping[int, Cell]]]:
        """The rows that the sheet holds with their cells, as ``row`` gives them."""
        rows, start = self._grid.rows, self._start
        for first in range(self._first, self._last, _STRETCH):
            last = min(first + _STRETCH, self._last)
            put: list[dict[int, Cell]] = [{} for _ in range(first, last)]
            for column in self._grid.columns:
                for at, cell in self._grid.filled(column, first, last):
                    put[at - first][column] = cell
            yield from ((rows[at] - start, put[at - first]) for at in range(first, last))

    @property
    def columns(self) -> Sequence[int]:
        """The columns that may hold something, from 0 and ascending."""
        return self._grid.columns

    def first_filled(self, column: int) -> int | None:
        """The first of these rows that holds something in ``column``."""
        found = next(iter(self._grid.filled(column, self._first, self._last)), None)
        return None if found is None else self._grid.rows[found[0]] - self._start

    def cells_in(self, column: int) -> Iterator[tuple[int, Cell]]:
        """Each of these rows that holds something in ``column``, and that cell."""
        found = self._grid.filled(column, self._first, self._last)
        return ((self._grid.rows[at] - self._start, cell) for at, cell in found)

    def above(self, count: int) -> GridRows:
        """The rows directly above these, ``count`` of them at most."""
        return GridRows(self._grid, max(0, self._start - count), self._start)

    def overlaid(self, cells: Mapping[int, Mapping[int, Cell]]) -> GridRows:
        """The same rows with other ``cells`` in some places, by column and then by row; only in rows that hold any."""
        rows, start = self._grid.rows, self._start
        placed = {
            column: {bisect_left(rows, start + index): cell for index, cell in found.items()}
            for column, found in cells.items()
        }
        return GridRows(Overlaid(self._grid, placed), self._start, self._stop)

    def up_to_the_last(self) -> GridRows:
        """The same rows without blank ones at the end."""
        return GridRows(self._grid, self._start, min(self._stop, _end(self._grid, self._last)))

    def filled(self, likely: Collection[int]) -> FilledRows:
        """The rows that hold something; ``likely`` are the columns that are read anyway and tell of most."""
        missing: Sequence[int] = range(self._first, self._last)
        others = (column for column in self._grid.columns if column not in likely)
        for column in chain(likely, others):
            if not missing:
                break
            missing = self._blank_in(column, missing)
        if not missing:
            return FilledRows(self._grid, range(self._first, self._last), self._start)
        blank = set(missing)
        return FilledRows(self._grid, [at for at in range(self._first, self._last) if at not in blank], self._start)

    def _blank_in(self, column: int, places: Sequence[int]) -> Sequence[int]:
        if len(places) <= _FEW_ROWS:
            return [at for at in places if self._grid.cells(column, at, at + 1)[0] is None]
        found = {at for at, _ in self._grid.filled(column, self._first, self._last)}
        return [at for at in places if at not in found] if found else places


class FilledRows:
    """Rows that hold something, by column. ``indexes`` say which rows of the table they are, from 0."""

    def __init__(self, grid: Grid, places: Sequence[int], start: int) -> None:
        self._grid, self._places = grid, places
        if isinstance(places, range) and isinstance(grid.rows, range):
            rows = grid.rows[places.start : places.stop]
            self.indexes: Sequence[int] = range(rows.start - start, rows.stop - start)
        else:
            self.indexes = as_range([grid.rows[at] - start for at in places])

    def __len__(self) -> int:
        return len(self._places)

    def column(self, column: int) -> Sequence[Cell]:
        """A column's cells in these rows."""
        places = self._places
        if isinstance(places, range):
            return self._grid.cells(column, places.start, places.stop)
        if not places:
            return []
        cells = self._grid.cells(column, places[0], places[-1] + 1)
        return [cells[at - places[0]] for at in places]

    def struck(self, column: int) -> set[int]:
        """Which of these rows have a cell in a column that is struck through."""
        struck = self._grid.struck(column)
        return {index for index, at in enumerate(self._places) if at in struck} if struck else set()

    def rows_at(self, indexes: Sequence[int]) -> list[dict[int, Cell]]:
        """Some of these rows (ascending), each with its cells by column, without those that are None."""
        if len(indexes) <= _FEW_ROWS:
            return [_row(self._grid, self._places[index]) for index in indexes]
        rows: list[dict[int, Cell]] = [{} for _ in indexes]
        for column in self._grid.columns:
            cells = self.column(column)
            for row, index in zip(rows, indexes, strict=True):
                if cells[index] is not None:
                    row[column] = cells[index]
        return rows


def grid_rows(rows: Sequence[Sequence[Cell]]) -> GridRows:
    """The rows by column, blanks at their end included."""
    if isinstance(rows, GridRows):
        return rows
    cells = ((row, column, cell) for row, found in enumerate(rows) for column, cell in enumerate(found))
    return GridRows(CellGrid(cells), 0, len(rows))


def _row(grid: Grid, at: int) -> dict[int, Cell]:
    cells = ((column, grid.cells(column, at, at + 1)[0]) for column in grid.columns)
    return {column: cell for column, cell in cells if cell is not None}


def _laid_out(row: Mapping[int, Cell]) -> list[Cell]:
    cells: list[Cell] = [None] * (max(row, default=-1) + 1)
    for column, cell in row.items():
        cells[column] = cell
    return cells


def _end(grid: Grid, last: int | None = None) -> int:
    """The row below the last that holds something, at a place before ``last``."""
    size, end = len(grid.rows) if last is None else last, 0
    for column in grid.columns:
        if end == size:
            break
        stop, step = size, 1
        # Columns are mostly filled at their end: a few cells tell, and no other is made.
        while stop > end:
            start = max(end, stop - step)
            found = list(grid.filled(column, start, stop))
            if found:
                end = found[-1][0] + 1
                break
            stop, step = start, 8 * step
    return grid.rows[end - 1] + 1 if end else 0
