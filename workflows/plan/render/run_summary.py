"""The summary at the end of a run of several domains (pure)."""

from __future__ import annotations

from collections.abc import Iterator

from workflows.plan.render.lines import Line, in_both
from workflows.plan.render.outcome import OUTCOMES
from workflows.plan.render.summary import NO_DATABASE, OUTCOME_STYLES, body, places, sentence, sql_of, summary, target
from workflows.plan.run_plan import RunPlan


def run_summary(
    run: RunPlan, report: str, page: str = "", script: str = "", *, show_sql: bool = False
) -> Iterator[Line]:
    """The same of a run: of one domain as above, of several what becomes of all, then each."""
    if not run.is_joint:
        yield from summary(run.parts[0], report, page, script, show_sql=show_sql)
        return
    yield Line(f"Outcome: {run.outcome}", OUTCOME_STYLES.get(run.outcome, "strong"))
    (chinese, english), tables = OUTCOMES[run.outcome], len(run.parts)
    yield in_both(
        f"  {chinese} · {tables} 张表，同一个事务",
        f"{english}; {tables} table{'' if tables == 1 else 's'} in one transaction",
        "strong",
    )
    yield Line(f"Domains: {run.domains}")
    for domain, reason in run.skipped.items():
        yield Line(f"Skipped: {domain} 没有文件 / has no file ({reason})", "changed")
    yield Line(f"Execute: {run.execute}")
    yield Line(f"Plan-only: {run.plan_only}")
    if run.is_compared:
        yield Line(f"Plan id: {run.plan_id}")
        yield Line(f"Seal: {run.seal or '—'}")
    yield Line(f"Database: {run.database or NO_DATABASE}")
    for number, part in enumerate(run.parts, 1):
        yield Line("")
        yield Line(
            f"第 {number} 部分, 共 {len(run.parts)} / Part {number} of {len(run.parts)}: {part.domain}, {part.outcome}",
            "strong",
        )
        yield from sentence(part)
        yield from target(part)
        if part.load_id:
            yield Line(f"Load: {part.load_id}")
        yield from body(part)
    yield Line("")
    for part in run.parts:
        if run.plan_only:
            yield Line(f"{part.domain}:", "strong")
        yield from sql_of(part, bool(script), show_sql=show_sql)
    yield from places("Receipt" if run.is_receipt else "Plan", report, page, script)
