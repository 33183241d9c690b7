"""What a merge is told, and what it says of each file (pure)."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import chain, compress, repeat
from typing import Literal, Protocol

from workflows.domains.findings import Finding
from workflows.records.accounts import FileAccount, GroupRows, Override
from workflows.records.documents import ProcessedCounts, ProcessedMeta
from workflows.sources.filenames import is_supplement
from workflows.sources.keys import Scope

Conflicts = Literal["latest", "fail"]


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
    """With the scope ``months`` a record outside its file's period is a reject rather than a caution, with ``groups``
    (equal values in the ``merge_key``) each group is one workbook's. Without a ``primary_key`` all records count."""

    primary_key: tuple[str, ...]
    business_columns: tuple[str, ...]
    period_field: str
    scope: Scope
    conflicts: Conflicts
    merge_key: tuple[str, ...] = ()


# A byte for each line: of those that go and those that stay.
_OTHERWISE = bytes([1, 0]) + bytes(254)
_ROW_BITS = 32


@dataclass(slots=True)
class FileOutcome:
    """What the merge did to one file: which lines go, how many of each month, and why, by kind.

    All are numbers in arrays, as every line of a month of millions may go. ``rejected_keys`` are those that conflict,
    by their first lines.
    """

    months_gone: Counter[str] = field(default_factory=Counter)
    duplicate_rows: int = 0
    rejects: list[Finding] = field(default_factory=list)
    rejected_keys: dict[int, tuple[str, ...]] = field(default_factory=dict)
    collapsed: int = 0
    overridden: int = 0
    _gone: bytearray = field(default_factory=bytearray)
    _winners: array[int] = field(default_factory=lambda: array("q"))

    def drop(self, line: int, month: str) -> None:
        """Let the line of that number go, which is a record of ``month``."""
        if line >= len(self._gone):
            self._gone.extend(bytes(line + 1 - len(self._gone)))
        self._gone[line] = 1
        self.months_gone[month] += 1

    def override(self, line: int, month: str, source: int, row: int) -> None:
        """Let the line go as it lost against a ``row`` of the source of that number."""
        self.drop(line, month)
        self.overridden += 1
        if line >= len(self._winners):
            self._winners.extend(array("q", bytes(8 * (line + 1 - len(self._winners)))))
        self._winners[line] = source << _ROW_BITS | row

    @property
    def drops(self) -> bool:
        """Whether any line goes."""
        return bool(self._gone)

    def is_dropped(self, line: int) -> bool:
        """Whether the line of that number goes."""
        return line < len(self._gone) and self._gone[line] == 1

    def kept(self, lines: Iterable[bytes]) -> Iterator[bytes]:
        """Of all the file's lines, those that stay."""
        return compress(lines, chain(self._gone.translate(_OTHERWISE), repeat(1)))

    def dropped(self, lines: Iterable[bytes]) -> Iterator[bytes]:
        """Of all the file's lines, those that go."""
        return compress(lines, self._gone)

    def lost(self, lines: Iterable[bytes]) -> Iterator[tuple[bytes, int, int]]:
        """Of all the file's lines, those that lost against another source's, with its number and row."""
        for line, winner in zip(lines, self._winners, strict=False):
            if winner:
                yield line, winner >> _ROW_BITS, winner & (1 << _ROW_BITS) - 1


class Overrides(Protocol):
    """Overrides by the loser's file and row; ``Merged`` reads those of keys anew whenever they are gone through."""

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[Override]: ...


@dataclass(slots=True)
class Merged:
    """One outcome per source, in order, every override with both coordinates, and the groups that remain."""

    outcomes: list[FileOutcome]
    overrides: Overrides = ()
    groups: list[GroupRows] = field(default_factory=list)


def rank(source: RecordSource) -> tuple[date, bool, int]:
    """Which of several workbooks counts: that of the later period, then a supplement, then the higher version."""
    file = source.meta.file
    return file.period, is_supplement(file.part), file.version


def stray(file: FileAccount, row: int, field: str, month: str) -> Finding:
    """The reject of a record of another month than its file's, where whole months are replaced."""
    return file.reject(row, "period_mismatch", field, month, f"{month[:7]} in {file.month}")
