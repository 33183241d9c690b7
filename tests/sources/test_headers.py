"""Finding the header row, its names and units."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pytest

from workflows.errors import HeaderError, HeaderNotFoundError
from workflows.sources.cells import Cell, ErrorCell, Merged, SheetContent, SheetTable
from workflows.sources.headers import find_any_table, find_table, headers_of, nameless, normalise
from workflows.sources.units import split_unit

KNOWN = {"年", "月", "计划代码", "收益率", "净值", "规模"}
HEADER: list[Cell] = ["年", "月", "计划代码", "收益率", "规模"]
DATA: list[Cell] = [2024.0, 11.0, "P1", 0.01, 100.0]


def found(rows: Sequence[Sequence[Cell]], **around: Any) -> SheetTable:
    return find_table(SheetContent("S", "direct", "plain", rows, **around), KNOWN, "a.xlsx")


@pytest.mark.parametrize(
    "text",
    [
        "计划代码",
        " 计划代码 ",
        "计划\n代码",
        "计划\u00a0代码",
        "\u3000计划代码\u3000",
        "计\u200b划代码",
        "\ufeff计划代码",
        "计划\t代码\r\n",
    ],
)
def test_every_kind_of_space_and_line_break_is_ignored(text: str) -> None:
    assert normalise(text) == "计划代码"


def test_full_width_letters_brackets_and_percent_signs_become_plain() -> None:
    assert normalise("ＦＵＮＤ＿Ｓｃａｌｅ（％）") == "fund_scale(%)"


def test_a_header_row_ends_with_its_last_text_and_names_each_column_before() -> None:
    assert [
        (each.index, each.letter, each.text, each.name, each.unit)
        for each in headers_of(["规模（万元）", None, " A ", ""])
    ] == [
        (0, "A", "规模（万元）", "规模", "万元"),
        (1, "B", "", "", None),
        (2, "C", " A ", "a", None),
    ]


def test_lenticular_brackets_are_brackets() -> None:
    assert normalise("规模【万元】") == "规模(万元)"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("规模(元)", ("规模", "元")),
        ("规模(万元)", ("规模", "万元")),
        ("规模(亿元)", ("规模", "亿元")),
        ("收益率(%)", ("收益率", "%")),
        ("规模(单位:万元)", ("规模", "万元")),
        ("规模单位:万元", ("规模", "万元")),
        ("规模", ("规模", None)),
        ("规模(期末)", ("规模(期末)", None)),
        ("(万元)", ("(万元)", None)),
    ],
)
def test_a_unit_is_split_from_its_name(name: str, expected: tuple[str, str | None]) -> None:
    assert split_unit(name) == expected


def test_the_header_is_found_below_title_rows() -> None:
    assert found([["受托业绩报告"], [], ["单位：万元", "规模"], HEADER, DATA]).header_row == 4


def test_title_texts_are_kept() -> None:
    assert found([["受托业绩报告", None, 2024.0], [" "], HEADER, DATA]).title_texts == ("受托业绩报告", "2024")


def test_rows_begin_below_the_header() -> None:
    assert found([["标题"], HEADER, DATA]).first_row == 3


def test_rows_end_with_the_last_one_that_is_not_blank() -> None:
    assert list(found([HEADER, DATA, [None], DATA, [None, " \u3000"], []]).rows) == [DATA, [], DATA]


def test_a_header_without_data_gives_no_rows() -> None:
    assert list(found([HEADER]).rows) == []


def test_the_first_of_equal_header_rows_wins() -> None:
    assert found([HEADER, DATA, HEADER, DATA]).header_row == 1


def test_headers_carry_letter_text_name_and_unit() -> None:
    header = found([["年", "月", " 规模（万元）"], [2024.0, 11.0, 1.0]]).headers[2]
    assert (header.index, header.letter, header.text, header.name, header.unit) == (
        2,
        "C",
        " 规模（万元）",
        "规模",
        "万元",
    )


def test_a_blank_column_without_data_is_no_problem() -> None:
    assert [header.text for header in found([["年", None, "月"], [2024.0, None, 11.0]]).headers] == ["年", "", "月"]


def test_two_columns_of_one_unknown_name_are_left_alone() -> None:
    assert found([[*HEADER, "备注", "备注"], DATA]).header_row == 1


def test_a_nameless_column_of_numbers_is_an_error_naming_both_cells() -> None:
    with pytest.raises(HeaderError, match=r"B2 in the header row is blank.*beside column A '年'.*data in B4"):
        nameless(found([["标题"], ["年", None, "月"], [2024.0, "x", 11.0], [2024.0, 1.0, 11.0]]), "a.xlsx")


@pytest.mark.parametrize(
    "cell", [1.0, "1,234.5", "1.2亿", "(300)", "¥5", True, datetime(2024, 11, 1), ErrorCell("#N/A")]
)
def test_numbers_beyond_the_last_header_are_an_error(cell: Cell) -> None:
    with pytest.raises(HeaderError, match=r"F1 in the header row is blank.*'规模'.*data in F2"):
        nameless(found([HEADER, [*DATA, cell]]), "a.xlsx")


def test_nameless_remarks_are_listed_by_their_columns() -> None:
    assert nameless(found([HEADER, [*DATA, "已核对"], [*DATA, None, "见附件"]]), "a.xlsx") == ("F", "G")


TWO_ROWS: list[list[Cell]] = [["年", "月", "计划代码", "业绩", None], [None, None, None, "收益率", "规模"]]


def names(table: SheetTable) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(header.place, header.name, header.groups) for header in table.headers]


@pytest.mark.parametrize("merged", [(), ((0, 3, 0, 4),), ((0, 0, 1, 0), (0, 1, 1, 1), (0, 2, 1, 2), (0, 3, 0, 4))])
def test_a_header_of_two_rows_is_read_merged_or_not(merged: tuple[Merged, ...]) -> None:
    table = found([*TWO_ROWS, DATA], merged=merged)
    assert names(table)[2:] == [("C1", "计划代码", ()), ("D2", "收益率", ("业绩",)), ("E2", "规模", ("业绩",))]
    assert (table.header_row, table.first_row, list(table.rows), table.doubts) == (1, 3, [DATA], ())


def test_names_above_the_row_that_holds_most_of_them_belong_to_the_header() -> None:
    table = found([["标题"], ["年", "月"], [None, None, "计划代码", "收益率", "规模"], DATA])
    assert (names(table)[1], table.header_row, table.first_row) == (("B2", "月", ()), 2, 4)


def test_names_merged_over_every_row_of_the_header_make_one() -> None:
    table = found([HEADER, [], DATA], merged=[(0, column, 1, column) for column in range(5)])
    assert (table.header_row, table.first_row, [each.row for each in table.headers]) == (1, 3, [1] * 5)


def test_a_header_of_two_rows_may_have_a_row_of_units() -> None:
    table = found([*TWO_ROWS, [None, None, None, "%", "万元"], DATA])
    assert (table.first_row, [(each.unit, each.place) for each in table.units]) == (4, [("%", "D3"), ("万元", "E3")])


def test_a_heading_within_the_header_says_the_unit_of_its_columns() -> None:
    header: list[list[Cell]] = [["年", "月", "计划代码", "规模与净值(万元)", None], [None, None, None, "净值", "规模"]]
    assert [(each.unit, each.place, each.columns) for each in found([*header, DATA], merged=[(0, 3, 0, 4)]).units] == [
        ("万元", "D1", range(3, 5))
    ]


def test_a_name_that_is_divided_below_is_a_heading() -> None:
    header: list[list[Cell]] = [["年", "月", "计划代码", "规模", None], [None, None, None, "期初", "期末"]]
    table = found([*header, DATA], merged=[(0, 3, 0, 4)])
    assert names(table)[3:] == [("D2", "期初", ("规模",)), ("E2", "期末", ("规模",))]


@pytest.mark.parametrize(
    ("rows", "merged", "cell"),
    [
        ([HEADER[:4], [None, 3.0, None, None, "规模"], DATA], (), "B2 is neither"),
        ([HEADER, [None, None, None, None, "期末"], DATA], [(0, 0, 1, 0)], "E2 is neither"),
        ([["年", "月", None, 7.0], [None, None, "计划代码", "收益率", "规模"], DATA], (), "D1 is neither"),
        ([HEADER, DATA, DATA], [(0, 0, 2, 0)], "A2 is neither"),
        ([HEADER[:4], [*DATA]], [(0, 3, 0, 4)], "D1:E1 names 2 columns"),
    ],
)
def test_what_is_neither_header_nor_data_is_in_doubt(
    rows: Sequence[Sequence[Cell]], merged: Sequence[Merged], cell: str
) -> None:
    assert re.search(cell, found(rows, merged=merged).doubts[0][1].english)


def test_a_row_of_units_below_the_header_is_no_data() -> None:
    table = found([HEADER, ["-", None, None, "(%)", "（万元）"], DATA])
    assert (table.first_row, list(table.rows)) == (3, [DATA])
    assert [(each.unit, each.place) for each in table.units] == [("%", "D2"), ("万元", "E2")]


@pytest.mark.parametrize("row", [["2024", "11", "P1", "5%", "万元"], [2024.0, "-", "-", "%", "万元"], ["甲"], [None]])
def test_a_row_with_figures_or_without_a_unit_is_data(row: list[Cell]) -> None:
    assert found([HEADER, row, DATA]).first_row == 2


def test_a_row_of_group_names_above_the_header_is_a_title() -> None:
    assert found([["基本信息", None, None, "业绩", None], HEADER, DATA]).header_row == 2


def test_no_header_says_what_was_looked_for_and_what_was_found() -> None:
    with pytest.raises(
        HeaderError, match="looked for 净值, 年, 收益率, 月, 规模, 计划代码; it begins with row 1: '姓名', '电话'"
    ):
        found([["姓名", "电话"], ["甲", 123.0]])


def test_values_stay_out_of_the_message() -> None:
    with pytest.raises(HeaderError) as raised:
        found([["姓名"], [1234567.0]])
    assert "1234567" not in str(raised.value)


def test_one_known_name_is_not_enough() -> None:
    with pytest.raises(HeaderError, match="no header row"):
        found([["年", "电话"], [2024.0, 1.0]])


@pytest.mark.parametrize("above", [[[]] * 50, [["说明"]] * 900, [[None]] * 200_000])
def test_a_header_far_down_is_found(above: list[list[Cell]]) -> None:
    table = found([*above, HEADER, DATA])
    assert (table.header_row, list(table.rows)) == (len(above) + 1, [DATA])


def test_a_header_below_a_thousand_filled_rows_is_not_looked_for() -> None:
    with pytest.raises(HeaderNotFoundError, match="no header row found"):
        found([*([["说明"]] * 1100), HEADER, DATA])


def test_hidden_columns_are_no_part_of_a_header() -> None:
    table = found([["规模", *HEADER], [1.0, *DATA]], hidden_columns=frozenset({0}))
    assert [(each.name, each.is_hidden) for each in table.headers][:2] == [("规模", True), ("年", False)]
    with pytest.raises(HeaderNotFoundError):
        found([HEADER, DATA], hidden_columns=frozenset(range(4)))


def test_a_blank_sheet_is_an_error() -> None:
    with pytest.raises(HeaderError, match="blank"):
        found([])


def test_any_header_is_the_first_wide_row_of_texts() -> None:
    content = SheetContent("S", "direct", "plain", [["标题"], ["a", "b", "c"], ["x", "y", "z"]])
    assert find_any_table(content, "a.xlsx").header_row == 2


def test_any_header_may_be_one_column() -> None:
    assert find_any_table(SheetContent("S", "direct", "plain", [["a"], [1.0]]), "a.xlsx").header_row == 1


def test_a_repeated_text_is_an_error_where_rows_become_dicts() -> None:
    with pytest.raises(HeaderError, match="columns A 'a' and B 'a'"):
        find_any_table(SheetContent("S", "direct", "plain", [["a", "a"], [1.0, 2.0]]), "a.xlsx")


def test_numbers_alone_are_no_header() -> None:
    with pytest.raises(HeaderError, match="row 1: no text"):
        find_any_table(SheetContent("S", "direct", "plain", [[1.0, 2.0]]), "a.xlsx")
