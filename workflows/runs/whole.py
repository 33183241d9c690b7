"""A whole run in one process, from Python: what ``LoadDomain`` does, without Luigi."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence

from workflows.plan.load_spec import Mode
from workflows.plan.model import Plan
from workflows.plan.run import Run
from workflows.runs.carrying_out import carry_out
from workflows.runs.choosing import choose
from workflows.runs.ids import make_run_id
from workflows.runs.merging import merge_files
from workflows.runs.options import RunOptions, check_accepted, check_max_files
from workflows.runs.paths import merged_path
from workflows.runs.preparing import prepare_load
from workflows.runs.problems import report_problems
from workflows.runs.reading import document_of, process_file
from workflows.runs.reports import write_reports
from workflows.runs.run_json import claim
from workflows.settings import get_settings
from workflows.sources.entries import Overrides
from workflows.sources.selection import parse_periods
from workflows.warehouse.embedded import running_server


def plan(  # noqa: PLR0913 - the command line's flags
    domain: str,
    *,
    max_files: int | None = None,
    period: str = "",
    mode: Mode = "delete_insert",
    sheet: str | int | None = None,
    primary_key: Sequence[str] | None = None,
    merge_key: Sequence[str] | None = None,
    accept: Mapping[str, int] | None = None,
    compare: bool = False,
    execute: bool = False,
    **gates: int | float | str,
) -> Plan:
    """Plan the newest files of ``domain`` (``max_files`` at most; without it those of the newest month), or load them
    with ``execute=True``; what the plan or receipt says.

    ``period`` is ``"2024-11"`` or ``"2024-01..2024-03"``; ``gates`` stand for the catalogue's (``min_rows=100``,
    ``max_deleted_ratio=0.2``, ``empty="allow"``), and ``accept={"rejects": 4}`` opens one. Settings are read from the
    environment (``WDH_*``); plan, page, script, receipt and what goes back to the providers are written below
    ``WDH_OUTPUT_DIR``, as by the command line.

    Raises a ``WorkflowError`` (``workflows.errors`` draws them as a tree) whose message says what to do; a blocked plan
    is a result, a blocked execution raises PlanBlockedError.
    """
    settings = get_settings()
    options = RunOptions(
        domain=domain,
        max_files=None if max_files is None else check_max_files(max_files, settings.max_files_limit),
        periods=parse_periods(period) if period else None,
        mode=mode,
        plan_only=not execute,
        compare=compare,
        accepted=check_accepted(accept or {}),
        said=Overrides(
            primary_key=tuple(primary_key) if primary_key else None,
            merge_key=tuple(merge_key) if merge_key else None,
            sheet=sheet,
            gates=gates,
        ),
    )
    return carry_out_whole(claim(choose(make_run_id(), options, settings)))


def carry_out_whole(run: Run) -> Plan:
    """Read what is not read yet, merge, and plan or load, as ``run`` says."""
    database = get_settings().database
    for file in run.choice.snapshot.files:
        if not document_of(run, file).exists():
            process_file(run, file)
    if not merged_path(run).exists():
        merge_files(run)
    with contextlib.ExitStack() as stack:
        if run.compare or not run.plan_only:
            database.get_connection_string()
            if database.embedded_dir is not None:
                stack.enter_context(running_server(database.embedded_dir))
        done = carry_out(report_problems(prepare_load(run)))
    return write_reports(done)
