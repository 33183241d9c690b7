"""The summary at the end of a run as tables, for a terminal (pure; rich draws what this makes)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from workflows.pages.text import shown, visible
from workflows.plan.model import Plan
from workflows.plan.render.changes import change_lines
from workflows.plan.render.findings import Findings, place, rejects, totals, warnings
from workflows.plan.render.outcome import OUTCOMES, buckets, headline

if TYPE_CHECKING:
    from rich.console import Group, RenderableType
    from rich.table import Table

# What is listed before the rest is only counted; the plan or receipt holds everything.
_LISTED = 10
_COLOURS = {
    "blocked": "red",
    "failed": "red",
    "loaded": "green",
    "added": "green",
    "changed": "yellow",
    "removed": "red",
    "rejected": "magenta",
    "unchanged": "bright_black",
}


def summary_tables(plan: Plan, report: str, page: str) -> Group:
    """The facts of ``render_summary`` that fit on a screen; the statements stay in plan.sql and on the page."""
    from rich.console import Group

    return Group(
        *_head(plan),
        _files(plan),
        *_changes(plan),
        *_findings("拒绝 Rejected", rejects(plan, _LISTED)),
        *_findings("提示 Warnings", warnings(plan, _LISTED)),
        *_totals(plan),
        *_blocks(plan),
        *_where(plan, report, page),
    )


def _head(plan: Plan) -> Iterator[RenderableType]:
    from rich.rule import Rule
    from rich.text import Text

    colour = _COLOURS.get(plan.outcome, "blue")
    chinese, english = headline(plan)
    yield Rule(style=colour)
    yield Text.assemble(("Outcome: ", ""), (plan.outcome, f"bold {colour}"), f"  {OUTCOMES[plan.outcome][0]}")
    yield Text(chinese, style="bold")
    yield Text(english)
    yield Text(
        f"Execute: {plan.execute} · Plan-only: {plan.plan_only} · Mode: {plan.mode} · Table: {plan.table} · "
        f"Database: {plan.database or 'none configured'}",
        style="bright_black",
    )
    line = Text()
    for bucket in buckets(plan):
        count = "unknown" if bucket.rows is None else f"{bucket.rows:,}"
        line.append(f"  ■ {count} {bucket.chinese} {bucket.english}", style=_COLOURS.get(bucket.kind, "blue"))
    yield line


def _table(*columns: str, numbers: int = 0) -> Table:
    """A plain table whose last ``numbers`` columns stand to the right."""
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for index, name in enumerate(columns):
        right = index >= len(columns) - numbers
        table.add_column(name, justify="right" if right else "left", overflow="fold", no_wrap=right)
    return table


def _files(plan: Plan) -> Table:
    from rich.text import Text

    table = _table("Period", "Version", "File", "Rows", "Records", "Rejected", numbers=3)
    for file in plan.files:
        name = Text(shown(file.path, 120))
        if file.left_out:
            name.append(" (appended before, left out)", style="yellow")
        rejected = Text(f"{file.rejects:,}", style="bold red" if file.rejects else "bright_black")
        period = f"{file.period} {shown(file.part, 20)}".rstrip()
        table.add_row(period, f"V{file.version}", name, f"{file.rows_read:,}", f"{file.records:,}", rejected)
    if len(plan.files) > 1:
        rows, records, bad = (
            sum(counts) for counts in zip(*((f.rows_read, f.records, f.rejects) for f in plan.files), strict=True)
        )
        table.add_section()
        table.add_row("", "", "together", f"{rows:,}", f"{records:,}", f"{bad:,}", style="bold")
    return table


def _findings(title: str, found: Findings) -> Iterator[RenderableType]:
    from rich.text import Text

    if not found.count:
        return
    yield Text(f"{title}: {found.count:,}", style="bold")
    table = _table("Cell", "Header", "Value", "Problem")
    for finding in found.listed:
        name = finding.file.rpartition("/")[2]
        table.add_row(
            Text(f"{place(finding)} {shown(name, 60)}"),
            Text(shown(finding.header or finding.field, 30)),
            Text(shown(finding.value, 40)),
            Text(shown(finding.message, 160)),
        )
    yield table
    if found.more:
        yield Text(f"… and {found.more:,} more", style="bright_black")


def _changes(plan: Plan) -> Iterator[RenderableType]:
    from rich.text import Text

    for line in change_lines(plan):
        yield Text(visible(line))


def _totals(plan: Plan) -> Iterator[RenderableType]:
    from rich.text import Text

    for mismatch in totals(plan, _LISTED):
        yield Text(
            f"合计不符 Totals mismatch {shown(mismatch.file)} {place(mismatch)}: {shown(mismatch.message, 300)}",
            "yellow",
        )


def _blocks(plan: Plan) -> Iterator[RenderableType]:
    from rich.text import Text

    for block in plan.blocked_by:
        text = f"BLOCKED by {block.gate} (found {block.found}, limit {block.limit}): {shown(block.message, 600)}"
        yield Text(text, style="bold red")


def _where(plan: Plan, report: str, page: str) -> Iterator[RenderableType]:
    from rich.rule import Rule
    from rich.text import Text

    # Never wrapped: a path is there to be copied.
    yield Text(f"{'Receipt' if plan.load_id else 'Plan'}: {report}", no_wrap=True, overflow="ignore")
    if not plan.load_id:
        yield Text(f"Script: {report.removesuffix('.json')}.sql", no_wrap=True, overflow="ignore")
    yield Text(f"Page: {page}", no_wrap=True, overflow="ignore")
    yield Rule(style=_COLOURS.get(plan.outcome, "blue"))
