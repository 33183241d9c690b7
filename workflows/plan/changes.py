"""What changes in the table, as a comparison found it or an execution did it (pure)."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from workflows.frozen import Frozen
from workflows.plan.left_rows import LeftRows
from workflows.plan.magnitude import Magnitudes
from workflows.records.accounts import GroupRows


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
