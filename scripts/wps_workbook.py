"""Workbooks as WPS saves them: formatted cells far below the last value, and parts that nobody needs."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from xml.sax.saxutils import escape

from openpyxl.utils.cell import get_column_letter

Value = str | int | Decimal | None

ACCOUNTANTS = r'_ * #,##0_ ;_ * \-#,##0_ ;_ * "-"??_ ;_ @_ '
"""Shows zero as a dash."""
SHARED_STRINGS = "xl/sharedStrings.xml"
# The earliest date that a zip entry can hold.
_ZIP_DATE = (1980, 1, 1, 0, 0, 0)
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'


@dataclass(frozen=True, slots=True)
class Sheet:
    """Rows from A1, the header first; every row down to ``last`` has formatted cells, however few hold anything."""

    name: str
    rows: Sequence[Sequence[Value]]
    last: int = 0


def wps_bytes(sheets: Sequence[Sheet]) -> bytes:
    """The workbook, always the same bytes for the same sheets."""
    strings: dict[str, int] = {}
    pages = {page_name(n): _page(sheet, strings) for n, sheet in enumerate(sheets, 1)}
    return packed({**frame(sheets), **pages, SHARED_STRINGS: _strings(strings)})


def page_name(number: int) -> str:
    """The part that holds a workbook's sheet, counted from 1."""
    return f"xl/worksheets/sheet{number}.xml"


def packed(parts: Mapping[str, str]) -> bytes:
    """The workbook of these parts: XML by name."""
    result = io.BytesIO()
    with zipfile.ZipFile(result, "w", zipfile.ZIP_DEFLATED) as target:
        for name, text in parts.items():
            target.writestr(zipfile.ZipInfo(name, _ZIP_DATE), (_HEAD + text).encode(), zipfile.ZIP_DEFLATED)
    return result.getvalue()


def _page(sheet: Sheet, strings: dict[str, int]) -> str:
    width = len(sheet.rows[0])
    letters = [get_column_letter(column) for column in range(1, width + 1)]
    lines = []
    for number, row in enumerate(sheet.rows, 1):
        cells = [_cell(f"{letter}{number}", value, strings) for letter, value in zip(letters, row, strict=True)]
        lines.append(f'<row r="{number}">{"".join(cells)}</row>')
    last = max(sheet.last, len(sheet.rows))
    blank = "".join(f'<c r="{letter}%d" s="1"/>' for letter in letters)
    lines += [f'<row r="{n}">{blank % ((n,) * width)}</row>' for n in range(len(sheet.rows) + 1, last + 1)]
    dimension = f"A1:{letters[-1]}{last}"
    return (
        f'<worksheet xmlns="{MAIN}"><dimension ref="{dimension}"/><sheetData>{"".join(lines)}</sheetData></worksheet>'
    )


def _cell(place: str, value: Value, strings: dict[str, int]) -> str:
    if value is None:
        return f'<c r="{place}" s="1"/>'
    if isinstance(value, str):
        return f'<c r="{place}" s="2" t="s"><v>{strings.setdefault(value, len(strings))}</v></c>'
    style = 1 if isinstance(value, Decimal) else 2
    return f'<c r="{place}" s="{style}"><v>{value}</v></c>'


def _strings(strings: dict[str, int]) -> str:
    texts = "".join(f'<si><t xml:space="preserve">{escape(text)}</t></si>' for text in strings)
    return f'<sst xmlns="{MAIN}" count="{len(strings)}" uniqueCount="{len(strings)}">{texts}</sst>'


def frame(sheets: Sequence[Sheet]) -> dict[str, str]:
    """Everything around the sheets, with a link to a workbook that nobody else has, and a part of WPS's own."""
    numbers = range(1, len(sheets) + 1)
    named = "".join(
        f'<sheet name="{escape(sheet.name)}" sheetId="{n}" r:id="rId{n}"/>' for n, sheet in enumerate(sheets, 1)
    )
    overrides = {
        "xl/workbook.xml": f"{_TYPES}.sheet.main+xml",
        "xl/styles.xml": f"{_TYPES}.styles+xml",
        "xl/sharedStrings.xml": f"{_TYPES}.sharedStrings+xml",
        "xl/externalLinks/externalLink1.xml": f"{_TYPES}.externalLink+xml",
        **{f"xl/worksheets/sheet{n}.xml": f"{_TYPES}.worksheet+xml" for n in numbers},
    }
    linked = len(sheets) + 3
    return {
        "[Content_Types].xml": (
            f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="xml" ContentType="application/xml"/>'
            '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            + "".join(f'<Override PartName="/{part}" ContentType="{kind}"/>' for part, kind in overrides.items())
            + "</Types>"
        ),
        "_rels/.rels": _relationships(("officeDocument", "xl/workbook.xml"), ("customXml", "customXml/item1.xml")),
        "customXml/item1.xml": '<s:customData xmlns:s="http://www.wps.cn/officeDocument/2013/wpsCustomData"/>',
        "xl/workbook.xml": (
            f'<workbook xmlns="{MAIN}" xmlns:r="{_OFFICE}/relationships"><sheets>{named}</sheets>'
            f'<externalReferences><externalReference r:id="rId{linked}"/></externalReferences></workbook>'
        ),
        "xl/_rels/workbook.xml.rels": _relationships(
            *(("worksheet", f"worksheets/sheet{n}.xml") for n in numbers),
            ("styles", "styles.xml"),
            ("sharedStrings", "sharedStrings.xml"),
            ("externalLink", "externalLinks/externalLink1.xml"),
        ),
        "xl/externalLinks/externalLink1.xml": (
            f'<externalLink xmlns="{MAIN}" xmlns:r="{_OFFICE}/relationships"><externalBook r:id="rId1">'
            '<sheetNames><sheetName val="参数"/></sheetNames></externalBook></externalLink>'
        ),
        "xl/externalLinks/_rels/externalLink1.xml.rels": (
            f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1"'
            f' Type="{_OFFICE}/relationships/externalLinkPath" Target="/D:/other.xlsx" TargetMode="External"/>'
            "</Relationships>"
        ),
        "xl/styles.xml": (
            f'<styleSheet xmlns="{MAIN}"><numFmts count="1">'
            f'<numFmt numFmtId="176" formatCode="{escape(ACCOUNTANTS, {chr(34): "&quot;"})}"/></numFmts>'
            '<fonts count="1"><font><sz val="11"/><name val="宋体"/></font></fonts>'
            '<fills count="2"><fill><patternFill patternType="none"/></fill>'
            '<fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border/></borders>'
            '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
            '<cellXfs count="3"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
            '<xf numFmtId="176" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
            '<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/></cellXfs>'
            '<cellStyles count="1"><cellStyle name="常规" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
        ),
    }


def _relationships(*targets: tuple[str, str]) -> str:
    listed = "".join(
        f'<Relationship Id="rId{number}" Type="{_OFFICE}/relationships/{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(targets, 1)
    )
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{listed}</Relationships>'
