"""The summary at the end of a run, as plain stable text (pure)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from workflows.plan.model import Plan, PlanFile, PlanReject, file_label
from workflows.plan.render.changes import change_lines

# What is listed before the rest is only counted; the plan or receipt holds everything.
_LISTED = 10
_LINE = "=" * 100


def render_summary(plan: Plan, report: str, page: str = "") -> str:
    """A finished run: what happened or would happen, with which files. ``report`` is where the plan or receipt lies,
    ``page`` where its page does, or why there is none."""
    return "\n".join(
        [
            _LINE,
            *_head(plan),
            *_files(plan),
            *_figures(plan),
            *change_lines(plan),
            *_findings("Rejected", plan.rejects, plan.reject_rows, plan.rejects_omitted),
            *_findings("Warnings", plan.warnings, len(plan.warnings) + plan.warnings_omitted, plan.warnings_omitted),
            *_given_back(plan),
            *_blocks(plan),
            *_steps(plan),
            f"{'Receipt' if plan.load_id else 'Plan'}: {report}",
            *([] if plan.load_id else [f"Script: {report.removesuffix('.json')}.sql"]),
            *([f"Page: {page}"] if page else []),
            _LINE,
        ]
    )


def render_failure(facts: Mapping[str, str], failures: Sequence[Mapping[str, Any]]) -> str:
    """A failed run: ``facts`` as they took effect, then one block per failed task."""
    outcome = "blocked" if any(failure["blocked"] for failure in failures) else "failed"
    lines = [_LINE, f"Outcome: {outcome}", *(f"{name}: {value}" for name, value in facts.items())]
    for failure in failures:
        lines += ["", f"FAILED {failure['task']}", *(f"  {line}" for line in failure["message"].splitlines())]
    if not failures:
        lines += ["", "The run ended before its load was complete; the log above says why."]
    return "\n".join([*lines, _LINE])


def render_blocked(plan: Plan) -> str:
    """Why an execution was refused, with the figures and the first rejects: the message of PlanBlockedError."""
    return "\n".join(
        [
            "nothing was loaded: the plan is blocked",
            *_blocks(plan),
            *_files(plan),
            *_figures(plan),
            *change_lines(plan),
            *_findings("Rejected", plan.rejects, plan.reject_rows, plan.rejects_omitted),
            *_given_back(plan),
        ]
    )


def _head(plan: Plan) -> Iterator[str]:
    yield f"Outcome: {plan.outcome}"
    yield f"Domain: {plan.domain}"
    yield f"Execute: {plan.execute}"
    yield f"Plan-only: {plan.plan_only}"
    yield f"Mode: {plan.mode}"
    yield f"Table: {plan.table} (primary key {', '.join(plan.primary_key)}; merge key {', '.join(plan.merge_key)})"
    if plan.comparison is not None:
        yield f"Plan id: {plan.plan_id}"
    yield f"Database: {plan.database or 'none configured; a plan needs none'}"
    if plan.load_id:
        yield f"Load: {plan.load_id}"


def _files(plan: Plan) -> Iterator[str]:
    yield f"Files: {len(plan.files)} chosen, {len(plan.not_selected)} not"
    for file in plan.files:
        yield f"  {file_label(file)} [{file.sheet}, {file.engine}]"
        yield f"      {_accounting(file)}"
        if file.ignored_headers:
            yield f"      ignored headers: {', '.join(file.ignored_headers)}"
        for note in file.notes:
            yield f"      note: {note}"


def _accounting(file: PlanFile) -> str:
    """Every row of a file, as a sum that adds up."""
    parts = [f"{file.records} records", f"{file.rejects} rejected"]
    for count, name in (
        (file.blank_rows, "blank"),
        (file.totals_rows, "totals"),
        (file.hidden_rows, "hidden"),
        (file.duplicate_rows, "duplicates"),
    ):
        if count:
            parts.append(f"{count} {name}")
    across = ""
    if file.collapsed or file.overridden:
        across = f"; then {file.collapsed} collapsed and {file.overridden} overridden by other files"
    left_out = "; left out, the ledger has it already" if file.left_out else ""
    return f"{file.rows_read} rows = {' + '.join(parts)}{across}{left_out}"


def _figures(plan: Plan) -> Iterator[str]:
    yield (
        f"Totals: {plan.records} records to load, {plan.reject_rows} rejected rows, {plan.duplicates} duplicates, "
        f"{len(plan.overrides) + plan.overrides_omitted} overrides"
    )
    for month, count in plan.months.items():
        yield f"  {month}: {count} records"
    effect = plan.effect
    counts = {"deleted": effect.deleted, "inserted": effect.inserted, "unchanged": effect.unchanged}
    if plan.load_id or plan.comparison is None:
        yield "Rows: " + ", ".join(f"{name} {'unknown' if count is None else count}" for name, count in counts.items())
    if plan.load_id and plan.mode == "delete_insert" and effect.deleted == 0 and effect.inserted == 0:
        yield "The table already held exactly these rows; nothing was changed."
    for override in plan.overrides[:_LISTED]:
        winner, loser = override["winner"], override["loser"]
        key = " | ".join(map(str, override["key"].values()))
        yield f"  override {key}: {_place(winner)} over {_place(loser)}"
    yield from _rest(len(plan.overrides) + plan.overrides_omitted)


def _place(coordinates: Mapping[str, Any]) -> str:
    return f"{coordinates['file']}!{coordinates['sheet']} row {coordinates['row']}"


def _findings(title: str, findings: Sequence[PlanReject], count: int, omitted: int) -> Iterator[str]:
    if not count:
        return
    noun = "row(s)" if title == "Rejected" else "finding(s)"
    yield f"{title}: {count} {noun}"
    for finding in findings[:_LISTED]:
        header = f" {' '.join(finding.header.split())}" if finding.header else ""
        value = f" {finding.value!r}" if finding.value else ""
        yield (
            f"  {finding.file}!{finding.sheet}!{finding.column}{finding.row}{header}{value}: "
            f"{finding.message} [{finding.code}]"
        )
    yield from _rest(len(findings) + omitted)


def _given_back(plan: Plan) -> Iterator[str]:
    """Where the workbooks for the providers lie, below WDH_OUTPUT_DIR."""
    given = plan.given_back
    if given.workbooks or given.rejects_csv:
        yield "To give back (below WDH_OUTPUT_DIR):"
        yield from (f"  {workbook.path}" for workbook in given.workbooks)
        if given.rejects_csv:
            yield f"  {given.rejects_csv}"
    yield from (f"NOT WRITTEN: {failure}" for failure in given.failed)


def _rest(count: int) -> Iterator[str]:
    if count > _LISTED:
        yield f"  … and {count - _LISTED} more"


def _blocks(plan: Plan) -> Iterator[str]:
    for block in plan.blocked_by:
        yield f"BLOCKED by {block.gate} (found {block.found}, limit {block.limit}): {block.message}"


def _steps(plan: Plan) -> Iterator[str]:
    if not plan.plan_only:
        return
    yield "SQL of the steps, in one transaction:"
    for step in plan.steps:
        rows = "" if step.rows is None else f" -- {step.rows} rows"
        yield f"  [{step.operation}]{rows}"
        yield from (f"    {line}" for line in step.sql.splitlines())
