from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from workflows.plan.gates import BatchFacts, closed_gates
from workflows.sources.entries import GateSource


def facts(**changed: Any) -> BatchFacts:
    values: dict[str, Any] = {
        "records": 95,
        "file_records": 95,
        "reject_rows": 5,
        "duplicates": 0,
        "totals_mismatches": [],
        "replaces_periods": False,
    }
    return BatchFacts(**{**values, **changed})


def closed(gates: GateSource, found: BatchFacts, accepted: int | None = None) -> list[str]:
    return [block.gate for block in closed_gates(gates, found, accepted)]


def test_one_reject_closes_the_gate_when_nothing_is_allowed() -> None:
    assert closed(GateSource(), facts(reject_rows=1)) == ["max_reject_ratio"]


def test_the_ratio_gate_closes_only_above_its_limit() -> None:
    assert closed(GateSource(max_reject_ratio=Decimal("0.05")), facts()) == []
    assert closed(GateSource(max_reject_ratio=Decimal("0.0499")), facts()) == ["max_reject_ratio"]


def test_a_ratio_of_exactly_its_limit_passes() -> None:
    exact = facts(file_records=71, reject_rows=29)
    assert closed(GateSource(max_reject_ratio=Decimal("0.29")), exact) == []
    assert closed(GateSource(max_reject_ratio=Decimal("0.2899")), exact) == ["max_reject_ratio"]


def test_collapsed_duplicates_count_among_the_data_rows() -> None:
    assert (
        closed(GateSource(max_reject_ratio=Decimal("0.01")), facts(reject_rows=1, file_records=50, duplicates=49)) == []
    )


def test_half_a_file_dropped_is_never_a_success() -> None:
    assert (
        closed(GateSource(max_reject_ratio=Decimal("0.05")), facts(records=50, file_records=50, reject_rows=50)) != []
    )


def test_accepting_exactly_the_count_opens_the_reject_gates() -> None:
    assert closed(GateSource(), facts(replaces_periods=True), accepted=5) == []


@pytest.mark.parametrize("accepted", [4, 6, 0])
def test_accepting_another_count_opens_nothing(accepted: int) -> None:
    assert "accept_rejects" in closed(GateSource(), facts(), accepted)


def test_accepting_rejects_where_there_are_none_closes_the_gate() -> None:
    assert closed(GateSource(), facts(reject_rows=0), accepted=3) == ["accept_rejects"]


def test_any_reject_blocks_when_whole_periods_are_replaced() -> None:
    assert closed(GateSource(max_reject_ratio=Decimal("1")), facts(replaces_periods=True)) == [
        "rejects_in_replaced_periods"
    ]


def test_an_empty_batch_blocks_even_when_its_rejects_are_accepted() -> None:
    assert closed(GateSource(), facts(records=0, file_records=0), accepted=5) == ["empty_batch"]


def test_too_few_rows_block() -> None:
    assert closed(GateSource(max_reject_ratio=Decimal("1"), min_rows=96), facts()) == ["min_rows"]


def test_totals_block_only_where_the_catalogue_says_so() -> None:
    found = facts(reject_rows=0, totals_mismatches=["a!S row 9: 合计"])
    assert (closed(GateSource(totals="block"), found), closed(GateSource(totals="warn"), found)) == (["totals"], [])


def test_a_closed_gate_says_how_to_go_on() -> None:
    (block,) = closed_gates(GateSource(), facts(), None)
    assert "--accept-rejects 5" in block.message


def test_a_file_without_records_blocks_the_replacement_of_its_month() -> None:
    found = facts(reject_rows=0, replaces_periods=True, empty_files=["2024-11.xlsx"])
    assert (closed(GateSource(), found), closed(GateSource(), facts(reject_rows=0, empty_files=["a"]))) == (
        ["empty_batch"],
        [],
    )
