"""The task that people run: choose files, have them loaded (or planned), say what happened."""

from __future__ import annotations

from workflows.plan.gates import COUNTS
from workflows.plan.load_spec import MODES
from workflows.plan.run import Run
from workflows.runs.choosing import choose
from workflows.runs.options import effective_plan_only, parse_options
from workflows.runs.paths import label
from workflows.settings import get_settings
from workflows.sources.keys import NO_KEY
from workflows.tasks.parameters import ACCEPTED, COLUMNS, DOMAINS, FRACTION, MONTHS, FlagParameter, TextParameter
from workflows.tasks.run_id_parameter import RunIdParameter
from workflows.tasks.started_task import StartedTask
from workflows.tasks.starting import Start, make_reachable, start
from workflows.telling.scheduler_page import show_status


class LoadDomain(StartedTask):
    """Plans the newest files of a domain, or of several as one, or loads them with ``--execute``.

    Files are chosen once, when the scheduler first asks for the requirements; everything below rests on that. Texts
    are checked in ``runs.options``.
    """

    domain: TextParameter = TextParameter(DOMAINS, "which of the catalogue's domains; has to be given")
    max_files: TextParameter = TextParameter(
        "N",
        "how many files at most, newest first: from 1 to WDH_MAX_FILES_LIMIT; default: those of the newest month",
    )
    period: TextParameter = TextParameter(MONTHS, "which months, both ends included; default: the newest month")
    mode: TextParameter = TextParameter(
        f"{{{','.join(MODES)}}}",
        "replace the rows in scope, or add rows once; default: delete_insert",
        default="delete_insert",
    )
    sheet: TextParameter = TextParameter("NAME|N", "a sheet's name, or its index from 0; default: the catalogue's")
    pk: TextParameter = TextParameter(
        f"{COLUMNS}|{NO_KEY}", "the primary key for this run; none: rows have no key; default: the catalogue's"
    )
    merge_key: TextParameter = TextParameter(COLUMNS, "the merge key for this run; default: the catalogue's")
    accept: TextParameter = TextParameter(
        ACCEPTED,
        "open the gates that counted exactly this; of several domains: a.rejects=4. Gates count " + ", ".join(COUNTS),
    )
    accept_rejects: TextParameter = TextParameter("N", "short for --accept rejects=N")
    execute: FlagParameter = FlagParameter(
        "load into the database; wins over --plan-only. Without it nothing is connected to"
    )
    plan_only: FlagParameter = FlagParameter("write the plan only; this is the default, and --execute overrides it")
    compare: FlagParameter = FlagParameter(
        "ask the live table which rows would be added, changed, removed or left alone; changes nothing"
    )
    max_deleted_rows: TextParameter = TextParameter(
        "N", "refuse to delete more rows than this, changed rows included; default: the catalogue's"
    )
    max_deleted_ratio: TextParameter = TextParameter(
        FRACTION, "refuse to delete more than this fraction of the rows in scope, from 0 to 1; default: the catalogue's"
    )
    max_group_shrink: TextParameter = TextParameter(
        FRACTION,
        "refuse a group that would lose more than this fraction of its rows, from 0 to 1; default: the catalogue's",
    )
    allow_empty: FlagParameter = FlagParameter(
        "a batch without a record is meant: the months that it replaces become empty"
    )

    show_sql: FlagParameter = FlagParameter(
        "print a plan's statements whole, not only where they lie", significant=False
    )

    profile: FlagParameter = FlagParameter("measure the run's stages, and tell where its time went", significant=False)

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
