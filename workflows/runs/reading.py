"""A chosen workbook -> its processed documents: one for each domain and sheet that a run reads of it."""

from __future__ import annotations

import hashlib
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path

from workflows import outputs
from workflows.domains.registry import get_domain
from workflows.errors import Words, WorkbookChangedError, WorkbooksFailedError, reason_of
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
from workflows.stages import Stage

Say = Callable[[str, int], None]
"""Hears what is being done, and how many percent of it are."""


def document_of(choice: Choice, file: SnapshotFile) -> Path:
    """Where the processed document of a domain's file lies, made or not."""
    return processed_path(choice.domain, file, reading_rules(choice.domain, choice.source).digest)


def documents_of(run: Run, path: str) -> list[Path]:
    """Where all documents lie that a run reads of a workbook, made or not."""
    return [document_of(*reading) for reading in run.workbooks[path]]


def unread(run: Run, paths: Sequence[str]) -> list[str]:
    """The workbooks that lack a document."""
    return [path for path in paths if not all(map(outputs.exists, documents_of(run, path)))]


def process_workbook(run: Run, path: str, say: Say = lambda _what, _percent: None) -> list[FileAccount]:
    """Read the bytes once, check them, and validate and write what the run reads of them and is not there yet; what
    became of the workbook's rows, by domain and sheet.

    Raises a WorkbookError when the file cannot be trusted as a whole, WorkbookChangedError when its bytes are no
    longer those that were chosen.
    """
    readings = [reading for reading in run.workbooks[path] if not outputs.exists(document_of(*reading))]
    if not readings:
        return []
    with collector_paused(), Stage("reading", path):
        content = _read(locate(get_settings().data_base_dir, path), readings[0][1])
        say(f"reading {len(content):,} bytes", 10)
        # Only for several is a book worth keeping: what it holds lies in the way of what is made of its cells.
        shared = open_book(content, path, get_settings().workbook_engine) if len(readings) > 1 else content
        return [_process(shared, choice, file, say) for choice, file in readings]


def process_workbooks(
    run: Run, paths: Sequence[str], tell: Callable[[str, list[FileAccount]], None] = lambda _path, _done: None
) -> None:
    """Process each of several workbooks, whatever becomes of the others; ``tell`` hears of each that could be.

    Raises WorkbooksFailedError once all were tried.
    """
    failed: dict[str, Exception] = {}
    for path in paths:
        try:
            done = process_workbook(run, path)
        except Exception as error:  # noqa: BLE001 - as in a task of its own: no workbook's fault is another's
            # Until the last one was tried; frames hold all that was read.
            traceback.clear_frames(error.__traceback__)
            failed[path] = error
        else:
            tell(path, done)
    if failed:
        raise WorkbooksFailedError(failed, len(paths))


def _process(content: bytes | Book, choice: Choice, file: SnapshotFile, say: Say) -> FileAccount:
    rules, domain = reading_rules(choice.domain, choice.source), get_domain(choice.domain)
    with Stage("reading", file.path) as reading:
        validated = validate_workbook(content, file, domain, rules)
        reading.rows = validated.evaluated.counts.rows_read
    say("writing", 80)
    with Stage("writing", file.path) as writing, outputs.writing(document_of(choice, file)) as stream:
        write_validated(stream, validated, domain, rules)
        writing.rows = validated.evaluated.counts.records
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
