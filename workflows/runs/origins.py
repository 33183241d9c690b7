"""Where a row's values come from: what the document of its workbook and the workbook itself still say of its cells.

Either may be gone or another by now: what cannot be found out is said in ``missing``, and is no error.
"""

from __future__ import annotations

import contextlib
import glob
import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path

from workflows import outputs
from workflows.domains.findings import Finding
from workflows.domains.touches import Touched
from workflows.errors import RecordsError, WorkflowError
from workflows.records.accounts import FileAccount
from workflows.records.documents import ProcessedFile, processed_file
from workflows.runs import paths
from workflows.runs.explanation import Applied, CellOrigin
from workflows.settings import Settings
from workflows.sources.cells import Cell, FormattedNumber, column_index
from workflows.sources.discovery import locate
from workflows.sources.workbook import open_book


def document_of(
    file: str, sheet: str, sha256: str, domain: str, missing: list[str]
) -> tuple[FileAccount | None, list[Touched]]:
    """How those bytes of the workbook (any, if nobody knows which) were read: its document, if that is there."""
    for document in _documents(domain, file):
        account = document.meta.file
        if account.sheet == sheet and sha256 in ("", account.sha256):
            return account, document.touched()
    missing.append("读取该文件时的记录已不存在，再次计划可重建 / the record of how it was read is gone; plan it again")
    return None, []


def _documents(domain: str, file: str) -> Iterator[ProcessedFile]:
    """The documents of a workbook, newest first."""
    stem = Path(file).stem.encode()[:120].decode(errors="ignore")
    found = outputs.found(paths.output_dir() / "processed" / domain, f"*/{glob.escape(stem)}-*.json")
    for path in found:
        with contextlib.suppress(RecordsError):
            document = processed_file(path)
            if document.meta.file.path == file:
                yield document


def raw_row(
    file: str, sheet: str, number: int, sha256: str, settings: Settings, missing: list[str]
) -> Mapping[int, Cell]:
    """The cells of the row as they stand in the workbook, by column from 0."""
    try:
        content = locate(settings.data_base_dir.resolve(), file).read_bytes()
    except OSError:
        missing.append(f"{file} 已不在数据文件夹中 / is not in the data folder any more")
        return {}
    if sha256 and hashlib.sha256(content).hexdigest() != sha256:
        missing.append(
            f"{file} 载入后已改动，原单元格内容不可知 / was changed since: what stood in its cells is not known"
        )
        return {}
    try:
        rows = open_book(content, file, settings.workbook_engine).sheet(sheet).rows
        return dict(enumerate(rows[number - 1])) if number <= len(rows) else {}
    except WorkflowError as error:
        missing.append(str(error))
        return {}


def cell_origin(
    name: str,
    value: str | None,
    file: str | None,
    sheet: str | None,
    number: str | None,
    account: FileAccount | None,
    touched: list[Touched],
    raw: Mapping[int, Cell],
) -> CellOrigin:
    """The cell that a row's column was read from; of one that no single cell gave, what is known all the same."""
    found = account.columns.get(name) if account else None
    applied = tuple(_applied(each, account) for each in touched if each.field == name and _is_among(number, each.rows))
    if found is None or not number:
        return CellOrigin(field=name, value=value, applied=applied)
    cell = raw.get(column_index(found.letter))
    return CellOrigin(
        field=name,
        value=value,
        header=found.header,
        cell=f"{file}!{sheet}!{found.letter}{number}",
        raw="" if cell is None else str(cell),
        number_format=cell.number_format if isinstance(cell, FormattedNumber) else "",
        unit=found.unit,
        unit_from=found.unit_from,
        unit_text=found.unit_text,
        applied=applied,
    )


def _applied(touched: Touched, account: FileAccount | None) -> Applied:
    counted = account.touched if account else ()
    said = next((each for each in counted if (each.field, each.rule) == (touched.field, touched.rule)), None)
    return Applied(
        rule=touched.rule,
        chinese=said.chinese if said else touched.rule,
        english=said.english if said else touched.rule,
        before=touched.before,
        after=None if touched.after is None else str(touched.after),
    )


def _is_among(number: str | None, rows: str) -> bool:
    """Whether an Excel row is among those written as ``2-5,9``."""
    if not number:
        return False
    for part in rows.split(","):
        first, _, last = part.partition("-")
        if int(first) <= int(number) <= int(last or first):
            return True
    return False


def field_at(file: str, sheet: str, letters: str, domain: str) -> str:
    """Which field the cell's column feeds; empty if that cannot be told, and then all are explained."""
    for document in _documents(domain, file):
        if document.meta.file.sheet == sheet:
            columns = document.meta.file.columns
            return next((name for name, column in columns.items() if column.letter == letters), "")
    return ""


def findings_at(file: str, sheet: str, row: int, domain: str) -> Iterator[Finding]:
    """What was found wrong or odd in that row when the workbook was read last."""
    for document in _documents(domain, file):
        if document.meta.file.sheet == sheet:
            yield from (each for each in (*document.rejects, *document.warnings) if each.row == row)
            return
