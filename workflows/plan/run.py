"""What a run decided before it opened a workbook (pure).

A run decides once, and writes this once: whoever works on it, on any host, reads the same.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Iterable
from datetime import datetime
from typing import Literal

from pydantic import Field

from workflows.companies.basis import CompanyBasis
from workflows.frozen import Frozen
from workflows.plan.chunks import Chunk, chunks_of
from workflows.plan.identifiers import split_table
from workflows.plan.load_spec import Mode
from workflows.sources.entries import DomainSource, Overrides
from workflows.sources.months_seen import LeftOut, month_ranges
from workflows.sources.selection import NotChosen
from workflows.sources.snapshot import Snapshot, SnapshotFile

Step = Literal["plan", "compare", "verify", "load"]


class UndoChoice(Frozen):
    """Which load is taken back, as its row of the ledger says it (see ``load_spec.Undo``).

    ``columns`` are those that a row comes back with. ``document`` is where the load's own records lie below
    WDH_OUTPUT_DIR, empty if they are gone. ``at`` and ``by`` say when it was committed and by whom, for people.
    """

    load_id: str
    sequence: int
    inserted: int
    deleted: int
    shape: str
    restored: int | None = None
    columns: tuple[str, ...]
    document: str = ""
    at: datetime
    by: str

    @property
    def unverified(self) -> int:
        """Rows of which nobody can tell whether they are as the load wrote them."""
        # What an undo put in place is compared with its images.
        return 0 if self.document or self.restored is not None else self.inserted


class Choice(Frozen):
    """Which files of a domain are loaded, and how; or which load is taken back (``undo``), then without files.

    ``source`` is the catalogue's entry with what the command line ``said`` instead. ``rules`` is the digest of how
    workbooks are read and merged. ``accepted`` opens gates, by what they count (``plan.gates.COUNTS``). ``companies``
    is what company ids are told by, None where the domain has none. ``not_selected`` is what was seen and not taken,
    ``left_out`` the months among it that were asked for, for people; they decide nothing.
    """

    domain: str
    source: DomainSource
    said: Overrides = Overrides()
    mode: Mode = "delete_insert"
    accepted: dict[str, int] = Field(default_factory=dict)
    snapshot: Snapshot
    rules: str
    companies: CompanyBasis | None = None
    not_selected: tuple[NotChosen, ...] = ()
    left_out: LeftOut = LeftOut()
    undo: UndoChoice | None = None

    @property
    def months(self) -> str:
        """The months of its files: ``2024-01..2024-03, 2024-05``."""
        return _ranges_of([self])

    @property
    def name(self) -> str:
        """What tells this part of a run from its others: several loads of one domain may be taken back together."""
        return self.domain if self.undo is None else f"{self.domain}@{self.undo.sequence}"

    @property
    def decided(self) -> Choice:
        """The same without what is for people only."""
        return self.altered(not_selected=(), left_out=LeftOut())

    @property
    def table_order(self) -> tuple[str, ...]:
        """Where this part's table is locked among others: by name, as not every name says its schema."""
        return table_order(self.source.table)


def table_order(table: str) -> tuple[str, ...]:
    """By which loads of one transaction are put in order: all lock their tables in the same one."""
    return tuple(reversed(split_table(table)))


class Run(Frozen):
    """One run: the choice of each of its domains, in the order in which their tables are locked.

    With ``compare`` the plan asks the live tables; ``approved`` is the digest of a saved plan to be applied.
    ``skipped`` says why domains that were asked for together with others are not in it; it decides nothing.
    """

    id: str
    parts: tuple[Choice, ...] = Field(min_length=1)
    plan_only: bool
    compare: bool = False
    approved: str | None = None
    skipped: dict[str, str] = Field(default_factory=dict)

    @property
    def is_joint(self) -> bool:
        """Whether it is of several domains, or was meant to be."""
        return len(self.parts) > 1 or bool(self.skipped)

    @property
    def domains(self) -> str:
        """Its domains as people write them: ``a,b``."""
        return ",".join(part.domain for part in self.parts)

    @property
    def months(self) -> str:
        """The months of all of its files: ``2024-01..2024-03, 2024-05``."""
        return _ranges_of(self.parts)

    @property
    def step(self) -> Step:
        """What is done with the records."""
        if not self.plan_only:
            return "load"
        if self.approved is not None:
            return "verify"
        return "compare" if self.compare else "plan"

    @property
    def mode(self) -> Mode:
        """How all of its parts are loaded."""
        return self.parts[0].mode

    def part(self, domain: str) -> Choice:
        """The choice of one of its domains."""
        return next(part for part in self.parts if part.domain == domain)

    def load_id(self, part: Choice) -> str:
        """What the ledger calls the load of a part. No run id holds a colon: that of one run is never another's."""
        return f"{self.id}:{part.name}" if self.is_joint else self.id

    @functools.cached_property
    def workbooks(self) -> dict[str, list[tuple[Choice, SnapshotFile]]]:
        """Who reads what of each workbook, by its path: a sheet or several, for a domain or several."""
        found: dict[str, list[tuple[Choice, SnapshotFile]]] = {}
        for part in self.parts:
            for file in part.snapshot.files:
                found.setdefault(file.path, []).append((part, file))
        return found

    @functools.cached_property
    def chunks(self) -> list[Chunk]:
        """The workbooks as tasks share them out."""
        return chunks_of({path: readings[0][1].size for path, readings in self.workbooks.items()})

    @property
    def work(self) -> Run:
        """What tells this run's work from any other's."""
        # What was said shows in the source already: a key that the catalogue has too is no other work.
        parts = tuple(part.decided.altered(said=Overrides()) for part in self.parts)
        return self.altered(id="", parts=parts, skipped={})

    @property
    def work_digest(self) -> str:
        """Tells a plan or receipt of this work from one of another under the same id."""
        return hashlib.sha256(self.work.model_dump_json().encode()).hexdigest()[:16]


def _ranges_of(parts: Iterable[Choice]) -> str:
    return month_ranges(sorted({file.period for part in parts for file in part.snapshot.files}))


def in_table_order(parts: Iterable[Choice]) -> tuple[Choice, ...]:
    """The parts of a run as it keeps them, however they were named."""
    return tuple(sorted(parts, key=lambda part: (part.table_order, part.domain)))
