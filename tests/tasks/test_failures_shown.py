"""What the scheduler's page shows of a task that failed."""

from __future__ import annotations

from typing import Any

import luigi
import pytest

import workflows.tasks
from workflows.errors import ParameterError

TASKS: list[Any] = [getattr(workflows.tasks, name) for name in workflows.tasks.__all__]


def test_every_task_is_asked() -> None:
    assert len([task for task in TASKS if issubclass(task, luigi.Task)]) == len(TASKS) >= 8


@pytest.mark.parametrize("task", TASKS, ids=[task.__name__ for task in TASKS])
def test_a_failure_is_shown_by_its_own_words_and_a_defect_by_its_stack(task: Any) -> None:
    assert task.on_failure(None, ParameterError("--pk: not this one")) == "--pk: not this one"
    try:
        raise ZeroDivisionError("of our own")
    except ZeroDivisionError as error:
        shown = task.on_failure(None, error)
    assert "Traceback" in shown and "test_failures_shown.py" in shown and "ZeroDivisionError: of our own" in shown
