"""What a run decided + what its merged document holds -> one Plan (pure)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from workflows.domains.domain import Domain
from workflows.plan.changes import Comparison
from workflows.plan.gates import closed_gates
from workflows.plan.judges import NOTHING_KNOWN, BatchFacts
from workflows.plan.load_spec import LoadSpec, TableColumn, Undo
from workflows.plan.magnitude import NOTHING_MOVED
from workflows.plan.model import MonthlySum, Plan
from workflows.plan.phases import LoadStatements
from workflows.plan.run import Choice, Run, UndoChoice
from workflows.records.documents import MergedFile

# Findings listed in a plan; what is beyond is counted and stands whole in the merged document.
FINDINGS_LISTED = 10_000


def table_columns(domain: Domain) -> tuple[TableColumn, ...]:
    """The columns that a domain's table has to have, in COPY's order."""
    return tuple(
        TableColumn(name, domain.sql_type(name), domain.is_nullable(name), domain.header_with_unit(name))
        for name in domain.columns
    )


def load_spec(
    choice: Choice, domain: Domain, document: MergedFile, lock_timeout_ms: int, statement_timeout_ms: int
) -> LoadSpec:
    """The load that the statements are made from."""
    source, files = choice.source, document.counts.files
    spec = LoadSpec(
        table=source.table,
        columns=domain.columns,
        business_columns=domain.business_columns,
        primary_key=source.primary_key,
        merge_key=source.merge_key,
        mode=choice.mode,
        replaces=source.replaces,
        described_by=source.described_by,
        period_column=domain.period_field,
        periods=tuple(sorted({file.period for file in files})),
        files=files,
        gates=source.gates,
        accepted=choice.accepted,
        rejected_keys=document.counts.rejected_keys,
        table_columns=table_columns(domain),
        owns_rows=source.owns_rows,
        references=domain.references,
        month_from_file=source.month_from == "file",
        lock_timeout_ms=lock_timeout_ms,
        statement_timeout_ms=statement_timeout_ms,
    )
    return spec if choice.undo is None else _taking_back(spec, choice.undo)


def _taking_back(spec: LoadSpec, undo: UndoChoice) -> LoadSpec:
    verified = undo.document and undo.restored is None
    return replace(
        spec,
        columns=undo.columns,
        undo=Undo(
            load_id=undo.load_id,
            sequence=undo.sequence,
            inserted=undo.inserted,
            deleted=undo.deleted,
            shape=undo.shape,
            restored=undo.restored,
            document_columns=spec.columns if verified else (),
        ),
    )


def build_plan(
    run: Run,
    choice: Choice,
    domain: Domain,
    document: MergedFile,
    statements: LoadStatements,
    *,
    records_file: str,
    database: str | None,
) -> Plan:
    """The plan of loading ``document`` by ``statements``, as ``run`` says of its part ``choice``.

    ``records_file`` is the document's place, ``database`` what is shown of the database; it holds no secret.
    """
    counts, source = document.counts, choice.source
    facts = batch_facts(choice, document, statements.spec)
    blocked_by = closed_gates(source.gates, facts, choice.accepted)
    return Plan(
        **_listed("rejects", document.rejects),
        overrides=(overrides := document.overrides(FINDINGS_LISTED)),
        overrides_omitted=counts.overrides - len(overrides),
        **_listed("warnings", document.warnings),
        **_listed("groups", counts.groups if statements.spec.replaces_groups else ()),
        plan_id=statements.recorded.plan_id,
        domain=domain.name,
        table=source.table,
        mode=choice.mode,
        primary_key=list(source.primary_key),
        merge_key=list(source.merge_key),
        replaces=source.scope,
        periods=sorted({file.month for file in counts.files}),
        execute=not run.plan_only,
        plan_only=run.plan_only,
        outcome="blocked" if blocked_by else "planned",
        blocked_by=blocked_by,
        snapshot=document.meta.snapshot,
        files=list(counts.files),
        not_selected=list(choice.not_selected),
        left_out=choice.left_out,
        records=statements.recorded.records,
        undoes=choice.undo.load_id if choice.undo else None,
        months={month[:7]: count for month, count in counts.months.items()},
        sums=_sums(domain, document),
        reject_rows=facts.reject_rows,
        duplicates=sum(file.duplicate_rows + file.collapsed for file in counts.files),
        left=facts.left,
        moved=facts.moved,
        companies=counts.companies,
        steps=statements.planned(),
        records_file=records_file,
        database=database,
    )


def _listed(name: str, found: Sequence[Any]) -> dict[str, Any]:
    """The first ones, and how many more there are."""
    return {name: list(found[:FINDINGS_LISTED]), f"{name}_omitted": max(0, len(found) - FINDINGS_LISTED)}


def batch_facts(choice: Choice, document: MergedFile, spec: LoadSpec, found: Comparison | None = None) -> BatchFacts:
    """What the gates look at, with what a comparison ``found``."""
    left, moved = (found.left, found.moved) if found else (None, None)
    return BatchFacts(
        files=document.counts.files,
        records=document.counts.records,
        unverified=choice.undo.unverified if choice.undo else 0,
        effect=found.effect if found else NOTHING_KNOWN,
        left=left if spec.leaves_rows else [],
        moved=moved if spec.figures else NOTHING_MOVED,
        groups=(found.groups if found else None) if spec.replaces_groups else [],
        month_key=spec.month_key,
        other_months_block=choice.source.other_months == "block",
        totals_mismatches=[
            f"{warning.file}!{warning.sheet} row {warning.row}: {warning.message}"
            for warning in document.warnings
            if warning.code == "totals_mismatch"
        ],
        doubtful_codes=[
            f"{warning.file}!{warning.sheet}!{warning.place}: {warning.detail}"
            for warning in document.warnings
            if warning.code == "code_spelled_twice"
        ],
        scope=choice.source.scope,
    )


def _sums(domain: Domain, document: MergedFile) -> list[MonthlySum]:
    """The additive columns by month, under the words of people, with their unit."""
    # An undo brings no records of its own: its rows have sums only once they are compared.
    summed = document.counts.sums or {name: {} for name, kind in domain.kinds.items() if kind.additive}
    return [
        MonthlySum(
            field=name, header=domain.header_with_unit(name) or name, months={m[:7]: text for m, text in sums.items()}
        )
        for name, sums in summed.items()
    ]


def plan_id(choice: Choice, spec: LoadSpec, last_sequence: int | None = None) -> str:
    """A digest of what would be loaded and how; neither plan or execute nor the place of the run changes it.

    With the table's ``last_sequence`` in the ledger (0: none) it is a compare plan's: once that plan is applied, the
    same inputs get another one.
    """
    identity: dict[str, Any] = {
        "snapshot": choice.snapshot.digest,
        "files": [[file.path, file.sha256, file.sheet, file.rules] for file in spec.files],
        "table": spec.table,
        "mode": spec.mode,
        "primary_key": spec.primary_key,
        "merge_key": spec.merge_key,
        "replaces": spec.scope,
        "described_by": spec.described_by,
        "columns": [[column.name, column.sql_type, column.nullable] for column in spec.table_columns],
        "gates": spec.gates.model_dump(mode="json"),
        "owns_rows": spec.owns_rows,
        "other_months": choice.source.other_months,
        "accepted": choice.accepted,
    }
    if spec.references:
        identity["references"] = [[each.table, list(each.key), list(each.columns)] for each in spec.references]
    if choice.companies is not None:
        identity["companies"] = choice.companies.model_dump()
    if choice.undo is not None:
        identity["undo"] = choice.undo.model_dump(mode="json", exclude={"at", "by", "document"})
    if last_sequence is not None:
        identity["last_sequence"] = last_sequence
    # A Decimal as the text that it is exactly.
    canonical = json.dumps(identity, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)
    return hashlib.sha256(canonical.encode()).hexdigest()[:32]
