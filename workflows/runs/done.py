"""``runs/<run>/done.json``: the run's work is done and was told; whoever asks again, on any host, is told the same."""

from __future__ import annotations

import logging

from pydantic import ValidationError

from workflows import outputs
from workflows.errors import OutputError
from workflows.frozen import Frozen
from workflows.plan.run import Run
from workflows.runs.paths import run_dir
from workflows.runs.reports import report_of

_NAME = "done.json"

_log = logging.getLogger(__name__)


class _Mark(Frozen):
    work: str


def mark_done(run: Run) -> None:
    """Say that the run's summary was told; a mark that cannot be written fails no run whose work is done."""
    try:
        outputs.write(run_dir(run.id) / _NAME, _Mark(work=run.work_digest).model_dump_json().encode() + b"\n")
    except OutputError as error:
        _log.warning("%s", error)


def is_done(run: Run) -> bool:
    """Whether this very work was done under the run's id, and what it wrote is there."""
    try:
        mark = _Mark.model_validate_json(outputs.read(run_dir(run.id) / _NAME))
    except (OSError, ValidationError):
        return False
    return mark.work == run.work_digest and outputs.exists(report_of(run))
