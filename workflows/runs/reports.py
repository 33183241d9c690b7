"""The documents that a load leaves: the plan or receipt, and the page beside it.

The page is a convenience, and a receipt tells what is committed already: neither is ever the reason why a load fails.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from pydantic import ValidationError

from workflows import outputs
from workflows.errors import OtherWorkError, Words
from workflows.plan.render.script import ScriptedLoad, write_script
from workflows.plan.run import Run
from workflows.plan.run_plan import RunPlan
from workflows.runs import paths
from workflows.runs.person import made_now
from workflows.runs.preparing import PreparedLoad, database_of
from workflows.settings import get_settings
from workflows.stages import Stage

_SCRIPT = "plan.sql"
NO_PAGE = "未能写出, 原因见日志, 上述结果不变 / could not be written (the log says why); the outcome above stands"

_log = logging.getLogger(__name__)


def page_of(document: Path) -> Path:
    """Where the page of a ``plan.json`` or ``receipt.json`` lies."""
    return document.with_suffix(".html")


def page_label(document: Path) -> str:
    """Where the page of ``document`` lies, or why there is none."""
    page = page_of(document)
    return str(page) if outputs.exists(page) else NO_PAGE


def script_of(document: Path) -> str:
    """Where the script beside a plan lies; empty where there is none."""
    script = document.with_name(_SCRIPT)
    return str(script) if document.stem == "plan" and outputs.exists(script) else ""


def report_of(run: Run) -> Path:
    """A run's plan or receipt: below WDH_OUTPUT_DIR, unless that did not take the receipt."""
    stray = paths.stray_report_path(run.id)
    return stray if not run.plan_only and outputs.exists(stray) else paths.report_path(run)


def refuse_other_report(run: Run) -> None:
    """OtherWorkError if a plan or receipt stands under the run's id that is not of its work: the folder that tells
    what a run decided may be gone, and then that work would count as this one's."""
    path = report_of(run)
    if not outputs.exists(path):
        return
    try:
        found = read_report(path)
    except (OSError, ValidationError):
        found = None
    if found is not None and (not run.plan_only or run.compare):
        database = database_of(run, get_settings().database)
        if found.database != database:
            raise OtherWorkError(
                f"--run-id {run.id}: "
                + Words(
                    f"已用于另一个数据库 {found.database} (此处为 {database}); 请换一个 id",
                    f"was used for another database: {found.database} there, {database} here; give another id",
                )
            )
    if found is None or found.work != run.work_digest:
        raise OtherWorkError(
            f"--run-id {run.id}: "
            + Words(
                f"已用于其他工作 ({path}); 请换一个 id", f"was used for other work: {path} is of that; give another id"
            )
        )


def read_report(path: Path) -> RunPlan:
    """The plan or receipt in that file."""
    return RunPlan.read(outputs.read(path))


@Stage("reports")
def write_reports(run: Run, prepared: Sequence[PreparedLoad]) -> RunPlan:
    """Write the page and the script beside the plan or receipt, then that itself, which tells that the load is done;
    the plan or receipt as it was written.

    A page that cannot be made is one line in the log; so is a receipt that cannot be written, which then lies in the
    system's temporary folder. Raises OSError for a plan that cannot be written: nothing has happened yet.
    """
    made = made_now()
    parts = tuple(load.plan.altered(made=made) for load in prepared)
    plan = RunPlan(parts=parts, skipped=run.skipped, work=run.work_digest).sealed()
    path = paths.report_path(run)
    # What was compared is applied by ApplyPlan, which refuses if rows moved meanwhile; a script could not, but for an
    # undo, which knows the very rows.
    if plan.plan_only and (not plan.is_compared or plan.undoes):
        _write_script(prepared, path.with_name(_SCRIPT))
    _write_page(plan, path)
    try:
        outputs.write(path, plan.content())
    except OSError as error:
        if not plan.is_receipt:
            raise
        stray = paths.stray_report_path(run.id)
        text = "load %s is committed; its receipt could not be written: %s; see %s"
        _log.warning(text, run.id, error, stray)
        outputs.write(stray, plan.content())
    return plan


def _write_script(prepared: Sequence[PreparedLoad], path: Path) -> None:
    """The statements as a script beside the plan; one that is blocked refuses to run."""
    loads = [
        ScriptedLoad(
            load.statements,
            replace(load.records, tell=None).copy_chunks(),
            tuple(f"{_of(load)}{block.message}" for block in load.plan.blocked_by),
        )
        for load in prepared
    ]
    with outputs.writing(path) as stream:
        write_script(stream, loads, prepared[0].adding)


def _of(load: PreparedLoad) -> str:
    return f"{load.choice.domain}: " if load.run.is_joint else ""


def _write_page(plan: RunPlan, document: Path) -> None:
    page = page_of(document)
    try:
        from workflows.plan.render.page import render_run_page

        # A name that UTF-8 cannot hold is shown escaped rather than lost.
        text = render_run_page(plan, document.name, [_SCRIPT] if script_of(document) else ())
        outputs.write(page, text.encode("utf-8", "backslashreplace"))
    except Exception as error:  # noqa: BLE001 - the load is committed by now; no fault of its page may undo that
        _log.warning("%s could not be written: %s: %s", page.name, type(error).__name__, error)
