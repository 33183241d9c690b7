"""Headers and columns as people make them, in real workbooks: hidden, nameless, over several rows, merged downwards."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlwt
from openpyxl.utils.cell import column_index_from_string, range_boundaries

from tests.fixtures.reading import chosen, rules
from tests.workbooks import HEADERS, Value, part_of, with_parts
from tests.workbooks import xls as old_book
from tests.workbooks import xlsx as new_book
from workflows import process, read_excel_rows
from workflows.domains.trustee_performance import DOMAIN
from workflows.errors import CatalogueError, HeaderError, MissingColumnsError
from workflows.records.accounts import FileAccount
from workflows.records.validation import Validated, account, validate_workbook
from workflows.runs.options import check_headers
from workflows.sources.entries import DomainSource

Rows = Sequence[Sequence[Value]]
Make = Callable[..., bytes]


def row(plan: str = "P1", scale: Value = 100.0) -> list[Value]:
    return [2024, 11, plan, "C1", 0.05, 1.25, scale]


def xlsx(rows: Rows, merged: Sequence[str] = (), hidden: str = "") -> bytes:
    book = openpyxl.Workbook()
    page = book.worksheets[0]
    for cells in rows:
        page.append(list(cells))
    for where in merged:
        page.merge_cells(where)
    for letter in hidden:
        page.column_dimensions[letter].hidden = True
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def xls(rows: Rows, merged: Sequence[str] = (), hidden: str = "") -> bytes:
    book = xlwt.Workbook()
    page = book.add_sheet("Sheet")
    for index, cells in enumerate(rows):
        for column, cell in enumerate(cells):
            if cell is not None:
                page.write(index, column, cell)
    for where in merged:
        left, top, right, bottom = (bound or 0 for bound in range_boundaries(where))
        page.merge(top - 1, bottom - 1, left - 1, right - 1)
    for letter in hidden:
        page.col(column_index_from_string(letter) - 1).hidden = True
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def exactly(rows: Rows, **around: Any) -> bytes:
    return xlsx(rows, **around)


@pytest.fixture(params=[xlsx, exactly, xls], ids=["direct", "openpyxl", "xlrd"])
def make(request: pytest.FixtureRequest) -> Make:
    made: Make = request.param
    return made


def read(make: Make, rows_: Rows, entry: dict[str, Any] | None = None, **around: Any) -> Validated:
    engine = "openpyxl" if make is exactly else None
    return validate_workbook(make(rows_, **around), chosen(), DOMAIN, rules(engine=engine, **(entry or {})))


def values(found: Validated, name: str) -> list[Any]:
    return list(found.evaluated.columns[name])


def told(found: Validated) -> FileAccount:
    return account(found, DOMAIN, rules())


def test_hidden_columns_are_left_out_of_the_header(make: Make) -> None:
    found = read(make, [[*HEADERS, "规模"], [*row(scale=1.0), 2.0]], hidden="G")
    assert values(found, "fund_scale") == ["2.00"]
    assert "未读取隐藏的列: G '规模' / hidden column(s) not read: G '规模'" in told(found).notes


def test_a_needed_column_that_is_hidden_is_missing(make: Make) -> None:
    with pytest.raises(MissingColumnsError, match="missing plan_code"):
        read(make, [HEADERS, row()], hidden="C")


def test_a_nameless_column_of_remarks_is_ignored_and_listed(make: Make) -> None:
    found = read(make, [HEADERS, [*row(), "已核对"], row("P2")])
    assert values(found, "plan_code") == ["P1", "P2"]
    assert told(found).ignored_headers == ("H (no header)",)


def test_a_nameless_column_of_numbers_is_refused_with_its_letter(make: Make) -> None:
    with pytest.raises(HeaderError, match=r"H1 in the header row is blank, but column H .* holds data in H3"):
        read(make, [HEADERS, [*row(), "已核对"], [*row("P2"), 5.0]])


TWO_ROWS: Rows = [["年", "月", "计划代码", "公司代码", "业绩", None, None], [*[None] * 4, "收益率(%)", "净值", "规模"]]


@pytest.mark.parametrize(
    "merged", [(), ("E1:G1",), ("A1:A2", "B1:B2", "C1:C2", "D1:D2", "E1:G1")], ids=["plain", "group", "all"]
)
def test_a_header_of_two_rows_is_read(make: Make, merged: Sequence[str]) -> None:
    found = read(make, [*TWO_ROWS, row(), row("P2")], merged=merged)
    assert (values(found, "plan_code"), values(found, "source_row")) == (["P1", "P2"], [3, 4])
    assert values(found, "return_rate") == ["0.000500", "0.000500"]
    assert told(found).columns["return_rate"].unit_from == "E2"


def test_a_header_of_three_rows_with_units_is_read(make: Make) -> None:
    rows: Rows = [[None] * 7, *TWO_ROWS, [None, None, "-", "-", None, "元", "万元"], row()]
    merged = ["A2:A3", "B2:B3", "C2:C3", "D2:D3", "E2:G2", "E3:E4"]
    found = read(make, rows, merged=merged)
    assert (values(found, "fund_scale"), values(found, "source_row")) == (["1000000.00"], [5])


def test_a_number_below_the_first_row_of_a_header_is_refused_with_its_cell(make: Make) -> None:
    with pytest.raises(HeaderError, match=r"sheet '\w+': the header spans rows 1 and 2, and C2 is neither"):
        read(make, [TWO_ROWS[0], [None, None, 7.0, None, "收益率", "净值", "规模"], row()])


def test_a_name_over_two_columns_of_data_is_refused_with_its_range(make: Make) -> None:
    header: list[Value] = [*HEADERS[:2], "计划代码", None, *HEADERS[3:]]
    rows: Rows = [header, [2024, 11, "P1", "甲", "C1", 0.05, 1.25, 100.0]]
    with pytest.raises(HeaderError, match="C1:D1 names 2 columns, all of which hold data; unmerge it"):
        read(make, rows, merged=["C1:D1"])


GROUPED: Rows = [
    HEADERS,
    [2024, 11, "P1", "C1", 0.05, 1.25, 100.0],
    [None, None, "P2", None, 0.05, 1.25, 200.0],
    [None, None, "P3", "C2", 0.05, 1.25, 300.0],
]


def test_what_is_merged_downwards_counts_for_every_row_that_it_covers(make: Make) -> None:
    found = read(make, GROUPED, merged=["A2:A4", "B2:B4", "D2:D3"])
    assert values(found, "report_date") == ["2024-11-01"] * 3
    assert values(found, "company_code") == ["C1", "C1", "C2"]
    assert found.evaluated.counts.add_up


def test_blank_rows_below_a_merged_cell_stay_blank(make: Make) -> None:
    found = read(make, [*GROUPED, [], [None, None, "P4", "C3"]], merged=["A2:A6", "B2:B6", "D2:D3"])
    assert values(found, "plan_code") == ["P1", "P2", "P3", "P4"]
    assert found.evaluated.counts.blank_rows == 1


def test_a_record_of_two_rows_that_are_merged_throughout_is_one(make: Make) -> None:
    merged = [f"{letter}{top}:{letter}{top + 1}" for letter in "ABCDEFG" for top in (2, 4)]
    found = read(make, [HEADERS, row(), [], row("P2"), []], merged=merged)
    assert (values(found, "plan_code"), values(found, "fund_scale")) == (["P1", "P2"], ["100.00", "100.00"])


def test_an_amount_that_is_merged_over_several_rows_is_rejected_in_each(make: Make) -> None:
    rows: Rows = [HEADERS, row(), [2024, 11, "P2", "C1", None, 1.3, None], row("P3")]
    found = read(make, rows, merged=["E2:E3", "G2:G3"])
    assert [(each.place, each.code) for each in found.evaluated.rejects] == [
        ("G2", "merged_amount"),
        ("G3", "merged_amount"),
    ]
    assert values(found, "plan_code") == ["P3"]


def test_a_price_or_rate_that_is_merged_over_several_rows_is_that_of_each(make: Make) -> None:
    rows: Rows = [HEADERS, row(), [2024, 11, "P2", "C1", None, None, 5.0]]
    found = read(make, rows, merged=["E2:E3", "F2:F3"])
    assert (values(found, "return_rate"), values(found, "net_asset_value")) == (["0.050000"] * 2, ["1.2500"] * 2)


def test_a_number_that_is_merged_over_columns_is_refused_with_its_range(make: Make) -> None:
    with pytest.raises(HeaderError, match="F3:G3 is merged over several columns and holds one number"):
        read(make, [HEADERS, row(), [2024, 11, "P2", "C1", 0.05, 3.0, None]], merged=["F3:G3"])


def test_words_that_are_merged_over_columns_are_read_as_they_stand(make: Make) -> None:
    rows: Rows = [HEADERS, row(), [2024, 11, "P2", "C1", "-", None, None], ["合计", *[None] * 5, 100.0]]
    found = read(make, rows, merged=["E3:G3", "A4:D4"])
    assert (values(found, "fund_scale"), found.evaluated.counts.totals_rows) == (["100.00", None], 1)


def test_something_else_below_a_merged_cell_is_refused_with_its_cell() -> None:
    content = xlsx([HEADERS, row(), row("P2")])
    below = part_of(content, "xl/worksheets/sheet1.xml").replace(
        b"</sheetData>", b'</sheetData><mergeCells count="1"><mergeCell ref="C2:C3"/></mergeCells>'
    )
    with pytest.raises(HeaderError, match="C2:C3 is merged, and C3 below it holds something else"):
        validate_workbook(with_parts(content, {"xl/worksheets/sheet1.xml": below}), chosen(), DOMAIN, rules())


def test_rows_as_dicts_hold_what_is_merged_into_them(tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_bytes(xlsx(GROUPED, merged=["A2:A4", "B2:B4", "D2:D3"]))
    records = process(read_excel_rows(tmp_path / "a.xlsx"), "a.xlsx")
    assert [record.model_dump()["company_code"] for record in records] == ["C1", "C1", "C2"]
    assert {record.model_dump()["report_date"] for record in records} == {date(2024, 11, 1)}


NAMED: dict[str, Any] = {
    "headers": {"fund_scale": ["期末规模", "规模 (RMB million)"], "return_rate": ["本期收益率(%)"]}
}


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("期末规模", "100.00"),
        ("期末规模(万元)", "1000000.00"),
        ("期末规模 万元", "1000000.00"),
        ("规模_元", "100.00"),
        ("规模(RMB million)", "100000000.00"),
        ("规模", "100.00"),
    ],
)
def test_a_qualified_name_is_read_as_the_catalogue_says(make: Make, header: str, expected: str) -> None:
    rows: Rows = [[*HEADERS[:4], "本期收益率(%)", "净值", header], row()]
    found = read(make, rows, NAMED)
    assert (values(found, "fund_scale"), values(found, "return_rate")) == ([expected], ["0.000500"])
    assert found.evaluated.cautions == []


def test_a_month_may_be_called_otherwise_by_its_role(make: Make) -> None:
    rows: Rows = [["年份", "月份", *HEADERS[2:]], row()]
    found = read(make, rows, {"headers": {"report_date.year": ["年份"], "report_date.month": ["月份"]}})
    assert values(found, "report_date") == ["2024-11-01"]


def test_a_field_that_is_named_alone_means_its_most_telling_column(make: Make) -> None:
    rows: Rows = [["数据期", *HEADERS[2:]], ["2024-11", *row()[2:]]]
    assert values(read(make, rows, {"headers": {"report_date": ["数据期"]}}), "report_date") == ["2024-11-01"]


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("期末规模", r"no column feeds fund_scale \(规模 or fund_scale\), and G1 '期末规模' looks like it"),
        (
            "期末规模(万元)",
            r"G1 .* write `headers: \{fund_scale: \[期末规模\]\}` into the entry of trustee_performance",
        ),
        ("规模(旧)", r"if not `ignored_headers: \[规模\(旧\)\]`"),
        ("规模增长率", "G1 '规模增长率' looks like it"),
        ("Fund Scale", "G1 'Fund Scale' looks like it"),
        ("fund_scal e2", "G1 .* looks like it"),
    ],
)
def test_a_lookalike_of_a_column_that_is_not_there_refuses_the_file(make: Make, header: str, said: str) -> None:
    with pytest.raises(HeaderError, match=said):
        read(make, [[*HEADERS[:6], header], row()])


def test_a_lookalike_that_is_known_to_be_none_refuses_nothing(make: Make) -> None:
    found = read(make, [[*HEADERS[:6], "期末规模(万元)"], row()], {"ignored_headers": ("期末规模",)})
    assert (values(found, "fund_scale"), found.evaluated.cautions) == ([None], [])
    assert told(found).ignored_headers == ("期末规模(万元)",)


def test_a_column_without_any_lookalike_may_be_missing(make: Make) -> None:
    assert values(read(make, [[*HEADERS[:6], "备注"], row()]), "fund_scale") == [None]


@pytest.mark.parametrize("header", ["期初规模", "规模(旧)", "规模_期初", "规模1"])
def test_a_lookalike_beside_the_column_is_a_caution_at_its_header(make: Make, header: str) -> None:
    found = read(make, [["标题"], [*HEADERS, header], [*row(), 5.0]])
    assert values(found, "fund_scale") == ["100.00"]
    assert [(each.code, each.place, each.field) for each in found.evaluated.cautions] == [
        ("unused_lookalike", "H2", "fund_scale")
    ]


@pytest.mark.parametrize("header", ["规模排名", "备注", "计划名称", "净值日期"])
def test_another_column_is_no_lookalike(make: Make, header: str) -> None:
    assert read(make, [[*HEADERS, header], [*row(), "x"]]).evaluated.cautions == []


def test_a_hidden_column_that_nothing_replaces_refuses_the_file_unless_hidden_ones_are_skipped(make: Make) -> None:
    with pytest.raises(HeaderError, match="G1 '规模' is hidden; show the column, or delete it"):
        read(make, [HEADERS, row()], hidden="G")
    assert values(read(make, [HEADERS, row()], {"hidden": "skip"}, hidden="G"), "fund_scale") == [None]


GROUPS: Rows = [
    ["年", "月", "计划代码", "公司代码", "净值", "本期", None, "上期", None],
    [*[None] * 5, "收益率", "规模", "收益率", "规模"],
    [2024, 11, "P1", "C1", 1.25, 0.05, 100.0, 0.04, 90.0],
]


def test_of_two_groups_the_one_of_another_period_is_not_the_months(make: Make) -> None:
    found = read(make, GROUPS, merged=["F1:G1", "H1:I1"])
    assert (values(found, "return_rate"), values(found, "fund_scale")) == (["0.050000"], ["100.00"])
    assert [each.place for each in found.evaluated.cautions] == ["H2", "I2"]


def test_two_groups_of_one_name_are_refused_until_the_catalogue_names_one(make: Make) -> None:
    rows: Rows = [["年", "月", "计划代码", "公司代码", "净值", "甲类", None, "乙类", None], *GROUPS[1:]]
    with pytest.raises(HeaderError, match=r"columns F '收益率' and H '收益率' .* both name return_rate"):
        read(make, rows, merged=["F1:G1", "H1:I1"])
    entry = {"headers": {"return_rate": ["乙类收益率"], "fund_scale": ["规模(乙类)", "乙类规模"]}}
    found = read(make, rows, entry, merged=["F1:G1", "H1:I1"])
    assert (values(found, "return_rate"), values(found, "fund_scale")) == (["0.040000"], ["90.00"])


def test_figures_of_another_period_alone_are_refused(make: Make) -> None:
    rows: Rows = [["年", "月", "计划代码", "公司代码", "净值", "上年同期", None], *(cells[:7] for cells in GROUPS[1:])]
    with pytest.raises(HeaderError, match=r"F2 '收益率' below '上年同期' looks like it.*\[上年同期收益率\]"):
        read(make, rows, merged=["F1:G1"])


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        ({"headers": {"scale": ["期末规模"]}}, ("headers.scale", "no field that headers name")),
        ({"headers": {"report_date.day": ["日"]}}, ("headers.report_date.day", "no field that headers name")),
        ({"headers": {"fund_scale": ["净值"]}}, ("headers.fund_scale", "'净值' names net_asset_value, too")),
        (
            {"headers": {"fund_scale": ["期末数"], "net_asset_value": [" 期末数(元)"]}},
            ("headers.net_asset_value", "' 期末数(元)' names fund_scale, too"),
        ),
        ({"headers": {"fund_scale": [" "]}}, ("headers.fund_scale", "blank")),
        (
            {"headers": {"return_rate": ["本期收益(万元)"]}},
            ("headers.return_rate", "'万元' in '本期收益(万元)' does not"),
        ),
        ({"ignored_headers": ("规模(万元)",)}, ("ignored_headers", "'规模(万元)' names fund_scale")),
    ],
)
def test_headers_of_the_catalogue_are_checked_against_the_fields(
    entry: dict[str, Any], problem: tuple[str, str]
) -> None:
    source = rules(**entry).source
    with pytest.raises(CatalogueError) as raised:
        check_headers(source, DOMAIN, Path("data_sources.yml"))
    ((path, text),) = raised.value.problems
    assert (path, problem[1] in text) == (f"domains.trustee_performance.{problem[0]}", True)


def test_good_headers_of_the_catalogue_are_part_of_what_shapes_reading() -> None:
    source = rules(**NAMED).source
    check_headers(source, DOMAIN, Path("data_sources.yml"))
    assert source.reading_rules()["headers"] == NAMED["headers"]
    assert DomainSource.model_validate_json(source.model_dump_json()) == source


DOWN: dict[str, Any] = {"fill_down": ("report_date", "company_code")}
OUTLINE: Rows = [
    HEADERS,
    [2024, 11, "P1", "C1", 0.05, 1.25, 100.0],
    [None, None, "P2", None, 0.05, 1.25, 200.0],
    [None, None, "小计", None, None, None, 300.0],
    [None, None, "P3", "C2", 0.05, 1.25, 300.0],
    ["合计", None, None, None, None, None, 600.0],
]


def test_a_month_in_the_first_row_of_its_group_is_not_filled_unless_the_catalogue_says_so(make: Make) -> None:
    found = read(make, OUTLINE)
    assert {(each.row, each.code) for each in found.evaluated.rejects} == {(3, "missing_value"), (5, "missing_value")}


def test_blanks_are_filled_from_above_where_the_catalogue_says_so_and_counted(make: Make) -> None:
    found = read(make, OUTLINE, DOWN)
    assert values(found, "company_code") == ["C1", "C1", "C2"]
    assert (values(found, "report_date"), found.evaluated.counts.totals_rows) == (["2024-11-01"] * 3, 2)
    assert [(each.field, each.rule.name, each.cells) for each in found.evaluated.touch_counts] == [
        ("report_date", "filled_down", 2),
        ("company_code", "filled_down", 1),
    ]
    assert found.evaluated.counts.add_up


def test_a_new_year_ends_the_month_above_it(make: Make) -> None:
    rows: Rows = [HEADERS, [2024, 11, *row("P1")[2:]], [None, None, *row("P2")[2:]], [2025, None, *row("P3")[2:]]]
    found = read(make, rows, DOWN)
    assert (values(found, "plan_code"), [each.place for each in found.evaluated.rejects]) == (["P1", "P2"], ["B4"])


def test_a_new_month_ends_the_company_above_it(make: Make) -> None:
    rows: Rows = [HEADERS, row("P1"), [2024, 12, "P2", None, 0.05, 1.25, 1.0]]
    assert [(each.place, each.code) for each in read(make, rows, DOWN).evaluated.rejects] == [("D3", "missing_value")]


def test_a_line_between_two_parts_ends_what_is_filled(make: Make) -> None:
    rows: Rows = [*OUTLINE[:3], [None, None, None, "二、职业年金"], [None, None, "P9", None, 0.05, 1.25, 1.0]]
    found = read(make, rows, DOWN)
    assert values(found, "plan_code") == ["P1", "P2"]
    assert {each.row for each in found.evaluated.rejects} >= {5}


@pytest.mark.parametrize(
    ("text", "reason", "filled"),
    [("注：含补缴", "note", True), ("制表人：甲", "signature", True), ("一、职业年金", "band", False)],
)
def test_a_note_between_records_is_not_filled_and_a_band_ends_what_is(
    make: Make, text: str, reason: str, filled: bool
) -> None:
    rows: Rows = [*OUTLINE[:3], [None, None, text], [None, None, "P3", None, 0.05, 1.25, 3.0]]
    found = read(make, rows, DOWN)
    assert values(found, "plan_code") == ["P1", "P2", *(["P3"] if filled else [])]
    assert [(each.row, each.reason) for each in found.evaluated.set_aside] == [(4, reason)]


@pytest.mark.parametrize(
    ("fields", "problem"), [(("fund_scale",), "numbers are not filled"), (("scale",), "no field that headers name")]
)
def test_only_fields_that_say_what_a_record_is_are_filled(fields: tuple[str, ...], problem: str) -> None:
    with pytest.raises(CatalogueError, match=problem):
        check_headers(rules(fill_down=fields).source, DOMAIN, Path("data_sources.yml"))


MONTHLESS: Rows = [HEADERS[2:], row()[2:]]


@pytest.mark.parametrize(
    "titles",
    [
        [["2024年11月受托业绩报告"]],
        [["受托业绩报告", None, "2024-11"], ["单位：元", None, "编制日期：2024年12月5日"]],
        [["报告期：2024年11月1日-2024年11月30日"]],
        [["截至2024年11月30日"]],
        [["报告期", "2024年11月30日"]],
        [["年月：", 202411]],
        [["2024年11月受托业绩报告"], ["报告期：2024年11月"]],
    ],
)
def test_the_month_that_only_the_title_states_is_that_of_every_row(make: Make, titles: Rows) -> None:
    found = read(make, [*titles, *MONTHLESS])
    assert (values(found, "report_date"), found.evaluated.cautions) == (["2024-11-01"], [])
    assert any(note.startswith("各行的月份 2024-11 由 ") for note in told(found).notes)


@pytest.mark.parametrize("month_from", ["rows", "file"])
@pytest.mark.parametrize(
    ("titles", "said"),
    [
        ([["2024年10月受托业绩报告"]], r"A1 '2024年10月受托业绩报告' 2024-10, and the file's name 2024-11"),
        ([["2024年11月受托业绩"], [None, "上月：2024年10月"]], "A1 .* 2024-11, B2 .* 2024-10"),
    ],
)
def test_a_month_that_titles_contradict_is_refused_with_their_cells(
    make: Make, month_from: str, titles: Rows, said: str
) -> None:
    with pytest.raises(HeaderError, match=said):
        read(make, [*titles, *MONTHLESS], {"month_from": month_from})


@pytest.mark.parametrize(
    "title", ["受托业绩", "编制日期：2024年11月5日", "2024年1-11月", "2024年1月1日-2024年11月30日"]
)
def test_a_title_that_states_no_month_leaves_it_missing_unless_the_file_may_say_it(make: Make, title: str) -> None:
    with pytest.raises(MissingColumnsError, match="missing report_date"):
        read(make, [[title], *MONTHLESS])
    found = read(make, [[title], *MONTHLESS], {"month_from": "file"})
    assert values(found, "report_date") == ["2024-11-01"]


def test_where_rows_say_their_month_a_title_is_only_a_caution(make: Make) -> None:
    found = read(make, [["2024年10月受托业绩"], HEADERS, row()])
    assert [each.code for each in found.evaluated.cautions] == ["title_month_mismatch"]


@pytest.mark.parametrize(
    "cell", ["2024年11月1日-2024年11月30日", "2024年11月1日至30日", "2024.11.01-2024.11.30", "20241101-20241130"]
)
@pytest.mark.parametrize("name", ["年月", "报告期"])
def test_a_range_of_days_within_a_month_is_that_month(make: Make, name: str, cell: str) -> None:
    assert values(read(make, [[name, *HEADERS[2:]], [cell, *row()[2:]]]), "report_date") == ["2024-11-01"]


def test_a_range_of_two_months_is_a_reject_at_its_cell(make: Make) -> None:
    rows: Rows = [["报告期", *HEADERS[2:]], ["2024年10月1日-2024年11月30日", *row()[2:]]]
    assert [(each.place, each.code) for each in read(make, rows).evaluated.rejects] == [("A2", "several_months")]


@pytest.mark.parametrize("engine", ["direct", "openpyxl", "xlrd"])
@pytest.mark.parametrize(
    ("code", "expected"), [("0.00", ["2024-10-01"]), ("0.00_ ", ["2024-10-01"]), ("0.0", []), ("General", [])]
)
def test_october_is_told_from_january_by_the_format_that_shows_it(engine: str, code: str, expected: list[str]) -> None:
    rows: Rows = [["年月", *HEADERS[2:]], [2024.1, *row()[2:]]]
    content = (old_book if engine == "xlrd" else new_book)(rows, formats={"A2": code, "G2": "0.00"})
    file = chosen(period=date(2024, 10, 1))
    assert values(validate_workbook(content, file, DOMAIN, rules(engine=engine)), "report_date") == expected
