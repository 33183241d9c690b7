"""What a run has to say at its end, also when it failed: one block per failed task, and the outcome.

Luigi has no event for the end of a run. Failed tasks note themselves in the run's folder (they may run in
forked workers); the process that chose the files prints them when it exits, unless the summary of a
successful run is already there.
"""

from __future__ import annotations

import atexit
import json
import os
import sys
import tempfile
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import luigi

from workflows.errors import GuardTrippedError, PlanBlockedError, WorkflowError
from workflows.plan.model import Plan
from workflows.plan.render.facts import failure_facts, summary_facts
from workflows.plan.render.terminal import render_failure, render_summary
from workflows.tasks.console import is_terminal, say, say_summary
from workflows.tasks.log_lines import show_log_lines
from workflows.tasks.progress import Progress
from workflows.tasks.reports import page_label, page_of
from workflows.tasks.summary_file import write_summary_json
from workflows.tasks.targets import run_dir

if TYPE_CHECKING:
    from workflows.tasks.progress_bars import ProgressBars

_SUMMARY, _UNSAID, _FAILURES, _TIMES = "summary.txt", "unsaid.txt", "failures.jsonl", "times.jsonl"


class RunReport:
    """The report of the run that this process (or the parent that forked it) started."""

    current: RunReport | None = None

    def __init__(self, run: str, facts: dict[str, str]) -> None:
        self.run, self.facts, self._owner = run, facts, os.getpid()
        self._bars: ProgressBars | None = None
        # Where the plan or receipt will lie, once it is known: if it is there, the run did its work.
        self.expected: Path | None = None

    @classmethod
    def begin(cls, run: str, facts: dict[str, str]) -> RunReport:
        """Make ``run`` the current one: its progress is shown, and its failure printed when this process exits."""
        report = cls(run, facts)
        cls.current = report
        atexit.register(report.finish)
        show_log_lines()
        Progress.current = Progress(report.folder)
        if is_terminal(sys.stderr):
            from workflows.tasks.progress_bars import ProgressBars

            report._bars = ProgressBars(Progress.current.path)
            report._bars.start()
        return report

    @property
    def folder(self) -> Path:
        """The run's own folder; made when first needed.

        A run whose settings are wrong, or whose output folder cannot be written, still has to report that: then
        the folder lies in the system's temporary one.
        """
        try:
            folder = run_dir(self.run)
            folder.mkdir(parents=True, exist_ok=True)
        except (WorkflowError, OSError):
            folder = Path(tempfile.gettempdir()) / f"workdatahub-{self.run}"
            folder.mkdir(exist_ok=True)
        return folder

    def succeed(self, plan: Plan, report: Path) -> None:
        """Print the summary of a run whose load task is complete, and keep it beside the run.

        ``report`` is where ``plan`` lies. A forked worker leaves the printing to the process that draws the bars.
        """
        summary = render_summary(plan, str(report), page_label(report))
        (self.folder / _SUMMARY).write_text(summary, encoding="utf-8")
        if self._bars is None or os.getpid() == self._owner:
            self._show(summary, plan, report)
        else:
            (self.folder / _UNSAID).write_text(str(report), encoding="utf-8")

    def _show(self, summary: str, plan: Plan, report: Path) -> None:
        if self._bars is not None:
            self._bars.stop()
        say_summary(summary, plan, report, page_label(report))
        write_summary_json(summary_facts(plan, str(report), str(page_of(report)) if page_of(report).exists() else None))

    def note_failure(self, task: str, error: BaseException | str) -> None:
        """Keep one failed task for the end. Only known errors are shown by their message alone."""
        known = isinstance(error, WorkflowError)
        text = str(error) if known or isinstance(error, str) else "".join(traceback.format_exception(error))
        entry = {
            "task": task,
            "message": text.rstrip(),
            "blocked": isinstance(error, (PlanBlockedError, GuardTrippedError)),
        }
        with (self.folder / _FAILURES).open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(entry, ensure_ascii=False) + "\n")

    def note_time(self, task: str, seconds: float) -> None:
        """Keep how long a task ran, whichever process ran it."""
        with (self.folder / _TIMES).open("a", encoding="utf-8") as stream:
            stream.write(json.dumps({"task": task, "seconds": round(seconds, 4)}, ensure_ascii=False) + "\n")

    def finish(self) -> None:
        """Print what failed, once, in the process that began the run; after a success only what is still unsaid."""
        if os.getpid() != self._owner:
            return
        if self._bars is not None:
            self._bars.stop()
        if (self.folder / _SUMMARY).exists():
            self._say_unsaid()
            return
        if self.expected is not None and self.expected.exists():
            self.succeed(Plan.model_validate_json(self.expected.read_bytes()), self.expected)
            return
        failures = self.folder / _FAILURES
        entries: list[dict[str, Any]] = []
        if failures.exists():
            entries = [json.loads(line) for line in failures.read_text(encoding="utf-8").splitlines()]
        summary = render_failure(self.facts, entries)
        say(summary)
        (self.folder / _SUMMARY).write_text(summary, encoding="utf-8")
        write_summary_json(failure_facts({_key(name): value for name, value in self.facts.items()}, entries))

    def _say_unsaid(self) -> None:
        unsaid = self.folder / _UNSAID
        if unsaid.exists():
            report = Path(unsaid.read_text(encoding="utf-8"))
            unsaid.unlink()
            summary = (self.folder / _SUMMARY).read_text(encoding="utf-8")
            self._show(summary, Plan.model_validate_json(report.read_bytes()), report)


def _key(name: str) -> str:
    return name.lower().replace("-", "_")


def failure_text(error: BaseException) -> str:
    """What the scheduler's page shows of a failure: the message of a known error, else the stack trace."""
    return str(error) if isinstance(error, WorkflowError) else "".join(traceback.format_exception(error))


def _note(task: luigi.Task, error: BaseException | str, *_more: Any) -> None:
    if RunReport.current is not None:
        RunReport.current.note_failure(_name(task), error)


def _note_time(task: luigi.Task, seconds: float) -> None:
    if RunReport.current is not None:
        RunReport.current.note_time(_name(task), seconds)


def _name(task: Any) -> str:
    """A task as people know it: its family and what tells it apart."""
    label = getattr(task, "file", None) or getattr(task, "domain", "")
    return f"{task.task_family} {label}".strip()


def watch(*tasks: type[luigi.Task]) -> None:
    """Have these tasks noted: how long each ran, and what failed: raised, killed, timed out, or never scheduled."""
    for kind in tasks:
        for event in (
            luigi.Event.FAILURE,
            luigi.Event.BROKEN_TASK,
            luigi.Event.PROCESS_FAILURE,
            luigi.Event.TIMEOUT,
        ):
            cast(Any, kind).event_handler(event)(_note)
        cast(Any, kind).event_handler(luigi.Event.PROCESSING_TIME)(_note_time)
