"""Where every output lies, made in one place: a local path today, below WDH_OUTPUT_DIR.

::

    snapshots/<digest>.json                       the frozen choice of files
    processed/<domain>/<month>/<file>-<id>.json   one workbook's records
    merged/<domain>/<id>.json                     several workbooks' records
    plans/<domain>/<run>/plan.json, plan.sql      what a run would do
    receipts/<domain>/<run>/receipt.json          what a run did
    …/problems/                                   what goes back to the providers; for a blocked execution below runs/
    runs/<run>/                                   a run's summary and failures
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, cast

import luigi
from luigi.format import Nop

from workflows.settings import get_settings


def output_dir() -> Path:
    """The folder of everything that the workflow writes, absolute."""
    return get_settings().output_dir.resolve()


def local_target(path: Path) -> luigi.LocalTarget:
    """A target of bytes; written atomically by ``write_atomically``."""
    return cast(Any, luigi.LocalTarget)(str(path), format=Nop)  # type: ignore[no-any-return]


@contextmanager
def write_atomically(target: luigi.LocalTarget) -> Iterator[IO[bytes]]:
    """A stream that becomes the target when the block ends well, and nothing otherwise."""
    with cast(Any, target).open("w") as stream:
        yield stream


def target_path(target: luigi.LocalTarget) -> Path:
    """The target's path."""
    return Path(target.path)


def inputs(task: luigi.Task) -> list[Path]:
    """The paths of what a task requires, in its order."""
    return [target_path(target) for target in cast(Any, luigi.task.flatten)(cast(Any, task).input())]


def identity(**parts: Any) -> str:
    """16 hex digits that tell one set of inputs and rules from any other, on every machine."""
    canonical = json.dumps(parts, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()[:16]


def snapshots_dir() -> Path:
    """Where snapshots lie."""
    return output_dir() / "snapshots"


def processed_path(domain: str, month: str, file_name: str, digest: str) -> Path:
    """The processed document of one workbook.

    120 bytes of its name leave room for the digest and Luigi's temporary ending below the 255 of file systems.
    """
    stem = Path(file_name).stem.encode()[:120].decode(errors="ignore")
    return output_dir() / "processed" / domain / month / f"{stem}-{digest}.json"


def merged_path(domain: str, digest: str) -> Path:
    """The merged document of one snapshot."""
    return output_dir() / "merged" / domain / f"{digest}.json"


def plan_path(domain: str, run: str) -> Path:
    """The plan of one run."""
    return output_dir() / "plans" / domain / run / "plan.json"


def receipt_path(domain: str, run: str) -> Path:
    """The receipt of one run, written after its commit."""
    return output_dir() / "receipts" / domain / run / "receipt.json"


def stray_receipt_path(run: str) -> Path:
    """Where the receipt of a committed load goes when WDH_OUTPUT_DIR does not take it."""
    return Path(tempfile.gettempdir()) / f"workdatahub-{run}" / "receipt.json"


def run_dir(run: str) -> Path:
    """A run's own folder: its summary, and what failed."""
    return output_dir() / "runs" / run


def problems_dir(domain: str, run: str, *, plan_only: bool, blocked: bool) -> Path:
    """Where a run's annotated workbooks lie: beside its plan or receipt, or with the run when it is refused."""
    if blocked and not plan_only:
        return run_dir(run) / "problems"
    return (plan_path if plan_only else receipt_path)(domain, run).parent / "problems"


def label(path: Path) -> str:
    """A path for people: below WDH_OUTPUT_DIR where it lies there, else as it is."""
    return relative(path) if path.is_relative_to(output_dir()) else path.as_posix()


def relative(path: Path) -> str:
    """A path as plans and receipts keep it: below WDH_OUTPUT_DIR, with POSIX separators."""
    return path.relative_to(output_dir()).as_posix()
