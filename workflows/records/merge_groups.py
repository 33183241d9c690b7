"""Groups of rows that a load replaces whole: which workbook each comes from; rows that no load could replace (pure)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeAlias

import orjson

from workflows.records.accounts import GroupRows, Override
from workflows.records.merge_rules import FileOutcome, Merged, MergeRules, RecordSource, rank, stray

Group: TypeAlias = "tuple[Any, ...]"
"""The values of a merge key, as JSON has them."""


@dataclass(slots=True)
class _Rows:
    """A source's rows of one group: the first one's number in its sheet, and how many there are."""

    source: int
    first: int
    count: int


def reject_strays(source: RecordSource, outcome: FileOutcome, rules: MergeRules) -> None:
    """Rows without a key that no load could ever replace: those with a blank in the merge key, and where months are
    replaced those of another month than their file's."""
    file, period = source.meta.file, source.meta.file.period.isoformat()
    fields = source.meta.fields
    row_at, period_at = fields.index("source_row"), fields.index(rules.period_field)
    has_strays = rules.scope == "months" and not set(source.counts.months) <= {period}
    for number, line, group in _grouped(source, rules):
        blank = next((name for name, value in zip(rules.merge_key, group, strict=True) if value is None), None)
        if blank is None and not has_strays:
            continue
        record = orjson.loads(line)
        month = record[period_at]
        if blank is not None:
            reject = file.reject(record[row_at], "missing_value", blank, "", f"{blank} says what a load replaces")
        elif month != period:
            reject = stray(file, record[row_at], rules.period_field, month)
        else:
            continue
        outcome.rejects.append(reject)
        outcome.drop(number, month)


def one_workbook_each(sources: Sequence[RecordSource], rules: MergeRules, merged: Merged) -> list[str]:
    """Leave each group to the workbook that counts, all its sheets together; the groups that nothing decides, as texts.

    What remains is in ``merged.groups``, by group; groups that lost are overrides.
    """
    overrides: list[tuple[int, Override]] = []
    found: dict[Group, dict[str, list[_Rows]]] = {}
    for index, source in enumerate(sources):
        for group, rows in _counted(index, source, merged.outcomes[index], rules).items():
            found.setdefault(group, {}).setdefault(source.meta.file.path, []).append(rows)
    lost: dict[int, set[Group]] = {}
    undecided = []
    for group, workbooks in sorted(found.items(), key=lambda item: str(item[0])):
        key = dict(zip(rules.merge_key, group, strict=True))
        ranks = {path: rank(sources[sheets[0].source]) for path, sheets in workbooks.items()}
        best = max(ranks.values())
        winners = [path for path, each in ranks.items() if each == best]
        if len(winners) > 1 or (len(workbooks) > 1 and rules.conflicts == "fail"):
            undecided.append(_clash(key, workbooks, sources))
            continue
        (winner,) = winners
        for path, sheets in workbooks.items():
            if path != winner:
                overrides.append((sheets[0].source, _override(key, workbooks[winner], sheets, sources)))
                for rows in sheets:
                    lost.setdefault(rows.source, set()).add(group)
        count = sum(rows.count for rows in workbooks[winner])
        merged.groups.append(GroupRows(key=key, rows=count, file=winner))
    for index, groups in lost.items():
        _drop(sources[index], groups, merged.outcomes[index], rules)
    overrides.sort(key=lambda found: (found[1].loser.file, found[1].loser.row, found[0]))
    merged.overrides = [override for _, override in overrides]
    return undecided


def _counted(index: int, source: RecordSource, outcome: FileOutcome, rules: MergeRules) -> dict[Group, _Rows]:
    row_at = source.meta.fields.index("source_row")
    counted: dict[Group, _Rows] = {}
    for number, line, group in _grouped(source, rules):
        if outcome.is_dropped(number):
            continue
        rows = counted.get(group)
        if rows is None:
            counted[group] = _Rows(index, orjson.loads(line)[row_at], 1)
        else:
            rows.count += 1
    return counted


def _drop(source: RecordSource, groups: set[Group], outcome: FileOutcome, rules: MergeRules) -> None:
    period_at = source.meta.fields.index(rules.period_field)
    for number, line, group in _grouped(source, rules):
        if group in groups and not outcome.is_dropped(number):
            outcome.drop(number, orjson.loads(line)[period_at])
            outcome.overridden += 1


def _grouped(source: RecordSource, rules: MergeRules) -> Iterator[tuple[int, bytes, Group]]:
    """Each line with its number and its group.

    Lines are many and groups few, so a line is looked into as far as its group's last column, and the same beginning
    only once: where that is whole values, everything behind it is another's.
    """
    at = [source.meta.fields.index(name) for name in rules.merge_key]
    depth = max(at) + 1
    known: dict[tuple[bytes, ...], Group] = {}
    for number, line in enumerate(source.lines()):
        beginning = tuple(islice(line.split(b",", depth), depth))
        group = known.get(beginning)
        if group is None:
            record = orjson.loads(line)
            group = tuple(record[place] for place in at)
            if _is_whole(beginning, record[:depth]):
                known[beginning] = group
        yield number, line, group


def _is_whole(beginning: Sequence[bytes], values: list[Any]) -> bool:
    """Whether the pieces between commas are these values: a comma within a text makes them others."""
    try:
        return bool(orjson.loads(b",".join(beginning) + b"]") == values)
    except orjson.JSONDecodeError:
        return False


def _override(
    key: Mapping[str, Any], winner: Sequence[_Rows], loser: Sequence[_Rows], sources: Sequence[RecordSource]
) -> Override:
    return Override(
        key=dict(key),
        winner=sources[winner[0].source].meta.file.place(winner[0].first),
        loser=sources[loser[0].source].meta.file.place(loser[0].first),
        winner_rows=sum(rows.count for rows in winner),
        loser_rows=sum(rows.count for rows in loser),
    )


def _clash(key: Mapping[str, Any], workbooks: Mapping[str, Sequence[_Rows]], sources: Sequence[RecordSource]) -> str:
    places = " and ".join(
        f"{sources[sheets[0].source].meta.file.place(sheets[0].first)} ({sum(rows.count for rows in sheets)} rows)"
        for sheets in workbooks.values()
    )
    return f"{' | '.join(map(str, key.values()))}: {places}"
