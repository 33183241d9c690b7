"""More workbooks than a task each: read in chunks, and all else as before. Chunks are of two workbooks here."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from tests.fixtures.luigid import flags, running_luigid, task_list
from tests.fixtures.runs import Office
from tests.fixtures.two_domains import TwoDomains

_SMALL_CHUNKS = {"ALONE": 3, "CHUNK_FILES": 2, "SHARES": 1}
_SITE = """
import os, signal
from workflows.plan import chunks
vars(chunks).update({chunks})
import workflows.runs.reading as reading
plain = reading.process_workbook
def dying(run, path):
    if "10月" in path:
        os.kill(os.getpid(), signal.SIGKILL)
    return plain(run, path)
reading.process_workbook = dying
"""


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """More than three workbooks are read two by two."""
    for name, value in _SMALL_CHUNKS.items():
        monkeypatch.setattr(f"workflows.plan.chunks.{name}", value)


@pytest.fixture
def year(office: Office, small_chunks: None) -> Office:
    """An office with the workbooks of August to November."""
    for month in (8, 9, 10, 11):
        office.workbook(name_of(month), month)
    return office


def name_of(month: int) -> str:
    return f"2024年{month:02}月受托业绩.xlsx"


def written(office: Office) -> dict[str, int]:
    """Each processed document's month, and when it was written."""
    return {path.parent.name: path.stat().st_mtime_ns for path in office.output.glob("processed/*/*/*.json")}


def test_a_chunk_leaves_a_document_for_each_workbook_and_the_plan_is_that_of_single_tasks(
    year: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    year.call("--max-files", "4")
    documents, plan = year.processed(), year.plan()
    monkeypatch.setattr("workflows.plan.chunks.ALONE", 4)
    year.settings["WDH_OUTPUT_DIR"] = "alone"
    year.output = year.folder / "alone"
    year.call("--max-files", "4")
    assert len(documents) == 4
    assert (documents, plan.plan_id, plan.files) == (year.processed(), year.plan().plan_id, year.plan().files)


def test_tasks_are_called_by_which_of_how_many_workbooks_they_read(year: Office) -> None:
    year.call("--max-files", "4")
    noted = [json.loads(line) for line in year.newest("runs/*/times.jsonl").read_text(encoding="utf-8").splitlines()]
    assert {"ProcessFiles 1-2 of 4", "ProcessFiles 3-4 of 4"} < {entry["task"] for entry in noted}


def test_a_chunk_that_gains_a_workbook_reads_that_one_only(year: Office) -> None:
    year.call("--max-files", "4")
    before = written(year)
    # It comes first: all workbooks are in other chunks than before.
    year.workbook(name_of(12), 12)
    done = year.call("--max-files", "5")
    after = written(year)
    assert (done.outcome, after.pop("2024-12") > 0, after) == ("planned", True, before)


def test_a_broken_workbook_is_named_as_ever_and_leaves_the_documents_of_the_others(year: Office) -> None:
    (year.data / name_of(10)).write_bytes(b"hello")
    done = year.call("--max-files", "4")
    assert (done.code, done.outcome) == (30, "failed")
    assert [line for line in done.out.splitlines() if line.startswith("FAILED")] == [
        f"FAILED ProcessFile {name_of(10)}"
    ]
    assert f"\n  {name_of(10)}: " in done.out
    assert sorted(written(year)) == ["2024-08", "2024-09", "2024-11"]


def test_after_it_is_mended_only_the_broken_workbook_is_read(year: Office) -> None:
    (year.data / name_of(10)).write_bytes(b"hello")
    year.call("--max-files", "4")
    before = written(year)
    year.workbook(name_of(10), 10)
    done = year.call("--max-files", "4")
    after = written(year)
    assert (done.outcome, after.pop("2024-10") > 0, after) == ("planned", True, before)


def test_every_broken_workbook_of_a_chunk_is_named(year: Office) -> None:
    for month in (10, 11):
        (year.data / name_of(month)).write_bytes(b"hello")
    done = year.call("--max-files", "4")
    assert done.out.count("FAILED ProcessFile ") == done.out.count("FAILED") == 2


def test_several_domains_share_chunks_and_a_run_id_holds_one_work_of_theirs(
    two_domains: TwoDomains, small_chunks: None
) -> None:
    for month in ("202408", "202409", "202410"):
        two_domains.workbook(month=month)
    two_domains.workbook({"受托": [("P1", 1)], "投资": [("P2", 2)]}, name="台账登记.xlsx")
    every = ("--domain", "all", "--max-files", "4", "--execute", "--run-id", "year")
    done = two_domains.call(*every)
    assert (done.outcome, two_domains.both(), len(two_domains.rows("plan_ledgers"))) == ("loaded", (8, 12), 2)
    documents = [path.parent.parent.name for path in two_domains.output.glob("processed/*/*/*.json")]
    assert Counter(documents) == {"plan_scales": 4, "plan_incomes": 4, "plan_ledgers": 2}
    two_domains.workbook({"受托": [("P1", 1)], "投资": [("P2", 3)]}, name="台账登记.xlsx")
    refused = two_domains.call(*every)
    assert (refused.code, "holds other work" in refused.out) == (30, True)
    assert "plan_ledgers.files: 202411/收集数据/台账登记.xlsx (" in refused.out


def in_processes_of_their_own(office: Office) -> Office:
    """Whose commands have small chunks, too, and die over October's workbook."""
    (office.folder / "sitecustomize.py").write_text(_SITE.format(chunks=_SMALL_CHUNKS), encoding="utf-8")
    return office


@pytest.mark.long
def test_of_a_killed_worker_the_first_workbook_that_is_not_read_is_named(year: Office) -> None:
    office = in_processes_of_their_own(year)
    done = office.run("--max-files", "4", "--workers", "2", PYTHONPATH=str(office.folder))
    assert done.code != 0
    assert "FAILED ProcessFiles 1-2 of 4" in done.out
    assert f"the first workbook that is not read: {name_of(10)}\n" in done.out


@pytest.mark.long
def test_the_schedulers_page_tells_how_a_chunk_went(year: Office, tmp_path: Path) -> None:
    office = in_processes_of_their_own(year)
    for month in (6, 7):
        office.workbook(name_of(month), month)
    with running_luigid(tmp_path) as port:
        wanted = ("--period", "2024-06..2024-09", "--max-files", "4")
        done = office.run(*wanted, scheduler=flags(port), PYTHONPATH=str(office.folder))
        told = [task for task in task_list(port).values() if task["name"] == "ProcessFiles"]
    assert done.outcome == "planned"
    assert sorted((task["params"]["files"], task["progress_percentage"]) for task in told) == [
        ("1-2 of 4", 100),
        ("3-4 of 4", 100),
    ]
    assert {task["status_message"] for task in told} == {"4 rows, 4 records, 0 rejected"}
