"""The zip of an .xlsx or .xlsm, opened with bounds: its tabs, date epoch, number formats, and parts as UTF-8."""

from __future__ import annotations

import functools
import io
import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator
from typing import TypeAlias
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from workflows.errors import UnreadableWorkbookError, Words
from workflows.sources.workbook import limits
from workflows.sources.workbook.book import Tab
from workflows.sources.workbook.number_formats import NumberFormat, format_of
from workflows.sources.workbook.xlsx.styles import Styles, each_of, styles_of

Xml: TypeAlias = "bytes | bytearray"

_CHUNK = 1 << 20

_MAIN = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_STRICT_MAIN = b"http://purl.oclc.org/ooxml/spreadsheetml/main"
_WORKSHEET = re.compile(rb"<(?:\w+:)?worksheet[\s>][^>]*")
# The root of a part whose tags all have a prefix, as .NET writes them.
_PREFIXED = re.compile(rb"<(\w+):(?:worksheet|sst)\s[^>]*")
_UNPREFIXED = re.compile(rb"</?\w+[\s/>]")
_ENCODING = re.compile(rb"""<\?xml[^>]{0,100}?encoding=["']([A-Za-z0-9._-]+)["']""")


class Package:
    """An open workbook; everything it gives is bounded by ``limits.MAX_BYTES`` in all.

    Raises UnreadableWorkbookError for a damaged zip, a bomb, a zip that is no workbook, and broken XML.
    """

    def __init__(self, content: bytes, workbook: str) -> None:
        self.workbook = workbook
        try:
            self._archive = zipfile.ZipFile(io.BytesIO(content))
        except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError) as error:
            raise self._unreadable("压缩包被截断或已损坏", "is a truncated or damaged zip archive") from error
        # Some writers use backslashes, a leading slash, or another case than their relationships.
        self._parts = {_folded(info.filename): info for info in self._archive.infolist()}
        self._check_size(len(content))
        part, root = self._find_workbook()
        self._targets = self._relationships(part)
        properties = next(each_of(root, "workbookPr"), None)
        self.is_1904 = properties is not None and properties.get("date1904") in {"1", "true"}
        sheets = [(sheet, self._target(sheet)) for sheet in each_of(root, "sheet")]
        self._sheet_parts = [part for _, (_, part) in sheets]
        self.tabs = tuple(Tab(sheet.get("name", ""), _is_hidden(sheet), kind) for sheet, (kind, _) in sheets)

    def read(self, part: str) -> Xml:
        """A part as UTF-8, without a document type."""
        info = self._parts.get(_folded(part))
        if info is None:
            raise self._unreadable(f"缺少其中应有的 {part!r}", f"names a part {part!r} that it does not hold")
        try:
            data = self._unpacked(info)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError) as error:
            raise self._unreadable(f"其中 {part!r} 已损坏", f"part {part!r} is damaged") from error
        return self._as_utf8(data, part)

    def worksheet(self, position: int) -> Xml:
        """A worksheet's XML by its tab's position, in the namespace of ordinary (not strict) workbooks."""
        part = self._sheet_parts[position]
        data = self.read(part)
        root = _WORKSHEET.search(data[:4096])
        if root is None or (_MAIN not in root[0] and _STRICT_MAIN not in root[0]):
            raise self._unreadable(f"其中 {part!r} 不是工作表", f"part {part!r} is no worksheet")
        return _ordinary(data)

    def comments(self, position: int) -> Xml:
        """The XML of the comments on a worksheet by its tab's position; empty where it has none."""
        return next(self._beside(position, "comments"), b"")

    def tables(self, position: int) -> Iterator[Xml]:
        """The XML of each of Excel's own tables on a worksheet."""
        return self._beside(position, "table")

    def _beside(self, position: int, wanted: str) -> Iterator[Xml]:
        """The parts of a kind that a worksheet refers to, each once."""
        part = self._sheet_parts[position]
        folder, name = posixpath.split(part)
        rels = posixpath.join(folder, "_rels", f"{name}.rels")
        targets = self._relationships(part).values() if _folded(rels) in self._parts else ()
        named = dict.fromkeys(_folded(target) for kind, target in targets if kind == wanted)
        return (self.read(target) for target in named if target in self._parts)

    @functools.cached_property
    def shared_strings(self) -> Xml | None:
        """The XML of the texts that sheets share; None when the workbook has none."""
        part = self._part_of_kind("sharedStrings")
        return None if part is None else _ordinary(self.read(part))

    @functools.cached_property
    def formats(self) -> tuple[NumberFormat | None, ...]:
        """The number format of each cell style (``s="3"`` is entry 3); None where a number stays a number."""
        return tuple(format_of(format_id, self.styles.declared) for format_id in self.styles.format_ids)

    @functools.cached_property
    def styles(self) -> Styles:
        """What the styles of cells say."""
        part = self._part_of_kind("styles")
        return Styles() if part is None else styles_of(self._parse(part))

    def _unpacked(self, info: zipfile.ZipInfo) -> bytearray:
        # ZipFile.read would hold the part twice for a moment, and the largest take half a gigabyte.
        data = bytearray(info.file_size)
        filled = 0
        with self._archive.open(info) as stream:
            while chunk := stream.read(_CHUNK):
                data[filled : filled + len(chunk)] = chunk
                filled += len(chunk)
        if filled < len(data):
            raise EOFError(f"{filled} of {len(data)} bytes")
        return data

    def _check_size(self, compressed: int) -> None:
        size = sum(info.file_size for info in self._parts.values())
        if size > limits.MAX_BYTES or (size > limits.RATIO_MATTERS_FROM and size > limits.MAX_RATIO * compressed):
            ratio = size // max(compressed, 1)
            raise self._unreadable(
                f"解压后会有 {size:,} 字节, 为文件的 {ratio} 倍; "
                f"上限为 {limits.MAX_BYTES:,} 字节及 {limits.MAX_RATIO} 倍",
                f"would unpack to {size:,} bytes, {ratio} times its size; "
                f"the limits are {limits.MAX_BYTES:,} bytes and {limits.MAX_RATIO} times",
            )

    def _find_workbook(self) -> tuple[str, Element]:
        """The part that lists the sheets, wherever it lies, and its root."""
        targets = self._relationships("") if "_rels/.rels" in self._parts else {}
        named = [part for kind, part in targets.values() if kind == "officeDocument"]
        part = next((part for part in (*named, "xl/workbook.xml") if _folded(part) in self._parts), "")
        if part.endswith(".bin"):
            raise self._unreadable(
                "二进制工作簿 (.xlsb); 请另存为 .xlsx", "is a binary workbook (.xlsb); save it as .xlsx"
            )
        root = self._parse(part) if part else None
        if root is None or root.tag.rpartition("}")[2] != "workbook":
            likely = self._likely()
            raise self._unreadable(
                f"是压缩包, 但不是 Excel 工作簿{likely.chinese}",
                f"is a zip archive, but not an Excel workbook{likely.english}",
            )
        return part, root

    def _likely(self) -> Words:
        if "content.xml" in self._parts:
            return Words(" (OpenDocument 文件; 请另存为 .xlsx)", " (an OpenDocument file; save it as .xlsx)")
        if "word/document.xml" in self._parts:
            return Words(" (Word 文档)", " (a Word document)")
        if "index/document.iwa" in self._parts:
            return Words(" (可能是 Numbers 文件; 请导出为 .xlsx)", " (perhaps Numbers; export it as .xlsx)")
        return Words("", "")

    def _target(self, sheet: Element) -> tuple[str, str]:
        """A sheet's kind and part, which may be missing."""
        key = next((value for name, value in sheet.attrib.items() if name.endswith("relationships}id")), "")
        return self._targets.get(key, ("worksheet", f"(relationship {key!r})"))

    def _part_of_kind(self, wanted: str) -> str | None:
        """The first part of a kind that the workbook refers to, if it is there."""
        part = next((part for kind, part in self._targets.values() if kind == wanted), None)
        return None if part is None or _folded(part) not in self._parts else part

    def _relationships(self, part: str) -> dict[str, tuple[str, str]]:
        """Id -> (last word of the type, part) of what ``part`` refers to inside the package."""
        folder, name = posixpath.split(part)
        rels = posixpath.join(folder, "_rels", f"{name}.rels")
        if _folded(rels) not in self._parts:
            raise self._unreadable(f"缺少其中应有的 {rels!r}", f"names a part {rels!r} that it does not hold")
        found = {}
        for each in each_of(self._parse(rels), "Relationship"):
            if each.get("TargetMode") != "External":
                target = posixpath.normpath(posixpath.join("/", folder, each.get("Target", "").replace("\\", "/")))
                found[each.get("Id", "")] = (each.get("Type", "").rpartition("/")[2], target.lstrip("/"))
        return found

    def _parse(self, part: str) -> Element:
        try:
            root: Element = fromstring(self.read(part), forbid_dtd=True)
        except (ParseError, DefusedXmlException, ValueError) as error:
            raise self._unreadable(
                f"其中 {part!r} 不是应有的 XML", f"part {part!r} is not the XML it should be"
            ) from error
        return root

    def _as_utf8(self, data: Xml, part: str) -> Xml:
        if data.startswith((b"\xff\xfe", b"\xfe\xff")):
            encoding = "utf-16"
        else:
            declared = _ENCODING.match(data[:200].removeprefix(b"\xef\xbb\xbf"))
            encoding = declared[1].decode() if declared else "utf-8"
        if encoding.lower() not in {"utf-8", "utf8", "us-ascii", "ascii"}:
            try:
                text = data.decode(encoding)
            except (LookupError, UnicodeError) as error:
                raise self._unreadable(
                    f"其中 {part!r} 的编码不是所写的 {encoding!r}", f"part {part!r} is not in {encoding!r} as it says"
                ) from error
            data = re.sub(r"^\ufeff?<\?xml.*?\?>", "", text, count=1).encode()
        # Entities can only be declared in a document type, and no workbook needs one.
        if b"<!DOCTYPE" in data:
            raise self._unreadable(
                f"其中 {part!r} 声明了文档类型, 可能含有实体炸弹",
                f"part {part!r} declares a document type, which may hold an entity bomb",
            )
        return data

    def _unreadable(self, chinese: str, english: str) -> UnreadableWorkbookError:
        return UnreadableWorkbookError(self.workbook, Words(chinese, english))


def _folded(part: str) -> str:
    return part.replace("\\", "/").lstrip("/").lower()


def _is_hidden(sheet: Element) -> bool:
    return sheet.get("state", "visible") in {"hidden", "veryHidden"}


def _ordinary(data: Xml) -> Xml:
    """A part in the namespace of ordinary workbooks, without a prefix where all of its tags have the same."""
    if _STRICT_MAIN in data[:4096]:
        data = data.replace(_STRICT_MAIN, _MAIN, 1)
    root = _PREFIXED.search(data[:4096])
    if root is None:
        return data
    prefix, end = root[1], root.end()
    declared = b'xmlns:%s="%s"' % (prefix, _MAIN)
    # Only where there is nothing that the prefix tells apart: no other namespace of tags, no text with a tag's sign.
    alone = declared in root[0] and data.count(b"xmlns:%s=" % prefix) == 1 and b"xmlns=" not in root[0]
    if not alone or data.find(b"<!") >= 0 or data.find(b" xmlns=", end) >= 0 or _UNPREFIXED.search(data):
        return data
    data = data.replace(b"<%s:" % prefix, b"<").replace(b"</%s:" % prefix, b"</")
    return data.replace(declared, b'xmlns="%s" %s' % (_MAIN, declared), 1)
