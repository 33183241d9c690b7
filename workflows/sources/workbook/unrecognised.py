"""What bytes are that are no workbook, whatever their name says (pure)."""

from __future__ import annotations

_EMPTY_ZIP = b"PK\x05\x06"
# BOF records of Excel 2 to 4, which had no container.
_BARE_BIFF = (b"\x09\x00\x04\x00", b"\x09\x02\x06\x00", b"\x09\x04\x06\x00")
_LOOKED_AT = 4096


def what_it_is(content: bytes) -> str:
    """What ``content`` seems to be, and where it helps what to do about it."""
    if not content:
        return "the file is empty"
    if content.startswith(_EMPTY_ZIP):
        return "an empty zip archive"
    if content.startswith(b"PK"):
        return "a damaged zip archive"
    if content.startswith(_BARE_BIFF):
        return "a file of Excel 4 or older; save it as .xlsx"
    if content.startswith(b"%PDF"):
        return "a PDF"
    return _named_text(_as_text(content[:_LOOKED_AT]))


def _named_text(text: str | None) -> str:
    if text is None:
        return "its bytes are of no known kind"
    start = text.lstrip("\ufeff \t\r\n").lower()
    if "urn:schemas-microsoft-com:office:spreadsheet" in start:
        return "an XML spreadsheet of 2003; open it in Excel and save it as .xlsx"
    if start.startswith(("<!doctype html", "<html", "<table", "<head", "<meta", "mime-version:")) or "<table" in start:
        return "HTML under a workbook's name; open it in Excel and save it as .xlsx"
    if start.startswith("<"):
        return "XML under a workbook's name"
    line = start.partition("\n")[0]
    for separator, name in (("\t", "tab-separated"), (",", "comma-separated"), (";", "semicolon-separated")):
        if separator in line:
            return f"{name} text under a workbook's name; open it in Excel and save it as .xlsx"
    return "plain text under a workbook's name"


def _as_text(start: bytes) -> str | None:
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        return start[: len(start) // 2 * 2].decode("utf-16", errors="replace")
    if any(byte < 32 and byte not in b"\t\r\n\f\x1b" for byte in start):
        return None
    # Only its first characters matter here, and those are the same in GB 18030 and UTF-8.
    return start.decode("utf-8", errors="replace")
