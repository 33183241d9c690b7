"""Luigi's events, told to the run's report."""

from __future__ import annotations

from typing import Any, cast

import luigi

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
    if report is not None:
        report.note_failure(_name(task), error)


def _note_time(task: luigi.Task, seconds: float) -> None:
    report = _report_of(task)
    if report is not None:
        report.note_time(_name(task), seconds)


def _report_of(task: Any) -> RunReport | None:
    """The task's own report if it began one, else that of the run that it is part of."""
    return RunReport.of.get(task.task_id) or RunReport.of.get(task.run_id)


def _name(task: Any) -> str:
    """A task as people know it: its family and what tells it apart."""
    label = getattr(task, "file", None) or getattr(task, "domain", "")
    return f"{task.task_family} {label}".strip()
