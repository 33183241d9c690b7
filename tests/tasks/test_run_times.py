from __future__ import annotations

import json

from tests.fixtures.runs import Office


def test_a_run_notes_how_long_each_task_ran_whichever_worker_ran_it(office: Office) -> None:
    office.workbook("2024年11月受托业绩报告.xlsx", 11)
    office.run("--workers", "2")
    noted = [json.loads(line) for line in office.newest("runs/*/times.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [entry["task"] for entry in noted] == [
        "ProcessFile 2024年11月受托业绩报告.xlsx",
        "AggregateFiles trustee_performance",
        "LoadWarehouse trustee_performance",
        "LoadDomain trustee_performance",
    ]


def test_times_are_seconds(office: Office) -> None:
    office.workbook("2024年11月受托业绩报告.xlsx", 11)
    office.run()
    noted = [json.loads(line) for line in office.newest("runs/*/times.jsonl").read_text(encoding="utf-8").splitlines()]
    assert all(isinstance(entry["seconds"], float) and entry["seconds"] >= 0 for entry in noted)
