"""A whole run in one process, from Python: what ``LoadDomain`` does, without Luigi."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from typing import Any, overload

from workflows import outputs
from workflows.errors import ParameterError
from workflows.plan.load_spec import Mode
from workflows.plan.model import Plan
from workflows.plan.run import Run
from workflows.plan.run_plan import RunPlan
from workflows.runs.accepting import accepted_by_domain
from workflows.runs.carrying_out import carry_out
from workflows.runs.choosing import choose
from workflows.runs.ids import make_run_id
from workflows.runs.merging import merge_files
from workflows.runs.options import RunOptions, check_max_files
from workflows.runs.paths import merged_path
from workflows.runs.preparing import prepare_loads
from workflows.runs.problems import report_problems
from workflows.runs.reading import process_workbook
from workflows.runs.reports import write_reports
from workflows.runs.run_json import claim
from workflows.settings import get_settings
from workflows.sources.domain_names import parse_domains
from workflows.sources.entries import Overrides
from workflows.sources.periods import parse_periods


@overload
def plan(domain: str, **options: Any) -> Plan: ...
@overload
def plan(domain: list[str] | tuple[str, ...], **options: Any) -> RunPlan: ...
def plan(  # noqa: PLR0913 - the command line's flags
    domain: str | list[str] | tuple[str, ...],
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
) -> Plan | RunPlan:
    """Plan the newest files of ``domain`` (``max_files`` at most; without it those of the newest month), or load them
    with ``execute=True``; what the plan or receipt says.

    Several domains (``["a", "b"]``, or ``["all"]`` that have files) are one run in one transaction: a ``RunPlan`` whose
    ``parts`` are their plans. ``accept={"a.rejects": 4}`` is then said of one of them.

    ``period`` is ``"2024-11"`` or ``"2024-01..2024-03"``; ``gates`` stand for the catalogue's (``min_rows=100``,
    ``max_deleted_ratio=0.2``, ``empty="allow"``), and ``accept={"rejects": 4}`` opens one. Settings are read from the
    environment (``WDH_*``); plan, page, script, receipt and what goes back to the providers are written below
    ``WDH_OUTPUT_DIR``, as by the command line.

    Raises a ``WorkflowError`` (``workflows.errors`` draws them as a tree) whose message says what to do; a blocked plan
    is a result, a blocked execution raises PlanBlockedError.
    """
    settings = get_settings()
    is_one = isinstance(domain, str)
    domains = (domain,) if isinstance(domain, str) else parse_domains(",".join(domain))
    if not is_one and (sheet is not None or primary_key or merge_key or "empty" in gates):
        raise ParameterError(
            "sheet, primary_key, merge_key, empty 只用于一个域; 请写在目录中 / "
            "sheet, primary_key, merge_key and empty are of one domain; say them in the catalogue"
        )
    options = RunOptions(
        domains=domains,
        max_files=None if max_files is None else check_max_files(max_files, settings.max_files_limit),
        periods=parse_periods(period) if period else None,
        mode=mode,
        plan_only=not execute,
        compare=compare,
        accepted=accepted_by_domain(domains, accept or {}),
        said=Overrides(
            primary_key=tuple(primary_key) if primary_key else None,
            merge_key=tuple(merge_key) if merge_key else None,
            sheet=sheet,
            gates=gates,
        ),
    )
    done = carry_out_whole(claim(choose(make_run_id(), options, settings)))
    return done.parts[0] if is_one else done


def carry_out_whole(run: Run) -> RunPlan:
    """Read what is not read yet, merge, and plan or load, as ``run`` says."""
    database = get_settings().database
    for path in run.workbooks:
        process_workbook(run, path)
    for part in run.parts:
        if not outputs.exists(merged_path(part)):
            merge_files(part)
    with contextlib.ExitStack() as stack:
        if run.compare or not run.plan_only:
            database.get_connection_string()
            if database.embedded_dir is not None:
                from workflows.warehouse.embedded import running_server

                stack.enter_context(running_server(database.embedded_dir))
        done = carry_out([report_problems(load) for load in prepare_loads(run)])
    return write_reports(run, done)
