"""One bounded pass over a worksheet's XML: is it plain, where does it end, and which cells need more than a value.

The fast engine turns errors into blanks and knows no number formats. Rather than leave it for one such cell, the
pass notes where they are, so that they can be put in afterwards. A single regular expression passes over plain cells
at the speed of C and stops at all others.
"""

from __future__ import annotations

import html
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

from workflows.errors import UnreadableWorkbookError
from workflows.sources.cells import Cell, ErrorCell, column_letter
from workflows.sources.workbook.number_formats import NumberFormat
from workflows.sources.workbook.package import Xml

MAX_ROWS, MAX_COLUMNS = 1_048_576, 16_384

UNCACHED = ErrorCell("#UNCACHED")
"""A formula whose value was never computed: the file was written by a program and not opened in Excel since."""

# Calamine fails on the others, which Excel has had since 2018 (#SPILL!, #CALC! …).
_OLD_ERRORS = {"#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!", "#GETTING_DATA"}
# Below this many cells a rectangle costs nothing; above, at least a quarter of it must hold values.
_SMALL_RECTANGLE = 2_000_000
_DENSITY = 4
# The first rows tell how wide a sheet is; cells beyond are found one by one.
_SAMPLE_BYTES = 20_000

_REFERENCE = re.compile(rb'<c r="([A-Z]{1,3})(\d{1,7})"')
_LAST_ROW = re.compile(rb'<row[^>]*? r="(\d{1,7})"')
_STYLED = re.compile(rb'r="([A-Z]{1,3})(\d{1,7})" s="(\d+)"')
_ATTRIBUTE = re.compile(rb'([A-Za-z:]+)="([^"]*)"')
_VALUE = re.compile(rb"<v(?: [^>]*)?>([^<]*)</v>")
_CELL_TYPES = {b"n", b"s", b"b", b"str", b"inlineStr", b"e", b"d", b""}


@dataclass(frozen=True, slots=True)
class Inspection:
    """What the pass saw. ``start`` and ``end`` bound the bytes that hold rows, trailing blanks left off.

    ``unusual`` says why only the exact engine can be trusted, or is None. ``cells`` are errors and uncached formulas
    by (row, column) from 0, ``dated`` ISO texts, ``styled`` the tags of numbers whose format matters.
    """

    start: int
    end: int
    unusual: str | None = None
    last_row: int = 0
    last_column: int = 0
    cells: dict[tuple[int, int], Cell] = field(default_factory=dict)
    dated: dict[tuple[int, int], str] = field(default_factory=dict)
    styled: bytearray = field(default_factory=bytearray)

    @property
    def formatted_count(self) -> int:
        """How many numbers have a format that matters."""
        return self.styled.count(b"r=")

    def formatted(self) -> Iterator[tuple[int, int, int]]:
        """Row and column from 0, and style, of each of them.

        They are read from their tags as they are needed: a million of them as tuples would take 150 MB.
        """
        columns: dict[bytes, int] = {}
        for match in _STYLED.finditer(self.styled):
            letters, digits, style = match.groups()
            column = columns.get(letters) or columns.setdefault(letters, _column(letters))
            yield int(digits) - 1, column - 1, int(style)


class _UnusualError(Exception):
    """The XML is not of the shape that the pass understands."""


def inspect(xml: Xml, formats: Sequence[NumberFormat | None], workbook: str) -> Inspection:
    """Pass over a worksheet's XML, UTF-8 without a document type; ``formats`` by cell style.

    Raises UnreadableWorkbookError when the XML breaks off or a cell lies outside of any sheet.
    """
    start, end = _bounds(xml, workbook)
    if start < 0:
        return Inspection(0, len(xml), "its rows are not written in the usual way")
    if xml.find(b"<!", start, end) >= 0:
        return Inspection(start, end, "comments or CDATA stand among its rows")
    seen = Inspection(start, end)
    try:
        last_row, last_column = _scan(xml, formats, seen)
    except _UnusualError as error:
        return Inspection(start, end, str(error))
    if last_row > MAX_ROWS or last_column > MAX_COLUMNS:
        raise UnreadableWorkbookError(
            workbook, f"cell {column_letter(last_column - 1)}{last_row} lies outside of any sheet"
        )
    unusual = None
    if last_row * last_column > _SMALL_RECTANGLE:
        values = xml.count(b"</v>", start, end) + xml.count(b"</is>", start, end)
        if last_row * last_column > _DENSITY * values:
            unusual = f"{values} values are scattered as far as {column_letter(last_column - 1)}{last_row}"
    return Inspection(start, end, unusual, last_row, last_column, seen.cells, seen.dated, seen.styled)


def _bounds(xml: Xml, workbook: str) -> tuple[int, int]:
    """Where the rows start and where the last cell with a value ends; a start of -1 when that cannot be told."""
    opening = re.compile(rb"<sheetData(?: [^>]*)?>").search(xml)
    if opening is None or b"<!" in xml[: opening.start()]:
        return -1, 0
    start = opening.end()
    if opening[0].endswith(b"/>"):
        return start, start
    close = xml.rfind(b"</sheetData>")
    if close < start:
        raise UnreadableWorkbookError(workbook, "the sheet's XML breaks off before its last row")
    last = xml.rfind(b"</v>", start, close)
    for mark in (b"</is>", b"<f"):
        last = max(last, xml.rfind(mark, max(last, start), close))
    end = xml.find(b"</c>", last, close) if last >= 0 else -1
    if last >= 0 and end < 0:
        return -1, 0
    return start, end + len(b"</c>") if end >= 0 else start


def _scan(xml: Xml, formats: Sequence[NumberFormat | None], seen: Inspection) -> tuple[int, int]:
    """Note every cell that is not plain in ``seen``; the last row and column that hold a cell, counted from 1."""
    last_row, last_column = _claim(xml, seen)
    special = {b"%d" % index for index, each in enumerate(formats) if each}
    for match in _not_plain(last_row, last_column).finditer(xml, seen.start, seen.end):
        letters, digits, style, kind = match.groups()
        behind = match.end()
        if letters is None:
            letters, digits, style, kind, behind = _attributes(xml, match.start(), seen.end)
        row, column = int(digits), _column(letters)
        last_row, last_column = max(last_row, row), max(last_column, column)
        if row == 0:
            raise _UnusualError("a cell has the row number 0")
        is_number = kind is None or kind == b"n"
        if not is_number or not xml.startswith(b"<v>", behind):
            _note(xml, behind, seen, (row - 1, column - 1), kind)
        if is_number and style in special:
            seen.styled.extend(b'r="%s%s" s="%s"' % (letters, digits, style))
    if special:
        seen.styled.extend(_styled(xml, special, seen))
    return last_row, last_column


def _styled(xml: Xml, special: Collection[bytes], seen: Inspection) -> bytes:
    """The references and styles of plain numbers whose format matters.

    Searching for the style alone, and cutting out the reference before it, takes a third of the time.
    """
    style = re.compile(rb' s="(?:%s)"(?: t="n")?><v>' % b"|".join(special))
    found = style.finditer(xml, seen.start, seen.end)
    # 14 bytes hold the longest reference: r="XFD1048576"
    return b"".join([xml[match.start() - 14 : match.end()] for match in found])


def _note(xml: Xml, position: int, seen: Inspection, place: tuple[int, int], kind: bytes | None) -> None:
    """Keep an error, a date in words, or a formula without a value; ``position`` is behind the cell's tag."""
    if xml[position - 2 : position] == b"/>":
        return
    body = xml[position : xml.find(b"</c>", position, seen.end)]
    value = _VALUE.search(body)
    text = html.unescape(value[1].decode(errors="replace")) if value else ""
    if kind == b"e" and text:
        if text not in _OLD_ERRORS:
            raise _UnusualError(f"calamine does not know the error {text[:20]}")
        seen.cells[place] = ErrorCell(text)
    elif kind == b"d" and text:
        seen.dated[place] = text
    elif b"<f" in body and not text and not (kind == b"str" and value) and b"<is" not in body:
        # A formula that gave an empty text is written as t="str" with an empty value.
        seen.cells[place] = UNCACHED


def _claim(xml: Xml, seen: Inspection) -> tuple[int, int]:
    """The last row and a likely last column, both of cells or rows that exist; cells beyond are not plain."""
    last = max(xml.rfind(b"<row ", seen.start, seen.end), seen.start)
    row = _LAST_ROW.match(xml, last, seen.end)
    columns = (_column(match[1]) for match in _sampled(xml, seen))
    return int(row[1]) if row else 0, max(columns, default=0)


def _sampled(xml: Xml, seen: Inspection) -> Iterator[re.Match[bytes]]:
    yield from _REFERENCE.finditer(xml, seen.start, min(seen.start + _SAMPLE_BYTES, seen.end))
    yield from _REFERENCE.finditer(xml, max(seen.end - _SAMPLE_BYTES, seen.start), seen.end)


def _attributes(xml: Xml, start: int, end: int) -> tuple[bytes, bytes, bytes | None, bytes | None, int]:
    """Reference, style and type of a cell whose attributes come in another order, and where its tag ends."""
    behind = xml.find(b">", start, end) + 1
    found: dict[bytes, bytes] = dict(_ATTRIBUTE.findall(xml, start, behind))
    reference = re.fullmatch(rb"([A-Z]{1,3})(\d{1,7})", found.get(b"r", b""))
    if reference is None:
        raise _UnusualError("its cells do not say where they stand")
    if found.get(b"t", b"") not in _CELL_TYPES or not found.get(b"s", b"0").isdigit():
        raise _UnusualError("a cell is of a type that is not in the standard")
    return reference[1], reference[2], found.get(b"s"), found.get(b"t"), behind


def _not_plain(last_row: int, last_column: int) -> re.Pattern[bytes]:
    """Finds every cell but the plain ones: inside the claimed rectangle, a bare value or none."""
    reference = rb'r="(?:%s)(?:%s)"' % (_columns_up_to(last_column), _numbers_up_to(last_row))
    text = rb'(?: s="\d+")? t="(?:s|b|str|inlineStr)"(?: ?/>|><(?:v|is)[ >])'
    plain = rb'(?:(?: s="\d+")?(?: t="n")?><v>|%s|(?: s="\d+")? ?/>)' % text
    rest = rb'(?: r="([A-Z]{1,3})(\d{1,7})"(?: s="(\d+)")?(?: t="(n|s|b|str|inlineStr|e|d)")? ?/?>)?'
    return re.compile(rb"<c(?! %s%s)%s" % (reference, plain, rest))


def _numbers_up_to(limit: int) -> bytes:
    """A pattern of the numbers from 0 to ``limit`` without leading zeros, the longest first."""
    digits = str(limit)
    same = [
        rb"%s[0-%d]\d{%d}" % (digits[:i].encode(), int(digit) - 1, len(digits) - i - 1)
        for i, digit in enumerate(digits)
        if digit > "0" and i < len(digits) - 1
    ]
    shorter = [rb"\d{1,%d}" % (len(digits) - 1)] if len(digits) > 1 else []
    last = b"%s[0-%s]" % (digits[:-1].encode(), digits[-1].encode())
    return b"|".join([*same, last, *shorter])


def _columns_up_to(limit: int) -> bytes:
    letters = column_letter(limit - 1) if limit else "A"
    if len(letters) == 1:
        return b"[A-%s]" % letters.encode()
    if len(letters) == 2:
        first, last = letters[0].encode(), letters[1].encode()
        before = b"|[A-%c][A-Z]" % (first[0] - 1) if first > b"A" else b""
        return b"[A-Z]|%s[A-%s]%s" % (first, last, before)
    return rb"[A-Z]{1,3}"


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
