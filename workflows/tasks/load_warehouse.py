"""The merged document -> a plan file, or the table."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from typing import cast

import luigi

from workflows.errors import PlanBlockedError
from workflows.plan.load_spec import Mode
from workflows.plan.model import Effect, Plan
from workflows.plan.render.script import write_script
from workflows.plan.render.terminal import render_blocked
from workflows.settings import get_settings
from workflows.tasks import targets
from workflows.tasks.aggregate_files import AggregateFiles
from workflows.tasks.freeze import FrozenRun
from workflows.tasks.load_request import CountedRecords, Load, prepare_load
from workflows.tasks.progress import note, unit_done
from workflows.tasks.reports import receipt_target, write_reports
from workflows.tasks.run_report import failure_text
from workflows.tasks.scheduler_page import show_status
from workflows.warehouse.connection import connect, transaction
from workflows.warehouse.loader import load
from workflows.warehouse.table_check import check_table


class LoadWarehouse(luigi.Task):
    """Plans the load of ``snapshot``, or executes it in one transaction when ``plan_only`` is false.

    ``run`` is the run's id and becomes the load's id in the ledger; plan and execution are different tasks.
    """

    # In the order in which the scheduler's page shows them.
    domain: luigi.Parameter = luigi.Parameter()
    mode: luigi.Parameter = luigi.Parameter()
    plan_only: luigi.BoolParameter = luigi.BoolParameter(parsing=luigi.BoolParameter.EXPLICIT_PARSING)
    run_id: luigi.Parameter = luigi.Parameter()
    keys: luigi.Parameter = luigi.Parameter()
    accept_rejects: luigi.OptionalIntParameter = luigi.OptionalIntParameter(default=None)
    snapshot: luigi.Parameter = luigi.Parameter()
    rules: luigi.Parameter = luigi.Parameter()

    @classmethod
    def of(cls, frozen: FrozenRun) -> LoadWarehouse:
        """The load of a run's choice."""
        return cls(
            accept_rejects=frozen.accepted_rejects,
            domain=frozen.domain,
            keys=frozen.keys,
            mode=frozen.mode,
            plan_only=frozen.plan_only,
            rules=frozen.rules,
            run_id=frozen.run,
            snapshot=frozen.snapshot,
        )

    def requires(self) -> AggregateFiles:
        """The merged document."""
        return AggregateFiles(domain=self.domain, keys=self.keys, rules=self.rules, snapshot=self.snapshot)

    def output(self) -> luigi.LocalTarget:
        """The plan, or this run's receipt."""
        if self.plan_only:
            return targets.local_target(targets.plan_path(self.domain, self.run_id))
        return receipt_target(self.domain, self.run_id)

    def run(self) -> None:
        """Plan, or execute what the plan says."""
        begun = time.monotonic()
        prepared = prepare_load(
            merged=targets.inputs(self)[0],
            domain_name=self.domain,
            keys=self.keys,
            mode=cast("Mode", self.mode),
            plan_only=self.plan_only,
            accepted_rejects=self.accept_rejects,
            run=self.run_id,
        )
        plan = self._planned(prepared) if self.plan_only else self._executed(prepared)
        seconds = time.monotonic() - begun
        write_reports(plan, self.output(), self.run_id)
        counts = f"{plan.reject_rows:,} rejected rows"
        unit_done(f"{plan.outcome} {plan.table}", plan.records, seconds, counts)
        report = targets.label(targets.target_path(self.output()))
        show_status(self, f"{plan.outcome}: {plan.records:,} records, {counts}\nreport: {report}", 100)

    def _planned(self, prepared: Load) -> Plan:
        """No database: the statements are shown, and written as a script beside the plan."""
        script = targets.local_target(targets.target_path(self.output()).with_name("plan.sql"))
        blocked = [block.message for block in prepared.plan.blocked_by]
        with targets.write_atomically(script) as stream:
            write_script(stream, prepared.spec, prepared.entry, prepared.records.csv_chunks(), blocked)
        return prepared.plan

    def _executed(self, prepared: Load) -> Plan:
        """All files and the ledger's row in one transaction; nothing at all when a gate is closed."""
        plan, spec = prepared.plan, prepared.spec
        if plan.blocked_by:
            raise PlanBlockedError(render_blocked(plan))
        database = get_settings().database
        application = f"workdatahub {self.run_id}"
        with contextlib.closing(connect(database, application)) as connection, transaction(connection):
            check_table(connection, spec.table, prepared.table_columns, owns_rows=prepared.owns_rows)
            result = load(
                table=spec.table,
                rows=CountedRecords(prepared.records, self._tell(plan.records)),
                mode=spec.mode,
                pk=list(spec.primary_key),
                conn=connection,
                merge_key=list(spec.merge_key),
                spec=spec,
                ledger=prepared.entry,
            )
        changed = result["deleted"] or result["inserted"]
        left_out = set(result["left_out"])
        return plan.model_copy(
            update={
                "outcome": "loaded" if changed else "unchanged",
                "load_id": self.run_id,
                "effect": Effect(deleted=result["deleted"], inserted=result["inserted"], unchanged=result["unchanged"]),
                "files": [file.model_copy(update={"left_out": file.path in left_out}) for file in plan.files],
            }
        )

    def _tell(self, total: int) -> Callable[[int], None]:
        def tell(rows: int) -> None:
            note(event="loading", rows=rows, total=total)
            # What follows the last row (compare, delete, insert, commit) is the other tenth.
            show_status(self, f"loading: {rows:,} of {total:,} rows", 90 * rows // max(total, 1))

        return tell

    def on_failure(self, exception: BaseException) -> str:
        """What the scheduler's page shows."""
        return failure_text(exception)
