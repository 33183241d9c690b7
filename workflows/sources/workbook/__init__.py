"""The door to workbooks: ``open_book`` says what the bytes are; the book that it gives knows its tabs, rows and look.

A format is one file with one ``Book``. Another one is such a file, its import here and its place in ``_FORMATS``.
"""

from __future__ import annotations

from collections.abc import Iterable
from os import PathLike
from pathlib import Path, PurePath

from workflows.errors import UnreadableWorkbookError, Words, reason_of
from workflows.settings import get_settings
from workflows.sources.cells import Cell
from workflows.sources.columns import grid_rows
from workflows.sources.headers import find_any_table
from workflows.sources.workbook.book import Book, SheetLook, Tab, position_of
from workflows.sources.workbook.encrypted import PACKAGE_STREAM, decrypted
from workflows.sources.workbook.unrecognised import what_it_is
from workflows.sources.workbook.written_rows import WrittenRows
from workflows.sources.workbook.xls import XlsBook
from workflows.sources.workbook.xlsx.book import XlsxBook

__all__ = ["Book", "Row", "SheetLook", "Tab", "WrittenRows", "open_book", "position_of", "read_excel_rows"]

_FORMATS: tuple[type[Book], ...] = (XlsxBook, XlsBook)


def open_book(content: bytes, workbook: str, engine: str | None = None) -> Book:
    """The workbook whose bytes are ``content``, opened once; ``workbook`` is its path, for messages and its ending.

    The bytes decide what it is, and how each sheet is read, unless ``engine`` forces one of direct, openpyxl and
    xlrd. Raises UnreadableWorkbookError saying what the bytes are, what is wrong with them, or that the engine cannot
    read them.
    """
    content = decrypted(content) if PACKAGE_STREAM in content else content
    kind = next((each for each in _FORMATS if each.recognises(content)), None)
    if kind is None:
        found = what_it_is(content)
        raise UnreadableWorkbookError(
            workbook, Words(f"不是工作簿: {found.chinese}", f"is not a workbook: {found.english}")
        )
    book = kind(content, workbook, engine)
    claimed = PurePath(workbook).suffix.lower()
    if any(claimed in other.endings for other in _FORMATS if other is not kind):
        said = Words(
            f"扩展名为 {claimed}, 实为 {kind.endings[0]}, 按实际格式读取",
            f"the ending says {claimed}, but the file is an {kind.endings[0]}; read as what it is",
        )
        book.notes += (str(said),)
    return book


class Row(dict[str, Cell]):
    """Header text, as in the file, -> cell. ``row_number`` is Excel's; ``sheet`` the sheet's name."""

    __slots__ = ("row_number", "sheet")
    row_number: int
    sheet: str

    def __init__(self, cells: Iterable[tuple[str, Cell]], row_number: int, sheet: str) -> None:
        super().__init__(cells)
        self.row_number, self.sheet = row_number, sheet


def read_excel_rows(path: str | PathLike[str], sheet: str | int = 0) -> list[Row]:
    """Every row below the sheet's header row that is not blank, in the sheet's order, with every named column.

    ``sheet`` is a name or a position from 0. WDH_WORKBOOK_ENGINE can force the engine. Raises a WorkbookError when
    the file, the sheet or its header row cannot be trusted; a sheet with a header row alone gives an empty list.
    """
    name = str(path)
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise UnreadableWorkbookError(
            name, Words(f"无法打开 ({reason_of(error).chinese})", f"cannot be opened: {reason_of(error).english}")
        ) from error
    table = find_any_table(open_book(content, name, get_settings().workbook_engine).sheet(sheet), name)
    named_columns = [(header.text, header.index) for header in table.headers if header.name]
    rows = grid_rows(table.rows).filled([at for _, at in named_columns])
    columns = [rows.column(at) for _, at in named_columns]
    texts = [text for text, _ in named_columns]
    return [
        Row(zip(texts, cells, strict=True), table.first_row + index, table.sheet)
        for index, cells in zip(rows.indexes, zip(*columns, strict=True), strict=True)
    ]
