"""What can be made again is removed when it is old enough; nothing else is."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

from tests.fixtures.runs import Office

NOVEMBER = "2024年11月受托业绩报告.xlsx"


def aged(office: Office, days: float) -> None:
    at = time.time() - days * 86_400
    for path in office.output.rglob("*"):
        if path.is_file():
            os.utime(path, (at, at))


def files(office: Office, *folders: str) -> list[Path]:
    return [path for folder in folders for path in (office.output / folder).rglob("*") if path.is_file()]


def run_twice(office: Office, days: str, age: float = 40) -> None:
    office.workbook(NOVEMBER, 11, [("P1", 1.0), ("P2", "x")])
    office.call("--execute", "--accept-rejects", "1")
    office.call("--accept-rejects", "1")
    aged(office, age)
    office.workbook(NOVEMBER, 11, [("P1", 2.0)])
    office.call(**({"WDH_KEEP_DAYS": days} if days else {}))


def test_old_documents_plans_and_run_folders_go_receipts_and_what_was_sent_back_stay(
    office_with_database: Office,
) -> None:
    office = office_with_database
    run_twice(office, "30")
    assert len(files(office, "processed")) == len(files(office, "merged")) == 1
    assert len(list(office.output.glob("plans/*/*/plan.json"))) == 1
    assert len(list(office.output.glob("runs/*/run.json"))) == 1
    assert len(list(office.output.glob("receipts/*/*/receipt.json"))) == 1
    assert len(list(office.output.glob("plans/*/*/problems/*.xlsx"))) == 1
    assert len(list(office.output.glob("receipts/*/*/problems/*.xlsx"))) == 1


def test_what_is_younger_stays(office_with_database: Office) -> None:
    run_twice(office_with_database, "30", age=29)
    assert len(files(office_with_database, "processed")) == 2


def test_nothing_goes_unless_asked_for(office_with_database: Office) -> None:
    run_twice(office_with_database, "")
    assert len(files(office_with_database, "processed")) == 2


def test_documents_that_a_run_uses_are_young_again(office: Office) -> None:
    office.workbook(NOVEMBER, 11)
    office.call()
    aged(office, 40)
    office.call(WDH_KEEP_DAYS="30")
    assert len(files(office, "processed", "merged")) == 2


def test_make_clean_keeps_what_went_back_to_providers_and_receipts(office_with_database: Office) -> None:
    office = office_with_database
    run_twice(office, "")
    # From a folder of its own: the checkout's caches are in use.
    makefile = Path(__file__).resolve().parents[2] / "Makefile"
    (office.folder / "Makefile").write_bytes(makefile.read_bytes())
    subprocess.run(["make", "-C", str(office.folder), "clean", f"OUTPUT={office.output}"], check=True)
    left = {path.relative_to(office.output).parts[0] for path in files(office, "")}
    assert left == {"plans", "receipts", "index.html", "index.jsonl"}
    assert {path.parent.name for path in files(office, "plans")} == {"problems"}
    assert list(office.output.glob("receipts/*/*/receipt.json"))
