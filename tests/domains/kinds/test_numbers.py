from __future__ import annotations

from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from workflows.domains.findings import Problem
from workflows.domains.kinds.kind import Given
from workflows.domains.kinds.numbers import NumberColumn
from workflows.sources.cells import Cell, ErrorCell, FormattedNumber, MergedNumber
from workflows.sources.workbook.number_formats import apply_format, meaning_of

RATE = NumberColumn(headers=("rate",), precision=8, scale=6, rate=True)
AMOUNT = NumberColumn(headers=("amount",), precision=18, scale=2)


def cleaned(cell: Cell, column: NumberColumn = AMOUNT, unit: str | None = None) -> str | None:
    texts, problems = column.clean_cells([cell], unit)[:2]
    return problems[0].code if problems else texts[0]


def test_zero_is_a_value_and_not_a_blank() -> None:
    assert cleaned(0.0) == "0.00"


def test_negative_zero_becomes_zero() -> None:
    assert [cleaned(-0.0), cleaned(-0.001), cleaned("-0")] == ["0.00", "0.00", "0.00"]


@pytest.mark.parametrize("blank", ["", " ", "—", "--", "-", "/", "无", "暂无", "N/A", "None", "\u3000", "\u200b"])
def test_what_providers_write_for_nothing_is_a_blank(blank: str) -> None:
    assert cleaned(blank) is None


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("1,234.56", "1234.56"),
        ("(1,234.56)", "-1234.56"),
        ("（1,234.56）", "-1234.56"),
        ("1.2亿", "120000000.00"),
        ("300万", "3000000.00"),
        ("300万元", "3000000.00"),
        ("1.5万亿", "1500000000000.00"),
        ("¥12.50", "12.50"),
        ("￥12.50元", "12.50"),
        ("5千元", "5000.00"),
        ("3百万", "3000000.00"),
        ("2千万元", "20000000.00"),
        ("１２３．４５", "123.45"),
        ("'42", "42.00"),
        ("−8", "-8.00"),
        ("+8", "8.00"),
        ("1.2E3", "1200.00"),
        ("1\u00a0234.5", "1234.50"),
        (".5", "0.50"),
    ],
)
def test_number_texts_are_read_for_what_they_say(text: str, wanted: str) -> None:
    assert cleaned(text) == wanted


@pytest.mark.parametrize("text", ["待定", "1,23", "12,34.5", "(5", "5)", "1.2.3", "5%", "--5", "1e9999999999", "#N/A"])
def test_other_texts_are_not_numbers(text: str) -> None:
    assert cleaned(text) == "not_a_number"


@pytest.mark.parametrize("cell", [True, datetime(2024, 11, 1)])
def test_booleans_and_dates_are_not_numbers(cell: Cell) -> None:
    assert cleaned(cell) == "not_a_number"


def test_an_error_cell_is_a_reject_and_not_a_blank() -> None:
    assert cleaned(ErrorCell("#N/A")) == "error_cell"


@pytest.mark.parametrize(
    ("cell", "unit", "wanted"),
    [
        (0.05, None, "0.050000"),
        (1.5, None, "1.500000"),
        (5.12, "%", "0.051200"),
        ("5.12%", None, "0.051200"),
        ("5.12%", "%", "0.051200"),
        ("5.12", "%", "0.051200"),
        (FormattedNumber(0.0512, "0.00%"), None, "0.051200"),
        (FormattedNumber(0.0512, "0.00%"), "%", "0.051200"),
        (FormattedNumber(5.12, "0.00"), "%", "0.051200"),
        (FormattedNumber(5.0, '00"%"'), "%", "0.050000"),
    ],
)
def test_percent_comes_from_the_cell_then_from_the_header_never_from_the_magnitude(
    cell: Cell, unit: str | None, wanted: str
) -> None:
    assert cleaned(cell, RATE, unit) == wanted


@pytest.mark.parametrize(
    ("cell", "unit", "wanted"),
    [
        (1.23, "万元", "12300.00"),
        (1.23, "亿元", "123000000.00"),
        (0.1, "千元", "100.00"),
        (0.1, "百万元", "100000.00"),
        (0.1, "千万元", "1000000.00"),
        ("2亿", "万元", "200000000.00"),
    ],
)
def test_units_scale_exactly_and_the_cell_wins_over_the_header(cell: Cell, unit: str, wanted: str) -> None:
    assert cleaned(cell, AMOUNT, unit) == wanted


@pytest.mark.parametrize(
    ("cell", "unit", "wanted"),
    [
        ("5,000,000元", "万元", "5000000.00"),
        ("5元", "亿元", "5.00"),
        ("5元", "元", "5.00"),
        ("1.2亿元", "万元", "120000000.00"),
        ("300万元", "亿元", "3000000.00"),
        ("￥500", "元", "500.00"),
        ("￥500", None, "500.00"),
        ("￥500万", "万元", "5000000.00"),
        ("￥500", "万元", "ambiguous_unit"),
    ],
)
def test_yuan_in_a_cell_is_never_multiplied_by_the_headers_unit(cell: str, unit: str | None, wanted: str) -> None:
    assert cleaned(cell, AMOUNT, unit) == wanted


def test_a_double_is_taken_as_the_15_digits_that_excel_shows() -> None:
    assert cleaned(0.1 + 0.2, NumberColumn(("x",), 20, 17)) == "0.30000000000000000"


def test_ties_are_rounded_half_up_although_the_double_lies_below() -> None:
    assert [cleaned(1.005), cleaned(2.675), cleaned(-1.005)] == ["1.01", "2.68", "-1.01"]


@given(
    value=st.one_of(
        st.floats(allow_nan=False, allow_infinity=False, width=64),
        st.decimals(min_value=-(10**9), max_value=10**9, places=3).map(float),
    ),
    unit=st.sampled_from([None, "万元", "亿元"]),
)
@example(value=1.0049999999999, unit=None)
@example(value=123456789012.345, unit=None)
@example(value=0.00004985, unit="万元")
def test_the_fast_path_equals_the_exact_one(value: float, unit: str | None) -> None:
    power = {None: 0, "万元": 4, "亿元": 8}[unit]
    exact = Decimal(format(value, ".15g")).scaleb(power)
    if exact.adjusted() >= 24:  # no column holds such a value; the default context could not even round it
        return
    wanted = exact.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
    assert cleaned(value, AMOUNT, unit) == format(wanted if wanted else abs(wanted), "f")


def test_a_number_beyond_every_column_is_kept_for_the_bounds_to_refuse() -> None:
    assert cleaned(1e300) is not None


def test_a_rate_may_be_in_percent_and_an_amount_in_units_of_money() -> None:
    assert set(RATE.units) == {None, "%"}
    assert {None, "元", "千元", "万元", "百万元", "千万元", "亿元"} <= set(AMOUNT.units)
    assert not {"%", "美元", "万份"} & set(AMOUNT.units)


@pytest.mark.parametrize(
    ("number", "code", "column", "unit", "wanted"),
    [
        (5.12, '0.00"%"', RATE, None, "0.051200"),
        (5.12, "0.00\\%", RATE, "%", "0.051200"),
        (0.0512, "0.00%", RATE, None, "0.051200"),
        (5.12, '0.00"万"', RATE, None, "unit_mismatch"),
        (5.12, '0.00"万"', AMOUNT, None, "51200.00"),
        (5.12, '0.00"万元"', AMOUNT, "元", "51200.00"),
        (5.12, '0.00"元"', AMOUNT, "万元", "5.12"),
        (5.12, 'General"亿"', AMOUNT, None, "512000000.00"),
        (5.12, "0.00%", AMOUNT, None, "unit_mismatch"),
        (5.12, '0.00"%"', AMOUNT, None, "unit_mismatch"),
        (12345678.0, "0,,", AMOUNT, "百万元", "12345678.00"),
        (12345678.0, "0!.0,", AMOUNT, "万元", "12345678.00"),
        (12345678.0, "0\\.0,", AMOUNT, "万元", "12345678.00"),
        (12345678.0, '0!.0,"万"', AMOUNT, None, "12345678.00"),
        (12345678.0, "0,,", AMOUNT, "万元", "123456.78"),
        (12345678.0, "0,,", AMOUNT, None, "ambiguous_unit"),
        (123456789.0, '[>=100000000]0!.00,,"亿";[>=10000]0!.0,"万";0', AMOUNT, None, "123456789.00"),
        (123456.0, '[>=100000000]0!.00,,"亿";[>=10000]0!.0,"万";0', AMOUNT, None, "123456.00"),
        (1234.0, '[>=100000000]0!.00,,"亿";[>=10000]0!.0,"万";0', AMOUNT, None, "1234.00"),
        (-5.0, '0"万";-0"万";0', AMOUNT, None, "-50000.00"),
        (-5.0, '0;-0"万"', AMOUNT, None, "-50000.00"),
        (5.0, '0;-0"万"', AMOUNT, None, "5.00"),
        (5.0, '"US$"0.00', AMOUNT, None, "other_currency"),
        (5.0, "[$€-2] 0.00", AMOUNT, "元", "other_currency"),
        (5.0, "[$¥-804]0.00", AMOUNT, None, "5.00"),
        (5.0, "0000", AMOUNT, "万元", "50000.00"),
    ],
)
def test_a_number_format_means_what_it_shows(
    number: float, code: str, column: NumberColumn, unit: str | None, wanted: str
) -> None:
    known = meaning_of(code)
    cell = number if known is None else apply_format(number, known, False)
    assert cleaned(cell, column, unit) == wanted


@pytest.mark.parametrize("text", ["$7", "€7", "£1,000.00"])
def test_an_amount_in_another_currency_is_a_reject(text: str) -> None:
    assert cleaned(text) == "other_currency"


def test_a_unit_that_is_none_of_the_columns_rejects_its_numbers_and_no_blank() -> None:
    assert [cleaned(cell, AMOUNT, "万份") for cell in (5.0, "5", "5万元", "-", None)] == [
        "unit_mismatch",
        "unit_mismatch",
        "50000.00",
        None,
        None,
    ]


def test_the_units_of_rows_win_over_the_columns() -> None:
    cells: list[Cell] = [1.0, 2.0, 3.0, 4.0, None]
    found = AMOUNT.clean(Given({"value": cells}, "元", 5, row_units=["万元", "元", "万元", "?", "?"]))[:2]
    assert found == (["10000.00", "2.00", "30000.00", None, None], [Problem(3, "unit_mismatch")])


def test_a_price_per_unit_hears_of_another_currency_only() -> None:
    price = NumberColumn(("x",), 18, 4, per_unit=True)
    assert [price.hears(unit) for unit in ("万元", "元", "美元", "%")] == [False, True, True, False]
    assert [AMOUNT.hears("万元"), AMOUNT.hears("%"), RATE.hears("%"), RATE.hears("‰")] == [True, False, True, True]


def test_a_number_column_says_its_type_and_whether_its_sum_means_something() -> None:
    assert (RATE.sql_type, AMOUNT.sql_type) == ("numeric(8,6)", "numeric(18,2)")
    assert (AMOUNT.additive, NumberColumn(("x",), 18, 2, additive=True).additive) == (False, True)


def test_a_field_that_no_column_feeds_is_blank_in_every_row() -> None:
    assert AMOUNT.clean(Given({}, None, 2))[:2] == ([None, None], [])


@pytest.mark.parametrize(
    ("cell", "unit", "wanted"),
    [
        (1.23456, None, "1.23456"),
        (1.23456, "万元", "12345.6"),
        ("5元", "万元", "5"),
        ("-2亿", "元", "-200000000"),
        (None, None, None),
        ("—", None, None),
        ("abc", None, None),
        (float("inf"), None, None),
    ],
)
def test_an_amount_is_what_the_cell_says_before_any_rounding(cell: Cell, unit: str | None, wanted: str | None) -> None:
    assert AMOUNT.amount(cell, unit) == (None if wanted is None else Decimal(wanted))


IN_YI = NumberColumn(headers=("计划规模",), precision=18, scale=4, kept_in="亿元")


@pytest.mark.parametrize(
    ("cell", "unit", "kept"),
    [
        (1.5, None, "1.5000"),
        (1.5, "亿元", "1.5000"),
        (15000.0, "万元", "1.5000"),
        (150000000.0, "元", "1.5000"),
        (-4999.0, "元", "0.0000"),
        (-5000.0, "元", "-0.0001"),
        ("1.5亿", "万元", "1.5000"),
        ("3000万", None, "0.3000"),
        (FormattedNumber(3000.0, '0"万元"'), None, "0.3000"),
        ("¥3亿", None, "3.0000"),
        ("¥3", None, "ambiguous_unit"),
        ("¥150000000", "元", "1.5000"),
        (None, "元", None),
    ],
)
def test_money_that_is_kept_in_another_unit_is_converted_from_what_is_stated_and_else_is_in_it(
    cell: Cell, unit: str | None, kept: str | None
) -> None:
    assert cleaned(cell, IN_YI, unit) == kept


@given(value=st.floats(-1e16, 1e16), unit=st.sampled_from(["元", "万元", "亿元", None]))
def test_such_money_is_exact_to_the_last_digit(value: float, unit: str | None) -> None:
    power = {"元": -8, "万元": -4, "亿元": 0, None: 0}[unit]
    exact = Decimal(format(value, ".15g")).scaleb(power).quantize(Decimal("0.0001"), ROUND_HALF_UP)
    assert cleaned(value, IN_YI, unit) == format(exact if exact else abs(exact), "f")


def test_a_blank_is_zero_only_as_the_default_of_its_column() -> None:
    column = NumberColumn(headers=("浮费",), precision=18, scale=4, blank=0)
    assert (column.default, AMOUNT.default) == ("0.0000", None)
    assert column.clean_cells([None, 0.0], None).values == [None, "0.0000"]


WPS = r'_ * #,##0_ ;_ * \-#,##0_ ;_ * "-"??_ ;_ @_ '


@pytest.mark.parametrize(("value", "kept"), [(0.0, "0.00"), (-1234.5, "-1234.50"), (3.3e10, "33000000000.00")])
def test_the_accountants_format_shows_zero_as_a_dash_and_it_is_zero(value: float, kept: str) -> None:
    assert meaning_of(WPS) is None
    assert cleaned(FormattedNumber(value, WPS)) == kept


def test_a_merged_amount_is_refused_also_beside_numbers_in_an_odd_format() -> None:
    """Each row got the whole amount where some other cell of the column was shown in thousands, or as a percent."""
    column = NumberColumn(headers=("amount",), precision=18, scale=2, additive=True)
    cells = [MergedNumber(5.0, "0"), MergedNumber(5.0, "0"), FormattedNumber(7.0, "0.0,")]
    assert column.clean_cells(cells, None)[1] == [
        Problem(0, "merged_amount"),
        Problem(1, "merged_amount"),
        Problem(2, "ambiguous_unit"),
    ]
