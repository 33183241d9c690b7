"""What a cell's number format makes of its number: a date, a duration, a percent, leading zeros (pure).

The engines disagree about this, and none of them knows the built-in formats of Chinese Excel; so they hand over bare
numbers, and these few rules say what the numbers mean.
"""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import Enum

from workflows.sources.cells import Cell, FormattedNumber
from workflows.sources.shown import PLAIN, sections_of, shows_hundredths

# Ids that a file need not spell out. 27-36 and 50-58 are the dates and times of Chinese Excel (2024年11月 is 57).
_BUILT_IN: dict[int, str] = {
    2: "0.00",
    9: "0%",
    10: "0.00%",
    11: "0.00E+00",
    48: "##0.0E+0",
    **dict.fromkeys((*range(14, 18), 22, *range(27, 32), 36, *range(50, 59)), "yyyy-mm-dd"),
    **dict.fromkeys((18, 19, 20, 21, *range(32, 36), 45, 47), "h:mm:ss"),
    46: "[h]:mm:ss",
}

# Excel's own currency formats show the sign of the reader's country, whatever the file declares.
_LOCAL_CURRENCY = frozenset((*range(5, 9), *range(37, 45)))

_LITERALS = re.compile(r'"[^"]*"|[\\!].|_.|\*.')
_BRACKETED = re.compile(r"\[[^\]]*\]")
_ELAPSED = re.compile(r"\[(?:h+|m+|s+)\]", re.IGNORECASE)
_DATE_LETTERS = re.compile(r"[ymdhs]", re.IGNORECASE)
_ERA_YEAR = re.compile(r"e(?![+-])", re.IGNORECASE)
_SCIENTIFIC = re.compile(r"[0#?]E[+-]", re.IGNORECASE)
# Zeros, also in groups as 00-00: the number is a code, and its format says how the code is written.
_ZEROS = re.compile(r"0(?:[-/ ]*0)+")

_EPOCH_1900 = datetime(1899, 12, 30)
_EPOCH_1904 = datetime(1904, 1, 1)
# The first serial after 31 December 9999, the last day that Excel shows.
_END_1900 = 2_958_466
_DAY_MILLISECONDS = 86_400_000


class Kind(Enum):
    """What becomes of a number under a format that matters."""

    DATE = "date"
    DURATION = "duration"
    SHOWN = "shown"
    HUNDREDTHS = "hundredths"


MAYBE_OCTOBER = frozenset(year + 0.1 for year in range(1990, 2100))
"""Numbers that two digits after the point make a month: 2024.1 shown as 2024.10."""


@dataclass(frozen=True, slots=True)
class NumberFormat:
    """A number format that changes what a number means."""

    code: str
    kind: Kind


def format_of(format_id: int, declared: Mapping[int, str]) -> NumberFormat | None:
    """The format of an id, as the file declares it or as Excel knows it; None when it leaves a number a number."""
    code = declared.get(format_id) or _BUILT_IN.get(format_id, "General")
    return meaning_of(code.replace("$", "") if format_id in _LOCAL_CURRENCY else code)


@functools.lru_cache(maxsize=4096)
def meaning_of(code: str) -> NumberFormat | None:
    """What ``code`` makes of a positive number; None when the number stays as it is.

    A percent sign or a unit (also as a literal), another currency, commas or a literal point that scale, matter as
    written, and so do an exponent, which shows another code than is stored, and two digits behind the point, where they
    may make a month (2024.10). Zeros with nothing but padding around them are given as the bare zeros, those with
    literals as written.
    """
    section = _first_section(code)
    if _ELAPSED.search(_LITERALS.sub("", section)):
        return NumberFormat(code, Kind.DURATION)
    bare = _BRACKETED.sub("", _LITERALS.sub("", section))
    says_more = any(shown != PLAIN for _condition, shown in sections_of(code))
    if "general" in bare.lower():
        return NumberFormat(code, Kind.SHOWN) if says_more else None
    if _DATE_LETTERS.search(bare) or ("0" not in bare and "#" not in bare and _ERA_YEAR.search(bare)):
        return NumberFormat(code, Kind.DATE)
    if says_more:
        return NumberFormat(code, Kind.SHOWN)
    if shows_hundredths(code):
        return NumberFormat(code, Kind.HUNDREDTHS)
    if _SCIENTIFIC.search(bare):
        return NumberFormat(code, Kind.SHOWN)
    if _ZEROS.fullmatch(bare.strip()):
        decorated = '"' in section or "\\" in section
        return NumberFormat(section if decorated else bare.strip(), Kind.SHOWN)
    return None


def apply_format(number: float, number_format: NumberFormat, is_1904: bool) -> Cell:
    """The cell that ``number`` is under its format.

    Serials that Excel cannot show as a date (negative, or past the year 9999) stay numbers.
    """
    if number_format.kind is Kind.HUNDREDTHS:
        return FormattedNumber(number, number_format.code) if number in MAYBE_OCTOBER else number
    if number_format.kind is Kind.SHOWN:
        return FormattedNumber(number, number_format.code)
    last = _END_1900 - (1462 if is_1904 else 0)
    if not math.isfinite(number) or not 0 <= number < last:
        return number
    if number_format.kind is Kind.DURATION:
        return timedelta(milliseconds=round(number * _DAY_MILLISECONDS))
    return _moment(number, is_1904)


def styled(number: float, style: int, formats: Sequence[NumberFormat | None], is_1904: bool) -> Cell:
    """The cell that ``number`` is under the cell style ``style``; a style that is not listed has no format."""
    number_format = formats[style] if 0 <= style < len(formats) else None
    return apply_format(number, number_format, is_1904) if number_format else number


def _moment(serial: float, is_1904: bool) -> datetime | time:
    """A date, or the time of day when the serial holds no date; to the millisecond, as Excel rounds."""
    day = int(serial)
    milliseconds = round((serial - day) * _DAY_MILLISECONDS)
    if day == 0 and milliseconds < _DAY_MILLISECONDS:
        return (_EPOCH_1904 + timedelta(milliseconds=milliseconds)).time()
    # Excel's 1900 has a 29 February (serial 60) that never was: dates before it are a day later than they count.
    if not is_1904 and day < 60:
        day += 1
    return (_EPOCH_1904 if is_1904 else _EPOCH_1900) + timedelta(days=day, milliseconds=milliseconds)


def _first_section(code: str) -> str:
    """What stands before the first ``;`` outside literals: the format of positive numbers."""
    masked = _LITERALS.sub(lambda match: "x" * len(match[0]), code)
    return code[: masked.find(";")] if ";" in masked else code
