"""The fast engine for .xlsx and .xlsm: cells straight from the sheet's XML, errors and number formats kept.

Only columns that somebody reads are made into cells: a provider's sheet holds names and notes that no record needs.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import compress
from typing import Any

import orjson

from workflows.errors import UnreadableWorkbookError, Words
from workflows.sources.cells import UNCACHED, Cell, ErrorCell
from workflows.sources.columns import GridRows
from workflows.sources.grids import as_range
from workflows.sources.workbook.iso_dates import iso_moment
from workflows.sources.workbook.number_formats import MAYBE_OCTOBER, Kind, NumberFormat, apply_format
from workflows.sources.workbook.xlsx.package import Package, Xml
from workflows.sources.workbook.xlsx.raw_rows import ATTRIBUTE, UNCOMPUTED, OddCells, RawRows
from workflows.sources.workbook.xlsx.row_scan import take_apart
from workflows.sources.workbook.xlsx.shared_strings import decoded, shared_texts, shown_text

_TYPES = {b"n", b"s", b"b", b"str", b"inlineStr", b"e", b"d", b""}
_CONTENT = re.compile(rb"<(?:v|t)(?: [^>]*)?>([^<]*)<")
_BOOLEANS = {b"": None, b"1": True, b"true": True, b"0": False, b"false": False}


@dataclass(frozen=True, slots=True)
class _Kind:
    """What the attributes of a cell say of its text; no ``number_format`` where a number stays a number."""

    type: bytes
    number_format: NumberFormat | None


def read_rows(xml: Xml, package: Package) -> GridRows:
    """Every cell of a worksheet's XML at its place, up to the last row that holds something.

    Raises UnusualXmlError for XML that only the exact engine understands, UnreadableWorkbookError for damage.
    """
    return GridRows(SheetGrid(take_apart(xml, package.workbook), package))


class SheetGrid:
    """The sheet's cells, each made when it is asked for. Raises UnreadableWorkbookError for a damaged value."""

    def __init__(self, raw: RawRows, package: Package) -> None:
        # The package itself is not kept: it holds the whole file.
        self._workbook, self._is_1904, self._formats = package.workbook, package.is_1904, package.formats
        self.strings = shared_texts(package.shared_strings, package.workbook)
        self._raw, self.rows, self.columns = raw, as_range(raw.rows), raw.columns()
        self._struck = raw.styled(package.styles.struck)
        self._kinds: dict[bytes, _Kind] = {}
        self._columns: dict[int, list[Cell]] = {}
        self._odd: dict[int, tuple[list[int], list[Cell]]] = {}

    def cells(self, column: int, start: int, stop: int) -> list[Cell]:
        """As ``Grid`` says. Most of a column is made as all of it, and kept."""
        if column not in self._raw.usual:
            cells: list[Cell] = [None] * (stop - start)
            for place, cell in self._odd_cells(column, start, stop):
                cells[place - start] = cell
            return cells
        if column not in self._columns and 2 * (stop - start) > len(self.rows):
            self._columns[column] = self._made(column, 0, len(self.rows))
            # The largest sheets have a million rows; what a column was made from is as large as the column.
            self._raw.forget(column)
        known = self._columns.get(column)
        return self._made(column, start, stop) if known is None else known[start:stop]

    def filled(self, column: int, start: int, stop: int) -> Iterable[tuple[int, Cell]]:
        """As ``Grid`` says."""
        if column not in self._raw.usual:
            return self._odd_cells(column, start, stop)
        return ((place, cell) for place, cell in enumerate(self.cells(column, start, stop), start) if cell is not None)

    def struck(self, column: int) -> Collection[int]:
        """As ``Grid`` says."""
        return self._struck.get(column, ())

    def _made(self, column: int, start: int, stop: int) -> list[Cell]:
        """All cells of a kind at once: the usual ones of the column, then each kind of the others, then odd ones."""
        values, others = self._raw.column(column, start, stop)
        cells = self._cells(self._kind(self._raw.usual[column]), values)
        by_kind: dict[bytes, list[tuple[int, bytes]]] = {}
        for place, other in others:
            tag, _, content = other.partition(b">")
            by_kind.setdefault(tag, []).append((place, content))
        for tag, found in by_kind.items():
            texts = [match[1] if (match := _CONTENT.search(content)) else b"" for _, content in found]
            for (place, _), cell in zip(found, self._cells(self._kind(tag), texts), strict=True):
                cells[place] = cell
        for place, cell in self._odd_cells(column, start, stop):
            cells[place - start] = cell
        return cells

    def _odd_cells(self, column: int, start: int, stop: int) -> Iterable[tuple[int, Cell]]:
        if column not in self._odd:
            self._odd[column] = self._made_of(self._raw.odd.pop(column, OddCells()))
        places, cells = self._odd[column]
        first, last = bisect_left(places, start), bisect_left(places, stop)
        return zip(places[first:last], cells[first:last], strict=True)

    def _made_of(self, odd: OddCells) -> tuple[list[int], list[Cell]]:
        by_kind: dict[bytes, list[int]] = {}
        for index, attributes in enumerate(odd.attributes):
            by_kind.setdefault(attributes, []).append(index)
        cells: list[Cell] = [None] * len(odd.places)
        for attributes, found in by_kind.items():
            if attributes == UNCOMPUTED:
                made: list[Cell] = [UNCACHED] * len(found)
            else:
                made = self._cells(self._kind(attributes), [odd.texts[index] for index in found])
            for index, cell in zip(found, made, strict=True):
                cells[index] = cell
        there = [cell is not None for cell in cells]
        return list(compress(odd.places, there)), list(compress(cells, there))

    def _cells(self, kind: _Kind, texts: Sequence[bytes]) -> list[Cell]:
        if len(texts) > 1 and texts.count(texts[0]) == len(texts):
            # Year and month are often the same throughout.
            return self._cells(kind, texts[:1]) * len(texts)
        if kind.type in (b"n", b""):
            return self._numbers(kind.number_format, texts)
        if kind.type == b"s":
            return self._shared(texts)
        if kind.type == b"b":
            return self._booleans(texts)
        make = _MAKERS[kind.type]
        return [self._text(make, text) if text else None for text in texts]

    def _numbers(self, number_format: NumberFormat | None, texts: Sequence[bytes]) -> list[Cell]:
        try:
            numbers = parsed_numbers(texts, b"0123456789+-.eE, \t\r\n", float)
        except ValueError:
            raise self._damaged("数字单元格中不是数字", "a number cell holds something else") from None
        if number_format is None or (number_format.kind is Kind.HUNDREDTHS and MAYBE_OCTOBER.isdisjoint(numbers)):
            return numbers
        # A column of dates holds few of them.
        made = {n: apply_format(n, number_format, self._is_1904) for n in set(numbers) if n is not None}
        return list(map(made.get, numbers))

    def _shared(self, texts: Sequence[bytes]) -> list[Cell]:
        try:
            places = parsed_numbers(texts, b"0123456789, \t\r\n", int)
            if all(texts):
                return list(map(self.strings.__getitem__, places))
            return [None if place is None else self.strings[place] for place in places]
        except (ValueError, IndexError, TypeError):
            # A number too large for JSON's integers comes back as a float, which is no place in a list.
            raise self._damaged("单元格引用了不存在的文本", "a cell names a shared text that is not there") from None

    def _booleans(self, texts: Sequence[bytes]) -> list[Cell]:
        try:
            return [_BOOLEANS[text.strip()] for text in texts]
        except KeyError:
            raise self._damaged("逻辑值既非真也非假", "a true or false is neither") from None

    def _text(self, make: Callable[[str], Cell], text: bytes) -> Cell:
        said = shown_text(decoded(text, self._workbook), self._workbook)
        return make(said) if isinstance(said, str) else said

    def _kind(self, tag: bytes) -> _Kind:
        known = self._kinds.get(tag)
        if known is None:
            known = self._kinds[tag] = self._kind_of(dict(ATTRIBUTE.findall(tag)), ATTRIBUTE.sub(b"", tag))
        return known

    def _kind_of(self, attributes: Mapping[bytes, bytes], rest: bytes) -> _Kind:
        kind, style = attributes.get(b"t", b""), attributes.get(b"s") or b"0"
        if rest.strip() or kind not in _TYPES or not style.isdigit():
            raise self._damaged("单元格的属性不合标准", "a cell's attributes are not those of the standard")
        in_list = int(style) < len(self._formats)
        return _Kind(kind, self._formats[int(style)] if in_list else None)

    def _damaged(self, chinese: str, english: str) -> UnreadableWorkbookError:
        return UnreadableWorkbookError(
            self._workbook, Words(f"工作表的 XML 已损坏 ({chinese})", f"the sheet's XML is damaged ({english})")
        )


def parsed_numbers(texts: Sequence[bytes], alphabet: bytes, kind: Callable[[Any], Any]) -> list[Any]:
    """Each text as the number of ``kind`` that it says, None for an empty one.

    Raises ValueError for any other text, and for characters beyond the ``alphabet``. A JSON parser reads numbers five
    times as fast as ``float``, which is asked for what JSON would write differently.
    """
    present = texts if all(texts) else [text for text in texts if text]
    joined = b",".join(present)
    if joined.translate(None, alphabet):
        raise ValueError("not a number")
    try:
        numbers: list[Any] = orjson.loads(b"[%s]" % joined)
    except orjson.JSONDecodeError:
        numbers = list(map(kind, present))
    if len(numbers) != len(present):
        raise ValueError("not a number")
    numbers = numbers if kind is int else list(map(float, numbers))
    if present is texts:
        return numbers
    remaining = iter(numbers)
    return [next(remaining) if text else None for text in texts]


_MAKERS: dict[bytes, Callable[[str], Cell]] = {b"e": ErrorCell, b"d": iso_moment, b"str": str, b"inlineStr": str}
