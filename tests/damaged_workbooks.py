"""Workbooks damaged by chance, repeatably: what reading must survive. Used by the tests and by ``make fuzz``."""

from __future__ import annotations

import random
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
PLAIN_XLS = xls([HEADERS, *_MONTHS])
PARTS = (
    "xl/worksheets/sheet1.xml",
    "xl/sharedStrings.xml",
    "xl/styles.xml",
    "xl/workbook.xml",
    "xl/_rels/workbook.xml.rels",
)


def damaged_workbooks(seed: int) -> Iterator[tuple[str, bytes, str | None]]:
    """Three workbooks (name, bytes, forced engine or None) that only ``seed`` decides: zip, part, and OLE damaged."""
    chance = random.Random(zlib.crc32(b"%d" % seed))
    for name, content in (
        ("a.xlsx", damaged(PLAIN_XLSX, chance)),
        ("b.xlsx", damaged_inside(PLAIN_XLSX, chance.choice(PARTS), chance)),
        ("c.xls", damaged(PLAIN_XLS, chance)),
    ):
        yield name, content, chance.choice((None, None, "openpyxl"))


def attempt(name: str, content: bytes, engine: str | None) -> str:
    """Read and validate: ``read``, or the name of the error that refused it. Any other exception is a defect."""
    try:
        validate_workbook(content, chosen(name), DOMAIN, rules(engine=engine))
    except WorkflowError as error:
        return type(error).__name__
    return "read"
