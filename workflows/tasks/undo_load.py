"""Take a load back: planned first, as any load."""

from __future__ import annotations

from workflows.errors import ParameterError, Words
from workflows.plan.run import Run
from workflows.runs.accepting import parse_accepted
from workflows.settings import get_settings
from workflows.tasks.parameters import ACCEPTED, FlagParameter, TextParameter
from workflows.tasks.run_id_parameter import RunIdParameter
from workflows.tasks.started_task import StartedTask
from workflows.tasks.starting import Start, make_reachable, start


class UndoLoad(StartedTask):
    """Plans what taking a load back changes, or does it with ``--execute``; it can be taken back itself."""

    load_id: TextParameter = TextParameter(
        "ID", "the load, as make history names it; or a run of several domains: all of its loads; has to be given"
    )
    with_later: FlagParameter = FlagParameter(
        "take back the later loads that stand in the way, too, newest first, in one transaction"
    )
    accept: TextParameter = TextParameter(ACCEPTED, "open a gate that counted exactly this: unverified=40")
    execute: FlagParameter = FlagParameter("do it; without it the undo is planned and nothing is changed")

    show_sql: FlagParameter = FlagParameter(
        "print a plan's statements whole, not only where they lie", significant=False
    )

    profile: FlagParameter = FlagParameter("measure the run's stages, and tell where its time went", significant=False)

    run_id: RunIdParameter = RunIdParameter()

    @property
    def _start(self) -> Start:
        facts = {"Execute": str(self.execute), "Plan-only": str(not self.execute), "Undo": self.load_id}
        return start(self, facts, self._choose, show_sql=self.show_sql, profile=self.profile)

    def _choose(self, run: str) -> Run:
        if not self.load_id:
            raise ParameterError(
                "--load-id: " + Words("缺少; make history 列出各次载入", "is missing; make history lists the loads")
            )
        # Imported here, as it asks the database: Luigi imports every task for each command.
        from workflows.runs.undoing import choose_undo

        database = get_settings().database
        make_reachable(database)
        return choose_undo(
            run,
            self.load_id,
            database,
            execute=self.execute,
            with_later=self.with_later,
            accepted=parse_accepted(self.accept),
        )
