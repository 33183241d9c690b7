"""However a program writes its rows, reading them direct gives the cells that the exact engine gives."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.damaged_workbooks import PLAIN_XLSX, damaged_inside, pretty_printed, without_places
from tests.workbooks import part_of, raw_xlsx, read_sheet, with_parts
from workflows.errors import UnreadableWorkbookError, WorkflowError
from workflows.sources.cells import UNCACHED, Cell, ErrorCell, FormattedNumber, column_letter
from workflows.sources.columns import grid_rows
from workflows.sources.workbook.xlsx import row_scan

FORMATS = ["0.00%", "yyyy-mm-dd", "000000"]
STRINGS = ["计划", "a & b <c>", "", "x"]


def read(rows_xml: str, engine: str | None = None, strings: Sequence[str] = STRINGS) -> list[list[Cell]]:
    content = raw_xlsx(rows_xml, formats=FORMATS, strings=strings)
    return [list(row) for row in read_sheet(content, "a.xlsx", 0, engine).rows]


def padded(rows: Sequence[Sequence[Cell]]) -> list[list[Cell]]:
    width = max(map(len, rows), default=0)
    return [[*row, *([None] * (width - len(row)))] for row in rows]


CONTENTS = [
    "><v>1.5</v></c>",
    "><v>-0.25</v></c>",
    "><v>1E-2</v></c>",
    ' t="n"><v>12</v></c>',
    ' s="1"><v>0.05</v></c>',
    ' s="2"><v>45626</v></c>',
    ' s="3" t="n"><v>7</v></c>',
    ' t="s"><v>0</v></c>',
    ' s="1" t="s"><v>1</v></c>',
    ' t="s"><v>2</v></c>',
    ' t="b"><v>1</v></c>',
    ' t="e"><v>#DIV/0!</v></c>',
    ' t="e"><f>1/0</f><v>#SPILL!</v></c>',
    ' t="str"><f>A1&amp;"x"</f><v>y&amp;z</v></c>',
    ' t="inlineStr"><is><t xml:space="preserve"> 文 </t></is></c>',
    ' t="inlineStr"><is><r><t>富</t></r><r><t>文</t></r></is></c>',
    "><f>B1*2</f><v>3</v></c>",
    '><f t="shared" si="0"/><v>4</v></c>',
    "><f>B1</f></c>",
    "><f>B1</f><v></v></c>",
    ' s="1"/>',
    "/>",
    "></c>",
    ' s="2" cm="1"><v>45000</v></c>',
    " ><v>6</v></c>",
]
ROW_TAGS = ['<row r="{n}">', '<row r="{n}" spans="1:4" ht="20" customHeight="1">', '<row spans="1:4" r="{n}">']


@st.composite
def sheets(draw: st.DrawFn) -> str:
    """Rows of four columns as some program might write them: alike for the most part, or each in its own way."""
    usual = draw(st.lists(st.sampled_from(CONTENTS), min_size=4, max_size=4))
    written, number = [], 0
    for _ in range(draw(st.integers(1, 8))):
        number += draw(st.sampled_from([1, 1, 1, 1, 3]))
        if draw(st.integers(0, 9)) == 0:
            written.append(f'<row r="{number}" ht="5"/>')
            continue
        cells = [draw(st.sampled_from(CONTENTS)) if draw(st.integers(0, 4)) == 0 else content for content in usual]
        there = [draw(st.integers(0, 6)) > 0 for _ in cells]
        body = "".join(
            f'<c r="{letter}{number}"{content}'
            for letter, content, is_there in zip("ABCD", cells, there, strict=True)
            if is_there
        )
        between = draw(st.sampled_from(["", "", "", "\n  "]))
        written.append(f"{draw(st.sampled_from(ROW_TAGS)).format(n=number)}{body}</row>{between}")
    dress = draw(st.sampled_from([None, None, pretty_printed, without_places]))
    rows_xml = "".join(written)
    return dress(rows_xml.encode()).decode() if dress else rows_xml


@settings(max_examples=150, deadline=None)
@given(sheets())
def test_rows_written_in_any_way_are_the_exact_engines_rows(rows_xml: str) -> None:
    direct = padded(read(rows_xml, "direct"))
    exact = padded(read(rows_xml, "openpyxl"))
    # The exact engine knows no columns of blanks behind the last value.
    width = max(map(len, exact), default=0)
    assert [row[:width] for row in direct] == exact
    assert all(cell is None for row in direct for cell in row[width:])
    assert [list(map(type, row[:width])) for row in direct] == [list(map(type, row)) for row in exact]


def rows_of(count: int, cells: str) -> str:
    return "".join(f'<row r="{n}">{cells.format(n=n)}</row>' for n in range(1, count + 1))


def test_rows_in_many_blocks_keep_their_places(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(row_scan, "_BLOCK_BYTES", 300)
    cells = '<c r="A{n}"><v>{n}</v></c><c r="B{n}" t="s"><v>0</v></c>'
    assert read(rows_of(200, cells)) == [[float(n), "计划"] for n in range(1, 201)]


def test_a_slice_of_rows_reads_its_columns_across_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(row_scan, "_BLOCK_BYTES", 300)
    content = raw_xlsx(rows_of(200, '<c r="A{n}"><v>{n}</v></c>'))
    part = read_sheet(content, "a.xlsx", 0).rows[50:150]
    assert [row[0] for row in part] == [float(n) for n in range(51, 151)]


def test_rows_whose_styles_alternate_keep_their_formats() -> None:
    rows = "".join(f'<row r="{n}"><c r="A{n}" s="{n % 2}"><v>0.5</v></c></row>' for n in range(1, 101))
    found = [row[0] for row in read(rows)]
    assert [type(cell) for cell in found] == [FormattedNumber, float] * 50


def test_a_sheet_too_wide_for_one_pattern_is_read_direct() -> None:
    letters = [column_letter(column) for column in range(100)]
    rows = "".join(
        f'<row r="{n}">' + "".join(f'<c r="{letter}{n}"><v>{n}</v></c>' for letter in letters) + "</row>"
        for n in range(1, 4)
    )
    assert read(rows, "direct") == [[float(n)] * 100 for n in range(1, 4)]


def test_a_row_wider_than_the_first_and_last_loses_nothing() -> None:
    long = "".join(f'<row r="{n}"><c r="A{n}"><v>{n}</v></c></row>' for n in range(1, 3001))
    wide = long.replace('<c r="A1500"><v>1500</v></c>', '<c r="A1500"><v>1500</v></c><c r="D1500"><v>9</v></c>')
    found = read(wide, "direct")
    assert (found[1499], found[0], len(found)) == ([1500.0, None, None, 9.0], [1.0], 3000)


@pytest.mark.parametrize(
    "rows_xml",
    [
        '<row r="1"><c r="A1"><v>1</v></c></row>stray<row r="2"><c r="A2"><v>2</v></c></row>',
        '<row r="1"><c r="A1"><v>1</v></c></row><c r="A2"><v>2</v></c><row r="3"><c r="A3"><v>2</v></c></row>',
        '<row r="1"><c r="A1"><v>1</v></c><x/></row>',
        '<row r="2"><c r="A2"><v>1</v></c></row><row r="1"><c r="A1"><v>2</v></c></row>',
        '<row r="1"><c r="A2"><v>1</v></c></row>',
        "<row r='1'><c r='A1'><v>1</v></c></row>",
        '<row r="x"><c r="A1"><v>1</v></c></row>',
    ],
)
def test_what_is_not_understood_is_never_read_direct(rows_xml: str) -> None:
    with pytest.raises(UnreadableWorkbookError, match="cannot be read direct"):
        read(rows_xml, "direct")


@pytest.mark.parametrize(
    "cell",
    [
        '<c r="A1"><v>1,2</v></c>',
        '<c r="A1"><v>1 2</v></c>',
        '<c r="A1"><v>null</v></c>',
        '<c r="A1"><v>"1"</v></c>',
        '<c r="A1"><v>1_0</v></c>',
        '<c r="A1"><v>nan</v></c>',
        '<c r="A1" t="s"><v>4</v></c>',
        '<c r="A1" t="s"><v>-1</v></c>',
        '<c r="A1" t="s"><v>99999999999999999999999</v></c>',
        '<c r="A1" t="s"><v>1.0</v></c>',
        '<c r="A1" t="zz"><v>1</v></c>',
        '<c r="A1" t="str"><v>a &nbsp; b</v></c>',
        '<c r="A1" t="str"><v>a & b</v></c>',
    ],
)
def test_a_damaged_value_is_refused(cell: str) -> None:
    blank = '<row r="2"><c r="A2"/><c r="B2"><v>1</v></c></row>'
    with pytest.raises(UnreadableWorkbookError, match=r"the (sheet's )?XML is damaged"):
        read(f'<row r="1">{cell}<c r="B1"><v>1</v></c></row>{blank}', "direct")


@pytest.mark.parametrize("text", ["1.", " 1 ", "+1", "01", ".5", "1e2", "1E+2", "-0", "12345678901234567890123"])
def test_a_number_in_any_spelling_is_that_number(text: str) -> None:
    assert read(f'<row r="1"><c r="A1"><v>{text}</v></c></row>') == [[float(text)]]


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ("<si><t>a</t></si><si><t xml:space='preserve'> b </t></si>", "a"),
        ("<si><r><rPr><b/></rPr><t>a</t></r><r><t>b</t></r></si><si><t>c</t></si>", "ab"),
        ('<si><t>东京</t><rPh sb="0" eb="1"><t>とうきょう</t></rPh><phoneticPr fontId="1"/></si><si/>', "东京"),
        (
            '<si><t>东京</t><rPh sb="0" eb="1"><t>とうきょう</t></rPh><phoneticPr fontId="1"/></si><si><t>b</t></si>',
            "东京",
        ),
        ('<si><t>a</t><phoneticPr fontId="1"/></si><si><r><t>b</t></r><phoneticPr fontId="1"/></si>', "a"),
        ("<si><t>a&amp;b&#65;&#x4e2d;</t></si>", "a&bA中"),
        ("<si><t>a_x000D_b</t></si>", "a\rb"),
        ("<si><t>a\r\nb</t></si>", "a\nb"),
        ("<si><t/></si>", None),
        ("<!-- x --><si><t>a</t></si>", "a"),
    ],
)
def test_a_shared_text_reads_the_same_from_both_engines(entries: str, expected: Cell) -> None:
    content = with_parts(
        raw_xlsx('<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1"><v>1</v></c></row>'),
        {
            "xl/sharedStrings.xml": (
                f'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">{entries}</sst>'
            ).encode()
        },
    )
    found = [read_sheet(content, "a.xlsx", 0, engine).rows[0][0] for engine in (None, "openpyxl")]
    assert found == [expected, expected]


def test_an_error_and_an_uncomputed_formula_are_never_blanks() -> None:
    cells = '<c r="A1" t="e"><v>#N/A</v></c><c r="B1"><f>A1</f></c><c r="C1"><v>1</v></c>'
    assert read(f'<row r="1">{cells}</row>', "direct") == [[ErrorCell("#N/A"), UNCACHED, 1.0]]


def test_bytes_that_are_no_utf_8_are_refused() -> None:
    content = raw_xlsx('<row r="1"><c r="A1" t="str"><v>文字</v></c></row>')
    sheet = part_of(content, "xl/worksheets/sheet1.xml").replace("文".encode(), b"\xff\xfe")
    with pytest.raises(UnreadableWorkbookError, match="damaged"):
        list(read_sheet(with_parts(content, {"xl/worksheets/sheet1.xml": sheet}), "a.xlsx", 0).rows)


def test_a_wide_row_that_ends_otherwise_is_not_tried_in_all_combinations() -> None:
    # Two ways to read each of 60 cells would take longer than the universe has.
    letters = [column_letter(column) for column in range(60)]
    rows = "".join(
        f'<row r="{n}">'
        + "".join(f'<c r="{letter}{n}"><v>{n}</v></c>' for letter in letters)
        + (f'<c r="{column_letter(60)}{n}"><f>A{n}</f></c>' if 20 < n < 40 else "")
        + "</row>"
        for n in range(1, 61)
    )
    found = read_sheet(raw_xlsx(rows), "a.xlsx", 0, "direct").rows
    assert (len(found), found[29][:1], found[29][60], len(found[0])) == (60, [30.0], UNCACHED, 60)


@pytest.mark.parametrize(
    "content",
    ["<v \n>5</v>", "<v>5</v >", "<v>5<?x y?>6</v>", "<is><t>5</t></is>", "<v>5</v><extLst><v>6</v></extLst>", "5"],
)
@pytest.mark.parametrize("place", [2, 4])
def test_a_cell_that_is_written_oddly_is_left_to_the_exact_engine(content: str, place: int) -> None:
    cells = {n: f'<row r="{n}"><c r="A{n}"><v>{n}</v></c><c r="B{n}"><v>1</v></c></row>' for n in range(1, 5)}
    cells[place] = f'<row r="{place}"><c r="A{place}">{content}</c><c r="B{place}"><v>1</v></c></row>'
    rows = "".join(cells.values())
    assert padded(read(rows)) == padded(read(rows, "openpyxl"))
    with pytest.raises(UnreadableWorkbookError, match="cannot be read direct"):
        read(rows, "direct")


def test_a_cell_that_is_not_closed_does_not_swallow_its_neighbour() -> None:
    rows = '<row r="1"><c r="A1"><v>1</v></c></row><row r="2"><c r="A2"><v>5</v><c r="B2"><v>6</v></c></row>'
    with pytest.raises(UnreadableWorkbookError):
        read(rows)


@pytest.mark.parametrize("end", ['<row r="2"><c r="A2"><v>5</v ></c></row>', '<row r="2"><c r="A2"><v>5<'])
def test_a_value_behind_the_last_that_is_understood_is_not_dropped(end: str) -> None:
    with pytest.raises(UnreadableWorkbookError, match="cannot be read direct"):
        read(f'<row r="1"><c r="A1"><v>1</v></c></row>{end}', "direct")


def test_the_word_null_in_a_number_cell_beside_blanks_is_refused() -> None:
    values = ("A1", "1"), ("A2", "null"), ("B4", "1")
    rows = "".join(f'<row r="{place[1]}"><c r="{place}"><v>{value}</v></c></row>' for place, value in values)
    content = raw_xlsx(rows)
    with pytest.raises(UnreadableWorkbookError, match="damaged"):
        grid_rows(read_sheet(content, "a.xlsx", 0).rows).filled([0]).column(0)


@pytest.mark.parametrize(
    "entry",
    [
        "<si><t><![CDATA[abc]]></t></si>",
        "<si><t>a<!--x-->b</t></si>",
        "<si><t\nxml:space='preserve'>a</t></si>",
        "<si><t>a</t ></si>",
        '<si><t>a</t><rPh sb="0" eb="1"/></si>',
        '<si><t>a</t><phoneticPr fontId="1"/></si><rPh sb="0" eb="1"><t>b</t></rPh>',
        "<si><t>a</t><t>b</t>c<x/></si>",
    ],
)
def test_a_shared_text_that_is_written_oddly_is_left_to_the_exact_engine(entry: str) -> None:
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    content = with_parts(
        raw_xlsx('<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1"><v>1</v></c></row>'),
        {"xl/sharedStrings.xml": f'<sst xmlns="{main}">{entry}</sst>'.encode()},
    )
    assert read_sheet(content, "a.xlsx", 0).engine == "openpyxl"


def test_shared_texts_that_close_more_than_they_open_are_refused() -> None:
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    strings = f'<sst xmlns="{main}"><si><r><t>a</t></r></si>\n</si>\n</sst>'.encode()
    content = raw_xlsx('<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1"><v>1</v></c></row>')
    with pytest.raises(UnreadableWorkbookError, match=r"XML 已损坏.*XML is damaged"):
        read_sheet(with_parts(content, {"xl/sharedStrings.xml": strings}), "a.xlsx", 0)


@pytest.mark.parametrize("text", ["&#0;", "&#xD83D;", "&#1114112;"])
def test_a_character_that_xml_does_not_allow_is_refused(text: str) -> None:
    with pytest.raises(UnreadableWorkbookError, match="the XML is damaged"):
        read(f'<row r="1"><c r="A1" t="str"><v>a{text}</v></c></row>')


def test_whatever_both_engines_read_of_a_damaged_sheet_is_the_same() -> None:
    compared = 0
    for seed in range(600):
        chance = random.Random(seed)
        part = chance.choice(("xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"))
        content = damaged_inside(PLAIN_XLSX, part, chance)
        with contextlib.suppress(WorkflowError):
            direct, exact = (read_sheet(content, "a.xlsx", 0, engine).rows for engine in ("direct", "openpyxl"))
            width = max(map(len, exact), default=0)
            assert repr([row[:width] for row in padded(list(direct))]) == repr(padded(list(exact))), seed
            compared += 1
    assert compared > 5


@pytest.mark.parametrize("blanks", ["{0}", '{0}<c r="E{1}" s="1"/><c r="XFD{1}" s="1"/>'])
def test_formatted_blanks_beside_and_between_values_leave_a_row_usual(blanks: str) -> None:
    cells = '<c r="A{1}"><v>1</v></c><c r="B{1}" s="1"/><c r="C{1}" s="2"/><c r="D{1}"><v>2</v></c>'
    rows = "".join(f'<row r="{n}">{blanks.format(cells.format("", n), n)}</row>' for n in range(1, 30))
    raw = row_scan.take_apart(b"<sheetData>" + rows.encode() + b"</sheetData>", "a.xlsx")
    assert (list(raw.usual), raw.odd, raw.columns()) == ([0, 1, 2, 3], {}, [0, 3])
