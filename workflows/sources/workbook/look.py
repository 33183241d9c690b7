"""How a provider's sheet looks: number formats by column, widths, merged titles. Only a copy of the sheet needs it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import islice

from workflows.sources.cells import column_index
from workflows.sources.workbook.containers import Container, container_of
from workflows.sources.workbook.package import Package, Xml

# Columns are formatted alike from top to bottom; so many cells tell how.
_SAMPLED_CELLS = 5_000
_SAMPLED_ROWS = 200
_MERGES = 500
# Column widths in .xls are counted in 1/256 of a digit's width.
_XLS_WIDTH = 256

_STYLED = re.compile(rb'<c r="([A-Z]{1,3})(\d{1,7})" s="(\d+)"')
_COLUMN = re.compile(rb"<col ([^>]*)/?>")
_MERGE = re.compile(rb'<mergeCell ref="([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})"')
_ATTRIBUTE = re.compile(rb'(\w+)="([^"]*)"')


@dataclass(frozen=True, slots=True)
class SheetLook:
    """``formats`` and ``widths`` (in characters) by column from 0; ``merged`` as (row, first, last column) from 0.

    Ranges merged over several rows are left out, and so is everything that is as Excel has it by default.
    """

    formats: Mapping[int, str] = field(default_factory=dict)
    widths: Mapping[int, float] = field(default_factory=dict)
    merged: tuple[tuple[int, int, int], ...] = ()


def look_of(content: bytes, workbook: str, sheet: str, header_row: int) -> SheetLook:
    """The look of the sheet called ``sheet``, whose data begin below ``header_row`` (Excel's number).

    Raises a WorkbookError as reading does.
    """
    if container_of(content, workbook) is Container.OLE:
        return _xls_look(content, workbook, sheet, header_row)
    package = Package(content, workbook)
    part = next((each.part for each in package.sheets if each.name == sheet), None)
    if part is None:
        return SheetLook()
    xml = package.worksheet(part)
    return SheetLook(_xlsx_formats(xml, package, header_row), _xlsx_widths(xml), _xlsx_merged(xml))


def _xlsx_formats(xml: Xml, package: Package, header_row: int) -> dict[int, str]:
    ids, declared = package.format_ids()
    codes = [declared.get(each) or _built_in(each) for each in ids]
    counted: dict[int, Counter[str]] = {}
    start = max(xml.find(b'<row r="%d"' % (header_row + 1)), 0)
    for match in islice(_STYLED.finditer(xml, start), _SAMPLED_CELLS):
        style = int(match[3])
        if style < len(codes):
            counted.setdefault(column_index(match[1].decode()), Counter())[codes[style]] += 1
    return _most_common(counted)


def _xlsx_widths(xml: Xml) -> dict[int, float]:
    widths = {}
    end = max(xml.find(b"<sheetData"), 0)
    for match in _COLUMN.finditer(xml, 0, end):
        found = dict(_ATTRIBUTE.findall(match[1]))
        try:
            first, last, width = int(found[b"min"]), int(found[b"max"]), float(found[b"width"])
        except (KeyError, ValueError):
            continue
        # Some writers give every column up to XFD a width.
        widths.update(dict.fromkeys(range(first - 1, min(last, first + _SAMPLED_ROWS)), width))
    return widths


def _xlsx_merged(xml: Xml) -> tuple[tuple[int, int, int], ...]:
    start = max(xml.rfind(b"</sheetData>"), 0)
    found = (match.groups() for match in islice(_MERGE.finditer(xml, start), _MERGES))
    return tuple(
        (int(top) - 1, column_index(left.decode()), column_index(right.decode()))
        for left, top, right, bottom in found
        if top == bottom
    )


def _xls_look(content: bytes, workbook: str, sheet: str, header_row: int) -> SheetLook:
    from workflows.sources.workbook import xlrd_engine

    book = xlrd_engine.open_book(content, workbook)
    page = book.sheet_by_name(sheet)
    counted: dict[int, Counter[str]] = {}
    for row in range(header_row, min(page.nrows, header_row + _SAMPLED_ROWS)):
        for column in range(page.row_len(row)):
            style = page.cell_xf_index(row, column)
            declared = book.format_map.get(book.xf_list[style].format_key) if style < len(book.xf_list) else None
            if declared is not None:
                counted.setdefault(column, Counter())[declared.format_str] += 1
    widths = {column: info.width / _XLS_WIDTH for column, info in page.colinfo_map.items()}
    merged = tuple((top, left, right - 1) for top, bottom, left, right in page.merged_cells if bottom - top == 1)
    return SheetLook(_most_common(counted), widths, merged[:_MERGES])


def _most_common(counted: Mapping[int, Counter[str]]) -> dict[int, str]:
    likely = {column: codes.most_common(1)[0][0] for column, codes in counted.items()}
    return {column: code for column, code in likely.items() if code and code.lower() != "general"}


def _built_in(format_id: int) -> str:
    from openpyxl.styles.numbers import BUILTIN_FORMATS

    return BUILTIN_FORMATS.get(format_id, "General")
