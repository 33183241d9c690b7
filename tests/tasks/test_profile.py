"""``--profile`` of a real run."""

from __future__ import annotations

import json

import pytest

from tests.fixtures.runs import Finished, Office

_WORKBOOK = "2024年11月受托业绩报告.xlsx"


@pytest.fixture(scope="module")
def profiled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Office, Finished]:
    office = Office(tmp_path_factory.mktemp("profiled"))
    office.workbook(_WORKBOOK, 11)
    return office, office.run("--profile", "--workers", "2", WDH_SUMMARY_JSON="-")


def test_a_run_tells_its_stages_those_of_its_workers_too_and_no_plan_does(profiled: tuple[Office, Finished]) -> None:
    office, done = profiled
    told = json.loads(done.out.splitlines()[-1])["profile"]
    kept = json.loads(office.newest("runs/*/*/profile.json").read_text(encoding="utf-8"))
    assert kept == told
    rows = {each["stage"]: (each["of"], each["rows"]) for each in told["stages"]}
    assert rows["reading"] == (_WORKBOOK, 2)
    assert rows["merging"] == ("trustee_performance", 2)
    names = [each["stage"] for each in told["stages"]]
    assert (names[0], names.count("starting"), names[-1]) == ("starting", 1, "reports")
    assert f"读取 reading {_WORKBOOK}" in done.out
    assert f"读取 reading {_WORKBOOK}" in office.newest("runs/*/summary.txt").read_text(encoding="utf-8")
    plan = office.newest("plans/*/*/plan.json").read_text(encoding="utf-8")
    assert "profile" not in plan and "seconds" not in plan


def test_stages_use_no_more_than_all_processes_do(profiled: tuple[Office, Finished]) -> None:
    told = json.loads(profiled[1].out.splitlines()[-1])["profile"]
    # A process's clock and the system's of its children differ by a tick each.
    assert sum(each["cpu_seconds"] for each in told["stages"]) <= told["cpu_seconds"] + 0.05


def test_a_run_that_failed_tells_how_far_it_came(office: Office) -> None:
    office.workbook(_WORKBOOK, 11, headers=("甲", "乙", "丙", "丁", "戊", "己", "庚"))
    failed = office.run("--profile", WDH_SUMMARY_JSON="-")
    told = json.loads(failed.out.splitlines()[-1])
    assert (failed.outcome, told["profile"]["stages"][-1]["stage"]) == ("failed", "reading")
