"""What a merge is told, and what it says of each file (pure)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, Protocol

from workflows.domains.findings import Finding
from workflows.records.accounts import GroupRows, Override
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
    """One outcome per source, in order, every override with both coordinates, and the groups that remain."""

    outcomes: list[FileOutcome]
    overrides: list[Override] = field(default_factory=list)
    groups: list[GroupRows] = field(default_factory=list)


def rank(source: RecordSource) -> tuple[date, bool, int]:
    """Which of several workbooks counts: that of the later period, then a supplement, then the higher version."""
    file = source.meta.file
    return file.period, is_supplement(file.part), file.version
