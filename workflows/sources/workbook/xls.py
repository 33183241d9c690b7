"""An .xls, read by xlrd: every cell with its error or number format, which BIFF keeps beside the value."""

from __future__ import annotations

import functools
import io
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import xlrd
from xlrd.biffh import XL_CELL_BOOLEAN, XL_CELL_DATE, XL_CELL_ERROR, XL_CELL_NUMBER, XL_CELL_TEXT, XLRDError
from xlrd.book import Book as XlrdBook
from xlrd.compdoc import CompDocError
from xlrd.sheet import Sheet

from workflows.errors import UnreadableWorkbookError, Words
from workflows.sources.cells import Cell, ErrorCell, SheetContent
from workflows.sources.columns import GridRows
from workflows.sources.grids import CellGrid
from workflows.sources.workbook.book import Book, SheetLook, Tab
from workflows.sources.workbook.encrypted import ENCRYPTED, PACKAGE_STREAM, decrypted
from workflows.sources.workbook.number_formats import NumberFormat, format_of, styled

_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
# A workbook's stream, as OLE folders name it.
_WORKBOOK_STREAMS = tuple(name.encode("utf-16-le") for name in ("Workbook", "Book", "WORKBOOK", "BOOK"))
_SAMPLED_ROWS = 200
# What xlrd says of a place in the file that belongs to two streams; Excel reads such files.
_DAMAGED_CONTAINER = Words(
    "文件容器已损坏 (两个流占用同一位置), 请与 Excel 中的行核对",
    "its container is damaged (two streams claim the same place); compare the rows with Excel's",
)
_SHARED_SECTOR = "corruption: seen["
# Column widths are counted in 1/256 of a digit's width.
_WIDTH = 256


class XlsBook(Book):
    """An .xls; a sheet that was read is kept until another is asked for."""

    endings, engines = (".xls",), ("xlrd",)

    @classmethod
    def recognises(cls, content: bytes) -> bool:
        """Any OLE container; what else it may hold is refused when it is opened."""
        return content.startswith(_OLE)

    def __init__(self, content: bytes, workbook: str, engine: str | None) -> None:
        _refuse_other_ole(content, workbook)
        super().__init__(content, workbook, engine)
        try:
            self._book = self._opened(content)
        except Exception as error:  # On damaged bytes xlrd raises whatever comes; none of it may end the worker.
            raise self._damaged(error) from error
        # A sheet's own attribute says the same, but only once the whole sheet is read.
        hidden = dict(enumerate(getattr(self._book, "_sheet_visibility", ())))
        self.tabs = tuple(Tab(name, bool(hidden.get(i))) for i, name in enumerate(self._book.sheet_names()))

    def _opened(self, content: bytes) -> XlrdBook:
        # A log of its own, as xlrd prints its complaints to stdout.
        options: dict[str, Any] = {"formatting_info": True, "on_demand": True, "ragged_rows": True}
        open_workbook = functools.partial(xlrd.open_workbook, logfile=io.StringIO(), **options)
        try:
            return open_workbook(file_contents=content)
        except XLRDError as error:
            if "encrypted" not in str(error).lower():
                raise
            if (plain := decrypted(content)) == content:
                raise UnreadableWorkbookError(self.workbook, ENCRYPTED) from error
            return open_workbook(file_contents=plain)
        except CompDocError as error:
            if _SHARED_SECTOR not in str(error):
                raise
            self.notes = (str(_DAMAGED_CONTAINER),)
            return open_workbook(file_contents=content, ignore_workbook_corruption=True)

    def _read(self, position: int) -> SheetContent:
        page, is_1904 = self._page(position), self._book.datemode == 1
        declared = {key: each.format_str for key, each in self._book.format_map.items()}
        formats = [format_of(style.format_key, declared) for style in self._book.xf_list]
        cells = (cell for index in range(page.nrows) for cell in _row(page, index, formats, is_1904))
        hidden = frozenset(index + 1 for index, info in page.rowinfo_map.items() if info.hidden)
        reason = "an .xls: xlrd keeps its errors and number formats"
        merged = tuple((top, left, below - 1, beyond - 1) for top, below, left, beyond in page.merged_cells)
        comments = {place: str(note.text) for place, note in page.cell_note_map.items()}
        unseen = frozenset(column for column, info in page.colinfo_map.items() if info.hidden or not info.width)
        rows = GridRows(CellGrid(cells, self._struck(page)))
        return SheetContent(
            self.tabs[position].name,
            "xlrd",
            reason,
            rows,
            hidden_rows=hidden,
            merged=merged,
            comments=comments,
            hidden_columns=unseen,
        )

    def _struck(self, page: Sheet) -> list[tuple[int, int]]:
        fonts = {index for index, font in enumerate(self._book.font_list) if font.struck_out}
        styles = {index for index, style in enumerate(self._book.xf_list) if style.font_index in fonts}
        places = ((row, column) for row in range(page.nrows if styles else 0) for column in range(page.row_len(row)))
        return [(row, column) for row, column in places if page.cell_xf_index(row, column) in styles]

    def _look(self, position: int, header_row: int) -> SheetLook:
        page = self._page(position)
        widths = {column: info.width / _WIDTH for column, info in page.colinfo_map.items()}
        merged = ((top, left, below - 1, beyond - 1) for top, below, left, beyond in page.merged_cells)
        return SheetLook.sampled(self._codes(page, header_row), widths, merged)

    def _page(self, position: int) -> Sheet:
        for other in range(self._book.nsheets):
            if other != position:
                self._book.unload_sheet(other)
        try:
            return self._book.sheet_by_index(position)
        except Exception as error:  # As above.
            raise self._damaged(error) from error

    def _codes(self, page: Sheet, header_row: int) -> Iterator[tuple[int, str]]:
        styles, declared = self._book.xf_list, self._book.format_map
        for row in range(header_row, min(page.nrows, header_row + _SAMPLED_ROWS)):
            for column in range(page.row_len(row)):
                style = page.cell_xf_index(row, column)
                number_format = declared.get(styles[style].format_key) if style < len(styles) else None
                if number_format is not None:
                    yield column, number_format.format_str

    def _damaged(self, error: Exception) -> UnreadableWorkbookError:
        if isinstance(error, UnreadableWorkbookError):
            return error
        return UnreadableWorkbookError(
            self.workbook,
            Words(".xls 文件已损坏; 请用 Excel 打开后另存", "is a damaged .xls; open it in Excel and save it anew"),
        )


def _refuse_other_ole(content: bytes, workbook: str) -> None:
    if PACKAGE_STREAM in content:
        raise UnreadableWorkbookError(workbook, ENCRYPTED)
    if not any(stream in content for stream in _WORKBOOK_STREAMS):
        raise UnreadableWorkbookError(
            workbook,
            Words(
                "其中找不到工作簿: 文件不完整, 或为 .doc、.msg",
                "holds no workbook that could be found: it is truncated, or a .doc or .msg",
            ),
        )


def _row(
    sheet: Sheet, index: int, formats: Sequence[NumberFormat | None], is_1904: bool
) -> Iterator[tuple[int, int, Cell]]:
    for column, (kind, value) in enumerate(zip(sheet.row_types(index), sheet.row_values(index), strict=True)):
        if kind in (XL_CELL_NUMBER, XL_CELL_DATE):
            yield index, column, styled(float(value), sheet.cell_xf_index(index, column), formats, is_1904)
        elif kind in _MAKERS:
            yield index, column, _MAKERS[kind](value)


def _error(code: Any) -> ErrorCell:
    return ErrorCell(xlrd.error_text_from_code.get(int(code), f"#ERROR{code}"))


_MAKERS: dict[int, Callable[[Any], Cell]] = {
    XL_CELL_TEXT: str,
    XL_CELL_BOOLEAN: bool,
    XL_CELL_ERROR: _error,
}
