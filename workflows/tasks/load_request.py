"""Everything that a load needs, put together from the domain, the catalogue, the run and the merged document."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from workflows.domains.domain import Domain, get_domain
from workflows.errors import DataWarehouseLoaderError, PlanOutdatedError
from workflows.plan.build import Batch, LoadRequest, build_plan, compared_plan, load_spec, plan_id, table_columns
from workflows.plan.comparison import Compared
from workflows.plan.gates import Gates
from workflows.plan.load_spec import LedgerEntry, Mode
from workflows.plan.model import Plan, SavedInputs
from workflows.plan.phases import LoadStatements
from workflows.plan.sql import load_statements
from workflows.records.copy_feed import copy_chunks
from workflows.records.json_files import RecordFile
from workflows.settings import DatabaseSettings, get_settings
from workflows.sources.catalogue import DomainSource
from workflows.sources.snapshot import read_not_selected, read_snapshot
from workflows.tasks import targets
from workflows.tasks.aggregate_files import split_keys
from workflows.tasks.guards import split_guards
from workflows.tasks.progress import counted
from workflows.tasks.rules import domain_source
from workflows.warehouse.compare import BatchShape
from workflows.warehouse.connection import describe
from workflows.warehouse.execution import LoadOrder


@dataclass(frozen=True, slots=True)
class MergedRecords:
    """The merged document as the loader takes it: lines for COPY in pieces, never the whole.

    ``tell`` hears how many records have been handed over.
    """

    file: RecordFile
    tell: Callable[[int], None] | None = None

    def copy_chunks(self) -> Iterator[bytes]:
        """Whole lines."""
        pieces = copy_chunks(self.file.chunks(), len(self.file.meta["fields"]))
        return pieces if self.tell is None else counted(pieces, self.tell)


@dataclass(frozen=True, slots=True)
class LoadWish:
    """What a run wants done with a merged document. ``approved`` is the saved plan that is to be applied, if any;
    ``compare`` asks the live table, as applying always does."""

    merged: Path
    domain: str
    keys: str
    mode: Mode
    plan_only: bool
    accepted_rejects: int | None
    run: str
    rules: str
    guards: str = ""
    compare: bool = False
    approved: Plan | None = None


@dataclass(frozen=True, slots=True)
class Load:
    """A load, ready to be shown or to be run."""

    wish: LoadWish
    plan: Plan
    statements: LoadStatements
    records: MergedRecords
    shape: BatchShape
    request: LoadRequest
    batch: Batch

    def telling(self, tell: Callable[[int], None]) -> Load:
        """The same load, whose ``tell`` hears how many records the database has been handed."""
        return replace(self, records=replace(self.records, tell=tell))

    def with_comparison(self, found: Compared) -> Load:
        """The same load as a plan that says what it changes, bound to the state of the table."""
        inputs = SavedInputs(
            rules=self.wish.rules,
            snapshot=read_snapshot(targets.snapshots_dir(), self.batch.snapshot).model_dump(mode="json"),
            guards=self.wish.guards,
            accepted_rejects=self.wish.accepted_rejects,
        )
        identity = plan_id(self.request, self.batch, found.last_sequence)
        spec, entry = self.statements.spec, replace(self.statements.recorded, plan_id=identity, once=True)
        statements = load_statements(spec, entry)
        plan = compared_plan(self.plan, identity, found, spec.guards, inputs)
        return replace(self, statements=statements, plan=plan.model_copy(update={"steps": statements.planned()}))

    def order(self) -> LoadOrder:
        """What the warehouse is told to carry out."""
        compares = self.wish.compare or self.wish.approved is not None
        return LoadOrder(
            statements=self.statements,
            rows=self.records,
            shape=self.shape if compares else None,
            approved=self.wish.approved,
        )


def prepare_load(wish: LoadWish) -> Load:
    """Read the merged document's figures and decide everything that needs no database.

    Raises PlanOutdatedError if ``wish.approved`` was made from anything else than what is there now.
    """
    domain, source, document = get_domain(wish.domain), domain_source(wish.domain), RecordFile(wish.merged)
    request = _request(domain, source, wish)
    snapshot = document.meta["snapshot"]
    batch = Batch(
        snapshot=snapshot,
        counts=document.counts,
        rejects=document.rejects,
        warnings=document.warnings,
        not_selected=read_not_selected(targets.snapshots_dir(), snapshot),
        records_file=targets.relative(wish.merged),
    )
    database = get_settings().database
    spec = replace(
        load_spec(request, batch),
        lock_timeout_ms=database.lock_timeout * 1000,
        statement_timeout_ms=database.statement_timeout * 1000,
    )
    entry = LedgerEntry(
        load_id=wish.run,
        plan_id=plan_id(request, batch),
        domain=wish.domain,
        snapshot=snapshot,
        records=document.counts["records"],
    )
    if wish.approved is not None:
        check_identity(wish.approved, request, batch)
        entry = replace(entry, plan_id=wish.approved.plan_id, via="ApplyPlan", once=True)
    records = MergedRecords(document)
    statements = load_statements(spec, entry)
    plan = build_plan(request, batch, statements.planned()).model_copy(update={"plan_id": entry.plan_id})
    columns_of = {file["path"]: file["columns"] for file in document.counts["files"]}
    shape = BatchShape(plan.months, columns_of, tuple(total.field for total in plan.sums))
    return Load(wish, plan, statements, records, shape, request, batch)


def check_identity(approved: Plan, request: LoadRequest, batch: Batch) -> None:
    """Raise PlanOutdatedError unless the same workbooks would be loaded under the same keys, limits and columns."""
    sequence = approved.comparison.last_sequence if approved.comparison else None
    if plan_id(request, batch, sequence) != approved.plan_id:
        raise PlanOutdatedError(
            f"plan {approved.plan_id} no longer holds: the catalogue's table, columns, gates or guards, or the records "
            "read from its workbooks, are not those that it was made from; plan again"
        )


def _request(domain: Domain, source: DomainSource, wish: LoadWish) -> LoadRequest:
    primary_key, merge_key = split_keys(wish.keys)
    guards = split_guards(wish.guards)
    database = get_settings().database
    return LoadRequest(
        domain=domain.name,
        table=source.table,
        mode=wish.mode,
        primary_key=primary_key,
        merge_key=merge_key,
        columns=domain.columns,
        business_columns=domain.business_columns,
        period_column=domain.period_field,
        gates=Gates(source.gates.max_reject_ratio, source.gates.min_rows, source.gates.totals, guards.allow_empty),
        guards=guards,
        plan_only=wish.plan_only,
        accepted_rejects=wish.accepted_rejects,
        database=_shown(database, needed=not wish.plan_only or wish.compare),
        table_columns=table_columns(domain),
        owns_rows=source.owns_rows,
        words={name: headers[0] for name, kind in domain.kinds.items() for _, headers in kind.roles() if headers},
    )


def _shown(database: DatabaseSettings, *, needed: bool) -> str | None:
    """The database as a plan names it; a plan that connects to none is made however its connection string reads."""
    if not database.is_configured:
        return None
    try:
        return describe(database)
    except DataWarehouseLoaderError:
        if needed:
            raise
        return "a connection string that cannot be read"
