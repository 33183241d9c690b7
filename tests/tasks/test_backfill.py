"""Months that are missing, loaded; looked at by Luigi's own tools without a trace."""

from __future__ import annotations

import json
import re

import pytest

from tests.fixtures.runs import Finished, Office

pytestmark = pytest.mark.long

MONTHS = (9, 10, 11)


@pytest.fixture
def behind(office_with_database: Office) -> Office:
    """An office with three months of workbooks, of which the middle one is loaded."""
    for month in MONTHS:
        office_with_database.workbook(f"2024年{month:02}月受托业绩报告.xlsx", month)
    assert office_with_database.call("--execute", "--period", "2024-10").outcome == "loaded"
    return office_with_database


def backfill(office: Office, *more: str) -> Finished:
    """The task behind ``make backfill``, within this process."""
    given = ("--period", "2024-09..2024-11", "--domain", "trustee_performance", "--execute")
    return office.luigi("--module", "workflows.tasks", "Backfill", *given, *more)


def outcomes(done: Finished) -> list[str]:
    return [line for line in done.out.splitlines() if line.startswith("Outcome: ")]


def loaded(office: Office) -> list[str]:
    found = (json.loads(path.read_bytes()) for path in office.output.glob("receipts/*/*/receipt.json"))
    return sorted(period for receipt in found for period in receipt["periods"])


def test_a_backfill_loads_what_is_missing_a_run_for_each_month_and_nothing_the_second_time(behind: Office) -> None:
    first, second = backfill(behind), backfill(behind)
    assert (first.code, outcomes(first)) == (0, ["Outcome: loaded"] * 2), first.out + first.err
    # The oldest first: each month is held against the one before it.
    assert re.findall(r"^  (2024-..): \d+ records", first.out, re.MULTILINE) == ["2024-09", "2024-11"]
    assert "待载入 to load: 2" in first.out and "2024-10  已载入 loaded" in first.out
    assert (second.code, outcomes(second)) == (0, [])
    assert "待载入 to load: 0" in second.out
    assert loaded(behind) == ["2024-09", "2024-10", "2024-11"]


def test_a_month_that_fails_harms_no_other_of_a_backfill(behind: Office) -> None:
    (behind.data / "2024年09月受托业绩报告.xlsx").write_bytes(b"hello")
    done = backfill(behind)
    assert (done.code, sorted(outcomes(done))) == (30, ["Outcome: failed", "Outcome: loaded"])
    assert loaded(behind) == ["2024-10", "2024-11"]


def test_months_that_are_none_are_refused_in_one_message(behind: Office) -> None:
    done = backfill(behind, "--period", "2024-13..2024-14")
    assert (done.code, done.outcome) == (30, "failed")
    assert "a month such as 2024-03" in done.out and "Traceback" not in done.out + done.err


def test_luigis_own_range_loads_what_is_missing(behind: Office) -> None:
    given = {"domain": "trustee_performance", "execute": True}
    flags = ("--of", "LoadMonth", "--of-params", json.dumps(given), "--start", "2024-09", "--stop", "2024-12")
    done = behind.command(
        "luigi", "--module", "workflows.tasks", "RangeMonthly", *flags, "--months-back", "240", "--local-scheduler"
    )
    assert (done.code, outcomes(done)) == (0, ["Outcome: loaded"] * 2), done.out + done.err
    assert loaded(behind) == ["2024-09", "2024-10", "2024-11"]


@pytest.mark.parametrize("tool", ["luigi-deps", "luigi-deps-tree"])
def test_looking_at_the_graph_leaves_no_run_behind(office: Office, tool: str) -> None:
    office.workbook("2024年11月受托业绩报告.xlsx", 11)
    done = office.command(tool, "--module", "workflows.tasks", "LoadDomain", "--domain", "trustee_performance")
    assert done.code == 0 and "ProcessFile" in done.out, done.err
    assert "Outcome" not in done.out and not list(office.output.glob("*"))
