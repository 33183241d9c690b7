"""One workbook's bytes -> the document of its records, rejects and counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import IO, Any

from workflows.domains.domain import Domain
from workflows.domains.evaluate import Evaluated, evaluate
from workflows.domains.mapping import Source
from workflows.errors import AccountingError
from workflows.records.json_files import record_lines, write_document
from workflows.records.monthly_sums import additive_fields, sums_of
from workflows.records.sheet_choice import read_table
from workflows.sources.cells import SheetTable


@dataclass(frozen=True, slots=True)
class Workbook:
    """A chosen workbook: ``path`` as records keep it, ``content`` its bytes, already checked against ``sha256``."""

    path: str
    sha256: str
    period: date
    part: str
    version: int
    sheet: str | int
    content: bytes


@dataclass(frozen=True, slots=True)
class ReadingRules:
    """What the catalogue and the settings say about reading; ``digest`` covers code, libraries and these."""

    digest: str
    required: tuple[str, ...] = ()
    month_from_file: bool = False
    engine: str | None = None
    hidden: str = "include"


@dataclass(frozen=True, slots=True)
class Validated:
    """A workbook's table and what its rows became; the rows are accounted for exactly once."""

    workbook: Workbook
    table: SheetTable
    evaluated: Evaluated


def validate_workbook(workbook: Workbook, domain: Domain, rules: ReadingRules) -> Validated:
    """Read, find the header, clean and validate.

    Raises a WorkbookError when the file cannot be trusted as a whole; bad rows are rejects in the result.
    """
    source = Source(workbook.path, workbook.period, rules.month_from_file, rules.required, rules.hidden == "skip")
    table, columns = read_table(workbook.content, workbook.sheet, domain, source, rules.engine)
    evaluated = evaluate(domain, table, columns, source)
    if not evaluated.counts.add_up:
        raise AccountingError(workbook.path, f"the row counts do not add up: {evaluated.counts}")
    return Validated(workbook, table, evaluated)


def write_validated(stream: IO[bytes], validated: Validated, domain: Domain, rules: ReadingRules) -> None:
    """Write the processed document of one workbook (see ``json_files``); the same input gives the same bytes."""
    columns = validated.evaluated.columns
    write_document(
        stream,
        meta(validated, domain, rules),
        record_lines(list(columns.values())),
        (reject.as_dict() for reject in validated.evaluated.rejects),
        (caution.as_dict() for caution in validated.evaluated.cautions),
        counts(validated, domain),
    )


def meta(validated: Validated, domain: Domain, rules: ReadingRules) -> dict[str, Any]:
    """Where the records come from and what each of their fields is."""
    workbook, table, sources = validated.workbook, validated.table, validated.evaluated.sources
    return {
        "domain": domain.name,
        "file": workbook.path,
        "sha256": workbook.sha256,
        "period": workbook.period.isoformat(),
        "part": workbook.part,
        "version": workbook.version,
        "sheet": table.sheet,
        "engine": table.engine,
        "engine_reason": table.reason,
        "rules": rules.digest,
        "header_row": table.header_row,
        "fields": list(domain.columns),
        "columns": {
            name: {"letter": header.letter, "header": header.text}
            for name in domain.kinds
            if (header := sources.header(name))
        },
        "ignored_headers": list(sources.ignored),
        "notes": [*table.notes, *_unfed(validated, domain)],
    }


def _unfed(validated: Validated, domain: Domain) -> list[str]:
    """Fields that may be empty and are, because no column of this workbook feeds them."""
    sources = validated.evaluated.sources
    return [
        f"no column for {name} ({kind.known_as()}): it stays empty"
        for name, kind in domain.kinds.items()
        if domain.is_nullable(name) and sources.header(name) is None
    ]


def counts(validated: Validated, domain: Domain) -> dict[str, Any]:
    """The accounting of one workbook, its records and sums by month, and the key that its records do not repeat."""
    found, records = validated.evaluated.counts, validated.evaluated.columns
    key_columns = [records[name] for name in domain.primary_key]
    months: Mapping[str, int] = Counter(records[domain.period_field])
    return {
        "rows_read": found.rows_read,
        "records": found.records,
        "rejected_rows": found.rejected_rows,
        "blank_rows": found.blank_rows,
        "totals_rows": found.totals_rows,
        "hidden_rows": found.hidden_rows,
        "months": dict(sorted(months.items())),
        "sums": sums_of(additive_fields(domain), validated.evaluated.typed, records[domain.period_field]),
        "unique_key": list(domain.primary_key) if _repeat_no_row(key_columns, found.records) else [],
    }


def _repeat_no_row(columns: Sequence[Sequence[Any]], count: int) -> bool:
    """Whether the columns together are unique; one of them alone often is, and is looked at sooner."""
    alone = any(len(set(column)) == count for column in columns)
    return alone or len(set(zip(*columns, strict=True))) == count
