"""The same runs against a real luigid."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.fixtures.luigid import flags, running_luigid, task_list
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


def test_two_runs_at_once_on_one_luigid_both_load_and_say_so(
    office_with_database: Office, scheduler: tuple[str, ...]
) -> None:
    office = office_with_database
    for month in (10, 11):
        office.workbook(f"2024年{month}月受托业绩报告.xlsx", month, [(f"P{n}", 10.0) for n in range(2000)])
    runs = (("--execute", "--max-files", "2"), ("--execute", "--max-files", "2"), ("--max-files", "1"))
    with ThreadPoolExecutor() as pool:
        done = list(pool.map(lambda flags: office.run(*flags, scheduler=scheduler), runs))
    assert [run.code for run in done] == [0, 0, 0]
    assert sorted(run.outcome for run in done) == ["loaded", "planned", "unchanged"]


def test_a_failed_run_can_be_run_again_at_once_when_it_is_mended(office: Office, scheduler: tuple[str, ...]) -> None:
    (office.data / NOVEMBER).write_bytes(b"hello")
    assert office.run(scheduler=scheduler).code == 30
    office.workbook(NOVEMBER, 11)
    assert office.run(scheduler=scheduler).outcome == "planned"


def test_what_was_done_is_still_known_after_a_restart(office: Office, tmp_path: Path) -> None:
    office.workbook(NOVEMBER, 11)
    with running_luigid(tmp_path) as port:
        office.run(scheduler=flags(port))
    with running_luigid(tmp_path) as port:
        found = sorted((task["name"], task["status"]) for task in task_list(port).values())
    assert found == [(name, "DONE") for name in ("AggregateFiles", "LoadDomain", "LoadWarehouse", "ProcessFile")]


def test_each_task_tells_its_figures_and_where_its_report_lies(office: Office, tmp_path: Path) -> None:
    office.workbook(NOVEMBER, 11)
    with running_luigid(tmp_path) as port:
        office.run(scheduler=flags(port))
        told = {task["name"]: task for task in task_list(port).values()}
    assert {name: task["progress_percentage"] for name, task in told.items()} == dict.fromkeys(told, 100)
    assert told["ProcessFile"]["status_message"].splitlines()[0] == "2024-11 V1: 2 rows, 2 records, 0 rejected"
    report = told["LoadWarehouse"]["status_message"].splitlines()[1].removeprefix("report: ")
    assert (office.output / report).is_file()
