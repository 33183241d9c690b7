"""How a task that people run begins and ends: it chooses once, has that loaded, and says what happened."""

from __future__ import annotations

import atexit
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from luigi.worker import KeepAliveThread

from workflows.errors import SchedulerNotFoundError, WorkflowError
from workflows.plan.run import Run
from workflows.plan.run_plan import RunPlan
from workflows.runs.collector import pass_over_what_is_there
from workflows.runs.done import is_done, mark_done
from workflows.runs.ids import check_run_id, is_run_id, make_run_id
from workflows.runs.reports import read_report, refuse_other_report, report_of
from workflows.runs.run_json import claim, hold
from workflows.settings import DatabaseSettings
from workflows.stages import Stage, measure_stages
from workflows.tasks.command_line import check_scheduler
from workflows.tasks.exit_codes import EXIT_CODES
from workflows.tasks.load_warehouse import LoadWarehouse
from workflows.tasks.run_id_parameter import HasRunId, forget_run_id
from workflows.telling.progress import note
from workflows.telling.pruning import keep_in_use
from workflows.telling.run_report import RunReport


@dataclass(frozen=True, slots=True)
class Start:
    """What was chosen, or what stands in the way: a mistake of the user's is kept for the task's ``run``, whose
    failure is reported well. Who only looks has no ``report``."""

    task: str
    choice: Run | WorkflowError
    report: RunReport | None

    def loads(self) -> list[LoadWarehouse]:
        """The load of what was chosen; none where something stands in the way."""
        return [LoadWarehouse.of(self.choice)] if isinstance(self.choice, Run) else []

    @property
    def report_path(self) -> Path:
        """Where the plan or receipt lies, or will; raises what stands in the way."""
        return report_of(self._chosen())

    @property
    def is_done(self) -> bool:
        """Whether this work was done and told under the run's id, by whichever process."""
        return isinstance(self.choice, Run) and is_done(self.choice)

    @property
    def is_refused(self) -> bool:
        """Whether something stood in the way."""
        return not isinstance(self.choice, Run)

    def tell(self) -> tuple[RunPlan, Path]:
        """Print the summary of what the load task wrote, and where that lies; raises what stands in the way."""
        try:
            run = self._chosen()
        except WorkflowError:
            # Whoever builds the task again in this process may have mended it.
            _known.pop(self.task, None)
            raise
        path = report_of(run)
        plan = read_report(path)
        if self.report is not None:
            self.report.succeed(plan, path)
        mark_done(run)
        return plan, path

    def _chosen(self) -> Run:
        if isinstance(self.choice, WorkflowError):
            raise self.choice
        return self.choice


_known: dict[str, Start] = {}


def end_build() -> None:
    """Tell what a build within a program (``luigi.build``) has left to say: the program may live on for days. Whatever
    is not done is forgotten, so that another build of it chooses anew, under an id of its own."""
    RunReport.finish_all()
    for task, begun in [*_known.items()]:
        if begun.report is not None and not begun.is_done:
            begun.report.forget()
            forget_run_id(begun.report.run)
            del _known[task]


def start(
    task: HasRunId,
    facts: Mapping[str, str],
    choose: Callable[[str], Run],
    *,
    show_sql: bool = False,
    profile: bool = False,
) -> Start:
    """The beginning of the task's run, the same for each look: its report, then what ``choose`` decides, written down
    as this run's work.

    Outside a worker (``luigi-deps``, or a program that only asks) nothing is written, and nothing reported.
    """
    known = _known.get(task.task_id)
    if known is None or (known.report is None and is_at_work()):
        chosen = known.choice if known is not None else None
        begin = _begin if is_at_work() else _look
        known = _known[task.task_id] = begin(
            task, facts, (lambda _run: chosen) if isinstance(chosen, Run) else choose, show_sql, profile
        )
    return known


def is_at_work() -> bool:
    """Whether this process is a Luigi worker; programs that but look at tasks have none."""
    # A worker's pings begin before it looks at a task, and end with it; luigi tells nobody else.
    return any(isinstance(thread, KeepAliveThread) for thread in threading.enumerate())


def _look(
    task: HasRunId, _facts: Mapping[str, str], choose: Callable[[str], Run], _show_sql: bool, _profile: bool
) -> Start:
    try:
        return Start(task.task_id, hold(choose(check_run_id(task.run_id))), None)
    except WorkflowError as error:
        return Start(task.task_id, error, None)


def _begin(
    task: HasRunId, facts: Mapping[str, str], choose: Callable[[str], Run], show_sql: bool, profile: bool
) -> Start:
    # What is not fit to name a folder is refused below, in a run with an id of its own.
    run_id = task.run_id if is_run_id(task.run_id) else make_run_id()
    if profile:
        measure_stages()
    report = RunReport.begin(task.task_id, run_id, facts, show_sql=show_sql, profile=profile)
    try:
        check_scheduler()
    except SchedulerNotFoundError as error:
        # Nothing can be scheduled; Luigi would only find that out again, and again.
        report.note_failure("scheduler", error)
        sys.exit(EXIT_CODES["scheduling_error"])
    try:
        run = claim(choose(check_run_id(task.run_id)))
        refuse_other_report(run)
    except WorkflowError as error:
        return Start(task.task_id, error, report)
    report.holds(run.id, report_of(run))
    keep_in_use(run)
    pass_over_what_is_there()
    note(run.id, event="chosen", files=len(run.workbooks))
    return Start(task.task_id, run, report)


def make_reachable(database: DatabaseSettings) -> None:
    """Raise DatabaseNotConfiguredError without a database, before any work; start the embedded one here, in the parent
    of all workers, until this process exits."""
    database.get_connection_string()
    folder = database.embedded_dir
    if folder is not None:
        # Imported here: with it comes the database's driver, which a plan without a database does not wait for.
        from workflows.warehouse import embedded

        with Stage("server"):
            embedded.start(folder)
        atexit.register(embedded.stop, folder)
