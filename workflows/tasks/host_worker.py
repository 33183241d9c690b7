"""Luigi's worker, as one of several hosts that share a run.

Luigi's own leaves as soon as another host works on what it waits for, and calls that not run; a task whose host died
stays failed; and a luigid that is away for two seconds ends it. This one judges a run by what lies in its folder.
"""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import luigi
from luigi.cmdline_parser import CmdlineParser
from luigi.interface import _WorkerSchedulerFactory
from luigi.task_status import DONE, FAILED, PENDING
from luigi.worker import Worker

from workflows import outputs
from workflows.errors import RunLeftError, SchedulerNotFoundError, Words
from workflows.tasks.exit_codes import EXIT_CODES
from workflows.tasks.shared_scheduler import LossyReporter, SharedScheduler
from workflows.tasks.started_task import StartedTask
from workflows.tasks.starting import end_build
from workflows.telling.run_report import RunReport

_Worker: Any = Worker  # luigi has no types
_BETWEEN_LOOKS_S = 2.0
_SECRET = re.compile(r"(?<=://)[^/@\s]*@")
# Whoever asks luigid so often for work that it does not give will not be given any.
_MOST_ASKED_IN_VAIN = 3
_LEFT = Words(
    "本主机已退出, 运行尚未完成; 其他主机可能仍在运行, 结果见该运行的 summary.txt; 用同一 --run-id 可再次加入",
    "this host left it before it was done; others may still be at work, its summary.txt will tell; the same command "
    "with this --run-id joins it again",
)


def share_runs() -> None:
    """Have every worker that Luigi makes from now on, for a command or for ``luigi.build``, be a HostWorker."""
    factory: Any = _WorkerSchedulerFactory
    factory.create_worker = lambda _self, scheduler, worker_processes, assistant=False: HostWorker(
        scheduler=scheduler, worker_processes=worker_processes, assistant=assistant
    )
    factory.create_remote_scheduler = lambda _self, url: SharedScheduler(url)


class HostWorker(_Worker):  # type: ignore[misc]
    """Waits until the runs that it was given are done by whichever host, and takes up what others leave undone.

    A task that failed elsewhere, or whose host died, is tried here once: what kept that host from it (a folder that it
    cannot read, a full disk) may be no trouble here. A host that failed a task itself leaves when nothing else is left
    to do. With a local scheduler it is Luigi's own.
    """

    _scheduler: Any
    _add_task_history: list[tuple[luigi.Task, str, bool]]

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self._is_shared = isinstance(self._scheduler, SharedScheduler)
        self._roots: list[luigi.Task] = []
        self._refused: list[StartedTask] = []
        self._failed: list[luigi.Task] = []
        self._is_running, self._looked_at, self._asked_in_vain = False, 0.0, 0

    def __enter__(self) -> HostWorker:
        patient = self._scheduler
        # A ping that waits keeps tasks from being forked meanwhile.
        self._scheduler = patient.brief() if self._is_shared else patient
        try:
            super().__enter__()
        finally:
            self._scheduler = patient
        return self

    def __exit__(self, kind: Any, error: Any, trace: Any) -> Any:
        left = super().__exit__(kind, error, trace)
        # A command's last words come at its end, below Luigi's own; so do those of whoever was interrupted.
        if kind is None and cast(Any, CmdlineParser).get_instance() is None:
            end_build()
        return left

    def _email_error(self, *what: Any, **more: Any) -> None:
        # Luigi quotes the command line, which may name luigid's address with a password.
        given, sys.argv = sys.argv, [_SECRET.sub("", word) for word in sys.argv]
        try:
            super()._email_error(*what, **more)
        finally:
            sys.argv = given

    def add(self, task: luigi.Task, multiprocess: bool = False, processes: int = 0) -> bool:
        """As Luigi's."""
        if not self._is_running:
            self._roots.append(task)
        with self._luigid_needed():
            return bool(super().add(task, multiprocess, processes))

    def run(self) -> bool:
        """Whether everything is done, by whichever host."""
        if not self._is_shared:
            return bool(super().run())
        self._is_running, succeeded = True, False
        with self._luigid_needed():
            succeeded = bool(super().run())
        if self._count_others_work():
            return True
        if not self._failed and not self._refused:
            self._say_left()
        return succeeded

    @contextmanager
    def _luigid_needed(self) -> Iterator[None]:
        """A luigid that is gone for good ends the command, unless nothing was left to be done."""
        try:
            yield
        except SchedulerNotFoundError as error:
            if self._is_running:
                self._tell_what_is_there()
                if not self._unfinished():
                    return
            for task in self._unfinished():
                _report_failure(task, "scheduler", error)
            # Whoever builds tasks in a program of theirs gets the exception.
            if cast(Any, CmdlineParser).get_instance() is None:
                raise
            sys.exit(EXIT_CODES["scheduling_error"])

    def _tell_what_is_there(self) -> None:
        """What is loaded is loaded, and said, with nobody to ask for the last task."""
        for task in self._unfinished():
            if outputs.exists(Path(task.output().path)):
                task.run()

    def _say_left(self) -> None:
        """Why nothing can be said of the runs that are not done, although nothing failed here."""
        for task in self._unfinished():
            _report_failure(task, str(task.task_family), RunLeftError(f"run {task.run_id}: {_LEFT}"))

    def _unfinished(self) -> list[StartedTask]:
        """The runs that this worker was given and that no host has done yet."""
        return [
            task
            for task in self._scheduled_tasks.values()
            if isinstance(task, StartedTask) and task not in self._refused and not task.complete()
        ]

    def _add(self, task: luigi.Task, is_complete: Any) -> Iterator[luigi.Task]:
        if self._is_shared and is_complete is False and isinstance(task, StartedTask) and task.is_refused:
            # luigid is not told: to it this is the task of all hosts, and others may have begun the run well.
            self._refused.append(task)
            self._scheduled_tasks[task.task_id] = task
            self._create_task_process(task).run()
            self._add_task_history += [(task, PENDING, True), (task, FAILED, True)]
            return
        yield from super()._add(task, is_complete)

    def _add_task(self, *args: Any, **kwargs: Any) -> None:
        task = self._scheduled_tasks.get(kwargs["task_id"])
        if kwargs["status"] == FAILED and task is not None and task not in self._failed:
            self._failed.append(task)
        super()._add_task(*args, **kwargs)

    def _create_task_process(self, task: luigi.Task) -> Any:
        process: Any = super()._create_task_process(task)
        if self._is_shared:
            process.status_reporter = LossyReporter(process.status_reporter)
        return process

    def _keep_alive(self, get_work_response: Any) -> bool:
        if not self._is_shared or self._assistant or not (unfinished := self._unfinished()):
            return bool(super()._keep_alive(get_work_response))
        if self._stop_requesting_work or self._refused or not all(map(_is_complete, self._failed)):
            return False
        if time.monotonic() - self._looked_at < _BETWEEN_LOOKS_S:
            return True
        self._looked_at = time.monotonic()
        return self._take_up(unfinished, get_work_response)

    def _take_up(self, unfinished: list[StartedTask], given: Any) -> bool:
        """Ask for what others left undone; whether there is anything to wait for."""
        # luigid looks only once a minute, or when it is asked, which of its workers are silent.
        self._scheduler.prune()
        left = {name for task in unfinished for name in self._scheduler.task_list(FAILED, "", search=task.run_id)}
        again = [self._scheduled_tasks[name] for name in left if name in self._scheduled_tasks]
        if again or given.running_tasks:
            self._asked_in_vain = 0
        elif self._asked_in_vain >= _MOST_ASKED_IN_VAIN:
            # What is pending may be given yet, as by a luigid that was told to pause.
            return bool(given.n_pending_tasks)
        else:
            # A luigid that was restarted may have forgotten all of it.
            self._asked_in_vain += 1
            again = list(self._roots)
        for task in again:
            super().add(task)
        return True

    def _count_others_work(self) -> bool:
        """Let Luigi's summary and exit code count as complete what other hosts did; whether that is everything."""
        if self._refused or self._unfinished():
            return False
        done_here = {task for task, status, _ in self._add_task_history if status == DONE}
        others = {task for task, *_ in self._add_task_history if task not in done_here}
        by_others = [task for task in others if self._is_done(task)]
        kept = [entry for entry in self._add_task_history if entry[0] not in by_others]
        root = self._add_task_history[0][0]
        told = [(task, DONE, False) for task in sorted(by_others, key=lambda task: task is not root)]
        self._add_task_history = told + kept if root in by_others else kept + told
        # Where Luigi looks up what others were still at.
        self._get_work_response_history.clear()
        return len(by_others) == len(others)

    def _is_done(self, task: luigi.Task) -> bool:
        # Those of a run that is done are: to look at each of ten thousand takes a while.
        runs = {task.run_id for task in self._scheduled_tasks.values() if isinstance(task, StartedTask)}
        return getattr(task, "run_id", None) in runs or _is_complete(task)


def _is_complete(task: Any) -> bool:
    return bool(task.complete())


def _report_failure(task: StartedTask, what: str, error: Exception) -> None:
    report = RunReport.of.get(str(task.task_id))
    if report is not None:
        report.note_failure(what, error)
