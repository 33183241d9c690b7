"""Every gate closes where it should, opens on exactly what it counted, and says both in two languages."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.plans import left_rows, moved, plan_file, same_as_golden
from workflows.plan.changes import Effect
from workflows.plan.gates import COUNTS, GATES, closed_gates
from workflows.plan.judges import BatchFacts
from workflows.plan.magnitude import Magnitudes
from workflows.records.accounts import GroupRows
from workflows.sources.gate_rules import GateSource

ANY_REJECTS = GateSource(max_reject_ratio=Decimal(1))


def facts(records: int = 95, rejects: int = 5, duplicates: int = 0, **changed: Any) -> BatchFacts:
    """One workbook of 100 data rows, unless changed; ``other_months`` are its records of other months."""
    other_months = changed.pop("other_months", {})
    file = plan_file(11, records=records, rejects=rejects, duplicate_rows=duplicates, other_months=other_months)
    values: dict[str, Any] = {"files": [file], "records": records, "scope": "keys"}
    return BatchFacts(**{**values, **changed})


def closed(gates: GateSource, found: BatchFacts, **accepted: int) -> list[str]:
    return [block.gate for block in closed_gates(gates, found, accepted)]


def leaving(*left: Any) -> BatchFacts:
    return facts(rejects=0, left=left, month_key="report_date")


def groups(*before_and_rows: tuple[int | None, int]) -> BatchFacts:
    """A comparison found these groups: the table's rows and the batch's."""
    found = [
        GroupRows(key={"业务类型": f"类型{number}"}, before=before, rows=rows)
        for number, (before, rows) in enumerate(before_and_rows)
    ]
    return facts(rejects=0, scope="groups", groups=found)


def deleting(doomed: int, unchanged: int) -> BatchFacts:
    return facts(rejects=0, effect=Effect(added=0, changed=1, removed=doomed - 1, unchanged=unchanged))


CLOSED: list[tuple[str, GateSource, BatchFacts, int]] = [
    ("max_reject_ratio", GateSource(), facts(rejects=1), 1),
    ("rejects_in_replaced_periods", ANY_REJECTS, facts(scope="months"), 5),
    ("max_other_months_ratio", GateSource(), facts(rejects=0, other_months={"2024-08": 31, "2024-07": 2}), 33),
    ("empty_batch", GateSource(), facts(records=0, rejects=0), 1),
    ("min_rows", GateSource(min_rows=96), facts(rejects=0), 95),
    ("totals", GateSource(totals="block"), facts(rejects=0, totals_mismatches=["a!S row 9: 合计"]), 1),
    ("codes_spelled_twice", GateSource(), facts(rejects=0, doubtful_codes=["a!S!C2", "a!S!C3"]), 2),
    ("max_deleted_rows", GateSource(max_deleted_rows=9), deleting(10, 90), 10),
    ("max_deleted_ratio", GateSource(max_deleted_ratio=Decimal("0.09")), deleting(10, 90), 10),
    ("max_group_shrink", GateSource(max_group_shrink=Decimal("0.5")), groups((4, 1), (9, 4), (4, 2), (0, 1)), 2),
    ("unverified", GateSource(), replace(facts(rejects=0), unverified=7), 7),
    ("left_behind", GateSource(), leaving(left_rows(rows=40), left_rows(path="b.xlsx", rows=10)), 50),
    ("magnitude_moved", GateSource(), facts(rejects=0, moved=moved(12)), 12),
]


@pytest.mark.parametrize(("name", "gates", "found", "counted"), CLOSED, ids=[case[0] for case in CLOSED])
def test_a_closed_gate_opens_on_exactly_what_it_counted_and_on_nothing_else(
    name: str, gates: GateSource, found: BatchFacts, counted: int
) -> None:
    (block,) = closed_gates(gates, found, {})
    assert block.gate == name
    chinese, _, english = block.message.partition(" / ")
    assert (bool(chinese), bool(english)) == (True, True)
    counts = next(gate.counts for gate in GATES if gate.name == name)
    if counts is None:
        assert "--accept" not in block.message
        return
    assert f"--accept {counts}={counted}" in english
    assert closed(gates, found, **{counts: counted}) == []
    for other in (counted - 1, counted + 1, 0):
        assert closed(gates, found, **{counts: other}) == ["accept", name]


def test_every_gate_is_tried_here_and_declared_once() -> None:
    names = [gate.name for gate in GATES]
    assert sorted(names) == sorted(case[0] for case in CLOSED)
    assert len(set(names)) == len(names)
    counts = ["rejects", "other_months", "records", "totals", "codes", "unverified"]
    counts += ["deleted", "shrunk_groups", "left_behind", "magnitude_moved"]
    assert list(COUNTS) == counts


def test_the_ratio_gate_closes_only_above_its_limit() -> None:
    assert closed(GateSource(max_reject_ratio=Decimal("0.05")), facts()) == []
    assert closed(GateSource(max_reject_ratio=Decimal("0.0499")), facts()) == ["max_reject_ratio"]


@pytest.mark.parametrize(("limit", "closes"), [("0.29", False), ("0.2899", True)])
def test_a_ratio_of_exactly_its_limit_passes(limit: str, closes: bool) -> None:
    ratio = Decimal(limit)
    assert bool(closed(GateSource(max_reject_ratio=ratio), facts(records=71, rejects=29))) is closes
    strays = facts(records=100, rejects=0, other_months={"2024-08": 29})
    assert bool(closed(GateSource(max_other_months_ratio=ratio), strays)) is closes
    assert bool(closed(GateSource(max_deleted_ratio=ratio), deleting(29, 71))) is closes


def test_collapsed_duplicates_count_among_the_data_rows() -> None:
    assert closed(GateSource(max_reject_ratio=Decimal("0.01")), facts(records=50, rejects=1, duplicates=49)) == []


def test_half_a_file_dropped_is_never_a_success() -> None:
    assert closed(GateSource(max_reject_ratio=Decimal("0.05")), facts(records=50, rejects=50)) == ["max_reject_ratio"]


def test_one_count_opens_both_gates_of_rejected_rows() -> None:
    found = facts(scope="months")
    assert closed(GateSource(), found) == ["max_reject_ratio", "rejects_in_replaced_periods"]
    assert closed(GateSource(), found, rejects=5) == []


def test_accepting_what_is_not_there_blocks() -> None:
    assert closed(GateSource(), facts(rejects=0), rejects=3) == ["accept"]
    assert closed(GateSource(), facts(rejects=0), totals=1) == ["accept"]
    assert closed(GateSource(), facts(rejects=0), rejects=0, other_months=0) == []


@pytest.mark.parametrize("number", [94, 95])
def test_records_are_counted_where_nothing_limits_them_too(number: int) -> None:
    blocks = closed_gates(GateSource(), facts(rejects=0), {"records": number})
    assert [(block.found, block.limit) for block in blocks] == ([] if number == 95 else [("95", "94")])


def test_rejects_within_the_limit_can_be_accepted_too() -> None:
    assert closed(ANY_REJECTS, facts(), rejects=5) == []


def test_what_would_be_deleted_is_not_judged_before_a_comparison_knows_it() -> None:
    assert closed(GateSource(max_deleted_rows=0, max_deleted_ratio=Decimal(0)), facts(rejects=0), deleted=7) == []


def test_records_of_another_month_are_named_with_their_workbook() -> None:
    (block,) = closed_gates(GateSource(), facts(rejects=0, other_months={"2024-08": 31}), {})
    assert "31 of 95 records" in block.message
    assert "2024-08 in 数据采集/2024年11月受托业绩报告.xlsx: 31" in block.message


def test_ledgers_of_several_months_and_whole_months_are_no_matter_of_that_gate() -> None:
    strays = {"2024-08": 31}
    assert closed(GateSource(), facts(rejects=0, other_months=strays, other_months_block=False)) == []
    assert closed(GateSource(), facts(rejects=0, other_months=strays, scope="months")) == []


def test_an_empty_batch_blocks_even_when_its_rejects_are_accepted() -> None:
    assert closed(GateSource(), facts(records=0), rejects=5) == ["empty_batch"]
    assert closed(GateSource(empty="allow"), facts(records=0), rejects=5) == []


def test_a_file_without_records_blocks_the_replacement_of_its_month_only() -> None:
    files = [plan_file(11, records=0), plan_file(10)]
    assert closed(GateSource(), facts(files=files, records=2, scope="months")) == ["empty_batch"]
    assert closed(GateSource(), facts(files=files, records=2)) == []


def test_totals_that_differ_are_a_warning_unless_the_catalogue_says_otherwise() -> None:
    assert closed(GateSource(totals="warn"), facts(rejects=0, totals_mismatches=["a!S row 9: 合计"])) == []


def test_rows_left_behind_are_named_by_month_and_workbook_with_both_ways_out() -> None:
    (block,) = closed_gates(GateSource(), leaving(left_rows(rows=50), left_rows(path="V2.xlsx", rows=1)), {})
    assert "50 row(s) of 2024-12 came from V1.xlsx and are not in V2.xlsx" in block.message
    assert "1 row(s) of 2024-12 came from an earlier load of V2.xlsx and are no longer in it" in block.message
    assert "2024-12 有 50 行来自 V1.xlsx，V2.xlsx 中没有" in block.message
    assert block.message.count("--merge-key report_date") == 2
    assert block.message.count("--accept left_behind=51") == 2


def test_a_key_without_a_month_offers_no_replacing_of_months() -> None:
    (block,) = closed_gates(GateSource(), facts(rejects=0, left=[left_rows()]), {})
    assert "--merge-key" not in block.message


def test_rows_that_stay_for_other_reasons_or_where_that_only_warns_do_not_block() -> None:
    assert closed(GateSource(), leaving(left_rows(kind="kept_rejected"), left_rows(kind="unknown_source"))) == []
    assert closed(GateSource(left_behind="warn"), leaving(left_rows())) == []


def test_what_is_left_behind_is_not_judged_before_a_comparison_knows_it() -> None:
    assert closed(GateSource(), facts(rejects=0, left=None), left_behind=7) == []
    assert closed(GateSource(), facts(rejects=0, left=[]), left_behind=7) == ["accept"]


def test_what_moved_by_a_power_of_ten_is_named_by_column_months_and_a_key() -> None:
    (block,) = closed_gates(GateSource(), facts(rejects=0, moved=moved(12)), {})
    assert (
        "12 of the 13 keys that 2024-12 shares with 2024-11 moved by a factor near 10000 in 规模(元)" in block.message
    )
    assert "（如 P1 | C1：100.00 → 1000000.00）" in block.message


def test_where_that_only_warns_or_is_not_known_it_does_not_block() -> None:
    assert closed(GateSource(magnitude_moved="warn"), facts(rejects=0, moved=moved(12))) == []
    assert closed(GateSource(), facts(rejects=0, moved=None), magnitude_moved=7) == []
    assert closed(GateSource(), facts(rejects=0, moved=Magnitudes()), magnitude_moved=7) == ["accept"]


def test_any_reject_blocks_where_groups_are_replaced_and_says_so() -> None:
    (block,) = closed_gates(ANY_REJECTS, facts(scope="groups"), {})
    assert block.gate == "rejects_in_replaced_periods"
    assert "whole groups are replaced, so 5 rejected row(s)" in block.message
    assert closed(ANY_REJECTS, facts(scope="groups"), rejects=5) == []


def test_rows_of_other_months_block_groups_where_the_catalogue_says_so() -> None:
    strays = {"2024-08": 2}
    assert closed(GateSource(), facts(rejects=0, other_months=strays, scope="groups")) == ["max_other_months_ratio"]
    ledger = facts(rejects=0, other_months=strays, scope="groups", other_months_block=False)
    assert closed(GateSource(), ledger) == []


def test_a_group_that_shrinks_is_named_with_both_numbers() -> None:
    (block,) = closed_gates(GateSource(max_group_shrink=Decimal(0)), groups((3, 2), (2, 3)), {})
    assert "1 group(s) would lose more of their rows than is allowed: 类型0: 3 -> 2;" in block.message
    assert (block.found, block.limit) == ("0.333333", "0")


def test_how_groups_shrink_is_not_known_before_the_table_was_asked() -> None:
    assert closed(GateSource(max_group_shrink=Decimal(0)), facts(rejects=0, scope="groups"), shrunk_groups=3) == []
    assert closed(GateSource(), groups((3, 2)), shrunk_groups=3) == ["accept"]


@pytest.mark.parametrize(("doomed", "blocks"), [(9, False), (10, True)])
def test_as_many_deleted_rows_as_are_allowed_pass(doomed: int, blocks: bool) -> None:
    assert closed(GateSource(max_deleted_rows=9), deleting(doomed, 90)) == ["max_deleted_rows"] * blocks


def test_a_batch_that_is_meant_to_be_empty_is_not_too_small() -> None:
    assert closed(GateSource(min_rows=5, empty="allow"), facts(0, rejects=0)) == []


@pytest.mark.parametrize(("records", "blocks"), [(1, True), (2, False), (3, False)])
def test_the_fewest_rows_that_are_wanted_are_enough(records: int, blocks: bool) -> None:
    assert closed(GateSource(min_rows=2), facts(records, rejects=0)) == ["min_rows"] * blocks


def test_a_group_that_loses_all_its_rows_shrinks_and_a_new_one_does_not() -> None:
    all_of_it = groups((3, 0), (0, 0), (None, 0), (0, 2)).shrunk(Decimal("0.99"))
    assert [(group.before, group.rows) for group in all_of_it or ()] == [(3, 0)]
    assert groups((1, 0), (1, -1)).shrunk(None) == [GroupRows(key={"业务类型": "类型1"}, before=1, rows=-1)]


MANY = [f"a!S!C{n}" for n in range(1, 13)]
SAID = [*CLOSED]
SAID.append(("rejects_in_replaced_periods", ANY_REJECTS, facts(rejects=2, scope="groups"), 2))
SAID.append(
    (
        "empty_batch",
        GateSource(),
        replace(facts(records=0, rejects=0), files=[plan_file(n, records=0, rejects=0) for n in (1, 2)]),
        2,
    )
)
SAID.append(("totals", GateSource(totals="block"), facts(rejects=0, totals_mismatches=["a", "b"]), 2))
SAID.append(("codes_spelled_twice", GateSource(), facts(rejects=0, doubtful_codes=MANY), 12))
SAID.append(("codes_spelled_twice", GateSource(), facts(rejects=0, doubtful_codes=MANY[:10]), 10))
SAID.append(("codes_spelled_twice", GateSource(), facts(rejects=0, doubtful_codes=MANY[:11]), 11))
SAID.append(("max_group_shrink", GateSource(max_group_shrink=Decimal("0.5")), groups(*[(8, 1)] * 5, (4, 1)), 6))
SAID.append(("max_group_shrink", GateSource(max_group_shrink=Decimal("0.5")), groups(*[(8, 1)] * 5), 5))
SAID.append(("max_deleted_rows", GateSource(max_deleted_rows=0), deleting(3, 0), 3))
TWICE = Magnitudes(keys=12, columns=[*moved(12).columns, *moved(12, 100).columns])
SAID.append(("magnitude_moved", GateSource(), facts(rejects=0, moved=TWICE), 12))
OF_TWO = [GroupRows(key={"月度": "2024-11-01", "业务类型": "受托"}, before=3, rows=0)]
SAID.append(
    ("max_group_shrink", GateSource(max_group_shrink=Decimal(0)), facts(rejects=0, scope="groups", groups=OF_TWO), 1)
)


def test_what_each_gate_says_is_what_was_agreed_to_the_letter() -> None:
    """People decide by these sentences and figures: what was counted, found and allowed, in both languages."""
    lines = [
        f"{block.gate} | {block.found} | {block.limit} | {block.message}"
        for _name, gates, found, _counted in SAID
        for block in closed_gates(gates, found, {})
    ]
    assert same_as_golden(Path(__file__).parent / "golden" / "gates.txt", "\n".join(lines) + "\n")
