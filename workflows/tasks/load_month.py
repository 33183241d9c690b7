"""One month of some domains, loaded unless the ledger has it as the folder does: what backfills are made of."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING

from workflows.errors import SourceFolderNotFoundError, WorkflowError
from workflows.plan.render.lines import Line
from workflows.runs.choosing import catalogue
from workflows.runs.ids import make_run_id
from workflows.settings import get_settings
from workflows.sources.domain_names import ALL, named_domains
from workflows.sources.periods import parse_periods
from workflows.tasks.load_domain import LoadDomain
from workflows.tasks.parameters import DOMAINS, MONTHS, FlagParameter, OneMonthParameter, TextParameter
from workflows.tasks.shown_task import ShownTask
from workflows.tasks.starting import is_at_work
from workflows.telling.console import say_lines
from workflows.telling.run_report import RunReport

if TYPE_CHECKING:
    from workflows.runs.status import DomainStatus, State

_TO_LOAD: tuple[State, ...] = ("to_load", "newer", "changed", "ambiguous", "unknown")
"""Months with a workbook that the ledger does not have; a run of one that is ambiguous says so and fails."""


class LoadMonth(ShownTask):
    """Plans what is missing of a month, or loads it with ``--execute``: a run for each domain. For
    ``luigi.tools.range`` (RangeMonthly), too."""

    month: OneMonthParameter = OneMonthParameter("the month; has to be given")
    domain: TextParameter = TextParameter(DOMAINS, "which of the catalogue's domains; default: all", default=ALL)
    execute: FlagParameter = FlagParameter("load; without it nothing is changed")

    @property
    def priority(self) -> int:  # type: ignore[override] # Luigi asks each task; it declares what most of them say
        """Higher for earlier months, and Luigi passes it on to what is required: a month is held against the one before
        it, which should be there by then."""
        return 12 * (date.max.year - self.month.year) + 12 - self.month.month

    def requires(self) -> list[LoadDomain]:
        """A run for each domain of which the month is missing; none if nothing is."""
        found = standing(self.domain)
        if isinstance(found, WorkflowError):
            return []
        return [
            LoadDomain(domain=each.domain, period=f"{self.month:%Y-%m}", execute=self.execute)
            for each in found
            if any(part.period == self.month and part.state in _TO_LOAD for part in each.months)
        ]

    def complete(self) -> bool:
        """Once each of them is done: what is missing was decided at the process's start, and stays so."""
        if isinstance(standing(self.domain), WorkflowError):
            return False
        return all(load.complete() for load in self.requires())

    def run(self) -> None:
        """Raise what kept the decision from being made."""
        _raise(standing(self.domain))


class Backfill(ShownTask):
    """The months of ``--period``, oldest first; says at its start which of them are missing."""

    period: TextParameter = TextParameter(MONTHS, "which months, both ends included; has to be given")
    domain: TextParameter = TextParameter(DOMAINS, "which of the catalogue's domains; default: all", default=ALL)
    execute: FlagParameter = FlagParameter("load; without it nothing is changed")

    def requires(self) -> list[LoadMonth]:
        """A task for each month that was seen or loaded."""
        months = self._months
        return (
            []
            if isinstance(months, WorkflowError)
            else [LoadMonth(month=month, domain=self.domain, execute=self.execute) for month in months]
        )

    def complete(self) -> bool:
        """Once each month is."""
        return not isinstance(self._months, WorkflowError) and all(month.complete() for month in self.requires())

    def run(self) -> None:
        """Raise what kept the decision from being made."""
        _raise(self._months)

    @functools.cached_property
    def _months(self) -> list[date] | WorkflowError:
        try:
            periods = parse_periods(self.period)
        except WorkflowError as error:
            _report(self, error)
            return error
        found = standing(self.domain)
        if isinstance(found, WorkflowError):
            _report(self, found)
            return found
        if is_at_work():
            say_lines(line for each in found for line in _lines(each, [*_within(each, self.period)]))
        return sorted({part.period for each in found for part in each.months if part.period in periods})


@functools.cache
def standing(domains: str) -> list[DomainStatus] | WorkflowError:
    """How ``domains`` stand, ledger against folder, as this process saw it first; or what kept that from being seen."""
    # Imported here, as it asks the database: Luigi imports every task for each command.
    from workflows.telling.status import statuses

    try:
        found: list[DomainStatus] = []
        names, settings = named_domains(domains, catalogue()), get_settings()
        for name in names:
            try:
                found += statuses([name], settings, date.today())
            except SourceFolderNotFoundError:
                # Of all domains those without a folder have nothing to load.
                if domains != ALL:
                    raise
        return found
    except WorkflowError as error:
        return error


def _within(status: DomainStatus, period: str) -> Iterator[tuple[date, str, State]]:
    periods = parse_periods(period)
    return ((part.period, part.part, part.state) for part in status.months if part.period in periods)


def _lines(status: DomainStatus, months: list[tuple[date, str, State]]) -> Iterator[Line]:
    from workflows.telling.status import WORDS

    count = sum(state in _TO_LOAD for _, _, state in months)
    yield Line(f"{status.domain} → {status.table}: 待载入 to load: {count}", "strong")
    for month, part, state in months:
        zh, en, style = WORDS[state]
        yield Line(f"  {month:%Y-%m}{f' {part}' if part else ''}  {zh} {en}", style)


def _report(task: Backfill, error: WorkflowError) -> None:
    if is_at_work():
        facts = {"Domain": str(task.domain), "Period": str(task.period), "Execute": str(task.execute)}
        RunReport.begin(task.task_id, make_run_id(), facts).note_failure(task.task_family, error)


def _raise(found: object) -> None:
    if isinstance(found, WorkflowError):
        raise found
