"""Planning, as people do it: real commands, real workbooks, no database."""

from __future__ import annotations

import json
from pathlib import Path

import openpyxl
import pytest

from tests.fixtures.runs import HEADERS, Office
from workflows.plan.model import Plan


def as_made_anywhere(path: Path) -> str:
    """A plan without when, where and by whom it was made."""
    return Plan.model_validate_json(path.read_bytes()).altered(made=None, seal="").model_dump_json()


def test_planning_is_the_default_and_says_so(office: Office) -> None:
    office.workbook("2024年11月受托业绩报告.xlsx", 11)
    done = office.call()
    assert (done.code, done.outcome) == (0, "planned")
    assert "Execute: False" in done.out
    assert "Plan-only: True" in done.out
    assert "INSERT INTO" in done.out
    assert "Traceback" not in done.err


def test_a_plan_holds_what_the_user_needs_to_decide(office: Office) -> None:
    office.workbook("2024年11月受托业绩报告.xlsx", 11, [("P1", 100.0), (None, 5.0), ("P3", 7.0)])
    office.workbook("2024年10月受托业绩报告.xlsx", 10)
    office.workbook("2024年11月年金规模.xlsx", 11)
    office.call()
    plan = office.plan()
    assert (plan.outcome, plan.table, plan.mode, plan.execute, plan.plan_only) == (
        "blocked",
        "trustee_performance",
        "delete_insert",
        False,
        True,
    )
    (file,) = plan.files
    assert (file.path, file.month, file.rows_read, file.records, file.rejects) == (
        "2024年11月受托业绩报告.xlsx",
        "2024-11",
        3,
        2,
        1,
    )
    assert [(r.row, r.column, r.code) for r in plan.rejects] == [(3, "C", "missing_value")]
    assert sorted(left.path for left in plan.not_selected) == ["2024年10月受托业绩报告.xlsx", "2024年11月年金规模.xlsx"]
    assert plan.records == 2
    assert [step.operation for step in plan.steps].index("copy") < [s.operation for s in plan.steps].index("insert")


def test_planning_opens_no_connection(office: Office) -> None:
    office.workbook("2024年11月受托业绩报告.xlsx", 11)
    (office.folder / "sitecustomize.py").write_text(
        "import psycopg2\n"
        "def refuse(*a, **k): raise AssertionError('a connection was opened')\n"
        "psycopg2.connect = refuse\n"
    )
    done = office.run(PYTHONPATH=str(office.folder), WDH_DATABASE__URI="postgresql://u:p@127.0.0.1:1/x")
    assert (done.code, done.outcome) == (0, "planned")


def test_a_plan_imports_nothing_that_it_does_not_need(office: Office) -> None:
    office.workbook("2024年11月受托业绩报告.xlsx", 11)
    command = ("--module", "workflows.tasks", "LoadDomain", "--domain", "trustee_performance", "--local-scheduler")
    imported = office.imported_by("luigi", *command)
    assert "workflows.plan.render.page" in imported
    unneeded = ("psycopg2", "workflows.warehouse", "workflows.telling.status", "openpyxl", "rich", "msoffcrypto")
    assert [name for name in imported if name.startswith(unneeded)] == []


def test_several_files_are_merged_into_one_plan(office: Office) -> None:
    for month in (9, 10, 11):
        office.workbook(f"2024年{month}月受托业绩报告.xlsx", month)
    assert office.call("--max-files", "2").code == 0
    plan = office.plan()
    assert ([file.month for file in plan.files], plan.records, plan.months) == (
        ["2024-11", "2024-10"],
        4,
        {"2024-10": 2, "2024-11": 2},
    )


def test_two_workers_plan_the_same_as_one(office: Office) -> None:
    for month in (10, 11):
        office.workbook(f"2024年{month}月受托业绩报告.xlsx", month)
    one, two = office.call("--max-files", "2"), office.run("--max-files", "2", "--workers", "2")
    assert (one.code, two.code, two.outcome) == (0, 0, "planned")
    first, second = map(as_made_anywhere, sorted(office.output.glob("plans/*/*/plan.json")))
    assert first == second


def test_a_second_run_reads_no_workbook_again(office: Office) -> None:
    office.workbook("2024年11月受托业绩报告.xlsx", 11)
    office.call()
    made = {path: path.stat().st_mtime_ns for path in office.output.glob("processed/**/*.json")}
    assert office.call().code == 0
    assert {path: path.stat().st_mtime_ns for path in office.output.glob("processed/**/*.json")} == made


def test_a_changed_workbook_is_read_again_and_nothing_else_is(office: Office) -> None:
    for month in (10, 11):
        office.workbook(f"2024年{month}月受托业绩报告.xlsx", month)
    office.call("--max-files", "2")
    before = set(office.processed())
    office.workbook("2024年11月受托业绩报告.xlsx", 11, [("P9", 1.0)])
    office.call("--max-files", "2")
    added = set(office.processed()) - before
    assert (len(added), all(name.startswith("2024年11月") for name in added)) == (1, True)


@pytest.mark.parametrize(
    "flags", [("--pk", "report_date,plan_code"), ("--merge-key", "report_date"), ("--mode", "append")]
)
def test_changing_keys_or_mode_reads_nothing_again(office: Office, flags: tuple[str, ...]) -> None:
    office.workbook("2024年11月受托业绩报告.xlsx", 11)
    office.call()
    before = set(office.processed())
    assert office.call(*flags).code == 0
    assert set(office.processed()) == before


def test_a_changed_gate_changes_the_outcome_without_reading_again(office: Office) -> None:
    office.workbook("2024年11月受托业绩报告.xlsx", 11, [("P1", 100.0), (None, 5.0)])
    assert office.call().outcome == "blocked"
    before = set(office.processed())
    assert office.call("--accept-rejects", "1").outcome == "planned"
    assert set(office.processed()) == before


def test_the_same_inputs_give_the_same_bytes_elsewhere(
    office: Office, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = Office(tmp_path_factory.mktemp("elsewhere") / "o")
    content = office.workbook("2024年11月受托业绩报告.xlsx", 11).read_bytes()
    (other.data / "2024年11月受托业绩报告.xlsx").write_bytes(content)
    for place in (office, other):
        place.run()
    assert office.processed() == other.processed()
    here, there = (place.newest("plans/*/*/plan.json") for place in (office, other))
    assert as_made_anywhere(here) == as_made_anywhere(there)


def test_a_processed_document_accounts_for_every_row(office: Office) -> None:
    rows = [("P1", 100.0), (None, 5.0), [None] * 7, ["合计", None, None, None, None, None, 105.0]]
    office.workbook("2024年11月受托业绩报告.xlsx", 11, rows)
    office.call()
    (document,) = office.processed().values()
    counts = document["meta"]["file"]
    assert [counts[name] for name in ("rows_read", "records", "rejects", "blank_rows", "totals_rows")] == [
        4,
        1,
        1,
        1,
        1,
    ]
    assert json.dumps(document["records"][0]).startswith(
        '["2024-11-01", "P1", "C1", "0.050000", "1.2500", "100.00", true'
    )


def test_a_long_chinese_file_name_is_no_error(office: Office) -> None:
    office.workbook(f"2024年12月受托业绩_{'平' * 66}.xlsx", 12)
    assert office.call().outcome == "planned"


def test_a_sheet_named_like_a_position_is_read_by_its_name(office: Office) -> None:
    path = office.workbook("2024年11月受托业绩报告.xlsx", 11, sheet="二")
    book = openpyxl.load_workbook(path)
    first = book.create_sheet("#1", 0)
    first.append(list(HEADERS))
    first.append([2024, 11, "RIGHT", "C1", 0.05, 1.25, 9.0])
    book.save(path)
    office.call("--sheet", "#1")
    (document,) = office.processed().values()
    assert document["records"][0][1] == "RIGHT"


def test_an_empty_setting_is_as_good_as_none(office: Office) -> None:
    office.workbook("2024年11月受托业绩报告.xlsx", 11)
    done = office.call("--execute", WDH_DATABASE__URI="", PGHOST="127.0.0.1")
    assert (done.outcome, "none is configured" in done.out) == ("failed", True)


def test_a_row_of_another_month_is_listed_once_as_a_reject_when_months_are_replaced(office: Office) -> None:
    office.workbook("2024年11月受托业绩报告.xlsx", 11, [("P1", 1.0), [2024, 10, "P2", "C1", 0.1, 1.0, 1.0]])
    office.call("--merge-key", "report_date")
    plan = office.plan()
    assert ([r.code for r in plan.rejects], [w.code for w in plan.warnings]) == (
        ["period_mismatch"],
        ["scale_below_net_asset_value"],
    )


def test_a_connection_string_that_cannot_be_read_stops_no_plan(office: Office) -> None:
    office.workbook("2024年11月受托业绩报告.xlsx", 11)
    done = office.call(WDH_DATABASE__URI="postgresql://us er:p@ss@@h/x")
    assert (done.code, done.outcome, "p@ss" in done.out) == (0, "planned", False)


def test_months_beyond_max_files_are_named_in_the_summary(office: Office) -> None:
    for month in (8, 9, 11):
        office.workbook(f"2024年{month}月受托业绩报告.xlsx", month)
    done = office.call("--period", "2024-08..2024-12")
    assert "Months left out: 2024-08..2024-09\n" in done.out
    assert "--max-files 3 (MAX_FILES=3) takes them all" in done.out
    assert "Months without a workbook: 2024-10, 2024-12\n" in done.out


def test_a_period_that_is_taken_whole_leaves_no_month_out(office: Office) -> None:
    office.workbook("2024年11月受托业绩报告.xlsx", 11)
    office.workbook("2024年10月受托业绩报告.xlsx", 10)
    done = office.call("--period", "2024-11")
    assert done.outcome == "planned" and "Months " not in done.out


def test_a_piped_plan_shows_how_its_statements_begin(office: Office) -> None:
    office.workbook("2024年11月受托业绩报告.xlsx", 11)
    done = office.run()
    assert "  [delete] DELETE FROM" in done.out and "$wdh$" not in done.out
    assert len(done.out.splitlines()) < 40


def test_show_sql_prints_every_statement_of_the_plan(office: Office) -> None:
    office.workbook("2024年11月受托业绩报告.xlsx", 11)
    done = office.run("--show-sql")
    assert all(line in done.out for step in office.plan().steps for line in step.sql.splitlines())


def test_a_newest_month_of_two_parts_is_taken_whole(office: Office) -> None:
    office.workbook("2024年11月受托业绩_平安.xlsx", 11)
    office.workbook("2024年11月受托业绩_泰康.xlsx", 11, [("P3", 1.0)])
    office.workbook("2024年10月受托业绩报告.xlsx", 10)
    assert office.call().outcome == "planned"
    assert [file.path for file in office.plan().files] == [
        "2024年11月受托业绩_平安.xlsx",
        "2024年11月受托业绩_泰康.xlsx",
    ]


def test_a_number_of_files_that_is_given_splits_no_month(office: Office) -> None:
    for part in ("平安", "泰康"):
        office.workbook(f"2024年11月受托业绩_{part}.xlsx", 11)
    done = office.call("--max-files", "1")
    assert done.outcome == "failed" and "2024-11 has 2 parts, and a month is never split" in done.out


def test_a_month_of_more_parts_than_the_limit_is_refused(office: Office) -> None:
    for part in ("平安", "泰康"):
        office.workbook(f"2024年11月受托业绩_{part}.xlsx", 11)
    assert "WDH_MAX_FILES_LIMIT" in office.call(WDH_MAX_FILES_LIMIT="1").out


def test_a_plan_that_asked_no_database_says_what_tells(office: Office) -> None:
    office.workbook("2024年11月受托业绩报告.xlsx", 11)
    said = office.call().out
    assert "unknown" not in said
    assert "Rows: 未与数据库对比；新增、修改、删除多少行，运行 make compare 可知" in said
