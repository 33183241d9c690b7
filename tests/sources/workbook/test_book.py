"""What books of every format do alike, and what another format would take."""

from __future__ import annotations

import io
from collections import Counter

import pytest
import xlwt

from tests.workbooks import part_of, raw_xlsx, with_parts, xls, xlsx
from workflows.errors import SheetNotFoundError, UnreadableWorkbookError
from workflows.sources import workbook
from workflows.sources.cells import SheetContent
from workflows.sources.workbook import Book, SheetLook, Tab, open_book
from workflows.sources.workbook.xls import XlsBook
from workflows.sources.workbook.xlsx.package import Package, Xml

TWO_SHEETS = xlsx([["a"]], sheet="甲", others={"乙": [["b"]]})


class CsvBook(Book):
    """All that another format needs, but for its place in the door."""

    endings, engines = (".csv",), ()

    @classmethod
    def recognises(cls, content: bytes) -> bool:
        return b"," in content

    def __init__(self, content: bytes, workbook: str, engine: str | None) -> None:
        super().__init__(content, workbook, engine)
        self._rows = [[value or None for value in line.split(",")] for line in content.decode().splitlines()]
        self.tabs = (Tab("all"),)

    def _read(self, position: int) -> SheetContent:
        return SheetContent(self.tabs[position].name, "csv", "a .csv", self._rows)


@pytest.fixture
def knows_csv(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "_FORMATS", (*workbook._FORMATS, CsvBook))


@pytest.mark.usefixtures("knows_csv")
def test_another_format_is_one_class_in_the_door() -> None:
    book = open_book(b"a,b\n1,\n,\n", "a.csv")
    found = book.sheet(0)
    assert (found.sheet, found.engine, found.reason, list(found.rows)) == ("all", "csv", "a .csv", [["a", "b"], ["1"]])
    assert book.look("all", 1) == SheetLook()


@pytest.mark.usefixtures("knows_csv")
def test_an_ending_misleads_when_it_is_another_formats() -> None:
    assert open_book(b"a,b\n", "a.XLSM").notes == (
        "扩展名为 .xlsm, 实为 .csv, 按实际格式读取 / "
        "the ending says .xlsm, but the file is an .csv; read as what it is",
    )
    assert open_book(b"a,b\n", "a.csv").notes == open_book(b"a,b\n", "a.txt").notes == ()


@pytest.mark.parametrize("name", ["a.xlsx", "a.xls"])
def test_a_look_is_of_a_sheet_that_is_there(name: str) -> None:
    with pytest.raises(SheetNotFoundError):
        open_book(xlsx([["a"]]) if name == "a.xlsx" else xls([["a"]]), name).look("丙", 1)


@pytest.fixture
def charts_first() -> bytes:
    sheets = '<sheet name="图" sheetId="1" r:id="rId9"/><sheet name="S" sheetId="2" state="hidden" r:id="rId1"/>'
    sheets += '<sheet name="T" sheetId="3" r:id="rId1"/>'
    content = raw_xlsx('<row r="1"><c r="A1"><v>1</v></c></row>', sheets_xml=sheets)
    return with_relationship(content, "chartsheet", "charts/sheet1.xml")


def with_relationship(content: bytes, kind: str, part: str) -> bytes:
    """The workbook with one more, rId9."""
    added = f'<Relationship Id="rId9" Type="http://x/relationships/{kind}" Target="{part}"/></Relationships>'
    rels = part_of(content, "xl/_rels/workbook.xml.rels").replace(b"</Relationships>", added.encode())
    return with_parts(content, {"xl/_rels/workbook.xml.rels": rels})


def test_tabs_say_what_is_hidden_and_what_holds_cells(charts_first: bytes) -> None:
    tabs = open_book(charts_first, "a.xlsx").tabs
    assert tabs == (Tab("图", kind="chartsheet"), Tab("S", is_hidden=True), Tab("T"))
    assert [tab.holds_cells for tab in tabs] == [False, True, True]


def test_a_position_counts_every_tab(charts_first: bytes) -> None:
    assert open_book(charts_first, "a.xlsx").sheet(2).sheet == "T"


def test_a_chart_is_refused_by_its_name(charts_first: bytes) -> None:
    with pytest.raises(UnreadableWorkbookError, match="'图': is a chart, which holds no cells"):
        open_book(charts_first, "a.xlsx").sheet(0)


@pytest.fixture
def parts_read(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each part of packages is unpacked."""
    counted: Counter[str] = Counter()
    read = Package.read

    def counting(package: Package, part: str) -> Xml:
        counted[part] += 1
        return read(package, part)

    monkeypatch.setattr(Package, "read", counting)
    return counted


def test_rows_and_look_unpack_each_part_once(parts_read: Counter[str]) -> None:
    sheets = '<sheet name="S" sheetId="1" r:id="rId1"/><sheet name="T" sheetId="2" r:id="rId9"/>'
    content = raw_xlsx('<row r="1"><c r="A1" t="s"><v>0</v></c></row>', strings=["a"], sheets_xml=sheets)
    content = with_relationship(content, "worksheet", "worksheets/sheet2.xml")
    sheet = part_of(content, "xl/worksheets/sheet1.xml")
    book = open_book(with_parts(content, {"xl/worksheets/sheet2.xml": sheet}), "a.xlsx")
    assert (list(book.sheet("S").rows), book.look("S", 1), list(book.sheet("T").rows)) == (
        [["a"]],
        SheetLook(),
        [["a"]],
    )
    assert set(parts_read.values()) == {1}
    assert {f"xl/{name}.xml" for name in ("worksheets/sheet1", "sharedStrings", "styles")} <= set(parts_read)


def test_sheets_are_read_in_any_order() -> None:
    book = open_book(TWO_SHEETS, "a.xlsx")
    assert [list(book.sheet(name).rows) for name in ("乙", "甲", "乙")] == [[["b"]], [["a"]], [["b"]]]


def test_only_the_last_sheet_of_an_xls_stays_in_memory() -> None:
    written, made = io.BytesIO(), xlwt.Workbook()
    for name in ("甲", "乙"):
        made.add_sheet(name).write(0, 0, name)
    made.save(written)
    book = XlsBook(written.getvalue(), "a.xls", None)
    assert [list(book.sheet(name).rows) for name in ("甲", "乙", "甲")] == [[["甲"]], [["乙"]], [["甲"]]]
    assert [book._book.sheet_loaded(position) for position in (0, 1)] == [True, False]
