"""Workbooks damaged by chance, repeatably: what reading must survive. Used by the tests and by ``make fuzz``."""

from __future__ import annotations

import random
import re
import zlib
from collections.abc import Iterator

from tests.fixtures.reading import chosen, rules
from tests.workbooks import Value, part_of, raw_xlsx, with_parts, xls
from workflows.domains.trustee_performance import DOMAIN
from workflows.errors import WorkflowError
from workflows.records.validation import validate_workbook


def damaged(content: bytes, chance: random.Random) -> bytes:
    """The workbook with a byte or two changed, a stretch removed or doubled, or its end cut off."""
    data = bytearray(content)
    for _ in range(chance.randint(1, 2)):
        at = chance.randrange(16, len(data))
        kind = chance.choices(("byte", "digit", "removed", "doubled", "cut"), (4, 4, 1, 1, 0.5))[0]
        if kind == "byte":
            data[at] = chance.randrange(256)
        elif kind == "digit":
            data[at] = chance.choice(b'0123456789ABCZ<>/"= ')
        elif kind == "removed" and len(data) > 200:
            del data[at : at + chance.randint(1, 32)]
        elif kind == "doubled":
            data[at:at] = data[at : at + chance.randint(1, 32)]
        elif len(data) > 200:
            del data[max(at, 100) :]
    return bytes(data)


def damaged_inside(content: bytes, part: str, chance: random.Random) -> bytes:
    """The same inside one part, so that the zip stays whole."""
    return with_parts(content, {part: damaged(part_of(content, part), chance)})


HEADERS: list[Value] = ["年", "月", "计划代码", "公司代码", "收益率", "净值", "规模"]
PLAIN_XLSX = raw_xlsx(
    '<row r="1">'
    + "".join(f'<c r="{letter}1" t="s"><v>{i}</v></c>' for i, letter in enumerate("ABCDEFG"))
    + "</row>"
    + "".join(
        f'<row r="{n}"><c r="A{n}"><v>2024</v></c><c r="B{n}"><v>11</v></c><c r="C{n}" s="3"><v>{n}</v></c>'
        f'<c r="D{n}" t="inlineStr"><is><t>C{n}</t></is></c><c r="E{n}" s="1"><v>0.0{n}</v></c>'
        f'<c r="F{n}" t="e"><v>#N/A</v></c><c r="G{n}" s="2"><f>1+1</f><v>45000</v></c></row>'
        for n in range(2, 30)
    ),
    formats=["0.00%", "yyyy-mm-dd", "000000"],
    strings=[str(header) for header in HEADERS],
)
_MONTHS: list[list[Value]] = [[2024, month, f"P{month}", "C1", 0.05, 1.25, month * 1.5] for month in range(1, 13)]
_SHEET = "xl/worksheets/sheet1.xml"


def prefixed(xml: bytes) -> bytes:
    """A part as .NET writes it: all tags with a prefix."""
    return re.sub(rb"<(/?)(?=[a-zA-Z])", rb"<\1x:", xml).replace(b'xmlns="', b'xmlns:x="', 1)


def pretty_printed(xml: bytes) -> bytes:
    """A sheet with line breaks wherever they mean nothing."""
    return re.sub(rb"(</(?:v|f|is|c|row)>|<(?:c|row)(?: [^<>]*[^<>/])?>)(?=<)", b"\\1\n  ", xml)


def without_places(xml: bytes) -> bytes:
    """A sheet whose cells stand where they come."""
    return re.sub(rb'<c r="[A-Z]+[0-9]+"', b"<c", xml)


def excel_like(xml: bytes) -> bytes:
    """A sheet with what Excel writes besides: spans, heights, and styled blanks behind the last column."""
    row = rb'<row r="\1" spans="1:7" ht="14.4" x14ac:dyDescent="0.3">\2<c r="H\1" s="1"/><c r="XFD\1" s="2"/></row>'
    return re.sub(rb'<row r="(\d+)">(.*?)</row>', row, xml).replace(
        b"<worksheet ", b'<worksheet xmlns:x14ac="http://schemas.microsoft.com/office/spreadsheetml/2009/9/ac" ', 1
    )


DRESSES = (prefixed, pretty_printed, without_places, excel_like)


def dressed(chance: random.Random) -> bytes:
    """The plain workbook as another program would write it, at times with a stray cell or two far away."""
    rows = part_of(PLAIN_XLSX, _SHEET)
    for _ in range(chance.choice((0, 0, 1, 2))):
        number, column = chance.choice((30, 40_000, 1_048_576)), chance.choice(("A", "H", "ZZ", "XFD"))
        stray = f'<row r="{number}"><c r="{column}{number}" {chance.choice(STRAYS)}</row></sheetData>'
        rows = rows.replace(b"</sheetData>", stray.encode(), 1)
    return with_parts(PLAIN_XLSX, {_SHEET: chance.choice(DRESSES)(rows)})


STRAYS = ('t="str"><v> </v></c>', "><v>1</v></c>", 't="s"><v>0</v></c>', 's="1"/>')
PLAIN_XLS = xls([HEADERS, *_MONTHS])
PARTS = (
    "xl/worksheets/sheet1.xml",
    "xl/sharedStrings.xml",
    "xl/styles.xml",
    "xl/workbook.xml",
    "xl/_rels/workbook.xml.rels",
)


def damaged_workbooks(seed: int) -> Iterator[tuple[str, bytes, str | None]]:
    """Five workbooks (name, bytes, forced engine or None) that only ``seed`` decides: zip, part and OLE damaged, and
    as other programs write them, whole and damaged.
    """
    chance = random.Random(zlib.crc32(b"%d" % seed))
    for name, content in (
        ("a.xlsx", damaged(PLAIN_XLSX, chance)),
        ("b.xlsx", damaged_inside(PLAIN_XLSX, chance.choice(PARTS), chance)),
        ("c.xls", damaged(PLAIN_XLS, chance)),
        ("d.xlsx", dressed(chance)),
        ("e.xlsx", damaged_inside(dressed(chance), _SHEET, chance)),
    ):
        yield name, content, chance.choice((None, None, "openpyxl"))


def attempt(name: str, content: bytes, engine: str | None) -> str:
    """Read and validate: ``read``, or the name of the error that refused it. Any other exception is a defect."""
    try:
        validate_workbook(content, chosen(name), DOMAIN, rules(engine=engine))
    except WorkflowError as error:
        return type(error).__name__
    return "read"
