"""The same runs against a real luigid."""

from __future__ import annotations

from tests.fixtures.runs import Office

NOVEMBER = "2024年11月受托业绩报告.xlsx"


def test_two_runs_in_a_row_against_luigid_both_report(office: Office, scheduler: tuple[str, ...]) -> None:
    office.workbook(NOVEMBER, 11)
    first = office.run(scheduler=scheduler)
    second = office.run(scheduler=scheduler)
    assert [(first.code, first.outcome), (second.code, second.outcome)] == [(0, "planned"), (0, "planned")]


def test_two_workers_load_against_luigid(office_with_database: Office, scheduler: tuple[str, ...]) -> None:
    office = office_with_database
    office.workbook(NOVEMBER, 11)
    office.workbook("2024年10月受托业绩报告.xlsx", 10)
    done = office.run("--execute", "--max-files", "2", "--workers", "2", scheduler=scheduler)
    assert (done.code, done.outcome) == (0, "loaded")


def test_a_failed_run_can_be_run_again_at_once_when_it_is_mended(office: Office, scheduler: tuple[str, ...]) -> None:
    (office.data / NOVEMBER).write_bytes(b"hello")
    assert office.run(scheduler=scheduler).code == 30
    office.workbook(NOVEMBER, 11)
    assert office.run(scheduler=scheduler).outcome == "planned"
