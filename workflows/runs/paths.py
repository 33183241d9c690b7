"""Where every output lies, decided in one place: below WDH_OUTPUT_DIR.

::

    processed/<domain>/<month>/<file>-<id>.json   one workbook's records
    merged/<domain>/<id>.json                     several workbooks' records
    merged/<domain>/<id>.companies.csv            which company was found for which of them, and by what
    merged/<domain>/<id>.unresolved.csv           the customers in them that no company was found for
    plans/<domain>/<run>/plan.json, plan.sql      what a run would do
    receipts/<domain>/<run>/receipt.json          what a run did
    …/unresolved.csv                              customers without a company; for a blocked execution below runs/
    …/problems/                                   what goes back to the providers; for a blocked execution below runs/
    runs/<run>/                                   run.json (what was decided), the summary, what failed
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from pathlib import Path
from typing import Any

from workflows.plan.run import Run
from workflows.settings import get_settings
from workflows.sources.snapshot import SnapshotFile


def output_dir() -> Path:
    """The folder of everything that the workflow writes, absolute."""
    return get_settings().output_dir.resolve()


def processed_path(domain: str, file: SnapshotFile, rules: str) -> Path:
    """The processed document of one workbook; every input that shapes it is part of its name.

    120 bytes of the workbook's name leave room below the 255 of file systems.
    """
    stem = Path(file.path).stem.encode()[:120].decode(errors="ignore")
    digest = _identity(file=file.model_dump(mode="json", exclude={"size"}), rules=rules)
    return output_dir() / "processed" / domain / f"{file.period:%Y-%m}" / f"{stem}-{digest}.json"


def merged_path(run: Run) -> Path:
    """The merged document of a run's workbooks."""
    choice, source = run.choice, run.choice.source
    keys = [source.primary_key, source.merge_key]
    companies = choice.companies.model_dump() if choice.companies else None
    digest = _identity(snapshot=choice.snapshot.digest, keys=keys, rules=choice.rules, companies=companies)
    return output_dir() / "merged" / choice.domain / f"{digest}.json"


def merged_answers_path(run: Run) -> Path:
    """Beside the merged document: which company answered for which keys, and by which way."""
    return merged_path(run).with_suffix(".companies.csv")


def merged_unresolved_path(run: Run) -> Path:
    """Beside the merged document: the customers in it that no company was found for."""
    return merged_path(run).with_suffix(".unresolved.csv")


def report_path(run: Run) -> Path:
    """The plan of a run, or its receipt, which is written after its commit."""
    folder, name = ("plans", "plan.json") if run.plan_only else ("receipts", "receipt.json")
    return output_dir() / folder / run.choice.domain / run.id / name


def unresolved_path(run: Run, *, blocked: bool) -> Path:
    """The same beside the run's plan or receipt, or with the run when it is refused."""
    return problems_dir(run, blocked=blocked).with_name("unresolved.csv")


def stray_report_path(run: str) -> Path:
    """Where the receipt of a committed load goes when WDH_OUTPUT_DIR does not take it."""
    return Path(tempfile.gettempdir()) / f"workdatahub-{run}" / "receipt.json"


def run_dir(run: str) -> Path:
    """A run's own folder: what it decided, its summary, and what failed."""
    return output_dir() / "runs" / run


def problems_dir(run: Run, *, blocked: bool) -> Path:
    """Where a run's annotated workbooks lie: beside its plan or receipt, or with the run when it is refused."""
    return (run_dir(run.id) if blocked and not run.plan_only else report_path(run).parent) / "problems"


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
