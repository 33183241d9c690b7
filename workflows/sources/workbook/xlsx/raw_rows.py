"""Cells as a worksheet's XML has them, by column: what ``row_scan`` finds and ``direct`` makes cells of."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_right
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

_NAME = rb"[A-Za-z_][\w.:-]*"
ATTRIBUTE = re.compile(rb' (%s)="([^"<>]*)"' % _NAME)
"""One attribute of a tag: its name and its value."""
ATTRIBUTES = rb'(?: %s="[^"<>]*")*' % _NAME
"""The pattern of all attributes of a tag, as every program writes them."""
UNCOMPUTED = b"="
"""Stands for the attributes of a formula whose value was never computed."""


class UnusualXmlError(Exception):
    """The XML is not of the shape that is understood here; says why."""


@dataclass(slots=True)
class OddCells:
    """A column's cells that were taken apart one by one: places, and of each its attributes and its text."""

    places: list[int] = field(default_factory=list)
    attributes: list[bytes] = field(default_factory=list)
    texts: list[bytes] = field(default_factory=list)


class _Styled:
    """Tells by a cell's attributes whether it has one of some styles; few attributes differ."""

    def __init__(self, styles: Collection[int]) -> None:
        self._styles, self._known = styles, dict[bytes, bool]()

    def has(self, attributes: bytes) -> bool:
        known = self._known.get(attributes)
        if known is None:
            style = dict(ATTRIBUTE.findall(attributes)).get(b"s", b"") or b"0"
            known = self._known[attributes] = style.isdigit() and int(style) in self._styles
        return known


@dataclass(slots=True)
class RawRows:
    """Cells as the XML has them. ``rows`` are those, from 0, that hold a value; a *place* is one in them.

    ``usual`` are, by column, the attributes behind the reference that most cells have (`` s="1" t="s"``). ``blocks``
    are stretches of places (``starts`` their first ones), each a sequence by column in the order of ``usual``: the
    values of its usual cells, and the others whole behind their reference; both are empty where there is no cell, and
    () where there is none at all. ``odd`` are the cells, by column, of rows that are written otherwise.
    """

    usual: dict[int, bytes]
    rows: array[int] = field(default_factory=lambda: array("I"))
    blocks: list[list[Sequence[bytes]]] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    odd: dict[int, OddCells] = field(default_factory=dict)

    def columns(self) -> list[int]:
        """Those that hold any cell, ascending."""
        usual = enumerate(self.usual)
        there = {each for i, each in usual if any(block[2 * i] or block[2 * i + 1] for block in self.blocks)}
        return sorted(there | self.odd.keys())

    def column(self, column: int, start: int, stop: int) -> tuple[list[bytes], list[tuple[int, bytes]]]:
        """Values at the places ``start`` to before ``stop``, and the other cells with their places from ``start``.

        Odd cells are blanks here.
        """
        index = 2 * list(self.usual).index(column)
        values: list[bytes] = []
        others: list[tuple[int, bytes]] = []
        at = bisect_right(self.starts, start) - 1
        while start < stop:
            above, end = self.starts[at], self.starts[at + 1] if at + 1 < len(self.starts) else len(self.rows)
            stretch = slice(start - above, stop - above)
            if any(self.blocks[at][index + 1]):
                found = enumerate(self.blocks[at][index + 1][stretch], len(values))
                others += [(place, other) for place, other in found if other]
            values += self.blocks[at][index][stretch] or [b""] * (min(stop, end) - start)
            start, at = end, at + 1
        return values, others

    def styled(self, styles: Collection[int]) -> dict[int, set[int]]:
        """The places, by column, of cells that have one of the cell ``styles``."""
        found: dict[int, set[int]] = {}
        if not styles:
            return found
        wanted = _Styled(styles)
        for index, (column, attributes) in enumerate(self.usual.items()):
            for start, block in zip(self.starts, self.blocks, strict=True):
                values, others = block[2 * index], block[2 * index + 1]
                if wanted.has(attributes):
                    found.setdefault(column, set()).update(start + at for at, value in enumerate(values) if value)
                places = (at for at, other in enumerate(others) if other and wanted.has(other.partition(b">")[0]))
                found.setdefault(column, set()).update(start + at for at in places)
        for column, odd in self.odd.items():
            places = (at for at, attributes in zip(odd.places, odd.attributes, strict=True) if wanted.has(attributes))
            found.setdefault(column, set()).update(places)
        return found

    def forget(self, column: int) -> None:
        """Let go of a usual column that nobody will ask for again."""
        index = 2 * list(self.usual).index(column)
        for block in self.blocks:
            block[index] = block[index + 1] = ()
