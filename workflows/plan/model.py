"""The plan: what a run would do, or did, as one frozen document (pure).

``plan.json`` is this model. The receipt of an execution is the same model with what happened filled in.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from workflows.plan.load_spec import Mode

Outcome = Literal["planned", "verified", "blocked", "loaded", "unchanged", "failed"]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PlanFile(_Frozen):
    """One workbook and its accounting.

    ``rows_read = records + rejects + blank_rows + totals_rows + hidden_rows + duplicate_rows``; ``rejects`` counts
    rows, ``hidden_rows`` those that the catalogue says to skip.
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
    hidden_rows: int = 0
    collapsed: int = 0
    overridden: int = 0
    left_out: bool = False
    ignored_headers: list[str] = []
    notes: list[str] = []

    @property
    def adds_up(self) -> bool:
        """Whether every row read is accounted for exactly once."""
        set_aside = self.blank_rows + self.totals_rows + self.hidden_rows + self.duplicate_rows
        return self.rows_read == self.records + self.rejects + set_aside


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


class AnnotatedWorkbook(_Frozen):
    """A copy of ``file``'s sheet with its findings marked; ``path`` is below WDH_OUTPUT_DIR."""

    file: str
    path: str


class GivenBack(_Frozen):
    """What was written for the providers: nothing where nothing was found.

    ``failed`` says what could not be written, and why; that never fails a load.
    """

    workbooks: list[AnnotatedWorkbook] = []
    rejects_csv: str | None = None
    failed: list[str] = []


class Effect(_Frozen):
    """What happens to the table's rows; None is not known (nothing was asked of the database).

    ``deleted`` and ``inserted`` are what an execution did: a changed row is deleted and inserted again. ``added``,
    ``changed`` and ``removed`` are what a comparison found, by the primary key within the scope.
    """

    deleted: int | None = None
    inserted: int | None = None
    unchanged: int | None = None
    added: int | None = None
    changed: int | None = None
    removed: int | None = None


ChangeKind = Literal["added", "changed", "removed"]


class CellChange(_Frozen):
    """One value of a changed row, as PostgreSQL writes it; ``cell`` is Excel's coordinate of the new one, such as
    ``2024-11 V2.xlsx!受托业绩!I17`` (empty where no single cell gave it)."""

    field: str
    header: str = ""
    old: str | None = None
    new: str | None = None
    cell: str = ""


class RowChange(_Frozen):
    """One row that the table would gain, change or lose. ``place`` is where the new row stands in its workbook, or
    where the old one once stood; of an added or removed row ``cells`` are its values that are not empty."""

    kind: ChangeKind
    key: dict[str, str | None]
    place: str = ""
    cells: list[CellChange] = []


class MonthEffect(_Frozen):
    """A month's part of the effect. ``growth`` is by how much the sum of each additive column grows, exactly."""

    added: int = 0
    changed: int = 0
    removed: int = 0
    unchanged: int = 0
    growth: dict[str, str] = {}


class Comparison(_Frozen):
    """The live table against the batch, as of one moment.

    ``last_sequence`` is the ledger's last entry of the table then (0: none). ``digest`` covers every change, also
    those beyond the ones listed in the plan. ``notes`` say what could not be told, and why.
    """

    last_sequence: int
    digest: str
    months: dict[str, MonthEffect] = {}
    notes: list[str] = []


class SavedInputs(_Frozen):
    """What it takes to apply a plan later: the choice of files, the rules and the options that it was made with."""

    rules: str
    snapshot: dict[str, Any]
    guards: str = ""
    accepted_rejects: int | None = None


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
    comparison: Comparison | None = None
    changes: list[RowChange] = []
    changes_omitted: int = 0
    saved_inputs: SavedInputs | None = None
    given_back: GivenBack = GivenBack()
    records_file: str
    load_id: str | None = None
    database: str | None = None


def file_label(file: PlanFile) -> str:
    """How a file is named to people: ``2024-11 V2 path`` (part added where there is one)."""
    part = f" {file.part}" if file.part else ""
    return f"{file.period}{part} V{file.version} {file.path}"
