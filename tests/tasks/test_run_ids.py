"""One run id, one work."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.fixtures.runs import Office

NOVEMBER, DECEMBER = "2024年11月受托业绩报告.xlsx", "2024年12月受托业绩报告.xlsx"


def test_a_run_id_that_holds_another_months_load_is_refused_and_the_new_month_is_not_taken_for_loaded(
    office_with_database: Office,
) -> None:
    office = office_with_database
    office.workbook(NOVEMBER, 11)
    assert office.run("--execute", "--run-id", "nightly").outcome == "loaded"
    office.workbook(DECEMBER, 12)
    done = office.run("--execute", "--run-id", "nightly")
    assert (done.code, done.outcome) == (30, "failed")
    assert "--run-id nightly: 已用于其他工作; 请换一个 id / holds other work; give another id" in done.out
    assert f"files: {NOVEMBER}" in done.out
    assert f"there, {DECEMBER}" in done.out
    assert "Traceback" not in done.out + done.err
    assert "Outcome: loaded" in (office.output / "runs/nightly/summary.txt").read_text(encoding="utf-8")


def test_the_same_work_under_the_same_id_is_done_once_and_told_again(office_with_database: Office) -> None:
    office = office_with_database
    office.workbook(NOVEMBER, 11)
    first, second = (office.call("--execute", "--run-id", "nightly") for _ in range(2))
    assert (first.outcome, second.outcome) == ("loaded", "loaded")
    assert len(list(office.output.glob("receipts/*/*/receipt.json"))) == 1


def test_a_receipt_of_other_work_is_not_this_runs_after_runs_was_cleaned_away(office_with_database: Office) -> None:
    office = office_with_database
    office.workbook(NOVEMBER, 11)
    assert office.call("--execute", "--run-id", "nightly").outcome == "loaded"
    shutil.rmtree(office.output / "runs")
    assert office.call("--execute", "--run-id", "nightly").outcome == "loaded"
    shutil.rmtree(office.output / "runs")
    office.workbook(DECEMBER, 12)
    done = office.call("--execute", "--run-id", "nightly")
    assert (done.code, done.outcome) == (30, "failed")
    assert "--run-id nightly: 已用于其他工作 (" in done.out


def test_a_receipt_of_another_database_is_not_this_runs(office_with_database: Office) -> None:
    office = office_with_database
    office.workbook(NOVEMBER, 11)
    assert office.call("--execute", "--run-id", "nightly").outcome == "loaded"
    office.settings["WDH_DATABASE__URI"] = "postgresql://somebody@elsewhere:5432/other"
    done = office.call("--execute", "--run-id", "nightly")
    assert (done.code, done.outcome) == (30, "failed")
    assert "--run-id nightly: 已用于另一个数据库 " in done.out
    assert "elsewhere" in done.out


def test_a_load_of_another_output_folder_is_not_taken_for_this(office_with_database: Office, tmp_path: Path) -> None:
    office = office_with_database
    office.workbook(NOVEMBER, 11)
    assert office.call("--execute", "--run-id", "nightly").outcome == "loaded"
    office.settings["WDH_OUTPUT_DIR"] = str(tmp_path / "elsewhere")
    office.workbook(DECEMBER, 12)
    done = office.call("--execute", "--run-id", "nightly")
    assert done.code == 30
    assert "load nightly stands in the ledger with other work: " in done.out
    assert not list(tmp_path.glob("elsewhere/receipts/*/*/receipt.json"))


def test_a_load_of_the_same_files_by_another_plan_is_not_taken_for_this(
    office_with_database: Office, tmp_path: Path
) -> None:
    office = office_with_database
    office.workbook(NOVEMBER, 11)
    assert office.call("--execute", "--run-id", "nightly").outcome == "loaded"
    office.settings["WDH_OUTPUT_DIR"] = str(tmp_path / "elsewhere")
    assert office.call("--execute", "--run-id", "nightly").outcome == "loaded"
    office.settings["WDH_OUTPUT_DIR"] = str(tmp_path / "a third place")
    done = office.call("--execute", "--run-id", "nightly", "--max-deleted-rows", "5")
    assert done.code == 30
    assert "load nightly stands in the ledger with other work: 计划 plan " in done.out


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (("--execute",), "execute: False there, True here"),
        (("--max-deleted-rows", "5"), "max_deleted_rows: None there, 5 here"),
        (("--accept-rejects", "0"), "accepted: {} there, {'rejects': 0} here"),
        (("--merge-key", "report_date"), "merge_key: "),
    ],
)
def test_whatever_differs_is_named(office_with_database: Office, flags: tuple[str, ...], said: str) -> None:
    office = office_with_database
    office.workbook(NOVEMBER, 11)
    assert office.call("--run-id", "nightly").code == 0
    done = office.call("--run-id", "nightly", *flags)
    assert (done.code, done.outcome) == (30, "failed")
    assert said in done.out


def test_a_new_file_that_is_not_chosen_is_no_other_work(office: Office) -> None:
    office.workbook(DECEMBER, 12)
    assert office.call("--run-id", "nightly").outcome == "planned"
    office.workbook(NOVEMBER, 11)
    assert office.call("--run-id", "nightly").outcome == "planned"
