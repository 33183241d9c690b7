"""The texts that a workbook's sheets share, from their XML; also how any text of a sheet's XML is read."""

from __future__ import annotations

import re

from workflows.errors import UnreadableWorkbookError
from workflows.sources.workbook.package import Xml
from workflows.sources.workbook.raw_rows import UnusualXmlError

_OPENING = re.compile(r"<sst(?: [^<>]*)?>")
_PLAIN = r'<si><t(?: xml:space="preserve")?>([^<]*)</t></si>'
_PLAIN_ENTRY = re.compile(_PLAIN)
_ENTRY = re.compile(rf"{_PLAIN}|<si>(.*?)</si>|<si/>|(\S)", re.DOTALL)
# The readings beside Chinese and Japanese texts are not part of them.
_READING = re.compile(r"<rPh[ >].*?</rPh>|<phoneticPr[^<>]*>", re.DOTALL)
_PIECE = re.compile(r"<t(?: [^<>]*)?>([^<]*)</t>")
_ENTITY = re.compile(r"&(?:#(\d{1,7})|#x([0-9A-Fa-f]{1,6})|(amp|lt|gt|quot|apos));")
# Only a text that holds one of these says something else than it shows.
_SIGNS = ("\r", "&", "_x")
_NAMED = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}
# Excel's own way of writing characters that XML cannot hold.
_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")


def shared_texts(xml: Xml | None, workbook: str) -> list[str | None]:
    """Every entry in order, None for an empty one.

    Raises UnusualXmlError for XML that only the exact engine understands, UnreadableWorkbookError for text that is
    not what it says.
    """
    if xml is None:
        return []
    text = decoded(xml, workbook)
    opening, end = _OPENING.search(text), text.rfind("</sst>")
    if opening is None or end < 0:
        if "<sst" in text and "/>" in text:
            return []
        raise UnusualXmlError("its shared texts are not written in the usual way")
    entries = _PLAIN_ENTRY.findall(text, opening.end(), end)
    # Each plain entry holds four tags; with these there is nothing else, or somebody else has to look.
    if 4 * len(entries) != text.count("<", opening.end(), end):
        entries = [rich_text(rich) if rich else plain for plain, rich in _entries(text, opening.end(), end)]
    if any(sign in text for sign in _SIGNS):
        entries = [plain_text(entry, workbook) for entry in entries]
    return [entry or None for entry in entries]


def _entries(text: str, start: int, end: int) -> list[tuple[str, str]]:
    found = _ENTRY.findall(text, start, end)
    if any(stray for _plain, _rich, stray in found):
        raise UnusualXmlError("its shared texts are not written in the usual way")
    return [(plain, rich) for plain, rich, _stray in found]


def rich_text(xml: str) -> str:
    """The pieces of an ``<si>`` or ``<is>`` together, without readings; each still to be read as ``plain_text``."""
    return "".join(_PIECE.findall(_READING.sub("", xml)))


def plain_text(xml: str, workbook: str) -> str:
    """What a text between two tags says: line ends, entities and Excel's escapes resolved."""
    if "\r" in xml:
        xml = xml.replace("\r\n", "\n").replace("\r", "\n")
    if "&" in xml:
        if _ENTITY.sub("", xml).count("&"):
            raise UnreadableWorkbookError(workbook, "the XML is damaged (an entity that XML does not know)")
        xml = _ENTITY.sub(_character, xml)
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), xml) if "_x" in xml else xml


def decoded(xml: Xml, workbook: str) -> str:
    """UTF-8 as text. Raises UnreadableWorkbookError where it is none."""
    try:
        return xml.decode()
    except UnicodeDecodeError as error:
        raise UnreadableWorkbookError(workbook, f"the XML is damaged ({error})") from error


def _character(match: re.Match[str]) -> str:
    if match[3]:
        return _NAMED[match[3]]
    code = int(match[1]) if match[1] else int(match[2], 16)
    return chr(code) if code <= 0x10FFFF else "\ufffd"
