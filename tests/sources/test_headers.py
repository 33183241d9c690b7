"""Finding the header row, its names and units."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from workflows.errors import HeaderError
from workflows.sources.cells import Cell, SheetContent, SheetTable
from workflows.sources.headers import find_any_table, find_table, headers_of, normalise
from workflows.sources.units import split_unit

KNOWN = {"年", "月", "计划代码", "收益率", "规模"}
HEADER: list[Cell] = ["年", "月", "计划代码", "收益率", "规模"]
DATA: list[Cell] = [2024.0, 11.0, "P1", 0.01, 100.0]


def found(rows: Sequence[Sequence[Cell]]) -> SheetTable:
    return find_table(SheetContent("S", "direct", "plain", rows), KNOWN, "a.xlsx")


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


def test_a_blank_header_above_data_is_an_error_naming_both_cells() -> None:
    with pytest.raises(HeaderError, match=r"B2 in the header row is blank.*beside column A '年'.*data in B4"):
        found([["标题"], ["年", None, "月"], [2024.0, None, 11.0], [2024.0, "x", 11.0]])


def test_data_beyond_the_last_header_is_an_error() -> None:
    with pytest.raises(HeaderError, match=r"F1 in the header row is blank.*'规模'.*data in F2"):
        found([HEADER, [*DATA, "x"]])


def test_a_header_of_two_rows_is_refused() -> None:
    with pytest.raises(HeaderError, match="spans rows 2 and 3"):
        found([["标题"], ["年", "月", "计划代码", "业绩", None], [None, None, None, "收益率", "规模"], DATA])


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
    with pytest.raises(HeaderError, match="looked for 年, 收益率, 月, 规模, 计划代码; found row 1: '姓名', '电话'"):
        found([["姓名", "电话"], ["甲", 123.0]])


def test_values_stay_out_of_the_message() -> None:
    with pytest.raises(HeaderError) as raised:
        found([["姓名"], [1234567.0]])
    assert "1234567" not in str(raised.value)


def test_one_known_name_is_not_enough() -> None:
    with pytest.raises(HeaderError, match="no header row"):
        found([["年", "电话"], [2024.0, 1.0]])


def test_a_header_beyond_the_first_fifty_rows_is_not_looked_for() -> None:
    with pytest.raises(HeaderError, match="first 50 rows are blank"):
        found([*([[]] * 50), HEADER, DATA])


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
