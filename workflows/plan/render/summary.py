"""The summary at the end of a run, the same for people and for logs (pure)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from workflows.domains.findings import Finding
from workflows.errors import Words
from workflows.pages.text import shown
from workflows.plan.model import Outcome, Plan
from workflows.plan.render.changes import change_lines
from workflows.plan.render.companies import company_lines
from workflows.plan.render.facts import Failure, outcome_of
from workflows.plan.render.files import FILES_LISTED, file_lines, left_out_lines, near_lines
from workflows.plan.render.groups import group_lines
from workflows.plan.render.left import left_lines
from workflows.plan.render.lines import Line, Style, and_more, in_both
from workflows.plan.render.magnitude import moved_lines
from workflows.plan.render.outcome import OUTCOMES, headline
from workflows.plan.render.references import reference_lines

# What is listed before the rest is only counted; the plan or receipt holds everything.
_LISTED = 10
_COMPARE_TELLS = (
    "未与数据库对比；新增、修改、删除多少行，运行 make compare 可知",
    "not compared with the table; `make compare` (--compare) tells how many would be added, changed and removed",
)
NO_DATABASE = Words("未配置, 计划不需要", "none configured; a plan needs none")
_WRITING, _SQL_SHOWN = ("COPY ", "DELETE FROM ", "INSERT INTO "), 80
OUTCOME_STYLES: dict[Outcome, Style] = {"blocked": "bad", "failed": "bad", "loaded": "good"}


def summary(plan: Plan, report: str, page: str = "", script: str = "", *, show_sql: bool = False) -> Iterator[Line]:
    """A finished run: what happened or would happen, with which files. ``report`` is where the plan or receipt lies,
    ``page`` where its page does, or why there is none, ``script`` where plan.sql does; with ``show_sql`` a plan's
    statements are printed whole, else how those begin that write rows."""
    yield from _head(plan)
    yield from body(plan)
    yield from _ending(plan, report, page, script, show_sql=show_sql)


def body(plan: Plan) -> Iterator[Line]:
    """From its files to what goes back to the providers, and what blocks it."""
    yield from file_lines(plan)
    yield from left_out_lines(plan)
    yield from near_lines(plan)
    yield from _figures(plan)
    yield from group_lines(plan)
    yield from reference_lines(plan)
    yield from change_lines(plan)
    yield from left_lines(plan)
    yield from moved_lines(plan)
    yield from _rejects(plan)
    yield from _findings("Warnings", len(plan.warnings) + plan.warnings_omitted, plan.warnings, plan.warnings_omitted)
    yield from company_lines(plan)
    yield from _given_back(plan)
    yield from _blocks(plan)


def _ending(plan: Plan, report: str, page: str, script: str, *, show_sql: bool) -> Iterator[Line]:
    yield from sql_of(plan, bool(script), show_sql=show_sql)
    yield from places("Receipt" if plan.load_id else "Plan", report, page, script)


def sql_of(plan: Plan, has_script: bool, *, show_sql: bool) -> Iterator[Line]:
    """A plan's statements whole, or how those begin that write rows."""
    if plan.plan_only:
        yield from _statements(plan) if show_sql else _beginnings(plan, has_script)


def places(document: str, report: str, page: str, script: str) -> Iterator[Line]:
    """Where everything lies."""
    yield Line(f"{document}: {report}")
    if script:
        yield Line(f"Script: {script}")
    if page:
        yield Line(f"Page: {page}")


def failure(facts: Mapping[str, str], failures: Sequence[Failure]) -> Iterator[Line]:
    """A failed run: ``facts`` as they took effect, then one block per failed task."""
    yield Line(f"Outcome: {outcome_of(failures)}", "bad")
    yield from (Line(f"{name}: {value}") for name, value in facts.items())
    for each in failures[:FILES_LISTED]:
        yield Line("")
        yield Line(f"{'LEFT' if each.goes_on else 'FAILED'} {each.task}", "bad")
        yield from (Line(f"  {line}") for line in each.message.splitlines())
    yield from _rest(len(failures), FILES_LISTED)
    if not failures:
        yield Line("")
        yield Line(
            "运行在载入完成前结束, 原因见上方日志 / The run ended before its load was complete; the log above says why."
        )


def blocked(plans: Sequence[Plan]) -> str:
    """Why an execution of these parts was refused, with the figures and the first rejects of those that are blocked:
    the message of PlanBlockedError."""
    lines = ["没有载入任何数据: 计划已拦截 / nothing was loaded: the plan is blocked"]
    for plan in (each for each in plans if each.blocked_by):
        if len(plans) > 1:
            others = ", ".join(each.domain for each in plans if each is not plan)
            lines.append(f"{plan.domain} 已拦截, {others} 随之 / {plan.domain} is blocked, and {others} with it:")
        figures = (
            _blocks(plan),
            file_lines(plan),
            left_out_lines(plan),
            near_lines(plan),
            _figures(plan),
            group_lines(plan),
            change_lines(plan),
        )
        parts = (*figures, _rejects(plan), company_lines(plan), _given_back(plan))
        lines += [line.text for part in parts for line in part]
    return "\n".join(lines)


def blocked_counts(plans: Sequence[Plan]) -> str:
    """The same for the scheduler's page and its e-mails, which others read: counts and where lists lie, no row."""
    lines = [str(Words("没有载入任何数据: 计划已拦截", "nothing was loaded: the plan is blocked"))]
    for plan in (each for each in plans if each.blocked_by):
        lines += [line.text for line in _blocks(plan)]
        counts = ((file.label, f"{file.records:,}", f"{file.rejects:,}") for file in plan.files)
        lines += [
            str(Words(f"  {label}: 记录 {records}, 拒收 {rejects}", f"{records} records, {rejects} rejected"))
            for label, records, rejects in counts
        ]
        codes = Counter(finding.code for finding in plan.rejects)
        lines += [f"  {code}: {count:,}" for code, count in codes.most_common()]
        lines += [line.text for line in _given_back(plan)]
    return "\n".join(lines)


def _head(plan: Plan) -> Iterator[Line]:
    yield Line(f"Outcome: {plan.outcome}", OUTCOME_STYLES.get(plan.outcome, "strong"))
    yield from sentence(plan)
    yield Line(f"Domain: {plan.domain}")
    if plan.undoes is not None:
        yield in_both(f"撤销载入 {plan.undoes}", f"Takes back: load {plan.undoes}", "changed")
    yield Line(f"Execute: {plan.execute}")
    yield Line(f"Plan-only: {plan.plan_only}")
    yield from target(plan)
    if plan.comparison is not None:
        yield Line(f"Plan id: {plan.plan_id}")
        yield Line(f"Seal: {plan.seal or '—'}")
    yield Line(f"Database: {plan.database or NO_DATABASE}")
    if plan.load_id:
        yield Line(f"Load: {plan.load_id}")


def sentence(plan: Plan) -> Iterator[Line]:
    """What happens, or happened, in both languages."""
    chinese, english = headline(plan)
    yield Line(f"  {OUTCOMES[plan.outcome][0]} · {chinese}", "strong")
    yield Line(f"  {english}")


def target(plan: Plan) -> Iterator[Line]:
    """To which table, and how."""
    yield Line(f"Mode: {plan.mode}")
    keys = f"主键 primary key {', '.join(plan.primary_key) or '无 none'}; "
    keys += f"替换范围 merge key {', '.join(plan.merge_key)}"
    yield Line(f"Table: {plan.table} ({keys})")


def _figures(plan: Plan) -> Iterator[Line]:
    overridden = len(plan.overrides) + plan.overrides_omitted
    yield Line(
        f"合计: 载入 {plan.records} 行, 被拒 {plan.reject_rows} 行, 重复 {plan.duplicates} 行, 覆盖 {overridden} 行 / "
        f"Totals: {plan.records} records to load, {plan.reject_rows} rejected rows, {plan.duplicates} duplicates, "
        f"{overridden} overrides"
    )
    yield from (in_both(f"  {month}: {count} 条记录", f"{count} records") for month, count in plan.months.items())
    effect = plan.effect
    counts = (
        ("删除", "deleted", effect.deleted),
        ("写入", "inserted", effect.inserted),
        ("不变", "unchanged", effect.unchanged),
    )
    if plan.load_id:
        chinese = ", ".join(f"{name} {'未知' if count is None else count}" for name, _, count in counts)
        english = ", ".join(f"{name} {'unknown' if count is None else count}" for _, name, count in counts)
        yield in_both(f"行数: {chinese}", f"Rows: {english}", "strong")
    elif plan.comparison is None:
        yield Line(f"Rows: {_COMPARE_TELLS[0]}", "strong")
        yield Line(f"  {_COMPARE_TELLS[1]}")
    if plan.load_id and plan.mode == "delete_insert" and effect.deleted == 0 and effect.inserted == 0:
        yield Line("表中原已是这些行, 没有改动 / The table already held exactly these rows; nothing was changed.")
    for override in plan.overrides[:_LISTED]:
        key = " | ".join(map(str, override.key.values()))
        won, lost = (
            f"{place}" + (f" ({rows} 行 rows)" if rows > 1 else "")
            for place, rows in ((override.winner, override.winner_rows), (override.loser, override.loser_rows))
        )
        yield Line(f"  覆盖 / override {key}: 采用 {won} over 放弃 {lost}", "changed")
    yield from _rest(overridden)


def _rejects(plan: Plan) -> Iterator[Line]:
    return _findings("Rejected", plan.reject_rows, plan.rejects, plan.rejects_omitted)


def _findings(title: str, count: int, findings: Sequence[Finding], omitted: int) -> Iterator[Line]:
    """``count`` is of rows for rejects: one row can have several findings."""
    if not count:
        return
    said = f"被拒: {count} 行 / Rejected: {count} row(s)"
    if title == "Warnings":
        said = f"提醒: {count} 条 / Warnings: {count} finding(s)"
    yield Line(said, "strong")
    for finding in findings[:_LISTED]:
        header = f" {shown(' '.join(finding.header.split()), 40)}" if finding.header else ""
        value = f" {shown(finding.value, 60)!r}" if finding.value else ""
        where = f"{finding.file}!{finding.sheet}!{finding.place}"
        yield Line(f"  {where}{header}{value}: {finding.message} [{finding.code}]")
    yield from _rest(len(findings) + omitted)


def _given_back(plan: Plan) -> Iterator[Line]:
    """Where the workbooks for the providers lie, below WDH_OUTPUT_DIR."""
    given = plan.given_back
    if given.workbooks or given.rejects_csv:
        yield Line("退回 / To give back (below WDH_OUTPUT_DIR):", "strong")
        yield from (Line(f"  {workbook.path}") for workbook in given.workbooks[:FILES_LISTED])
        yield from _rest(len(given.workbooks), FILES_LISTED)
        if given.rejects_csv:
            yield Line(f"  {given.rejects_csv}")
    yield from (Line(f"未能写入 / NOT WRITTEN: {failed}", "bad") for failed in given.failed)


def _rest(count: int, listed: int = _LISTED) -> Iterator[Line]:
    if count > listed:
        yield and_more(count - listed)


def _blocks(plan: Plan) -> Iterator[Line]:
    for block in plan.blocked_by:
        text = f"已拦截 / BLOCKED by {block.gate} (现为 found {block.found}, 上限 limit {block.limit}): {block.message}"
        yield from (Line(line, "bad") for line in text.split("\n"))


def _beginnings(plan: Plan, has_script: bool) -> Iterator[Line]:
    """The statements that write rows, by their first words; people rarely read on."""
    where = "plan.sql" if has_script else "plan.html, plan.json"
    count = len(plan.steps)
    yield in_both(
        f"各步 SQL: 同一事务, 共 {count} 步 ({where}; --show-sql 显示全部)",
        f"SQL of the steps, {count} in one transaction ({where}; --show-sql prints all of it):",
        "dim",
    )
    for step in plan.steps:
        first = step.sql.partition("\n")[0]
        if first.startswith(_WRITING) and "pg_temp.wdh_refusal" not in first:
            rows = "" if step.rows is None else f" -- {step.rows} 行 rows"
            yield Line(f"  [{step.operation}] {shown(first, _SQL_SHOWN)}{rows}", "dim")


def _statements(plan: Plan) -> Iterator[Line]:
    yield in_both("各步 SQL, 同一事务", "SQL of the steps, in one transaction:")
    for step in plan.steps:
        rows = "" if step.rows is None else f" -- {step.rows} 行 rows"
        yield Line(f"  [{step.operation}]{rows}")
        yield from (Line(f"    {line}") for line in step.sql.splitlines())
