"""What failed in a run, noted by whichever process saw it."""

from __future__ import annotations

import traceback
from dataclasses import dataclass
from pathlib import Path

from workflows import outputs
from workflows.errors import GuardTrippedError, PlanBlockedError, RunLeftError, Words, WorkflowError
from workflows.plan.render.facts import Failure

_FAILURES = "failures.jsonl"


def failure_text(error: BaseException) -> str:
    """What a run tells of a failure: the message of a known error, else the stack trace."""
    return str(error) if isinstance(error, WorkflowError) else "".join(traceback.format_exception(error))


def outside_text(error: BaseException, run: str) -> str:
    """The same for the scheduler's page and its e-mails, which others read: no cell of a rejected row, and of a defect
    only where it happened, as its words may hold whatever was at hand. ``run`` says where everything lies."""
    if not isinstance(error, WorkflowError):
        told = "".join(["Traceback (most recent call last):\n", *traceback.format_tb(error.__traceback__)])
        return f"{told}{type(error).__name__}\n{_all_of_it(run)}"
    if error.outside is None:
        return str(error)
    return f"{error.outside}\n{_all_of_it(run)}"


def _all_of_it(run: str) -> str:
    where = f"runs/{run}" if run else "runs"
    return str(Words(f"全文见 WDH_OUTPUT_DIR 下的 {where}/", f"all of it lies below WDH_OUTPUT_DIR in {where}/"))


def failure_of(task: str, error: BaseException | str) -> Failure:
    """A failed task as it is told at the end."""
    message = (error if isinstance(error, str) else failure_text(error)).rstrip()
    return Failure(
        task=task,
        message=message,
        blocked=isinstance(error, (PlanBlockedError, GuardTrippedError)),
        goes_on=isinstance(error, RunLeftError),
    )


@dataclass(frozen=True, slots=True)
class Failures:
    """The failed tasks of the run whose ``folder`` this is."""

    folder: Path

    def add(self, failed: Failure) -> None:
        """Keep one for the end; raises OutputError."""
        with outputs.appending(self.folder / _FAILURES) as stream:
            stream.write(f"{failed.model_dump_json()}\n".encode())

    def listed(self) -> list[Failure]:
        """All of them, in the order in which they failed."""
        path = self.folder / _FAILURES
        if not outputs.exists(path):
            return []
        return [Failure.model_validate_json(line) for line in outputs.read(path).decode().splitlines()]
