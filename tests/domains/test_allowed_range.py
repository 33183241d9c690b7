"""What a value that is out of range is told, in our own words."""

from __future__ import annotations

import pytest

from workflows.domains.field_columns import allowed_range
from workflows.domains.findings import shown
from workflows.domains.trustee_performance import DOMAIN
from workflows.sources.cells import FormattedNumber


@pytest.mark.parametrize(
    ("field", "allowed"),
    [
        ("return_rate", ("−1 至 10", "−1 to 10")),
        ("net_asset_value", ("大于 0, 小于 100,000,000,000,000", "more than 0, less than 100,000,000,000,000")),
        ("fund_scale", ("不小于 0, 小于 10,000,000,000,000,000", "at least 0, less than 10,000,000,000,000,000")),
        ("plan_code", None),
    ],
)
def test_the_bounds_of_a_column_are_said_in_both_languages(field: str, allowed: tuple[str, str] | None) -> None:
    assert allowed_range(DOMAIN.adapter(field)) == allowed


def test_a_percent_is_shown_as_the_cell_shows_it() -> None:
    values = [FormattedNumber(15.0, "0.00%"), FormattedNumber(0.155, "0%"), FormattedNumber(7.0, "0000")]
    assert [shown(value) for value in values] == ["1500.00%", "16%", "7"]
