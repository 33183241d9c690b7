"""A workbook's bytes -> one sheet: what the bytes are, which sheet, which engine, and why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from workflows.errors import SheetNotFoundError, UnreadableWorkbookError
from workflows.sources.cells import Cell, SheetContent
from workflows.sources.workbook.containers import Container, container_of, misleading_ending
from workflows.sources.workbook.inspection import Inspection, inspect
from workflows.sources.workbook.package import Package, PackageSheet
from workflows.sources.workbook.tabs import hidden_rows

# The sheet's name, the engine and why, the rows, and Excel's numbers of those that are hidden.
_Found: TypeAlias = "tuple[str, str, str, list[list[Cell]], frozenset[int]]"

CALAMINE, OPENPYXL, XLRD = "calamine", "openpyxl", "xlrd"
_FORCED = "forced by WDH_WORKBOOK_ENGINE"
# Sheets that hold no cells, or none that a table could be in.
_OTHER_KINDS = {"chartsheet": "a chart", "dialogsheet": "a dialog", "xlMacrosheet": "a macro sheet"}


def read_sheet(content: bytes, workbook: str, sheet: str | int, engine: str | None = None) -> SheetContent:
    """One sheet of the workbook whose bytes are ``content``; ``workbook`` is its path, for messages and its ending.

    ``sheet`` is a name or a position from 0 among all tabs; a text of digits that is no sheet's name is a position.
    ``engine`` forces one of calamine, openpyxl and xlrd. Without it the bytes decide: an .xlsx is read by calamine,
    completed by what an inspection of its XML found, or by openpyxl where calamine would not be exact; an .xls by
    xlrd. Raises SheetNotFoundError, or UnreadableWorkbookError saying what the bytes are or what is wrong with them.
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

    if engine == CALAMINE:
        raise UnreadableWorkbookError(
            workbook, "is an .xls, whose error cells calamine would turn into blanks; unset WDH_WORKBOOK_ENGINE"
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
    seen, hidden = inspect(xml, formats, workbook), hidden_rows(xml)
    if engine == CALAMINE and seen.unusual:
        raise UnreadableWorkbookError(
            workbook, f"calamine would not be exact here: {seen.unusual}; unset WDH_WORKBOOK_ENGINE"
        )
    if engine == OPENPYXL or seen.unusual:
        from workflows.sources.workbook import openpyxl_engine

        rows = openpyxl_engine.read_rows(xml, strings, formats, package.is_1904, workbook)
        return chosen.name, OPENPYXL, _FORCED if engine else f"exact: {seen.unusual}", rows, hidden
    from workflows.sources.workbook import calamine_engine

    slim = calamine_engine.sheet_package(xml, seen.start, seen.end, strings)
    # The largest sheets have hundreds of megabytes of XML; only one copy of it may stand beside calamine's cells.
    del xml, strings
    rows = calamine_engine.read_rows(slim, workbook)
    calamine_engine.put_in(rows, seen, formats, package.is_1904)
    return chosen.name, CALAMINE, _FORCED if engine else _plain_reason(seen), rows, hidden


def _plain_reason(seen: Inspection) -> str:
    put_in = [
        f"{count} {what}"
        for count, what in (
            (len(seen.cells), "errors or formulas without a value"),
            (seen.formatted_count, "formatted numbers"),
            (len(seen.dated), "ISO dates"),
        )
        if count
    ]
    return f"plain; put in from the XML: {', '.join(put_in)}" if put_in else "plain"


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


def _without_trailing_blanks(rows: list[list[Cell]]) -> list[list[Cell]]:
    while rows and all(cell is None for cell in rows[-1]):
        rows.pop()
    return rows
