"""Where every output lies, decided in one place: below WDH_OUTPUT_DIR.

::

    processed/<domain>/<month>/<file>-<id>.json   one workbook's records
    merged/<domain>/<id>.json                     several workbooks' records
    merged/<domain>/<id>.companies.csv            which company was found for which of them, and by what
    merged/<domain>/<id>.unresolved.csv           the customers in them that no company was found for
    merged/<domain>/<id>.references.json          the rows of other tables that they refer to
    plans/<domain>/<run>/plan.json, plan.sql      what a run would do
    receipts/<domain>/<run>/receipt.json          what a run did
    …/unresolved.csv                              customers without a company; for a blocked execution below runs/
    …/problems/                                   what goes back to the providers; for a blocked execution below runs/
    runs/<run>/                                   run.json (what was decided), the summary, what failed

A run of several domains has one plan or receipt, below ``<domain>+<domain>``, and a folder for each below ``problems``.
"""

from __future__ import annotations

import functools
import hashlib
import json
import tempfile
from pathlib import Path
from typing import Any

from workflows.plan.run import Choice, Run
from workflows.settings import get_settings
from workflows.sources.snapshot import SnapshotFile

_LONGEST_NAME = 200


def output_dir() -> Path:
    """The folder of everything that the workflow writes, absolute."""
    return get_settings().output_dir.resolve()


def processed_path(domain: str, file: SnapshotFile, rules: str) -> Path:
    """The processed document of one workbook; every input that shapes it is part of its name.

    120 bytes of the workbook's name leave room below the 255 of file systems.
    """
    return output_dir() / "processed" / domain / _processed_name(file, rules)


# Every look at what a task still has to do asks for it, of each of its files.
@functools.cache
def _processed_name(file: SnapshotFile, rules: str) -> str:
    stem = Path(file.path).stem.encode()[:120].decode(errors="ignore")
    digest = _identity(file=file.model_dump(mode="json", exclude={"size"}), rules=rules)
    return f"{file.period:%Y-%m}/{stem}-{digest}.json"


def merged_path(choice: Choice) -> Path:
    """The merged document of a domain's workbooks."""
    source = choice.source
    keys = [source.primary_key, source.merge_key]
    companies = choice.companies.model_dump() if choice.companies else None
    digest = _identity(snapshot=choice.snapshot.digest, keys=keys, rules=choice.rules, companies=companies)
    return output_dir() / "merged" / choice.domain / f"{digest}.json"


def merged_answers_path(choice: Choice) -> Path:
    """Beside the merged document: which company answered for which keys, and by which way."""
    return merged_path(choice).with_suffix(".companies.csv")


def merged_unresolved_path(choice: Choice) -> Path:
    """Beside the merged document: the customers in it that no company was found for."""
    return merged_path(choice).with_suffix(".unresolved.csv")


def merged_references_path(choice: Choice) -> Path:
    """Beside the merged document: the rows of other tables that its records refer to."""
    return merged_path(choice).with_suffix(".references.json")


def report_path(run: Run) -> Path:
    """The plan of a run, or its receipt, which is written after its commit."""
    folder, name = ("plans", "plan.json") if run.plan_only else ("receipts", "receipt.json")
    return output_dir() / folder / _folder_of(run) / run.id / name


def _folder_of(run: Run) -> str:
    """``a+b``, as far as file systems take it; what tells two such runs apart is their id."""
    return "+".join(part.domain for part in run.parts)[:_LONGEST_NAME]


def unresolved_path(run: Run, choice: Choice, *, blocked: bool) -> Path:
    """The same beside the run's plan or receipt, or with the run when it is refused."""
    of = f"-{choice.domain}" if run.is_joint else ""
    return _beside_report(run, blocked=blocked) / f"unresolved{of}.csv"


def stray_report_path(run: str) -> Path:
    """Where the receipt of a committed load goes when WDH_OUTPUT_DIR does not take it."""
    return Path(tempfile.gettempdir()) / f"workdatahub-{run}" / "receipt.json"


def run_dir(run: str) -> Path:
    """A run's own folder: what it decided, its summary, and what failed."""
    return output_dir() / "runs" / run


def problems_dir(run: Run, choice: Choice, *, blocked: bool) -> Path:
    """Where the annotated workbooks of a run's part lie: beside its plan or receipt, or with the run when that is
    refused."""
    folder = _beside_report(run, blocked=blocked) / "problems"
    return folder / choice.domain if run.is_joint else folder


def _beside_report(run: Run, *, blocked: bool) -> Path:
    return run_dir(run.id) if blocked and not run.plan_only else report_path(run).parent


def label(path: Path) -> str:
    """A path for people: below WDH_OUTPUT_DIR where it lies there, else as it is."""
    return relative(path) if path.is_relative_to(output_dir()) else path.as_posix()


def relative(path: Path) -> str:
    """A path as plans and receipts keep it: below WDH_OUTPUT_DIR, with POSIX separators."""
    return path.relative_to(output_dir()).as_posix()


def _identity(**parts: Any) -> str:
    """16 hex digits that tell one set of inputs and rules from any other, on every machine."""
    canonical = json.dumps(parts, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()[:16]
