"""The cells of one row, whatever the way in which they are written, one by one (``row_scan`` takes the usual rows)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from workflows.sources.cells import column_index, column_letter
from workflows.sources.workbook import limits
from workflows.sources.workbook.xlsx.raw_rows import ATTRIBUTE, ATTRIBUTES, UNCOMPUTED, UnusualXmlError
from workflows.sources.workbook.xlsx.shared_strings import decoded, rich_text

_PLACE = re.compile(rb"([A-Z]{1,3})(\d{1,7})")
# All that a cell may be: place, attributes, then a formula, and a value (or its empty tag) or a text of its own.
_CELL = re.compile(
    rb'<c(?: r="([A-Z]{1,3})(\d{1,7})")?(%s)\s*(?:/>|>\s*(<f%s ?(?:/>|>[^<]*</f>))?\s*'
    rb'(?:<v(?: xml:space="preserve")?>([^<]*)(</v>)|(<v ?/>)|<is>(.*?)</is>)?\s*</c>)|(\S)' % (ATTRIBUTES, ATTRIBUTES),
    re.DOTALL,
)


class CellScan:
    """Takes rows of one sheet apart, and remembers how the last one was laid out.

    Raises UnusualXmlError, and UnreadableWorkbookError for a cell outside of any sheet.
    """

    def __init__(self, workbook: str) -> None:
        self._workbook = workbook
        self._columns: dict[bytes, int] = {}
        self._letters: tuple[bytes, ...] = ()
        self._places: list[int] = []

    def of_row(self, row: bytes, number: int) -> Sequence[tuple[int, bytes, bytes]]:
        """The cells between a row's tags that hold something: column, attributes, text."""
        found = _CELL.findall(row)
        return self._plain_cells(found, number) or list(self._any_cells(found, number))

    def _plain_cells(self, found: Sequence[tuple[bytes, ...]], number: int) -> Sequence[tuple[int, bytes, bytes]]:
        """The same as ``_any_cells`` of a row of values only, in a third of the time; nothing if it has other cells."""
        if not found:
            return []
        letters, digits, attributes, formulas, values, _, _, texts, strays = zip(*found, strict=True)
        if any(strays) or any(formulas) or any(texts) or not all(values) or {*digits} != {b"%d" % number}:
            return []
        if letters != self._letters:
            # Row after row is as wide as the one above.
            columns = [self._column(each) if each else -1 for each in letters]
            if columns[-1] >= limits.MAX_COLUMNS or any(left >= right for left, right in pairwise((-1, *columns))):
                return []
            self._letters, self._places = letters, columns
        if any(b"inlineStr" in each for each in {*attributes}):
            return []
        return list(zip(self._places, attributes, values, strict=True))

    def _any_cells(self, found: Sequence[tuple[bytes, ...]], number: int) -> Iterator[tuple[int, bytes, bytes]]:
        """The cells of one row that hold something: column, attributes, text."""
        column = -1
        for letters, digits, attributes, formula, value, has_value, empty, text, stray in found:
            if stray:
                raise UnusualXmlError("a cell holds something else than a formula and a value, or stands beside it")
            if not letters and b' r="' in attributes:
                letters, digits, attributes = self._place(attributes)  # noqa: PLW2901
            before, column = column, self._column(letters) if letters else column + 1
            if column >= limits.MAX_COLUMNS or (digits and int(digits) > limits.MAX_ROWS):
                raise limits.outside(self._workbook, column_letter(column), int(digits or number))
            if column <= before or (digits and int(digits) != number):
                raise UnusualXmlError("a cell stands at another place than it says")
            if (formula or has_value or empty or text) and (b' t="inlineStr"' in attributes) != bool(text):
                raise UnusualXmlError("a cell holds something else than a formula and a value")
            if text:
                yield column, attributes, rich_text(decoded(text, self._workbook)).encode()
            elif value:
                yield column, attributes, value
            elif formula and not (b' t="str"' in attributes and (has_value or empty)):
                # A formula that gave an empty text is written as t="str" with an empty value.
                yield column, UNCOMPUTED, UNCOMPUTED

    def _place(self, attributes: bytes) -> tuple[bytes, bytes, bytes]:
        """A cell's place that does not stand first, and its other attributes."""
        found = dict(ATTRIBUTE.findall(attributes))
        place = _PLACE.fullmatch(found.pop(b"r"))
        if place is None:
            raise UnusualXmlError("its cells do not say where they stand")
        return place[1], place[2], b"".join(b' %s="%s"' % item for item in found.items())

    def _column(self, letters: bytes) -> int:
        known = self._columns.get(letters)
        if known is None:
            known = self._columns[letters] = column_index(letters.decode())
        return known
