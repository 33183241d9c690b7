"""Several domains of one run by real commands: forked workers, two commands at once, exit codes."""

from __future__ import annotations

import json

import pytest

from tests.fixtures.two_domains import BOTH, BOTH_DOMAINS, TwoDomains

pytestmark = pytest.mark.long

COMMAND = ("luigi", "--module", "workflows.tasks", "LoadDomain", "--local-scheduler")


def test_forked_workers_load_both_and_tell_of_each(two_domains_outside: TwoDomains) -> None:
    office = two_domains_outside.office
    done = office.run(*BOTH_DOMAINS, "--execute", "--workers", "2")
    assert (done.code, done.outcome, two_domains_outside.both()) == (0, "loaded", (2, 3)), done.err
    events = [json.loads(line) for line in office.newest("runs/*/*/progress.jsonl").read_text("utf-8").splitlines()]
    assert events[0] == {"event": "chosen", "files": 1}
    assert [event["rows"] for event in events if event["event"] == "read"] == [5]
    assert [(event["domain"], event["rows"], event["total"]) for event in events if event["event"] == "staging"] == [
        ("plan_incomes", 3, 3),
        ("plan_scales", 2, 2),
    ]


def test_a_blocked_part_ends_the_command_with_30_and_loads_nothing(two_domains_outside: TwoDomains) -> None:
    two_domains_outside.workbook({**BOTH, "规模": [("P1", "待定")]})
    done = two_domains_outside.office.run(*BOTH_DOMAINS, "--execute")
    assert (done.code, done.outcome, two_domains_outside.both()) == (30, "blocked", (0, 0))
    assert "Traceback" not in done.out + done.err


def test_two_commands_that_name_the_domains_in_either_order_both_end_well(two_domains_outside: TwoDomains) -> None:
    office = two_domains_outside.office
    for name in ("plan_scales,plan_incomes", "plan_incomes,plan_scales"):
        two_domains_outside.call("--domain", name)
    begun = [
        office.begin(*COMMAND, "--domain", name, "--execute")
        for name in ("plan_scales,plan_incomes", "plan_incomes,plan_scales") * 2
    ]
    ended = [(process.communicate(timeout=120), process.returncode) for process in begun]
    assert [code for _, code in ended] == [0, 0, 0, 0], ended
    assert two_domains_outside.both() == (2, 3)
    outcomes = two_domains_outside.sql("SELECT outcome, count(*) FROM wdh_load GROUP BY outcome")
    assert outcomes == [("loaded", "2"), ("unchanged", "6")]


def test_hosts_that_share_a_run_do_its_work_once(two_domains_outside: TwoDomains) -> None:
    office = two_domains_outside.office
    flags = (*BOTH_DOMAINS, "--execute", "--run-id", "shared")
    begun = [office.begin(*COMMAND, *flags) for _ in range(2)]
    codes = sorted(process.wait(timeout=120) for process in begun if process.communicate(timeout=120))
    assert codes[0] == 0
    assert two_domains_outside.both() == (2, 3)
    assert two_domains_outside.sql("SELECT load_id FROM wdh_load") == [
        ("shared:plan_incomes",),
        ("shared:plan_scales",),
    ]
