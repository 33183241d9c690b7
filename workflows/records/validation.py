"""One workbook's bytes -> the document of its records, rejects and counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Any

from workflows.domains.domain import Domain
from workflows.domains.evaluate import Evaluated
from workflows.domains.mapping import ColumnMap, Source
from workflows.domains.naming import called
from workflows.domains.set_aside import SET_ASIDE_LISTED
from workflows.domains.units import ReadUnit
from workflows.errors import AccountingError
from workflows.records.accounts import FileAccount, FurtherTable, SheetColumn, TouchedCells
from workflows.records.documents import REJECTED_KEYS, ProcessedCounts, ProcessedMeta
from workflows.records.json_files import record_lines, write_document
from workflows.records.monthly_sums import additive_fields, sums_of
from workflows.records.sheet_choice import read_table
from workflows.records.sheet_tables import Part, evaluate_sheet, joined
from workflows.sources.cells import Header, SheetTable
from workflows.sources.entries import DomainSource
from workflows.sources.snapshot import SnapshotFile
from workflows.sources.workbook import Book
from workflows.stages import Stage


@dataclass(frozen=True, slots=True)
class ReadingRules:
    """How a domain's workbooks are read: its catalogue entry, and the engine if one is forced.

    ``digest`` covers these, the code and the libraries: documents of one digest and the same bytes are the same.
    """

    source: DomainSource
    engine: str | None
    digest: str


@dataclass(frozen=True, slots=True)
class Validated:
    """A workbook's table and what its rows became; the rows are accounted for exactly once.

    ``further`` are the tables below it, whose rows are among those of ``evaluated``.
    """

    file: SnapshotFile
    table: SheetTable
    evaluated: Evaluated
    further: Sequence[Part] = ()


def validate_workbook(content: bytes | Book, file: SnapshotFile, domain: Domain, rules: ReadingRules) -> Validated:
    """Read the sheet of ``file`` from its bytes, or from the book that they were opened as; find the header, clean and
    validate.

    Raises a WorkbookError when the file cannot be trusted as a whole; bad rows are rejects in the result.
    """
    entry = rules.source
    domain = called(domain, entry.headers, entry.ignored_headers)
    source = Source(
        file.path,
        file.period,
        entry.month_from == "file",
        entry.required_columns,
        entry.hidden == "skip",
        entry.rate_unit,
        entry.tables,
        entry.struck_through == "skip",
        entry.fill_down,
    )
    mapped = read_table(content, file.sheet, domain, source, rules.engine)
    table = mapped.table
    with Stage("validating", file.path) as validating:
        parts = evaluate_sheet(domain, table, mapped.columns, source)
        evaluated = joined(parts)
        validating.rows = evaluated.counts.rows_read
    if not evaluated.counts.add_up:
        raise AccountingError(file.path, f"行数对不上, 是程序缺陷 / the row counts do not add up: {evaluated.counts}")
    return Validated(file, table, evaluated, parts[1:])


def write_validated(stream: IO[bytes], validated: Validated, domain: Domain, rules: ReadingRules) -> None:
    """Write the processed document of one workbook (see ``json_files``); the same input gives the same bytes."""
    evaluated = validated.evaluated
    meta = ProcessedMeta(domain=domain.name, fields=domain.columns, file=account(validated, domain, rules))
    lines = record_lines(list(evaluated.columns.values()))
    findings = (evaluated.rejects, evaluated.cautions)
    write_document(stream, meta, lines, *findings, lambda: counts(evaluated, domain), evaluated.touched)


def account(validated: Validated, domain: Domain, rules: ReadingRules) -> FileAccount:
    """Where the records come from, which column feeds each field, and what became of each row."""
    file, table, evaluated = validated.file, validated.table, validated.evaluated
    sources, found = evaluated.sources, evaluated.counts
    return FileAccount(
        path=file.path,
        sha256=file.sha256,
        period=file.period,
        part=file.part,
        version=file.version,
        sheet=table.sheet,
        engine=table.engine,
        engine_reason=table.reason,
        rules=rules.digest,
        header_row=table.header_row,
        columns=_columns(sources),
        further_tables=tuple(
            FurtherTable(header_row=part.table.header_row, columns=_columns(part.evaluated.sources))
            for part in validated.further
        ),
        ignored_headers=sources.ignored,
        notes=(*table.notes, *_unfed(evaluated, domain)),
        rows_read=found.rows_read,
        records=found.records,
        rejects=found.rejected_rows,
        blank_rows=found.blank_rows,
        totals_rows=found.totals_rows,
        hidden_rows=found.hidden_rows,
        set_aside_rows=found.set_aside_rows,
        set_aside=tuple(evaluated.set_aside[:SET_ASIDE_LISTED]),
        touched=tuple(
            TouchedCells(field=field, rule=rule.name, chinese=rule.chinese, english=rule.english, cells=cells)
            for field, rule, cells in evaluated.touch_counts
        ),
    )


def _columns(sources: ColumnMap) -> dict[str, SheetColumn]:
    return {name: _column(header, sources.unit(name)) for name, header in sources.headers.items()}


def _column(header: Header, unit: ReadUnit) -> SheetColumn:
    said = "" if unit.rows else unit.unit or ""
    return SheetColumn(letter=header.letter, header=header.text, unit=said, unit_from=unit.place, unit_text=unit.text)


def _unfed(evaluated: Evaluated, domain: Domain) -> list[str]:
    """Fields that may be empty and are, because no column of this workbook feeds them."""
    return [
        _without_column(name, domain.known_as(name), kind.default)
        for name, kind in domain.kinds.items()
        if domain.may_be_missing(name) and evaluated.sources.header(name) is None
    ]


def _without_column(name: str, header: str, default: str | None) -> str:
    known = name if name == header else f"{header} ({name})"
    chinese, english = (
        ("全部留空", "it stays empty") if default is None else (f"各行均为 {default}", f"it is {default} in every row")
    )
    return f"没有“{known}”列，{chinese} / no column for {known}: {english}"


def counts(evaluated: Evaluated, domain: Domain) -> ProcessedCounts:
    """The records and sums of one workbook by month, and the key that its records do not repeat."""
    records = evaluated.columns
    key_columns = [records[name] for name in domain.primary_key]
    months: Mapping[str, int] = Counter(records[domain.period_field])
    unique = _repeat_no_row(key_columns, evaluated.counts.records)
    return ProcessedCounts(
        months=dict(sorted(months.items())),
        sums=sums_of(additive_fields(domain), evaluated.typed, records[domain.period_field]),
        unique_key=domain.primary_key if unique else (),
        rejected_keys=tuple(evaluated.rejected_keys[:REJECTED_KEYS]),
    )


def _repeat_no_row(columns: Sequence[Sequence[Any]], count: int) -> bool:
    """Whether the columns together are unique; one of them alone often is, and is looked at sooner."""
    alone = any(len(set(column)) == count for column in columns)
    return alone or len(set(zip(*columns, strict=True))) == count
