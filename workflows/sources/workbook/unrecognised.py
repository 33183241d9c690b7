"""What bytes are that are no workbook, whatever their name says (pure)."""

from __future__ import annotations

from workflows.errors import Words

_EMPTY_ZIP = b"PK\x05\x06"
# BOF records of Excel 2 to 4, which had no container.
_BARE_BIFF = (b"\x09\x00\x04\x00", b"\x09\x02\x06\x00", b"\x09\x04\x06\x00")
_LOOKED_AT = 4096
_SEPARATED = (
    ("\t", "制表符分隔", "tab-separated"),
    (",", "逗号分隔", "comma-separated"),
    (";", "分号分隔", "semicolon-separated"),
)


def what_it_is(content: bytes) -> Words:
    """What ``content`` seems to be, and where it helps what to do about it."""
    if not content:
        return Words("文件为空", "the file is empty")
    if content.startswith(_EMPTY_ZIP):
        return Words("空的压缩包", "an empty zip archive")
    if content.startswith(b"PK"):
        return Words("损坏的压缩包", "a damaged zip archive")
    if content.startswith(_BARE_BIFF):
        return Words("Excel 4 或更早的文件; 请另存为 .xlsx", "a file of Excel 4 or older; save it as .xlsx")
    if content.startswith(b"%PDF"):
        return Words("PDF 文件", "a PDF")
    return _named_text(_as_text(content[:_LOOKED_AT]))


def _named_text(text: str | None) -> Words:
    if text is None:
        return Words("无法识别其内容", "its bytes are of no known kind")
    start = text.lstrip("\ufeff \t\r\n").lower()
    if "urn:schemas-microsoft-com:office:spreadsheet" in start:
        return _resaved("2003 版 XML 表格", "an XML spreadsheet of 2003")
    if start.startswith(("<!doctype html", "<html", "<table", "<head", "<meta", "mime-version:")) or "<table" in start:
        return _resaved("扩展名为工作簿的 HTML", "HTML under a workbook's name")
    if start.startswith("<"):
        return Words("扩展名为工作簿的 XML", "XML under a workbook's name")
    line = start.partition("\n")[0]
    for separator, chinese, name in _SEPARATED:
        if separator in line:
            return _resaved(f"扩展名为工作簿的{chinese}文本", f"{name} text under a workbook's name")
    return Words("扩展名为工作簿的纯文本", "plain text under a workbook's name")


def _resaved(chinese: str, english: str) -> Words:
    return Words(f"{chinese}; 请用 Excel 打开并另存为 .xlsx", f"{english}; open it in Excel and save it as .xlsx")


def _as_text(start: bytes) -> str | None:
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        return start[: len(start) // 2 * 2].decode("utf-16", errors="replace")
    if any(byte < 32 and byte not in b"\t\r\n\f\x1b" for byte in start):
        return None
    # Only its first characters matter here, and those are the same in GB 18030 and UTF-8.
    return start.decode("utf-8", errors="replace")
