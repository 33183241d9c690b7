"""What a worksheet's XML says around its cells: hidden rows, number formats by column, widths, merged titles."""

from __future__ import annotations

import html
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from xlrd.formatting import std_format_strings

from workflows.errors import UnreadableWorkbookError, Words
from workflows.sources.cells import Merged, column_index
from workflows.sources.workbook.book import SheetLook
from workflows.sources.workbook.limits import MAX_MERGED_RANGES
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
# Comments are read where headers are looked for; a sheet may hold any number of them further down.
_FIRST_ROWS = 1_100
_LISTED = 10_000
_COMMENT_BYTES = 100_000
_COMMENT = re.compile(rb'<(?:\w+:)?comment [^<>]*?\bref="([A-Z]{1,3})(\d{1,7})"[^<>]*>')
_COMMENT_TEXT = re.compile(rb"<(?:\w+:)?t(?: [^<>]*)?>([^<]*)<")
_MERGE = re.compile(rb'<mergeCell [^<>]*?\bref="([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})"')
_TABLE = re.compile(rb"<(?:\w+:)?table ([^<>]*)>")
_LAST_ROW = re.compile(rb":[A-Z]{1,3}(\d{1,7})$")
# Excel's tables have one.
_MOST_TOTALS = 10
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


def merged_ranges(xml: Xml, workbook: str) -> tuple[Merged, ...]:
    """The merged ranges of a worksheet."""
    found = tuple(islice(_merged(xml), MAX_MERGED_RANGES + 1))
    if len(found) > MAX_MERGED_RANGES:
        raise UnreadableWorkbookError(
            workbook,
            Words(
                f"工作表的合并区域超过 {MAX_MERGED_RANGES:,} 个",
                f"a sheet holds more than {MAX_MERGED_RANGES:,} merged ranges",
            ),
        )
    return found


def hidden_columns(xml: Xml, columns: Sequence[int]) -> frozenset[int]:
    """Those of ``columns`` (ascending, from 0) that a worksheet does not show."""
    hidden: set[int] = set()
    for found in _column_tags(xml):
        if found.get(b"hidden") in (b"1", b"true") or found.get(b"width") in (b"0", b"0.0"):
            first, last = int(found[b"min"]) - 1, int(found[b"max"]) - 1
            hidden.update(columns[bisect_left(columns, first) : bisect_right(columns, last)])
    return frozenset(hidden)


def totals_rows_of(tables: Iterable[Xml]) -> frozenset[int]:
    """The Excel numbers of the totals rows of Excel's own tables, given by the XML of each."""
    rows: set[int] = set()
    for xml in tables:
        tag = _TABLE.search(xml)
        found = dict(_ATTRIBUTE.findall(tag[1])) if tag else {}
        count, last = found.get(b"totalsRowCount", b"0"), _LAST_ROW.search(found.get(b"ref", b""))
        if last and count.isdigit() and int(count) <= _MOST_TOTALS:
            rows.update(range(int(last[1]) - int(count) + 1, int(last[1]) + 1))
    return frozenset(rows)


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
    ids, declared = package.styles.format_ids, package.styles.declared
    codes = [declared.get(each) or std_format_strings.get(each, "General") for each in ids]
    start = max(xml.find(b'<row r="%d"' % (header_row + 1)), 0)
    for match in islice(_STYLED.finditer(xml, start), _SAMPLED_CELLS):
        style = int(match[3])
        if style < len(codes):
            yield column_index(match[1].decode()), codes[style]


def _widths(xml: Xml) -> dict[int, float]:
    widths = {}
    for found in _column_tags(xml):
        try:
            first, last, width = int(found[b"min"]), int(found[b"max"]), float(found[b"width"])
        except (KeyError, ValueError):
            continue
        widths.update(dict.fromkeys(range(first - 1, min(last, first + _COLUMNS)), width))
    return widths


def _column_tags(xml: Xml) -> Iterator[dict[bytes, bytes]]:
    """What is said of columns, by attribute; ``min`` and ``max`` are numbers."""
    for match in _COLUMN.finditer(xml, 0, max(xml.find(b"<sheetData"), 0)):
        found = dict(_ATTRIBUTE.findall(match[1]))
        if found.get(b"min", b"").isdigit() and found.get(b"max", b"").isdigit():
            yield found


def _merged(xml: Xml) -> Iterator[Merged]:
    for match in _MERGE.finditer(xml, max(xml.rfind(b"</sheetData>"), 0)):
        left, right = sorted(column_index(match[each].decode()) for each in (1, 3))
        top, bottom = sorted(int(match[each]) - 1 for each in (2, 4))
        yield top, left, bottom, right
