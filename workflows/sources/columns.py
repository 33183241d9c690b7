"""A sheet's rows kept by column, as engines read them fastest and as records are made from them (pure).

A table is evaluated a column at a time, and most sheets hold columns that nobody asks for. So a row is put together
when somebody looks at it, and a column's cells are made when somebody reads it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import Protocol, overload

from workflows.sources.cells import Cell

# The first rows of a sheet are looked at for its header, and should not have every column made.
_FEW_ROWS = 100


class Grid(Protocol):
    """A rectangle of cells; places count from 0, and every place inside holds a cell or None."""

    height: int
    width: int

    def cell(self, row: int, column: int) -> Cell:
        """One cell."""

    def column(self, column: int, start: int, stop: int) -> list[Cell]:
        """The cells of a column from row ``start`` to before row ``stop``."""


class GridRows(Sequence[Sequence[Cell]]):
    """The rows ``start`` to before ``stop`` of a grid, each as long as the grid is wide; a slice stays by column."""

    def __init__(self, grid: Grid, start: int = 0, stop: int | None = None) -> None:
        self._grid, self._start = grid, start
        self._stop = grid.height if stop is None else stop
        self.columns: Sequence[Sequence[Cell]] = _GridColumns(grid, self._start, self._stop)

    def __len__(self) -> int:
        return self._stop - self._start

    def __iter__(self) -> Iterator[list[Cell]]:
        if len(self) <= _FEW_ROWS or not self._grid.width:
            return (self[row] for row in range(len(self)))
        return map(list, zip(*self.columns, strict=True))

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
        row = range(self._start, self._stop)[place]
        return [self._grid.cell(row, column) for column in range(self._grid.width)]


class _GridColumns(Sequence[Sequence[Cell]]):
    """A stretch of every column, taken from the grid when it is asked for."""

    def __init__(self, grid: Grid, start: int, stop: int) -> None:
        self._grid, self._start, self._stop = grid, start, stop

    def __len__(self) -> int:
        return self._grid.width

    @overload
    def __getitem__(self, place: int) -> list[Cell]: ...
    @overload
    def __getitem__(self, place: slice) -> list[list[Cell]]: ...
    def __getitem__(self, place: int | slice) -> list[Cell] | list[list[Cell]]:
        if isinstance(place, slice):
            return [self[column] for column in range(len(self))[place]]
        return self._grid.column(range(len(self))[place], self._start, self._stop)


def columns_of(rows: Sequence[Sequence[Cell]]) -> Sequence[Sequence[Cell]]:
    """The rows by column, all as long as there are rows; short rows are filled up with None."""
    return rows.columns if isinstance(rows, GridRows) else list(zip_longest(*rows))
