"""What the scheduler's page, its e-mails and the log show of every task: what was said, and nothing of the rows."""

from __future__ import annotations

from typing import Any, cast

import luigi

from workflows.telling.failures import outside_text


class ShownTask(luigi.Task):
    """A task that can be told apart: of its parameters those are shown that are not at their default.

    Luigi makes a task's id of the first values by the parameters' names; of twenty that are empty it tells nothing.
    """

    def to_str_params(self, only_significant: bool = False, only_public: bool = False) -> dict[str, str]:
        """The parameters as the scheduler keeps them. What is missing there is the default when they are read again."""
        # Declared defaults: those of a configuration file may be others on another host.
        declared = {name: cast(Any, known)._default for name, known in cast(Any, self).get_params()}
        shown = cast(Any, super()).to_str_params(only_significant, only_public)
        return {name: text for name, text in shown.items() if self.param_kwargs[name] != declared[name]}

    def __repr__(self) -> str:
        """The task as each line of the log has it."""
        told = ", ".join(f"{name}={text}" for name, text in self.to_str_params(only_significant=True).items())
        return f"{self.task_family}({told})"

    def on_failure(self, exception: BaseException) -> str:
        """What the scheduler's page shows of a failure, and what luigi's e-mails hold."""
        return outside_text(exception, getattr(self, "run_id", ""))
