"""plan.html and receipt.html: a plan as a page that a reviewer approves from (pure).

The sections answer, in order: what happens, to which table, from which files, what is odd, how it spreads over the
months, what changes, by which statements, and which inputs exactly. Lists are capped, so that the page of any plan
stays below 2 MB; plan.json beside it holds everything.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from workflows.domains.set_aside import REASONS
from workflows.pages.render import render
from workflows.plan.model import Plan
from workflows.plan.render import findings
from workflows.plan.render.changed_values import MonthBefore, changes, months_before
from workflows.plan.render.companies import company_ways
from workflows.plan.render.groups import groups
from workflows.plan.render.left import left
from workflows.plan.render.magnitude import moved_sentences
from workflows.plan.render.months import chart
from workflows.plan.render.outcome import OUTCOMES, Bucket, buckets, headline, is_compared
from workflows.plan.render.references import references
from workflows.plan.run_plan import RunPlan

# How many entries a list shows; a page that is too large nevertheless is made anew with the next smaller number.
_LISTED = (200, 100, 50, 20)
_MAX_BYTES = 2_000_000


@dataclass(frozen=True, slots=True)
class Slice:
    """A bucket's place in the stacked bar, in percent."""

    bucket: Bucket
    start: float
    width: float


def render_run_page(run: RunPlan, document: str, beside: Sequence[str] = (), up: str = "../../../") -> str:
    """The page of a run's plan or receipt; ``document`` is the name of the file that holds everything, ``beside`` it
    are others. ``up`` leads from the page to WDH_OUTPUT_DIR."""
    if not run.is_joint:
        return render_page(run.parts[0], document, beside, up)
    return _small_enough(lambda limit: _render_run(run, _Beside(document, (document, *beside), up), limit))


def render_page(plan: Plan, document: str, beside: Sequence[str] = (), up: str = "../../../") -> str:
    """The same of one domain's ``plan``."""
    files = _Beside(document, (document, *beside), up)
    return _small_enough(lambda limit: render("plan/page.html", **_told(plan, files, limit)))


@dataclass(frozen=True, slots=True)
class _Beside:
    """What a page leads to."""

    document: str
    files: tuple[str, ...]
    up: str


def _small_enough(render_with: Callable[[int], str]) -> str:
    page = ""
    for limit in _LISTED:
        page = render_with(limit)
        if len(page.encode("utf-8", "replace")) <= _MAX_BYTES:
            break
    return page


def _render_run(run: RunPlan, beside: _Beside, limit: int) -> str:
    from markupsafe import Markup  # comes with the templates' engine, which only pages load

    # What a template made is escaped already.
    parts = [Markup(render("plan/part.html", **_told(part, beside, limit, f"{part.domain}-"))) for part in run.parts]
    return render(
        "plan/run.html", at="", up=beside.up, run=run, parts=parts, outcome=OUTCOMES[run.outcome], outcomes=OUTCOMES
    )


def _told(plan: Plan, beside: _Beside, limit: int, at: str = "") -> dict[str, Any]:
    """What the templates of one domain are given; ``at`` stands before the names of its sections."""
    found, before = buckets(plan), months_before(plan)
    stays, more_left = left(plan, limit)
    return {
        "at": at,
        "plan": plan,
        "document": beside.document,
        "beside": beside.files,
        "up": beside.up,
        "outcome": OUTCOMES[plan.outcome],
        "headline": headline(plan),
        "buckets": found,
        "slices": slices(found),
        "compared": is_compared(plan),
        "files": plan.files[:limit],
        "more_files": max(0, len(plan.files) - limit),
        "sums": _file_sums(plan),
        "reasons": REASONS,
        "not_selected": plan.not_selected[:limit],
        "more_not_selected": max(0, len(plan.not_selected) - limit),
        "groups": groups(plan, limit),
        "references": references(plan, limit),
        "rejects": findings.rejects(plan, limit),
        "warnings": findings.warnings(plan, limit),
        "totals": findings.totals(plan, limit),
        "overrides": findings.overrides(plan, limit),
        "company_ways": company_ways(plan),
        "chart": chart(plan),
        "before": before,
        "table_slices": {month: slices(_month_buckets(effect)) for month, effect in before.items()},
        "changes": changes(plan, limit),
        "left": stays,
        "moved": moved_sentences(plan),
        "more_left": more_left,
        "facts": _fingerprints(plan),
    }


def slices(found: list[Bucket]) -> list[Slice]:
    """The buckets that have rows, side by side from 0 to 100; none when there is no row.

    A bucket of any row is at least half a percent wide: one rejected row among 200,000 must be seen.
    """
    rows = [(bucket, bucket.rows) for bucket in found if bucket.rows]
    total = sum(count for _, count in rows)
    widths = [max(0.5, 100 * count / total) for _, count in rows]
    scale = 100 / sum(widths) if widths else 0.0
    result, start = [], 0.0
    for (bucket, _), width in zip(rows, widths, strict=True):
        result.append(Slice(bucket, round(start, 3), round(width * scale, 3)))
        start += width * scale
    return result


def _month_buckets(effect: MonthBefore) -> list[Bucket]:
    return [
        Bucket("unchanged", "不变", "unchanged", effect.unchanged),
        Bucket("changed", "修改", "changed", effect.changed),
        Bucket("added", "新增", "added", effect.added),
        Bucket("removed", "删除", "removed", effect.removed),
    ]


def _file_sums(plan: Plan) -> dict[str, int]:
    counts = ("blank_rows", "totals_rows", "hidden_rows", "set_aside_rows", "duplicate_rows")
    names = ("rows_read", "records", "rejects", *counts)
    return {name: sum(getattr(file, name) for file in plan.files) for name in names}


def _fingerprints(plan: Plan) -> list[tuple[str, str, Any]]:
    facts = [
        ("计划编号", "plan id", plan.plan_id),
        *([("封签", "seal", plan.seal)] if plan.seal else []),
        ("文件快照", "snapshot of files", plan.snapshot),
        ("合并结果", "merged records", plan.records_file),
    ]
    return [("载入编号", "load id", plan.load_id), *facts] if plan.load_id else facts
