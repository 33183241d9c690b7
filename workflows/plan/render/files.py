"""A run's files as lines of its summary: what became of each row, what was left out, what looks like a month (pure)."""

from __future__ import annotations

from collections.abc import Iterator

from workflows.domains.set_aside import REASONS
from workflows.errors import Words
from workflows.pages.text import shown
from workflows.plan.model import Plan
from workflows.plan.render.lines import Line, and_more, in_both
from workflows.records.accounts import FileAccount, TouchedCells
from workflows.sources.months_seen import month_ranges

# What is listed before the rest is only counted; the plan or receipt holds everything.
_LISTED = 10
FILES_LISTED = 100


def file_lines(plan: Plan) -> Iterator[Line]:
    """Each chosen file, with every row accounted for."""
    chosen, others = len({file.path for file in plan.files}), len(plan.not_selected)
    yield in_both(f"文件: 选用 {chosen}, 未选用 {others}", f"Files: {chosen} chosen, {others} not")
    listed = plan.files
    if len(listed) > FILES_LISTED:
        # Those that somebody has to look at come first.
        listed = sorted(listed, key=lambda file: not file.rejects)[:FILES_LISTED]
    for file in listed:
        yield Line(f"  {file.label} [{file.sheet}, {file.engine}]", "strong")
        yield Line(f"      {_accounting(file)}", "bad" if file.rejects else "plain")
        if file.ignored_headers:
            yield Line(f"      未使用的列 / ignored headers: {', '.join(file.ignored_headers)}", "dim")
        yield from (Line(f"      {_touched(each)}", "dim") for each in file.touched)
        yield from (Line(f"      说明 note: {note}", "dim") for note in file.notes)
        yield from _set_aside(file)
    if len(plan.files) > FILES_LISTED:
        yield and_more(len(plan.files) - FILES_LISTED)


def left_out_lines(plan: Plan) -> Iterator[Line]:
    """The months that were asked for and are not in the run."""
    left = plan.left_out
    if left.not_taken:
        files = f"--max-files {left.files_needed} (MAX_FILES={left.files_needed})"
        most = ("最新一个月", "only the newest month is taken by default")
        if left.max_files is not None:
            most = (f"最多 {left.max_files} 个文件", f"--max-files {left.max_files} takes no more")
        yield Line(f"未包含的月份 / Months left out: {month_ranges(left.not_taken)}", "bad")
        yield in_both(
            f"  本次只取{most[0]}，全部载入需 {left.files_needed} 个文件",
            f"asked for, but {most[1]}; {files} takes them all",
            "bad",
        )
    if left.without_file:
        yield Line(f"没有文件的月份 / Months without a workbook: {month_ranges(left.without_file)}", "bad")
        yield Line("  要求了这些月份, 但没有其文件 / asked for, and no file of theirs is there", "bad")


def near_lines(plan: Plan) -> Iterator[Line]:
    """The files that look like one of these months and are not in the run."""
    near = [each for each in plan.not_selected if each.month]
    for each in near[:_LISTED]:
        yield Line(f"注意 / Near miss: {each.near_sentence.chinese}", "changed")
        yield Line(f"  {each.near_sentence.english}", "changed")
    if len(near) > _LISTED:
        yield and_more(len(near) - _LISTED)


def _set_aside(file: FileAccount) -> Iterator[Line]:
    """The rows that are no data, besides totals, with their texts."""
    listed = [each for each in file.set_aside if each.reason != "totals"]
    for each in listed[:_LISTED]:
        last = each.row + each.rows - 1
        rows = (f"第 {each.row} 行", f"row {each.row}")
        if each.rows > 1:
            rows = (f"第 {each.row} 至 {last} 行", f"rows {each.row} to {last}")
        chinese, english = REASONS[each.reason]
        yield in_both(
            f"      不计入: {rows[0]}, {chinese}", f"set aside: {rows[1]}, {english}: {shown(each.text, 60)}", "dim"
        )
    more = file.set_aside_rows - sum(each.rows for each in listed[:_LISTED])
    if more:
        yield in_both(f"      不计入: 另有 {more} 行", f"set aside: {more} more row(s)", "dim")


def _accounting(file: FileAccount) -> Words:
    """Every row of a file, as a sum that adds up."""
    rows = (
        (file.records, "记录", "records"),
        (file.rejects, "拒收", "rejected"),
        *(
            part
            for part in (
                (file.blank_rows, "空行", "blank"),
                (file.totals_rows, "合计", "totals"),
                (file.hidden_rows, "隐藏", "hidden"),
                (file.set_aside_rows, "不计入", "set aside"),
                (file.duplicate_rows, "重复", "duplicates"),
            )
            if part[0]
        ),
    )
    chinese = f"{file.rows_read} 行 = {' + '.join(f'{name} {count}' for count, name, _ in rows)}"
    english = f"{file.rows_read} rows = {' + '.join(f'{count} {name}' for count, _, name in rows)}"
    if file.collapsed or file.overridden:
        chinese += f"; 其后与其他文件重复 {file.collapsed}, 被其他文件覆盖 {file.overridden}"
        english += f"; then {file.collapsed} collapsed and {file.overridden} overridden by other files"
    if file.left_out:
        chinese, english = f"{chinese}; 略过, 台账中已有", f"{english}; left out, the ledger has it already"
    return Words(chinese, english)


def _touched(cells: TouchedCells) -> str:
    """What a rule did to a field, in both languages."""
    return f"{cells.field}: {cells.cells} × {cells.chinese} / {cells.english} [{cells.rule}]"
