"""The fast engine: values from calamine, and what it drops put in from the inspection of the sheet's XML.

Calamine never sees the provider's file. It gets a package of our own, uncompressed, that holds the one sheet as it was
inspected: no other part can break it, nothing unpacks beyond its bounds, and what was inspected is what is read.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence

from python_calamine import CalamineError, CalamineWorkbook

from workflows.errors import UnreadableWorkbookError
from workflows.sources.cells import Cell
from workflows.sources.workbook.inspection import Inspection
from workflows.sources.workbook.iso_dates import iso_moment
from workflows.sources.workbook.number_formats import NumberFormat, apply_format
from workflows.sources.workbook.package import Xml

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_HEAD = f'<worksheet xmlns="{_MAIN}"><sheetData>'.encode()
_TAIL = b"</sheetData></worksheet>"
_FRAME = {
    "[Content_Types].xml": (
        f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPES}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_TYPES}.worksheet+xml"/>'
        f'<Override PartName="/xl/sharedStrings.xml" ContentType="{_TYPES}.sharedStrings+xml"/></Types>'
    ),
    "_rels/.rels": (
        f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
    ),
    "xl/workbook.xml": (
        f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}">'
        '<sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>'
    ),
    "xl/_rels/workbook.xml.rels": (
        f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="rId2" Type="{_OFFICE}/sharedStrings" Target="sharedStrings.xml"/></Relationships>'
    ),
}
_NO_STRINGS = f'<sst xmlns="{_MAIN}"/>'.encode()


def sheet_package(xml: Xml, start: int, end: int, shared_strings: Xml | None) -> io.BytesIO:
    """A workbook of one sheet, whose rows are the bytes of ``xml`` from ``start`` to ``end``; nothing compressed."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_STORED) as archive:
        for name, text in _FRAME.items():
            archive.writestr(name, text)
        archive.writestr("xl/sharedStrings.xml", shared_strings or _NO_STRINGS)
        with archive.open("xl/worksheets/sheet1.xml", "w") as part:
            part.write(_HEAD)
            # A view, as the rows may be hundreds of megabytes.
            part.write(memoryview(xml)[start:end])
            # The rows end with their last value, inside its row.
            part.write(b"</row>" + _TAIL if end > start else _TAIL)
    written.seek(0)
    return written


def read_rows(package: io.BytesIO, workbook: str) -> list[list[Cell]]:
    """The bare values of a ``sheet_package``; blanks are None, and every number is a float whatever its format."""
    try:
        sheet = CalamineWorkbook.from_filelike(package).get_sheet_by_index(0)
        found = sheet.to_python(skip_empty_area=False)
    except CalamineError as error:
        raise UnreadableWorkbookError(workbook, f"the sheet's XML is damaged ({error})") from error
    except BaseException as error:
        # A panic of the Rust code is not an Exception, so that nobody catches it by accident; here it means damage.
        if type(error).__name__ != "PanicException":
            raise
        raise UnreadableWorkbookError(workbook, "the sheet's XML is damaged (calamine gave up)") from error
    rows: list[list[Cell]] = found  # type: ignore[assignment]
    for row in rows:
        if "" in row:
            row[:] = [None if cell == "" else cell for cell in row]
    return rows


def put_in(
    rows: list[list[Cell]], inspection: Inspection, formats: Sequence[NumberFormat | None], is_1904: bool
) -> None:
    """Complete ``rows``, in place, with the errors, uncached formulas, dates and formatted numbers that were seen."""
    for row, column, style in inspection.formatted():
        number_format = formats[style]
        if number_format and row < len(rows) and column < len(cells := rows[row]):
            value = cells[column]
            if type(value) is float:
                cells[column] = apply_format(value, number_format, is_1904)
    extra: dict[tuple[int, int], Cell] = {place: iso_moment(text) for place, text in inspection.dated.items()}
    for (row, column), cell in {**inspection.cells, **extra}.items():
        while len(rows) <= row:
            rows.append([])
        cells = rows[row]
        cells.extend([None] * (column + 1 - len(cells)))
        cells[column] = cell
