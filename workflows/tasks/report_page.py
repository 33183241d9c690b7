"""The page beside a plan or receipt; it is a convenience, and never the reason why a run fails."""

from __future__ import annotations

import logging
from pathlib import Path

import luigi

from workflows.plan.model import Plan
from workflows.tasks import targets

NO_PAGE = "could not be written (the log says why); the outcome above stands"

_log = logging.getLogger(__name__)


def page_of(document: Path) -> Path:
    """Where the page of a ``plan.json`` or ``receipt.json`` lies."""
    return document.with_suffix(".html")


def write_page(plan: Plan, output: luigi.LocalTarget) -> bool:
    """Write the page beside ``output``, atomically; false, and one line in the log, if that cannot be done."""
    document = targets.target_path(output)
    try:
        from workflows.plan.render.page import render_page

        # A name that UTF-8 cannot hold is shown escaped rather than lost.
        page = render_page(plan, document.name).encode("utf-8", "backslashreplace")
        with targets.write_atomically(targets.local_target(page_of(document))) as stream:
            stream.write(page)
    except Exception as error:  # noqa: BLE001 - the load is committed by now; no fault of its page may undo that
        _log.warning("%s could not be written: %s: %s", page_of(document).name, type(error).__name__, error)
        return False
    _log.info("%s: %d bytes", page_of(document), len(page))
    return True
