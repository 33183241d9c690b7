"""The merged document -> a plan file, or the table."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import cast

import luigi

from workflows.pages.render import make_ready
from workflows.plan.load_spec import Mode
from workflows.plan.render.script import write_script
from workflows.tasks import targets
from workflows.tasks.aggregate_files import AggregateFiles
from workflows.tasks.freeze import FrozenRun
from workflows.tasks.load_request import Load, LoadWish, prepare_load
from workflows.tasks.load_steps import compare_load, execute_load, verify_load
from workflows.tasks.progress import note, unit_done
from workflows.tasks.report_problems import report_problems
from workflows.tasks.reports import receipt_target, write_reports
from workflows.tasks.run_report import failure_text
from workflows.tasks.saved_plan import read_saved_plan
from workflows.tasks.scheduler_page import show_status


class LoadWarehouse(luigi.Task):
    """Plans the load of ``snapshot``, or executes it in one transaction when ``plan_only`` is false.

    ``run`` is the run's id and becomes the load's id in the ledger; plan and execution are different tasks. With
    ``compare`` the plan says what would change in the live table; ``saved_plan`` is the path of one that is applied
    (or, with ``plan_only``, verified).
    """

    # In the order in which the scheduler's page shows them.
    domain: luigi.Parameter = luigi.Parameter()
    mode: luigi.Parameter = luigi.Parameter()
    plan_only: luigi.BoolParameter = luigi.BoolParameter(parsing=luigi.BoolParameter.EXPLICIT_PARSING)
    compare: luigi.BoolParameter = luigi.BoolParameter(parsing=luigi.BoolParameter.EXPLICIT_PARSING)
    run_id: luigi.Parameter = luigi.Parameter()
    keys: luigi.Parameter = luigi.Parameter()
    accept_rejects: luigi.OptionalIntParameter = luigi.OptionalIntParameter(default=None)
    guards: luigi.Parameter = luigi.Parameter(default="")
    saved_plan: luigi.Parameter = luigi.Parameter(default="")
    snapshot: luigi.Parameter = luigi.Parameter()
    rules: luigi.Parameter = luigi.Parameter()

    @classmethod
    def of(cls, frozen: FrozenRun) -> LoadWarehouse:
        """The load of a run's choice."""
        return cls(
            accept_rejects=frozen.accepted_rejects,
            compare=frozen.compare,
            domain=frozen.domain,
            guards=frozen.guards,
            keys=frozen.keys,
            mode=frozen.mode,
            plan_only=frozen.plan_only,
            rules=frozen.rules,
            run_id=frozen.run,
            saved_plan=frozen.saved_plan,
            snapshot=frozen.snapshot,
        )

    def requires(self) -> AggregateFiles:
        """The merged document."""
        return AggregateFiles(
            domain=self.domain, keys=self.keys, rules=self.rules, run_id=self.run_id, snapshot=self.snapshot
        )

    def output(self) -> luigi.LocalTarget:
        """The plan, or this run's receipt."""
        if self.plan_only:
            return targets.local_target(targets.plan_path(self.domain, self.run_id))
        return receipt_target(self.domain, self.run_id)

    def run(self) -> None:
        """Plan, compare, verify, or execute what the plan says."""
        begun = time.monotonic()
        prepared = report_problems(prepare_load(self._wish()), self.run_id)
        told = prepared.telling(self._tell(prepared.plan.records))
        if not self.plan_only:
            # Loaded while the server works; a receipt's page is then there at once.
            threading.Thread(target=make_ready, daemon=True).start()
            plan = execute_load(told)
        elif prepared.wish.approved is not None:
            plan = verify_load(told)
        else:
            prepared = compare_load(told) if self.compare else prepared
            plan = prepared.plan
            self._write_script(prepared)
        seconds = time.monotonic() - begun
        write_reports(plan, self.output(), self.run_id)
        counts = f"{plan.reject_rows:,} rejected rows"
        unit_done(f"{plan.outcome} {plan.table}", plan.records, seconds, counts)
        report = targets.label(targets.target_path(self.output()))
        show_status(self, f"{plan.outcome}: {plan.records:,} records, {counts}\nreport: {report}", 100)

    def _tell(self, total: int) -> Callable[[int], None]:
        def tell(rows: int) -> None:
            note(event="loading", rows=rows, total=total)
            # What follows the last row (compare, delete, insert, commit) is the other tenth.
            show_status(self, f"loading: {rows:,} of {total:,} rows", 90 * rows // max(total, 1))

        return tell

    def on_failure(self, exception: BaseException) -> str:
        """What the scheduler's page shows."""
        return failure_text(exception)

    def _wish(self) -> LoadWish:
        return LoadWish(
            merged=targets.inputs(self)[0],
            domain=self.domain,
            keys=self.keys,
            mode=cast("Mode", self.mode),
            plan_only=self.plan_only,
            accepted_rejects=self.accept_rejects,
            run=self.run_id,
            rules=self.rules,
            guards=self.guards,
            compare=self.compare,
            approved=read_saved_plan(Path(self.saved_plan)) if self.saved_plan else None,
        )

    def _write_script(self, prepared: Load) -> None:
        """The statements as a script beside the plan; one that is blocked refuses to run."""
        script = targets.local_target(targets.target_path(self.output()).with_name("plan.sql"))
        blocked = [block.message for block in prepared.plan.blocked_by]
        with targets.write_atomically(script) as stream:
            write_script(stream, prepared.statements, prepared.records.copy_chunks(), blocked)


def expected_report(frozen: FrozenRun) -> Path:
    """Where the plan or the receipt of a run will lie."""
    path = targets.plan_path if frozen.plan_only else targets.receipt_path
    return path(frozen.domain, frozen.run)
