"""Apply a plan that was saved: once, and only if nothing moved since it was approved."""

from __future__ import annotations

from pathlib import Path

from workflows.errors import ParameterError, Words
from workflows.plan.run import Run
from workflows.runs.saved_plan import choose_saved
from workflows.settings import get_settings
from workflows.tasks.parameters import FlagParameter, TextParameter
from workflows.tasks.run_id_parameter import RunIdParameter
from workflows.tasks.started_task import StartedTask
from workflows.tasks.starting import Start, make_reachable, start


class ApplyPlan(StartedTask):
    """Verifies a plan that ``LoadDomain --compare`` made, or applies it with ``--execute``."""

    plan_file: TextParameter = TextParameter("FILE", "the plan.json that was saved; has to be given")
    execute: FlagParameter = FlagParameter(
        "load what the plan says; without it the plan is verified and nothing is changed"
    )

    show_sql: FlagParameter = FlagParameter(
        "print a plan's statements whole, not only where they lie", significant=False
    )

    profile: FlagParameter = FlagParameter("measure the run's stages, and tell where its time went", significant=False)

    run_id: RunIdParameter = RunIdParameter()

    @property
    def _start(self) -> Start:
        facts = {"Execute": str(self.execute), "Plan-only": str(not self.execute), "Plan file": self.plan_file}
        return start(self, facts, self._choose, show_sql=self.show_sql, profile=self.profile)

    def _choose(self, run: str) -> Run:
        if not self.plan_file:
            raise ParameterError(
                "--plan-file: "
                + Words(
                    "缺少; 请给出对比 (--compare) 生成的 plan.json",
                    "is missing; give the plan.json that LoadDomain --compare wrote",
                )
            )
        settings = get_settings()
        chosen = choose_saved(run, Path(self.plan_file), self.execute, settings)
        make_reachable(settings.database)
        return chosen
