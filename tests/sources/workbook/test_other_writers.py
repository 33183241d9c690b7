"""What Excel opens is read, however a program wrote it: other names, prefixes, blanks, and Excel's own password."""

from __future__ import annotations

import io
import re
import struct
from collections.abc import Callable

import pytest
from msoffcrypto.format.ooxml import OOXMLFile

from tests.damaged_workbooks import DRESSES, PLAIN_XLSX, prefixed
from tests.workbooks import part_of, raw_xlsx, read_sheet, with_parts, xls, xlsx
from workflows.errors import UnreadableWorkbookError
from workflows.sources.cells import Cell, ErrorCell
from workflows.sources.workbook import open_book
from workflows.sources.workbook import xls as xls_module

SHEET, STRINGS = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"
ROWS = '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1"><f>1+2</f><v>3</v></c></row>'
PLAIN = raw_xlsx(ROWS, strings=["计划"])
READ: list[list[Cell]] = [["计划", 3.0]]
ENGINES = ["direct", "openpyxl"]


def changed(*, part: str = SHEET, old: str, new: str) -> bytes:
    xml = part_of(PLAIN, part)
    assert old.encode() in xml
    return with_parts(PLAIN, {part: xml.replace(old.encode(), new.encode())})


def rows_by(content: bytes, engine: str) -> list[list[Cell]]:
    return [list(row) for row in read_sheet(content, "a.xlsx", 0, engine).rows]


@pytest.mark.parametrize("engine", ENGINES)
def test_tags_with_a_prefix_are_read_direct(engine: str) -> None:
    parts = {part: prefixed(part_of(PLAIN, part)) for part in (SHEET, STRINGS, "xl/workbook.xml", "xl/styles.xml")}
    assert rows_by(with_parts(PLAIN, parts), engine) == READ


@pytest.mark.parametrize(
    "odd",
    [
        b'<x:row r="2"><row r="2"><c r="A2"><v>9</v></c></row></x:row>',
        b'<x:row r="2"><x:c r="A2"><!-- <x:v> --><x:v>9</x:v></x:c></x:row>',
        b'<x:row r="2" xmlns:x="urn:other"><x:c r="A2"><x:v>9</x:v></x:c></x:row>',
    ],
)
def test_a_prefix_that_tells_tags_apart_is_kept(odd: bytes) -> None:
    sheet = prefixed(part_of(PLAIN, SHEET)).replace(b"</x:sheetData>", odd + b"</x:sheetData>")
    with pytest.raises(UnreadableWorkbookError, match="cannot be read direct"):
        rows_by(with_parts(PLAIN, {SHEET: sheet}), "direct")


WRITTEN = {
    "a line break in the root": changed(old="<worksheet ", new="<worksheet\n  "),
    "blanks between and inside cells": changed(
        old=ROWS,
        new='\n <row r="1">\n  <c r="A1" t="s">\n <v>0</v>\n </c>\n <c r="B1">\n <f>1+2</f>\n <v>3</v>\n</c>\n </row>',
    ),
    "cells without places": changed(old=ROWS, new='<row><c t="s"><v>0</v></c><c><v>3</v></c></row>'),
    "rows without numbers": changed(old='<row r="1">', new="<row>"),
    "an attribute before the place": changed(old='<c r="A1" t="s">', new='<c t="s" r="A1">'),
    "blanks behind numbers": changed(old="<v>0</v></c><c", new="<v>0 </v></c><c"),
    "an empty style": changed(old='<c r="B1">', new='<c r="B1" s="">'),
    "an empty run": changed(part=STRINGS, old=re.findall("<si>.*</si>", part_of(PLAIN, STRINGS).decode())[0], new=(
        "<si><r><rPr><b/></rPr><t/></r><r><rPr><sz val=\"9\"/></rPr><t>计划</t></r></si>"
    )),
    "a text written over several lines": changed(
        part=STRINGS, old=re.findall("<si>.*</si>", part_of(PLAIN, STRINGS).decode())[0], new=(
            "<si>\n <r>\n <rPr>\n <b/>\n </rPr>\n <t>计划</t>\n </r>\n</si>"
        )
    ),
}  # fmt: skip


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("how", WRITTEN)
def test_a_sheet_that_another_program_wrote_is_read_by_both_engines(how: str, engine: str) -> None:
    assert rows_by(WRITTEN[how], engine) == READ


def test_what_stands_around_the_rows_is_no_damage_to_the_exact_engine() -> None:
    around = '<!-- x --></row></sheetData><mergeCells><mergeCell ref="B2:A1"/></mergeCells><pageSetup scale="x"/>'
    assert rows_by(changed(old="</row></sheetData>", new=around), "openpyxl") == READ


def test_a_workbook_part_outside_of_xl_is_found() -> None:
    parts: dict[str, bytes | None] = {
        "workbook.xml": part_of(PLAIN, "xl/workbook.xml"),
        "_rels/workbook.xml.rels": part_of(PLAIN, "xl/_rels/workbook.xml.rels").replace(b'Target="', b'Target="xl/'),
        "_rels/.rels": part_of(PLAIN, "_rels/.rels").replace(b"xl/workbook.xml", b"workbook.xml"),
        "xl/workbook.xml": None,
    }
    assert rows_by(with_parts(PLAIN, parts), "direct") == READ


def encrypted(password: str) -> bytes:
    written = io.BytesIO()
    OOXMLFile(io.BytesIO(xlsx([["a", 1]]))).encrypt(password, written)
    return written.getvalue()


def test_excels_own_password_opens_a_workbook_unasked() -> None:
    assert rows_by(encrypted("VelvetSweatshop"), "direct") == [["a", 1.0]]


def test_another_password_is_asked_for_by_saying_so() -> None:
    with pytest.raises(UnreadableWorkbookError, match="is encrypted; save it without a password"):
        rows_by(encrypted("secret"), "direct")


def test_an_xls_that_says_it_is_encrypted_is_tried_with_excels_password(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = xls([["a", 1]])
    # A FILEPASS record in the place of the first record that may be left out (the writer's access).
    locked = plain.replace(struct.pack("<HH", 0x5C, 0x70), struct.pack("<HH", 0x2F, 0x70), 1)
    with pytest.raises(UnreadableWorkbookError, match="is encrypted"):
        read_sheet(locked, "a.xls", 0)
    monkeypatch.setattr(xls_module, "decrypted", lambda _content: plain)
    assert list(read_sheet(locked, "a.xls", 0).rows) == [["a", 1.0]]


@pytest.mark.parametrize("name", ["WORKBOOK", "BOOK\0\0\0\0"])
def test_the_stream_of_an_xls_may_be_written_in_capitals(name: str) -> None:
    content = bytearray(xls([["a", 1]]))
    at = content.index("Workbook".encode("utf-16-le"))
    content[at : at + 16] = name.encode("utf-16-le")
    # The length of the name in bytes, its end included, stands 64 bytes behind its beginning.
    content[at + 64 : at + 66] = struct.pack("<H", 2 * len(name.rstrip("\0")) + 2)
    assert list(read_sheet(bytes(content), "a.xls", 0).rows) == [["a", 1.0]]


def test_an_xls_whose_container_is_damaged_is_read_and_says_so() -> None:
    content = bytearray(xls([["a", 1]]))
    # The short streams begin where the workbook does.
    root = content.index("Root Entry".encode("utf-16-le"))
    stream = content.index("Workbook".encode("utf-16-le"))
    content[root + 116 : root + 124] = content[stream + 116 : stream + 120] + struct.pack("<I", 4096)
    book = open_book(bytes(content), "a.xls")
    assert "two streams claim the same place" in book.sheet(0).notes[0]
    assert list(book.sheet(0).rows) == [["a", 1.0]]


ESCAPED = {
    "_x0041__x4E00_": "A一",
    "_xD83D__xDE00_": "😀",
    "a_xD83D_b": ErrorCell("_xD83D_"),
    "_xDE00__xD83D_": ErrorCell("_xDE00_"),
    "_xD83D__xD83D__xDE00_": ErrorCell("_xD83D_"),
    "_x0020__x3000_": None,
}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("text", ESCAPED)
@pytest.mark.parametrize("cell", ['t="s"><v>0</v>', 't="str"><v>{}</v>', 't="inlineStr"><is><t>{}</t></is>'])
def test_an_escaped_character_is_joined_or_an_error_of_its_cell(cell: str, text: str, engine: str) -> None:
    content = raw_xlsx(f'<row r="1"><c r="A1" {cell.format(text)}</c><c r="B1"><v>1</v></c></row>', strings=[text])
    assert rows_by(content, engine) == [[ESCAPED[text], 1.0]]


@pytest.mark.parametrize("engine", [None, "openpyxl"])
@pytest.mark.parametrize("dress", DRESSES)
def test_a_whole_sheet_in_another_dress_is_the_same_sheet(dress: Callable[[bytes], bytes], engine: str | None) -> None:
    content = with_parts(PLAIN_XLSX, {SHEET: dress(part_of(PLAIN_XLSX, SHEET))})
    found, plain = read_sheet(content, "a.xlsx", 0, engine), read_sheet(PLAIN_XLSX, "a.xlsx", 0)
    assert (list(found.rows), found.engine) == (list(plain.rows), engine or "direct")
