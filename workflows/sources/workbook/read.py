"""A workbook's bytes -> one sheet: what the bytes are, which sheet, which engine, and why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from workflows.errors import SheetNotFoundError, UnreadableWorkbookError
from workflows.sources.cells import Cell, SheetContent
from workflows.sources.columns import GridRows
from workflows.sources.workbook.containers import Container, container_of, misleading_ending
from workflows.sources.workbook.package import Package, PackageSheet
from workflows.sources.workbook.raw_rows import UnusualXmlError
from workflows.sources.workbook.tabs import hidden_rows

# The sheet's name, the engine and why, the rows, and Excel's numbers of those that are hidden.
_Found: TypeAlias = "tuple[str, str, str, Sequence[Sequence[Cell]], frozenset[int]]"

DIRECT, OPENPYXL, XLRD = "direct", "openpyxl", "xlrd"
_FORCED = "forced by WDH_WORKBOOK_ENGINE"
# Sheets that hold no cells, or none that a table could be in.
_OTHER_KINDS = {"chartsheet": "a chart", "dialogsheet": "a dialog", "xlMacrosheet": "a macro sheet"}


def read_sheet(content: bytes, workbook: str, sheet: str | int, engine: str | None = None) -> SheetContent:
    """One sheet of the workbook whose bytes are ``content``; ``workbook`` is its path, for messages and its ending.

    ``sheet`` is a name or a position from 0 among all tabs; a text of digits that is no sheet's name is a position.
    ``engine`` forces one of direct, openpyxl and xlrd. Without it the bytes decide: an .xlsx is read directly from its
    XML, or by openpyxl where that is written in an unusual way; an .xls by xlrd. Raises SheetNotFoundError, or
    UnreadableWorkbookError saying what the bytes are or what is wrong with them.
    """
    container = container_of(content, workbook)
    note = misleading_ending(container, workbook)
    if container is Container.OLE:
        found = _read_xls(content, workbook, sheet, engine)
    else:
        found = _read_xlsx(content, workbook, sheet, engine)
    name, used, reason, rows, hidden = found
    return SheetContent(name, used, reason, _without_trailing_blanks(rows), (note,) if note else (), hidden)


def _read_xls(content: bytes, workbook: str, sheet: str | int, engine: str | None) -> _Found:
    from workflows.sources.workbook import xlrd_engine

    if engine == DIRECT:
        raise UnreadableWorkbookError(
            workbook, "is an .xls, which cannot be read direct from XML; unset WDH_WORKBOOK_ENGINE"
        )
    if engine == OPENPYXL:
        raise UnreadableWorkbookError(workbook, "is an .xls, which openpyxl cannot read; unset WDH_WORKBOOK_ENGINE")
    book = xlrd_engine.open_book(content, workbook)
    names = book.sheet_names()
    if not names:
        raise UnreadableWorkbookError(workbook, "holds no sheet with cells (charts only?)")
    position = _position(names, sheet, workbook)
    rows = xlrd_engine.read_rows(book, position, workbook)
    reason = _FORCED if engine else "an .xls: xlrd keeps its errors and number formats"
    return names[position], XLRD, reason, rows, xlrd_engine.hidden_rows(book, position)


def _read_xlsx(content: bytes, workbook: str, sheet: str | int, engine: str | None) -> _Found:
    if engine == XLRD:
        raise UnreadableWorkbookError(workbook, "is an .xlsx, which xlrd cannot read; unset WDH_WORKBOOK_ENGINE")
    package = Package(content, workbook)
    chosen = _choose(package.sheets, sheet, workbook)
    xml, formats, strings = package.worksheet(chosen.part), package.formats(), package.shared_strings()
    hidden = hidden_rows(xml)
    unusual = ""
    if engine != OPENPYXL:
        from workflows.sources.workbook import direct_engine

        try:
            grid = direct_engine.read_grid(xml, strings, formats, package.is_1904, workbook)
            return chosen.name, DIRECT, _FORCED if engine else "plain", GridRows(grid), hidden
        except UnusualXmlError as error:
            unusual = str(error)
    if engine == DIRECT:
        raise UnreadableWorkbookError(
            workbook, f"cannot be read direct from its XML: {unusual}; unset WDH_WORKBOOK_ENGINE"
        )
    from workflows.sources.workbook import openpyxl_engine

    rows = openpyxl_engine.read_rows(xml, strings, formats, package.is_1904, workbook)
    return chosen.name, OPENPYXL, _FORCED if engine else f"exact: {unusual}", rows, hidden


def _choose(sheets: Sequence[PackageSheet], wanted: str | int, workbook: str) -> PackageSheet:
    if not sheets:
        raise UnreadableWorkbookError(workbook, "holds no sheet")
    if all(sheet.is_hidden for sheet in sheets):
        raise UnreadableWorkbookError(workbook, "holds no visible sheet")
    if all(sheet.kind in _OTHER_KINDS for sheet in sheets):
        raise UnreadableWorkbookError(
            workbook, f"holds no sheet with cells, only {', '.join(repr(sheet.name) for sheet in sheets)}"
        )
    chosen = sheets[_position([sheet.name for sheet in sheets], wanted, workbook)]
    if chosen.kind in _OTHER_KINDS:
        raise UnreadableWorkbookError(
            workbook, f"sheet {chosen.name!r} is {_OTHER_KINDS[chosen.kind]}, which holds no cells"
        )
    return chosen


def _position(names: Sequence[str], wanted: str | int, workbook: str) -> int:
    if isinstance(wanted, str) and wanted in names:
        return names.index(wanted)
    position = int(wanted) if isinstance(wanted, int) or (wanted.isascii() and wanted.isdecimal()) else -1
    if not 0 <= position < len(names):
        raise SheetNotFoundError(workbook, wanted, names)
    return position


def _without_trailing_blanks(rows: Sequence[Sequence[Cell]]) -> Sequence[Sequence[Cell]]:
    end = len(rows)
    while end and all(cell is None for cell in rows[end - 1]):
        end -= 1
    return rows if end == len(rows) else rows[:end]
