from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import pytest

from workflows.domains.evaluate import Evaluated, evaluate
from workflows.domains.mapping import Source, map_columns
from workflows.domains.trustee_performance import DOMAIN, process
from workflows.errors import HeaderError, MissingColumnsError, RowsRejectedError
from workflows.sources.cells import Cell, ErrorCell, SheetTable
from workflows.sources.headers import headers_of

HEADERS = ("年", "月", "计划代码", "公司代码", "收益率", "净值", "规模")
NOVEMBER = date(2024, 11, 1)
SOURCE = Source("f.xlsx", NOVEMBER)


def table(rows: Sequence[Sequence[Cell]], headers: Sequence[str] = HEADERS) -> SheetTable:
    return SheetTable("S", "direct", "plain", 3, headers_of(headers), rows)


def row(
    year: Cell = 2024.0,
    month: Cell = 11.0,
    plan: Cell = "P1",
    company: Cell = "C1",
    rate: Cell = 0.05,
    value: Cell = 1.5,
    scale: Cell = 100.0,
) -> list[Cell]:
    return [year, month, plan, company, rate, value, scale]


BLANK: list[Cell] = [None] * 7


def totals(word: str, scale: Cell) -> list[Cell]:
    return [None, None, word, None, None, None, scale]


def evaluated(rows: Sequence[Sequence[Cell]], headers: Sequence[str] = HEADERS, source: Source = SOURCE) -> Evaluated:
    sheet = table(rows, headers)
    return evaluate(DOMAIN, sheet, map_columns(DOMAIN, sheet, source), source)


def codes(found: Evaluated) -> list[tuple[int, str, str]]:
    return [(reject.row, reject.column, reject.code) for reject in found.rejects]


def test_a_good_row_becomes_one_record_of_fixed_point_text() -> None:
    found = evaluated([row()])
    assert {name: values[0] for name, values in found.columns.items()} == {
        "report_date": "2024-11-01",
        "plan_code": "P1",
        "company_code": "C1",
        "return_rate": "0.050000",
        "net_asset_value": "1.5000",
        "fund_scale": "100.00",
        "has_performance_data": True,
        "data_source": "f.xlsx",
        "source_sheet": "S",
        "source_row": 4,
        "validation_warnings": [],
    }


def test_a_row_without_figures_says_so() -> None:
    found = evaluated([row(rate=None, value="—", scale=None)])
    assert found.columns["has_performance_data"] == [False]


def test_a_zero_figure_is_performance_data() -> None:
    assert evaluated([row(rate=0.0, value=None, scale=None)]).columns["has_performance_data"] == [True]


def test_one_totals_row_of_text_does_not_spoil_its_column() -> None:
    found = evaluated([row(), totals("合计", 100.0)])
    assert (found.counts.records, found.counts.totals_rows, found.columns["report_date"]) == (1, 1, ["2024-11-01"])


@pytest.mark.parametrize("blank", [[None] * 7, ["", " ", None, "\u3000", None, None, None]])
def test_blank_rows_are_counted_and_keep_the_row_numbers_right(blank: list[Cell]) -> None:
    found = evaluated([row(), blank, row(plan="P2")])
    assert (found.counts.blank_rows, found.columns["source_row"]) == (1, [4, 6])


def test_a_totals_row_that_adds_up_is_silent() -> None:
    rows = [row(scale=100.0), row(plan="P2", scale=50.5), totals("合计", 150.5)]
    assert evaluated(rows).cautions == []


def test_a_totals_row_that_does_not_add_up_is_a_warning_with_both_figures() -> None:
    rows = [row(scale=100.0), totals("总 计", 150.5)]
    (caution,) = evaluated(rows).cautions
    assert (caution.code, caution.row, caution.column) == ("totals_mismatch", 5, "G")
    assert "150.5(元)" in caution.message
    assert "各行之和 rows sum to 100(元)" in caution.message


def test_totals_count_rejected_rows_whose_figure_can_be_read() -> None:
    rows = [row(scale=100.0), row(plan=None, scale=50.0), totals("合计", 150.0)]
    found = evaluated(rows)
    assert ([c.code for c in found.cautions], found.counts.rejected_rows) == ([], 1)


def test_totals_count_rows_whose_figure_is_readable_but_out_of_range() -> None:
    rows = [row(scale=100.0), row(plan="P2", scale=-50.0), totals("合计", 50.0)]
    found = evaluated(rows)
    assert ([c.code for c in found.cautions], found.counts.rejected_rows) == ([], 1)


def test_totals_compare_what_cells_say_and_not_what_is_left_after_rounding() -> None:
    rows = [row(plan=f"P{n}", scale=1000.3333) for n in range(60)]
    assert evaluated([*rows, totals("合计", 60019.998)]).cautions == []


def test_a_row_of_invisible_characters_is_blank() -> None:
    found = evaluated([row(), ["\u200b", *[None] * 6], row(plan="P2")])
    assert (found.counts.blank_rows, found.counts.rejected_rows) == (1, 0)


def test_a_year_column_that_contradicts_the_files_month_is_a_reject() -> None:
    headers = ("年", *HEADERS[2:])
    rows = [[2023.0, *row()[2:]], [2024.0, *row(plan="P2")[2:]]]
    found = evaluated(rows, headers, Source("f.xlsx", NOVEMBER, month_from_file=True))
    assert ([r.code for r in found.rejects], found.columns["report_date"]) == (["month_conflict"], ["2024-11-01"])


def test_totals_in_a_unit_are_compared_to_half_of_their_last_digit() -> None:
    headers = (*HEADERS[:6], "规模(万元)")
    rows = [row(scale=1.234), row(plan="P2", scale=1.234), totals("合计", "2.5")]
    assert evaluated(rows, headers).cautions == []
    assert [c.code for c in evaluated([*rows[:2], totals("合计", "2.6")], headers).cautions] == ["totals_mismatch"]


def test_only_columns_whose_sum_means_something_are_compared_with_a_totals_row() -> None:
    rows: list[list[Cell]] = [row(rate=0.05), row(plan="P2", rate=0.07), [None, None, "合计", None, 0.06, 1.5, 200.0]]
    found = evaluated(rows)
    assert (found.counts.totals_rows, found.cautions) == (1, [])


def test_subtotals_are_counted_and_not_compared() -> None:
    found = evaluated([row(), totals("小计", 7.0)])
    assert (found.counts.totals_rows, found.cautions) == (1, [])


def test_a_totals_word_beside_a_valid_code_is_a_reject_and_never_a_record() -> None:
    found = evaluated([row(), row(plan="合计", scale=100.0)])
    assert (codes(found), found.counts.records) == ([(5, "C", "totals_word")], 1)


def test_all_problems_of_a_row_are_named_at_once_with_their_columns() -> None:
    found = evaluated([row(plan=None, rate=15.0, value="待定", scale=ErrorCell("#N/A"))])
    assert codes(found) == [
        (4, "C", "missing_value"),
        (4, "E", "out_of_range"),
        (4, "F", "not_a_number"),
        (4, "G", "error_cell"),
    ]
    assert found.counts.rejected_rows == 1


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        ({"rate": 10.0}, None),
        ({"rate": 10.000001}, "out_of_range"),
        ({"rate": -1.0}, None),
        ({"rate": -1.000001}, "out_of_range"),
        ({"value": 0.0}, "out_of_range"),
        ({"value": 0.00004}, "out_of_range"),
        ({"value": 0.0001}, None),
        ({"scale": 0.0, "value": None}, None),
        ({"scale": -0.01}, "out_of_range"),
        ({"scale": -0.001, "value": None}, None),
        ({"scale": 1e17}, "out_of_range"),
        ({"plan": "x" * 51}, "code_too_long"),
        ({"company": "x" * 21}, "code_too_long"),
    ],
)
def test_bounds_hold_after_rounding(cells: dict[str, Cell], code: str | None) -> None:
    assert [reject.code for reject in evaluated([row(**cells)]).rejects] == ([code] if code else [])


def test_a_value_out_of_range_says_what_is_allowed_in_our_own_words() -> None:
    (reject,) = evaluated([row(rate=15.0)]).rejects
    assert reject.message == (
        "数值超出允许范围: 允许范围 −1 至 10, 此值 15.000000 / "
        "the value is out of range: allowed −1 to 10, found 15.000000"
    )
    assert reject.detail == "允许范围 −1 至 10, 此值 15.000000 / allowed −1 to 10, found 15.000000"


def test_odd_values_are_loaded_with_a_warning_beside_the_record() -> None:
    found = evaluated([row(rate=0.51, value=200.0, scale=100.0)])
    assert [w["code"] for w in found.columns["validation_warnings"][0]] == [
        "return_rate_large",
        "scale_below_net_asset_value",
    ]


def test_a_month_other_than_the_files_is_loaded_with_a_warning() -> None:
    found = evaluated([row(month=10.0)])
    assert found.columns["report_date"] == ["2024-10-01"]
    assert [w["code"] for w in found.columns["validation_warnings"][0]] == ["period_mismatch"]


def test_a_percent_header_divides_bare_cells_exactly() -> None:
    found = evaluated([row(rate=5.12), row(plan="P2", rate="5.12%")], (*HEADERS[:4], "收益率（％）", *HEADERS[5:]))
    assert found.columns["return_rate"] == ["0.051200", "0.051200"]


def test_a_unit_that_does_not_fit_is_an_error() -> None:
    with pytest.raises(HeaderError, match="规模"):
        evaluated([row()], (*HEADERS[:6], "规模(%)"))


def test_missing_required_columns_are_named_with_what_was_found() -> None:
    with pytest.raises(MissingColumnsError, match=r"plan_code.*计划代码.*found '年', '月', '公司代码'"):
        evaluated([[2024.0, 11.0, "C1"]], ("年", "月", "公司代码"))


@pytest.mark.parametrize("other", ["return_rate", "收益率", "收益率(%)", " 收益率 "])
def test_two_columns_for_one_field_are_an_error_naming_both(other: str) -> None:
    wanted = f"columns E '收益率' and H {other!r} of sheet 'S' both name return_rate; keep one"
    with pytest.raises(HeaderError, match=re.escape(wanted)):
        evaluated([[*row(), 0.1]], (*HEADERS, other))


def test_headers_that_map_to_nothing_are_listed() -> None:
    assert evaluated([[*row(), "x"]], (*HEADERS, "备注")).sources.ignored == ("备注",)


def test_a_column_without_a_name_is_not_listed_as_ignored() -> None:
    assert evaluated([[*row(), None, "x"]], (*HEADERS, "", "备注")).sources.ignored == ("备注",)


def test_a_months_reject_points_at_its_most_telling_column_wherever_that_stands() -> None:
    found = evaluated([[13.0, 2024.0, *row()[2:]]], ("月", "年", *HEADERS[2:]))
    assert codes(found) == [(4, "A", "invalid_month")]


def test_a_sheet_without_a_month_takes_the_files_only_if_told_so() -> None:
    headers, rows = HEADERS[2:], [row()[2:]]
    with pytest.raises(MissingColumnsError):
        evaluated(rows, headers)
    found = evaluated(rows, headers, Source("f.xlsx", NOVEMBER, month_from_file=True))
    assert found.columns["report_date"] == ["2024-11-01"]


def test_rows_of_different_lengths_are_padded_with_blanks() -> None:
    assert evaluated([row()[:4]]).columns["fund_scale"] == [None]


def test_every_row_is_accounted_for_once() -> None:
    rows = [row(), row(plan=None), BLANK, totals("合计", None), row(plan="P2")]
    counts = evaluated(rows).counts
    assert (counts.add_up, counts.rows_read) == (True, 5)


def test_process_gives_models_in_order() -> None:
    rows = [dict(zip(HEADERS, row(plan=plan), strict=True)) for plan in ("P2", "P1")]
    records = process(rows, "f.xlsx")
    assert [(r.plan_code, r.report_date, r.return_rate) for r in records] == [
        ("P2", NOVEMBER, Decimal("0.050000")),
        ("P1", NOVEMBER, Decimal("0.050000")),
    ]


def test_process_raises_with_records_and_rejects_attached() -> None:
    rows = [dict(zip(HEADERS, cells, strict=True)) for cells in (row(), row(plan=None))]
    with pytest.raises(RowsRejectedError, match="1 of 2 rows rejected") as caught:
        process(rows, "f.xlsx")
    assert [len(caught.value.records), len(caught.value.rejects)] == [1, 1]


def test_process_of_nothing_is_nothing() -> None:
    assert process([], "f.xlsx") == []


def test_models_agree_with_the_columns() -> None:
    rows = [row(), row(plan="P2", rate=None), row(plan="P3", scale="1.2亿")]
    records = process([dict(zip(HEADERS, cells, strict=True)) for cells in rows], "f.xlsx")
    assert [str(r.fund_scale) for r in records] == evaluated(rows).columns["fund_scale"]
