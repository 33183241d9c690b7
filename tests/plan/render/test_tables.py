"""The summary as tables, drawn without a terminal."""

from __future__ import annotations

import io

from rich.console import Console

from tests.fixtures.plans import BLOCK, a_plan, a_receipt, finding
from workflows.plan.model import Plan
from workflows.plan.render.tables import summary_tables


def drawn(plan: Plan) -> str:
    out = io.StringIO()
    Console(file=out, width=160, highlight=False, markup=False, emoji=False).print(
        summary_tables(plan, "plan.json", "plan.html")
    )
    return out.getvalue()


def test_files_findings_and_where_it_all_lies_are_shown() -> None:
    shown = drawn(a_plan())
    for text in ("Outcome: planned", "2024年12月受托业绩报告.xlsx", "G7", "待定", "Totals mismatch", "Page: plan.html"):
        assert text in shown


def test_a_receipt_shows_what_was_done() -> None:
    shown = drawn(a_receipt())
    assert "4 写入 inserted" in shown
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
    assert "… and 15 more" in drawn(a_plan(rejects=[finding()] * 20, rejects_omitted=5))
