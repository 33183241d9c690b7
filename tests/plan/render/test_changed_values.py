"""What a comparison found, as a page shows it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fixtures.plans import a_plan
from workflows.plan.changes import Comparison
from workflows.plan.model import Plan
from workflows.plan.render.changed_values import changes, grouped, months_before
from workflows.plan.render.outcome import headline
from workflows.plan.render.page import render_page


def compared(**found: Any) -> Plan:
    return a_plan().compared(Comparison.model_validate({"effect": {}, "digest": "x", **found}))


def change(kind: str = "changed", plan_code: str = "P1", cells: int = 1) -> dict[str, Any]:
    cell = {"field": "fund_scale", "header": "规模", "old": "100.00", "new": "120.00", "cell": "a.xlsx!受托业绩!H17"}
    return {
        "kind": kind,
        "key": {"report_date": "2024-11-01", "plan_code": plan_code},
        "place": "a.xlsx!受托业绩 row 17",
        "cells": [cell] * cells,
    }


def test_a_plan_that_compared_nothing_has_no_changes() -> None:
    assert (changes(a_plan(), 200).listed, months_before(a_plan())) == ([], {})


def test_changed_rows_come_first_then_removed_then_added() -> None:
    found = changes(compared(changes=[change("added"), change("removed"), change("changed")]), 200)
    assert [row.kind for row in found.listed] == ["changed", "removed", "added"]


def test_only_changed_rows_list_their_values() -> None:
    found = changes(compared(changes=[change("added"), change("changed")]), 200)
    assert [len(row.cells) for row in found.listed] == [1, 0]


def test_rows_beyond_the_limit_and_beyond_the_plan_are_counted() -> None:
    found = changes(compared(changes=[change()] * 5, changes_omitted=7), 2)
    assert (len(found.listed), found.more) == (2, 10)


def test_many_changed_columns_of_a_row_are_counted() -> None:
    (row,) = changes(compared(changes=[change(cells=20)]), 200).listed
    assert (len(row.cells), row.more_cells) == (12, 8)


def test_before_and_after_follow_from_the_effect() -> None:
    effect = {"added": 20, "changed": 3, "removed": 7, "unchanged": 100}
    month = months_before(compared(months={"2024-11": effect}))["2024-11"]
    assert (month.before, month.after) == (110, 123)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("366802000.00", "366,802,000.00"),
        ("-0.017500", "-0.017500"),
        ("-1234.5", "-1,234.5"),
        ("1001", "1001"),
        ("P1.5", "P1.5"),
        (None, None),
    ],
)
def test_money_is_grouped_and_codes_are_left_alone(text: str | None, shown: str | None) -> None:
    assert grouped(text) == shown


class TestAComparedPlan:
    """The page of a plan that asked the table."""

    def plan(self) -> Plan:
        effect = {"added": 20, "changed": 1, "removed": 7, "unchanged": 100}
        return compared(effect=effect, months={"2024-11": effect}, notes=["<note>"], changes=[change()])

    def test_old_and_new_values_stand_with_their_cell(self) -> None:
        page = render_page(self.plan(), "plan.json")
        assert "<del><bdi>100.00</bdi></del> → <ins><bdi>120.00</bdi></ins>" in page
        assert "a.xlsx!受托业绩!H17" in page
        assert "&lt;note&gt;" in page

    def test_the_table_before_and_after_stands_beside_the_batch(self) -> None:
        assert "108 → 121" in render_page(self.plan(), "plan.json")

    def test_the_sentence_tells_the_effect(self) -> None:
        assert "20 added, 1 changed, 7 removed" in headline(self.plan())[1]
