"""Which files a run takes: the newest months, the highest version of each part (pure)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

from workflows.errors import AmbiguousVersionError, ParameterError, Words, of_both
from workflows.sources.candidates import Candidate, Discovery, Rejected
from workflows.sources.file_rules import Strategy
from workflows.sources.filenames import is_supplement
from workflows.sources.near_names import near_miss
from workflows.sources.no_files import no_files_error
from workflows.sources.periods import PeriodRange

# The files of one period by part, each part's best file first.
_Parts: TypeAlias = "dict[str, list[Candidate]]"


@dataclass(frozen=True, slots=True)
class NotChosen:
    """A file that was seen and not taken, and why.

    One that looks like a workbook of a month that the run is about, or of a later one, says the ``month``
    (``2024-11``) and the name under which it ``would_be`` taken, if one is known; else both are empty.
    """

    path: str
    reason: str
    month: str = ""
    would_be: str = ""

    @property
    def near_sentence(self) -> Words:
        """What a near miss is, and what to do."""
        rename = Words("", "")
        if self.would_be:
            rename = Words(f"; 改为此名即可: {self.would_be}", f"; a name that would be: {self.would_be}")
        return Words(
            f"{self.path} 看起来是 {self.month} 的文件, 但未选用: {of_both(self.reason).chinese}{rename.chinese}",
            f"{self.path} looks like {self.month} but is not taken: {of_both(self.reason).english}{rename.english}",
        )


@dataclass(frozen=True, slots=True)
class Selection:
    """``chosen``: newest period first, then by part. ``not_chosen``: other candidates in that order, then the rest
    by path."""

    chosen: tuple[Candidate, ...]
    not_chosen: tuple[NotChosen, ...]


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
        raise no_files_error(discovery, periods)
    by_period = ranked(wanted, strategy)
    taken = _newest_that_fit(by_period, max_files)
    chosen = [files[0] for period in taken for files in by_period[period].values()]
    _check_unambiguous((files for period in taken for files in by_period[period].values()), strategy)
    winners = {id(file) for file in chosen}
    others = sorted((file for file in discovery.candidates if id(file) not in winners), key=_listing_order)
    reasons = [NotChosen(file.path, _reason(file, by_period, taken, periods, max_files)) for file in others]
    rejected = (_not_chosen(file, discovery, taken, periods) for file in discovery.rejected)
    return Selection(tuple(chosen), (*reasons, *rejected))


def _not_chosen(file: Rejected, discovery: Discovery, taken: Sequence[date], periods: PeriodRange | None) -> NotChosen:
    near = near_miss(file, discovery)
    if near is None or not (near.month in taken or near.month > taken[0] or (periods and near.month in periods)):
        return NotChosen(file.path, file.reason)
    return NotChosen(file.path, file.reason, f"{near.month:%Y-%m}", near.would_be)


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
        needed = counted(parts)
        raise ParameterError(
            f"--max-files {max_files}: "
            + Words(
                f"{period:%Y-%m} 有 {needed} 个部分, 一个月不能拆开; "
                f"请用 --max-files {needed} ({names}), 或不写此项: 则整月选用",
                f"{period:%Y-%m} has {needed} parts, and a month is never split; "
                f"use --max-files {needed} ({names}), or leave it out: then the newest month is taken whole",
            )
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
        hint = Words("", "")
        if strategy != "latest_by_mtime":
            hint = Words(", 或在目录中写 select: latest_by_mtime", ", or set select: latest_by_mtime in the catalogue")
        listed = "; ".join(ties)
        raise AmbiguousVersionError(
            Words(
                f"文件不分先后, 无法确定用哪一个: {listed}。请移走一个, 或标明版本 (V2){hint.chinese}",
                f"files of equal rank, nothing says which one counts: {listed}. "
                f"Move one away, give it a version (V2){hint.english}",
            )
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
    return str(_why(file, by_period, taken, periods, max_files))


def _why(
    file: Candidate,
    by_period: dict[date, _Parts],
    taken: Sequence[date],
    periods: PeriodRange | None,
    max_files: int | None,
) -> Words:
    month = f"{file.period:%Y-%m}"
    if periods is not None and file.period not in periods:
        return Words(f"{month} 不在 --period {periods} 内", f"{month} is outside --period {periods}")
    if file.period not in taken:
        if max_files is None:
            return Words(
                f"{month} 早于最新一个月, 本次只取该月",
                f"{month} is older than the newest month, which is taken by itself",
            )
        return Words(
            f"{month} 早于 --max-files {max_files} 所取的月份",
            f"{month} is older than what --max-files {max_files} takes",
        )
    winner = by_period[file.period][file.part][0]
    if file.version < winner.version:
        return Words(
            f"V{file.version} 低于 V{winner.version}: {winner.path}",
            f"V{file.version} is lower than V{winner.version}: {winner.path}",
        )
    if file.in_version_folder < winner.in_version_folder:
        return Words(f"以版本文件夹中的为准: {winner.path}", f"lies beside the version folder of {winner.path}")
    return Words(f"修改时间早于 {winner.path}", f"modified earlier than {winner.path}")
