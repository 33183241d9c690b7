"""The files that were seen below the data folder, as values (pure)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from workflows.sources.file_rules import FileRules


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file that a domain may take.

    ``path`` is relative to the data folder, POSIX, NFC (``discovery.locate`` opens it); ``period`` the first day
    of its month; ``part`` is empty where a month has one file; ``mtime_ns`` as the file system has it;
    ``in_version_folder`` where a folder such as ``V1`` says the version.
    """

    path: str
    size_bytes: int
    mtime_ns: int
    period: date
    part: str = ""
    version: int = 1
    in_version_folder: bool = False


@dataclass(frozen=True, slots=True)
class Rejected:
    """A file, or a folder that was not entered (its ``path`` ends with ``/``), that no run takes, and why.

    ``nearness``: 2 is a workbook whose name fits but for its date or version, 1 a workbook of another name,
    0 anything else. What cannot be shown in ``path`` is escaped. Folders have no size and time.
    """

    path: str
    reason: str
    nearness: int = 0
    size_bytes: int | None = None
    mtime_ns: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Discovery:
    """Everything seen below ``folder`` (as the settings name it) by ``rules``; both lists ordered by path. It is equal
    to itself only: what is made of its thousands of files is kept by it."""

    folder: str
    rules: FileRules
    candidates: tuple[Candidate, ...]
    rejected: tuple[Rejected, ...] = ()
