"""An .xlsx or .xlsm: one opened package; each sheet direct from its XML, or by the exact engine where it must be."""

from __future__ import annotations

from collections.abc import Collection
from typing import TypedDict

from workflows.errors import UnreadableWorkbookError, Words
from workflows.sources.cells import Merged, SheetContent
from workflows.sources.workbook.book import Book, SheetLook
from workflows.sources.workbook.written_rows import WrittenRows
from workflows.sources.workbook.xlsx import direct
from workflows.sources.workbook.xlsx.as_written import rows_as_written
from workflows.sources.workbook.xlsx.look import (
    comments_at_the_top,
    hidden_columns,
    hidden_rows,
    look_of,
    merged_ranges,
    totals_rows_of,
)
from workflows.sources.workbook.xlsx.package import Package, Xml
from workflows.sources.workbook.xlsx.raw_rows import UnusualXmlError

_DIRECT, _EXACT = "direct", "openpyxl"


class _Around(TypedDict):
    """What a worksheet's XML says around its cells, whichever engine reads those."""

    hidden_rows: frozenset[int]
    merged: tuple[Merged, ...]
    comments: dict[tuple[int, int], str]
    totals_rows: frozenset[int]


class XlsxBook(Book):
    """An .xlsx or .xlsm; a sheet's XML is kept until another's is asked for."""

    endings, engines = (".xlsx", ".xlsm"), (_DIRECT, _EXACT)

    @classmethod
    def recognises(cls, content: bytes) -> bool:
        """Any zip archive; what else it may hold is refused when it is opened."""
        return content.startswith(b"PK\x03\x04")

    def __init__(self, content: bytes, workbook: str, engine: str | None) -> None:
        super().__init__(content, workbook, engine)
        self._package = Package(content, workbook)
        self.tabs = self._package.tabs
        self._unpacked: tuple[int, Xml] = (-1, b"")

    def _read(self, position: int) -> SheetContent:
        if all(tab.is_hidden for tab in self.tabs):
            raise UnreadableWorkbookError(self.workbook, Words("没有可见的工作表", "holds no visible sheet"))
        xml, name, unusual = self._xml(position), self.tabs[position].name, ""
        around = _Around(
            hidden_rows=hidden_rows(xml),
            merged=merged_ranges(xml, self.workbook),
            comments=comments_at_the_top(self._package.comments(position)),
            totals_rows=totals_rows_of(self._package.tables(position)),
        )
        if self.engine != _EXACT:
            try:
                rows = direct.read_rows(xml, self._package)
                return SheetContent(
                    name, _DIRECT, "plain", rows, hidden_columns=hidden_columns(xml, rows.columns), **around
                )
            except UnusualXmlError as error:
                unusual = str(error)
        if self.engine == _DIRECT:
            raise UnreadableWorkbookError(
                self.workbook,
                Words(
                    f"无法直接读取 XML ({unusual}); 请不要设置 WDH_WORKBOOK_ENGINE",
                    f"cannot be read direct from its XML: {unusual}; unset WDH_WORKBOOK_ENGINE",
                ),
            )
        # Few sheets need openpyxl, which takes a while to load.
        from workflows.sources.workbook.xlsx import exact

        rows = exact.read_rows(xml, self._package)
        hidden = hidden_columns(xml, rows.columns)
        return SheetContent(name, _EXACT, f"exact: {unusual}", rows, hidden_columns=hidden, **around)

    def _look(self, position: int, header_row: int) -> SheetLook:
        return look_of(self._xml(position), self._package, header_row)

    def _as_written(self, position: int, numbers: Collection[int]) -> WrittenRows | None:
        if self.engine == _EXACT:
            return None
        try:
            return rows_as_written(self._xml(position), self._package, numbers)
        except UnusualXmlError:
            return None

    def let_go(self) -> None:
        """The sheet's XML."""
        self._unpacked = (-1, b"")

    def _xml(self, position: int) -> Xml:
        if self._unpacked[0] != position:
            # The largest sheet fits into memory once, not twice.
            self._unpacked = (-1, b"")
            self._unpacked = (position, self._package.worksheet(position))
        return self._unpacked[1]
