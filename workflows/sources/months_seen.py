"""The files that were seen, month by month: which version counts, what is missing in between (pure)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from workflows.sources.candidates import Candidate, Discovery
from workflows.sources.selection import Selection


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


def months_seen(discovery: Discovery, selection: Selection | None) -> list[SeenMonth]:
    """Every month from the first to the last one seen, oldest first; in each, parts in order, highest version first.

    Without a selection (nothing could be chosen) no file is chosen. No dated file, no month.
    """
    reasons = {left.path: left.reason for left in selection.not_chosen} if selection else {}
    chosen = {file.path for file in selection.chosen} if selection else set[str]()
    by_month: dict[date, list[SeenFile]] = {}
    for file in sorted(discovery.candidates, key=lambda file: (file.part, -file.version, file.path)):
        reason = "" if file.path in chosen else reasons.get(file.path, "nothing could be chosen")
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
