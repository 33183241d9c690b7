"""Months: the first day of each (pure)."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from workflows.domains.findings import Problem
from workflows.domains.kinds.kind import Cleaned, Given, Kind
from workflows.sources.cells import Cell, ErrorCell, FormattedNumber, squeezed
from workflows.sources.shown import shows_hundredths

_YEAR = r"(?P<y>(?:19|20)\d\d|\d\d)"
_FULL_YEAR = r"(?P<y>(?:19|20)\d\d)"
_MONTH = r"(?P<m>1[0-2]|0?[1-9])"
_DAY = r"(?P<d>3[01]|[12]\d|0?[1-9])"
_CLOCK = r"(?:[T ]?\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?"
_TEXTS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?:截[至止]到?)?{_YEAR}年{_MONTH}月(?:份)?(?:{_DAY}[日号]?|[末底])?{_CLOCK}",
        rf"{_FULL_YEAR}([-/.]){_MONTH}(?:\2{_DAY})?{_CLOCK}",
        rf"{_FULL_YEAR}(?P<m>0[1-9]|1[0-2])(?P<d>0[1-9]|[12]\d|3[01])?",
        rf"{_MONTH}月{_FULL_YEAR}年?",
    )
)
_TO = r"(?:-+|[—–~至到]+)"
_RANGES = tuple(
    re.compile(pattern)
    for pattern in (
        rf"{_YEAR}年{_MONTH}月{_DAY}[日号]?{_TO}(?:(?:(?P<y2>(?:20)?\d\d)年)?(?P<m2>\d{{1,2}})月)?(?P<d2>\d{{1,2}})[日号]?",
        rf"{_YEAR}年{_MONTH}月份?{_TO}(?:(?P<y2>(?:20)?\d\d)年)?(?P<m2>\d{{1,2}})月份?",
        rf"{_FULL_YEAR}([-/.]){_MONTH}\2{_DAY}{_TO}(?P<y2>20\d\d)\2(?P<m2>\d{{1,2}})\2(?P<d2>\d{{1,2}})",
        rf"{_FULL_YEAR}([/.]){_MONTH}\2{_DAY}{_TO}(?P<m2>\d{{1,2}})\2(?P<d2>\d{{1,2}})",
        rf"{_FULL_YEAR}([-/.]){_MONTH}{_TO}(?P<y2>20\d\d)\2(?P<m2>\d{{1,2}})",
        rf"{_FULL_YEAR}(?P<m>0[1-9]|1[0-2])(?P<d>\d\d){_TO}(?P<y2>20\d\d)(?P<m2>\d\d)(?P<d2>\d\d)",
    )
)
_YEAR_AND_MONTH = re.compile(r"(?:19|20)\d\d\.\d\d?")
_YEAR_ALONE = re.compile(rf"{_YEAR}年?")
_MONTH_ALONE = re.compile(rf"{_MONTH}(?:月(?:份)?)?")


@dataclass(frozen=True, slots=True)
class MonthColumn(Kind):
    """A first-of-month date, from one ``period`` column or from ``year`` and ``month``.

    Where it is ``not_later`` than the file's, a row of a later month is refused. What lies in the future is later than
    the month of any file that can be there: nothing asks what day it is today, so that the same file reads the same.
    """

    year: tuple[str, ...] = ()
    month: tuple[str, ...] = ()
    period: tuple[str, ...] = ()
    not_later: bool = False

    sql_type = "date"

    def roles(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """A year alone tells the least."""
        yield from (("year", self.year), ("month", self.month), ("period", self.period))

    def is_fed(self, roles: Collection[str], file_month: date | None) -> bool:
        """A year needs a month beside it, or the file's."""
        return file_month is not None or "period" in roles or "month" in roles

    def clean(self, given: Given) -> Cleaned:
        """Where the sheet names no month, the file's is every row's."""
        year, month, period = map(given.by_role.get, ("year", "month", "period"))
        if given.file_month is not None and month is None and period is None:
            # A year column that says another year than the file's name is a contradiction, not a month.
            period = [datetime(given.file_month.year, given.file_month.month, 1)] * given.count
        cleaned = clean_months(year, month, period, given.count)
        return self._refused(cleaned, given.period) if self.not_later and given.period else cleaned

    def _refused(self, cleaned: Cleaned, period: date) -> Cleaned:
        values, problems = cleaned.values, list(cleaned.problems)
        if any(month is not None and month > period for month in set(values)):
            for index, month in enumerate(values):
                if month is not None and month > period:
                    values[index] = None
                    problems.append(Problem(index, "later_month", f"{month:%Y-%m} in {period:%Y-%m}"))
        return Cleaned(values, sorted(problems))

    def jsonable(self, values: Sequence[date | None]) -> list[str | None]:
        """ISO texts. A sheet holds few different months."""
        texts = {month: month.isoformat() if month else None for month in set(values)}
        return list(map(texts.__getitem__, values))


def clean_months(
    years: Sequence[Cell] | None, months: Sequence[Cell] | None, periods: Sequence[Cell] | None, count: int
) -> Cleaned:
    """Each row's month from the columns that exist (None for one that does not).

    A period cell is enough; so is a month cell that names its year; a bare month takes the year column's. What
    the row says twice must agree; a row that says nothing is blank.
    """
    blank: Sequence[Cell] = [None] * count
    year, month, period = (_apart(cells or blank) for cells in (years, months, periods))
    needs_year = years is not None
    latest = "period" if periods is not None else "month"
    if count > 1 and all(cells.count(cells[0]) == count for cells in (year, month, period)):
        # Most sheets say the same month throughout.
        only = _row_month(year[0], month[0], period[0], needs_year, latest)
        months_found: Sequence[date | _Wrong | None] = [only] * count
        any_wrong = isinstance(only, _Wrong)
    else:
        rows = list(zip(year, month, period, strict=True))
        # A sheet holds few different months, so each is worked out once.
        found = {cells: _row_month(*cells, needs_year, latest) for cells in set(rows)}
        months_found = list(map(found.__getitem__, rows))
        any_wrong = any(isinstance(month, _Wrong) for month in found.values())
    if not any_wrong:
        return Cleaned(list(months_found), [])
    problems = [
        Problem(index, wrong.code, role=wrong.role)
        for index, wrong in enumerate(months_found)
        if isinstance(wrong, _Wrong)
    ]
    return Cleaned([None if isinstance(month, _Wrong) else month for month in months_found], problems)


def _apart(cells: Sequence[Cell]) -> Sequence[Cell]:
    """The cells so that equal ones mean the same: True would be taken for 1.0. All of a workbook's are hashable."""
    return [str(cell) if isinstance(cell, bool) else cell for cell in cells] if bool in set(map(type, cells)) else cells


class _Wrong(NamedTuple):
    """What is wrong with a row's month, and which of its cells to look at; no role for all of them."""

    code: str
    role: str = ""


def _row_month(year: Cell, month: Cell, period: Cell, needs_year: bool, latest: str) -> date | _Wrong | None:
    """The month of one row. ``needs_year`` where there is a column of years; ``latest`` is the role that says most."""
    for role, cell in (("year", year), ("month", month), ("period", period)):
        if isinstance(cell, ErrorCell):
            return _Wrong("error_cell", role)
    if _is_blank(year) and _is_blank(month) and _is_blank(period):
        return None
    found: set[date] = set()
    wanted_year = None if _is_blank(year) else _year_of(year)
    if wanted_year is None and not _is_blank(year):
        return _Wrong("invalid_month", "year")
    for role, cell in (("month", month), ("period", period)):
        if _is_blank(cell):
            continue
        parsed = parse_month(cell)
        if isinstance(parsed, str):
            alone = _month_of(cell)
            if alone is None:
                return _Wrong(parsed, role)
            if wanted_year is None:
                # The cell is right, and the one that is blank (in a merged range, say) is at fault.
                return _Wrong("missing_value", "year") if needs_year else _Wrong(parsed, role)
            parsed = date(wanted_year, alone, 1)
        found.add(parsed)
    if not found:
        return _Wrong("missing_value", latest)
    if len(found) > 1 or (wanted_year is not None and found.copy().pop().year != wanted_year):
        return _Wrong("month_conflict")
    return found.pop()


def parse_month(cell: Cell) -> date | str:
    """The month that one cell names with its year, or the reject code."""
    if isinstance(cell, datetime):
        return date(cell.year, cell.month, 1) if 1990 <= cell.year <= 2099 else "invalid_month"
    if isinstance(cell, FormattedNumber) and shows_hundredths(cell.number_format):
        return parse_month(f"{cell:.2f}") if _YEAR_AND_MONTH.fullmatch(f"{cell:.15g}") else "invalid_month"
    if isinstance(cell, (int, float)):
        return _month_of_number(float(cell))
    if not isinstance(cell, str):
        return "invalid_month"
    text = _plain(cell)
    spanned = month_of_range(text)
    if spanned is not None:
        return spanned
    for pattern in _TEXTS:
        match = pattern.fullmatch(text)
        if match:
            return _checked(int(match["y"]), int(match["m"]), match.groupdict().get("d"))
    return "invalid_month"


def month_of_range(text: str) -> date | str | None:
    """The month in which a range of days or months lies, as 2024年10月1日-2024年10月31日; else the reject code.

    None for a text that is no range; ``text`` is without spaces.
    """
    match = next(filter(None, (pattern.fullmatch(text) for pattern in _RANGES)), None)
    if match is None:
        return None
    said = match.groupdict()
    first = _day(said["y"], said["m"], said.get("d"))
    last = _day(said.get("y2") or said["y"], said.get("m2") or said["m"], said.get("d2"))
    if first is None or last is None or last < first:
        return "invalid_month"
    return first.replace(day=1) if (first.year, first.month) == (last.year, last.month) else "several_months"


def _day(year: str, month: str, day: str | None) -> date | None:
    try:
        return date(int(year) if len(year) > 2 else 2000 + int(year), int(month), int(day or 1))
    except ValueError:
        return None


def _checked(year: int, month: int, day: str | None) -> date | str:
    year = year if year > 99 else 2000 + year
    try:
        return date(year, month, int(day or 1)).replace(day=1)
    except ValueError:
        return "invalid_month"


def _month_of_number(value: float) -> date | str:
    """202411, 20241130 or 2024.11 typed as a number. 2024.1 was typed as 2024.1 or 2024.10: nobody can tell."""
    if value.is_integer():
        return parse_month(str(int(value)))
    text = format(value, ".15g")
    if re.fullmatch(r"(?:19|20)\d\d\.1", text):
        return "ambiguous_month"
    if re.fullmatch(r"(?:19|20)\d\d\.(?:0[1-9]|1[12])", text):
        return date(int(text[:4]), int(text[5:]), 1)
    return "invalid_month"


def _plain(text: str) -> str:
    return squeezed(text).lstrip("'")


def _is_blank(cell: Cell) -> bool:
    return cell is None or (isinstance(cell, str) and not _plain(cell))


def _whole(cell: Cell) -> str | None:
    if isinstance(cell, str):
        return _plain(cell)
    if isinstance(cell, (int, float)) and float(cell).is_integer():
        return str(int(cell))
    return None


def _year_of(cell: Cell) -> int | None:
    if isinstance(cell, datetime):
        return cell.year
    text = _whole(cell)
    match = _YEAR_ALONE.fullmatch(text) if text else None
    if match is None:
        return None
    year = int(match["y"])
    return year if year > 99 else 2000 + year


def _month_of(cell: Cell) -> int | None:
    text = _whole(cell)
    match = _MONTH_ALONE.fullmatch(text) if text else None
    return int(match["m"]) if match else None
