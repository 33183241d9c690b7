"""The plan: what a run would do, or did, as one frozen document (pure).

``plan.json`` is this model. The receipt of an execution is the same model with what happened filled in.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Literal

from pydantic import Field

from workflows.domains.findings import Finding
from workflows.frozen import Frozen
from workflows.giving_back.problems import GivenBack
from workflows.plan.changes import Comparison, Effect, RowChange
from workflows.plan.left_rows import LeftRows
from workflows.plan.load_spec import Mode
from workflows.plan.magnitude import Magnitudes
from workflows.plan.references import ReferenceAccount
from workflows.plan.run import Choice
from workflows.records.accounts import CompanyAccount, FileAccount, GroupRows, Override, with_before
from workflows.sources.keys import Scope
from workflows.sources.months_seen import LeftOut
from workflows.sources.selection import NotChosen

Outcome = Literal["planned", "verified", "blocked", "loaded", "unchanged", "failed", "unfinished"]


class Block(Frozen):
    """A closed gate: what was found, what the limit is, and how to go on."""

    gate: str
    message: str
    found: str
    limit: str


class PlanStep(Frozen):
    """One statement, exactly as it runs; ``rows`` is None where only the database can tell."""

    operation: str
    sql: str
    rows: int | None = None


class Made(Frozen):
    """When a document was made (UTC), by which person, on which host."""

    at: datetime
    by: str
    host: str


class MonthlySum(Frozen):
    """The sum of one additive column by month, as exact decimals; ``header`` is the workbooks' word for it."""

    field: str
    header: str
    months: dict[str, str]


class Plan(Frozen):
    """Everything that a load does, decided before it does it.

    ``records`` is the number of rows that go to staging: the files' records less those collapsed or overridden
    across files. ``reject_rows`` counts rejected rows, ``rejects`` lists every finding (up to a cap; the rest is in
    ``records_file``, named by ``rejects_omitted``). ``plan_id`` is a digest of what would be loaded and how; it does
    not depend on when or where the plan was made. ``left`` is what stays in the table besides the batch, ``moved`` what
    a power of ten lies between (without a database within the batch), None where that is not known, ``groups`` what is
    replaced where that is groups. ``undoes`` is the load that is taken back, if any: ``records`` are then the rows that
    come back. ``choice`` is what it takes to apply a compared plan later. ``made`` is all that is not the same wherever
    and whenever the same is planned.
    ``references`` are the tables that the facts refer to: rows of new keys are added before them. Of an undo they are
    those of the load that is taken back: what it added stays.
    ``companies`` counts how company ids were found, None where the domain has none. ``seal`` is a digest of all that
    the document says.
    """

    plan_id: str
    domain: str
    table: str
    mode: Mode
    primary_key: list[str]
    merge_key: list[str]
    replaces: Scope = "keys"
    periods: list[str]
    execute: bool
    plan_only: bool
    outcome: Outcome
    blocked_by: list[Block]
    snapshot: str
    files: list[FileAccount]
    not_selected: list[NotChosen]
    left_out: LeftOut = LeftOut()
    records: int
    months: dict[str, int]
    sums: list[MonthlySum] = Field(default_factory=list)
    reject_rows: int
    rejects: list[Finding]
    rejects_omitted: int = 0
    duplicates: int
    undoes: str | None = None
    overrides: list[Override]
    overrides_omitted: int = 0
    warnings: list[Finding]
    warnings_omitted: int = 0
    companies: CompanyAccount | None = None
    steps: list[PlanStep]
    effect: Effect = Effect()
    left: list[LeftRows] | None = None
    moved: Magnitudes | None = None
    groups: list[GroupRows] = Field(default_factory=list)
    groups_omitted: int = 0
    references: list[ReferenceAccount] = Field(default_factory=list)
    comparison: Comparison | None = None
    choice: Choice | None = None
    given_back: GivenBack = GivenBack()
    records_file: str
    load_id: str | None = None
    database: str | None = None
    made: Made | None = None
    work: str = ""
    seal: str = ""

    @property
    def changes(self) -> list[RowChange]:
        """The changes that a comparison listed; none without one."""
        return self.comparison.changes if self.comparison else []

    @property
    def changes_omitted(self) -> int:
        """How many changes a comparison only counted."""
        return self.comparison.changes_omitted if self.comparison else 0

    def sealed(self) -> Plan:
        """The plan with a digest of all that it says, by which an edited one is known."""
        return self.altered(seal=self._digest())

    @property
    def is_as_sealed(self) -> bool:
        """Whether nothing in it was edited since."""
        return self.seal == self._digest()

    def _digest(self) -> str:
        said = self.model_dump(mode="json", exclude={"seal"})
        canonical = json.dumps(said, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(canonical.encode("utf-8", "backslashreplace")).hexdigest()[:32]

    def compared(self, found: Comparison) -> Plan:
        """The plan with what a comparison found."""
        groups = with_before(self.groups, found.groups)
        kept = found.altered(groups=[])
        return self.altered(comparison=kept, effect=found.effect, left=found.left, moved=found.moved, groups=groups)

    def blocked(self, blocked_by: Sequence[Block]) -> Plan:
        """The plan with these gates closed, and no others."""
        outcome: Outcome = "blocked" if blocked_by else "planned"
        return self.altered(blocked_by=list(blocked_by), outcome=outcome)

    def receipt(
        self,
        load_id: str,
        effect: Effect,
        left_out: Collection[tuple[str, str]],
        left: Sequence[LeftRows] | None,
        groups: Sequence[GroupRows],
    ) -> Plan:
        """What an execution did: its ``effect``, the paths and sheets that an append had already, what it left, and
        the ``groups`` as they were."""
        outcome: Outcome = "loaded" if effect.deleted or effect.inserted else "unchanged"
        files = [file.altered(left_out=(file.path, file.sheet) in left_out) for file in self.files]
        return self.altered(
            load_id=load_id,
            effect=effect,
            outcome=outcome,
            files=files,
            left=left,
            groups=with_before(self.groups, groups),
        )
