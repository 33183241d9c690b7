"""A worksheet's XML -> each cell's attributes and text as they stand there, by column.

Programs write all rows of a sheet alike. One regular expression, made for the sheet's width, takes a whole row apart at
the speed of C, a tenth of the time of a parser that makes an object per element. A row that is written otherwise is
taken apart cell by cell. Whatever neither understands raises, and is left to the exact engine: no byte between the
first row and the last is ever passed over.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from workflows.errors import UnreadableWorkbookError, Words
from workflows.sources.cells import column_index, column_letter
from workflows.sources.workbook import limits
from workflows.sources.workbook.xlsx.cell_scan import CellScan
from workflows.sources.workbook.xlsx.package import Xml
from workflows.sources.workbook.xlsx.raw_rows import (
    ATTRIBUTE,
    ATTRIBUTES,
    OddCells,
    RawRows,
    UnusualXmlError,
)

# The first and the last rows tell which columns a sheet has; cells in others are taken apart one by one.
_SAMPLE_BYTES = 20_000
# Rows of more columns cost more to try as a whole than cell by cell.
_MOST_COLUMNS = 128
# Columns from here on are tried only if a tenth of the rows have them: a stray cell far out makes no sheet wide.
_FIRST_COLUMNS, _SHARE = 26, 10
# Rows taken apart at once: what they are made of is then still in the processor's cache.
_BLOCK_BYTES = 1 << 17
# From here on (some 200,000 rows of ten columns) memory matters more than a twentieth of the time.
_LARGE_BYTES = 1 << 26

# A cell, and whether it is a formatted blank.
_SAMPLED_CELL = re.compile(rb'<c r="([A-Z]{1,3})\d{1,7}"([^<>/]*)(/?)>')
_OPENING = re.compile(rb"<row(%s)\s*/?>" % ATTRIBUTES)
_STANDARD = re.compile(ATTRIBUTES)
# Anything that is shown: behind the last value only blanks are expected.
_SHOWN = re.compile(rb">\s*[^<\s]")

_VALUE = rb"<v>[^<]*</v>"
_VALUE_OR_INLINE = (
    rb'(?:(?<! t="inlineStr">)<v>[^<]*</v>|(?<= t="inlineStr">)<is><t(?: xml:space="preserve")?>[^<]*</t></is>)'
)
# A formula whose value was never computed is for the way cell by cell.
_FORMULA = rb"(?:<f%s(?:/>|>[^<]*</f>)(?=<v>[^<]))?" % ATTRIBUTES
_ANY_ROW = rb"(<row(?: [^<>]*)?/>|<row(?: [^<>]*)?>.*?</row>)"


def take_apart(xml: Xml, workbook: str) -> RawRows:
    """The rows of a worksheet's XML (UTF-8, without a document type) that hold a value.

    Raises UnusualXmlError, and UnreadableWorkbookError when the XML breaks off or a cell lies outside of any sheet.
    """
    start, end = bounds(xml, workbook)
    if holds(xml, b"<!", start, end):
        raise UnusualXmlError("comments or CDATA stand among its rows")
    scan = _Scan(RawRows(usual_attributes(xml, start, end)), workbook)
    pattern = _pattern(xml, start, end, scan.raw.usual)
    for first, last in _blocks(xml, start, end):
        found = pattern.findall(xml, first, last)
        if found:
            scan.add(found, is_large=end - start > _LARGE_BYTES)
    return scan.raw


def bounds(xml: Xml, workbook: str) -> tuple[int, int]:
    """Where the rows start, and where the last one with a value ends; blank rows behind it cost nothing."""
    opening = re.compile(rb"<sheetData(?:\s[^>]*)?>").search(xml)
    if opening is None or xml.find(b"<!", 0, opening.start()) >= 0:
        raise UnusualXmlError("its rows are not written in the usual way")
    start = opening.end()
    if opening[0].endswith(b"/>"):
        return start, start
    close = xml.rfind(b"</sheetData>")
    if close < start:
        raise UnreadableWorkbookError(
            workbook, Words("工作表的 XML 不完整", "the sheet's XML breaks off before its last row")
        )
    last = xml.rfind(b"</v>", start, close)
    for mark in (b"</is>", b"<f"):
        last = max(last, xml.rfind(mark, max(last, start), close))
    end = start
    if last >= 0:
        end = xml.find(b"</row>", last, close) + len(b"</row>")
    if end < start or _SHOWN.search(xml, max(end - 1, start), close):
        raise UnusualXmlError("its rows are not written in the usual way")
    return start, end


def usual_attributes(xml: Xml, start: int, end: int) -> dict[int, bytes]:
    """Of each column that the first and last rows have, ascending."""
    seen: dict[int, Counter[bytes]] = {}
    blank: set[int] = set()
    rows = 0
    for first, last in ((start, min(start + _SAMPLE_BYTES, end)), (max(end - _SAMPLE_BYTES, start), end)):
        rows += xml.count(b"<row ", first, last)
        for match in _SAMPLED_CELL.finditer(xml, first, last):
            column = column_index(match[1].decode())
            if match[3]:
                blank.add(column)
                continue
            attributes = match[2] if _STANDARD.fullmatch(match[2]) else b""
            seen.setdefault(column, Counter())[attributes] += 1
    often = {column: found.total() for column, found in seen.items()}
    inside = (column for column in often if column < limits.MAX_COLUMNS)
    columns = [each for each in inside if each < _FIRST_COLUMNS or often[each] * _SHARE >= rows]
    # A blank column between others is tried as well; blanks behind them count for nothing.
    columns += [each for each in blank - seen.keys() if each < max(columns, default=0)]
    if len(columns) > _MOST_COLUMNS:
        return {}
    return {each: seen[each].most_common(1)[0][0] if each in seen else b"" for each in sorted(columns)}


def _pattern(xml: Xml, start: int, end: int, usual: Mapping[int, bytes]) -> re.Pattern[bytes]:
    """One row as (number, then value and other cell of each column, "", ""); or ("", …, the row as a whole, "") if it
    is written otherwise; or ("", …, "", all the rest) behind what is no row. Blank cells are as none.

    No cell with a value fits in two ways: a row that does not fit would be tried in all combinations of them.
    """
    value = _VALUE_OR_INLINE if holds(xml, b"<is>", start, end) else _VALUE
    formula = _FORMULA if holds(xml, b"<f", start, end) else b""
    other = rb"(?:[^<>/]*/>|(%s ?>%s%s</c>))" % (ATTRIBUTES, formula, value)
    cells = []
    for column, attributes in usual.items():
        as_usual = re.escape(attributes) + rb"><v>"
        reference = column_letter(column).encode()
        cells.append(rb'(?:<c r="%s\1"(?:%s([^<]*)</v></c>|(?!%s)%s))?' % (reference, as_usual, as_usual, other))
    blanks = rb'(?:<c r="[A-Z]{1,3}\1"[^<>/]*/>)*'
    row = rb'<row r="(\d{1,7})"[^<>/]*(?:/>|>%s%s</row>)' % (b"".join(cells), blanks)
    return re.compile(rb"%s|%s|(\S.*)" % (row, _ANY_ROW), re.DOTALL)


def holds(xml: Xml, mark: bytes, start: int, end: int) -> bool:
    """Whether ``mark`` occurs. A single byte is looked for ten times as fast as several, and most sheets lack it."""
    return xml.find(mark[1:2], start, end) >= 0 and xml.find(mark, start, end) >= 0


def _blocks(xml: Xml, start: int, end: int) -> Iterator[tuple[int, int]]:
    while start < end:
        last = xml.rfind(b"</row>", start, min(start + _BLOCK_BYTES, end))
        if last < 0:
            last = xml.find(b"</row>", start, end)
        last = end if last < 0 else last + len(b"</row>")
        yield start, last
        start = last


class _Scan:
    """The rows taken apart so far; ``_below`` is the number of the row below the last one seen."""

    def __init__(self, raw: RawRows, workbook: str) -> None:
        self.raw, self._workbook, self._below = raw, workbook, 1
        self._cells = CellScan(workbook)
        self._attributes: dict[bytes, bytes] = {}

    def add(self, found: Sequence[tuple[bytes, ...]], *, is_large: bool) -> None:
        """Append a block's rows, without blank ones."""
        numbers, *cells, odd, stray = zip(*found, strict=True)
        if any(stray):
            raise UnusualXmlError("something other than rows stands among its rows")
        start = len(self.raw.rows)
        is_blank = not any(odd) and not any(map(any, cells))
        if is_blank or (not any(odd) and any(map(all, cells))):
            self._see(list(map(int, numbers)), filled=not is_blank)
        else:
            kept = [row for row in found if self._holds_something(row)]
            cells = list(zip(*(row[1:-2] for row in kept), strict=True))
        if len(self.raw.rows) > start:
            self.raw.starts.append(start)
            self.raw.blocks.append([_each_once(each) if is_large else each if any(each) else () for each in cells])

    def _holds_something(self, row: tuple[bytes, ...]) -> bool:
        """Take note of one row; whether it holds any value."""
        if not row[-2]:
            filled = any(row[1:-2])
            self._see([int(row[0])], filled=filled)
            return filled
        opening = _OPENING.match(row[-2])
        said = dict(ATTRIBUTE.findall(opening[1])).get(b"r", b"%d" % self._below) if opening else b""
        if opening is None or not said.isdigit():
            raise UnusualXmlError("its rows are not written in the usual way")
        number, end = int(said), row[-2].rfind(b"</row>")
        cells = self._cells.of_row(row[-2][opening.end() : max(end, opening.end())], number)
        self._see([number], filled=bool(cells))
        place = len(self.raw.rows) - 1
        for column, attributes, text in cells:
            odd = self.raw.odd.get(column) or self.raw.odd.setdefault(column, OddCells())
            odd.places.append(place)
            odd.attributes.append(self._attributes.setdefault(attributes, attributes))
            odd.texts.append(text)
        return bool(cells)

    def _see(self, numbers: Sequence[int], *, filled: bool = True) -> None:
        """Note rows, by their numbers in the sheet, as those that come next."""
        first, last = numbers[0], numbers[-1]
        unbroken = last - first + 1 == len(numbers)
        if first < self._below or not (unbroken or all(above < below for above, below in pairwise(numbers))):
            raise UnusualXmlError("its rows are out of order")
        if last > limits.MAX_ROWS:
            raise limits.outside(self._workbook, "A", last)
        self._below = last + 1
        if filled:
            self.raw.rows.extend(number - 1 for number in numbers)


def _each_once(column: Sequence[bytes]) -> Sequence[bytes]:
    """The same values, those that are repeated held once: years, names and companies are most of a large sheet."""
    known: dict[bytes, bytes] = {}
    return [known.setdefault(value, value) for value in column]
