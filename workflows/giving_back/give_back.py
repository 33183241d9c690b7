"""A merged document's findings -> the annotated workbooks and rejects.csv, in one folder."""

from __future__ import annotations

import functools
import hashlib
import logging
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from pathlib import Path
from typing import IO

from workflows import outputs
from workflows.domains.findings import Finding
from workflows.errors import Words, WorkbookChangedError, reason_of
from workflows.giving_back.problems import AnnotatedWorkbook, GivenBack, by_sheet, notes_of
from workflows.giving_back.rejects_csv import write_csv
from workflows.records.accounts import FileAccount
from workflows.sources.workbook import open_book

_log = logging.getLogger(__name__)
# With the ending and a number the name stays below every file system's 255 bytes.
_STEM_BYTES, _SHEET_BYTES = 200, 100
# Rows with problems are written anew and held while the others are put between them; of so many nothing is won.
MARKED_ROWS = 10_000
# What a sheet may be called and a file may not, on some system.
_NOT_IN_NAMES = frozenset('<>|"')


def give_back(
    folder: Path,
    files: Iterable[FileAccount],
    problems: Sequence[Finding],
    locate: Callable[[str], Path],
    label: Callable[[Path], str],
    engine: str | None = None,
) -> GivenBack:
    """Write ``<name>.问题.xlsx`` for each file with findings (``<name>.<sheet>.问题.xlsx`` where several sheets of it
    are read), and ``rejects.csv``; nothing at all without findings.

    ``problems`` are the merged document's findings, rejects first; ``locate`` finds a workbook by its path, ``label``
    names what was written. Never raises: what cannot be written is named in the result, as a load must not fail for
    its report.
    """
    if not problems:
        return GivenBack()
    grouped, failed, taken = by_sheet(problems), list[str](), set[str]()
    csv_path = folder / "rejects.csv"
    has_csv = _attempt(failed, csv_path, lambda stream: write_csv(stream, problems))
    workbooks = []
    listed = list(files)
    sheets = Counter(file.path for file in listed)
    for file in listed:
        found = grouped.get((file.path, file.sheet))
        if found:
            path = _free_name(folder, file.path, file.sheet if sheets[file.path] > 1 else "", taken)
            write = functools.partial(_annotate, file=file, problems=found, locate=locate, engine=engine)
            if _attempt(failed, path, write):
                taken.add(path.name.lower())
                workbooks.append(AnnotatedWorkbook(file=file.path, path=label(path)))
    return GivenBack(workbooks=tuple(workbooks), rejects_csv=label(csv_path) if has_csv else None, failed=tuple(failed))


def _annotate(
    stream: IO[bytes],
    file: FileAccount,
    problems: Sequence[Finding],
    locate: Callable[[str], Path],
    engine: str | None,
) -> None:
    # Only runs with findings pay for the library that writes workbooks.
    from workflows.giving_back.annotated import SheetCopy, write_annotated
    from workflows.giving_back.problem_list import ListFacts

    path, sheet, header_row = file.path, file.sheet, file.header_row
    content = locate(path).read_bytes()
    if hashlib.sha256(content).hexdigest() != file.sha256:
        raise WorkbookChangedError(
            path,
            Words(
                "读取之后被改动, 问题清单已不适用",
                "changed after it was read, so its findings no longer fit it",
            ),
        )
    book = open_book(content, path, engine)
    marked = {problem.row for problem in problems}
    few = len(marked) <= MARKED_ROWS
    written = book.as_written(sheet, {*range(1, header_row + 1), *marked}) if few else None
    rows = book.sheet(sheet).rows if written is None else written.read
    copy = SheetCopy(sheet, header_row, rows, book.look(sheet, header_row), written)
    # The largest sheets should not lie beside what is written of them.
    del content, book
    facts = ListFacts(Path(path).name, file.rows_read, file.rejects)
    write_annotated(stream, copy, [*problems, *notes_of(file)], facts)
    _log.info("wrote the findings of %s: %d", path, len(problems))


def _attempt(failed: list[str], path: Path, write: Callable[[IO[bytes]], None]) -> bool:
    """Write a file whole or not at all; a failure is kept and not raised."""
    try:
        with outputs.writing(path) as stream:
            write(stream)
    except Exception as error:  # noqa: BLE001 - the report of a load never makes it fail, whatever is wrong with it
        # An OSError's own text holds an absolute path, which plans do not.
        reason = reason_of(error) if isinstance(error, OSError) else error
        _log.warning("could not write %s (%s)", path.name, type(error).__name__)
        failed.append(f"{path.name}: {reason}")
        return False
    return True


def _free_name(folder: Path, provided: str, sheet: str, taken: Collection[str]) -> Path:
    """The workbook's name, with that of its sheet if it is given, numbered where two folders hold the same one."""
    plain = "".join(char for char in sheet if char.isprintable() and char not in _NOT_IN_NAMES)
    of_sheet = f".{plain}".encode()[:_SHEET_BYTES].decode(errors="ignore") if plain else ""
    stem = Path(provided).stem.encode()[: _STEM_BYTES - len(of_sheet.encode())].decode(errors="ignore") + of_sheet
    names = [f"{stem}.问题.xlsx", *(f"{stem} ({number}).问题.xlsx" for number in range(2, len(taken) + 2))]
    return folder / next(name for name in names if name.lower() not in taken)
