"""Cells as a worksheet's XML has them, by column: what ``row_scan`` finds and ``direct`` makes cells of."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field

_NAME = rb"[A-Za-z_][\w.:-]*"
ATTRIBUTE = re.compile(rb' (%s)="([^"<>]*)"' % _NAME)
"""One attribute of a tag: its name and its value."""
ATTRIBUTES = rb'(?: %s="[^"<>]*")*' % _NAME
"""The pattern of all attributes of a tag, as every program writes them."""


class UnusualXmlError(Exception):
    """The XML is not of the shape that is understood here; says why."""


@dataclass(slots=True)
class RawRows:
    """Cells as the XML has them. ``width`` counts the columns; those of ``odd`` cells may lie beyond the others.

    ``usual`` are the attributes behind the reference that most cells of a column have (`` s="1" t="s"``). ``blocks``
    are stretches of rows (``starts`` their first ones), each a sequence by column: the rows' numbers, then of each
    column the values of its usual cells, and the others whole behind their reference; both are empty where there is
    no cell. ``odd`` holds attributes and content of cells taken apart one by one, by (row, column) from 0.
    """

    usual: list[bytes]
    width: int
    height: int = 0
    blocks: list[list[Sequence[bytes]]] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    odd: dict[tuple[int, int], tuple[bytes, bytes]] = field(default_factory=dict)

    def column(self, column: int, start: int, stop: int) -> tuple[list[bytes], list[tuple[int, bytes]]]:
        """Values of rows ``start`` to before ``stop``, and the other cells with their places from ``start``.

        A column that has nothing but odd cells is blank here.
        """
        if column >= len(self.usual):
            return [b""] * (stop - start), []
        values: list[bytes] = []
        others: list[tuple[int, bytes]] = []
        at = bisect_right(self.starts, start) - 1
        while start < stop:
            block, above = self.blocks[at], self.starts[at]
            stretch = slice(start - above, stop - above)
            if any(block[2 + 2 * column]):
                found = enumerate(block[2 + 2 * column][stretch], len(values))
                others += [(place, other) for place, other in found if other]
            values += block[1 + 2 * column][stretch]
            start, at = above + len(block[0]), at + 1
        return values, others

    def forget(self, column: int) -> None:
        """Let go of a column that nobody will ask for again."""
        if column < len(self.usual):
            for block in self.blocks:
                block[1 + 2 * column] = block[2 + 2 * column] = ()
