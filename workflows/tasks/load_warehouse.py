"""The merged documents -> a plan file, or the tables."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import luigi

from workflows.pages.render import make_ready
from workflows.plan.run import Run
from workflows.runs.carrying_out import carry_out
from workflows.runs.paths import label
from workflows.runs.preparing import PreparedLoad, prepare_loads
from workflows.runs.problems import report_problems
from workflows.runs.reports import report_of, write_reports
from workflows.runs.run_json import read_run
from workflows.tasks.aggregate_files import AggregateFiles
from workflows.tasks.shown_task import ShownTask
from workflows.tasks.targets import target
from workflows.telling.progress import counted, note, unit_done
from workflows.telling.scheduler_page import show_status

# A plan that asks no database stages nothing.
_AT_WORK = {"load": "loading", "verify": "verifying", "compare": "comparing", "plan": "planning"}


class LoadWarehouse(ShownTask):
    """Plans the run's load, or executes it in one transaction: what the run decided, ``step`` tells of it.

    The run's id becomes the load's id in the ledger; plan and execution are different tasks.
    """

    # In the order in which the scheduler's page shows them.
    domain: luigi.Parameter = luigi.Parameter()
    months: luigi.Parameter = luigi.Parameter(default="")
    mode: luigi.Parameter = luigi.Parameter()
    step: luigi.Parameter = luigi.Parameter()
    run_id: luigi.Parameter = luigi.Parameter()

    @classmethod
    def of(cls, run: Run) -> LoadWarehouse:
        """The load of a run's choice."""
        return cls(domain=run.domains, months=run.months, mode=run.mode, step=run.step, run_id=run.id)

    def requires(self) -> list[AggregateFiles]:
        """The merged document of each domain."""
        run = read_run(self.run_id)
        return [AggregateFiles.of(run, part) for part in run.parts]

    def output(self) -> luigi.LocalTarget:
        """The plan, or this run's receipt."""
        return target(report_of(read_run(self.run_id)))

    def run(self) -> None:
        """Plan, compare, verify, or execute what the plan says."""
        begun, run = time.monotonic(), read_run(self.run_id)
        if not run.plan_only:
            # Loaded while the server works; a receipt's page is then there at once.
            threading.Thread(target=make_ready, daemon=True).start()
        prepared = [report_problems(load) for load in prepare_loads(run)]
        done = carry_out([load.telling(self._teller(load)) for load in prepared])
        seconds = time.monotonic() - begun
        plan = write_reports(run, done)
        counts = f"{plan.reject_rows:,} rejected rows"
        tables = ", ".join(part.table for part in plan.parts)
        unit_done(f"{plan.outcome} {tables}", plan.records, seconds, counts)
        report = label(report_of(run))
        show_status(self, f"{plan.outcome}: {plan.records:,} records, {counts}\nreport: {report}", 100)

    def _teller(self, load: PreparedLoad) -> Callable[[Iterator[bytes]], Iterator[bytes]]:
        run, total = load.run, load.plan.records
        work = _AT_WORK[run.step]
        of = {"domain": load.choice.domain} if run.is_joint else {}
        what = " ".join([work, *of.values()])

        def tell(rows: int) -> None:
            note(self.run_id, event="staging", work=work, rows=rows, total=total, **of)
            # What follows the last row (compare, delete, insert, commit) is the other tenth.
            show_status(self, f"{what}: {rows:,} of {total:,} rows", 90 * rows // max(total, 1))

        return lambda pieces: counted(pieces, tell)
