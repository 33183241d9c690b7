"""Runs of the real command that are killed or beaten in a race, and the run after them."""

from __future__ import annotations

from contextlib import closing

import psycopg2
import pytest

from tests.fixtures.runs import Office

NOVEMBER = "2024年11月受托业绩报告.xlsx"
# Loaded by the interpreter at its start; the load task then dies at the wanted moment, as by kill -9.
_KILLED_WHEN = """
import os, signal
import workflows.tasks.load_warehouse as tasks
original = tasks.carry_out
def dying(prepared):
    {before}
    receipt = original(prepared)
    os.kill(os.getpid(), signal.SIGKILL)
tasks.carry_out = dying
"""


def killed(office: Office, *flags: str, before_the_load: bool = False) -> None:
    (office.folder / "sitecustomize.py").write_text(
        _KILLED_WHEN.format(before="os.kill(os.getpid(), signal.SIGKILL)" if before_the_load else "pass")
    )
    done = office.run("--execute", *flags, PYTHONPATH=str(office.folder))
    assert done.code != 0


def scales(office: Office) -> list[tuple[str, ...]]:
    return office.sql("SELECT plan_code, fund_scale FROM trustee_performance")


LOADED = [("P1", "100.00"), ("P2", "200.00")]


@pytest.mark.parametrize("flags", [("--merge-key", "report_date"), ("--mode", "append"), ("--workers", "2")])
def test_a_run_killed_between_commit_and_receipt_is_not_doubled_by_the_next(
    office_with_database: Office, flags: tuple[str, str]
) -> None:
    office = office_with_database
    office.workbook(NOVEMBER, 11)
    killed(office, *flags)
    assert (scales(office), list(office.output.glob("receipts/*/*/*.json"))) == (LOADED, [])
    done = office.run("--execute", *flags)
    assert (done.code, done.outcome, scales(office)) == (0, "unchanged", LOADED)


def test_a_run_killed_before_its_load_is_made_up_for_by_the_next(office_with_database: Office) -> None:
    office = office_with_database
    office.workbook(NOVEMBER, 11)
    killed(office, before_the_load=True)
    assert scales(office) == []
    assert office.run("--execute").outcome == "loaded"


def test_a_lock_that_is_not_given_up_ends_in_the_holders_name(office_with_database: Office) -> None:
    office = office_with_database
    office.workbook(NOVEMBER, 11)
    with closing(psycopg2.connect(office.settings["WDH_DATABASE__URI"], application_name="month end")) as holder:
        with holder.cursor() as cursor:
            cursor.execute("LOCK TABLE trustee_performance IN ROW EXCLUSIVE MODE")
        pid = holder.info.backend_pid
        done = office.run("--execute", WDH_DATABASE__LOCK_TIMEOUT="1")
    assert (done.code, done.outcome) == (30, "failed")
    assert f"held by month end (user postgres, pid {pid})" in done.out
