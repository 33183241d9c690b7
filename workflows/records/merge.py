"""Several files, duplicate keys, who wins (pure).

Files whose months overlap with no other's, whose keys are known to be unique and whose records all lie in the
file's own period (where that matters) are passed through as bytes; only the others are looked into.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from hashlib import blake2b
from itertools import islice
from typing import Literal, Protocol

import orjson

from workflows.domains.findings import Finding
from workflows.errors import ConflictError
from workflows.records.accounts import Override, Place
from workflows.records.documents import ProcessedCounts, ProcessedMeta

Conflicts = Literal["latest", "fail"]
# How many conflicts an error message names before it only counts them.
_NAMED = 5


class RecordSource(Protocol):
    """One file's records as the merge needs them (``records.documents.ProcessedFile`` fits)."""

    @property
    def meta(self) -> ProcessedMeta:
        """Where the records come from."""

    @property
    def counts(self) -> ProcessedCounts:
        """Their months, and the key that none of them share."""

    def chunks(self) -> Iterator[bytes]:
        """Pieces of whole record lines."""

    def lines(self) -> Iterator[bytes]:
        """Single record lines."""


@dataclass(frozen=True, slots=True)
class MergeRules:
    """``replaces_periods``: a record outside its file's period is a reject rather than a caution."""

    primary_key: tuple[str, ...]
    business_columns: tuple[str, ...]
    period_field: str
    replaces_periods: bool
    conflicts: Conflicts


@dataclass(slots=True)
class FileOutcome:
    """What the merge did to one file: ``dropped`` lines with their months, and why they go, by kind; the
    ``rejected_keys`` of those that conflict."""

    dropped: dict[int, str] = field(default_factory=dict)
    duplicate_rows: int = 0
    rejects: list[Finding] = field(default_factory=list)
    rejected_keys: list[tuple[str, ...]] = field(default_factory=list)
    collapsed: int = 0
    overridden: int = 0


@dataclass(slots=True)
class Merged:
    """One outcome per source, in order, and every override with both coordinates."""

    outcomes: list[FileOutcome]
    overrides: list[Override] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Entry:
    source: int
    line: int
    month: str
    row: int
    business: bytes


def merge(sources: Sequence[RecordSource], rules: MergeRules) -> Merged:
    """Decide, per source, which of its lines do not go on. Empty in, empty out.

    Raises ConflictError when workbooks of equal rank, or any under ``conflicts: fail``, hold different values
    for one key.
    """
    merged = Merged([FileOutcome() for _ in sources])
    conflicts: list[str] = []
    for group in _groups(sources, rules):
        entries = _entries(sources, group, rules, merged)
        conflicts += _decide(sources, entries, rules, merged)
    if conflicts:
        more = f"\n  … and {len(conflicts) - _NAMED} more" if len(conflicts) > _NAMED else ""
        raise ConflictError(
            f"{len(conflicts)} key(s) have different values in different workbooks and "
            f"{'conflicts: fail is set' if rules.conflicts == 'fail' else 'neither workbook is the later one'}:\n  "
            + "\n  ".join(conflicts[:_NAMED])
            + more
        )
    merged.overrides.sort(key=lambda override: (override.loser.file, override.loser.row))
    return merged


def _groups(sources: Sequence[RecordSource], rules: MergeRules) -> Iterable[list[int]]:
    """Sources that must be looked into together: those that share months, directly or through others.

    Keys without the month can meet across any two files.
    """
    if rules.period_field not in rules.primary_key:
        if len(sources) > 1 or not all(_passes_through(source, rules) for source in sources):
            yield list(range(len(sources)))
        return
    groups: list[tuple[set[str], list[int]]] = []
    for index, source in enumerate(sources):
        months, members = set(source.counts.months), [index]
        apart = []
        for other_months, others in groups:
            if months & other_months:
                months |= other_months
                members += others
            else:
                apart.append((other_months, others))
        groups = [*apart, (months, members)]
    for _months, members in groups:
        if len(members) > 1 or not _passes_through(sources[members[0]], rules):
            yield sorted(members)


def _passes_through(source: RecordSource, rules: MergeRules) -> bool:
    unique_key = set(source.counts.unique_key)
    unique = bool(unique_key) and unique_key <= set(rules.primary_key)
    within = set(source.counts.months) <= {source.meta.file.period.isoformat()}
    return unique and (within or not rules.replaces_periods)


def _entries(
    sources: Sequence[RecordSource], group: Sequence[int], rules: MergeRules, merged: Merged
) -> dict[bytes, list[_Entry]]:
    """Records of a group by key, after each file's own duplicates, conflicts and strays are set aside."""
    by_key: dict[bytes, list[_Entry]] = {}
    for index in group:
        source, outcome = sources[index], merged.outcomes[index]
        own = _own_entries(index, source, outcome, rules)
        for key, entries in own.items():
            if len(entries) == 1:
                by_key.setdefault(key, []).append(entries[0])
            else:
                _reject_all(source, key, entries, outcome, rules)
        outcome.rejects.sort(key=lambda reject: reject.row)
    return by_key


def _reject_all(
    source: RecordSource, key: bytes, entries: Sequence[_Entry], outcome: FileOutcome, rules: MergeRules
) -> None:
    values = tuple(map(str, orjson.loads(key)))
    key_text = " | ".join(values)
    outcome.rejected_keys.append(values)
    for entry in entries:
        named = [other.row for other in islice(entries, _NAMED + 1) if other is not entry][:_NAMED]
        more = len(entries) - 1 - len(named)
        others = f"row(s) {', '.join(map(str, named))}" + (f" and {more} more" if more else "")
        outcome.rejects.append(
            source.meta.file.reject(entry.row, "duplicate_conflict", rules.primary_key[-1], key_text, others)
        )
        outcome.dropped[entry.line] = entry.month


def _own_entries(
    index: int, source: RecordSource, outcome: FileOutcome, rules: MergeRules
) -> dict[bytes, list[_Entry]]:
    """One file's distinct records by key; identical rows are collapsed onto the lowest row, strays rejected."""
    fields, file = source.meta.fields, source.meta.file
    period = file.period.isoformat()
    key_at = [fields.index(name) for name in rules.primary_key]
    business_at = [fields.index(name) for name in rules.business_columns]
    period_at, row_at = fields.index(rules.period_field), fields.index("source_row")
    own: dict[bytes, dict[bytes, _Entry]] = {}
    for number, line in enumerate(source.lines()):
        record = orjson.loads(line)
        if rules.replaces_periods and record[period_at] != period:
            detail = f"{record[period_at][:7]} in {file.month}"
            outcome.rejects.append(
                file.reject(record[row_at], "period_mismatch", rules.period_field, record[period_at], detail)
            )
            outcome.dropped[number] = record[period_at]
            continue
        key = orjson.dumps([record[at] for at in key_at])
        business = blake2b(orjson.dumps([record[at] for at in business_at]), digest_size=16).digest()
        entries = own.setdefault(key, {})
        if business in entries:
            outcome.duplicate_rows += 1
            outcome.dropped[number] = record[period_at]
        else:
            entries[business] = _Entry(index, number, record[period_at], record[row_at], business)
    return {key: list(entries.values()) for key, entries in own.items()}


def _decide(
    sources: Sequence[RecordSource],
    by_key: Mapping[bytes, Sequence[_Entry]],
    rules: MergeRules,
    merged: Merged,
) -> list[str]:
    """Across workbooks: identical records collapse onto the newest file's, different ones follow the rules."""
    conflicts = []
    for key, entries in by_key.items():
        if len(entries) == 1:
            continue
        winner = max(entries, key=lambda entry: (_rank(sources[entry.source]), -entry.source))
        losers = [entry for entry in entries if entry is not winner]
        differing = [entry for entry in losers if entry.business != winner.business]
        tied = [entry for entry in differing if _rank(sources[entry.source]) == _rank(sources[winner.source])]
        if differing and (tied or rules.conflicts == "fail"):
            places = " and ".join(str(_place(sources, entry)) for entry in (winner, *differing))
            conflicts.append(f"{' | '.join(map(str, orjson.loads(key)))}: {places}")
            continue
        for entry in losers:
            outcome = merged.outcomes[entry.source]
            outcome.dropped[entry.line] = entry.month
            if entry.business == winner.business:
                outcome.collapsed += 1
            else:
                outcome.overridden += 1
                keys = dict(zip(rules.primary_key, orjson.loads(key), strict=True))
                merged.overrides.append(
                    Override(key=keys, winner=_place(sources, winner), loser=_place(sources, entry))
                )
    return conflicts


def _rank(source: RecordSource) -> tuple[date, int]:
    return source.meta.file.period, source.meta.file.version


def _place(sources: Sequence[RecordSource], entry: _Entry) -> Place:
    return sources[entry.source].meta.file.place(entry.row)
