"""Records and money by month."""

from __future__ import annotations

from tests.fixtures.plans import a_plan
from workflows.plan.render.months import chart


def test_bars_are_as_long_as_their_share_of_the_longest() -> None:
    money = [row.bars[1] for row in chart(a_plan(months={"2024-10": 2, "2024-11": 2})).rows]
    assert [(bar.text, bar.percent) for bar in money if bar] == [("1,500.00", 0.12), ("3,000.00", 0.24)]


def test_totals_are_exact() -> None:
    assert chart(a_plan()).totals == ["6", "1,239,067.89"]


def test_months_are_in_order_whatever_the_plans_order() -> None:
    rows = chart(a_plan(months={"2024-12": 1, "2024-02": 1})).rows
    assert [row.month for row in rows] == ["2024-02", "2024-12"]


def test_a_month_without_the_figure_has_no_bar() -> None:
    assert chart(a_plan(months={"2023-01": 1})).rows[0].bars[1] is None


def test_all_zero_is_no_division() -> None:
    assert chart(a_plan(months={"2024-12": 0}, sums=[])).rows[0].bars[0].percent == 0.0  # type: ignore[union-attr]
