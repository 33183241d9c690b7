"""One chosen workbook -> its processed documents: one for each domain and sheet that a run reads of it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

from workflows import outputs
from workflows.domains.registry import get_domain
from workflows.errors import Words, WorkbookChangedError, reason_of
from workflows.plan.run import Choice, Run
from workflows.records.accounts import FileAccount
from workflows.records.validation import account, validate_workbook, write_validated
from workflows.runs.collector import collector_paused
from workflows.runs.paths import processed_path
from workflows.runs.rules import reading_rules
from workflows.settings import get_settings
from workflows.sources.discovery import locate
from workflows.sources.snapshot import SnapshotFile
from workflows.sources.workbook import Book, open_book

Say = Callable[[str, int], None]
"""Hears what is being done, and how many percent of it are."""


def document_of(choice: Choice, file: SnapshotFile) -> Path:
    """Where the processed document of a domain's file lies, made or not."""
    return processed_path(choice.domain, file, reading_rules(choice.domain, choice.source).digest)


def process_workbook(run: Run, path: str, say: Say = lambda _what, _percent: None) -> list[FileAccount]:
    """Read the bytes once, check them, and validate and write what the run reads of them and is not there yet; what
    became of the workbook's rows, by domain and sheet.

    Raises a WorkbookError when the file cannot be trusted as a whole, WorkbookChangedError when its bytes are no
    longer those that were chosen.
    """
    readings = [reading for reading in run.workbooks[path] if not outputs.exists(document_of(*reading))]
    if not readings:
        return []
    content = _read(locate(get_settings().data_base_dir, path), readings[0][1])
    say(f"reading {len(content):,} bytes", 10)
    with collector_paused():
        # Only for several is a book worth keeping: what it holds lies in the way of what is made of its cells.
        shared = open_book(content, path, get_settings().workbook_engine) if len(readings) > 1 else content
        return [_process(shared, choice, file, say) for choice, file in readings]


def _process(content: bytes | Book, choice: Choice, file: SnapshotFile, say: Say) -> FileAccount:
    rules, domain = reading_rules(choice.domain, choice.source), get_domain(choice.domain)
    validated = validate_workbook(content, file, domain, rules)
    say("writing", 80)
    with outputs.writing(document_of(choice, file)) as stream:
        write_validated(stream, validated, domain, rules)
    return account(validated, domain, rules)


def _read(path: Path, file: SnapshotFile) -> bytes:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise WorkbookChangedError(
            file.path,
            Words(
                f"文件已无法读取 ({reason_of(error).chinese}); 请重新运行",
                f"cannot be read any more ({reason_of(error).english}); run again",
            ),
        ) from None
    found = hashlib.sha256(content).hexdigest()
    if found != file.sha256:
        raise WorkbookChangedError(
            file.path,
            Words(
                "运行期间文件已更改; 请重新运行",
                f"changed while the run was under way (sha256 {file.sha256[:12]} chosen, {found[:12]} found); "
                "run again",
            ),
        )
    return content
