"""The summary at the end of a run, the same for people and for logs (pure)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from workflows.domains.findings import Finding
from workflows.domains.set_aside import REASONS
from workflows.errors import Words
from workflows.pages.text import shown
from workflows.plan.model import Outcome, Plan
from workflows.plan.render.changes import change_lines
from workflows.plan.render.companies import company_lines
from workflows.plan.render.facts import Failure, outcome_of
from workflows.plan.render.groups import group_lines
from workflows.plan.render.left import left_lines
from workflows.plan.render.lines import Line, Style
from workflows.plan.render.magnitude import moved_lines
from workflows.plan.render.outcome import OUTCOMES, headline
from workflows.plan.render.references import reference_lines
from workflows.records.accounts import FileAccount, TouchedCells
from workflows.sources.months_seen import month_ranges

# What is listed before the rest is only counted; the plan or receipt holds everything.
_LISTED = 10
_FILES_LISTED = 100
_COMPARE_TELLS = (
    "未与数据库对比；新增、修改、删除多少行，运行 make compare 可知",
    "not compared with the table; `make compare` (--compare) tells how many would be added, changed and removed",
)
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
    yield from _files(plan)
    yield from _left_out(plan)
    yield from _near(plan)
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
    for each in failures[:_FILES_LISTED]:
        yield Line("")
        yield Line(f"{'LEFT' if each.goes_on else 'FAILED'} {each.task}", "bad")
        yield from (Line(f"  {line}") for line in each.message.splitlines())
    yield from _rest(len(failures), _FILES_LISTED)
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
            _files(plan),
            _left_out(plan),
            _near(plan),
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
        lines += [f"  {file.label}: {file.records:,} records, {file.rejects:,} rejected" for file in plan.files]
        codes = Counter(finding.code for finding in plan.rejects)
        lines += [f"  {code}: {count:,}" for code, count in codes.most_common()]
        lines += [line.text for line in _given_back(plan)]
    return "\n".join(lines)


def _head(plan: Plan) -> Iterator[Line]:
    yield Line(f"Outcome: {plan.outcome}", OUTCOME_STYLES.get(plan.outcome, "strong"))
    yield from sentence(plan)
    yield Line(f"Domain: {plan.domain}")
    if plan.undoes is not None:
        yield Line(f"Takes back: load {plan.undoes}", "changed")
    yield Line(f"Execute: {plan.execute}")
    yield Line(f"Plan-only: {plan.plan_only}")
    yield from target(plan)
    if plan.comparison is not None:
        yield Line(f"Plan id: {plan.plan_id}")
        yield Line(f"Seal: {plan.seal or 'none'}")
    yield Line(f"Database: {plan.database or 'none configured; a plan needs none'}")
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
    keys = f"primary key {', '.join(plan.primary_key) or 'none'}; merge key {', '.join(plan.merge_key)}"
    yield Line(f"Table: {plan.table} ({keys})")


def _both(chinese: str, english: str, style: Style = "plain") -> Line:
    """One line in both languages."""
    return Line(f"{chinese} / {english}", style)


def _files(plan: Plan) -> Iterator[Line]:
    chosen, others = len({file.path for file in plan.files}), len(plan.not_selected)
    yield _both(f"文件: 选用 {chosen}, 未选用 {others}", f"Files: {chosen} chosen, {others} not")
    listed = plan.files
    if len(listed) > _FILES_LISTED:
        # Those that somebody has to look at come first.
        listed = sorted(listed, key=lambda file: not file.rejects)[:_FILES_LISTED]
    for file in listed:
        yield Line(f"  {file.label} [{file.sheet}, {file.engine}]", "strong")
        yield Line(f"      {_accounting(file)}", "bad" if file.rejects else "plain")
        if file.ignored_headers:
            yield Line(f"      未使用的列 / ignored headers: {', '.join(file.ignored_headers)}", "dim")
        yield from (Line(f"      {_touched(each)}", "dim") for each in file.touched)
        yield from (Line(f"      note: {note}", "dim") for note in file.notes)
        yield from _set_aside(file)
    yield from _rest(len(plan.files), _FILES_LISTED)


def _left_out(plan: Plan) -> Iterator[Line]:
    """The months that were asked for and are not in the run."""
    left = plan.left_out
    if left.not_taken:
        files = f"--max-files {left.files_needed} (MAX_FILES={left.files_needed})"
        most = ("最新一个月", "only the newest month is taken by default")
        if left.max_files is not None:
            most = (f"最多 {left.max_files} 个文件", f"--max-files {left.max_files} takes no more")
        yield Line(f"Months left out: {month_ranges(left.not_taken)}", "bad")
        yield Line(f"  未包含上述月份：本次只取{most[0]}，全部载入需 {left.files_needed} 个文件", "bad")
        yield Line(f"  asked for, but {most[1]}; {files} takes them all", "bad")
    if left.without_file:
        yield Line(f"Months without a workbook: {month_ranges(left.without_file)}", "bad")
        yield Line("  没有这些月份的文件 / asked for, and no file of theirs is there", "bad")


def _near(plan: Plan) -> Iterator[Line]:
    """The files that look like one of these months and are not in the run."""
    near = [each for each in plan.not_selected if each.month]
    for each in near[:_LISTED]:
        yield Line(f"注意 / Near miss: {each.near_sentence.chinese}", "changed")
        yield Line(f"  {each.near_sentence.english}", "changed")
    yield from _rest(len(near))


def _set_aside(file: FileAccount) -> Iterator[Line]:
    """The rows that are no data, besides totals, with their texts."""
    listed = [each for each in file.set_aside if each.reason != "totals"]
    for each in listed[:_LISTED]:
        rows = f"row {each.row}" if each.rows == 1 else f"rows {each.row} to {each.row + each.rows - 1}"
        yield Line(f"      set aside: {rows}, {REASONS[each.reason][1]}: {shown(each.text, 60)}", "dim")
    more = file.set_aside_rows - sum(each.rows for each in listed[:_LISTED])
    if more:
        yield Line(f"      set aside: {more} more row(s)", "dim")


def _accounting(file: FileAccount) -> str:
    """Every row of a file, as a sum that adds up."""
    parts = [f"{file.records} records", f"{file.rejects} rejected"]
    for count, name in (
        (file.blank_rows, "blank"),
        (file.totals_rows, "totals"),
        (file.hidden_rows, "hidden"),
        (file.set_aside_rows, "set aside"),
        (file.duplicate_rows, "duplicates"),
    ):
        if count:
            parts.append(f"{count} {name}")
    across = ""
    if file.collapsed or file.overridden:
        across = f"; then {file.collapsed} collapsed and {file.overridden} overridden by other files"
    left_out = "; left out, the ledger has it already" if file.left_out else ""
    return f"{file.rows_read} rows = {' + '.join(parts)}{across}{left_out}"


def _touched(cells: TouchedCells) -> str:
    """What a rule did to a field, in both languages."""
    return f"{cells.field}: {cells.cells} × {cells.chinese} / {cells.english} [{cells.rule}]"


def _figures(plan: Plan) -> Iterator[Line]:
    overridden = len(plan.overrides) + plan.overrides_omitted
    yield Line(
        f"合计: 载入 {plan.records} 行, 被拒 {plan.reject_rows} 行, 重复 {plan.duplicates} 行, 覆盖 {overridden} 行 / "
        f"Totals: {plan.records} records to load, {plan.reject_rows} rejected rows, {plan.duplicates} duplicates, "
        f"{overridden} overrides"
    )
    yield from (Line(f"  {month}: {count} records") for month, count in plan.months.items())
    effect = plan.effect
    counts = {"deleted": effect.deleted, "inserted": effect.inserted, "unchanged": effect.unchanged}
    if plan.load_id:
        known = (f"{name} {'unknown' if count is None else count}" for name, count in counts.items())
        yield Line(f"Rows: {', '.join(known)}", "strong")
    elif plan.comparison is None:
        yield Line(f"Rows: {_COMPARE_TELLS[0]}", "strong")
        yield Line(f"  {_COMPARE_TELLS[1]}")
    if plan.load_id and plan.mode == "delete_insert" and effect.deleted == 0 and effect.inserted == 0:
        yield Line("表中原已是这些行, 没有改动 / The table already held exactly these rows; nothing was changed.")
    for override in plan.overrides[:_LISTED]:
        key = " | ".join(map(str, override.key.values()))
        won, lost = (
            f"{place}" + (f" ({rows} rows)" if rows > 1 else "")
            for place, rows in ((override.winner, override.winner_rows), (override.loser, override.loser_rows))
        )
        yield Line(f"  覆盖 / override {key}: {won} over {lost}", "changed")
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
        yield from (Line(f"  {workbook.path}") for workbook in given.workbooks[:_FILES_LISTED])
        yield from _rest(len(given.workbooks), _FILES_LISTED)
        if given.rejects_csv:
            yield Line(f"  {given.rejects_csv}")
    yield from (Line(f"未能写入 / NOT WRITTEN: {failed}", "bad") for failed in given.failed)


def _rest(count: int, listed: int = _LISTED) -> Iterator[Line]:
    if count > listed:
        yield Line(f"  … 另有 {count - listed} / and {count - listed} more", "dim")


def _blocks(plan: Plan) -> Iterator[Line]:
    for block in plan.blocked_by:
        text = f"已拦截 / BLOCKED by {block.gate} (found {block.found}, limit {block.limit}): {block.message}"
        yield from (Line(line, "bad") for line in text.split("\n"))


def _beginnings(plan: Plan, has_script: bool) -> Iterator[Line]:
    """The statements that write rows, by their first words; people rarely read on."""
    where = "plan.sql" if has_script else "the plan's page and plan.json"
    yield Line(f"SQL of the steps, {len(plan.steps)} in one transaction ({where}; --show-sql prints all of it):", "dim")
    for step in plan.steps:
        first = step.sql.partition("\n")[0]
        if first.startswith(_WRITING) and "pg_temp.wdh_refusal" not in first:
            rows = "" if step.rows is None else f" -- {step.rows} rows"
            yield Line(f"  [{step.operation}] {shown(first, _SQL_SHOWN)}{rows}", "dim")


def _statements(plan: Plan) -> Iterator[Line]:
    yield Line("SQL of the steps, in one transaction:")
    for step in plan.steps:
        rows = "" if step.rows is None else f" -- {step.rows} rows"
        yield Line(f"  [{step.operation}]{rows}")
        yield from (Line(f"    {line}") for line in step.sql.splitlines())
