"""The first sheet of a workbook that is given back: every problem, with a link to its cell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from workflows.domains.findings import Finding
from workflows.giving_back.page import Styles, write_cell
from workflows.giving_back.problems import LEVEL_NAMES, cell_of

LIST_SHEET = "问题清单"
# Excel takes 65,530 links on a sheet, and opens slowly long before.
LINKS = 10_000
# What fits below the heading; rejects.csv holds all of them whatever their number.
LISTED = 1_000_000

_COLUMNS = (
    ("序号\nNo.", 6),
    ("级别\nLevel", 12),
    ("单元格\nCell", 10),
    ("行\nRow", 8),
    ("列\nColumn", 16),
    ("原值\nValue", 20),
    ("问题\nProblem", 30),
    ("详情\nDetail", 30),
    ("处理建议\nWhat to do", 34),
    ("代码\nCode", 22),
)
_HEADER_ROW = 5
_PARTIAL = "文件很大, 后表仅保留有问题的行    A very long sheet: the copy holds only the rows with problems"
_LINE_POINTS, _MOST_LINES = 15, 8


@dataclass(frozen=True, slots=True)
class ListFacts:
    """What stands above the list: the workbook's name, and its rows by what became of them."""

    file: str
    rows_read: int
    rejected_rows: int

    @property
    def title(self) -> str:
        """The heading."""
        return f"{LIST_SHEET} · {self.file}"


def write_list(
    page: Any, styles: Styles, problems: Sequence[Finding], facts: ListFacts, sheet: str, *, whole: bool = True
) -> None:
    """Write the list; ``sheet`` is the copy that its links point to, ``whole`` unless it lacks the good rows."""
    page.set_tab_color("#C00000")
    page.hide_gridlines(2)
    page.set_landscape()
    page.set_paper(9)
    page.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.5)
    page.fit_to_pages(1, 0)
    page.repeat_rows(_HEADER_ROW)
    page.set_footer("&L&F&R&P / &N")
    for column, (_text, width) in enumerate(_COLUMNS):
        page.set_column(column, column, width)
    _write_heading(page, styles, problems, facts, whole)
    listed = problems[:LISTED]
    for index, problem in enumerate(listed):
        _write_problem(page, styles, _HEADER_ROW + 1 + index, index, problem, sheet)
    page.freeze_panes(_HEADER_ROW + 1, 3)
    page.autofilter(_HEADER_ROW, 0, _HEADER_ROW + max(len(listed), 1), len(_COLUMNS) - 1)


def _write_heading(page: Any, styles: Styles, problems: Sequence[Finding], facts: ListFacts, whole: bool) -> None:
    rejects = sum(problem.level == "reject" for problem in problems)
    cautions = sum(problem.level == "caution" for problem in problems)
    page.set_row(0, 28)
    page.write_string(0, 0, facts.title, styles.of("heading"))
    if not whole:
        page.write_string(0, 6, _PARTIAL, styles.of("plain"))
    page.write_string(
        1,
        0,
        f"共 {facts.rows_read:,} 行, 拒收 {facts.rejected_rows:,} 行 ({rejects:,} 处问题), 提示 {cautions:,} 处    "
        f"{facts.rows_read:,} rows, {facts.rejected_rows:,} rejected ({rejects:,} problems), {cautions:,} cautions",
        styles.of("plain"),
    )
    legend = (
        ("reject", "拒收: 该行未入库, 请改正", "Rejected: the row is not loaded; please mend it"),
        ("caution", "提示: 不影响入库, 请确认", "Caution: the row is not held back; please confirm"),
    )
    for row in range(1, _HEADER_ROW):
        page.set_row(row, 18)
    for row, (level, chinese, english) in enumerate(legend, 2):
        page.write_blank(row, 0, None, styles.of("data", "", level))
        page.write_string(row, 1, f"{chinese}    {english}", styles.of("plain"))
    page.write_string(
        4,
        0,
        "请在原文件中改正后, 以原文件名重新提交; 点击「单元格」可跳转    "
        "Mend your own workbook and send it again under its name; a click on a cell's name leads there",
        styles.of("plain"),
    )
    page.set_row(_HEADER_ROW, 32)
    for column, (text, _width) in enumerate(_COLUMNS):
        page.write_string(_HEADER_ROW, column, text, styles.of("header"))


def _write_problem(page: Any, styles: Styles, row: int, index: int, problem: Finding, sheet: str) -> None:
    centred = styles.of("centred")
    page.write_number(row, 0, index + 1, centred)
    page.write_string(row, 1, LEVEL_NAMES[problem.level], styles.of("centred", "", problem.level))
    place = cell_of(problem)
    if place and index < LINKS:
        quoted = sheet.replace("'", "''")
        page.write_url(row, 2, f"internal:'{quoted}'!{place}", styles.of("link"), place)
    else:
        write_cell(page, row, 2, place, styles, "centred")
    if problem.row:
        page.write_number(row, 3, problem.row, centred)
    else:
        page.write_blank(row, 3, None, centred)
    texts = (
        " ".join(f"{problem.column} {problem.header}".split()),
        problem.value,
        "\n".join(filter(None, problem.meaning)),
        problem.detail,
        "\n".join(filter(None, problem.remedy)),
        problem.code,
    )
    for column, text in enumerate(texts, 4):
        write_cell(page, row, column, text, styles, "listed")
    lines = max(_lines(text, _COLUMNS[column][1]) for column, text in enumerate(texts, 4))
    page.set_row(row, _LINE_POINTS * min(lines, _MOST_LINES) + 3)


def _lines(text: str, width: int) -> int:
    """How many lines a text takes in a column; a Chinese character is two wide."""
    return sum(1 + len(line.encode("gbk", "replace")) // width for line in text.split("\n"))
