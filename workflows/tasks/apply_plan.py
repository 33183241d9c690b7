"""Apply a plan that was saved: once, and only if nothing moved since it was approved."""

from __future__ import annotations

from pathlib import Path

import luigi

from workflows.errors import ParameterError, WorkflowError
from workflows.plan.model import Plan
from workflows.settings import get_settings
from workflows.tasks import targets
from workflows.tasks.freeze import FrozenRun
from workflows.tasks.load_domain import make_reachable
from workflows.tasks.load_warehouse import LoadWarehouse, expected_report
from workflows.tasks.run_ids import RunIdParameter, check_run_id, is_run_id, make_run_id
from workflows.tasks.run_report import RunReport, failure_text
from workflows.tasks.saved_plan import freeze_saved


class ApplyPlan(luigi.Task):
    """Verifies a plan that ``LoadDomain --compare`` made, or applies it with ``--execute``."""

    plan_file: luigi.Parameter = luigi.Parameter(default="", description="the plan.json that was saved")
    execute: luigi.BoolParameter = luigi.BoolParameter(
        description="load what the plan says; without it the plan is verified and nothing is changed"
    )

    run_id: RunIdParameter = RunIdParameter()

    def requires(self) -> list[LoadWarehouse]:
        """The load of what was saved. A plan that no longer holds is kept for ``run``, whose failure is reported."""
        frozen = self._frozen()
        return [LoadWarehouse.of(frozen)] if isinstance(frozen, FrozenRun) else []

    def complete(self) -> bool:
        """Only once it ran in this process: every run verifies anew."""
        return getattr(self, "_reported", False)

    def run(self) -> None:
        """Report what the load task wrote."""
        frozen = self._frozen()
        if isinstance(frozen, WorkflowError):
            raise frozen
        path = targets.inputs(self)[0]
        plan = Plan.model_validate_json(path.read_bytes())
        self._report.succeed(plan, path)
        self._reported = True

    def on_failure(self, exception: BaseException) -> str:
        """What the scheduler's page shows."""
        return failure_text(exception)

    def _frozen(self) -> FrozenRun | WorkflowError:
        """What is to be applied, or what stands in the way; found out once per process."""
        if not hasattr(self, "_choice"):
            # What is not fit to name a folder is refused below, in a run with an id of its own.
            run = self.run_id if is_run_id(self.run_id) else make_run_id()
            facts = {"Execute": str(self.execute), "Plan-only": str(not self.execute), "Plan file": self.plan_file}
            self._report = RunReport.begin(run, facts)
            try:
                self._choice: FrozenRun | WorkflowError = self._choose(check_run_id(self.run_id))
                self._report.expected = expected_report(self._choice)
            except WorkflowError as error:
                self._choice = error
        return self._choice

    def _choose(self, run: str) -> FrozenRun:
        if not self.plan_file:
            raise ParameterError("--plan-file is missing; give the plan.json that LoadDomain --compare wrote")
        settings = get_settings()
        frozen = freeze_saved(run, Path(self.plan_file), self.execute, settings)
        make_reachable(settings.database)
        return frozen
