"""A merged document's findings -> the annotated workbooks and rejects.csv, in one folder."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import logging
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from workflows.errors import WorkbookChangedError
from workflows.giving_back.problems import Problem, by_file, notes_of, problems_of
from workflows.giving_back.rejects_csv import write_csv
from workflows.sources.workbook import open_book

_log = logging.getLogger(__name__)
# With the ending and a number the name stays below every file system's 255 bytes.
_STEM_BYTES = 200


@dataclass(slots=True)
class Written:
    """What lies in the folder now: ``workbooks`` as (provider's path, copy), and why something does not."""

    workbooks: list[tuple[str, Path]] = field(default_factory=list)
    rejects_csv: Path | None = None
    failed: list[str] = field(default_factory=list)


def give_back(
    folder: Path,
    files: Iterable[Mapping[str, Any]],
    rejects: Sequence[Mapping[str, Any]],
    warnings: Sequence[Mapping[str, Any]],
    locate: Callable[[str], Path],
    engine: str | None = None,
) -> Written:
    """Write ``<name>.问题.xlsx`` for each file with findings, and ``rejects.csv``; nothing at all without findings.

    ``files`` are the merged document's summaries; ``locate`` finds a workbook by its path. Never raises: what
    cannot be written is named in the result, as a load must not fail for its report.
    """
    written = Written()
    if not rejects and not warnings:
        return written
    problems = problems_of(rejects, warnings)
    grouped = by_file(problems)
    csv_path = folder / "rejects.csv"
    if _attempt(written, csv_path, lambda stream: write_csv(stream, problems)):
        written.rejects_csv = csv_path
    for file in files:
        found = grouped.get(file["path"])
        if found:
            path = _free_name(folder, file["path"], written)
            write = functools.partial(_annotate, file=file, problems=found, locate=locate, engine=engine)
            if _attempt(written, path, write):
                written.workbooks.append((file["path"], path))
    return written


def _annotate(
    stream: IO[bytes],
    file: Mapping[str, Any],
    problems: Sequence[Problem],
    locate: Callable[[str], Path],
    engine: str | None,
) -> None:
    # Only runs with findings pay for the library that writes workbooks.
    from workflows.giving_back.annotated import SheetCopy, write_annotated
    from workflows.giving_back.problem_list import ListFacts

    path, sheet, header_row = file["path"], file["sheet"], file["header_row"]
    content = locate(path).read_bytes()
    if hashlib.sha256(content).hexdigest() != file["sha256"]:
        raise WorkbookChangedError(path, "changed after it was read, so its findings no longer fit it")
    book = open_book(content, path, engine)
    copy = SheetCopy(sheet, header_row, book.sheet(sheet).rows, book.look(sheet, header_row))
    # The largest sheets should not lie beside what is written of them.
    del content, book
    facts = ListFacts(Path(path).name, file["rows_read"], file["rejects"])
    write_annotated(stream, copy, [*problems, *notes_of(file)], facts)
    _log.info("wrote the findings of %s: %d", path, len(problems))


def _attempt(written: Written, path: Path, write: Callable[[IO[bytes]], None]) -> bool:
    """Write a file whole or not at all; a failure is kept and not raised."""
    unfinished = path.with_name(f".{os.getpid()}.unfinished")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with unfinished.open("wb") as stream:
            write(stream)
        unfinished.replace(path)
    except Exception as error:  # noqa: BLE001 - the report of a load never makes it fail, whatever is wrong with it
        # An OSError's own text holds an absolute path, which plans do not.
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        _log.warning("could not write %s (%s)", path.name, type(error).__name__)
        written.failed.append(f"{path.name}: {reason}")
        with contextlib.suppress(OSError):
            unfinished.unlink(missing_ok=True)
        return False
    return True


def _free_name(folder: Path, provided: str, written: Written) -> Path:
    """The workbook's name, numbered where two folders hold the same one."""
    stem = Path(provided).stem.encode()[:_STEM_BYTES].decode(errors="ignore")
    taken = {path.name.lower() for _file, path in written.workbooks}
    names = [f"{stem}.问题.xlsx", *(f"{stem} ({number}).问题.xlsx" for number in range(2, len(taken) + 2))]
    return folder / next(name for name in names if name.lower() not in taken)
