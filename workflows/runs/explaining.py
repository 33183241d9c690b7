"""Where a figure comes from: its cell, what was done to it, by which load, and what it was before."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Mapping
from typing import NamedTuple

from workflows.domains.domain import Domain
from workflows.domains.registry import get_domain
from workflows.errors import ParameterError
from workflows.frozen import Frozen
from workflows.runs.choosing import catalogue
from workflows.runs.explanation import Explanation, LoadFacts, RowHistory
from workflows.runs.origins import cell_origin, document_of, field_at, findings_at, raw_row
from workflows.settings import Settings
from workflows.sources.entries import DomainSource
from workflows.warehouse.connection import connect, rolled_back
from workflows.warehouse.embedded import reachable
from workflows.warehouse.explain import RowState, row_states
from workflows.warehouse.ledger import CommittedLoad, loaded_files, loads_of

_CELL = re.compile(r"(?P<file>.+)!(?P<sheet>[^!]+)!(?P<letters>[A-Za-z]{0,3})(?P<row>\d{1,7})")
_MONTH = re.compile(r"\d{4}-\d{1,2}")


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
        column = field_at(place.file, place.sheet, place.letters, name)
    only = [column] if column else list(domain.business_columns)
    ledger = _Ledger(loads=loads, read=read)
    rows = tuple(_row(state, ledger, source, domain, only, settings) for state in states)
    findings = tuple(findings_at(place.file, place.sheet, place.row, name)) if place is not None else ()
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
            raise ParameterError(
                f"--key: 应为 {', '.join(names)} ({len(names)} 个值), 而不是 {key!r} / "
                f"{', '.join(names)} wanted ({len(names)} values), {key!r} found"
            )
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
    account, touched = document_of(file or "", sheet or "", sha256, domain.name, missing)
    raw = raw_row(file or "", sheet or "", int(number or 0), sha256, settings, missing) if number else {}
    cells = tuple(
        cell_origin(name, state.values.get(name), file, sheet, number, account, touched, raw) for name in columns
    )
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
