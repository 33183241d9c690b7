"""A worksheet's XML -> each cell's attributes and text as they stand there, by column.

Programs write all rows of a sheet alike. One regular expression, made for the sheet's width, takes a whole row apart at
the speed of C, a tenth of the time of a parser that makes an object per element. A row that is written otherwise is
taken apart cell by cell. Whatever neither understands raises, and is left to the exact engine: no byte between the
first row and the last is ever passed over.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import repeat

from workflows.errors import UnreadableWorkbookError
from workflows.sources.cells import column_index, column_letter
from workflows.sources.workbook import limits
from workflows.sources.workbook.xlsx.package import Xml
from workflows.sources.workbook.xlsx.raw_rows import ATTRIBUTE, ATTRIBUTES, RawRows, UnusualXmlError

# The first and the last rows tell how wide a sheet is; wider ones between them are taken apart cell by cell.
_SAMPLE_BYTES = 20_000
# A wider row costs more to try as a whole than cell by cell.
_MAX_WIDTH = 128
# Rows taken apart at once: what they are made of is then still in the processor's cache.
_BLOCK_BYTES = 1 << 17
# From here on (some 200,000 rows of ten columns) memory matters more than a twentieth of the time.
_LARGE_BYTES = 1 << 26

_SAMPLED_CELL = re.compile(rb'<c r="([A-Z]{1,3})\d{1,7}"([^<>/]*)')
_PLACE = re.compile(rb"([A-Z]{1,3})(\d{1,7})")
_ROW_NUMBER = re.compile(rb'<row(?: [^<>]*?)? r="(\d{1,7})"')
_ODD_CELL = re.compile(rb"\s*<c(%s) ?(?:/>|>(.*?)</c>)" % ATTRIBUTES, re.DOTALL)
_ROW_END = re.compile(rb"\s*</row>")
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
    """The rows of a worksheet's XML (UTF-8, without a document type) up to the last one with a value.

    Raises UnusualXmlError, and UnreadableWorkbookError when the XML breaks off or a cell lies outside of any sheet.
    """
    start, end = _bounds(xml, workbook)
    if holds(xml, b"<!", start, end):
        raise UnusualXmlError("comments or CDATA stand among its rows")
    usual = _usual_attributes(xml, start, end)
    _refuse_scattered(xml, start, end, len(usual))
    raw = RawRows(usual if len(usual) <= _MAX_WIDTH else [], len(usual))
    pattern = _pattern(xml, start, end, raw.usual)
    for first, last in _blocks(xml, start, end):
        found = pattern.findall(xml, first, last)
        if found:
            _add(raw, found, workbook)
            if end - start > _LARGE_BYTES:
                raw.blocks[-1] = [_each_once(column) for column in raw.blocks[-1]]
    if raw.height * raw.width > limits.SMALL_RECTANGLE:
        _refuse_scattered(xml, start, end, raw.width)
    return raw


def _bounds(xml: Xml, workbook: str) -> tuple[int, int]:
    """Where the rows start, and where the last one with a value ends; blank rows behind it cost nothing."""
    opening = re.compile(rb"<sheetData(?: [^>]*)?>").search(xml)
    if opening is None or b"<!" in xml[: opening.start()]:
        raise UnusualXmlError("its rows are not written in the usual way")
    start = opening.end()
    if opening[0].endswith(b"/>"):
        return start, start
    close = xml.rfind(b"</sheetData>")
    if close < start:
        raise UnreadableWorkbookError(workbook, "the sheet's XML breaks off before its last row")
    last = xml.rfind(b"</v>", start, close)
    for mark in (b"</is>", b"<f"):
        last = max(last, xml.rfind(mark, max(last, start), close))
    end = start
    if last >= 0:
        end = xml.find(b"</row>", last, close) + len(b"</row>")
    if end < start or _SHOWN.search(xml, max(end - 1, start), close):
        raise UnusualXmlError("its rows are not written in the usual way")
    return start, end


def _usual_attributes(xml: Xml, start: int, end: int) -> list[bytes]:
    """Of each column up to the widest that is seen, in the first and last rows."""
    seen: dict[int, Counter[bytes]] = {}
    for first, last in ((start, min(start + _SAMPLE_BYTES, end)), (max(end - _SAMPLE_BYTES, start), end)):
        for match in _SAMPLED_CELL.finditer(xml, first, last):
            attributes = match[2] if _STANDARD.fullmatch(match[2]) else b""
            seen.setdefault(column_index(match[1].decode()), Counter())[attributes] += 1
    columns = range(max(seen, default=-1) + 1)
    # A formatted blank has the attributes of a number; where most are blank it hardly matters what is usual.
    return [seen[column].most_common(1)[0][0] if column in seen else b"" for column in columns]


def _refuse_scattered(xml: Xml, start: int, end: int, width: int) -> None:
    """Raise before the rectangle up to the last row is laid out, if it is large and hardly any of it holds values."""
    last = _ROW_NUMBER.match(xml, max(xml.rfind(b"<row", start, end), start), end)
    height = int(last[1]) if last else 0
    if height * width > limits.SMALL_RECTANGLE:
        values = xml.count(b"</v>", start, end) + xml.count(b"</is>", start, end)
        if height * width > limits.DENSITY * values:
            raise UnusualXmlError(f"{values} values are scattered as far as {column_letter(width - 1)}{height}")


def _pattern(xml: Xml, start: int, end: int, usual: Sequence[bytes]) -> re.Pattern[bytes]:
    """One row as (number, then value and other cell of each column, "", ""); or ("", …, the row as a whole, "") if it
    is written otherwise; or ("", …, "", all the rest) behind what is no row.

    No cell fits in two ways: a row that does not fit as a whole would be tried in all combinations of them.
    """
    value = _VALUE_OR_INLINE if holds(xml, b"<is>", start, end) else _VALUE
    formula = _FORMULA if holds(xml, b"<f", start, end) else b""
    other = rb"(%s ?(?:/>|>%s%s</c>))" % (ATTRIBUTES, formula, value)
    cells = []
    for column, attributes in enumerate(usual):
        as_usual = re.escape(attributes) + rb"><v>"
        reference = column_letter(column).encode()
        cells.append(rb'(?:<c r="%s\1"(?:%s([^<]*)</v></c>|(?!%s)%s))?' % (reference, as_usual, as_usual, other))
    row = rb'<row r="(\d{1,7})"[^<>/]*(?:/>|>%s</row>)' % b"".join(cells)
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


def _add(raw: RawRows, found: Sequence[tuple[bytes, ...]], workbook: str) -> None:
    """Append a block's rows; rows that the XML leaves out are blank."""
    *taken, odd, stray = zip(*found, strict=True)
    if any(stray):
        raise UnusualXmlError("something other than rows stands among its rows")
    columns: Iterable[Sequence[bytes]] = taken
    if any(odd) or list(map(int, taken[0])) != list(range(raw.height + 1, raw.height + 1 + len(found))):
        columns = zip(*_in_place(raw, found, workbook), strict=True)
    elif raw.height + len(found) > limits.MAX_ROWS:
        raise limits.outside(workbook, "A", raw.height + len(found))
    raw.blocks.append(list(columns))
    raw.starts.append(raw.height)
    raw.height += len(raw.blocks[-1][0])


def _each_once(column: Sequence[bytes]) -> Sequence[bytes]:
    """The same values, those that are repeated held once: years, names and companies are most of a large sheet."""
    known: dict[bytes, bytes] = {}
    return [known.setdefault(value, value) for value in column]


def _in_place(raw: RawRows, found: Sequence[tuple[bytes, ...]], workbook: str) -> Iterator[tuple[bytes, ...]]:
    blank = (b"",) * len(found[0])
    below = raw.height + 1
    for row in found:
        number = _take_odd_apart(raw, row[-2], workbook) if row[-2] else int(row[0])
        if number < below:
            raise UnusualXmlError("its rows are out of order")
        if number > limits.MAX_ROWS:
            raise limits.outside(workbook, "A", number)
        yield from repeat(blank, number - below)
        yield blank if row[-2] else row
        below = number + 1


def _take_odd_apart(raw: RawRows, row: bytes, workbook: str) -> int:
    """Put a row's cells into ``raw.odd``; the row's number."""
    opening = _ROW_NUMBER.match(row)
    if opening is None:
        raise UnusualXmlError("its rows do not say where they stand")
    number, at, before = int(opening[1]), row.index(b">") + 1, -1
    while cell := _ODD_CELL.match(row, at):
        at = cell.end()
        attributes = dict(ATTRIBUTE.findall(cell[1]))
        place = _PLACE.fullmatch(attributes.pop(b"r", b""))
        if place is None:
            raise UnusualXmlError("its cells do not say where they stand")
        column = column_index(place[1].decode())
        if int(place[2]) > limits.MAX_ROWS or column >= limits.MAX_COLUMNS:
            raise limits.outside(workbook, place[1].decode(), int(place[2]))
        if int(place[2]) != number or column <= before:
            raise UnusualXmlError("a cell stands at another place than it says")
        before = column
        raw.width = max(raw.width, column + 1)
        if cell[2]:
            tag = b"".join(b' %s="%s"' % item for item in attributes.items())
            raw.odd[number - 1, column] = tag, cell[2]
    if at < len(row) and _ROW_END.fullmatch(row, at) is None:
        raise UnusualXmlError("something other than cells stands among its cells")
    return number
