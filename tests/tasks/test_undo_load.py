"""A load taken back, as people do it: planned first, approved, applied once; real workbooks, a real PostgreSQL."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.fixtures.runs import Finished, Office
from tests.fixtures.two_domains import TwoDomains
from tests.tasks.test_loading import query

NOVEMBER = "2024年11月受托业绩报告.xlsx"
EVERYTHING = "SELECT * FROM trustee_performance ORDER BY report_date, plan_code, company_code"


def undo(office: Office, load_id: str, *flags: str) -> Finished:
    return office.luigi("--module", "workflows.tasks", "UndoLoad", "--load-id", load_id, *flags)


def loads(office: Office) -> list[str]:
    return [str(row[0]) for row in query(office, "SELECT load_id FROM wdh_load ORDER BY sequence")]


@pytest.fixture
def restated(office_with_database: Office) -> Office:
    """November was loaded, and restated: P1 changed, P2 gone, P3 new."""
    office = office_with_database
    office.workbook(NOVEMBER, 11, [("P1", 1.0), ("P2", 2.0)])
    assert office.call("--execute", "--merge-key", "report_date").code == 0
    office.workbook(NOVEMBER, 11, [("P1", 5.0), ("P3", 3.0)])
    assert office.call("--execute", "--merge-key", "report_date").code == 0
    return office


def test_an_undo_is_planned_and_changes_nothing(restated: Office) -> None:
    before = query(restated, EVERYTHING)
    done = undo(restated, loads(restated)[-1])
    assert (done.code, done.outcome) == (0, "planned"), done.err
    assert "1 added, 1 changed, 1 removed" in done.out
    assert query(restated, EVERYTHING) == before
    assert len(loads(restated)) == 2
    plan = restated.plan()
    assert (plan.undoes, plan.records) == (loads(restated)[-1], 2)
    page = restated.newest("plans/*/*/plan.html").read_text(encoding="utf-8")
    assert "该次载入写入的行移走" in page
    assert 'id="files"' not in page
    # What comes back and what goes is shown with its amounts.
    text = re.sub(r"<[^>]+>", "", page)
    assert "规模(元) 2.00" in text
    assert "规模(元) 3.00" in text


def test_what_it_was_before_comes_back_and_the_undo_can_be_undone(restated: Office) -> None:
    two = query(restated, EVERYTHING)
    done = undo(restated, loads(restated)[-1], "--execute")
    assert (done.code, done.outcome) == (0, "loaded"), done.out + done.err
    assert [(row[1], str(row[5])) for row in query(restated, EVERYTHING)] == [("P1", "1.00"), ("P2", "2.00")]
    assert undo(restated, loads(restated)[-1], "--execute").outcome == "loaded"
    assert query(restated, EVERYTHING) == two


def test_a_saved_undo_is_applied_once(restated: Office) -> None:
    undo(restated, loads(restated)[-1])
    plan = str(restated.newest("plans/*/*/plan.json"))
    apply = ("--module", "workflows.tasks", "ApplyPlan", "--plan-file", plan, "--execute")
    done = restated.luigi(*apply)
    assert (done.code, done.outcome) == (0, "loaded"), done.out
    again = restated.luigi(*apply)
    assert again.code != 0
    assert len(loads(restated)) == 3


def test_a_saved_undo_whose_rows_moved_is_refused(restated: Office) -> None:
    undo(restated, loads(restated)[-1])
    plan = str(restated.newest("plans/*/*/plan.json"))
    restated.sql("DELETE FROM trustee_performance WHERE plan_code = 'P3'")
    done = restated.luigi("--module", "workflows.tasks", "ApplyPlan", "--plan-file", plan, "--execute")
    assert (done.code, done.outcome) == (30, "failed")
    assert len(loads(restated)) == 2


def test_the_script_of_an_undo_does_the_same(restated: Office, psql_program: Path) -> None:
    undo(restated, loads(restated)[-1])
    script = str(restated.newest("plans/*/*/plan.sql"))
    command = [str(psql_program), "--no-psqlrc", "--file", script, restated.settings["WDH_DATABASE__URI"]]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert [(row[1], str(row[5])) for row in query(restated, EVERYTHING)] == [("P1", "1.00"), ("P2", "2.00")]


def test_a_row_changed_by_hand_since_is_named(restated: Office) -> None:
    restated.sql("UPDATE trustee_performance SET fund_scale = 9 WHERE plan_code = 'P3'")
    done = undo(restated, loads(restated)[-1], "--execute")
    assert (done.code, done.outcome) == (30, "failed")
    assert "1 row(s) that it wrote were changed since, by no load" in done.out
    assert "P3" in done.out


def test_without_the_loads_own_records_it_is_blocked_until_that_is_accepted(restated: Office) -> None:
    shutil.rmtree(restated.output / "merged")
    done = undo(restated, loads(restated)[-1])
    assert done.outcome == "blocked"
    assert "--accept unverified=2" in done.out
    assert undo(restated, loads(restated)[-1], "--execute", "--accept", "unverified=1").outcome == "blocked"
    assert undo(restated, loads(restated)[-1], "--execute", "--accept", "unverified=2").outcome == "loaded"


def test_an_earlier_load_is_refused_naming_the_later_one_and_taken_back_together_with_it(restated: Office) -> None:
    first, second = loads(restated)
    done = undo(restated, first)
    assert (done.code, done.outcome) == (30, "failed")
    assert f"deleted or changed by load {second}" in done.out
    together = undo(restated, first, "--with-later")
    assert (together.code, together.outcome) == (0, "planned"), together.out + together.err
    done = undo(restated, first, "--with-later", "--execute")
    assert (done.code, done.outcome) == (0, "loaded"), done.out + done.err
    assert query(restated, EVERYTHING) == []
    undone = query(restated, "SELECT undoes FROM wdh_load WHERE undoes IS NOT NULL ORDER BY sequence")
    assert [row[0] for row in undone] == [second, first]


def test_a_load_that_nobody_knows_and_a_missing_id_are_said_so(restated: Office) -> None:
    assert "is not in the ledger of this database; make history lists the loads" in undo(restated, "none").out
    assert "--load-id: 缺少" in undo(restated, "").out


def test_after_an_undo_the_month_counts_as_the_load_before_left_it(restated: Office) -> None:
    undo(restated, loads(restated)[-1], "--execute")
    done = restated.call("--execute", "--merge-key", "report_date")
    assert (done.outcome, "deleted 2, inserted 2" in done.out) == ("loaded", True)


@pytest.fixture
def both_loaded(two_domains: TwoDomains) -> tuple[TwoDomains, str]:
    """Two domains loaded by one run; its id."""
    assert two_domains.call("--execute").outcome == "loaded"
    ((load_id,),) = two_domains.sql("SELECT load_id FROM wdh_load WHERE domain = 'plan_scales'")
    return two_domains, load_id.partition(":")[0]


def test_one_load_of_a_run_of_several_domains_is_taken_back_by_itself(both_loaded: tuple[TwoDomains, str]) -> None:
    house, run = both_loaded
    done = undo(house.office, f"{run}:plan_incomes", "--execute")
    assert (done.code, done.outcome) == (0, "loaded"), done.out + done.err
    assert house.both() == (2, 0)


def test_all_loads_of_a_run_of_several_domains_are_taken_back_together(both_loaded: tuple[TwoDomains, str]) -> None:
    house, run = both_loaded
    assert undo(house.office, run).outcome == "planned"
    assert house.both() == (2, 3)
    done = undo(house.office, run, "--execute")
    assert (done.code, done.outcome) == (0, "loaded"), done.out + done.err
    assert house.both() == (0, 0)
    again = undo(house.office, run, "--execute")
    assert (again.code, "was taken back already" in again.out) == (30, True), again.out


def test_of_a_run_of_several_domains_nothing_is_taken_back_where_one_load_cannot_be(
    both_loaded: tuple[TwoDomains, str],
) -> None:
    house, run = both_loaded
    house.sql("DELETE FROM incomes WHERE plan_code = 'P1'")
    done = undo(house.office, run, "--execute")
    assert (done.code, done.outcome) == (30, "failed"), done.out
    assert f"load {run}:plan_incomes cannot be taken back" in done.out
    assert house.both() == (2, 2)


def test_an_undone_run_of_several_domains_is_brought_back_by_its_own_id(both_loaded: tuple[TwoDomains, str]) -> None:
    house, run = both_loaded
    undo(house.office, run, "--execute")
    ((undoing,),) = house.sql(f"SELECT load_id FROM wdh_load WHERE undoes = '{run}:plan_scales'")
    done = undo(house.office, undoing.partition(":")[0], "--execute")
    assert (done.code, done.outcome) == (0, "loaded"), done.out + done.err
    assert house.both() == (2, 3)


def test_an_append_is_loaded_again_after_its_undo_and_not_after_it_was_brought_back(
    office_with_database: Office,
) -> None:
    office = office_with_database
    office.workbook(NOVEMBER, 11)

    def append() -> Finished:
        return office.call("--execute", "--mode", "append")

    assert append().outcome == "loaded"
    (first,) = loads(office)
    undo(office, first, "--execute")
    assert undo(office, loads(office)[-1], "--execute").outcome == "loaded"
    assert append().outcome == "unchanged"
    assert len(query(office, EVERYTHING)) == 2
    undo(office, first, "--execute")
    assert append().outcome == "loaded"
    assert len(query(office, EVERYTHING)) == 2
