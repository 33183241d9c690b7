"""The summary: the same lines as plain text and in colours."""

from __future__ import annotations

import io

from rich.console import Console

from tests.fixtures.plans import BLOCK, BRANCHES, a_plan, a_receipt, finding, left_rows, moved, plan_file
from workflows.giving_back.problems import AnnotatedWorkbook, GivenBack
from workflows.plan.model import Plan, PlanStep
from workflows.plan.render.facts import Failure
from workflows.plan.render.lines import coloured, plain
from workflows.plan.render.summary import blocked, failure, summary
from workflows.sources.selection import NotChosen


def drawn(plan: Plan) -> str:
    out = io.StringIO()
    lines = summary(plan, "plan.json", "plan.html")
    console = Console(file=out, width=160, highlight=False, markup=False, emoji=False)
    console.print(coloured(lines), soft_wrap=True)
    return out.getvalue()


def test_a_terminal_says_what_plain_text_says() -> None:
    plan = a_plan(outcome="blocked", blocked_by=[BLOCK])
    assert drawn(plan).rstrip("\n") == plain(summary(plan, "plan.json", "plan.html"))


def test_what_goes_back_what_was_not_written_overrides_and_the_load_are_named() -> None:
    book = AnnotatedWorkbook(file="a.xlsx", path="receipts/x/problems/a.问题.xlsx")
    given = GivenBack(workbooks=(book,), rejects_csv="receipts/x/problems/rejects.csv", failed=("b.xlsx: disk full",))
    shown = drawn(a_receipt(given_back=given))
    for text in (
        book.path,
        "problems/rejects.csv",
        "NOT WRITTEN: b.xlsx: disk full",
        "Load: 20241201T080000Z-1a2b3c4d",
    ):
        assert text in shown
    assert "override 2024-11-01 | P1: 采用 b.xlsx!受托业绩 row 4 over 放弃 a.xlsx!受托业绩 row 4" in shown


def test_of_thousands_of_files_a_hundred_are_listed_those_with_rejects_first() -> None:
    files = [plan_file(1, path=f"{number}.xlsx", rejects=int(number == 4000)) for number in range(5000)]
    shown = plain(summary(a_plan(files=files), "plan.json")).splitlines()
    listed = [line for line in shown if ".xlsx [" in line]
    assert (len(listed), "4000.xlsx" in listed[0], " 0.xlsx" in listed[1]) == (100, True, True)
    assert "  … 另有 4900 / and 4900 more" in shown


def test_of_thousands_of_failures_a_hundred_are_told() -> None:
    failures = [Failure(task=f"ProcessFile {n}.xlsx", message="bad", blocked=False) for n in range(5000)]
    shown = plain(failure({}, failures))
    assert (shown.count("FAILED"), "… 另有 4900 / and 4900 more" in shown) == (100, True)


def test_two_findings_of_one_row_are_one_rejected_row() -> None:
    shown = drawn(a_plan(rejects=[finding(column="E"), finding()], reject_rows=1))
    assert "Rejected: 1 row(s)" in shown
    assert ("!E7" in shown, "!G7" in shown) == (True, True)


def test_a_plan_shows_how_the_statements_begin_that_write_rows_and_where_all_of_them_lie() -> None:
    steps = [
        PlanStep(operation="stage", sql="CREATE TEMPORARY TABLE wdh_staging (x int)"),
        PlanStep(operation="check", sql="INSERT INTO pg_temp.wdh_refusal SELECT 'empty'"),
        PlanStep(operation="copy", sql="COPY pg_temp.wdh_staging (x) FROM STDIN", rows=3),
        PlanStep(operation="delete", sql='DELETE FROM "t" AS target\nWHERE x = 1'),
    ]
    lines = plain(summary(a_plan(steps=steps), "plan.json", "", "plan.sql")).splitlines()
    beginning = next(place for place, line in enumerate(lines) if line.startswith("各步 SQL"))
    assert lines[beginning : beginning + 4] == [
        "各步 SQL: 同一事务, 共 4 步 (plan.sql; --show-sql 显示全部) / "
        "SQL of the steps, 4 in one transaction (plan.sql; --show-sql prints all of it):",
        "  [copy] COPY pg_temp.wdh_staging (x) FROM STDIN -- 3 行 rows",
        '  [delete] DELETE FROM "t" AS target',
        "Plan: plan.json",
    ]


def test_a_plan_without_a_script_says_where_its_statements_are() -> None:
    assert "(plan.html, plan.json; --show-sql" in drawn(a_plan())


def test_statements_are_printed_whole_where_that_is_asked_for() -> None:
    shown = plain(summary(a_plan(), "plan.json", show_sql=True))
    assert "WHERE a < b" in shown and "--show-sql" not in shown


def test_a_failed_run_says_what_took_effect_and_each_failure() -> None:
    failures = [Failure(task="ProcessFile a.xlsx", message="a.xlsx: bad\nworse", blocked=False)]
    lines = plain(failure({"Execute": "True"}, failures)).split("\n")
    assert lines[1:-1] == [
        "Outcome: failed",
        "Execute: True",
        "",
        "FAILED ProcessFile a.xlsx",
        "  a.xlsx: bad",
        "  worse",
    ]


def test_a_closed_gate_makes_the_outcome_blocked() -> None:
    assert "Outcome: blocked" in plain(failure({}, [Failure(task="t", message="m", blocked=True)]))


def test_the_message_of_a_refusal_names_the_gate_and_the_first_rejects() -> None:
    text = blocked([a_plan(outcome="blocked", blocked_by=[BLOCK])])
    assert text.startswith(
        "没有载入任何数据: 计划已拦截 / nothing was loaded: the plan is blocked\n已拦截 / BLOCKED by max_reject_ratio"
    )
    assert "!G7 净值 '待定'" in text


def test_files_findings_and_where_it_all_lies_are_shown() -> None:
    shown = drawn(a_plan())
    for text in (
        "Outcome: planned",
        "待执行",
        "2024年12月受托业绩报告.xlsx",
        "G7",
        "待定",
        "[totals_mismatch]",
        "Page: plan.html",
    ):
        assert text in shown


def test_what_rules_did_to_cells_is_counted_below_its_file() -> None:
    shown = drawn(a_plan(files=[plan_file(12, touched=(BRANCHES,)), plan_file(11)]))
    assert "机构代码: 1200 × 按机构名称取机构代码 / the branch's code by its name [branch_by_name]" in shown
    assert shown.count("branch_by_name") == 1


def test_a_receipt_shows_what_was_done() -> None:
    shown = drawn(a_receipt())
    assert "行数: 删除 1, 写入 4, 不变 2 / Rows: deleted 1, inserted 4, unchanged 2" in shown
    assert "Receipt: plan.json" in shown


def test_a_blocked_plan_says_by_what() -> None:
    assert "BLOCKED by max_reject_ratio" in drawn(a_plan(outcome="blocked", blocked_by=[BLOCK]))


def test_square_brackets_in_a_cell_are_no_markup() -> None:
    assert "[bold]x[/bold]" in drawn(a_plan(rejects=[finding(value="[bold]x[/bold]")]))


def test_escape_sequences_of_a_cell_never_reach_the_terminal() -> None:
    shown = drawn(a_plan(rejects=[finding(value="\x1b[31mred", file="a\x1b]0;title\x07.xlsx")]))
    assert "\x1b" not in shown
    assert "⟨U+001B⟩" in shown


def test_findings_beyond_the_first_ten_are_counted() -> None:
    assert "… 另有 15 / and 15 more" in drawn(a_plan(rejects=[finding()] * 20, rejects_omitted=5))


def test_what_stays_in_the_table_is_said_by_workbook_with_its_first_keys() -> None:
    left = [left_rows(), left_rows(kind="kept_rejected", rows=2), left_rows(kind="unknown_source", path="", rows=1)]
    shown = drawn(a_receipt(left=left))
    assert "留在表中: 2024-12 有 50 行来自 V1.xlsx，V2.xlsx 中没有 / Left behind: 50 row(s) of 2024-12 came" in shown
    assert "    2024-12-01 | P1, 2024-12-01 | P2, …" in shown
    assert "2 row(s) of 2024-12 from V1.xlsx are kept, as this batch holds their keys in rejected rows" in shown
    assert "1 row(s) of 2024-12 are of a source that no load knows (?)" in shown


def test_a_list_of_what_stays_is_cut_and_says_so() -> None:
    shown = drawn(a_plan(left=[left_rows(path=f"{number}.xlsx") for number in range(12)]))
    assert "… 另有 2 组, 计划列有全部 / and 2 more group(s)" in shown


def test_what_stays_is_not_known_without_a_database_and_said_so_only_then() -> None:
    assert "Left behind: not known" in drawn(a_plan())
    assert "Left behind" not in drawn(a_plan(left=[]))


def test_a_month_that_moved_by_a_power_of_ten_is_a_caution_of_a_plan_that_asked_no_database() -> None:
    shown = drawn(a_plan(moved=moved(12)))
    assert "注意: 2024-12 与 2024-11 共有的 13 个主键中，12 个的 规模(元) fund_scale 变为约 10000 倍" in shown
    assert "only the months of this batch" in shown
    assert "only the months of this batch" not in drawn(a_receipt(moved=moved(12)))
    assert "a factor near 1/100 in" in drawn(a_plan(moved=moved(12, factor=-100)))
    assert "CAUTION" not in drawn(a_plan())


def test_files_that_look_like_the_runs_month_are_named_with_a_name_that_would_be_taken() -> None:
    near = NotChosen("2024年12月受托业绩(最终).xlsx", "不符合 / not one", "2024-12", "2024年12月受托业绩V2.xlsx")
    far = NotChosen("说明.txt", "不是工作簿 / no workbook")
    plan = a_plan(not_selected=[near, far], outcome="blocked", blocked_by=[BLOCK])
    for shown in (drawn(plan), blocked([plan])):
        assert (
            "注意 / Near miss: 2024年12月受托业绩(最终).xlsx 看起来是 2024-12 的文件, 但未选用: 不符合; "
            "改为此名即可: 2024年12月受托业绩V2.xlsx"
        ) in shown
        assert "but is not taken: not one; a name that would be: 2024年12月受托业绩V2.xlsx" in shown
        assert "说明.txt" not in shown
