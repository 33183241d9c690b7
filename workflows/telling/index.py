"""``index.html`` below WDH_OUTPUT_DIR: every run that ended there, newest first, by domain and month.

Each run adds one line to ``index.jsonl`` and makes the page anew; neither is ever the reason why a run fails.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Sequence
from datetime import datetime, timezone
from pathlib import Path

from pydantic import ValidationError

from workflows import outputs
from workflows.errors import SettingsError, WorkflowError
from workflows.frozen import Frozen
from workflows.pages.render import render
from workflows.plan.model import Outcome, Plan
from workflows.plan.render.facts import Failure, outcome_of
from workflows.plan.render.outcome import OUTCOMES, headline
from workflows.runs.paths import output_dir
from workflows.runs.person import person
from workflows.runs.reports import page_of

_LINES, _PAGE = "index.jsonl", "index.html"
# The page is looked at, not searched: the lines hold every run.
_LISTED = 300
# Of the lines no more is read than these runs take: a line has some 500 bytes.
_READ_BYTES = 400_000
# A line of thousands would leave no room for other runs.
_PROBLEMS = 5

_log = logging.getLogger(__name__)


class IndexedRun(Frozen):
    """A run that ended. Paths are below WDH_OUTPUT_DIR; ``said`` is one sentence in each language, or what failed."""

    run: str
    at: datetime
    by: str
    outcome: Outcome
    domain: str
    periods: tuple[str, ...] = ()
    said: tuple[str, str] = ("", "")
    records: int | None = None
    reject_rows: int | None = None
    page: str = ""
    problems: tuple[str, ...] = ()


def of_plan(run: str, plan: Plan, report: Path) -> IndexedRun:
    """What the index keeps of a plan or receipt that lies at ``report``."""
    page = page_of(report)
    return IndexedRun(
        run=run,
        at=_now(),
        by=person(),
        outcome=plan.outcome,
        domain=plan.domain,
        periods=tuple(plan.periods),
        said=headline(plan),
        records=plan.records,
        reject_rows=plan.reject_rows,
        page=_below(page) if outputs.exists(page) else "",
        problems=tuple(workbook.path for workbook in plan.given_back.workbooks[:_PROBLEMS]),
    )


def of_failures(run: str, domain: str, failures: Sequence[Failure]) -> IndexedRun:
    """What the index keeps of a run that failed or was blocked: the first line of what it said."""
    message = failures[0].message.partition("\n")[0] if failures else ""
    return IndexedRun(run=run, at=_now(), by=person(), outcome=outcome_of(failures), domain=domain, said=("", message))


def add_to_index(ended: IndexedRun) -> None:
    """Keep the line and make the page anew; a folder that cannot be written is one line in the log."""
    try:
        folder = output_dir()
        outputs.make_folder(folder)
        with outputs.appending(folder / _LINES) as stream:
            stream.write(ended.model_dump_json().encode("utf-8", "backslashreplace") + b"\n")
        outputs.write(folder / _PAGE, index_page(_listed(folder)).encode("utf-8", "backslashreplace"))
    except SettingsError:
        return  # the run ended by the same mistake, and its summary says so
    except (OSError, WorkflowError) as error:
        _log.warning("%s could not be written: %s; the outcome stands", _PAGE, error)


def index_page(runs: Sequence[IndexedRun]) -> str:
    """The page of ``runs``, newest first."""
    months: dict[tuple[str, str], list[IndexedRun]] = {}
    for each in runs:
        for period in each.periods:
            months.setdefault((each.domain, period), []).append(each)
    ordered = sorted(months.items(), key=lambda item: item[0][1], reverse=True)
    by_month = sorted(ordered, key=lambda item: item[0][0])
    return render("index.html", up="", runs=runs, outcomes=OUTCOMES, months=by_month)


def _listed(folder: Path) -> list[IndexedRun]:
    with outputs.reading(folder / _LINES) as stream:
        size = stream.seek(0, os.SEEK_END)
        stream.seek(max(0, size - _READ_BYTES))
        lines = stream.read().split(b"\n")
    # The first one may be cut off, and another host may be writing the last.
    found = [each for line in reversed(lines) if (each := _parsed(line)) is not None]
    return found[:_LISTED]


def _parsed(line: bytes) -> IndexedRun | None:
    try:
        return IndexedRun.model_validate_json(line) if line else None
    except (ValidationError, json.JSONDecodeError):
        return None


def _below(path: Path) -> str:
    return path.relative_to(output_dir()).as_posix() if path.is_relative_to(output_dir()) else path.as_uri()


def _now() -> datetime:
    return datetime.now(timezone.utc).replace(microsecond=0)
