"""The task that people run: choose files, have them loaded (or planned), say what happened."""

from __future__ import annotations

import atexit

import luigi

from workflows.domains.registry import get_domain
from workflows.errors import WorkflowError
from workflows.plan.model import Plan
from workflows.settings import DatabaseSettings, get_settings
from workflows.sources.snapshot import read_snapshot
from workflows.tasks import targets
from workflows.tasks.before_forks import warm_up
from workflows.tasks.freeze import FrozenRun, freeze_run
from workflows.tasks.load_warehouse import LoadWarehouse, expected_report
from workflows.tasks.options import effective_plan_only, parse_options
from workflows.tasks.progress import note
from workflows.tasks.run_ids import RunIdParameter, check_run_id, is_run_id, make_run_id
from workflows.tasks.run_report import RunReport, failure_text
from workflows.tasks.scheduler_page import show_status
from workflows.warehouse import embedded


class LoadDomain(luigi.Task):
    """Plans the newest files of a domain, or loads them with ``--execute``.

    Files are chosen once, when the scheduler first asks for the requirements; everything below rests on that
    snapshot. Texts are checked here rather than by Luigi's parameters, for errors that a person can read.
    """

    domain: luigi.Parameter = luigi.Parameter(default="", description="which of the catalogue's domains")
    max_files: luigi.Parameter = luigi.Parameter(default="1", description="how many files at most, newest first")
    period: luigi.Parameter = luigi.Parameter(default="", description="2024-03, or 2024-01..2024-03")
    mode: luigi.Parameter = luigi.Parameter(default="delete_insert", description="delete_insert or append")
    sheet: luigi.Parameter = luigi.Parameter(default="", description="a sheet's name, or its index from 0")
    pk: luigi.Parameter = luigi.Parameter(default="", description="the primary key for this run: a,b,c")
    merge_key: luigi.Parameter = luigi.Parameter(default="", description="the merge key for this run: a")
    accept_rejects: luigi.Parameter = luigi.Parameter(
        default="", description="load although rows are rejected, if they are exactly this many"
    )
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
    allow_empty: luigi.BoolParameter = luigi.BoolParameter(
        description="a batch without a record is meant: the months that it replaces become empty"
    )

    run_id: RunIdParameter = RunIdParameter()

    def requires(self) -> list[LoadWarehouse]:
        """The load of what was chosen. A mistake of the user's is kept for ``run``, whose failure is reported well."""
        frozen = self._frozen()
        return [LoadWarehouse.of(frozen)] if isinstance(frozen, FrozenRun) else []

    def complete(self) -> bool:
        """Only once it ran in this process: every run looks at the folder and reports anew."""
        return getattr(self, "_reported", False)

    def run(self) -> None:
        """Report what the load task wrote."""
        frozen = self._frozen()
        if isinstance(frozen, WorkflowError):
            raise frozen
        path = targets.inputs(self)[0]
        plan = Plan.model_validate_json(path.read_bytes())
        self._report.succeed(plan, path)
        self._reported = True
        show_status(self, f"{plan.outcome}: {plan.records:,} records\nreport: {targets.label(path)}", 100)

    def on_failure(self, exception: BaseException) -> str:
        """What the scheduler's page shows."""
        return failure_text(exception)

    def _frozen(self) -> FrozenRun | WorkflowError:
        """What was chosen, or what stands in the way; found out once per process."""
        if not hasattr(self, "_choice"):
            # What is not fit to name a folder is refused below, in a run with an id of its own.
            run = self.run_id if is_run_id(self.run_id) else make_run_id()
            self._report = RunReport.begin(run, self._facts())
            try:
                self._choice: FrozenRun | WorkflowError = self._choose(check_run_id(self.run_id))
                self._report.expected = expected_report(self._choice)
            except WorkflowError as error:
                self._choice = error
        return self._choice

    def _choose(self, run: str) -> FrozenRun:
        settings = get_settings()
        options = parse_options(self, settings.max_files_limit)
        if options.compare or not effective_plan_only(options.execute, options.plan_only):
            make_reachable(settings.database)
        frozen = freeze_run(run, options, settings)
        warm_up(get_domain(options.domain))
        note(event="chosen", files=len(read_snapshot(targets.snapshots_dir(), frozen.snapshot).files))
        return frozen

    def _facts(self) -> dict[str, str]:
        planning = effective_plan_only(self.execute, self.plan_only)
        return {
            "Domain": self.domain,
            "Execute": str(not planning),
            "Plan-only": str(planning),
            "Mode": self.mode,
            **({"Compare": "True"} if self.compare else {}),
        }


def make_reachable(database: DatabaseSettings) -> None:
    """Fail before any work without a database; start the embedded one here, in the parent of all workers."""
    database.get_connection_string()
    folder = database.embedded_dir
    if folder is not None:
        embedded.start(folder)
        atexit.register(embedded.stop, folder)
