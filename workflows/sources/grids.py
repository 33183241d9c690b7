"""Cells by column, and only where there are any: what engines give, whatever the sheet's extent (pure)."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Protocol

from workflows.sources.cells import Cell, is_blank


class Grid(Protocol):
    """Cells by column. ``rows`` are the rows, from 0 and ascending, that the sheet holds; a *place* is one in them.

    ``columns`` are those that may hold something, ascending. No cell is blank: it says something or is None.
    """

    @property
    def rows(self) -> Sequence[int]:
        """As above."""

    @property
    def columns(self) -> Sequence[int]:
        """As above."""

    def cells(self, column: int, start: int, stop: int) -> Sequence[Cell]:
        """A column's cells at the places ``start`` to before ``stop``, None where there is nothing."""

    def filled(self, column: int, start: int, stop: int) -> Iterable[tuple[int, Cell]]:
        """The same as (place, cell), ascending, without those that are None."""

    def struck(self, column: int) -> Collection[int]:
        """The places whose cell in a column is struck through."""


class CellGrid:
    """A grid of cells in hand, added in any order; of two at the same place the later one counts.

    ``struck`` are (row, column) of those that are struck through; it may be filled while the cells are taken.
    """

    def __init__(self, cells: Iterable[tuple[int, int, Cell]], struck: Collection[tuple[int, int]] = ()) -> None:
        rows, found = dict[int, list[int]](), dict[int, list[Cell]]()
        for row, column, cell in cells:
            if not is_blank(cell):
                rows.setdefault(column, []).append(row)
                found.setdefault(column, []).append(cell)
        for column, each in rows.items():
            if any(above >= below for above, below in pairwise(each)):
                ordered = sorted(dict(zip(each, found[column], strict=True)).items())
                rows[column], found[column] = [row for row, _ in ordered], [cell for _, cell in ordered]
        self.columns = sorted(rows)
        self.rows = as_range(sorted(set().union(*rows.values())))
        if self.rows != range(len(self.rows)):
            places = {row: place for place, row in enumerate(self.rows)}
            rows = {column: [places[row] for row in each] for column, each in rows.items()}
        self._places, self._found = rows, found
        self._struck: dict[int, set[int]] = {}
        for row, column in struck:
            self._struck.setdefault(column, set()).add(bisect_left(self.rows, row))

    def struck(self, column: int) -> Collection[int]:
        """As ``Grid`` says."""
        return self._struck.get(column, ())

    def cells(self, column: int, start: int, stop: int) -> list[Cell]:
        """As ``Grid`` says."""
        cells: list[Cell] = [None] * (stop - start)
        for place, cell in self.filled(column, start, stop):
            cells[place - start] = cell
        return cells

    def filled(self, column: int, start: int, stop: int) -> Iterable[tuple[int, Cell]]:
        """As ``Grid`` says."""
        places, cells = self._places.get(column, []), self._found.get(column, [])
        first, last = bisect_left(places, start), bisect_left(places, stop)
        return zip(places[first:last], cells[first:last], strict=True)


class Overlaid:
    """A grid with other cells in some places of its rows."""

    def __init__(self, grid: Grid, placed: Mapping[int, Mapping[int, Cell]]) -> None:
        self._grid, self._placed = grid, placed
        self.rows, self.columns = grid.rows, sorted({*grid.columns, *placed})

    def cells(self, column: int, start: int, stop: int) -> Sequence[Cell]:
        """As ``Grid`` says."""
        if column not in self._placed:
            return self._grid.cells(column, start, stop)
        cells = list(self._grid.cells(column, start, stop))
        for place, cell in self._placed[column].items():
            if start <= place < stop:
                cells[place - start] = cell
        return cells

    def filled(self, column: int, start: int, stop: int) -> Iterable[tuple[int, Cell]]:
        """As ``Grid`` says."""
        if column not in self._placed:
            return self._grid.filled(column, start, stop)
        found = enumerate(self.cells(column, start, stop), start)
        return ((place, cell) for place, cell in found if cell is not None)

    def struck(self, column: int) -> Collection[int]:
        """As ``Grid`` says."""
        return self._grid.struck(column)


def as_range(ascending: Sequence[int]) -> Sequence[int]:
    """The same numbers as a range, where none of them is missing in between."""
    if not ascending:
        return range(0)
    first, last = ascending[0], ascending[-1]
    return range(first, last + 1) if last - first + 1 == len(ascending) else ascending
