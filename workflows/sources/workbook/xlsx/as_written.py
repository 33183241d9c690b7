"""A worksheet's rows as XML that another workbook may hold: checked byte by byte, formulas taken out, values kept.

To write 33,600 rows anew takes seconds, to check and copy what stands there a fifth of one. Nothing passes that is not
understood here: a sheet with anything else in its rows is read, and written anew.
"""

from __future__ import annotations

import codecs
import re
from array import array
from bisect import bisect_left
from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise

from workflows.sources.cells import Cell, column_index, column_letter
from workflows.sources.columns import GridRows
from workflows.sources.workbook import limits
from workflows.sources.workbook.written_rows import FORMULA, WrittenRows
from workflows.sources.workbook.xlsx.direct import SheetGrid
from workflows.sources.workbook.xlsx.package import Package, Xml
from workflows.sources.workbook.xlsx.raw_rows import UnusualXmlError
from workflows.sources.workbook.xlsx.row_scan import bounds, holds, take_apart, usual_attributes

# Excel takes some 65,000 styles, and a text of so many characters.
_MOST_STYLES, _LONGEST_TEXT = 10_000, 32_767
_CHUNK = 1 << 20
# Below it the ids of number formats are Excel's own.
_FIRST_DECLARED = 164
# The first rows tell of columns that hold nothing but a style; a row of more columns is tried cell by cell.
_SAMPLE_BYTES, _MOST_COLUMNS = 20_000, 128

_CHARACTERS = rb"[^<&\x00-\x08\x0b\x0c\x0e-\x1f]*"
_TEXT = rb"(?=[^<]{0,%d}<)%s(?:&(?:amp|lt|gt|quot|apos|#10|#13|#x[aAdD9]);%s)*" % (
    _LONGEST_TEXT,
    _CHARACTERS,
    _CHARACTERS,
)
# Any that a double can hold.
_NUMBER = rb"-?\d{1,40}(?:\.\d{0,400})?(?:[eE](?:-\d{1,3}|\+?(?:[012]?\d{1,2}|30[0-7])))?"
_ERROR = rb"#[A-Z0-9_/]{1,30}[!?]?"
_COLUMN = re.compile(rb'<c r="([A-Z]{1,3})')
_FILLED = re.compile(rb'<c r="([A-Z]{1,3})\d{1,7}"[^<>/]*>')
_SHARED = re.compile(rb' t="s"><v>(\d+)<')


def rows_as_written(xml: Xml, package: Package, wanted: Collection[int]) -> WrittenRows:
    """The rows of a worksheet's XML up to the last that holds something; those of Excel numbers ``wanted`` are read.

    Raises UnusualXmlError for rows that only their own workbook may hold, UnreadableWorkbookError for damage.
    """
    start, end = bounds(xml, package.workbook)
    ids, declared = package.styles.format_ids, package.styles.declared
    if package.is_1904 or len(ids) > _MOST_STYLES:
        raise UnusualXmlError("its dates or styles are not those of other workbooks")
    if not _is_utf8(xml, start, end):
        raise UnusualXmlError("its rows are not UTF-8")
    digits = len(str(max(len(ids) - 1, 0)))
    ids += (0,) * (10**digits - len(ids))
    numbers, starts, ends = array("I"), array("Q"), array("Q")
    columns = set(usual_attributes(xml, start, end))
    has_formulas = holds(xml, b"<f", start, end)
    for number, first, last in _checked(xml, start, end, _cell(digits, has_formulas=has_formulas), columns):
        numbers.append(number)
        starts.append(first)
        ends.append(last)
    places = ((bisect_left(numbers, each), each) for each in sorted(wanted))
    there = (at for at, each in places if at < len(numbers) and numbers[at] == each)
    rows = b"".join(xml[starts[at] : ends[at]] for at in there)
    grid = SheetGrid(take_apart(b"<sheetData>%s</sheetData>" % rows, package.workbook), package)
    return WrittenRows(
        GridRows(grid),
        numbers,
        _shown(xml, start, end, grid.strings),
        [declared.get(each) or (each if each < _FIRST_DECLARED else 0) for each in ids],
        max(columns, default=0),
        xml,
        starts,
        ends,
        has_formulas,
    )


def _cell(digits: int, *, has_formulas: bool) -> bytes:
    """What may stand behind a cell's place: a style of at most so many ``digits``, and a value as its type has it.

    No formula goes without its value: nobody else could compute it.
    """
    formula = rb"(?:%s)?" % FORMULA if has_formulas else b""
    types = (
        rb'(?: t="n")?>%s<v>%s</v>' % (formula, _NUMBER),
        rb' t="s"><v>\d{1,7}</v>',
        rb' t="str">%s<v>%s</v>' % (formula, _TEXT),
        rb' t="b">%s<v>[01]</v>' % formula,
        rb' t="e">%s<v>%s</v>' % (formula, _ERROR),
        rb' t="inlineStr"><is><t(?: xml:space="preserve")?>%s</t></is>' % _TEXT,
    )
    return rb'(?: s="\d{1,%d}")?(?:(?: t="(?:n|s|str|b|e|inlineStr)")? ?/>|(?:%s)</c>)' % (digits, b"|".join(types))


def _checked(xml: Xml, start: int, end: int, cell: bytes, columns: set[int]) -> Iterator[tuple[int, int, int]]:
    """Each row's number, start and end; columns in which only few rows hold something are added to ``columns``.

    No cell fits in two ways: a row that does not fit would be tried in all combinations of them.
    """
    row = rb'\s*<row r="([1-9]\d{0,6})"[^<>]*?(?:/>|>%s</row>)'
    sampled = map(_index, _COLUMN.findall(xml, start, min(start + _SAMPLE_BYTES, end)))
    tried = sorted({*columns, *(each for each in sampled if each < limits.MAX_COLUMNS)})[:_MOST_COLUMNS]
    usual = b"".join(rb'(?:<c r="%s\1"%s)?' % (column_letter(each).encode(), cell) for each in tried)
    in_order, any_order = re.compile(row % usual), re.compile(row % (rb'(?:<c r="[A-Z]{1,3}\1"%s)*' % cell))
    above = 0
    while start < end:
        found = in_order.match(xml, start, end)
        if found is None:
            found = any_order.match(xml, start, end)
            if found is None:
                raise UnusualXmlError("its rows hold more than cells and values")
            places = list(map(_index, _COLUMN.findall(found[0])))
            if any(left >= right for left, right in pairwise(places)) or places[-1] >= limits.MAX_COLUMNS:
                raise UnusualXmlError("a cell stands at another place than it says")
            columns.update(map(_index, _FILLED.findall(found[0])))
        number = int(found[1])
        if not above < number <= limits.MAX_ROWS:
            raise UnusualXmlError("its rows are out of order")
        yield number, start, found.end()
        above, start = number, found.end()


def _index(letters: bytes) -> int:
    return column_index(letters.decode())


def _is_utf8(xml: Xml, start: int, end: int) -> bool:
    """In pieces, as the text of a large sheet would not fit beside it; nearly all are ASCII, as they share texts."""
    pieces = range(start, end, _CHUNK)
    if all(xml[first : min(first + _CHUNK, end)].isascii() for first in pieces):
        return True
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for first in pieces:
            decoder.decode(xml[first : min(first + _CHUNK, end)], final=first + _CHUNK >= end)
    except UnicodeDecodeError:
        return False
    return True


def _shown(xml: Xml, start: int, end: int, texts: Sequence[Cell]) -> Sequence[Cell]:
    """The shared ``texts`` that cells show, None for others: those of other sheets are not for everyone."""
    shown = set(map(int, set(_SHARED.findall(xml, start, end))))
    if max(shown, default=0) >= max(len(texts), 1):
        raise UnusualXmlError("a cell names a shared text that is not there")
    return [text if place in shown else None for place, text in enumerate(texts)]
