"""A restated month with missing rows: what stays in the table is said before it stays."""

from __future__ import annotations

import json
import shutil
from contextlib import closing
from pathlib import Path

import psycopg2
import pytest

from tests.fixtures.runs import Finished, Office

NAME = "2024年11月受托业绩报告.xlsx"
V1, V2 = f"数据采集/V1/{NAME}", f"数据采集/V2/{NAME}"


def codes(office: Office) -> list[str]:
    return [code for (code,) in office.sql("SELECT plan_code FROM trustee_performance")]


def apply(office: Office, plan: Path) -> Finished:
    return office.luigi("--module", "workflows.tasks", "ApplyPlan", "--plan-file", str(plan), "--execute")


@pytest.fixture
def restated(office_with_database: Office) -> Office:
    """V1 with P1 to P4 was loaded; V2 has P1 and P4 only, and P4 without a number where one belongs."""
    office = office_with_database
    office.workbook(V1, 11, [(f"P{number}", 100.0) for number in range(1, 5)])
    assert office.call("--execute").outcome == "loaded"
    office.workbook(V2, 11, [("P1", 100.0), ("P4", "待定")])
    return office


ACCEPT_REJECT = ("--accept-rejects", "1")


def test_a_plan_without_a_database_says_that_it_does_not_know(restated: Office) -> None:
    done = restated.call(*ACCEPT_REJECT)
    assert done.outcome == "planned"
    assert "Left behind: not known" in done.out
    assert "--compare" in done.out
    assert restated.plan().left is None


def test_a_comparison_counts_by_workbook_blocks_and_offers_both_ways(restated: Office) -> None:
    done = restated.call("--compare", *ACCEPT_REJECT)
    assert done.outcome == "blocked"
    assert f"2 row(s) of 2024-11 came from {V1} and are not in {V2}" in done.out
    assert "--merge-key report_date" in done.out
    assert "--accept left_behind=2" in done.out
    plan = restated.plan()
    assert [(each.kind, each.path, each.batch, each.rows) for each in plan.left or []] == [
        ("left_behind", V1, V2, 2),
        ("kept_rejected", V1, V2, 1),
    ]
    assert plan.effect.removed == 0
    page = restated.newest("plans/*/*/plan.html").read_text(encoding="utf-8")
    assert f"2 row(s) of 2024-11 came from {V1} and are not in {V2}" in page
    assert "2024-11-01 | P2 | C1" in page
    assert "Kept, rejected here" in page


def test_an_execution_is_refused_and_loads_nothing(restated: Office) -> None:
    done = restated.call("--execute", *ACCEPT_REJECT)
    assert (done.code, done.outcome) == (30, "blocked")
    assert f"2 row(s) of 2024-11 came from {V1} and are not in {V2}" in done.out
    assert codes(restated) == ["P1", "P2", "P3", "P4"]


def test_the_receipt_says_what_was_accepted_to_stay(restated: Office) -> None:
    done = restated.call("--execute", "--accept", "rejects=1,left_behind=2")
    assert (done.code, done.outcome) == (0, "unchanged")
    assert f"2 row(s) of 2024-11 came from {V1} and are not in {V2}" in done.out
    assert [(each.kind, each.rows) for each in restated.receipt().left or []] == [
        ("left_behind", 2),
        ("kept_rejected", 1),
    ]
    assert codes(restated) == ["P1", "P2", "P3", "P4"]


def test_months_are_replaced_as_the_message_offers(restated: Office) -> None:
    restated.workbook(V2, 11, [("P1", 100.0), ("P4", 1.0)])
    assert restated.call("--execute", "--merge-key", "report_date").outcome == "loaded"
    assert codes(restated) == ["P1", "P4"]
    assert restated.receipt().left == []


def test_a_saved_plan_is_refused_once_other_rows_would_stay(restated: Office) -> None:
    accepted = ("--accept", "rejects=1,left_behind=2")
    assert restated.call("--compare", *accepted).outcome == "planned"
    saved = shutil.copy(restated.newest("plans/*/*/plan.json"), restated.folder / "approved.json")
    with closing(psycopg2.connect(restated.settings["WDH_DATABASE__URI"])) as connection, connection.cursor() as cursor:
        cursor.execute("UPDATE trustee_performance SET plan_code = 'P9' WHERE plan_code = 'P3'")
        connection.commit()
    done = apply(restated, Path(saved))
    assert (done.code, done.outcome) == (30, "failed")
    assert "P2 | C1, 2024-11-01 | P3 | C1), 现为 now" in done.out
    assert "P9 | C1)" in done.out


def test_a_saved_plan_is_applied_while_the_same_rows_stay(restated: Office) -> None:
    assert restated.call("--compare", "--accept", "rejects=1,left_behind=2").outcome == "planned"
    saved = restated.newest("plans/*/*/plan.json")
    assert apply(restated, saved).code == 0


def test_a_key_of_rows_that_contradict_each_other_is_kept_too(restated: Office) -> None:
    restated.workbook(V2, 11, [("P1", 100.0), ("P2", 1.0), ("P2", 2.0), ("P3", 100.0), ("P4", 100.0)])
    restated.call("--compare", "--accept-rejects", "2")
    assert [(each.kind, each.keys) for each in restated.plan().left or []] == [
        ("kept_rejected", ["2024-11-01 | P2 | C1"])
    ]


def test_a_program_reads_the_counts_from_the_summary(restated: Office) -> None:
    done = restated.call("--compare", *ACCEPT_REJECT, WDH_SUMMARY_JSON="-")
    facts = json.loads(done.out.splitlines()[-1])
    assert facts["left"] == {"left_behind": 2, "kept_rejected": 1, "unknown_source": 0}
