"""The month that a title above the table names, against the month of the file's name (pure)."""

from __future__ import annotations

import calendar
import re
from collections.abc import Collection, Sequence
from datetime import date

from workflows.domains.kinds.months import month_of_range, parse_month
from workflows.sources.cells import TitleCell, squeezed

# A day behind the month makes it the day of printing or signing, which often lies in the month after.
_MONTHS = (
    re.compile(r"(?<!\d)(?P<y>(?:20)?\d\d)年(?:度)?(?P<m>1[0-2]|0?[1-9])月(?!\d{1,2}[日号])"),
    re.compile(r"(?<!\d)(?P<y>20\d\d)[-/.](?P<m>1[0-2]|0?[1-9])(?![\d]|[-/.]\d)"),
    re.compile(r"(?<!\d)(?P<y>20\d\d)(?P<m>0[1-9]|1[0-2])(?!\d)"),
)
_TO = "(?:-+|[—–~至到]+)"
_DATE = r"(?:20)?\d\d(?:年|[-/.])?\d{1,2}(?:月|[-/.])?\d{1,2}[日号]?"
# "2024年11月1日至2024年11月30日", "2024年11月1日-30日", "截至2024年11月30日": days that stand for their month.
_DAYS = re.compile(
    rf"{_DATE}{_TO}{_DATE}|\d{{4}}年\d{{1,2}}月\d{{1,2}}日?{_TO}\d{{1,2}}日|(?<=截至){_DATE}|(?<=截止){_DATE}|(?<=截止至){_DATE}"
)
# "2024年1月至11月", "1-11月": a span of months names none of them.
_SPAN = re.compile(r"月?[-—–~至到](?:\d{2,4}年)?\d{1,2}月")


def odd_title(titles: Sequence[TitleCell], period: date) -> tuple[TitleCell, date] | None:
    """The first title that names a month when no title names ``period``; None where nothing contradicts it."""
    named = [(title, month) for title in titles for month in _months_in(title.text)]
    if not named or any(month == period for _title, month in named):
        return None
    return named[0]


def stated_months(titles: Sequence[TitleCell], labels: Collection[str]) -> dict[date, TitleCell]:
    """Every month that the titles state, with the first cell that does; ``labels`` are normalised headers of months.

    A day counts as its month behind such a label, in its cell or in the one before.
    """
    found: dict[date, TitleCell] = {}
    before: TitleCell | None = None
    for title in titles:
        label = before.text if before and before.row == title.row else ""
        months = _months_in(title.text)
        if not months and _is_label(label, labels):
            months = _labelled(title.text)
        elif not months and ":" in squeezed(title.text):
            own, _, rest = squeezed(title.text).partition(":")
            months = _labelled(rest) if _is_label(own, labels) else []
        for month in months:
            found.setdefault(month, title)
        before = title
    return found


def _is_label(text: str, labels: Collection[str]) -> bool:
    return squeezed(text).rstrip(":").lower() in labels


def _labelled(text: str) -> list[date]:
    month = parse_month(text)
    return [] if isinstance(month, str) else [month]


def _months_in(text: str) -> list[date]:
    plain = squeezed(text)
    found = []
    for match in _DAYS.finditer(plain):
        month = month_of_range(match[0]) or _month_of_its_end(match[0])
        if isinstance(month, str):
            return []
        if month is not None:
            found.append(month)
    plain = _DAYS.sub(" ", plain)
    if _SPAN.search(plain):
        return found
    for pattern in _MONTHS:
        for match in pattern.finditer(plain):
            year = int(match["y"])
            found.append(date(year if year > 99 else 2000 + year, int(match["m"]), 1))
    return found


def _month_of_its_end(text: str) -> date | None:
    """The month whose last day a text is; other days are those of printing or signing."""
    month = parse_month(text)
    day = re.search(r"(\d{1,2})[日号]?$", text)
    if isinstance(month, str) or day is None:
        return None
    return month if int(day[1][-2:]) == calendar.monthrange(month.year, month.month)[1] else None
