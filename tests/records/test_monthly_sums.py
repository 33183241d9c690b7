"""Additive columns summed by month, exactly."""

from __future__ import annotations

from decimal import Decimal

from workflows.domains.registry import get_domain
from workflows.records.monthly_sums import added, additive_fields, sums_less, sums_of

TENTH = Decimal("0.10")


def test_only_additive_columns_are_summed() -> None:
    assert additive_fields(get_domain("trustee_performance")) == ["fund_scale"]


def test_ten_tenths_are_one() -> None:
    assert sums_of(["a"], {"a": [TENTH] * 10}, ["2024-01-01"] * 10) == {"a": {"2024-01-01": "1.00"}}


def test_a_blank_adds_nothing_and_zero_is_a_value() -> None:
    sums = sums_of(["a"], {"a": [None, Decimal("0.00")]}, ["2024-01-01", "2024-02-01"])
    assert sums == {"a": {"2024-02-01": "0.00"}}


def test_large_money_keeps_its_digits() -> None:
    sums = sums_of(["a"], {"a": [Decimal("9999999999999999.99"), TENTH]}, ["2024-01-01"] * 2)
    assert sums == {"a": {"2024-01-01": "10000000000000000.09"}}


def test_files_are_added_month_by_month() -> None:
    assert added([{"a": {"2024-02-01": "1.50"}}, {"a": {"2024-01-01": "2.00", "2024-02-01": "0.25"}}]) == {
        "a": {"2024-01-01": "2.00", "2024-02-01": "1.75"}
    }


def test_dropped_lines_no_longer_count() -> None:
    sums = {"scale": {"2024-01-01": "1.00", "2024-02-01": "4.00"}}
    lines = [b'["2024-01-01","1.00",[]]', b'["2024-01-01",null,[]]']
    kept = sums_less(sums, lines, ("month", "scale", "warnings"), "month")
    assert kept == {"scale": {"2024-01-01": "0.00", "2024-02-01": "4.00"}}


def test_every_column_of_a_single_month_is_summed_and_an_empty_one_has_no_sum() -> None:
    sums = sums_of(["a", "b", "c"], {"a": [TENTH] * 2, "b": [TENTH, None], "c": [None] * 2}, ["2024-01-01"] * 2)
    assert sums == {"a": {"2024-01-01": "0.20"}, "b": {"2024-01-01": "0.10"}, "c": {}}
