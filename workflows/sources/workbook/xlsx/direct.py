"""The fast engine for .xlsx and .xlsm: cells straight from the sheet's XML, errors and number formats kept.

Only columns that somebody reads are made into cells: a provider's sheet holds names and notes that no record needs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from workflows.errors import UnreadableWorkbookError
from workflows.sources.cells import UNCACHED, Cell, ErrorCell
from workflows.sources.columns import GridRows
from workflows.sources.workbook.iso_dates import iso_moment
from workflows.sources.workbook.number_formats import NumberFormat, apply_format
from workflows.sources.workbook.xlsx.package import Package, Xml
from workflows.sources.workbook.xlsx.raw_rows import ATTRIBUTE, ATTRIBUTES, RawRows, UnusualXmlError
from workflows.sources.workbook.xlsx.row_scan import take_apart
from workflows.sources.workbook.xlsx.shared_strings import decoded, plain_text, rich_text, shared_texts

_TYPES = {b"n", b"s", b"b", b"str", b"inlineStr", b"e", b"d", b""}
_CONTENT = re.compile(rb"<(?:v|t)(?: [^>]*)?>([^<]*)<")
_BOOLEANS = {b"": None, b"1": True, b"true": True, b"0": False, b"false": False}
# All that a cell may hold: a formula, then a value or a text of its own.
_ODD_CONTENT = re.compile(
    rb'(<f%s ?(?:/>|>[^<]*</f>))?(<v(?: xml:space="preserve")?>([^<]*)</v>|<v ?/>|<is>(.*)</is>)?' % ATTRIBUTES,
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class _Kind:
    """What the attributes of a cell say of its text; no ``number_format`` where a number stays a number."""

    type: bytes
    number_format: NumberFormat | None


def read_rows(xml: Xml, package: Package) -> GridRows:
    """Every cell of a worksheet's XML at its place, in rows as wide as the sheet.

    Raises UnusualXmlError for XML that only the exact engine understands, UnreadableWorkbookError for damage.
    """
    return GridRows(SheetGrid(take_apart(xml, package.workbook), package))


class SheetGrid:
    """The sheet's cells, each made when it is asked for. Raises UnreadableWorkbookError for a damaged value."""

    def __init__(self, raw: RawRows, package: Package) -> None:
        # The package itself is not kept: it holds the whole file.
        self._workbook, self._is_1904, self._formats = package.workbook, package.is_1904, package.formats
        self._strings = shared_texts(package.shared_strings, package.workbook)
        self._raw, self.height, self.width = raw, raw.height, raw.width
        self._kinds: dict[bytes, _Kind] = {}
        self._columns: dict[int, list[Cell]] = {}
        self._odd: dict[int, dict[int, Cell]] = {}
        for (row, column), (tag, content) in raw.odd.items():
            self._odd.setdefault(column, {})[row] = self._odd_cell(tag, content)

    def cell(self, row: int, column: int) -> Cell:
        """One cell; places count from 0."""
        known = self._columns.get(column)
        return self._made(column, row, row + 1)[0] if known is None else known[row]

    def column(self, column: int, start: int, stop: int) -> list[Cell]:
        """A stretch of a column; places count from 0."""
        if column not in self._columns:
            self._columns[column] = self._made(column, 0, self.height)
            # The largest sheets have a million rows; what a column was made from is as large as the column.
            self._raw.forget(column)
        return self._columns[column][start:stop]

    def _made(self, column: int, start: int, stop: int) -> list[Cell]:
        """All cells of a kind at once: the usual ones of the column, then each kind of the others, then odd ones."""
        values, others = self._raw.column(column, start, stop)
        usual = self._raw.usual[column] if column < len(self._raw.usual) else b""
        cells = self._cells(self._kind(usual), values)
        by_kind: dict[bytes, list[tuple[int, bytes]]] = {}
        for place, other in others:
            tag, _, content = other.partition(b">")
            by_kind.setdefault(tag, []).append((place, content))
        for tag, found in by_kind.items():
            # A tag that is its own end has no content.
            texts = [match[1] if (match := _CONTENT.search(content)) else b"" for _, content in found]
            made = self._cells(self._kind(tag.removesuffix(b"/")), texts)
            for (place, _), cell in zip(found, made, strict=True):
                cells[place] = cell
        for row, cell in self._odd.get(column, {}).items():
            if start <= row < stop:
                cells[row - start] = cell
        return cells

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
        return [make(self._text(text)) if text else None for text in texts]

    def _numbers(self, number_format: NumberFormat | None, texts: Sequence[bytes]) -> list[Cell]:
        try:
            numbers = parsed_numbers(texts, b"0123456789+-.eE, \t\r\n", float)
        except ValueError:
            raise self._damaged("a number cell holds something else") from None
        if number_format is None:
            return numbers
        # A column of dates holds few of them.
        made = {n: apply_format(n, number_format, self._is_1904) for n in set(numbers) if n is not None}
        return list(map(made.get, numbers))

    def _shared(self, texts: Sequence[bytes]) -> list[Cell]:
        try:
            places = parsed_numbers(texts, b"0123456789,", int)
            if all(texts):
                return list(map(self._strings.__getitem__, places))
            return [None if place is None else self._strings[place] for place in places]
        except (ValueError, IndexError, TypeError):
            # A number too large for JSON's integers comes back as a float, which is no place in a list.
            raise self._damaged("a cell names a shared text that is not there") from None

    def _booleans(self, texts: Sequence[bytes]) -> list[Cell]:
        try:
            return [_BOOLEANS[text] for text in texts]
        except KeyError:
            raise self._damaged("a true or false is neither") from None

    def _text(self, text: bytes) -> str:
        return plain_text(decoded(text, self._workbook), self._workbook)

    def _odd_cell(self, tag: bytes, content: bytes) -> Cell:
        """A cell from all that stands between its tags."""
        kind, found = self._kind(tag), _ODD_CONTENT.fullmatch(content)
        if found is None or (kind.type == b"inlineStr") != (found[4] is not None):
            raise UnusualXmlError("a cell holds something else than a formula and a value")
        if found[4] is not None:
            return plain_text(rich_text(decoded(found[4], self._workbook)), self._workbook) or None
        # A formula that gave an empty text is written as t="str" with an empty value.
        if not found[3] and found[1] and not (kind.type == b"str" and found[2]):
            return UNCACHED
        return self._cells(kind, [found[3] or b""])[0]

    def _kind(self, tag: bytes) -> _Kind:
        known = self._kinds.get(tag)
        if known is None:
            known = self._kinds[tag] = self._kind_of(dict(ATTRIBUTE.findall(tag)), ATTRIBUTE.sub(b"", tag))
        return known

    def _kind_of(self, attributes: Mapping[bytes, bytes], rest: bytes) -> _Kind:
        kind, style = attributes.get(b"t", b""), attributes.get(b"s", b"0")
        if rest.strip() or kind not in _TYPES or not style.isdigit():
            raise self._damaged("a cell's attributes are not those of the standard")
        in_list = int(style) < len(self._formats)
        return _Kind(kind, self._formats[int(style)] if in_list else None)

    def _damaged(self, what: str) -> UnreadableWorkbookError:
        return UnreadableWorkbookError(self._workbook, f"the sheet's XML is damaged ({what})")


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
