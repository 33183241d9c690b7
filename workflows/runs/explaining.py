"""Where a figure comes from: its cell, what was done to it, by which load, and what it was before."""

from __future__ import annotations

import contextlib
import glob
import hashlib
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from workflows import outputs
from workflows.domains.domain import Domain
from workflows.domains.findings import Finding
from workflows.domains.registry import get_domain
from workflows.domains.touches import Touched
from workflows.errors import ParameterError, RecordsError, WorkflowError
from workflows.frozen import Frozen
from workflows.records.accounts import FileAccount
from workflows.records.documents import ProcessedFile, processed_file
from workflows.runs import paths
from workflows.runs.choosing import catalogue
from workflows.settings import Settings
from workflows.sources.cells import Cell, FormattedNumber, column_index
from workflows.sources.discovery import locate
from workflows.sources.entries import DomainSource
from workflows.sources.workbook import open_book
from workflows.warehouse.connection import connect, rolled_back
from workflows.warehouse.embedded import reachable
from workflows.warehouse.explain import RowState, row_states
from workflows.warehouse.ledger import CommittedLoad, loaded_files, loads_of

_CELL = re.compile(r"(?P<file>.+)!(?P<sheet>[^!]+)!(?P<letters>[A-Za-z]{0,3})(?P<row>\d{1,7})")
_MONTH = re.compile(r"\d{4}-\d{1,2}")


class Applied(Frozen):
    """A rule that put something else into a cell than what stood there."""

    rule: str
    chinese: str
    english: str
    before: str | None
    after: str | None


class CellOrigin(Frozen):
    """A value and the cell that it comes from: ``raw`` as it stands there, with the ``number_format`` that matters.

    ``unit`` is what it was read in, as ``unit_from`` says. Empty where no single cell gave it, or it cannot be had.
    """

    field: str
    value: str | None
    header: str = ""
    cell: str = ""
    raw: str = ""
    number_format: str = ""
    unit: str = ""
    unit_from: str = ""
    unit_text: str = ""
    applied: tuple[Applied, ...] = ()


class LoadFacts(Frozen):
    """A load as the ledger has it; ``plan`` is the plan that it carried out, approved if ``via`` is ApplyPlan."""

    load_id: str
    at: datetime
    by: str
    via: str
    plan: str


class RowHistory(Frozen):
    """One row at one time: who wrote it, who took it away (None: it stands), and where its cells are.

    ``missing`` says what could not be found out, and why.
    """

    key: dict[str, str | None]
    written: LoadFacts | None
    gone: LoadFacts | None
    stands: bool
    place: str
    cells: tuple[CellOrigin, ...]
    missing: tuple[str, ...] = ()


class Explanation(Frozen):
    """All that is known of the rows that were asked for: those that stand first, then what they were before.

    ``findings`` say why rows of that place are not in the table.
    """

    domain: str
    table: str
    asked: dict[str, str]
    rows: tuple[RowHistory, ...]
    findings: tuple[Finding, ...] = ()


def explain(name: str, key: str, cell: str, column: str, settings: Settings) -> Explanation:
    """What is known of the row of this ``key`` (``2024-11,P0001,C001``, or ``column=value,…``), or of this ``cell``
    (``file!sheet!G14``); of one ``column`` only, if it is given.

    Raises ParameterError for what names no row or column, and the database's errors.
    """
    source, domain = catalogue().domain(name), get_domain(name)
    if bool(key) == bool(cell):
        raise ParameterError(
            "请给出 KEY=… 或 CELL=… 之一 / "
            "KEY=… (2024-11,P0001,C001) or CELL='file!sheet!G14' is wanted, and one of them only"
        )
    if column and column not in domain.columns:
        raise ParameterError(
            f"--column: 没有此列 / {name} has no column {column}; it has {', '.join(domain.business_columns)}"
        )
    place = _place(cell) if cell else None
    wanted = _wanted(key, source, domain) if place is None else place.wanted
    database = settings.database
    with (
        reachable(database),
        contextlib.closing(connect(database)) as connection,
        rolled_back(connection, "explain", source.table),
    ):
        states = row_states(connection, source.table, wanted)
        loads = {load.sequence: load for load in loads_of(connection, source.table)}
        read = {(load.load_id, file.path): file.sha256 for load, file in loaded_files(connection, source.table)}
    if place is not None and place.letters and not column:
        column = _field_at(place, name)
    only = [column] if column else list(domain.business_columns)
    ledger = _Ledger(loads=loads, read=read)
    rows = tuple(_row(state, ledger, source, domain, only, settings) for state in states)
    findings = tuple(_findings_at(place, name)) if place is not None else ()
    return Explanation(domain=name, table=source.table, asked=wanted, rows=rows, findings=findings)


class _Ledger(NamedTuple):
    """Loads by their number, and the sha256 of the workbooks that they read, by load and path."""

    loads: Mapping[int, CommittedLoad]
    read: Mapping[tuple[str, str], str]

    def load(self, number: int | None) -> CommittedLoad | None:
        return None if number is None else self.loads.get(number)


class _Place(Frozen):
    file: str
    sheet: str
    letters: str
    row: int

    @property
    def wanted(self) -> dict[str, str]:
        return {"data_source": self.file, "source_sheet": self.sheet, "source_row": str(self.row)}


def _place(text: str) -> _Place:
    match = _CELL.fullmatch(text.strip())
    if match is None:
        raise ParameterError(
            "--cell: 应为 file!sheet!G14, 与计划和页面的写法相同 / "
            f"file!sheet!G14 wanted, as plans and pages write it; {text!r} found"
        )
    return _Place(file=match["file"], sheet=match["sheet"], letters=match["letters"].upper(), row=int(match["row"]))


def _wanted(key: str, source: DomainSource, domain: Domain) -> dict[str, str]:
    parts = [part.strip() for part in key.split(",")]
    if all("=" in part for part in parts):
        wanted = dict(part.split("=", 1) for part in parts)
    else:
        names = source.primary_key or (*source.merge_key, *source.described_by)
        if len(parts) != len(names):
            raise ParameterError(f"--key: {', '.join(names)} wanted ({len(names)} values), {key!r} found")
        wanted = dict(zip(names, parts, strict=True))
    month = wanted.get(domain.period_field, "")
    if _MONTH.fullmatch(month):
        wanted[domain.period_field] = f"{month}-01"
    return wanted


def _row(
    state: RowState,
    ledger: _Ledger,
    source: DomainSource,
    domain: Domain,
    columns: list[str],
    settings: Settings,
) -> RowHistory:
    written, gone = ledger.load(state.written_by), ledger.load(state.deleted_by)
    file, sheet, number = (state.values.get(name) for name in ("data_source", "source_sheet", "source_row"))
    missing: list[str] = []
    if written is None:
        missing.append("这一行不是由本系统载入的 / no load of ours wrote this row")
    sha256 = ledger.read.get((written.load_id, file or ""), "") if written else ""
    account, touched = _document_of(file or "", sheet or "", sha256, domain.name, missing)
    raw = _raw_row(file or "", sheet or "", int(number or 0), sha256, settings, missing) if number else {}
    cells = tuple(_origin(name, state.values.get(name), file, sheet, number, account, touched, raw) for name in columns)
    names = source.primary_key or (*source.merge_key, *source.described_by)
    return RowHistory(
        key={name: state.values.get(name) for name in names},
        written=_facts(written),
        gone=_facts(gone),
        stands=state.deleted_by is None,
        place=f"{file}!{sheet}!{number}" if number else file or "",
        cells=cells,
        missing=tuple(missing),
    )


def _facts(load: CommittedLoad | None) -> LoadFacts | None:
    if load is None:
        return None
    return LoadFacts(load_id=load.load_id, at=load.committed_at, by=load.by, via=load.via, plan=load.plan_id)


def _document_of(
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


def _raw_row(
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


def _origin(
    name: str,
    value: str | None,
    file: str | None,
    sheet: str | None,
    number: str | None,
    account: FileAccount | None,
    touched: list[Touched],
    raw: Mapping[int, Cell],
) -> CellOrigin:
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


def _field_at(place: _Place, domain: str) -> str:
    """Which field the cell's column feeds; empty if that cannot be told, and then all are explained."""
    for document in _documents(domain, place.file):
        if document.meta.file.sheet == place.sheet:
            columns = document.meta.file.columns
            return next((name for name, column in columns.items() if column.letter == place.letters), "")
    return ""


def _findings_at(place: _Place, domain: str) -> Iterator[Finding]:
    """What was found wrong or odd in that row when the workbook was read last."""
    for document in _documents(domain, place.file):
        if document.meta.file.sheet == place.sheet:
            yield from (each for each in (*document.rejects, *document.warnings) if each.row == place.row)
            return
