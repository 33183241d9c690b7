"""The documents that a load leaves: the plan or receipt, and the page beside it.

The page is a convenience, and a receipt tells what is committed already: neither is ever the reason why a load fails.
"""

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


def page_label(document: Path) -> str:
    """Where the page of ``document`` lies, or why there is none."""
    page = page_of(document)
    return str(page) if page.exists() else NO_PAGE


def receipt_target(domain: str, run: str) -> luigi.LocalTarget:
    """A run's receipt: below WDH_OUTPUT_DIR, unless that did not take it."""
    stray = targets.stray_receipt_path(run)
    return targets.local_target(stray if stray.exists() else targets.receipt_path(domain, run))


def write_reports(plan: Plan, output: luigi.LocalTarget, run: str) -> None:
    """Write the page beside ``output``, then ``output`` itself, which is what tells that the load is done.

    A page that cannot be made is one line in the log; so is a receipt that cannot be written, which then lies in the
    system's temporary folder. Raises OSError for a plan that cannot be written: nothing has happened yet.
    """
    _write_page(plan, targets.target_path(output))
    content = plan.model_dump_json(indent=1).encode() + b"\n"
    try:
        _write(output, content)
    except OSError as error:
        if plan.load_id is None:
            raise
        stray = targets.stray_receipt_path(run)
        text = "load %s is committed; its receipt could not be written: %s; see %s"
        _log.warning(text, plan.load_id, error, stray)
        _write(targets.local_target(stray), content)


def _write_page(plan: Plan, document: Path) -> None:
    page = page_of(document)
    try:
        from workflows.plan.render.page import render_page

        # A name that UTF-8 cannot hold is shown escaped rather than lost.
        _write(targets.local_target(page), render_page(plan, document.name).encode("utf-8", "backslashreplace"))
    except Exception as error:  # noqa: BLE001 - the load is committed by now; no fault of its page may undo that
        _log.warning("%s could not be written: %s: %s", page.name, type(error).__name__, error)


def _write(target: luigi.LocalTarget, content: bytes) -> None:
    with targets.write_atomically(target) as stream:
        stream.write(content)
