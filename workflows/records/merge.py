"""Several files, duplicate keys, who wins (pure).

Files whose months overlap with no other's, whose keys are known to be unique and whose records all lie in the
file's own period (where that matters) are passed through as bytes. Of the others each key becomes a digest, and only
the lines whose digests meet are looked into, some at a time: however many they are, memory grows with numbers alone.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from heapq import merge as in_order
from operator import attrgetter, itemgetter

import orjson

from workflows.errors import ConflictError, Words
from workflows.records.accounts import Override
from workflows.records.meeting import LINES_AT_ONCE, Digest, Digests, meetings
from workflows.records.merge_groups import one_workbook_each, reject_strays
from workflows.records.merge_rules import FileOutcome, Merged, MergeRules, RecordSource, stray
from workflows.records.same_key import SameKeys

# How many conflicts an error message names before it only counts them.
_NAMED = 5


def merge(
    sources: Sequence[RecordSource], rules: MergeRules, digest: Digest = hash, lines_at_once: int = LINES_AT_ONCE
) -> Merged:
    """Decide, per source, which of its lines do not go on. Empty in, empty out.

    Raises ConflictError when workbooks of equal rank, or any under ``conflicts: fail``, hold different values
    for one key. By a ``digest`` that says little more lines are looked at, and nothing else comes out.
    """
    outcomes = [FileOutcome() for _ in sources]
    merged = Merged(outcomes, Overridden(sources, outcomes, rules))
    if not rules.primary_key:
        for source, outcome in zip(sources, outcomes, strict=True):
            reject_strays(source, outcome, rules)
    count, named = 0, list[str]()
    for group in _groups(sources, rules):
        same = SameKeys(sources, outcomes, rules)
        digests = {index: _digests(sources[index], outcomes[index], rules, digest) for index in group}
        for met in meetings(digests.values(), lines_at_once):
            same.look_into(digests, met)
            same.undecided = sorted(same.undecided)[:_NAMED]
        count += same.undecided_count
        named += [text for _, text in same.undecided]
        for index in group:
            outcomes[index].rejects.sort(key=attrgetter("row"))
    if rules.scope == "groups":
        undecided = one_workbook_each(sources, rules, merged)
        count, named = len(undecided), undecided
    _refuse(count, named, rules)
    return merged


def _refuse(count: int, named: Sequence[str], rules: MergeRules) -> None:
    if not count:
        return
    what = Words("个键在几个工作簿中取值不同", "key(s) have different values in different workbooks")
    if rules.scope == "groups":
        what = Words("组来自几个工作簿", "group(s) come from several workbooks")
    why = Words("无法确定以哪个为准", "neither workbook is the later one")
    if rules.conflicts == "fail":
        why = Words("目录写明 conflicts: fail", "conflicts: fail is set")
    rest = count - _NAMED
    more = f"\n  … 另有 {rest} / and {rest} more" if rest > 0 else ""
    said = Words(f"{count} {what.chinese}, 且{why.chinese}", f"{count} {what.english} and {why.english}:")
    raise ConflictError(f"{said}\n  " + "\n  ".join(named[:_NAMED]) + more)


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


def _digests(source: RecordSource, outcome: FileOutcome, rules: MergeRules, digest: Digest) -> Digests:
    """A digest of each line's key, in their order; strays are rejected on the way."""
    fields, period = source.meta.fields, source.meta.file.period.isoformat()
    period_at, row_at = fields.index(rules.period_field), fields.index("source_row")
    has_strays = rules.scope == "months" and not set(source.counts.months) <= {period}
    key_of = itemgetter(*map(fields.index, rules.primary_key))
    digests = array("q")
    for piece in source.chunks():
        records = orjson.loads(b"[" + piece.removesuffix(b",\n") + b"]")
        if has_strays:
            for line, record in enumerate(records, len(digests)):
                if record[period_at] != period:
                    outcome.rejects.append(
                        stray(source.meta.file, record[row_at], rules.period_field, record[period_at])
                    )
                    outcome.drop(line, record[period_at])
        digests.extend(map(digest, map(key_of, records)))
    return digests


class Overridden:
    """The records that lost against another workbook's of the same key, by file and row, read anew each time."""

    def __init__(self, sources: Sequence[RecordSource], outcomes: Sequence[FileOutcome], rules: MergeRules) -> None:
        self._sources, self._outcomes, self._key = sources, outcomes, rules.primary_key

    def __len__(self) -> int:
        return sum(outcome.overridden for outcome in self._outcomes)

    def __iter__(self) -> Iterator[Override]:
        by_path: dict[str, list[int]] = {}
        for index, (source, outcome) in enumerate(zip(self._sources, self._outcomes, strict=True)):
            if outcome.overridden:
                by_path.setdefault(source.meta.file.path, []).append(index)
        for path in sorted(by_path):
            yield from in_order(*map(self._of, by_path[path]), key=attrgetter("loser.row"))

    def _of(self, index: int) -> Iterable[Override]:
        source = self._sources[index]
        fields, file = source.meta.fields, source.meta.file
        key_at, row_at = [(name, fields.index(name)) for name in self._key], fields.index("source_row")
        for line, winner, row in self._outcomes[index].lost(source.lines()):
            record = orjson.loads(line)
            yield Override(
                key={name: record[at] for name, at in key_at},
                winner=self._sources[winner].meta.file.place(row),
                loser=file.place(record[row_at]),
            )
