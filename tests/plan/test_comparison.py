from __future__ import annotations

import hashlib
from typing import Any

import pytest

from tests.fixtures.loads import JANUARY, JANUARY_FILE, month_spec, performance_spec, workbook
from workflows.plan import comparison
from workflows.plan.changes import Comparison, Effect, RowChange
from workflows.plan.comparison import compared
from workflows.records.accounts import SheetColumn

COLUMNS = {(JANUARY_FILE, ""): workbook(columns={"return_rate": SheetColumn(letter="E", header="收益率")})}
CHANGED = ("changed", "2024-01", "2024-01-01", "P1", "0.01", "0.02", JANUARY_FILE)
ADDED = ("added", "2024-01", "2024-01-01", "P2", None, None, JANUARY_FILE)
REMOVED = ("removed", "2024-02", "2024-02-01", "P3", "0.05", None, "old.xlsx")


def of(*rows: tuple[str | None, ...], staged: int = 10) -> Comparison:
    return compared(month_spec(JANUARY), rows, staged, {"2024-01": staged}, COLUMNS)


def test_every_change_is_counted_and_the_rest_is_unchanged() -> None:
    found = of(CHANGED, ADDED, REMOVED).effect
    assert (found.added, found.changed, found.removed, found.unchanged) == (1, 1, 1, 8)


def test_no_change_leaves_everything_unchanged() -> None:
    assert of().effect == Effect(added=0, changed=0, removed=0, unchanged=10)


def test_a_month_that_only_loses_rows_is_told_too() -> None:
    assert {month: found.removed for month, found in of(REMOVED).months.items()} == {"2024-01": 0, "2024-02": 1}


def test_changes_beyond_the_listed_ones_are_counted_and_digested(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparison, "CHANGES_LISTED", 1)
    found = of(CHANGED, ADDED)
    assert (len(found.changes), found.changes_omitted, found.digest == of(CHANGED, REMOVED).digest) == (1, 1, False)


def test_a_digest_is_over_lines_of_json_so_that_plans_made_before_still_hold() -> None:
    row = ("changed", "2024-01", "2024-01-01", '甲"1"', None, "0.02", JANUARY_FILE)
    said = '["changed", "2024-01-01", "甲\\"1\\"", null, "0.02"]\n'
    assert of(row).digest == hashlib.sha256(said.encode()).hexdigest()


def test_where_a_row_stands_is_no_part_of_the_digest() -> None:
    assert of(CHANGED).digest == of((*CHANGED[:-1], "elsewhere.xlsx")).digest


def test_a_cell_without_a_column_of_its_own_has_no_coordinate() -> None:
    (change,) = compared(performance_spec(), [CHANGED], 1, {}, {}).changes
    assert [(cell.field, cell.cell) for cell in change.cells] == [("return_rate", "")]


def changes(*rows: Any) -> list[RowChange]:
    return of(*rows).changes


def test_added_rows_name_their_place_and_removed_ones_where_they_came_from() -> None:
    assert [change.place for change in changes(ADDED, REMOVED)] == [JANUARY_FILE, "old.xlsx"]
