"""What a number format makes of a number."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.utils.datetime import MAC_EPOCH, WINDOWS_EPOCH, from_excel

from workflows.sources.cells import FormattedNumber
from workflows.sources.workbook.number_formats import Kind, NumberFormat, apply_format, format_of, meaning_of

DATE = NumberFormat("yyyy-mm-dd", Kind.DATE)


@pytest.mark.parametrize(
    "code",
    [
        "yyyy-mm-dd",
        "m/d/yy",
        'yyyy"年"m"月"',
        'yyyy"年"m"月";@',
        "[$-804]yyyy/m/d",
        "[$-F800]dddd, mmmm dd, yyyy",
        "h:mm AM/PM",
        "mm:ss",
        "[Red]yyyy-mm",
        'e"年"m"月"',
        "[DBNum1][$-804]yyyy年m月",
    ],
)
def test_dates_and_times_are_recognised(code: str) -> None:
    found = meaning_of(code)
    assert found is not None
    assert found.kind is Kind.DATE


@pytest.mark.parametrize("code", ["[h]:mm:ss", "[hh]:mm", "[mm]:ss", "[s]"])
def test_durations_are_recognised(code: str) -> None:
    assert meaning_of(code) == NumberFormat(code, Kind.DURATION)


@pytest.mark.parametrize(
    "code",
    [
        "General",
        "0",
        "0.000",
        "#,##0.00",
        "@",
        "[Red]#,##0;[Blue]-#,##0",
        '0"d"',
        "0\\d",
        '0"户"',
        "[$¥-804]#,##0.00",
        "[$-804]0.0",
        '_ ¥* #,##0.00_ ;_ ¥* -#,##0.00_ ;_ ¥* "-"??_ ;_ @_ ',
        "# ?/?",
        '"yyyy"0',
    ],
)
def test_other_formats_leave_a_number_a_number(code: str) -> None:
    assert meaning_of(code) is None


@pytest.mark.parametrize(
    "code",
    [
        '#,##0"元"',
        '0.00"%"',
        "0.00\\%",
        '_("$"* #,##0_)',
        "0;0%",
        "0,,",
        "0!.0,",
        '0.00"万"',
        'General"万元"',
        "[$USD] 0.00",
        '[>=10000]0!.0,"万";0',
    ],
)
def test_a_format_that_shows_a_unit_or_scales_is_kept_as_written(code: str) -> None:
    assert meaning_of(code) == NumberFormat(code, Kind.SHOWN)


def test_excels_own_currency_formats_show_the_readers_currency_and_state_none() -> None:
    assert format_of(44, {44: '_("$"* #,##0.00_)'}) is None


@pytest.mark.parametrize("code", ["0%", "0.00%", "#,##0.0%;[Red]-0.0%", "0.00%_)"])
def test_percents_are_kept_as_written(code: str) -> None:
    assert meaning_of(code) == NumberFormat(code, Kind.SHOWN)


@pytest.mark.parametrize(("format_id", "code"), [(11, "0.00E+00"), (48, "##0.0E+0")])
def test_an_exponent_is_kept_as_it_shows_another_code_than_is_stored(format_id: int, code: str) -> None:
    assert format_of(format_id, {}) == meaning_of(code) == NumberFormat(code, Kind.SHOWN)


@pytest.mark.parametrize(("code", "shown"), [("000000", "000000"), ("0000_ ", "0000"), ("00000;@", "00000")])
def test_leading_zeros_are_given_bare(code: str, shown: str) -> None:
    assert meaning_of(code) == NumberFormat(shown, Kind.SHOWN)


@pytest.mark.parametrize("format_id", [14, 22, 27, 31, 36, 50, 57, 58])
def test_built_in_dates_are_known_also_the_chinese(format_id: int) -> None:
    found = format_of(format_id, {})
    assert found is not None
    assert found.kind is Kind.DATE


@pytest.mark.parametrize("format_id", [9, 10])
def test_built_in_percents_are_known(format_id: int) -> None:
    found = format_of(format_id, {})
    assert found is not None
    assert "%" in found.code


@pytest.mark.parametrize("format_id", [0, 1, 4, 37, 44, 49, 9999])
def test_other_ids_leave_a_number_a_number(format_id: int) -> None:
    assert format_of(format_id, {}) is None


def test_a_declared_format_wins_over_the_built_in_one() -> None:
    assert format_of(14, {14: "0.0"}) is None


@pytest.mark.parametrize(
    ("serial", "expected"),
    [
        (1, datetime(1900, 1, 1)),
        (59, datetime(1900, 2, 28)),
        (61, datetime(1900, 3, 1)),
        (45597, datetime(2024, 11, 1)),
        (0.25, time(6)),
        (45597.999999999, datetime(2024, 11, 2)),
        (2958465, datetime(9999, 12, 31)),
    ],
)
def test_serials_are_dates_since_1900(serial: float, expected: object) -> None:
    assert apply_format(serial, DATE, False) == expected


def test_serials_are_dates_since_1904_where_the_workbook_says_so() -> None:
    assert apply_format(44135, DATE, True) == datetime(2024, 11, 1)


@pytest.mark.parametrize("serial", [-1.0, 2958466.0, 1e300, float("inf")])
def test_serials_that_are_no_date_stay_numbers(serial: float) -> None:
    assert apply_format(serial, DATE, False) == serial


def test_nan_stays_nan() -> None:
    assert str(apply_format(float("nan"), DATE, False)) == "nan"


def test_durations_count_days() -> None:
    assert apply_format(1.25, NumberFormat("[h]:mm", Kind.DURATION), False) == timedelta(days=1, hours=6)


def test_a_shown_format_comes_with_its_number() -> None:
    found = apply_format(0.05, NumberFormat("0%", Kind.SHOWN), False)
    assert isinstance(found, FormattedNumber)


@given(st.floats(0, 2_900_000), st.booleans())
def test_dates_are_those_of_openpyxl(serial: float, is_1904: bool) -> None:
    expected = from_excel(serial, MAC_EPOCH if is_1904 else WINDOWS_EPOCH)
    assert apply_format(serial, DATE, is_1904) == expected


@pytest.mark.parametrize("code", ["0.00", "0.00_ ", "#0.00", "[$-804]0.00", "0.00_);[Red](0.00)"])
def test_two_digits_behind_a_year_make_october(code: str) -> None:
    found = meaning_of(code)
    assert found is not None
    shown = apply_format(2024.1, found, is_1904=False)
    assert (type(shown), shown) == (FormattedNumber, 2024.1)
    assert {type(apply_format(number, found, is_1904=False)) for number in (2024.11, 2024.0, 1.25, -2024.1)} == {float}
