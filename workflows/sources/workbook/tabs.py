"""Which sheets a workbook has, in the order of their tabs, and which rows of a sheet are hidden."""

from __future__ import annotations

import re
from dataclasses import dataclass

from workflows.sources.workbook.containers import Container, container_of
from workflows.sources.workbook.package import Package, Xml
from workflows.sources.workbook.row_scan import holds

_HIDDEN_ROW = re.compile(rb'<row [^<>]*?hidden="(?:1|true)"[^<>]*>')
_ROW_NUMBER = re.compile(rb' r="(\d{1,7})"')


@dataclass(frozen=True, slots=True)
class Tab:
    """A sheet that can hold cells."""

    name: str
    is_hidden: bool


def tabs_of(content: bytes, workbook: str) -> list[Tab]:
    """The workbook's sheets with cells. Raises a WorkbookError as reading does."""
    if container_of(content, workbook) is Container.OLE:
        from workflows.sources.workbook import xlrd_engine

        book = xlrd_engine.open_book(content, workbook)
        hidden = xlrd_engine.hidden_sheets(book)
        return [Tab(name, name in hidden) for name in book.sheet_names()]
    sheets = Package(content, workbook).sheets
    return [Tab(sheet.name, sheet.is_hidden) for sheet in sheets if sheet.kind == "worksheet"]


def hidden_rows(xml: Xml) -> frozenset[int]:
    """The Excel numbers of a worksheet's hidden rows; a row that does not say its number is left out."""
    start, end = max(xml.find(b"<sheetData"), 0), xml.rfind(b"</sheetData>")
    if not holds(xml, b'hidden="', start, max(start, end)):
        return frozenset()
    numbers = (_ROW_NUMBER.search(match[0]) for match in _HIDDEN_ROW.finditer(xml, start))
    return frozenset(int(number[1]) for number in numbers if number)
