"""A plan or receipt of several domains, for people and for programs."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.plans import BLOCK, a_plan, a_receipt, same_as_golden
from workflows.plan.render.facts import run_facts, summary_facts
from workflows.plan.render.lines import plain
from workflows.plan.render.page import render_page, render_run_page
from workflows.plan.render.run_summary import run_summary
from workflows.plan.render.summary import summary
from workflows.plan.run_plan import RunPlan

_GOLDEN = Path(__file__).parent / "golden"
_SKIPPED = {"annual_award": "no file matches the domain's pattern"}
INCOME = {"domain": "annuity_income", "table": 'business."收入明细"'}


def blocked_run(**changes: Any) -> RunPlan:
    """Two parts, of which one is blocked, and a domain without files."""
    parts = (a_plan(**INCOME, outcome="blocked", blocked_by=[BLOCK]), a_plan())
    return RunPlan(**({"parts": parts, "skipped": _SKIPPED, "work": "abc", "seal": "0f" * 16} | changes))


def test_what_the_page_says_of_all_parts_is_as_it_was_approved() -> None:
    page = render_run_page(blocked_run(), "plan.json").partition("</style>")[2].partition("<article>")[0]
    assert same_as_golden(_GOLDEN / "run.html", page)


def test_the_summary_says_first_what_becomes_of_all_then_each_then_where_it_lies() -> None:
    text = plain(run_summary(blocked_run(), "plan.json", "plan.html", "plan.sql"))
    head, _, rest = text.partition("\n\n")
    assert head.splitlines()[1:] == [
        "Outcome: blocked",
        "  已拦截 · 2 张表，同一个事务 / blocked, nothing can be loaded; 2 tables in one transaction",
        "Domains: annuity_income,trustee_performance",
        "Skipped: annual_award 没有文件 / has no file (no file matches the domain's pattern)",
        "Execute: False",
        "Plan-only: True",
        "Database: postgresql://loader@db.example:5432/pensions",
    ]
    assert [line for line in rest.splitlines() if line.startswith(("第 ", "已拦截 / BLOCKED by"))] == [
        "第 1 部分, 共 2 / Part 1 of 2: annuity_income, blocked",
        "已拦截 / BLOCKED by max_reject_ratio (现为 found 0.166667, 上限 limit 0.05): "
        "1 of 6 data rows are rejected (16.67%)",
        "第 2 部分, 共 2 / Part 2 of 2: trustee_performance, planned",
    ]
    assert rest.splitlines()[-4:-1] == ["Plan: plan.json", "Script: plan.sql", "Page: plan.html"]


def test_a_run_of_one_domain_is_its_part() -> None:
    alone = RunPlan(parts=(a_plan(),))
    assert plain(run_summary(alone, "plan.json")) == plain(summary(a_plan(), "plan.json"))
    assert render_run_page(alone, "plan.json") == render_page(a_plan(), "plan.json")
    assert run_facts(alone, "plan.json", None) == summary_facts(a_plan(), "plan.json", None)


@pytest.mark.parametrize(
    ("outcomes", "said"),
    [
        (("planned", "blocked"), "blocked"),
        (("loaded", "unchanged"), "loaded"),
        (("unchanged", "unchanged"), "unchanged"),
        (("verified", "verified"), "verified"),
    ],
)
def test_what_becomes_of_all_follows_from_the_parts(outcomes: tuple[str, ...], said: str) -> None:
    assert RunPlan(parts=tuple(a_plan(outcome=each) for each in outcomes)).outcome == said


def test_a_document_reads_back_as_it_was_written_whether_of_one_or_of_several() -> None:
    for run in (blocked_run(), RunPlan(parts=(a_receipt(),)), RunPlan(parts=(a_receipt(), a_receipt(**INCOME)))):
        sealed = run.sealed()
        assert RunPlan.read(sealed.content()) == sealed
        assert sealed.is_as_sealed


def test_a_page_of_many_parts_stays_small() -> None:
    warnings = a_plan().warnings * 5000
    page = render_run_page(
        RunPlan(parts=tuple(a_plan(domain=f"d{n}", warnings=warnings) for n in range(9))), "plan.json"
    )
    assert len(page.encode()) < 2_000_000
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len(set(ids))


def test_what_a_domain_or_reason_says_never_becomes_markup() -> None:
    page = render_run_page(blocked_run(skipped={"annual_award": "<b>x</b>"}), "plan.json")
    assert "<b>x</b>" not in page
    assert "&lt;b&gt;x&lt;/b&gt;" in page


def test_a_program_is_told_of_each_part() -> None:
    facts = run_facts(blocked_run(), "plan.json", "plan.html")
    assert (facts["outcome"], facts["domain"]) == ("blocked", "annuity_income,trustee_performance")
    assert [part["outcome"] for part in facts["parts"]] == ["blocked", "planned"]
    assert facts["skipped"] == _SKIPPED
