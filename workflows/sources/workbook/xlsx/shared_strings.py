"""The texts that a workbook's sheets share, from their XML; also how any text of a sheet's XML is read."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from typing import Any

from workflows.errors import UnreadableWorkbookError, Words
from workflows.sources.cells import Cell, ErrorCell, is_blank
from workflows.sources.workbook.xlsx.package import Xml
from workflows.sources.workbook.xlsx.raw_rows import UnusualXmlError

_OPENING = re.compile(r"<sst(?: [^<>]*)?>")
_TEXT = r'<t(?: xml:space="preserve")?>([^<]*)</t>'
_PLAIN_ENTRY = re.compile(rf"<si>{_TEXT}</si>")
_READING = r'<rPh(?: [^<>/]*)?><t(?: xml:space="preserve")?>[^<]*</t></rPh>'
_READ_ENTRY = re.compile(rf"<si>{_TEXT}(?:{_READING})*(?:<phoneticPr(?: [^<>]*)?/>)?</si>")
_EMPTY_ENTRIES = re.compile(r"(?:\s*<si/>)*\s*")
# A text, a formatted piece of one, or the reading beside a Chinese or Japanese text, which is not part of it.
_PIECE = re.compile(
    rf"\s*(?:{_TEXT}|<t ?/>|<r>\s*(?:<rPr>(?:\s*<[A-Za-z][^<>]*/>)*\s*</rPr>|<rPr ?/>)?\s*(?:{_TEXT}|<t ?/>)\s*</r>"
    rf"|{_READING}|<phoneticPr(?: [^<>]*)?/>)"
)
_ENTITY = re.compile(r"&(?:#(\d{1,7})|#x([0-9A-Fa-f]{1,6})|(amp|lt|gt|quot|apos));")
# Only a text that holds one of these says something else than it shows.
_SIGNS = ("\r", "&", "_x")
_NAMED = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}
_UNUSUAL = "its shared texts are not written in the usual way"
# Excel's own way of writing characters that XML cannot hold.
_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")
_SURROGATE = re.compile("[\ud800-\udfff]")

_DAMAGED = Words("XML 已损坏; 请用 Excel 打开后另存", "the XML is damaged; open it in Excel and save it anew")


def shared_texts(xml: Xml | None, workbook: str) -> list[Cell]:
    """Every entry in order, None for a blank one.

    Raises UnusualXmlError for XML that only the exact engine understands, UnreadableWorkbookError for text that is
    not what it says.
    """
    if xml is None:
        return []
    text = decoded(xml, workbook)
    opening, end = _OPENING.search(text), text.rfind("</sst>")
    if opening is not None and opening[0].endswith("/>"):
        return []
    if opening is None or end < opening.end():
        raise UnusualXmlError(_UNUSUAL)
    usual = _usual_entries(text, opening.end(), end)
    entries: list[Any] = list(_entries(text[opening.end() : end])) if usual is None else usual
    if not any(sign in text for sign in _SIGNS):
        # What begins with a letter or a digit, as nearly all texts do, is soon told from a blank.
        return [entry if entry[:1].isalnum() or not is_blank(entry) else None for entry in entries]
    # In place, as the largest tables would not fit twice.
    for index, entry in enumerate(entries):
        entries[index] = shown_text(entry, workbook)
    return entries


def _usual_entries(table: str, start: int, end: int) -> list[str] | None:
    """All entries, if each is one text, perhaps with its readings; None if somebody else has to look."""
    tags = table.count("<", start, end)
    if table.find("<phoneticPr", start, end) < 0:
        plain: list[str] = _PLAIN_ENTRY.findall(table, start, end)
        # Each holds four tags; with these there is nothing else.
        return plain if 4 * len(plain) == tags else None
    entries = []
    for entry in _READ_ENTRY.finditer(table, start, end):
        entries.append(entry[1])
        tags -= entry[0].count("<")
    return None if tags else entries


def _entries(table: str) -> Iterator[str]:
    *entries, rest = table.split("</si>")
    for last, entry in (*((False, entry) for entry in entries), (True, rest)):
        empty = _EMPTY_ENTRIES.match(entry)
        begun = empty.end() if empty else 0
        yield from [""] * entry.count("<si/>", 0, begun)
        if last and begun == len(entry):
            return
        if last or not entry.startswith("<si>", begun):
            raise UnusualXmlError(_UNUSUAL)
        yield rich_text(entry[begun + len("<si>") :])


def rich_text(xml: str) -> str:
    """The pieces of an ``<si>`` or ``<is>`` together, without readings; each still to be read as ``plain_text``.

    Raises UnusualXmlError for anything else among them.
    """
    pieces, at, end = [], 0, len(xml.rstrip())
    while at < end:
        piece = _PIECE.match(xml, at)
        if piece is None:
            raise UnusualXmlError(_UNUSUAL)
        pieces.append(piece[1] or piece[2] or "")
        at = piece.end()
    return "".join(pieces)


def plain_text(xml: str, workbook: str) -> str | ErrorCell:
    """What a text between two tags says: line ends, entities and Excel's escapes resolved (see ``unescaped``)."""
    if "\r" in xml:
        xml = xml.replace("\r\n", "\n").replace("\r", "\n")
    if "&" in xml:
        if _ENTITY.sub("", xml).count("&"):
            raise UnreadableWorkbookError(workbook, _DAMAGED)
        try:
            xml = _ENTITY.sub(_character, xml)
        except ValueError as error:
            raise UnreadableWorkbookError(workbook, _DAMAGED) from error
    return unescaped(xml)


def shown_text(xml: str, workbook: str) -> Cell:
    """The same as a cell, None for a blank."""
    text = plain_text(xml, workbook)
    return None if is_blank(text) else text


def unescaped(text: str) -> str | ErrorCell:
    """A text with the characters that Excel wrote as ``_x000D_``; an error cell where they make no text.

    Two of them make a character beyond the first 65,536; half a one is no character, and nothing could store it.
    """
    if "_x" not in text:
        return text
    said = _ESCAPED.sub(_escaped, text)
    if _SURROGATE.search(said):
        said = said.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
        lone = _SURROGATE.search(said)
        if lone:
            return ErrorCell(f"_x{ord(lone[0]):04X}_")
    return said


def decoded(xml: Xml, workbook: str) -> str:
    """UTF-8 as text. Raises UnreadableWorkbookError where it is none."""
    try:
        return xml.decode()
    except UnicodeDecodeError as error:
        raise UnreadableWorkbookError(workbook, _DAMAGED) from error


def _escaped(match: re.Match[str]) -> str:
    return _unit(match[1])


@functools.lru_cache(maxsize=4096)
def _unit(digits: str) -> str:
    """One character for each spelling: a text of millions would take a hundred times its size."""
    return chr(int(digits, 16))


def _character(match: re.Match[str]) -> str:
    if match[3]:
        return _NAMED[match[3]]
    code = int(match[1]) if match[1] else int(match[2], 16)
    if code > 0x10FFFF or code in range(0xD800, 0xE000) or (code < 0x20 and code not in (9, 10, 13)):
        raise ValueError("a character that XML does not allow")
    return chr(code)
