"""The month that a title above the table names, against the month of the file's name (pure)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from workflows.sources.cells import TitleCell, squeezed

# A day behind the month makes it the day of printing or signing, which often lies in the month after.
_MONTHS = (
    re.compile(r"(?<!\d)(?P<y>(?:20)?\d\d)年(?:度)?(?P<m>1[0-2]|0?[1-9])月(?!\d{1,2}[日号])"),
    re.compile(r"(?<!\d)(?P<y>20\d\d)[-/.](?P<m>1[0-2]|0?[1-9])(?![\d]|[-/.]\d)"),
    re.compile(r"(?<!\d)(?P<y>20\d\d)(?P<m>0[1-9]|1[0-2])(?!\d)"),
)
# "2024年1月至11月", "1-11月": a span of months names none of them.
_SPAN = re.compile(r"月?[-—–~至到](?:\d{2,4}年)?\d{1,2}月")


def odd_title(titles: Sequence[TitleCell], period: date) -> tuple[TitleCell, date] | None:
    """The first title that names a month when no title names ``period``; None where nothing contradicts it."""
    named = [(title, month) for title in titles for month in _months_in(title.text)]
    if not named or any(month == period for _title, month in named):
        return None
    return named[0]


def _months_in(text: str) -> list[date]:
    plain = squeezed(text)
    if _SPAN.search(plain):
        return []
    found = []
    for pattern in _MONTHS:
        for match in pattern.finditer(plain):
            year = int(match["y"])
            found.append(date(year if year > 99 else 2000 + year, int(match["m"]), 1))
    return found
