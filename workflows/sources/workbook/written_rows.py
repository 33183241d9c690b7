"""Rows of a sheet as another workbook may hold them, whichever format they come from."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from workflows.sources.cells import Cell
from workflows.sources.columns import GridRows

FORMULA = rb"<f(?: [^<>]*)?(?:/>|>[^<]*</f>)"
"""The pattern of a cell's formula; its value stands behind it."""
_ROW = re.compile(rb'<row r="(\d{1,7})"[^<>]*?(/?)>')
_ROWS_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class WrittenRows:
    """Rows of a sheet as another workbook may hold them; ``read`` are the cells of those that were asked for.

    ``numbers`` are Excel's, ascending. Cells name their texts by place in ``texts`` (only those that this sheet
    shows, None for others), and their styles by place in ``formats``: the code of a number format, or the id of one
    of Excel's own. ``last_column`` counts from 0.
    """

    read: GridRows
    numbers: Sequence[int]
    texts: Sequence[Cell]
    formats: Sequence[int | str]
    last_column: int
    _xml: bytes | bytearray
    _starts: Sequence[int]
    _ends: Sequence[int]
    _has_formulas: bool

    def between(self, above: int, below: int) -> Iterator[bytes]:
        """The XML of the rows whose numbers lie between these two, in stretches."""
        first, stop = bisect_right(self.numbers, above), bisect_left(self.numbers, below)
        for start in range(first, stop, _ROWS_AT_ONCE):
            yield self._stretch(start, min(start + _ROWS_AT_ONCE, stop))

    def _stretch(self, first: int, stop: int) -> bytes:
        # What a row says besides its number may mean something in its own workbook only.
        rows = _ROW.sub(rb'<row r="\1"\2>', self._xml[self._starts[first] : self._ends[stop - 1]])
        return re.sub(FORMULA, b"", rows) if self._has_formulas else rows
