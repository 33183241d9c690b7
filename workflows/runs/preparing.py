"""Everything that a load needs, put together from the run, the domain and the merged document."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from workflows import outputs
from workflows.domains.registry import get_domain
from workflows.errors import DataWarehouseLoaderError, PlanOutdatedError, Words
from workflows.plan.build import batch_facts, build_plan, load_spec, plan_id
from workflows.plan.changes import Comparison
from workflows.plan.comparison import BatchShape
from workflows.plan.gates import closed_gates
from workflows.plan.load_spec import LedgerEntry, LoadSpec
from workflows.plan.magnitude import moved_within
from workflows.plan.model import Plan, PlanStep
from workflows.plan.phases import LoadStatements, shown
from workflows.plan.reference_sql import ReferenceStatements, reference_statements
from workflows.plan.references import ReferenceAccount, reference_inserts, unasked
from workflows.plan.run import Choice, Run
from workflows.plan.sql import load_statements
from workflows.records.copy_feed import copy_chunks
from workflows.records.documents import MergedFile, merged_file
from workflows.records.figures import figures
from workflows.records.references import ReferenceRows
from workflows.runs import paths
from workflows.runs.person import person
from workflows.runs.references import added_by, read_references
from workflows.runs.saved_plan import read_approved
from workflows.settings import DatabaseSettings, get_settings
from workflows.stages import Stage

if TYPE_CHECKING:
    from workflows.warehouse.execution import LoadOrder


@dataclass(frozen=True, slots=True)
class MergedRecords:
    """The merged document as the loader takes it: lines for COPY in pieces, never the whole.

    ``tell`` hears how many records have been handed over. Of an undo the document is empty, and the lines are those of
    the load that it takes back (``undone``), if they are still there.
    """

    file: MergedFile
    undone: MergedFile | None = None
    tell: Callable[[Iterator[bytes]], Iterator[bytes]] | None = None

    def copy_chunks(self) -> Iterator[bytes]:
        """Whole lines."""
        file = self.undone or self.file
        pieces = copy_chunks(file.chunks(), len(file.meta.fields))
        return pieces if self.tell is None else self.tell(pieces)


@dataclass(frozen=True, slots=True)
class PreparedLoad:
    """The load of a run's part ``choice``, ready to be shown or to be carried out; ``approved`` is the saved plan that
    it has to equal, if any. ``references`` are the rows that it refers to; ``adding``, of a run's first part, are the
    statements that add what is new of all parts' before anything else."""

    run: Run
    choice: Choice
    plan: Plan
    statements: LoadStatements
    records: MergedRecords
    shape: BatchShape
    approved: Plan | None = None
    references: Sequence[ReferenceRows] = ()
    adding: ReferenceStatements | None = None

    def telling(self, tell: Callable[[Iterator[bytes]], Iterator[bytes]]) -> PreparedLoad:
        """The same load, whose pieces for the database pass through ``tell``."""
        return replace(self, records=replace(self.records, tell=tell))

    def with_plan(self, plan: Plan) -> PreparedLoad:
        """The same load with what came of its plan."""
        return replace(self, plan=plan)

    def with_references(self, found: Sequence[ReferenceAccount]) -> PreparedLoad:
        """The same load with what its references come to; one that was committed before tells nothing of them."""
        return self.with_plan(self.plan.altered(references=list(found))) if found else self

    def with_comparison(self, found: Comparison) -> PreparedLoad:
        """The same load as a plan that says what it changes, bound to the state of the table, and can be saved."""
        spec = self.statements.spec
        identity = plan_id(self.choice, spec, found.last_sequence)
        statements = load_statements(spec, replace(self.statements.recorded, plan_id=identity, once=True))
        facts = batch_facts(self.choice, self.records.file, spec, found)
        plan = self.plan.compared(found).blocked(closed_gates(spec.gates, facts, self.choice.accepted))
        plan = plan.altered(plan_id=identity, choice=self.choice.decided, steps=self._steps(statements))
        return replace(self, statements=statements, plan=plan)

    def adds(self, adding: ReferenceStatements | None) -> PreparedLoad:
        """The same load, which comes after ``adding``."""
        load = replace(self, adding=adding)
        return load.with_plan(load.plan.altered(steps=load._steps(load.statements)))

    def _steps(self, statements: LoadStatements) -> list[PlanStep]:
        adding = self.adding
        if adding is None:
            return statements.planned()
        return [*shown(adding, {each.copy: each.copy.records for each in adding.tables}), *statements.planned()]

    def with_batch_looked_at(self) -> PreparedLoad:
        """The same load with what moved between the months of the batch itself, where nothing is asked of a table."""
        spec, document = self.statements.spec, self.records.file
        if not spec.figures or len(document.counts.months) < 2:
            return self
        rows = figures(
            document, spec.period_column or "", spec.key_within_month, [column.name for column in spec.figures]
        )
        moved = moved_within(rows, self.plan.months, [column.label for column in spec.figures])
        return self.with_plan(self.plan.altered(moved=moved))

    def order(self) -> LoadOrder:
        """What the warehouse is told to carry out."""
        from workflows.warehouse.execution import LoadOrder

        compares = self.run.compare or self.approved is not None
        return LoadOrder(
            statements=self.statements,
            rows=self.records,
            shape=self.shape if compares else None,
            approved=self.approved,
            references=self.references,
        )


@Stage("planning")
def prepare_loads(run: Run) -> list[PreparedLoad]:
    """The load of each part of a run, in order; raises as ``prepare_load``."""
    first, *others = (prepare_load(run, part) for part in run.parts)
    inserts = reference_inserts([first.references, *(load.references for load in others)])
    return [first.adds(reference_statements(inserts, first.statements.spec)), *others]


def prepare_load(run: Run, choice: Choice) -> PreparedLoad:
    """Read the merged document's figures and decide everything that needs no database.

    Raises PlanOutdatedError if the run's approved plan was made from anything else than what is there now.
    """
    merged = paths.merged_path(choice)
    domain, document, database = get_domain(choice.domain), merged_file(merged), get_settings().database
    spec = load_spec(choice, domain, document, database.lock_timeout * 1000, database.statement_timeout * 1000)
    entry = LedgerEntry(
        load_id=run.load_id(choice),
        plan_id=plan_id(choice, spec),
        domain=domain.name,
        snapshot=document.meta.snapshot,
        records=choice.undo.deleted if choice.undo else document.counts.records,
        actor=person(),
    )
    approved = read_approved(run, choice) if run.approved else None
    if approved is not None:
        check_identity(approved, choice, spec)
        entry = replace(entry, plan_id=approved.plan_id, via="ApplyPlan", once=True)
    statements = load_statements(spec, entry)
    references = read_references(choice, domain)
    plan = build_plan(
        run,
        choice,
        domain,
        document,
        statements,
        records_file=paths.relative(merged),
        database=database_of(run, database),
    )
    told = unasked(references) if choice.undo is None else added_by(choice.undo.load_id, domain)
    plan = plan.altered(references=told)
    columns_of = {(file.path, file.sheet): file for file in spec.files}
    shape = BatchShape(plan.months, columns_of, tuple(total.field for total in plan.sums))
    shown_records = MergedRecords(document, _undone(choice))
    return PreparedLoad(run, choice, plan, statements, shown_records, shape, approved, references)


def _undone(choice: Choice) -> MergedFile | None:
    if choice.undo is None or not choice.undo.document:
        return None
    path = paths.output_dir() / choice.undo.document
    if not outputs.exists(path):
        raise PlanOutdatedError(
            f"{path}: "
            + Words(
                f"载入 {choice.undo.load_id} 的记录已不在; 请重新计划",
                f"the records of load {choice.undo.load_id} are not there any more; plan again",
            )
        )
    return merged_file(path)


def check_identity(approved: Plan, choice: Choice, spec: LoadSpec) -> None:
    """Raise PlanOutdatedError unless the same workbooks would be loaded under the same keys, limits and columns."""
    sequence = approved.comparison.last_sequence if approved.comparison else None
    if plan_id(choice, spec, sequence) != approved.plan_id:
        raise PlanOutdatedError(
            Words(
                f"计划 {approved.plan_id} 已不成立: 表的列或从工作簿读到的记录与计划时不同; 请重新计划",
                f"plan {approved.plan_id} no longer holds: the table's columns, or the records read from its"
                " workbooks, are not those that it was made from; plan again",
            )
        )


def database_of(run: Run, database: DatabaseSettings) -> str | None:
    """The database as a plan names it; a plan that connects to none is made however its connection string reads."""
    if not database.is_configured:
        return None
    # Imported here: a plan without a database does not wait for its driver.
    from workflows.warehouse.connection import describe

    try:
        return describe(database)
    except DataWarehouseLoaderError:
        if not run.plan_only or run.compare:
            raise
        return "a connection string that cannot be read"
