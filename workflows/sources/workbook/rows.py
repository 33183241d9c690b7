"""A workbook on disk -> its rows as dicts that know their place."""

from __future__ import annotations

from collections.abc import Iterable
from os import PathLike
from pathlib import Path

from workflows.errors import UnreadableWorkbookError
from workflows.settings import get_settings
from workflows.sources.cells import Cell
from workflows.sources.headers import find_any_table
from workflows.sources.workbook.read import read_sheet


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
        raise UnreadableWorkbookError(name, f"cannot be opened: {error.strerror}") from error
    table = find_any_table(read_sheet(content, name, sheet, get_settings().workbook_engine), name)
    named = [(header.text, header.index) for header in table.headers if header.name]
    return [
        Row(((text, cells[index] if index < len(cells) else None) for text, index in named), number, table.sheet)
        for number, cells in enumerate(table.rows, start=table.first_row)
        if any(cell is not None for cell in cells)
    ]
