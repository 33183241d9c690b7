"""The plan: what a run would do, or did, as one frozen document (pure).

``plan.json`` is this model. The receipt of an execution is the same model with what happened filled in.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from workflows.plan.load_spec import Mode

Outcome = Literal["planned", "blocked", "loaded", "unchanged", "failed"]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PlanFile(_Frozen):
    """One workbook and its accounting.

    ``rows_read = records + rejects + blank_rows + totals_rows + duplicate_rows``; ``rejects`` counts rows.
    ``collapsed`` and ``overridden`` records went to (or lost against) another workbook of the same run.
    ``left_out`` is set by an append that had this workbook already.
    """

    path: str
    sha256: str
    period: str = Field(pattern=r"^\d{4}-\d{2}$")
    part: str
    version: int
    sheet: str
    engine: str
    engine_reason: str = ""
    rows_read: int
    records: int
    rejects: int
    blank_rows: int
    totals_rows: int
    duplicate_rows: int
    collapsed: int = 0
    overridden: int = 0
    left_out: bool = False
    ignored_headers: list[str] = []
    notes: list[str] = []

    @property
    def adds_up(self) -> bool:
        """Whether every row read is accounted for exactly once."""
        parts = self.records + self.rejects + self.blank_rows + self.totals_rows + self.duplicate_rows
        return self.rows_read == parts


class NotSelected(_Frozen):
    """A file that was seen and not taken, and why."""

    path: str
    reason: str


class PlanReject(_Frozen):
    """One finding that keeps a row out: Excel's coordinates, the raw value, a code of ``domains.findings``."""

    file: str
    sheet: str
    row: int
    column: str
    header: str = ""
    field: str = ""
    value: str
    code: str
    message: str


class Block(_Frozen):
    """A closed gate: what was found, what the limit is, and how to go on."""

    gate: str
    message: str
    found: str
    limit: str


class PlanStep(_Frozen):
    """One statement, exactly as it runs; ``rows`` is None where only the database can tell."""

    operation: str
    sql: str
    rows: int | None = None


class Effect(_Frozen):
    """What happened to the table's rows; None is not known (nothing was asked of the database)."""

    deleted: int | None = None
    inserted: int | None = None
    unchanged: int | None = None


class MonthlySum(_Frozen):
    """The sum of one additive column by month, as exact decimals; ``header`` is the workbooks' word for it."""

    field: str
    header: str
    months: dict[str, str]


class Plan(_Frozen):
    """Everything that a load does, decided before it does it.

    ``records`` is the number of rows that go to staging: the files' records less those collapsed or overridden
    across files. ``reject_rows`` counts rejected rows, ``rejects`` lists every finding (up to a cap; the rest is
    in ``records_file``, named by ``rejects_omitted``). ``plan_id`` is a digest of what would be loaded and how;
    it does not depend on when or where the plan was made.
    """

    plan_id: str
    domain: str
    table: str
    mode: Mode
    primary_key: list[str]
    merge_key: list[str]
    periods: list[str]
    execute: bool
    plan_only: bool
    outcome: Outcome
    blocked_by: list[Block]
    snapshot: str
    files: list[PlanFile]
    not_selected: list[NotSelected]
    records: int
    months: dict[str, int]
    sums: list[MonthlySum] = []
    reject_rows: int
    rejects: list[PlanReject]
    rejects_omitted: int = 0
    duplicates: int
    overrides: list[dict[str, Any]]
    overrides_omitted: int = 0
    warnings: list[PlanReject]
    warnings_omitted: int = 0
    steps: list[PlanStep]
    effect: Effect = Effect()
    records_file: str
    load_id: str | None = None
    database: str | None = None


def file_label(file: PlanFile) -> str:
    """How a file is named to people: ``2024-11 V2 path`` (part added where there is one)."""
    part = f" {file.part}" if file.part else ""
    return f"{file.period}{part} V{file.version} {file.path}"
