"""What a run has to say at its end, also when it failed: one block per failed task, and the outcome.

Luigi has no event for the end of a run. Failed tasks note themselves in the run's folder (they may run in
forked workers); the process that chose the files prints them when it exits, unless the summary of a
successful run is already there.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import json
import logging
import os
import secrets
import socket
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from workflows import outputs
from workflows.errors import OutputError, WorkflowError
from workflows.plan.render.facts import Failure, failure_facts, run_facts
from workflows.plan.render.lines import Line, plain
from workflows.plan.render.run_summary import run_summary
from workflows.plan.render.summary import failure
from workflows.plan.run_plan import RunPlan
from workflows.runs.paths import run_dir
from workflows.runs.reports import page_label, page_of, read_report, script_of
from workflows.settings import get_settings
from workflows.telling.console import is_terminal, say_lines
from workflows.telling.failures import Failures, failure_of
from workflows.telling.index import add_to_index, of_failures, of_plan
from workflows.telling.log_lines import show_log_lines
from workflows.telling.profile import keep_stages, read_profile
from workflows.telling.progress import Progress
from workflows.telling.pruning import prune
from workflows.telling.summary_file import write_summary_json

if TYPE_CHECKING:
    from workflows.telling.progress_bars import ProgressBars

_SUMMARY, _TIMES, _PROFILE = "summary.txt", "times.jsonl", "profile.json"
# In the process's own folder: where the report lies that a worker told of, or left to be told.
_TOLD, _UNSAID = "told.txt", "unsaid.txt"

_log = logging.getLogger(__name__)


class RunReport:
    """The report of the run that this process (or the parent that forked it) started.

    Several processes, on several hosts, may work on one run: what each has seen lies in a folder of its own there.
    """

    of: ClassVar[dict[str, RunReport]] = {}
    """Those that this process began: by the task that began it, and by the id of the run whose work it holds."""
    _begun: ClassVar[list[RunReport]] = []
    # One at a time: two would draw over each other.
    _drawing: ClassVar[RunReport | None] = None

    def __init__(self, run: str, facts: Mapping[str, str], *, show_sql: bool = False, profile: bool = False) -> None:
        self.run, self.facts, self._owner, self._show_sql = run, facts, os.getpid(), show_sql
        self._is_profiled = profile
        self._who = f"{socket.gethostname()}-{self._owner}-{secrets.token_hex(2)}"
        self._bars: ProgressBars | None = None
        # Where the plan or receipt will lie, once it is known: if it is there, the run did its work.
        self.expected: Path | None = None
        self._is_told, self._unkept = False, list[Failure]()

    @classmethod
    def begin(
        cls, task: str, run: str, facts: Mapping[str, str], *, show_sql: bool = False, profile: bool = False
    ) -> RunReport:
        """The report of ``run``, begun by ``task``: its failure is printed when this process exits, or its build ends.

        With ``show_sql`` the summary of a plan prints the statements whole, with ``profile`` any summary where the time
        went. A task that is built again in the same process goes on with its report.
        """
        if task in cls.of:
            return cls.of[task]
        report = cls(run, facts, show_sql=show_sql, profile=profile)
        if not cls._begun:
            atexit.register(cls.finish_all)
        cls._begun.append(report)
        cls.of[task] = report
        show_log_lines()
        cls._draw_next()
        return report

    @classmethod
    def finish_all(cls) -> None:
        """Each of this process's runs tells what it has left to say, in the order in which they began."""
        with contextlib.ExitStack() as stack:
            for report in reversed(cls._begun):
                stack.callback(report.finish)

    @classmethod
    def _draw_next(cls) -> None:
        """Bars for the first run that is not told, on a terminal."""
        waiting = next((report for report in cls._begun if report._bars is None and not report._is_told), None)
        if cls._drawing is None and waiting is not None and is_terminal(sys.stderr):
            from workflows.telling.progress_bars import ProgressBars

            cls._drawing = waiting
            waiting._bars = ProgressBars(waiting.progress.path)
            waiting._bars.start()

    def holds(self, run: str, expected: Path) -> None:
        """The work of ``run`` is this report's: its tasks' failures and progress too. ``expected`` is where the plan or
        receipt will lie: if it is there, the run did its work."""
        self.expected = expected
        RunReport.of[run] = self
        Progress.of[run] = self.progress

    @functools.cached_property
    def progress(self) -> Progress:
        """What the run's tasks tell while they are at work."""
        return Progress(self.own_folder)

    @property
    def folder(self) -> Path:
        """The run's own folder."""
        return self.own_folder.parent

    @functools.cached_property
    def own_folder(self) -> Path:
        """What this process and its workers have seen of the run.

        A run whose settings are wrong, or whose output folder cannot be written, still has to report that: then
        the folder lies in the system's temporary one.
        """
        try:
            folder = run_dir(self.run) / self._who
            outputs.make_folder(folder)
        except WorkflowError:
            folder = Path(tempfile.mkdtemp(prefix=f"workdatahub-{self.run}-")) / self._who
            outputs.make_folder(folder)
        return folder

    def succeed(self, plan: RunPlan, report: Path) -> None:
        """Print the summary of a run whose load task is complete, and keep it beside the run.

        ``report`` is where ``plan`` lies. A forked worker leaves the printing to the process that draws the bars.
        """
        text = plain(self._summary(plan, report))
        for folder in (self.folder, self.own_folder):
            self._keep(folder / _SUMMARY, text)
        # Who began the run draws its bars, and knows what all its processes have used.
        is_shown = os.getpid() == self._owner or (RunReport._drawing is None and not self._is_profiled)
        self._keep(self.own_folder / (_TOLD if is_shown else _UNSAID), str(report))
        if is_shown:
            self._is_told = True
            self._show(plan, report)
            self._draw_next()

    def _show(self, plan: RunPlan, report: Path) -> None:
        self._stop_drawing()
        lines = list(self._summary(plan, report))
        if profile := self._told_profile(lines):
            self._keep(self.folder / _SUMMARY, plain(lines))
        say_lines(lines)
        page = page_of(report)
        for part in plan.parts:
            add_to_index(of_plan(self.run, part, report))
        write_summary_json(run_facts(plan, str(report), str(page) if outputs.exists(page) else None) | profile)

    def _summary(self, plan: RunPlan, report: Path) -> Iterator[Line]:
        return run_summary(plan, str(report), page_label(report), script_of(report), show_sql=self._show_sql)

    def _keep(self, path: Path, text: str) -> bool:
        """Whether ``text`` could be written; why not is said, and fails no run whose work is done."""
        try:
            outputs.write(path, text.encode())
        except OutputError as error:
            _log.warning("%s", error)
            return False
        return True

    def note_failure(self, task: str, error: BaseException | str) -> None:
        """Keep one failed task for the end. Only known errors are shown by their message alone."""
        failed = failure_of(task, error)
        self._keep_stages()
        try:
            Failures(self.own_folder).add(failed)
        except OutputError as unkept:
            # A forked worker's memory ends with it: then stderr is the only place.
            self._unkept.append(failed)
            sys.stderr.write(f"FAILED {task}: {failed.message}\n{unkept}\n")

    def note_time(self, task: str, seconds: float) -> None:
        """Keep how long a task ran, whichever process ran it, if that can be kept."""
        self._keep_stages()
        line = json.dumps({"task": task, "seconds": round(seconds, 4)}, ensure_ascii=False)
        with contextlib.suppress(OutputError), outputs.appending(self.folder / _TIMES) as stream:
            stream.write(f"{line}\n".encode())

    def _keep_stages(self) -> None:
        """Keep what this process measured of its stages, if that was asked for and can be kept."""
        if self._is_profiled:
            with contextlib.suppress(OutputError):
                keep_stages(self.own_folder)

    def _told_profile(self, lines: list[Line]) -> dict[str, Any]:
        """What is known of the stages, for programs: kept in the process's own folder, and added to the summary's
        ``lines``; nothing where nobody asked."""
        if not self._is_profiled:
            return {}
        self._keep_stages()
        profile = read_profile(self.own_folder)
        lines += profile.lines()
        facts = profile.facts()
        self._keep(self.own_folder / _PROFILE, json.dumps(facts, ensure_ascii=False, indent=1) + "\n")
        return {"profile": facts}

    def finish(self) -> None:
        """Print what failed, once, in the process that began the run; after a success only what is still unsaid."""
        if os.getpid() != self._owner:
            return
        self._tell()
        with contextlib.suppress(WorkflowError):
            if days := get_settings().keep_days:
                prune(days)

    def _stop_drawing(self) -> None:
        # Also those of another run: what is printed now would stand in the middle of them.
        if RunReport._drawing is not None and RunReport._drawing._bars is not None:
            RunReport._drawing._bars.stop()
        RunReport._drawing = None

    def _tell(self) -> None:
        self._stop_drawing()
        unsaid = self.own_folder / _UNSAID
        if outputs.exists(unsaid):
            report = Path(outputs.read(unsaid).decode())
            outputs.rename(unsaid, _TOLD)
            self._show(read_report(report), report)
        elif self._is_told or outputs.exists(self.own_folder / _TOLD):
            return
        elif self.expected is not None and outputs.exists(self.expected):
            self.succeed(read_report(self.expected), self.expected)
        else:
            self._fail()

    def _fail(self) -> None:
        failures = [*Failures(self.own_folder).listed(), *self._unkept]
        lines = list(failure(self.facts, failures))
        profile = self._told_profile(lines)
        say_lines(lines)
        # Who was refused an id that other work holds leaves that work's summary alone.
        holds_it = self.expected is not None or not outputs.exists(self.folder / _SUMMARY)
        kept = self._keep(self.own_folder / _SUMMARY, plain(lines))
        if holds_it:
            kept = self._keep(self.folder / _SUMMARY, plain(lines))
        if not kept:
            sys.stderr.write(f"{plain(lines)}\n")
        add_to_index(of_failures(self.run, self.facts.get("Domain", ""), failures))
        options = {name.lower().replace("-", "_"): value for name, value in self.facts.items()}
        write_summary_json(failure_facts(options, failures) | profile)
        self._is_told = True

    def forget(self) -> None:
        """Let another try of the same task tell of itself."""
        RunReport._begun.remove(self)
        for known in [name for name, report in RunReport.of.items() if report is self]:
            del RunReport.of[known]
