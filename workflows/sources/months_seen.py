"""The files that were seen, month by month: which version counts, what is missing in between (pure)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from workflows.frozen import Frozen
from workflows.sources.candidates import Candidate, Discovery
from workflows.sources.periods import PeriodRange
from workflows.sources.selection import Selection, counted


@dataclass(frozen=True, slots=True)
class SeenFile:
    """A dated file; ``reason`` says why it was not chosen, and is empty for a chosen one."""

    file: Candidate
    reason: str

    @property
    def is_chosen(self) -> bool:
        """Whether this run takes it."""
        return not self.reason


@dataclass(frozen=True, slots=True)
class SeenMonth:
    """A month between the first and the last one seen; without files it is a gap."""

    period: date
    files: tuple[SeenFile, ...]

    @property
    def state(self) -> str:
        """``chosen``, ``there`` (seen, not taken by this run) or ``gap``."""
        if not self.files:
            return "gap"
        return "chosen" if any(seen.is_chosen for seen in self.files) else "there"


class LeftOut(Frozen):
    """The months that were asked for by name and are not in the run, oldest first: those whose files ``max_files`` left
    no room for, and those without a file. With ``files_needed`` files all of the former would have been taken."""

    not_taken: tuple[date, ...] = ()
    without_file: tuple[date, ...] = ()
    max_files: int | None = None
    files_needed: int = 0


def left_out(discovery: Discovery, selection: Selection, periods: PeriodRange | None, max_files: int | None) -> LeftOut:
    """What of ``periods`` is not in ``selection``; nothing where no months were asked for."""
    if periods is None:
        return LeftOut()
    seen: dict[date, set[str]] = {}
    for file in discovery.candidates:
        if file.period in periods:
            seen.setdefault(file.period, set()).add(file.part)
    taken = {file.period for file in selection.chosen}
    asked = _months(periods.first, periods.last)
    return LeftOut(
        not_taken=tuple(month for month in asked if month in seen and month not in taken),
        without_file=tuple(month for month in asked if month not in seen),
        max_files=max_files,
        files_needed=sum(map(counted, seen.values())),
    )


def month_ranges(months: Sequence[date]) -> str:
    """``2024-01..2024-03, 2024-05``: months in order, those that follow each other as a range."""
    ranges: list[list[date]] = []
    for month in months:
        if ranges and _months(ranges[-1][-1], month)[1:] == [month]:
            ranges[-1].append(month)
        else:
            ranges.append([month])
    return ", ".join(str(PeriodRange(each[0], each[-1])) for each in ranges)


def months_seen(discovery: Discovery, selection: Selection | None) -> list[SeenMonth]:
    """Every month from the first to the last one seen, oldest first; in each, parts in order, highest version first.

    Without a selection (nothing could be chosen) no file is chosen. No dated file, no month.
    """
    reasons = {left.path: left.reason for left in selection.not_chosen} if selection else {}
    chosen = {file.path for file in selection.chosen} if selection else set[str]()
    by_month: dict[date, list[SeenFile]] = {}
    for file in sorted(discovery.candidates, key=lambda file: (file.part, -file.version, file.path)):
        reason = "" if file.path in chosen else reasons.get(file.path, "无法选定 / nothing could be chosen")
        by_month.setdefault(file.period, []).append(SeenFile(file, reason))
    if not by_month:
        return []
    return [SeenMonth(month, tuple(by_month.get(month, ()))) for month in _months(min(by_month), max(by_month))]


def gaps(months: Sequence[SeenMonth]) -> list[date]:
    """The months without a file, oldest first."""
    return [month.period for month in months if not month.files]


def _months(first: date, last: date) -> list[date]:
    numbers = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
    return [date(number // 12, number % 12 + 1, 1) for number in numbers]
