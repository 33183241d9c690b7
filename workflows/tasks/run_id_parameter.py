"""The id that all tasks of a run carry."""

from __future__ import annotations

from typing import Any, cast

import luigi

from workflows.runs.ids import make_run_id


class RunIdParameter(luigi.Parameter):
    """A run's id, made anew for each run that is not given one.

    All tasks of a run carry it: a central scheduler would otherwise take the tasks of two runs for one, hand them to
    one of the workers, and let the other end without having done its work.
    """

    def __init__(self) -> None:
        super().__init__(
            default="", description="the run's id, made by itself; hosts that are given the same share one run's work"
        )

    def task_value(self, task_name: str, param_name: str) -> Any:
        """The value from a configuration file, else a new id."""
        return cast(Any, super()).task_value(task_name, param_name) or make_run_id()
