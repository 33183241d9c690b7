"""The exact engine for .xlsx and .xlsm: slower, reads any XML that the standard allows.

Openpyxl's own read-only sheets drop rows that are out of order and cannot tell a formula without a value from a
blank; its parser of cells, used here, keeps both.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from defusedxml.ElementTree import iterparse
from openpyxl.cell.text import Text
from openpyxl.worksheet._reader import FORMULA_TAG, ROW_TAG, VALUE_TAG, WorkSheetParser
from openpyxl.xml.constants import SHEET_MAIN_NS

from workflows.errors import UnreadableWorkbookError, Words
from workflows.sources.cells import UNCACHED, Cell, ErrorCell, column_letter
from workflows.sources.columns import GridRows
from workflows.sources.grids import CellGrid
from workflows.sources.workbook import limits
from workflows.sources.workbook.iso_dates import iso_moment
from workflows.sources.workbook.number_formats import NumberFormat, styled
from workflows.sources.workbook.xlsx.package import Package, Xml
from workflows.sources.workbook.xlsx.shared_strings import unescaped

_STRING = f"{{{SHEET_MAIN_NS}}}si"
_SHEET_DATA = f"{{{SHEET_MAIN_NS}}}sheetData"
# A row stands in the sheet's data, and these in the worksheet.
_DEPTH_OF_ROWS = 2


class _CellParser(WorkSheetParser):
    """Cells as a dict with ``row``, ``column``, ``value``, ``style_id`` and ``data_type`` (ours: uncached, iso)."""

    def parse_cell(self, element: Any) -> dict[str, Any]:
        kind = element.get("t", "n")
        if element.get("s") == "":
            del element.attrib["s"]
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


def read_rows(xml: Xml, package: Package) -> GridRows:
    """Every cell of a worksheet's XML at its place, up to the last row that holds something.

    Only what stands in ``sheetData`` is read, as nothing beside it is a cell. Raises UnreadableWorkbookError for XML
    that is not a worksheet's.
    """
    try:
        parser = _CellParser(io.BytesIO(), _strings(package.shared_strings), data_only=True)
        struck: list[tuple[int, int]] = []
        return GridRows(CellGrid(_placed(_cells(parser, xml), package, struck), struck))
    except UnreadableWorkbookError:
        raise
    except Exception as error:  # On damaged XML the parser raises whatever comes; none of it may end the worker.
        raise UnreadableWorkbookError(
            package.workbook,
            Words(
                "工作表的 XML 已损坏; 请用 Excel 打开后另存",
                "the sheet's XML is damaged; open it in Excel and save it anew",
            ),
        ) from error


def _cells(parser: _CellParser, xml: Xml) -> Iterator[dict[str, Any]]:
    above: list[Any] = []
    for event, element in iterparse(io.BytesIO(xml), events=("start", "end"), forbid_dtd=True):
        if event == "start":
            above.append(element)
            continue
        above.pop()
        if element.tag == ROW_TAG:
            yield from parser.parse_row(element)[1]
        elif element.tag == _SHEET_DATA:
            return
        if len(above) <= _DEPTH_OF_ROWS:
            # A million of them, or of whatever else stands there, would not fit.
            element.clear()
            if above:
                above[-1].clear()


def _placed(
    cells: Iterable[dict[str, Any]], package: Package, struck: list[tuple[int, int]]
) -> Iterator[tuple[int, int, Cell]]:
    """The cells at their places; those that are struck through are noted as they come by."""
    formats, is_1904, struck_styles = package.formats, package.is_1904, package.styles.struck
    for cell in cells:
        value = _value(cell, formats, is_1904)
        if value is not None:
            row, column = cell["row"] - 1, cell["column"] - 1
            if not (0 <= row < limits.MAX_ROWS and 0 <= column < limits.MAX_COLUMNS):
                raise limits.outside(package.workbook, column_letter(max(column, 0)), row + 1)
            if cell["style_id"] in struck_styles:
                struck.append((row, column))
            yield row, column, value


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
        return styled(float(value), style, formats, is_1904)
    return unescaped(str(value))


def _strings(xml: Xml | None) -> list[str]:
    """The shared texts; their escapes are left for the cell, as openpyxl's own reader mixes up escaped escapes."""
    strings: list[str] = []
    if xml is None:
        return strings
    for _event, element in iterparse(io.BytesIO(xml), forbid_dtd=True):
        if element.tag == _STRING:
            text = Text.from_tree(element)
            strings.append(str(text.content) if text else "")
            element.clear()
    return strings
