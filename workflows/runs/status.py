"""Month by month: what is loaded, what the folder holds beyond that, what is missing and what comes next (pure)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Literal, NamedTuple

from workflows.frozen import Frozen
from workflows.sources.candidates import Candidate
from workflows.sources.filenames import is_supplement

State = Literal["loaded", "to_load", "newer", "changed", "ambiguous", "missing", "expected", "unknown"]

NEEDS_SOMEBODY: tuple[State, ...] = ("to_load", "newer", "changed", "ambiguous", "missing")
"""States in which somebody has to do something."""


class LoadedPart(Frozen):
    """The last load of one part of a month, as the ledger has it; ``records`` and ``rejects`` of all its sheets."""

    period: date
    part: str
    load_id: str
    path: str
    sha256: str
    version: int
    records: int
    rejects: int
    committed_at: datetime
    by: str


class PartStatus(Frozen):
    """One part (empty where a month has one file) of one month.

    ``there`` are the workbooks of the folder that count: one, several of equal rank, or none. ``due`` is the day by
    which a workbook is wanted. Below WDH_OUTPUT_DIR, empty where it is not there: the ``receipt``'s page, and the
    folder of the ``problems`` that went back to the provider.
    """

    period: date
    part: str
    state: State
    loaded: LoadedPart | None = None
    there: tuple[str, ...] = ()
    version: int | None = None
    due: date | None = None
    receipt: str = ""
    problems: str = ""

    @property
    def needs_somebody(self) -> bool:
        """Whether there is something to do, or rows are still rejected."""
        return self.state in NEEDS_SOMEBODY or bool(self.loaded and self.loaded.rejects)


class Gap(NamedTuple):
    """Months without a workbook, one after the other: of ``first`` to ``last``, so many."""

    first: PartStatus
    last: PartStatus
    months: int


def with_gaps(parts: Iterable[PartStatus]) -> list[PartStatus | Gap]:
    """``parts`` in their order (oldest or newest first), of which those that are missing in a row are one."""
    runs: list[list[PartStatus]] = []
    for part in parts:
        if runs and _goes_on(runs[-1][-1], part):
            runs[-1].append(part)
        else:
            runs.append([part])
    by_month = (sorted(run, key=lambda part: part.period) for run in runs)
    return [run[0] if len(run) == 1 else Gap(run[0], run[-1], len(run)) for run in by_month]


def _goes_on(one: PartStatus, other: PartStatus) -> bool:
    months = [each.period.year * 12 + each.period.month for each in (one, other)]
    is_missing = all(each.state == "missing" and each.loaded is None for each in (one, other))
    return is_missing and one.part == other.part and abs(months[0] - months[1]) == 1


class DomainStatus(Frozen):
    """A domain's months, oldest first, as of ``day``. ``known`` is whether a database could be asked what is loaded.

    ``next_period`` is the first month that is still to come, ``next_due`` the day by which its workbook is wanted.
    """

    domain: str
    table: str
    day: date
    known: bool
    months: tuple[PartStatus, ...]
    next_period: date | None = None
    next_due: date | None = None


class Place(NamedTuple):
    """A part of a month."""

    period: date
    part: str


def domain_status(
    domain: str,
    table: str,
    day: date,
    expected_day: int | None,
    there: Mapping[Place, Sequence[Candidate]],
    digests: Mapping[str, str],
    loaded: Iterable[LoadedPart] | None,
) -> DomainStatus:
    """Every month from the first that was seen or loaded to the month of ``day``.

    ``there`` are the workbooks of equal, highest rank by part; ``digests`` the sha256 by path of those that were loaded
    before. ``loaded`` is None where no database could be asked. ``expected_day`` is the day of the following month on
    which a month's workbook is due; without one it is due when that month begins.
    """
    known = {Place(each.period, each.part): each for each in loaded or ()}
    places = {*there, *known}
    parts: dict[date, set[str]] = {}
    for place in places:
        parts.setdefault(place.period, set()).add(place.part)
    this_month = day.replace(day=1)
    months: list[PartStatus] = []
    wanted: set[str] = {""}
    for period in _months(min(parts, default=this_month), max([this_month, *parts])):
        found = parts.get(period, set())
        # A provider who reported last month is missed in this one; where nobody has, the month itself is.
        for part in sorted(found | wanted if not found or "" not in wanted else found):
            place = Place(period, part)
            months.append(
                _part(place, there.get(place, ()), digests, known.get(place), loaded is not None, day, expected_day)
            )
        # A supplement came for one month only: nobody waits for another.
        wanted = {part for part in found if not is_supplement(part)} or wanted
    coming = [each.period for each in months if each.state == "expected"]
    following = min(coming, default=_following(max(this_month, *parts) if parts else this_month))
    return DomainStatus(
        domain=domain,
        table=table,
        day=day,
        known=loaded is not None,
        months=tuple(months) if parts else (),
        next_period=following,
        next_due=due(following, expected_day),
    )


def _part(
    place: Place,
    there: Sequence[Candidate],
    digests: Mapping[str, str],
    loaded: LoadedPart | None,
    known: bool,
    day: date,
    expected_day: int | None,
) -> PartStatus:
    wanted_by = due(place.period, expected_day)
    return PartStatus(
        period=place.period,
        part=place.part,
        state=_state(there, digests, loaded, known, late=day > wanted_by),
        loaded=loaded,
        there=tuple(file.path for file in there),
        version=there[0].version if there else None,
        due=None if there or loaded else wanted_by,
    )


def _state(
    there: Sequence[Candidate], digests: Mapping[str, str], loaded: LoadedPart | None, known: bool, *, late: bool
) -> State:
    if len(there) > 1:
        return "ambiguous"
    if loaded is None:
        if there:
            return "to_load" if known else "unknown"
        return "missing" if late else "expected"
    if not there or digests.get(there[0].path) == loaded.sha256 or there[0].version < loaded.version:
        # A workbook that was moved away since, a later version among them, leaves nothing to do.
        return "loaded"
    return "changed" if there[0].path == loaded.path else "newer"


def due(period: date, expected_day: int | None) -> date:
    """The day by which a month's workbook is wanted: ``expected_day`` of the month after, or that month's last day."""
    following = _following(period)
    last = _following(following) - timedelta(days=1)
    return min(following.replace(day=min(expected_day, last.day)), last) if expected_day else following


def _following(period: date) -> date:
    return (period.replace(day=1) + timedelta(days=32)).replace(day=1)


def _months(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first = _following(first)
