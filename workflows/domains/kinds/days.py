"""Days: a date with its day of the month (pure)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from workflows.domains.kinds.kind import BLANK, EachCell, Reading
from workflows.domains.kinds.numbers import BLANKS
from workflows.sources.cells import Cell, ErrorCell, is_blank, squeezed

_CLOCK = r"(?:[T ]?\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?"
_TEXTS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?P<y>(?:19|20)\d\d|\d\d)年(?P<m>\d{{1,2}})月(?P<d>\d{{1,2}})[日号]?{_CLOCK}",
        rf"(?P<y>(?:19|20)\d\d)([-/.])(?P<m>\d{{1,2}})\2(?P<d>\d{{1,2}}){_CLOCK}",
        r"(?P<y>(?:19|20)\d\d)(?P<m>\d\d)(?P<d>\d\d)",
    )
)


@dataclass(frozen=True, slots=True)
class DayColumn(EachCell):
    """A date, from a date cell, a text, or a number such as 20250115. A month without its day is none.

    A bare number of days since 1900 is refused: nothing in the cell says that it is a date.
    """

    headers: tuple[str, ...]

    sql_type = "date"

    def read(self, cell: Cell) -> Reading:
        """The day; two digits of a year are 20xx."""
        if isinstance(cell, ErrorCell):
            return Reading(code="error_cell")
        if is_blank(cell):
            return BLANK
        if isinstance(cell, datetime):
            return _day(cell.year, cell.month, cell.day)
        if isinstance(cell, float) and not isinstance(cell, bool) and cell.is_integer():
            cell = str(int(cell))
        text = squeezed(cell).lstrip("'") if isinstance(cell, str) else "?"
        if text.upper() in BLANKS:
            return BLANK
        match = next(filter(None, (pattern.fullmatch(text) for pattern in _TEXTS)), None)
        return _day(*(int(match[part]) for part in "ymd")) if match else Reading(code="invalid_day")

    def jsonable(self, values: Sequence[date | None]) -> list[str | None]:
        """ISO texts."""
        return [value.isoformat() if value else None for value in values]


def _day(year: int, month: int, day: int) -> Reading:
    year = year if year > 99 else 2000 + year
    try:
        return Reading(date(year, month, day)) if 1900 <= year <= 2099 else Reading(code="invalid_day")
    except ValueError:
        return Reading(code="invalid_day")
