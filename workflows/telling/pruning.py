"""WDH_KEEP_DAYS: what a run left and can be made again is removed when it is that old."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from workflows import outputs
from workflows.errors import reason_of
from workflows.plan.run import Run
from workflows.runs.paths import merged_path, merged_references_path, output_dir
from workflows.runs.reading import document_of
from workflows.settings import get_settings

_PRUNED = ("processed", "merged", "plans", "runs")
"""Receipts are what tells of a load: they stay."""

SENT_BACK = "problems"
"""Folders of what went back to providers; somebody may still be waiting for an answer to them."""

_DAY_SECONDS = 86_400

_log = logging.getLogger(__name__)


def keep_in_use(run: Run) -> None:
    """Make the documents that ``run`` will use as young as it is, so that no other run prunes them meanwhile."""
    if get_settings().keep_days is None:
        return
    documents = (document_of(part, file) for part in run.parts for file in part.snapshot.files)
    for path in (*documents, *map(merged_path, run.parts), *map(merged_references_path, run.parts)):
        with suppress(OSError):
            outputs.use(path)


def prune(days: int) -> int:
    """Remove the files that are older than ``days``, and folders left empty; how many files went.

    What cannot be removed is one line in the log.
    """
    before, removed = time.time() - days * _DAY_SECONDS, 0
    for path in _old_files(output_dir(), before):
        try:
            outputs.remove(path)
            removed += 1
        except OSError as error:
            _log.warning("%s could not be pruned: %s", path.name, reason_of(error))
    if removed:
        _log.info("pruned %s files older than %s days", removed, days)
    return removed


def _old_files(base: Path, before: float) -> Iterator[Path]:
    for name in _PRUNED:
        for path in outputs.everything(base / name):
            with suppress(OSError):
                if SENT_BACK not in path.parent.parts and outputs.written_at(path) < before:
                    yield path
