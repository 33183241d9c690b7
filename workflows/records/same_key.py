"""Lines of one key in one file or in several: which of them counts (pure)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from itertools import groupby, islice
from operator import attrgetter
from sys import intern
from typing import NamedTuple

import orjson

from workflows.records.meeting import Digests, Meeting, lines_among
from workflows.records.merge_rules import FileOutcome, MergeRules, RecordSource, rank

# How many rows of the same key a reject names before it only counts them.
_NAMED = 5


class _Entry(NamedTuple):
    source: int
    line: int
    month: str
    row: int
    business: bytes


class SameKeys:
    """Looks into the lines that may have the same key, and tells each file's outcome what becomes of them.

    ``undecided`` are keys that no rule decides, by their first source and line, each as a text with its places.
    """

    def __init__(self, sources: Sequence[RecordSource], outcomes: Sequence[FileOutcome], rules: MergeRules) -> None:
        self.undecided: list[tuple[tuple[int, int], str]] = []
        self.undecided_count = 0
        self._sources, self._outcomes, self._rules = sources, outcomes, rules
        self._ranks = [rank(source) for source in sources]

    def look_into(self, digests: Mapping[int, Digests], met: Meeting) -> None:
        """Decide what becomes of the lines that ``met``, of sources whose ``digests`` stand below their numbers."""
        for key, entries in self._entries(digests, met).items():
            # Most often digests meet as keys do; alone is a line whose key is another than that of its digest's others.
            if len(entries) > 1:
                left = self._of_each_file(key, entries)
                if len(left) > 1:
                    self._decide(key, left)

    def _entries(self, digests: Mapping[int, Digests], met: Meeting) -> dict[str, list[_Entry]]:
        """By key, in the order of sources and lines; strays are no records any more."""
        found: dict[str, list[_Entry]] = {}
        for index, of_lines in digests.items():
            source, is_dropped = self._sources[index], self._outcomes[index].is_dropped
            at = source.meta.fields.index
            key_at = [at(name) for name in self._rules.primary_key]
            business_at = [at(name) for name in self._rules.business_columns]
            period_at, row_at = at(self._rules.period_field), at("source_row")
            for number, line in lines_among(source, of_lines, met):
                if is_dropped(number):
                    continue
                record = orjson.loads(line)
                # Decoded, a key takes what it needs: orjson's bytes keep the kilobyte that they were written into.
                key = orjson.dumps([record[at] for at in key_at]).decode()
                business = blake2b(orjson.dumps([record[at] for at in business_at]), digest_size=16).digest()
                entry = _Entry(index, number, intern(record[period_at]), record[row_at], business)
                found.setdefault(key, []).append(entry)
        return found

    def _of_each_file(self, key: str, entries: list[_Entry]) -> list[_Entry]:
        """One entry of each file: identical rows are collapsed onto the first, and where rows differ none is left."""
        if len({entry.source for entry in entries}) == len(entries):
            return entries
        left: list[_Entry] = []
        for index, own in groupby(entries, attrgetter("source")):
            outcome = self._outcomes[index]
            distinct: dict[bytes, _Entry] = {}
            for entry in own:
                if distinct.setdefault(entry.business, entry) is not entry:
                    outcome.duplicate_rows += 1
                    outcome.drop(entry.line, entry.month)
            if len(distinct) == 1:
                left += distinct.values()
            else:
                self._reject(index, key, list(distinct.values()))
        return left

    def _reject(self, index: int, key: str, entries: Sequence[_Entry]) -> None:
        file, outcome = self._sources[index].meta.file, self._outcomes[index]
        values = tuple(map(str, orjson.loads(key)))
        key_text = " | ".join(values)
        outcome.rejected_keys[entries[0].line] = values
        for entry in entries:
            named = [other.row for other in islice(entries, _NAMED + 1) if other is not entry][:_NAMED]
            more = len(entries) - 1 - len(named)
            others = f"row(s) {', '.join(map(str, named))}" + (f" and {more} more" if more else "")
            outcome.rejects.append(
                file.reject(entry.row, "duplicate_conflict", self._rules.primary_key[-1], key_text, others)
            )
            outcome.drop(entry.line, entry.month)

    def _decide(self, key: str, entries: Sequence[_Entry]) -> None:
        """Across workbooks: identical records collapse onto the newest file's, different ones follow the rules."""
        ranks = self._ranks
        winner = max(entries, key=lambda entry: (ranks[entry.source], -entry.source))
        losers = [entry for entry in entries if entry is not winner]
        differing = [entry for entry in losers if entry.business != winner.business]
        tied = [entry for entry in differing if ranks[entry.source] == ranks[winner.source]]
        if differing and (tied or self._rules.conflicts == "fail"):
            places = " and ".join(self._place(entry) for entry in (winner, *differing))
            text = f"{' | '.join(map(str, orjson.loads(key)))}: {places}"
            self.undecided.append((entries[0][:2], text))
            self.undecided_count += 1
            return
        for entry in losers:
            outcome = self._outcomes[entry.source]
            if entry.business == winner.business:
                outcome.collapsed += 1
                outcome.drop(entry.line, entry.month)
            else:
                outcome.override(entry.line, entry.month, winner.source, winner.row)

    def _place(self, entry: _Entry) -> str:
        return str(self._sources[entry.source].meta.file.place(entry.row))
