"""What was found wrong or odd, as values: a reject stops its row, a caution travels with it (pure).

Every code is listed in ``CODES`` with its meaning in Chinese and English; codes are stable, messages may improve.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, NamedTuple

from workflows.sources.cells import Cell

CODES: dict[str, tuple[str, str]] = {
    # rejects: the row is not loaded
    "missing_value": ("必填单元格为空", "a required cell is blank"),
    "error_cell": ("单元格为 Excel 错误值", "the cell holds an Excel error"),
    "not_a_number": ("不是数字", "not a number"),
    "ambiguous_unit": (
        "货币符号与表头单位矛盾, 无法确定是元还是万元",
        "a currency sign under a header in 万元 or 亿元: yuan or the header's unit?",
    ),
    "not_a_code": ("不是代码", "not a code"),
    "code_digits_lost": (
        "数字单元格超过 15 位, 代码已失真",
        "a numeric cell of more than 15 digits has lost some of them",
    ),
    "code_too_long": ("代码过长", "the code is too long"),
    "invalid_month": ("无法识别的年月", "not a month"),
    "ambiguous_month": (
        "年月有歧义 (2024.1 可能是 1 月或 10 月)",
        "an ambiguous month (2024.1 is January or October)",
    ),
    "month_conflict": ("同一行的年月互相矛盾", "the row's year, month and period disagree"),
    "out_of_range": ("数值超出允许范围", "the value is out of range"),
    "duplicate_conflict": ("同一主键的行内容不同", "rows of one key differ"),
    "period_mismatch": ("报告期与文件名的期间不一致", "the report date differs from the file name's period"),
    # cautions: the row is loaded, and says so
    "return_rate_large": ("收益率绝对值超过 50%", "the return rate is beyond 50 %"),
    "scale_below_net_asset_value": ("规模小于净值", "the scale is below the net asset value"),
    "totals_mismatch": ("合计行与明细之和不符", "the totals row differs from the sum of the rows"),
    "title_month_mismatch": ("标题中的期间与文件名不一致", "the title's month differs from the file name's"),
    "file_note": ("文件提示", "a note on the file"),
}


class Problem(NamedTuple):
    """A finding before its coordinates are known: ``row_index`` counts the rows below the header from 0."""

    row_index: int
    code: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """One cell (or row, when ``column`` is empty) and what is the matter with it.

    ``row`` is Excel's row number, ``column`` Excel's letter, ``header`` the text above, ``value`` the raw cell
    as text, ``code`` one of ``CODES``, ``message`` plain words in Chinese and English.
    """

    file: str
    sheet: str
    row: int
    column: str
    header: str
    field: str
    value: str
    code: str
    message: str

    def as_dict(self) -> dict[str, Any]:
        """The finding as JSON-able fields, in declared order."""
        return asdict(self)


class Reject(Finding):
    """A finding that keeps its row out."""


class Caution(Finding):
    """A finding that is reported while its row is loaded."""


def message(code: str, detail: str = "") -> str:
    """``中文 / English: detail`` of a code."""
    chinese, english = CODES[code]
    return f"{chinese} / {english}" + (f": {detail}" if detail else "")


def shown(cell: Cell) -> str:
    """A raw cell as short text for a report: numbers as Excel keeps them (15 digits), long texts cut at 200."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        return format(cell, ".15g")
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ")
    text = str(cell)
    return text if len(text) <= 200 else text[:199] + "…"
