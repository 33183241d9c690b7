"""Several files, duplicate keys, who wins (pure).

Files whose months overlap with no other's, whose keys are known to be unique and whose records all lie in the
file's own period (where that matters) are passed through as bytes; only the others are looked into.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import islice

import orjson

from workflows.errors import ConflictError, Words
from workflows.records.accounts import Override, Place
from workflows.records.merge_groups import one_workbook_each, reject_strays
from workflows.records.merge_rules import FileOutcome, Merged, MergeRules, RecordSource, rank

# How many conflicts an error message names before it only counts them.
_NAMED = 5


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
    if not rules.primary_key:
        for source, outcome in zip(sources, merged.outcomes, strict=True):
            reject_strays(source, outcome, rules)
    for group in _groups(sources, rules):
        entries = _entries(sources, group, rules, merged)
        if rules.scope != "groups":
            conflicts += _decide(sources, entries, rules, merged)
    if rules.scope == "groups":
        conflicts += one_workbook_each(sources, rules, merged)
    _refuse(conflicts, rules)
    merged.overrides.sort(key=lambda override: (override.loser.file, override.loser.row))
    return merged


def _refuse(conflicts: Sequence[str], rules: MergeRules) -> None:
    if not conflicts:
        return
    what = Words("个键在几个工作簿中取值不同", "key(s) have different values in different workbooks")
    if rules.scope == "groups":
        what = Words("组来自几个工作簿", "group(s) come from several workbooks")
    why = Words("无法确定以哪个为准", "neither workbook is the later one")
    if rules.conflicts == "fail":
        why = Words("目录写明 conflicts: fail", "conflicts: fail is set")
    count, rest = len(conflicts), len(conflicts) - _NAMED
    more = f"\n  … 另有 {rest} / and {rest} more" if rest > 0 else ""
    said = Words(f"{count} {what.chinese}, 且{why.chinese}", f"{count} {what.english} and {why.english}:")
    raise ConflictError(f"{said}\n  " + "\n  ".join(conflicts[:_NAMED]) + more)


def _groups(sources: Sequence[RecordSource], rules: MergeRules) -> Iterable[list[int]]:
    """Sources that must be looked into together: those that share months, directly or through others.

    Keys without the month can meet across any two files. Without a key, or where every group is one workbook's, rows of
    different files never meet.
    """
    if not rules.primary_key:
        return
    if rules.scope == "groups":
        yield from ([index] for index, source in enumerate(sources) if not _passes_through(source, rules))
        return
    if rules.period_field not in rules.primary_key:
        if len(sources) > 1 or not all(_passes_through(source, rules) for source in sources):
            yield list(range(len(sources)))
        return
    for members in _sharing_months(sources):
        if len(members) > 1 or not _passes_through(sources[members[0]], rules):
            yield members


def _sharing_months(sources: Sequence[RecordSource]) -> list[list[int]]:
    """Sources that share months, directly or through others, by the first of each group; all of them once."""
    leads_to, first_with = list(range(len(sources))), dict[str, int]()

    def leader(index: int) -> int:
        while leads_to[index] != index:
            # Each step halves the way for those who come after.
            leads_to[index] = index = leads_to[leads_to[index]]
        return index

    for index, source in enumerate(sources):
        for month in source.counts.months:
            one, other = leader(first_with.setdefault(month, index)), leader(index)
            leads_to[max(one, other)] = min(one, other)
    groups: dict[int, list[int]] = {}
    for index in range(len(sources)):
        groups.setdefault(leader(index), []).append(index)
    return list(groups.values())


def _passes_through(source: RecordSource, rules: MergeRules) -> bool:
    unique_key = set(source.counts.unique_key)
    unique = bool(unique_key) and unique_key <= set(rules.primary_key)
    within = set(source.counts.months) <= {source.meta.file.period.isoformat()}
    return unique and (within or rules.scope != "months")


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
        if rules.scope == "months" and record[period_at] != period:
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
        winner = max(entries, key=lambda entry: (rank(sources[entry.source]), -entry.source))
        losers = [entry for entry in entries if entry is not winner]
        differing = [entry for entry in losers if entry.business != winner.business]
        tied = [entry for entry in differing if rank(sources[entry.source]) == rank(sources[winner.source])]
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


def _place(sources: Sequence[RecordSource], entry: _Entry) -> Place:
    return sources[entry.source].meta.file.place(entry.row)
