"""Several files' records merged the slow, obvious way: every row in memory as a dictionary, every key looked at."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from workflows.domains.findings import Finding
from workflows.records.accounts import FileAccount
from workflows.records.documents import ProcessedCounts, ProcessedMeta
from workflows.records.merge_rules import MergeRules
from workflows.sources.filenames import is_supplement

FIELDS = ("month", "plan", "company", "amount", "note", "source_row")
Row = dict[str, Any]


class Records:
    """Records in memory, as a processed document holds them: ``values`` are a row's fields but for its number."""

    def __init__(self, file: FileAccount, values: Sequence[Sequence[str | None]], unique_key: tuple[str, ...]) -> None:
        self.rows: list[Row] = [dict(zip(FIELDS, (*row, at), strict=True)) for at, row in enumerate(values, start=2)]
        self.meta = ProcessedMeta(domain="d", fields=FIELDS, file=file)
        months = [row["month"] for row in self.rows]
        keys = {tuple(row[name] for name in unique_key) for row in self.rows}
        self.counts = ProcessedCounts(
            months={month: months.count(month) for month in sorted(set(months))},
            sums={},
            unique_key=unique_key if len(keys) == len(self.rows) else (),
        )

    def chunks(self) -> Iterator[bytes]:
        yield b"".join(line + b",\n" for line in self.lines())

    def lines(self) -> Iterator[bytes]:
        return (orjson.dumps(list(row.values())) for row in self.rows)


@dataclass
class Wanted:
    """What a merge comes to: of each file the numbers of its rows that stay, and the others by what became of them."""

    stays: list[list[int]]
    rejects: list[list[Finding]]
    rejected_keys: list[list[tuple[str, ...]]]
    duplicates: list[int]
    collapsed: list[int]
    overridden: list[int]
    overrides: list[tuple[Any, ...]] = field(default_factory=list)
    groups: list[tuple[Any, ...]] = field(default_factory=list)
    undecided: list[str] = field(default_factory=list)


class Reference:
    """The merge of ``files`` by ``rules``; ``wanted`` is what it comes to."""

    def __init__(self, files: Sequence[Records], rules: MergeRules) -> None:
        self.files, self.rules = files, rules
        count = len(files)
        self.wanted = Wanted([], [[] for _ in files], [[] for _ in files], [0] * count, [0] * count, [0] * count)
        self.left = [list(file.rows) for file in files]
        for at in range(count):
            self._strays(at)
            self._own(at)
            self.wanted.rejects[at].sort(key=lambda reject: reject.row)
        if rules.scope == "groups":
            self._groups()
        elif rules.primary_key:
            self._across()
        self.wanted.overrides.sort(key=lambda override: override[:3])
        self.wanted.stays = [[row["source_row"] for row in rows] for rows in self.left]

    def _key(self, row: Row, names: Sequence[str]) -> tuple[Any, ...]:
        return tuple(row[name] for name in names)

    def _rank(self, at: int) -> tuple[Any, ...]:
        file = self.files[at].meta.file
        return file.period, is_supplement(file.part), file.version

    def _reject(self, at: int, row: Row, code: str, name: str, value: str, detail: str) -> None:
        self.wanted.rejects[at].append(self.files[at].meta.file.reject(row["source_row"], code, name, value, detail))
        self.left[at].remove(row)

    def _strays(self, at: int) -> None:
        file = self.files[at].meta.file
        for row in list(self.left[at]):
            blank = next((name for name in self.rules.merge_key if row[name] is None), None)
            if blank and not self.rules.primary_key:
                self._reject(at, row, "missing_value", blank, "", f"{blank} says what a load replaces")
            elif self.rules.scope == "months" and row["month"] != file.period.isoformat():
                detail = f"{row['month'][:7]} in {file.month}"
                self._reject(at, row, "period_mismatch", "month", row["month"], detail)

    def _own(self, at: int) -> None:
        by_key = defaultdict[tuple[Any, ...], list[Row]](list)
        for row in list(self.left[at]) if self.rules.primary_key else ():
            same = by_key[self._key(row, self.rules.primary_key)]
            if any(self._business(row) == self._business(other) for other in same):
                self.wanted.duplicates[at] += 1
                self.left[at].remove(row)
            else:
                same.append(row)
        for key, rows in by_key.items():
            if len(rows) > 1:
                self.wanted.rejected_keys[at].append(tuple(map(str, key)))
            for row in rows if len(rows) > 1 else ():
                others = [str(other["source_row"]) for other in rows if other is not row]
                more = f" and {len(others) - 5} more" if len(others) > 5 else ""
                text = f"row(s) {', '.join(others[:5])}{more}"
                name, value = self.rules.primary_key[-1], " | ".join(map(str, key))
                self._reject(at, row, "duplicate_conflict", name, value, text)

    def _business(self, row: Row) -> tuple[Any, ...]:
        return self._key(row, self.rules.business_columns)

    def _across(self) -> None:
        by_key = defaultdict[tuple[Any, ...], list[tuple[int, Row]]](list)
        for at, rows in enumerate(self.left):
            for row in rows:
                by_key[self._key(row, self.rules.primary_key)].append((at, row))
        for key, found in by_key.items():
            best = max(self._rank(at) for at, _ in found)
            winner = next((at, row) for at, row in found if self._rank(at) == best)
            differing = [each for each in found if self._business(each[1]) != self._business(winner[1])]
            if differing and (self.rules.conflicts == "fail" or any(self._rank(at) == best for at, _ in differing)):
                places = " and ".join(self._place(*each) for each in (winner, *differing))
                self.wanted.undecided.append(f"{' | '.join(map(str, key))}: {places}")
                continue
            for at, row in found:
                if row is winner[1]:
                    continue
                self.left[at].remove(row)
                if (at, row) not in differing:
                    self.wanted.collapsed[at] += 1
                    continue
                self.wanted.overridden[at] += 1
                loser = (self.files[at].meta.file.path, row["source_row"], at)
                self.wanted.overrides.append((*loser, key, self._place(*winner), self._place(at, row), 1, 1))

    def _place(self, at: int, row: Row) -> str:
        file = self.files[at].meta.file
        return f"{file.path}!{file.sheet} row {row['source_row']}"

    def _groups(self) -> None:
        groups = defaultdict[tuple[Any, ...], dict[str, list[tuple[int, Row]]]](dict)
        for at, rows in enumerate(self.left):
            for row in rows:
                workbooks = groups[self._key(row, self.rules.merge_key)]
                workbooks.setdefault(self.files[at].meta.file.path, []).append((at, row))
        for key in sorted(groups, key=str):
            self._group(key, groups[key])

    def _group(self, key: tuple[Any, ...], workbooks: dict[str, list[tuple[int, Row]]]) -> None:
        ranks = {path: self._rank(found[0][0]) for path, found in workbooks.items()}
        winners = [path for path, rank in ranks.items() if rank == max(ranks.values())]
        if len(winners) > 1 or (len(workbooks) > 1 and self.rules.conflicts == "fail"):
            places = (f"{self._place(*found[0])} ({len(found)} rows)" for found in workbooks.values())
            self.wanted.undecided.append(f"{' | '.join(map(str, key))}: {' and '.join(places)}")
            return
        won = workbooks.pop(winners[0])
        for path, lost in workbooks.items():
            first = (path, lost[0][1]["source_row"], lost[0][0])
            coordinates = (self._place(*won[0]), self._place(*lost[0]))
            self.wanted.overrides.append((*first, key, *coordinates, len(won), len(lost)))
            for at, row in lost:
                self.wanted.overridden[at] += 1
                self.left[at].remove(row)
        self.wanted.groups.append((key, len(won), winners[0]))
