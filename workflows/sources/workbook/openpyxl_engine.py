"""The exact engine for .xlsx and .xlsm: slower, reads any XML that the standard allows, and sheets of scattered cells.

Openpyxl's own read-only sheets drop rows that are out of order and cannot tell a formula without a value from a
blank; its parser of cells, used here, keeps both.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from typing import Any

from defusedxml.ElementTree import iterparse
from openpyxl.cell.text import Text
from openpyxl.worksheet._reader import FORMULA_TAG, VALUE_TAG, WorkSheetParser
from openpyxl.xml.constants import SHEET_MAIN_NS

from workflows.errors import UnreadableWorkbookError
from workflows.sources.cells import UNCACHED, Cell, ErrorCell, column_letter
from workflows.sources.workbook.iso_dates import iso_moment
from workflows.sources.workbook.number_formats import NumberFormat, apply_format
from workflows.sources.workbook.package import Xml
from workflows.sources.workbook.row_scan import MAX_COLUMNS, MAX_ROWS

# A row is a list up to its last value; more than the largest sheet of 30 columns is an attack, not a table.
_MAX_CELLS = 32_000_000
_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")
_STRING = f"{{{SHEET_MAIN_NS}}}si"


class _CellParser(WorkSheetParser):
    """Cells as a dict with ``row``, ``column``, ``value``, ``style_id`` and ``data_type`` (ours: uncached, iso)."""

    def parse_cell(self, element: Any) -> dict[str, Any]:
        kind = element.get("t", "n")
        if kind == "d":
            element.set("t", "str")
        cell: dict[str, Any] = super().parse_cell(element)
        if kind == "d":
            cell["data_type"] = "iso"
        elif cell["value"] is None and element.find(FORMULA_TAG) is not None:
            # A formula that gave an empty text is written as t="str" with an empty value.
            gave_empty_text = kind == "str" and element.find(VALUE_TAG) is not None
            cell["data_type"] = "str" if gave_empty_text else "uncached"
        return cell


def read_rows(
    xml: Xml,
    shared_strings: Xml | None,
    formats: Sequence[NumberFormat | None],
    is_1904: bool,
    workbook: str,
) -> list[list[Cell]]:
    """Every cell of a worksheet's XML at its place, complete with formats, errors and uncached formulas.

    Raises UnreadableWorkbookError for XML that is not a worksheet's, and for cells scattered so far that no memory
    would hold the rows.
    """
    try:
        strings = _strings(shared_strings) if shared_strings else []
        parser = _CellParser(io.BytesIO(xml), strings, data_only=True)
        return _laid_out((cells for _row, cells in parser.parse()), formats, is_1904, workbook)
    except UnreadableWorkbookError:
        raise
    except Exception as error:  # On damaged XML the parser raises whatever comes; none of it may end the worker.
        raise UnreadableWorkbookError(
            workbook, f"the sheet's XML is damaged ({type(error).__name__}: {error})"
        ) from error


def _laid_out(parsed: Any, formats: Sequence[NumberFormat | None], is_1904: bool, workbook: str) -> list[list[Cell]]:
    rows: list[list[Cell]] = []
    size = 0
    for cells in parsed:
        for cell in cells:
            value = _value(cell, formats, is_1904)
            if value is None:
                continue
            row, column = cell["row"] - 1, cell["column"] - 1
            if not (0 <= row < MAX_ROWS and 0 <= column < MAX_COLUMNS):
                raise UnreadableWorkbookError(
                    workbook, f"cell {column_letter(max(column, 0))}{row + 1} lies outside of any sheet"
                )
            while len(rows) <= row:
                rows.append([])
            added = column + 1 - len(rows[row])
            if added > 0:
                rows[row].extend([None] * added)
                size += added
            if size > _MAX_CELLS:
                raise UnreadableWorkbookError(
                    workbook, f"its cells are scattered too far: more than {_MAX_CELLS:,} cells to lay out"
                )
            rows[row][column] = value
    return rows


def _value(cell: dict[str, Any], formats: Sequence[NumberFormat | None], is_1904: bool) -> Cell:
    value, kind, style = cell["value"], cell["data_type"], cell["style_id"]
    if kind == "uncached":
        return UNCACHED
    if value is None or value == "":
        return None
    if kind == "e":
        return ErrorCell(str(value))
    if kind == "iso":
        return iso_moment(str(value))
    if isinstance(value, bool):
        return value
    if isinstance(value, (int, float)):
        number_format = formats[style] if 0 <= style < len(formats) else None
        number = float(value)
        return apply_format(number, number_format, is_1904) if number_format else number
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), str(value))


def _strings(xml: Xml) -> list[str]:
    """The shared texts; their escapes are left for the cell, as openpyxl's own reader mixes up escaped escapes."""
    strings = []
    for _event, element in iterparse(io.BytesIO(xml), forbid_dtd=True):
        if element.tag == _STRING:
            text = Text.from_tree(element)
            strings.append(str(text.content) if text else "")
            element.clear()
    return strings
