"""Processed documents of several workbooks -> one merged document."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import IO

from workflows.domains.findings import Finding
from workflows.errors import AccountingError
from workflows.records.accounts import FileAccount
from workflows.records.company_ids import CompanyIds
from workflows.records.documents import REJECTED_KEYS, MergedCounts, MergedMeta, ProcessedFile, Sums
from workflows.records.json_files import write_document
from workflows.records.merge import merge
from workflows.records.merge_rules import FileOutcome, Merged, MergeRules, RecordSource
from workflows.records.monthly_sums import added, sums_less
from workflows.records.references import References


def write_merged(
    stream: IO[bytes],
    domain: str,
    snapshot: str,
    sources: Sequence[ProcessedFile],
    rules: MergeRules,
    companies: CompanyIds | None = None,
    references: References | None = None,
) -> int:
    """Merge ``sources`` (the winners first) into one document; the number of its records.

    ``companies`` fills in their company ids, and knows afterwards what it did not find; ``references`` knows then what
    they refer to. Only one piece of one file is held at a time, besides the keys of files that share months. Raises
    ConflictError where nothing decides who wins, AccountingError if a file's rows do not add up.
    """
    merged = merge(sources, rules)
    files = [after_merge(source, outcome) for source, outcome in zip(sources, merged.outcomes, strict=True)]
    months: Counter[str] = Counter()
    for source, outcome in zip(sources, merged.outcomes, strict=True):
        months.update(source.counts.months)
        months.subtract(outcome.months_gone)
    records = sum(months.values())
    written = [0] * len(sources)

    def counts() -> MergedCounts:
        _check(files, written)
        return MergedCounts(
            records=records,
            months={month: count for month, count in sorted(months.items()) if count},
            sums=added(_sums(s, outcome, rules) for s, outcome in zip(sources, merged.outcomes, strict=True)),
            files=tuple(files),
            overrides=len(merged.overrides),
            rejected_keys=_rejected_keys(sources, merged, rules.primary_key),
            groups=tuple(merged.groups),
            companies=companies.account(records) if companies else None,
        )

    meta = MergedMeta(
        domain=domain,
        snapshot=snapshot,
        primary_key=rules.primary_key,
        replaces=rules.scope,
        conflicts=rules.conflicts,
        fields=sources[0].meta.fields if sources else (),
    )
    lines = _oldest_first(sources, merged.outcomes, written)
    if companies is not None:
        # Records are parsed there anyway.
        lines = companies.filled(lines, references.add) if references else companies.filled(lines)
    elif references is not None:
        lines = references.seen(lines)
    findings = (_rejects(sources, merged), _warnings(sources, merged))
    write_document(stream, meta, lines, *findings, counts, overrides=merged.overrides)
    return records


def _sums(source: ProcessedFile, outcome: FileOutcome, rules: MergeRules) -> Sums:
    if not outcome.drops:
        return source.counts.sums
    lines = outcome.dropped(source.lines())
    return sums_less(source.counts.sums, lines, source.meta.fields, rules.period_field)


def after_merge(source: ProcessedFile, outcome: FileOutcome) -> FileAccount:
    """One file's accounting once its own duplicates and conflicts, and those with other files, are known."""
    file = source.meta.file
    months = Counter(source.counts.months)
    months.subtract(outcome.months_gone)
    return file.altered(
        other_months={m[:7]: n for m, n in sorted(months.items()) if n and m != file.period.isoformat()},
        records=file.records - outcome.duplicate_rows - len(outcome.rejects),
        rejects=file.rejects + len(outcome.rejects),
        duplicate_rows=outcome.duplicate_rows,
        collapsed=outcome.collapsed,
        overridden=outcome.overridden,
    )


def _check(files: Sequence[FileAccount], written: Sequence[int]) -> None:
    """Hold each account against the lines that were really ``written`` of its file."""
    for file, lines in zip(files, written, strict=True):
        if not file.adds_up or lines != file.records - file.collapsed - file.overridden:
            raise AccountingError(
                file.path,
                f"行数对不上, 是程序缺陷 / "
                f"the row counts do not add up: {lines} records written of {file.model_dump(mode='json')}",
            )


def _oldest_first(
    sources: Sequence[ProcessedFile], outcomes: Sequence[FileOutcome], written: list[int]
) -> Iterator[bytes]:
    """The record lines in the order of the table's key, as far as files can be put in order: the database builds an
    index from rows that come in order in three quarters of the time. ``written`` counts each source's lines."""
    order = sorted(
        range(len(sources)), key=lambda index: (sources[index].meta.file.period, sources[index].meta.file.part)
    )
    for index in order:
        for piece in kept_chunks(sources[index], outcomes[index]):
            written[index] += piece.count(b"\n")
            yield piece


def _rejected_keys(
    sources: Sequence[ProcessedFile], merged: Merged, primary_key: Sequence[str]
) -> tuple[tuple[str, ...], ...]:
    """Distinct, in the order of the files; none where rows have no key."""
    found: dict[tuple[str, ...], None] = {}
    for source, outcome in zip(sources, merged.outcomes, strict=True):
        read = (key for key in source.counts.rejected_keys if key.keys() >= set(primary_key))
        found |= dict.fromkeys(tuple(key[name] for name in primary_key) for key in read)
        found |= dict.fromkeys(key for _, key in sorted(outcome.rejected_keys.items()))
    return tuple(islice(filter(None, found), REJECTED_KEYS))


def _rejects(sources: Sequence[ProcessedFile], merged: Merged) -> Iterator[Finding]:
    for source, outcome in zip(sources, merged.outcomes, strict=True):
        yield from sorted([*source.rejects, *outcome.rejects], key=lambda reject: reject.row)


def _warnings(sources: Sequence[ProcessedFile], merged: Merged) -> Iterator[Finding]:
    """The files' warnings, less those of rows that the merge rejected: such a row is not loaded with a warning."""
    for source, outcome in zip(sources, merged.outcomes, strict=True):
        rejected = {reject.row for reject in outcome.rejects}
        yield from (warning for warning in source.warnings if warning.row not in rejected)


def kept_chunks(source: RecordSource, outcome: FileOutcome) -> Iterator[bytes]:
    """The source's record lines without the dropped ones; untouched files pass as they are."""
    if not outcome.drops:
        yield from source.chunks()
        return
    kept = outcome.kept(source.lines())
    while batch := list(islice(kept, 1000)):
        yield b",\n".join(batch) + b",\n"
