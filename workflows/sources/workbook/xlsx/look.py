"""What a worksheet's XML says around its cells: hidden rows, number formats by column, widths, merged titles."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from itertools import islice

from workflows.sources.cells import Merged, column_index
from workflows.sources.workbook.book import SheetLook
from workflows.sources.workbook.xlsx.package import Package, Xml
from workflows.sources.workbook.xlsx.row_scan import holds

# Columns are formatted alike from top to bottom; so many cells tell how.
_SAMPLED_CELLS = 5_000
# Some writers give every column up to XFD a width.
_COLUMNS = 200

_HIDDEN_ROW = re.compile(rb'<row [^<>]*?hidden="(?:1|true)"[^<>]*>')
_ROW_NUMBER = re.compile(rb' r="(\d{1,7})"')
_STYLED = re.compile(rb'<c r="([A-Z]{1,3})(\d{1,7})" s="(\d+)"')
_COLUMN = re.compile(rb"<col ([^>]*)/?>")
# Titles and headers stand in the first rows; a sheet may hold any number of comments and merged ranges further down.
_FIRST_ROWS = 60
_LISTED = 10_000
_COMMENT_BYTES = 100_000
_COMMENT = re.compile(rb'<(?:\w+:)?comment [^<>]*?\bref="([A-Z]{1,3})(\d{1,7})"[^<>]*>')
_COMMENT_TEXT = re.compile(rb"<(?:\w+:)?t(?: [^<>]*)?>([^<]*)<")
_MERGE = re.compile(rb'<mergeCell ref="([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})"')
_ATTRIBUTE = re.compile(rb'(\w+)="([^"]*)"')


def hidden_rows(xml: Xml) -> frozenset[int]:
    """The Excel numbers of a worksheet's hidden rows; a row that does not say its number is left out."""
    start, end = max(xml.find(b"<sheetData"), 0), xml.rfind(b"</sheetData>")
    if not holds(xml, b'hidden="', start, max(start, end)):
        return frozenset()
    numbers = (_ROW_NUMBER.search(match[0]) for match in _HIDDEN_ROW.finditer(xml, start))
    return frozenset(int(number[1]) for number in numbers if number)


def look_of(xml: Xml, package: Package, header_row: int) -> SheetLook:
    """The look of a worksheet whose data begin below ``header_row``."""
    return SheetLook.sampled(_codes(xml, package, header_row), _widths(xml), _merged(xml))


def merged_at_the_top(xml: Xml) -> tuple[Merged, ...]:
    """The merged ranges that begin in the first rows, where titles and headers stand."""
    return tuple(each for each in islice(_merged(xml), _LISTED) if each[0] < _FIRST_ROWS)


def comments_at_the_top(xml: Xml) -> dict[tuple[int, int], str]:
    """The texts of the comments in the first rows, by row and column from 0; ``xml`` is the part that holds them."""
    # From one beginning to the next: looking for each one's end would take forever where ends are missing.
    begun = list(islice(_COMMENT.finditer(xml), _LISTED))
    ends = [match.start() for match in begun[1:]] + [len(xml)]
    found = {}
    for match, end in zip(begun, ends, strict=False):
        if int(match[2]) <= _FIRST_ROWS:
            text = b"".join(_COMMENT_TEXT.findall(xml, match.end(), min(end, match.end() + _COMMENT_BYTES)))
            found[int(match[2]) - 1, column_index(match[1].decode())] = html.unescape(text.decode(errors="replace"))
    return found


def _codes(xml: Xml, package: Package, header_row: int) -> Iterator[tuple[int, str]]:
    # Only copies of sheets need openpyxl's list.
    from openpyxl.styles.numbers import BUILTIN_FORMATS

    ids, declared = package.format_ids
    codes = [declared.get(each) or BUILTIN_FORMATS.get(each, "General") for each in ids]
    start = max(xml.find(b'<row r="%d"' % (header_row + 1)), 0)
    for match in islice(_STYLED.finditer(xml, start), _SAMPLED_CELLS):
        style = int(match[3])
        if style < len(codes):
            yield column_index(match[1].decode()), codes[style]


def _widths(xml: Xml) -> dict[int, float]:
    widths = {}
    end = max(xml.find(b"<sheetData"), 0)
    for match in _COLUMN.finditer(xml, 0, end):
        found = dict(_ATTRIBUTE.findall(match[1]))
        try:
            first, last, width = int(found[b"min"]), int(found[b"max"]), float(found[b"width"])
        except (KeyError, ValueError):
            continue
        widths.update(dict.fromkeys(range(first - 1, min(last, first + _COLUMNS)), width))
    return widths


def _merged(xml: Xml) -> Iterator[Merged]:
    for match in _MERGE.finditer(xml, max(xml.rfind(b"</sheetData>"), 0)):
        left, top, right, bottom = match.groups()
        yield int(top) - 1, column_index(left.decode()), int(bottom) - 1, column_index(right.decode())
