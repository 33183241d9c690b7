"""Which files a run takes: the newest months, the highest version of each part (pure)."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

from workflows.errors import AmbiguousVersionError, NoFilesFoundError, ParameterError
from workflows.sources.candidates import Candidate, Discovery
from workflows.sources.file_rules import Strategy
from workflows.sources.filenames import is_supplement

_PERIOD = re.compile(r"(\d{4})-(\d{1,2})", re.ASCII)
# How many near misses an error names before it only counts them.
_NAMED = 5

# The files of one period by part, each part's best file first.
_Parts: TypeAlias = "dict[str, list[Candidate]]"


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


@dataclass(frozen=True, slots=True)
class NotChosen:
    """A file that was seen and not taken, and why."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class Selection:
    """``chosen``: newest period first, then by part. ``not_chosen``: other candidates in that order, then the rest
    by path."""

    chosen: tuple[Candidate, ...]
    not_chosen: tuple[NotChosen, ...]


def parse_periods(text: str) -> PeriodRange:
    """``2024-03`` or ``2024-01..2024-03`` (both months included).

    Raises ParameterError for anything else, and for a range that ends before it begins.
    """
    first, dots, last = text.strip().partition("..")
    months = [_month(part) for part in ((first, last) if dots else (first, first))]
    if months[0] is None or months[1] is None:
        raise ParameterError(f"--period: a month such as 2024-03, or 2024-01..2024-03, wanted; {text!r} found")
    if months[0] > months[1]:
        raise ParameterError(f"--period: {text!r} ends before it begins")
    return PeriodRange(months[0], months[1])


def _month(text: str) -> date | None:
    match = _PERIOD.fullmatch(text.strip())
    if match is None or int(match[1]) == 0 or not 1 <= int(match[2]) <= 12:
        return None
    return date(int(match[1]), int(match[2]), 1)


def select(
    discovery: Discovery, strategy: Strategy, periods: PeriodRange | None, max_files: int | None = None
) -> Selection:
    """The files of the newest months (within ``periods``, if given), at most ``max_files`` in all; without a number
    those of the newest month, however many parts it has.

    Per month and part the highest version wins, under every strategy: a restatement is never passed over because
    its predecessor was touched later; a version folder wins over what lies beside it. ``latest_by_mtime`` then takes
    the file modified last; the others have nothing left to decide by. A month is never split: months are taken newest
    first until one does not fit, and none after it. Supplements come with their month and do not count. A tie matters
    only in a month that is taken.

    Raises NoFilesFoundError (naming folder, pattern and nearest misses), AmbiguousVersionError naming the files
    that tie, and ParameterError when the newest month alone has more parts than ``max_files``.
    """
    wanted = [file for file in discovery.candidates if periods is None or file.period in periods]
    if not wanted:
        raise _no_files(discovery, periods)
    by_period = ranked(wanted, strategy)
    taken = _newest_that_fit(by_period, max_files)
    chosen = [files[0] for period in taken for files in by_period[period].values()]
    _check_unambiguous((files for period in taken for files in by_period[period].values()), strategy)
    winners = {id(file) for file in chosen}
    others = sorted((file for file in discovery.candidates if id(file) not in winners), key=_listing_order)
    reasons = [NotChosen(file.path, _reason(file, by_period, taken, periods, max_files)) for file in others]
    rejected = (NotChosen(file.path, file.reason) for file in discovery.rejected)
    return Selection(tuple(chosen), (*reasons, *rejected))


def ranked(files: Iterable[Candidate], strategy: Strategy) -> dict[date, _Parts]:
    """Periods newest first, parts in order, and in each part the winner first."""
    in_order = sorted(files, key=lambda file: file.path)
    in_order.sort(key=lambda file: _rank(file, strategy), reverse=True)
    in_order.sort(key=lambda file: (-file.period.toordinal(), file.part))
    periods: dict[date, _Parts] = {}
    for file in in_order:
        periods.setdefault(file.period, {}).setdefault(file.part, []).append(file)
    return periods


def _rank(file: Candidate, strategy: Strategy) -> tuple[int, bool, int]:
    return file.version, file.in_version_folder, file.mtime_ns if strategy == "latest_by_mtime" else 0


def best(files: Sequence[Candidate], strategy: Strategy) -> list[Candidate]:
    """Of a part's files, the winner first, those that rank as high as it: several if nothing says which one counts."""
    return [file for file in files if _rank(file, strategy) == _rank(files[0], strategy)]


def _listing_order(file: Candidate) -> tuple[int, str, int, str]:
    return -file.period.toordinal(), file.part, -file.version, file.path


def _newest_that_fit(by_period: dict[date, _Parts], max_files: int | None) -> list[date]:
    if max_files is None:
        return [next(iter(by_period))]
    taken: list[date] = []
    count = 0
    for period, parts in by_period.items():
        count += counted(parts)
        if count > max_files:
            break
        taken.append(period)
    if not taken:
        period, parts = next(iter(by_period.items()))
        names = ", ".join(files[0].path for files in parts.values())
        raise ParameterError(
            f"--max-files {max_files}: {period:%Y-%m} has {counted(parts)} parts, and a month is never split; "
            f"use --max-files {counted(parts)} ({names}), or leave it out: then the newest month is taken whole"
        )
    return taken


def counted(parts: Iterable[str]) -> int:
    """How many files of a month count; one that has nothing but a supplement is a file, too."""
    return max(1, sum(not is_supplement(part) for part in parts))


def _check_unambiguous(parts: Iterable[Sequence[Candidate]], strategy: Strategy) -> None:
    ties = []
    for files in parts:
        tied = best(files, strategy)
        if len(tied) > 1:
            ties.append(f"{_label(files[0])}: {' and '.join(file.path for file in tied)}")
    if ties:
        hint = "" if strategy == "latest_by_mtime" else ", or set select: latest_by_mtime in the catalogue"
        raise AmbiguousVersionError(
            f"files of equal rank, nothing says which one counts: {'; '.join(ties)}. "
            f"Move one away, give it a version (V2){hint}"
        )


def _label(file: Candidate) -> str:
    return f"{file.period:%Y-%m}{f' {file.part}' if file.part else ''} V{file.version}"


def _reason(
    file: Candidate,
    by_period: dict[date, _Parts],
    taken: Sequence[date],
    periods: PeriodRange | None,
    max_files: int | None,
) -> str:
    if periods is not None and file.period not in periods:
        return f"{file.period:%Y-%m} is outside --period {periods}"
    if file.period not in taken:
        most = (
            "the newest month, which is taken by itself" if max_files is None else f"what --max-files {max_files} takes"
        )
        return f"{file.period:%Y-%m} is older than {most}"
    winner = by_period[file.period][file.part][0]
    if file.version < winner.version:
        return f"V{file.version} is lower than V{winner.version}: {winner.path}"
    if file.in_version_folder < winner.in_version_folder:
        return f"lies beside the version folder of {winner.path}"
    return f"modified earlier than {winner.path}"


def _no_files(discovery: Discovery, periods: PeriodRange | None) -> NoFilesFoundError:
    wanted = "" if periods is None else f" of {periods} (--period)"
    nearest = [*_nearest_months(discovery, periods), *_near_misses(discovery)]
    if not nearest:
        nearest = [f"no workbook of any name there; {len(discovery.rejected)} other file(s) and folder(s) seen"]
    lines = [
        f"{discovery.folder}: no file{wanted} matches the domain's pattern",
        *(f"  {line}" for line in nearest),
        *(line for name, text in discovery.rules.patterns for line in (f"  {name}:", textwrap.indent(text, "    "))),
    ]
    return NoFilesFoundError("\n".join(lines))


def _nearest_months(discovery: Discovery, periods: PeriodRange | None) -> list[str]:
    """The months next to the wanted ones; none when nothing is dated."""
    if periods is None or not discovery.candidates:
        return []
    months = sorted(
        {file.period for file in discovery.candidates},
        key=lambda month: min(abs(month - periods.first), abs(month - periods.last)),
    )
    return [f"nearest months: {', '.join(f'{month:%Y-%m}' for month in months[:_NAMED])}"]


def _near_misses(discovery: Discovery) -> list[str]:
    near = sorted((file for file in discovery.rejected if file.nearness), key=lambda file: -file.nearness)
    lines = [f"{file.path}: {file.reason}" for file in near[:_NAMED]]
    return [*lines, f"and {len(near) - _NAMED} more"] if len(near) > _NAMED else lines
