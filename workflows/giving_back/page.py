"""Cells on a page of the workbook that is given back: their styles, and values that never become formulas."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from workflows.sources.cells import Cell, FormattedNumber

FONT, FONT_SIZE = "Microsoft YaHei", 10
_LEVELS: dict[str, dict[str, Any]] = {
    "reject": {"bg_color": "#FFC7CE", "font_color": "#9C0006", "border": 1, "border_color": "#C00000"},
    "caution": {"bg_color": "#FFEB9C", "font_color": "#7F6000", "border": 1, "border_color": "#BF9000"},
    "note": {"bg_color": "#DDEBF7", "font_color": "#1F4E78", "border": 1, "border_color": "#9DC3E6"},
}
_KINDS: dict[str, dict[str, Any]] = {
    "title": {"bold": True, "font_size": 12, "valign": "vcenter"},
    "merged": {"bold": True, "font_size": 12, "align": "center", "valign": "vcenter"},
    "header": {
        "bold": True,
        "bg_color": "#D9E2F3",
        "border": 1,
        "border_color": "#8EA9DB",
        "align": "center",
        "valign": "vcenter",
        "text_wrap": True,
    },
    "data": {},
    "heading": {"bold": True, "font_size": 16, "font_color": "#1F3864"},
    "plain": {"font_color": "#404040", "valign": "vcenter"},
    "listed": {"text_wrap": True, "indent": 1, "valign": "vcenter", "border": 1, "border_color": "#D9D9D9"},
    "centred": {"align": "center", "valign": "vcenter", "border": 1, "border_color": "#D9D9D9"},
    "link": {
        "font_color": "#0563C1",
        "underline": 1,
        "align": "center",
        "valign": "vcenter",
        "border": 1,
        "border_color": "#D9D9D9",
    },
}
# Excel's limit of a cell's text.
LONGEST_TEXT = 32_767
_FIRST_YEAR = 1900


class Styles:
    """The formats of one workbook, each made once."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self._made: dict[tuple[str, str, str], Any] = {}

    def of(self, kind: str, number_format: str = "", level: str = "") -> Any:
        """The style of a kind of cell (``header``, ``data`` …), coloured by the level of what was found in it."""
        key = (kind, number_format, level)
        made = self._made.get(key)
        if made is None:
            properties = {"font_name": FONT, "font_size": FONT_SIZE, **_KINDS[kind], **_LEVELS.get(level, {})}
            if number_format:
                properties["num_format"] = number_format
            made = self._made[key] = self._book.add_format(properties)
        return made


def write_cell(
    page: Any, row: int, column: int, cell: Cell, styles: Styles, kind: str, number_format: str = "", level: str = ""
) -> None:
    """Write one cell as the provider had it; errors and odd dates become texts, and no text becomes a formula."""
    if type(cell) is float:
        page.write_number(row, column, cell, styles.of(kind, number_format, level))
    elif isinstance(cell, str) and cell:
        page.write_string(row, column, _storable(cell), styles.of(kind, "", level))
    elif cell is None or cell == "":
        page.write_blank(row, column, None, styles.of(kind, number_format, level))
    elif isinstance(cell, bool):
        page.write_boolean(row, column, cell, styles.of(kind, "", level))
    elif isinstance(cell, (datetime, time, timedelta)) and _is_datable(cell):
        page.write_datetime(row, column, cell, styles.of(kind, _date_format(cell, number_format), level))
    elif isinstance(cell, FormattedNumber):
        page.write_number(row, column, float(cell), styles.of(kind, cell.number_format, level))
    elif isinstance(cell, (int, float)):
        page.write_number(row, column, cell, styles.of(kind, number_format, level))
    else:
        page.write_string(row, column, _storable(str(cell)), styles.of(kind, "", level))


def _storable(text: str) -> str:
    return text[:LONGEST_TEXT].encode("utf-8", "replace").decode("utf-8")


def _is_datable(cell: date | time | timedelta) -> bool:
    return not isinstance(cell, date) or cell.year >= _FIRST_YEAR


def _date_format(cell: datetime | time | timedelta, number_format: str) -> str:
    """The column's own format where it shows dates; General would show 45597."""
    if any(letter in number_format.lower() for letter in "ymdh"):
        return number_format
    if isinstance(cell, datetime):
        return "yyyy-mm-dd" if cell.time() == time() else "yyyy-mm-dd hh:mm:ss"
    return "hh:mm:ss" if isinstance(cell, time) else "[h]:mm:ss"
