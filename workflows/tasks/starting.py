"""How a task that people run begins and ends: it chooses once, has that loaded, and says what happened."""

from __future__ import annotations

import atexit
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from workflows.errors import SchedulerNotFoundError, WorkflowError
from workflows.plan.run import Run
from workflows.plan.run_plan import RunPlan
from workflows.runs.collector import pass_over_what_is_there
from workflows.runs.ids import check_run_id, is_run_id, make_run_id
from workflows.runs.reports import read_report, refuse_other_report, report_of
from workflows.runs.run_json import claim
from workflows.settings import DatabaseSettings
from workflows.tasks.command_line import check_scheduler
from workflows.tasks.exit_codes import EXIT_CODES
from workflows.tasks.load_warehouse import LoadWarehouse
from workflows.telling.progress import note
from workflows.telling.pruning import keep_in_use
from workflows.telling.run_report import RunReport
from workflows.warehouse import embedded


@dataclass(frozen=True, slots=True)
class Start:
    """What was chosen, or what stands in the way: a mistake of the user's is kept for the task's ``run``, whose
    failure is reported well."""

    report: RunReport
    choice: Run | WorkflowError

    def loads(self) -> list[LoadWarehouse]:
        """The load of what was chosen; none where something stands in the way."""
        return [LoadWarehouse.of(self.choice)] if isinstance(self.choice, Run) else []

    def tell(self) -> tuple[RunPlan, Path]:
        """Print the summary of what the load task wrote, and where that lies; raises what stands in the way."""
        if isinstance(self.choice, WorkflowError):
            raise self.choice
        path = report_of(self.choice)
        plan = read_report(path)
        self.report.succeed(plan, path)
        return plan, path


def start(run_id: str, facts: Mapping[str, str], choose: Callable[[str], Run], *, show_sql: bool = False) -> Start:
    """Begin the run ``run_id``: its report, then what ``choose`` decides, written down as this run's work."""
    # What is not fit to name a folder is refused below, in a run with an id of its own.
    report = RunReport.begin(run_id if is_run_id(run_id) else make_run_id(), facts, show_sql=show_sql)
    try:
        check_scheduler()
    except SchedulerNotFoundError as error:
        # Nothing can be scheduled; Luigi would only find that out again, and again.
        report.note_failure("scheduler", error)
        sys.exit(EXIT_CODES["scheduling_error"])
    try:
        run = claim(choose(check_run_id(run_id)))
        refuse_other_report(run)
        report.expected = report_of(run)
    except WorkflowError as error:
        return Start(report, error)
    keep_in_use(run)
    pass_over_what_is_there()
    note(event="chosen", files=len(run.workbooks))
    return Start(report, run)


def make_reachable(database: DatabaseSettings) -> None:
    """Raise DatabaseNotConfiguredError without a database, before any work; start the embedded one here, in the parent
    of all workers, until this process exits."""
    database.get_connection_string()
    folder = database.embedded_dir
    if folder is not None:
        embedded.start(folder)
        atexit.register(embedded.stop, folder)
