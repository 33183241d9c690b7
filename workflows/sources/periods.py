"""The months that a run is asked for (pure)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from workflows.errors import ParameterError, Words

_PERIOD = re.compile(r"(\d{4})-(\d{1,2})", re.ASCII)


@dataclass(frozen=True, slots=True)
class PeriodRange:
    """The months ``first`` to ``last``, both included; each is the first day of its month."""

    first: date
    last: date

    def __contains__(self, period: date) -> bool:
        return self.first <= period <= self.last

    def __str__(self) -> str:
        first, last = f"{self.first:%Y-%m}", f"{self.last:%Y-%m}"
        return first if first == last else f"{first}..{last}"


def parse_periods(text: str) -> PeriodRange:
    """``2024-03`` or ``2024-01..2024-03`` (both months included).

    Raises ParameterError for anything else, and for a range that ends before it begins.
    """
    first, dots, last = text.strip().partition("..")
    months = [_month(part) for part in ((first, last) if dots else (first, first))]
    if months[0] is None or months[1] is None:
        raise ParameterError(
            "--period: "
            + Words(
                f"应为 2024-03 这样的月份, 或 2024-01..2024-03, 而不是 {text!r}",
                f"a month such as 2024-03, or 2024-01..2024-03, wanted; {text!r} found",
            )
        )
    if months[0] > months[1]:
        raise ParameterError("--period: " + Words(f"{text!r} 的终月早于始月", f"{text!r} ends before it begins"))
    return PeriodRange(months[0], months[1])


def _month(text: str) -> date | None:
    match = _PERIOD.fullmatch(text.strip())
    if match is None or int(match[1]) == 0 or not 1 <= int(match[2]) <= 12:
        return None
    return date(int(match[1]), int(match[2]), 1)
