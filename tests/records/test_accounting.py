"""Every row read is accounted for exactly once, and what is not is noticed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from tests.fixtures.reading import chosen, rules
from tests.workbooks import HEADERS, Value, xlsx
from workflows.domains import evaluate
from workflows.domains.trustee_performance import DOMAIN
from workflows.errors import AccountingError
from workflows.records.validation import Validated, validate_workbook

ROWS: list[Sequence[Value]] = [
    HEADERS,
    [2024, 11, "P1", "C1", 0.05, 1.25, 100.0],
    [None] * 7,
    [2024, 11, None, "C1", 0.05, 1.25, 100.0],
    ["合计", *[None] * 5, 200.0],
]


def validated() -> Validated:
    return validate_workbook(xlsx(ROWS), chosen("a"), DOMAIN, rules())


def test_each_row_is_counted_by_what_became_of_it() -> None:
    counts = validated().evaluated.counts
    assert (counts.rows_read, counts.records, counts.rejected_rows) == (4, 1, 1)
    assert (counts.blank_rows, counts.totals_rows, counts.hidden_rows) == (1, 1, 0)


def a_blank_row_that_is_counted_twice(count: int) -> int:
    return count + 1


def a_totals_row_that_is_rejected_too(rejects: dict[int, list[Any]]) -> dict[int, list[Any]]:
    return {**rejects, 2: rejects[1]}


def a_reject_that_got_lost(_rejects: dict[int, list[Any]]) -> dict[int, list[Any]]:
    return {}


def a_rejected_row_that_is_kept(_runs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    return [(0, 2)]


def a_good_row_that_is_dropped(_runs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    return []


@pytest.mark.parametrize(
    ("function", "defect"),
    [
        ("_blank_rows", a_blank_row_that_is_counted_twice),
        ("rejects_of", a_totals_row_that_is_rejected_too),
        ("rejects_of", a_reject_that_got_lost),
        ("_unbroken_runs", a_rejected_row_that_is_kept),
        ("_unbroken_runs", a_good_row_that_is_dropped),
    ],
)
def test_a_row_that_is_two_things_or_nothing_is_never_loaded(
    monkeypatch: pytest.MonkeyPatch, function: str, defect: Callable[[Any], Any]
) -> None:
    right = getattr(evaluate, function)
    monkeypatch.setattr(evaluate, function, lambda *arguments: defect(right(*arguments)))
    with pytest.raises(AccountingError, match="the row counts do not add up"):
        validated()
