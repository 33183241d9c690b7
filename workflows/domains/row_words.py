"""Words by which a sheet says that a row is no record: totals, placeholders, notes, signatures, bands (pure)."""

from __future__ import annotations

import functools
import re
import unicodedata

from workflows.sources.cells import Cell, squeezed

OF_ITS_GROUP = "合计"
GRAND_TOTALS = frozenset({OF_ITS_GROUP, "总计"})
"""Those that are compared with the sum of the rows; all others are only counted."""

PLACEHOLDERS = frozenset({"-", "--", "---", "—", "——", "–", "―", "/", "\\", "无", "暂无", "N/A"})
"""What stands in a cell of a code where there is none; ``NA`` and ``NONE`` may be codes."""

# Brackets in one form, and what the totals words are in traditional characters.
_BRACKETS = str.maketrans("【】〔〕〖〗[]{}計總彙", "()()()()()计总汇")
# 合计划 and 总计划 are parts of names of plans (集合计划).
_WORDS = "合计(?!划)|总计(?!划)|小计|共计|累计|总和|汇总|平均"
_LATIN = r"(?:(?:SUB|GRAND)[ -]?)?TOTALS?"
_AMOUNT = "(?:数额?|金额|额|值)?"
_AROUND = " :;,.*#=_~-—–|\"'、。"
_IN_BRACKETS = re.compile(r"\([^()]*\)$")
_CODE_TOTAL = re.compile(
    rf"(?:{_WORDS}|{_LATIN}).*|.*(?:(?:{_WORDS}){_AMOUNT}|TOTALS?)|SUM|AVERAGE|AVG|其中.*", re.DOTALL
)
# In a name the word must be all, or stand at the end: 汇总科技公司 is a company.
_NAMED_TOTAL = re.compile(
    rf".*(?:{_WORDS}){_AMOUNT}|(?:[本各]页|本[月年期])?(?:{_WORDS}){_AMOUNT}(?:[^\w].*)?|{_LATIN}", re.DOTALL
)
_LONGEST_NAME = 30
_SURE = re.compile(rf"(?:本[页月年期])?(?:合计|总计|小计|共计){_AMOUNT}(?:[^\w].*)?|{_LATIN}", re.DOTALL)
_LIKELY = re.compile(
    rf".*(?:合计|总计|小计|共计){_AMOUNT}|(?:合计|总计|小计|共计){_AMOUNT}[^\w].*|(?:本[页月年期])?(?:汇总|累计|总和)|(?:加权|简单|算术)?平均{_AMOUNT}|{_LATIN}",
    re.DOTALL,
)
# Most names hold none of these, which is told sooner than what they are without spaces and brackets.
_HINT = re.compile("[计計汇彙均和]|[tTｔＴ][oOｏＯ]")
_ALL = re.compile("(?:全部|所有|全体|整体)(?:计划|公司|产品|机构|客户|组合)?|ALL")

_FIGURE = re.compile(r"[(¥￥]*[+-]?[\d,]*\.?\d+(?:[%)]|[千万亿]?元?|年|月|年\d+月)?")

_CHINESE_NUMBER = "[一二三四五六七八九十百]+"
_NOTE = re.compile(
    r"[*※★#]*\(?(?:附?注释?|备注|(?:填[表报]|编制|数据|特别|补充)?说明|注意(?:事项)?|提示|(?:数据|资料)?来源|(?:数据)?口径)"
    r"[\d一二三四五六七八九十]*\)?(?:[:、.,;].*|\d.*|$)|(?:NOTES?|REMARKS?|SOURCES?)\d*[:.].*|[-—–=*~]*(?:以下空白|以下无正文|此表完|完|END)[-—–=*~]*",
    re.DOTALL,
)
_SIGNATURE = re.compile(
    r"(?:[\w/]{0,6}(?:制表|填表|编制|编报|填报|报送|经办|经手|复核|审核|审批|批准|主管|负责|联系|签发|会计|出纳)(?:人员?|者|单位|部门|日期|时间|岗|电话)?"
    r"|[\w/]{0,6}(?:日期|时间|电话|签字|签章|盖章|公章|单位领导|页码))(?:\([^()]*\))?[:].*"
    r"|(?:制表|填表|复核|审核|编制|经办)人?$"
    r"|.*\((?:盖章|签章|公章|签字)\)[:]?"
    r"|第[\d一二三四五六七八九十]+页.*|共\d+页.*|(?:总|合|共)计?\d+(?:条|笔|行|户|家|个|只).*|-?\d+/\d+页?-?|(?:PREPARED|CHECKED|REVIEWED|APPROVED)BY.*|(?:PRINT)?DATE:.*|PAGE\d+.*",
    re.DOTALL,
)
_BAND = re.compile(
    rf"(?:{_CHINESE_NUMBER}[、.,:]|\((?:{_CHINESE_NUMBER}|\d+)\)|第(?:{_CHINESE_NUMBER}|\d+)(?:部分|[章节类组])|[IVX]+[、.]"
    r"|[A-Z]、|\d{1,2}(?:、|\.(?!\d))|其中:?).*[\u4e00-\u9fff].*",
    re.DOTALL,
)


@functools.lru_cache(maxsize=4096)
def totals_word(cell: Cell) -> str | None:
    """What a cell of a code says of a totals row: it is, begins or ends with a totals word; None for any other cell.

    Spaces and signs around it are left out, so that 合计 and 总计 come out as such when they are all there is.
    """
    text = _core(cell)
    return text if text and _CODE_TOTAL.fullmatch(text) else None


@functools.lru_cache(maxsize=4096)
def named_total(cell: Cell) -> str | None:
    """The same of any other cell, where a name may begin with such a word."""
    if not isinstance(cell, str) or _HINT.search(cell) is None:
        return None
    text = _core(cell)
    return text if text and len(text) <= _LONGEST_NAME and _NAMED_TOTAL.fullmatch(text) else None


def is_surely_total(word: str) -> bool:
    """Whether a ``named_total`` can be nothing else: 合计 or 小计 alone."""
    return _SURE.fullmatch(word) is not None


def may_be_total(word: str) -> bool:
    """Whether a ``named_total`` may be one: 甲公司小计 and 平均 may, a remark such as 已汇总 may not."""
    return _LIKELY.fullmatch(word) is not None


def stands_for_all(text: str) -> bool:
    """Whether a code says that a row is about all of them: 全部."""
    return _ALL.fullmatch(text) is not None


def is_placeholder(text: str) -> bool:
    """Whether a code (in upper case) says that there is none."""
    return text in PLACEHOLDERS


@functools.lru_cache(maxsize=4096)
def kind_of_text(text: str) -> str:
    """``note``, ``signature`` or ``band`` by how a text begins; empty for any other."""
    word = squeezed(text).translate(_BRACKETS).upper()
    if _NOTE.fullmatch(word):
        return "note"
    if _SIGNATURE.fullmatch(word):
        return "signature"
    return "band" if _BAND.fullmatch(word) else ""


@functools.lru_cache(maxsize=4096)
def is_figure(text: str) -> bool:
    """Whether a text is a number, or a year or month in digits: it stands in a row of data."""
    return _FIGURE.fullmatch(squeezed(text)) is not None


def _core(cell: Cell) -> str:
    """A text without spaces, signs around it and what stands in brackets behind it; upper case."""
    if not isinstance(cell, str):
        return ""
    if cell.isascii() and cell.isdigit():
        return ""
    text = squeezed(unicodedata.normalize("NFKC", cell)).translate(_BRACKETS).upper().strip(_AROUND)
    bare = _IN_BRACKETS.sub("", text).strip(_AROUND)
    return bare or text.strip("()" + _AROUND)
