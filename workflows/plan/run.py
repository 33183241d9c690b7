"""What a run decided before it opened a workbook (pure).

A run decides once, and writes this once: whoever works on it, on any host, reads the same.
"""

from __future__ import annotations

import hashlib

from pydantic import Field

from workflows.companies.basis import CompanyBasis
from workflows.frozen import Frozen
from workflows.plan.load_spec import Mode
from workflows.sources.entries import DomainSource, Overrides
from workflows.sources.months_seen import LeftOut
from workflows.sources.selection import NotChosen
from workflows.sources.snapshot import Snapshot


class Choice(Frozen):
    """Which files are loaded, and how.

    ``source`` is the catalogue's entry with what the command line ``said`` instead. ``rules`` is the digest of how
    workbooks are read and merged. ``accepted`` opens gates, by what they count (``plan.gates.COUNTS``). ``companies``
    is what company ids are told by, None where the domain has none.
    """

    domain: str
    source: DomainSource
    said: Overrides = Overrides()
    mode: Mode = "delete_insert"
    accepted: dict[str, int] = Field(default_factory=dict)
    snapshot: Snapshot
    rules: str
    companies: CompanyBasis | None = None


class Run(Frozen):
    """One run. With ``compare`` the plan asks the live table; ``approved`` is the digest of a saved plan to be applied.

    ``not_selected`` is what was seen and not taken, ``left_out`` the months among it that were asked for, for people;
    they decide nothing.
    """

    id: str
    choice: Choice
    plan_only: bool
    compare: bool = False
    approved: str | None = None
    not_selected: tuple[NotChosen, ...] = ()
    left_out: LeftOut = LeftOut()

    @property
    def work(self) -> Run:
        """What tells this run's work from any other's."""
        # What was said shows in the source already: a key that the catalogue has too is no other work.
        choice = self.choice.altered(said=Overrides())
        return self.altered(id="", not_selected=(), left_out=LeftOut(), choice=choice)

    @property
    def work_digest(self) -> str:
        """Tells a plan or receipt of this work from one of another under the same id."""
        return hashlib.sha256(self.work.model_dump_json().encode()).hexdigest()[:16]
