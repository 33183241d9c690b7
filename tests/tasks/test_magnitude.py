"""A month whose amounts were read in another unit than the month before: 12.4 of the issues, through whole runs."""

from __future__ import annotations

import re

import pytest

from tests.fixtures.runs import Office

OCTOBER, NOVEMBER = "2024年10月受托业绩报告.xlsx", "2024年11月受托业绩报告.xlsx"
MOVED = "12 of the 12 keys that 2024-11 shares with 2024-10 moved by a factor near 10000 in 规模(元) fund_scale"


@pytest.fixture
def misread(office: Office) -> Office:
    """October in yuan, and November in 万元 though its sheet does not say so."""
    office.workbook(OCTOBER, 10, [(f"P{n:02d}", 1_000_000.0 + n) for n in range(12)])
    office.workbook(NOVEMBER, 11, [(f"P{n:02d}", (1_050_000.0 + n) * 10_000) for n in range(12)])
    return office


def test_a_plan_without_a_database_cautions_where_both_months_are_its_own(misread: Office) -> None:
    done = misread.call("--max-files", "2")
    assert done.outcome == "planned"
    assert MOVED in done.out
    page = re.sub(r"<[^>]+>", "", misread.newest("plans/*/*/plan.html").read_text(encoding="utf-8"))
    assert MOVED in page
    assert misread.call().outcome == "planned"
    assert misread.plan().moved is None


def test_an_execution_is_refused_whichever_load_brought_the_earlier_month(misread: Office, database: str) -> None:
    misread.settings["WDH_DATABASE__URI"] = database
    assert MOVED in misread.call("--execute", "--max-files", "2").out
    assert misread.call("--execute", "--period", "2024-10").outcome == "loaded"
    done = misread.call("--execute")
    assert (done.code, done.outcome) == (30, "blocked")
    assert MOVED in done.out
    assert misread.call("--compare").outcome == "blocked"
    assert MOVED in misread.call("--compare").out
    accepted = misread.call("--execute", "--accept", "magnitude_moved=12")
    assert (accepted.code, accepted.outcome) == (0, "loaded")
    assert MOVED in accepted.out
    assert misread.receipt().moved is not None
