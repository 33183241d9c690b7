"""The task that people run: choose files, have them loaded (or planned), say what happened."""

from __future__ import annotations

import luigi

from workflows.plan.run import Run
from workflows.runs.choosing import choose
from workflows.runs.options import effective_plan_only, parse_options
from workflows.runs.paths import label
from workflows.settings import get_settings
from workflows.tasks.run_id_parameter import RunIdParameter
from workflows.tasks.started_task import StartedTask
from workflows.tasks.starting import Start, make_reachable, start
from workflows.telling.scheduler_page import show_status


class LoadDomain(StartedTask):
    """Plans the newest files of a domain, or of several as one, or loads them with ``--execute``.

    Files are chosen once, when the scheduler first asks for the requirements; everything below rests on that. Texts
    are checked in ``runs.options`` rather than by Luigi's parameters, for errors that a person can read.
    """

    domain: luigi.Parameter = luigi.Parameter(
        default="", description="which of the catalogue's domains: one, several (a,b), or all"
    )
    max_files: luigi.Parameter = luigi.Parameter(
        default="", description="how many files at most, newest months first; by default those of the newest month"
    )
    period: luigi.Parameter = luigi.Parameter(default="", description="2024-03, or 2024-01..2024-03")
    mode: luigi.Parameter = luigi.Parameter(default="delete_insert", description="delete_insert or append")
    sheet: luigi.Parameter = luigi.Parameter(default="", description="a sheet's name, or its index from 0")
    pk: luigi.Parameter = luigi.Parameter(default="", description="the primary key for this run: a,b,c")
    merge_key: luigi.Parameter = luigi.Parameter(default="", description="the merge key for this run: a")
    accept: luigi.Parameter = luigi.Parameter(
        default="",
        description="open gates that counted exactly this: rejects=4,deleted=50; of several domains: a.rejects=4",
    )
    accept_rejects: luigi.Parameter = luigi.Parameter(default="", description="short for --accept rejects=N")
    execute: luigi.BoolParameter = luigi.BoolParameter(
        description="load into the database; wins over --plan-only. Without it nothing is connected to"
    )
    plan_only: luigi.BoolParameter = luigi.BoolParameter(
        description="write the plan only; this is the default, and --execute overrides it"
    )
    compare: luigi.BoolParameter = luigi.BoolParameter(
        description="ask the live table which rows would be added, changed, removed or left alone; changes nothing"
    )
    max_deleted_rows: luigi.Parameter = luigi.Parameter(
        default="", description="refuse to delete more rows than this (changed rows count)"
    )
    max_deleted_ratio: luigi.Parameter = luigi.Parameter(
        default="", description="refuse to delete more than this fraction of the rows in scope: 0.2"
    )
    max_group_shrink: luigi.Parameter = luigi.Parameter(
        default="", description="refuse a group that would lose more than this fraction of its rows: 0.5"
    )
    allow_empty: luigi.BoolParameter = luigi.BoolParameter(
        description="a batch without a record is meant: the months that it replaces become empty"
    )

    show_sql: luigi.BoolParameter = luigi.BoolParameter(
        significant=False, description="print a plan's statements whole, not only where they lie"
    )

    profile: luigi.BoolParameter = luigi.BoolParameter(
        significant=False, description="measure the run's stages, and tell where its time went"
    )

    run_id: RunIdParameter = RunIdParameter()

    def run(self) -> None:
        """Report what the load task wrote."""
        plan, path = self._start.tell()
        show_status(self, f"{plan.outcome}: {plan.records:,} records\nreport: {label(path)}", 100)

    @property
    def _start(self) -> Start:
        planning = effective_plan_only(self.execute, self.plan_only)
        facts = {"Domain": self.domain, "Execute": str(not planning), "Plan-only": str(planning), "Mode": self.mode}
        facts |= {"Compare": "True"} if self.compare else {}
        return start(self, facts, self._choose, show_sql=self.show_sql, profile=self.profile)

    def _choose(self, run: str) -> Run:
        settings = get_settings()
        options = parse_options(self.param_kwargs, settings.max_files_limit)
        if options.compare or not options.plan_only:
            make_reachable(settings.database)
        return choose(run, options, settings)
