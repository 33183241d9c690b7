"""The whole document against the slow reference, for all kinds of cells, and what COPY is fed from it."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from xml.sax.saxutils import escape

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.fixtures.reading import chosen, records_of, rules
from tests.fixtures.reference_document import (
    FILE,
    HEADER_ROW,
    HEADERS,
    PERIOD,
    SHEET,
    reference_account,
    reference_lines,
)
from tests.fixtures.reference_rows import AnotherTableError
from tests.workbooks import raw_xlsx
from workflows.domains.evaluate import evaluate
from workflows.domains.mapping import Source, map_columns
from workflows.domains.trustee_performance import DOMAIN
from workflows.errors import HeaderError, UnitError
from workflows.records.copy_feed import copy_chunks
from workflows.records.documents import processed_file
from workflows.records.validation import Validated, validate_workbook, write_validated
from workflows.sources.cells import Cell, ErrorCell, FormattedNumber, Header, MergedNumber, SheetTable, column_letter

HOSTILE = ['a"b', "a\\b", "\\.", "a],[b", ",[]],", "null", "None", "NA", "[]", "计划①", "x\ny", "  P1 ", "'P1", "p1"]
CODES: st.SearchStrategy[Cell] = st.one_of(
    st.sampled_from(["P1", "P2", "P3", *HOSTILE]),
    st.text(max_size=8),
    st.sampled_from([1001.0, 12.5, 1e16, FormattedNumber(7.0, "000000"), True, None, ErrorCell("#N/A"), "x" * 51]),
)
YEARS: st.SearchStrategy[Cell] = st.sampled_from([2024.0, 2024.0, 2024.0, "2024年", 24.0, 2024.5, None, True])
MONTHS: st.SearchStrategy[Cell] = st.sampled_from(
    [11.0, 11.0, 11.0, "11月", 13.0, 1.0, True, None, "2023-11", 2024.1, ErrorCell("#REF!"), datetime(2024, 11, 30)]
)
TIES = st.builds(
    lambda whole, digits, nudge: (whole + 0.5) / 10**digits + nudge,
    st.integers(-(10**9), 10**12),
    st.sampled_from([2, 4, 6]),
    st.sampled_from([0.0, 1e-12, -1e-12, 1e-9]),
)
NUMBERS: st.SearchStrategy[Cell] = st.one_of(
    st.floats(-2, 12),
    TIES,
    st.floats(-1e18, 1e18),
    st.sampled_from([0.0, -0.0, -1e-9, "5%", "(1,234.56)", "1.2亿", "—", "abc", None, True, ErrorCell("#DIV/0!")]),
    st.sampled_from([FormattedNumber(0.05, "0.00%"), datetime(2024, 1, 1), "null", "\\."]),
)
TEXTS = [
    *(
        "合计:",
        "甲公司小计",
        "本页小计",
        "全部",
        "-",
        "注：一",
        "制表人：",
        "一、企业年金",
        "甲",
        "以上数据未经审计",
        "P9",
        "2024年",
    ),
]
BEFORE: list[tuple[Cell, ...]] = [
    (),
    (None, None),
    (2024.0, 11.0),
    (2024.0, 11.0, "P1"),
    (None, None, "合计"),
    ("甲", "乙"),
]
ROWS = st.lists(
    st.one_of(
        st.tuples(YEARS, MONTHS, CODES, CODES, NUMBERS, NUMBERS, NUMBERS),
        st.tuples(st.just(2024.0), st.just(11.0), st.sampled_from(HOSTILE), st.just("C1"), TIES, TIES, TIES),
        st.just((None, None, "小计", None, None, None, 5.0)),
        st.just((None, " ", None, None, None, None, None)),
        st.sampled_from([(*before, text, *[None] * (6 - len(before))) for text in TEXTS for before in BEFORE]),
        st.just(HEADERS),
    ),
    min_size=1,
    max_size=12,
)

ODD_YEARS: st.SearchStrategy[Cell] = st.sampled_from(
    [
        "2024",
        "24年",
        "２０２４年",
        "'2024",
        "1924",
        "124",
        "二四年",
        "",
        datetime(2024, 5, 1),
        1899.0,
        ErrorCell("#N/A"),
    ]
)
ODD_MONTHS: st.SearchStrategy[Cell] = st.one_of(
    st.sampled_from(
        ["2024年11月", "24年11月30日", "截至2024年11月末", "2024年11月份", "11月2024年", "1月", "011", "00"]
    ),
    st.sampled_from(["2024-11-31", "2024/11", "2024.1", "2024.11.05", "202411", "20241130", "202413", "2024年"]),
    st.sampled_from(["2024年11月1日-2024年11月30日", "2024年11月-12月", "2024年11月1日至30日", "2024年11月30日至1日"]),
    st.sampled_from([202411.0, 20241130.0, 2024.11, 2024.01, 2024.13, 1899.11, 0.0, -1.0, 12.0, 10.0]),
    st.sampled_from([FormattedNumber(2024.1, "0.00"), datetime(1989, 11, 1), datetime(2099, 12, 31)]),
    st.integers(1, 12).map(lambda month: f"2024年{month}月"),
)
SPELLED = st.builds(
    "".join,
    st.tuples(
        st.sampled_from(["", "", "(", "+", "-", "−", "¥", "-¥", "¥-", "$", "'"]),
        st.sampled_from(["5", "0", "0.5", ".5", "5.", "1,234.56", "1,23", "1２3", "0.00005", "1E3", "1E-2", "5E", "x"]),
        st.sampled_from(["", "", "", "元", "万", "万元", "亿", "千", "百万", "千万元", "万亿", "百"]),
        st.sampled_from(["", "", "", "%", "%%", " "]),
        st.sampled_from(["", "", ")"]),
    ),
)
ODD_NUMBERS: st.SearchStrategy[Cell] = st.one_of(
    SPELLED,
    st.sampled_from(["不适用", "NA", "none", "暂无", "", " ", "—", "1E18", "9" * 30, MergedNumber(5.0, "0")]),
    st.builds(
        FormattedNumber,
        st.sampled_from([0.05, -0.5, 12.0, 100000.0]),
        st.sampled_from(["0.00%", "0%", '0.00"%"', "0.00,", "0!.0,", '0.0,"千元"', "[$$-409]0.00", "000000"]),
    ),
)
ODD_CODES: st.SearchStrategy[Cell] = st.sampled_from(
    [
        *[
            "ｐ１",
            "\u200bP1\ufeff",
            "P 1",
            "合计",
            "P1合计",
            "合计划",
            "总计金额",
            "其中A",
            "Total",
            "subtotal",
            "xtotal",
        ],
        *[
            "全部",
            "ALL",
            "ALLY",
            "SUM",
            "SUMS",
            "N/A",
            "无",
            "—",
            "计划一",
            "x" * 20,
            "x" * 21,
            "x" * 50,
            "''1",
            "汇总户",
        ],
        *[datetime(2024, 1, 1), -1.0, 0.0, 999999999999999.0, 1e15, FormattedNumber(1234567.0, "000000"), False],
    ]
)
# Without a scale no totals row is compared with the sum of the others.
NO_SCALE = (st.just(1.0), st.just(1.0), st.none())
DECISIONS = st.lists(
    st.one_of(
        st.tuples(YEARS | ODD_YEARS, MONTHS | ODD_MONTHS, st.just("P1"), st.just("C1"), *([st.just(1.0)] * 3)),
        st.tuples(
            st.just(2024.0), st.just(11.0), CODES | ODD_CODES, CODES | ODD_CODES, st.just(1.0), st.just(1.0), st.none()
        ),
        st.tuples(st.just(2024.0), st.just(11.0), st.just("P1"), st.just("C1"), *([NUMBERS | ODD_NUMBERS] * 3)),
    ),
    min_size=1,
    max_size=8,
)


def document(rows: Sequence[Sequence[Cell]], path: Path) -> Path:
    headers = tuple(Header(index, column_letter(index), text, text) for index, text in enumerate(HEADERS))
    table = SheetTable(SHEET, "direct", "plain", HEADER_ROW, headers, rows)
    source = Source(FILE, PERIOD)
    found = evaluate(DOMAIN, table, map_columns(DOMAIN, table, source), source)
    with path.open("wb") as stream:
        write_validated(stream, Validated(chosen(FILE), table, found), DOMAIN, rules())
    return path


def lines_of(path: Path) -> list[str]:
    """All lines but the first."""
    return path.read_text(encoding="utf-8").removesuffix("\n").split("\n")[1:]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("documents") / "document.json"


def holds_another_table(rows: Sequence[Sequence[Cell]]) -> bool:
    try:
        reference_lines(rows)
    except AnotherTableError:
        return True
    return False


@settings(deadline=None)
@given(rows=ROWS)
def test_the_document_equals_the_reference_byte_for_byte(place: Path, rows: list[tuple[Cell, ...]]) -> None:
    assume(not holds_another_table(rows))
    assert lines_of(document(rows, place)) == reference_lines(rows)
    account = processed_file(place).meta.file.model_dump()
    wanted = reference_account(rows)
    assert {name: account[name] for name in wanted} == wanted


@settings(deadline=None)
@given(rows=DECISIONS)
def test_what_cells_say_equals_the_reference(place: Path, rows: list[tuple[Cell, ...]]) -> None:
    assume(not holds_another_table(rows))
    assert lines_of(document(rows, place)) == reference_lines(rows)


FORMATS = ["0.00%", "000000"]
VALID: tuple[Cell, ...] = (2024.0, 11.0, "P999", "C9", 0.01, 1.0, 2.0)


def written(place: str, cell: Cell) -> str:
    """A cell as XML, its number to the last bit."""
    match cell:
        case None:
            return ""
        case bool():
            return f'<c r="{place}" t="b"><v>{int(cell)}</v></c>'
        case FormattedNumber():
            style = FORMATS.index(cell.number_format) + 1
            return f'<c r="{place}" s="{style}"><v>{float(cell)!r}</v></c>'
        case float():
            return f'<c r="{place}"><v>{cell!r}</v></c>'
        case ErrorCell():
            return f'<c r="{place}" t="e"><v>{cell.code}</v></c>'
        case datetime():
            return f'<c r="{place}" t="d"><v>{cell.isoformat()}</v></c>'
    text = escape(str(cell), {"\r": "&#13;"})
    return f'<c r="{place}" t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'


def workbook_of(rows: Sequence[Sequence[Cell]]) -> bytes:
    """A real workbook with the header in its row."""
    lines = [
        f'<row r="{number}">'
        + "".join(written(f"{'ABCDEFG'[i]}{number}", cell) for i, cell in enumerate(cells))
        + "</row>"
        for number, cells in enumerate((HEADERS, *rows), start=HEADER_ROW)
    ]
    return raw_xlsx("".join(lines), formats=FORMATS)


def is_xml(cell: Cell) -> bool:
    """Whether XML can hold the cell's text, and Excel's escapes do not change it."""
    text = cell if isinstance(cell, str) else ""
    return not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]|_x", text)


@pytest.mark.parametrize("engine", ["direct", "openpyxl"])
@given(rows=ROWS.filter(lambda rows: all(is_xml(cell) for cells in rows for cell in cells)))
@settings(max_examples=60, deadline=None)
def test_a_workbook_becomes_the_reference_byte_for_byte(place: Path, engine: str, rows: list[tuple[Cell, ...]]) -> None:
    # The last row of a sheet is one that is not blank.
    content = workbook_of([*rows, VALID])
    read_so = rules(engine=engine)
    if any(cells[4] == "5%" or isinstance(cells[4], FormattedNumber) for cells in rows):
        # The last row's rate is a bare number: what is it beside one with a percent sign?
        with pytest.raises(UnitError, match=r"and E\d+ a number without one"):
            validate_workbook(content, chosen(FILE), DOMAIN, read_so)
        return
    if holds_another_table([*rows, VALID]):
        with pytest.raises(HeaderError, match="that of another below it"):
            validate_workbook(content, chosen(FILE), DOMAIN, read_so)
        return
    validated = validate_workbook(content, chosen(FILE), DOMAIN, read_so)
    with place.open("wb") as stream:
        write_validated(stream, validated, DOMAIN, read_so)
    assert lines_of(place) == reference_lines([*rows, VALID])


@given(rows=ROWS)
def test_the_feed_says_what_the_records_say(place: Path, rows: list[tuple[Cell, ...]]) -> None:
    found = processed_file(document(rows, place))
    lines = b"".join(copy_chunks(found.chunks(), len(found.meta.fields))).decode().split("\n")[:-1]
    fed = [re.findall(r"((?:[^\\,]|\\.)*),", line)[:7] for line in lines]
    # Codes and sheet names hold no line break, so that what follows a backslash is the character itself.
    assert [[None if field == "null" else re.sub(r"\\(.)", r"\1", field) for field in line] for line in fed] == [
        [{True: "true", False: "false"}.get(value, value) for value in list(record.values())[:7]]
        for record in records_of(found)
    ]


@pytest.mark.parametrize(
    ("code", "row"),
    [
        ("missing_value", (2024.0, 11.0, None, "C1", 0.1, 1.0, 2.0)),
        ("error_cell", (2024.0, 11.0, "P1", "C1", ErrorCell("#N/A"), 1.0, 2.0)),
        ("not_a_number", (2024.0, 11.0, "P1", "C1", "abc", 1.0, 2.0)),
        ("not_a_code", (2024.0, 11.0, "P1", 1.5, 0.1, 1.0, 2.0)),
        ("code_digits_lost", (2024.0, 11.0, 1e16, "C1", 0.1, 1.0, 2.0)),
        ("code_too_long", (2024.0, 11.0, "P" * 51, "C1", 0.1, 1.0, 2.0)),
        ("invalid_month", (2024.0, 13.0, "P1", "C1", 0.1, 1.0, 2.0)),
        ("ambiguous_month", (None, 2024.1, "P1", "C1", 0.1, 1.0, 2.0)),
        ("month_conflict", (2024.0, "2023-11", "P1", "C1", 0.1, 1.0, 2.0)),
        ("out_of_range", (2024.0, 11.0, "P1", "C1", 10.5, 1.0, 2.0)),
    ],
)
def test_each_reject_equals_the_reference(tmp_path: Path, code: str, row: tuple[Cell, ...]) -> None:
    path = document([row], tmp_path / "document.json")
    assert (lines_of(path), json.loads(path.read_bytes())["rejects"][0]["code"]) == (reference_lines([row]), code)
