"""What was found + what was asked for -> one Plan (pure)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

from workflows.domains.domain import Domain
from workflows.plan.comparison import Compared, closed_guards
from workflows.plan.gates import BatchFacts, Gates, closed_gates
from workflows.plan.load_spec import Guards, LoadFile, LoadSpec, Mode, TableColumn
from workflows.plan.model import (
    Comparison,
    MonthlySum,
    NotSelected,
    Plan,
    PlanFile,
    PlanReject,
    PlanStep,
    SavedInputs,
)

# Findings listed in a plan; what is beyond is counted and stands whole in the merged document.
FINDINGS_LISTED = 10_000
_FILE_FIELDS = frozenset(PlanFile.model_fields)


@dataclass(frozen=True, slots=True)
class LoadRequest:
    """What was asked for, after the catalogue, the domain and the command line were put together.

    ``accepted_rejects`` is None when nothing was accepted. ``database`` is shown and holds no secret.
    ``words`` are the workbooks' own words for the columns.
    """

    domain: str
    table: str
    mode: Mode
    primary_key: tuple[str, ...]
    merge_key: tuple[str, ...]
    columns: tuple[str, ...]
    business_columns: tuple[str, ...]
    period_column: str
    gates: Gates
    guards: Guards
    plan_only: bool
    accepted_rejects: int | None = None
    database: str | None = None
    words: Mapping[str, str] = field(default_factory=dict)
    table_columns: tuple[TableColumn, ...] = ()
    owns_rows: bool = False


@dataclass(frozen=True, slots=True)
class Batch:
    """What the merge found: its document's ``counts`` and findings, and the files' periods (chosen, not found)."""

    snapshot: str
    counts: Mapping[str, Any]
    rejects: Sequence[Mapping[str, Any]]
    warnings: Sequence[Mapping[str, Any]]
    not_selected: Sequence[Mapping[str, str]]
    records_file: str


def table_columns(domain: Domain) -> tuple[TableColumn, ...]:
    """The columns that a domain's table has to have, in COPY's order."""
    return tuple(TableColumn(name, domain.sql_type(name), domain.is_nullable(name)) for name in domain.columns)


def load_spec(request: LoadRequest, batch: Batch) -> LoadSpec:
    """The load that the statements are made from."""
    files = tuple(
        LoadFile(
            path=file["path"],
            sha256=file["sha256"],
            sheet=file["sheet"],
            period=date.fromisoformat(file["period"]),
            part=file["part"],
            version=file["version"],
            rules=file["rules"],
            rows_read=file["rows_read"],
            records=file["records"],
            rejects=file["rejects"],
        )
        for file in batch.counts["files"]
    )
    return LoadSpec(
        table=request.table,
        columns=request.columns,
        business_columns=request.business_columns,
        primary_key=request.primary_key,
        merge_key=request.merge_key,
        mode=request.mode,
        period_column=request.period_column,
        periods=tuple(sorted({file.period for file in files})),
        files=files,
        guards=request.guards,
        table_columns=request.table_columns,
        owns_rows=request.owns_rows,
    )


def build_plan(request: LoadRequest, batch: Batch, steps: Sequence[PlanStep]) -> Plan:
    """The plan of loading ``batch`` as ``request`` says, with ``steps`` as the statements."""
    files = [
        PlanFile(**{**{k: v for k, v in file.items() if k in _FILE_FIELDS}, "period": file["period"][:7]})
        for file in batch.counts["files"]
    ]
    facts = _facts(request, batch, files)
    blocked_by = closed_gates(request.gates, facts, request.accepted_rejects)
    overrides = batch.counts["overrides"]
    return Plan(
        plan_id=plan_id(request, batch),
        domain=request.domain,
        table=request.table,
        mode=request.mode,
        primary_key=list(request.primary_key),
        merge_key=list(request.merge_key),
        periods=sorted({file.period for file in files}),
        execute=not request.plan_only,
        plan_only=request.plan_only,
        outcome="blocked" if blocked_by else "planned",
        blocked_by=blocked_by,
        snapshot=batch.snapshot,
        files=files,
        not_selected=[NotSelected(**entry) for entry in batch.not_selected],
        records=facts.records,
        months={month[:7]: count for month, count in batch.counts["months"].items()},
        sums=_sums(request, batch),
        reject_rows=facts.reject_rows,
        rejects=[PlanReject(**reject) for reject in batch.rejects[:FINDINGS_LISTED]],
        rejects_omitted=max(0, len(batch.rejects) - FINDINGS_LISTED),
        duplicates=facts.duplicates + sum(file.collapsed for file in files),
        overrides=list(overrides[:FINDINGS_LISTED]),
        overrides_omitted=max(0, len(overrides) - FINDINGS_LISTED),
        warnings=[PlanReject(**warning) for warning in batch.warnings[:FINDINGS_LISTED]],
        warnings_omitted=max(0, len(batch.warnings) - FINDINGS_LISTED),
        steps=list(steps),
        records_file=batch.records_file,
        database=request.database,
    )


def _facts(request: LoadRequest, batch: Batch, files: Sequence[PlanFile]) -> BatchFacts:
    """What the gates look at."""
    return BatchFacts(
        records=batch.counts["records"],
        file_records=sum(file.records for file in files),
        reject_rows=sum(file.rejects for file in files),
        duplicates=sum(file.duplicate_rows for file in files),
        totals_mismatches=[
            f"{w['file']}!{w['sheet']} row {w['row']}: {w['message']}"
            for w in batch.warnings
            if w["code"] == "totals_mismatch"
        ],
        replaces_periods=set(request.merge_key) != set(request.primary_key),
        empty_files=[file.path for file in files if not file.records],
    )


def _sums(request: LoadRequest, batch: Batch) -> list[MonthlySum]:
    """The additive columns by month, under the workbooks' own words."""
    return [
        MonthlySum(field=name, header=request.words.get(name, name), months={m[:7]: text for m, text in sums.items()})
        for name, sums in batch.counts.get("sums", {}).items()
    ]


def compared_plan(plan: Plan, identity: str, found: Compared, guards: Guards, inputs: SavedInputs) -> Plan:
    """``plan`` with what the comparison found: it can be saved under ``identity``, and applied once."""
    blocked_by = [*plan.blocked_by, *closed_guards(guards, found.effect)]
    return plan.model_copy(
        update={
            "plan_id": identity,
            "outcome": "blocked" if blocked_by else plan.outcome,
            "blocked_by": blocked_by,
            "effect": found.effect,
            "comparison": comparison_of(found),
            "changes": found.changes,
            "changes_omitted": found.omitted,
            "saved_inputs": inputs,
        }
    )


def comparison_of(found: Compared) -> Comparison:
    """What a plan or receipt keeps of a comparison besides its effect and changes."""
    return Comparison(
        last_sequence=found.last_sequence, digest=found.digest, months=found.months, notes=list(found.notes)
    )


def plan_id(request: LoadRequest, batch: Batch, last_sequence: int | None = None) -> str:
    """A digest of what would be loaded and how; neither plan or execute nor the place of the run changes it.

    With the table's ``last_sequence`` in the ledger (0: none) it is a compare plan's: once that plan is applied, the
    same inputs get another one.
    """
    files = [[file[name] for name in ("path", "sha256", "sheet", "rules")] for file in batch.counts["files"]]
    identity = {
        "snapshot": batch.snapshot,
        "files": files,
        "table": request.table,
        "mode": request.mode,
        "primary_key": request.primary_key,
        "merge_key": request.merge_key,
        "columns": request.columns,
        "gates": asdict(request.gates),
        "guards": asdict(request.guards),
        "accepted_rejects": request.accepted_rejects,
    }
    if last_sequence is not None:
        identity["last_sequence"] = last_sequence
    # A Decimal as the text that it is exactly.
    canonical = json.dumps(identity, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)
    return hashlib.sha256(canonical.encode()).hexdigest()[:32]
