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


class Effect(Frozen):
    """What happens to the table's rows; None is not known (nothing was asked of the database).

    ``deleted`` and ``inserted`` are what an execution did: a changed row is deleted and inserted again. ``added``,
    ``changed`` and ``removed`` are what a comparison found within the scope: by the primary key, or by a row's name.
    """

    deleted: int | None = None
    inserted: int | None = None
    unchanged: int | None = None
    added: int | None = None
    changed: int | None = None
    removed: int | None = None


ChangeKind = Literal["added", "changed", "removed"]


class CellChange(Frozen):
    """One value of a changed row, as PostgreSQL writes it; ``cell`` is Excel's coordinate of the new one, such as
    ``2024-11 V2.xlsx!受托业绩!I17`` (empty where no single cell gave it)."""

    field: str
    header: str = ""
    old: str | None = None
    new: str | None = None
    cell: str = ""

    @property
    def label(self) -> str:
        """``规模(元) fund_scale``: what people call the column, with the unit that both values are in."""
        return f"{self.header} {self.field}" if self.header and self.header != self.field else self.field


class RowChange(Frozen):
    """One row that the table would gain, change or lose. ``place`` is where the new row stands in its workbook, or
    where the old one once stood; of an added or removed row ``cells`` are its values that are not empty. Where rows
    have no key, ``key`` is what names it, and ``rows`` is how many equal ones it is (``place`` is the first one's)."""

    kind: ChangeKind
    key: dict[str, str | None]
    place: str = ""
    cells: list[CellChange] = Field(default_factory=list)
    rows: int = 1


class MonthEffect(Frozen):
    """A month's part of the effect. ``growth`` is by how much the sum of each additive column grows, exactly."""

    added: int = 0
    changed: int = 0
    removed: int = 0
    unchanged: int = 0
    growth: dict[str, str] = Field(default_factory=dict)


class TableIdentity(Frozen):
    """Which table was compared: of which server (its system identifier), database and schema."""

    server: str
    database: str
    table: str

    def __str__(self) -> str:
        return f"{self.table} of database {self.database} (server {self.server})"


class Comparison(Frozen):
    """The live table against the batch, as of one moment. ``effect`` is unknown where keys are repeated in the table.

    ``last_sequence`` is the ledger's last entry of the table then (0: none). ``digest`` covers every change, also the
    ``changes_omitted`` beyond those listed. ``notes`` say what could not be told, and why. ``left`` is
    what stays in the table besides the batch, ``moved`` what a power of ten lies between (None: not known), ``groups``
    are those that are replaced; a plan keeps them as its own.
    """

    effect: Effect
    digest: str
    table: TableIdentity | None = None
    months: dict[str, MonthEffect] = Field(default_factory=dict)
    changes: list[RowChange] = Field(default_factory=list)
    changes_omitted: int = 0
    left: list[LeftRows] | None = None
    moved: Magnitudes | None = None
    groups: list[GroupRows] = Field(default_factory=list)
    last_sequence: int = 0
    notes: list[str] = Field(default_factory=list)


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
