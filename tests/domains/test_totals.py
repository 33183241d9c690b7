"""Totals rows against the rows that they stand for, and the units that texts between rows state."""

from __future__ import annotations

import pytest

from tests.domains.test_evaluate import evaluated, row, totals
from workflows.domains.row_kinds import _other_unit
from workflows.domains.set_aside import Reason


@pytest.mark.parametrize(
    ("text", "column", "unit", "stated", "reason", "other"),
    [
        ("万元", 6, "元", "元", "band", "万元"),
        ("万元", 6, None, "元", "band", "万元"),
        ("万元", 6, "万元", None, "band", None),
        ("元", 6, None, "万元", "band", None),
        ("%", 6, "元", "元", "band", "%"),
        ("万元", 3, "元", "元", "note", "万元"),
        ("以上金额(万元)", 0, "元", "元", "title", "万元"),
        ("以上金额(万元)", 0, "元", "元", "note", None),
        ("单 位:万元", 0, "元", "元", "note", "万元"),
        ("单位:万元", 0, "元", "万元", "note", None),
        ("（单位：万元，%）", 0, "元", "万元", "title", "%"),
    ],
)
def test_a_text_states_another_unit_than_the_one_that_is_read(
    text: str, column: int, unit: str | None, stated: str | None, reason: Reason, other: str | None
) -> None:
    """A unit alone is of its column; a note's is one only if it says so; what the table states too is no other one."""
    assert _other_unit(text, column, {6: unit}, {stated}, reason) == other


def test_a_totals_row_without_a_figure_hides_no_later_one_and_a_sum_of_no_rows_is_zero() -> None:
    found = evaluated([totals("合计", None), row(scale=100.0), totals("总计", 99.0)])
    assert [(caution.code, caution.row) for caution in found.cautions] == [("totals_mismatch", 6)]
    (caution,) = evaluated([row(scale=None, plan="P2"), totals("合计", 1.0)]).cautions
    assert "rows sum to 0(元)" in caution.message
