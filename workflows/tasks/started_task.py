"""What the tasks that people run have in common: all that follows from their start."""

from __future__ import annotations

from abc import abstractmethod

import luigi

from workflows.tasks.load_warehouse import LoadWarehouse
from workflows.tasks.run_id_parameter import HasRunId
from workflows.tasks.starting import Start
from workflows.tasks.targets import target


class StartedTask(HasRunId):
    """Requires the load of what its start chose, and tells what came of it."""

    @property
    @abstractmethod
    def _start(self) -> Start:
        """What the task chose, the same for each look."""

    def requires(self) -> list[LoadWarehouse]:
        """The load of what was chosen; none where something stands in the way."""
        return self._start.loads()

    def output(self) -> luigi.LocalTarget:
        """The plan, or the receipt."""
        return target(self._start.report_path)

    def complete(self) -> bool:
        """Once its run's mark for the same work is there; a run without an id of its own is new in each process."""
        return self._start.is_done

    @property
    def is_refused(self) -> bool:
        """Whether this host could not begin it: settings, files, other work under its id."""
        return self._start.is_refused

    def run(self) -> None:
        """Report what the load task wrote."""
        self._start.tell()
