"""What a processed and a merged document say besides their records (see ``json_files`` for their form) (pure)."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeAlias

from pydantic import field_validator

from workflows.frozen import Frozen
from workflows.records.accounts import CompanyAccount, FileAccount, GroupRows
from workflows.records.json_files import RecordFile
from workflows.sources.keys import Scope

Sums: TypeAlias = "dict[str, dict[str, str]]"
"""Exact sums of additive columns by month: ``{field: {"2024-11-01": "123.45"}}``."""


class ProcessedMeta(Frozen):
    """One workbook's records: ``fields`` in the order of a record line."""

    domain: str
    fields: tuple[str, ...]
    file: FileAccount


class ProcessedCounts(Frozen):
    """``months`` counts records by ISO date; ``unique_key`` is the key that no two records share, or empty.

    ``rejected_keys`` are the columns that may be part of a key, by name, of rejected rows where they could be read.
    """

    months: dict[str, int]
    sums: Sums
    unique_key: tuple[str, ...]
    rejected_keys: tuple[dict[str, str], ...] = ()


class MergedMeta(Frozen):
    """The records of a run's workbooks, and what they were merged by."""

    domain: str
    snapshot: str
    primary_key: tuple[str, ...]
    replaces: Scope
    conflicts: str
    fields: tuple[str, ...]


class MergedCounts(Frozen):
    """``records`` are those that remain; ``files`` in the snapshot's order, with what the merge did to each.

    ``overrides`` counts those that the document lists. ``groups`` are what a load of groups replaces. ``companies``
    says how company ids were found, None where the domain has none.
    ``rejected_keys`` are primary keys of rejected rows, as far as they could be read, at most REJECTED_KEYS.
    """

    records: int
    months: dict[str, int]
    sums: Sums
    files: tuple[FileAccount, ...]
    overrides: int
    groups: tuple[GroupRows, ...] = ()
    companies: CompanyAccount | None = None
    rejected_keys: tuple[tuple[str, ...], ...] = ()

    @field_validator("overrides", mode="before")
    @classmethod
    def _counted(cls, found: Any) -> Any:
        # Documents of earlier versions, which a load that is taken back may have, list them here.
        return len(found) if isinstance(found, list) else found


REJECTED_KEYS = 5_000
"""Keys of rejected rows that are kept, as a load's statements hold them: far more than a batch that may be loaded has.
What is beyond counts as left behind, which blocks."""


ProcessedFile: TypeAlias = "RecordFile[ProcessedMeta, ProcessedCounts]"
MergedFile: TypeAlias = "RecordFile[MergedMeta, MergedCounts]"


def processed_file(path: Path) -> ProcessedFile:
    """The document of one workbook; raises TargetDamagedError."""
    return RecordFile(path, ProcessedMeta, ProcessedCounts)


def merged_file(path: Path) -> MergedFile:
    """The document of a run's workbooks; raises TargetDamagedError."""
    return RecordFile(path, MergedMeta, MergedCounts)
