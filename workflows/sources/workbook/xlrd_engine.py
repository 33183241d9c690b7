"""The engine for .xls: keeps errors and number formats, which the fast one cannot tell from the bytes of BIFF."""

from __future__ import annotations

import io
from collections.abc import Sequence

import xlrd
from xlrd.biffh import XL_CELL_BOOLEAN, XL_CELL_DATE, XL_CELL_ERROR, XL_CELL_NUMBER, XL_CELL_TEXT
from xlrd.book import Book
from xlrd.sheet import Sheet

from workflows.errors import UnreadableWorkbookError
from workflows.sources.cells import Cell, ErrorCell
from workflows.sources.workbook.number_formats import NumberFormat, apply_format, format_of


def open_book(content: bytes, workbook: str) -> Book:
    """The workbook, its sheets not yet read. Raises UnreadableWorkbookError when it cannot be opened."""
    try:
        # A log of its own, as xlrd prints its complaints to stdout.
        return xlrd.open_workbook(
            file_contents=content, logfile=io.StringIO(), formatting_info=True, on_demand=True, ragged_rows=True
        )
    except Exception as error:  # On damaged bytes xlrd raises whatever comes; none of it may end the worker.
        if "encrypted" in str(error).lower():
            raise UnreadableWorkbookError(workbook, "is encrypted; save it without a password") from error
        raise UnreadableWorkbookError(workbook, f"is a damaged .xls ({type(error).__name__}: {error})") from error


def read_rows(book: Book, position: int, workbook: str) -> list[list[Cell]]:
    """Every cell of the sheet at its place, complete with formats and errors; blanks are None."""
    try:
        sheet = book.sheet_by_index(position)
    except Exception as error:  # As above.
        raise UnreadableWorkbookError(workbook, f"is a damaged .xls ({type(error).__name__}: {error})") from error
    formats = _formats(book)
    is_1904 = book.datemode == 1
    return [_row(sheet, index, formats, is_1904) for index in range(sheet.nrows)]


def hidden_rows(book: Book, position: int) -> frozenset[int]:
    """The Excel numbers of the sheet's hidden rows, which must have been read."""
    found = book.sheet_by_index(position).rowinfo_map
    return frozenset(index + 1 for index, info in found.items() if info.hidden)


def hidden_sheets(book: Book) -> frozenset[str]:
    """The names of the sheets that Excel does not show."""
    # A sheet's own attribute says the same, but only once the whole sheet is read.
    found: list[int] = getattr(book, "_sheet_visibility", [])
    return frozenset(name for name, visibility in zip(book.sheet_names(), found, strict=False) if visibility)


def _formats(book: Book) -> list[NumberFormat | None]:
    declared = {key: each.format_str for key, each in book.format_map.items()}
    return [format_of(style.format_key, declared) for style in book.xf_list]


def _row(sheet: Sheet, index: int, formats: Sequence[NumberFormat | None], is_1904: bool) -> list[Cell]:
    cells: list[Cell] = []
    kinds, values = sheet.row_types(index), sheet.row_values(index)
    for column, (kind, value) in enumerate(zip(kinds, values, strict=True)):
        cell: Cell = None
        if kind in (XL_CELL_NUMBER, XL_CELL_DATE):
            style = sheet.cell_xf_index(index, column)
            number_format = formats[style] if style < len(formats) else None
            number = float(value)
            cell = apply_format(number, number_format, is_1904) if number_format else number
        elif kind == XL_CELL_TEXT:
            cell = str(value) or None
        elif kind == XL_CELL_BOOLEAN:
            cell = bool(value)
        elif kind == XL_CELL_ERROR:
            cell = ErrorCell(xlrd.error_text_from_code.get(int(value), f"#ERROR{value}"))
        cells.append(cell)
    return cells
