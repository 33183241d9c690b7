"""Everything that a load needs, put together from the domain, the catalogue, the run and the merged document."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from workflows.domains.domain import Domain, get_domain
from workflows.plan.build import Batch, LoadRequest, build_plan, load_spec, plan_id, table_columns
from workflows.plan.gates import Gates
from workflows.plan.load_spec import Guards, LedgerEntry, LoadSpec, Mode, TableColumn
from workflows.plan.model import Plan, PlanStep
from workflows.records.copy_feed import csv_chunks
from workflows.records.json_files import RecordFile
from workflows.settings import get_settings
from workflows.sources.catalogue import DomainSource
from workflows.sources.snapshot import read_not_selected
from workflows.tasks import targets
from workflows.tasks.aggregate_files import split_keys
from workflows.tasks.progress import counted
from workflows.tasks.rules import domain_source
from workflows.warehouse.connection import describe
from workflows.warehouse.loader import load


@dataclass(frozen=True, slots=True)
class MergedRecords:
    """The merged document as the loader takes it: CSV in pieces, never the whole."""

    file: RecordFile

    def csv_chunks(self) -> Iterator[bytes]:
        """Whole CSV lines."""
        return csv_chunks(self.file.chunks())


@dataclass(frozen=True, slots=True)
class CountedRecords:
    """The same records; ``tell`` hears how many have been handed over."""

    records: MergedRecords
    tell: Callable[[int], None]

    def csv_chunks(self) -> Iterator[bytes]:
        """Whole CSV lines."""
        return counted(self.records.csv_chunks(), self.tell)


@dataclass(frozen=True, slots=True)
class Load:
    """A load, ready to be shown or to be run."""

    plan: Plan
    spec: LoadSpec
    entry: LedgerEntry
    records: MergedRecords
    table_columns: tuple[TableColumn, ...]
    owns_rows: bool


def prepare_load(
    *,
    merged: Path,
    domain_name: str,
    keys: str,
    mode: Mode,
    plan_only: bool,
    accepted_rejects: int | None,
    run: str,
) -> Load:
    """Read the merged document's figures and decide everything that needs no database."""
    domain, source, document = get_domain(domain_name), domain_source(domain_name), RecordFile(merged)
    request = _request(domain, source, keys, mode, plan_only, accepted_rejects)
    snapshot = document.meta["snapshot"]
    batch = Batch(
        snapshot=snapshot,
        counts=document.counts,
        rejects=document.rejects,
        warnings=document.warnings,
        not_selected=read_not_selected(targets.snapshots_dir(), snapshot),
        records_file=targets.relative(merged),
    )
    spec = load_spec(request, batch)
    entry = LedgerEntry(run, plan_id(request, batch), domain_name, snapshot, document.counts["records"])
    records = MergedRecords(document)
    shown = load(
        spec.table,
        records,
        spec.mode,
        list(spec.primary_key),
        None,
        merge_key=list(spec.merge_key),
        spec=spec,
        ledger=entry,
    )
    steps = [PlanStep.model_validate(step) for step in shown["steps"]]
    plan = build_plan(request, batch, steps)
    return Load(plan, spec, entry, records, table_columns(domain), source.owns_rows)


def _request(
    domain: Domain, source: DomainSource, keys: str, mode: Mode, plan_only: bool, accepted_rejects: int | None
) -> LoadRequest:
    primary_key, merge_key = split_keys(keys)
    database = get_settings().database
    return LoadRequest(
        domain=domain.name,
        table=source.table,
        mode=mode,
        primary_key=primary_key,
        merge_key=merge_key,
        columns=domain.columns,
        business_columns=domain.business_columns,
        period_column=domain.period_field,
        gates=Gates(source.gates.max_reject_ratio, source.gates.min_rows, source.gates.totals),
        guards=Guards(source.gates.max_deleted_rows, source.gates.max_deleted_ratio),
        plan_only=plan_only,
        accepted_rejects=accepted_rejects,
        database=describe(database) if database.is_configured else None,
        words={name: headers[0] for name, kind in domain.kinds.items() for _, headers in kind.roles() if headers},
    )
