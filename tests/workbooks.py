"""Real workbooks for tests, as bytes: ordinary ones by openpyxl and xlwt, odd ones from raw XML."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import TypeAlias
from xml.sax.saxutils import escape

import xlrd
import xlwt
from openpyxl import Workbook
from openpyxl.utils.cell import coordinate_to_tuple, range_boundaries
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from workflows.sources.cells import SheetContent
from workflows.sources.workbook import open_book

Value: TypeAlias = "str | int | float | bool | date | datetime | time | timedelta | None"

HEADERS = ("年", "月", "计划代码", "公司代码", "收益率", "净值", "规模")
"""The columns of an ordinary sheet of trustee performance."""

# xlwt knows the errors by text as well, but some of them wrongly.
_ERROR_CODES = {text: code for code, text in xlrd.error_text_from_code.items()}

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_XLSX_TYPE = f"{_TYPES}.sheet.main+xml".encode()
_XLSM_TYPE = b"application/vnd.ms-excel.sheet.macroEnabled.main+xml"


def read_sheet(content: bytes, workbook: str, sheet: str | int, engine: str | None = None) -> SheetContent:
    """One sheet of a workbook that is opened for it."""
    return open_book(content, workbook, engine).sheet(sheet)


def xlsx(
    rows: Sequence[Sequence[Value]],
    *,
    sheet: str = "受托业绩",
    formats: Mapping[str, str] | None = None,
    others: Mapping[str, Sequence[Sequence[Value]]] | None = None,
    merged: Sequence[str] = (),
    is_1904: bool = False,
) -> bytes:
    """An .xlsx of ``rows`` from A1; ``formats`` by coordinate (``{"E2": "0.00%"}``), ``others`` are further sheets.

    A text that begins with ``=`` is a formula, and has no cached value.
    """
    workbook = Workbook()
    if is_1904:
        workbook.epoch = CALENDAR_MAC_1904
    worksheet = workbook.active or workbook.create_sheet()
    worksheet.title = sheet
    for row in rows:
        worksheet.append(list(row))
    for coordinate, number_format in (formats or {}).items():
        worksheet[coordinate].number_format = number_format
    for where in merged:
        worksheet.merge_cells(where)
    for name, other_rows in (others or {}).items():
        other = workbook.create_sheet(name)
        for row in other_rows:
            other.append(list(row))
    written = io.BytesIO()
    workbook.save(written)
    return written.getvalue()


def xlsm(rows: Sequence[Sequence[Value]], *, sheet: str = "受托业绩") -> bytes:
    """The same as .xlsm, which differs in its main content type."""
    content = xlsx(rows, sheet=sheet)
    types = part_of(content, "[Content_Types].xml")
    return with_parts(content, {"[Content_Types].xml": types.replace(_XLSX_TYPE, _XLSM_TYPE)})


def xls(
    rows: Sequence[Sequence[Value]],
    *,
    sheet: str = "受托业绩",
    formats: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
    merged: Sequence[str] = (),
    is_1904: bool = False,
) -> bytes:
    """An .xls of ``rows`` from A1; ``formats`` and ``errors`` (``{"E2": "#N/A"}``) by coordinate."""
    workbook = xlwt.Workbook(encoding="utf-8")
    workbook.dates_1904 = is_1904
    worksheet = workbook.add_sheet(sheet)
    by_place = {coordinate_to_tuple(where): number_format for where, number_format in (formats or {}).items()}
    for index, row in enumerate(rows, 1):
        for column, value in enumerate(row, 1):
            if value is not None:
                style = xlwt.easyxf(num_format_str=by_place.get((index, column), "General"))
                worksheet.write(index - 1, column - 1, value, style)
    for where in merged:
        left, top, right, bottom = (bound or 0 for bound in range_boundaries(where))
        worksheet.merge(top - 1, bottom - 1, left - 1, right - 1)
    for where, code in (errors or {}).items():
        row_number, column_number = coordinate_to_tuple(where)
        worksheet.row(row_number - 1).set_cell_error(column_number - 1, _ERROR_CODES[code])
    written = io.BytesIO()
    workbook.save(written)
    return written.getvalue()


def raw_xlsx(
    rows_xml: str,
    *,
    formats: Sequence[str] = (),
    strings: Sequence[str] = (),
    dimension: str = "",
    is_1904: bool = False,
    sheets_xml: str = '<sheet name="S" sheetId="1" r:id="rId1"/>',
) -> bytes:
    """An .xlsx whose ``<sheetData>`` holds ``rows_xml`` as given; cell style ``s="1"`` has ``formats[0]``."""
    claimed = f'<dimension ref="{dimension}"/>' if dimension else ""
    number_formats = "".join(
        f'<numFmt numFmtId="{164 + i}" formatCode="{escape(code, {chr(34): "&quot;"})}"/>'
        for i, code in enumerate(formats)
    )
    styles = "".join(f'<xf numFmtId="{164 + i}" applyNumberFormat="1"/>' for i in range(len(formats)))
    texts = "".join(f'<si><t xml:space="preserve">{escape(text)}</t></si>' for text in strings)
    parts = {
        "[Content_Types].xml": (
            f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="xml" ContentType="application/xml"/>'
            '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{_XLSX_TYPE.decode()}"/>'
            f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_TYPES}.worksheet+xml"/></Types>'
        ),
        "_rels/.rels": _relationships(("officeDocument", "xl/workbook.xml")),
        "xl/workbook.xml": (
            f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><workbookPr date1904="{int(is_1904)}"/>'
            f"<sheets>{sheets_xml}</sheets></workbook>"
        ),
        "xl/_rels/workbook.xml.rels": _relationships(
            ("worksheet", "worksheets/sheet1.xml"), ("styles", "styles.xml"), ("sharedStrings", "sharedStrings.xml")
        ),
        "xl/styles.xml": (
            f'<styleSheet xmlns="{_MAIN}"><numFmts>{number_formats}</numFmts>'
            f'<cellXfs><xf numFmtId="0"/>{styles}</cellXfs></styleSheet>'
        ),
        "xl/sharedStrings.xml": f'<sst xmlns="{_MAIN}">{texts}</sst>',
        "xl/worksheets/sheet1.xml": (
            f'<worksheet xmlns="{_MAIN}">{claimed}<sheetData>{rows_xml}</sheetData></worksheet>'
        ),
    }
    return zipped({name: text.encode() for name, text in parts.items()})


def zipped(parts: Mapping[str, bytes]) -> bytes:
    """A zip archive of ``parts``."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return written.getvalue()


def part_of(content: bytes, name: str) -> bytes:
    """One part of a zipped workbook."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return archive.read(name)


def with_parts(content: bytes, changed: Mapping[str, bytes | None]) -> bytes:
    """The zipped workbook with some parts replaced or added; None leaves a part out."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts: dict[str, bytes | None] = {name: archive.read(name) for name in archive.namelist()}
    return zipped({name: data for name, data in {**parts, **changed}.items() if data is not None})


def _relationships(*targets: tuple[str, str]) -> str:
    listed = "".join(
        f'<Relationship Id="rId{i}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
        for i, (kind, target) in enumerate(targets, 1)
    )
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{listed}</Relationships>'
