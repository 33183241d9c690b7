"""The id that all tasks of a run carry."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from workflows.runs.ids import make_run_id
from workflows.tasks.parameters import TextParameter
from workflows.tasks.shown_task import ShownTask

_ids: dict[tuple[str, tuple[tuple[str, Any], ...]], str] = {}


class RunIdParameter(TextParameter):
    """A run's id, made by the process for each work that is not given one.

    All tasks of a run carry it: a central scheduler would otherwise take the tasks of two runs for one, hand them to
    one of the workers, and let the other end without having done its work.
    """

    def __init__(self) -> None:
        super().__init__("ID", "the run's id; hosts that are given the same share one run's work; default: a new one")


class HasRunId(ShownTask):
    """A task that people run, and that other tasks may require: each look at the same work sees the same id.

    An id drawn per instance would make each look of a wrapper's ``requires()`` a new task, which never ends.
    """

    # Of those that inherit it: declared there, as Luigi takes parameters in the order in which they are made.
    run_id: RunIdParameter

    @classmethod
    def get_param_values(cls, params: Any, args: Any, kwargs: Any) -> list[tuple[str, Any]]:
        """The values with the run's id in its place; Luigi tells instances apart by them."""
        values = cast(Any, super()).get_param_values(params, args, kwargs)
        return with_run_id(cls.__name__, values, [name for name, known in params if not known.significant])


def forget_run_id(run_id: str) -> None:
    """Let the next look at the work that was given ``run_id`` be given another."""
    for work in [work for work, given in _ids.items() if given == run_id]:
        del _ids[work]


def with_run_id(family: str, values: Sequence[tuple[str, Any]], passed_over: Sequence[str]) -> list[tuple[str, Any]]:
    """``values`` of a task's parameters, an empty ``run_id`` filled with this process's id for that work.

    Parameters that are ``passed_over`` tell no work from another.
    """
    if dict(values).get("run_id"):
        return [*values]
    work = tuple((name, value) for name, value in values if name != "run_id" and name not in passed_over)
    run_id = _ids.setdefault((family, work), make_run_id())
    return [(name, run_id if name == "run_id" else value) for name, value in values]
