"""Luigi's events, told to the run's report."""

from __future__ import annotations

from typing import Any, cast

import luigi

from workflows.errors import Words, WorkbooksFailedError
from workflows.tasks.process_file import ProcessFile
from workflows.tasks.process_files import ProcessFiles
from workflows.telling.run_report import RunReport


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


def _note(task: luigi.Task, error: BaseException | str, *_more: Any) -> None:
    report = _report_of(task)
    if report is None:
        return
    if isinstance(error, WorkbooksFailedError):
        # Told as tasks of their own would tell it.
        for path, each in error.failed.items():
            report.note_failure(f"{ProcessFile.task_family} {path.rpartition('/')[2]}", each)
    else:
        report.note_failure(_name(task), _with_unread(task, error))


def _with_unread(task: luigi.Task, error: BaseException | str) -> BaseException | str:
    """The error; of a worker that was killed or timed out over one of many workbooks, with those that are not read."""
    paths = task.unread() if isinstance(task, ProcessFiles) and isinstance(error, str) else []
    if not paths:
        return error
    more = f" … +{len(paths) - 1}" if len(paths) > 1 else ""
    return f"{error}\n{Words('未读的第一个工作簿', 'the first workbook that is not read')}: {paths[0]}{more}"


def _note_time(task: luigi.Task, seconds: float) -> None:
    report = _report_of(task)
    if report is not None:
        report.note_time(_name(task), seconds)


def _report_of(task: Any) -> RunReport | None:
    """The task's own report if it began one, else that of the run that it is part of."""
    return RunReport.of.get(task.task_id) or RunReport.of.get(task.run_id)


def _name(task: Any) -> str:
    """A task as people know it: its family and what tells it apart."""
    label = getattr(task, "file", None) or getattr(task, "files", None) or getattr(task, "domain", "")
    return f"{task.task_family} {label}".strip()
