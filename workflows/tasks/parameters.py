"""Parameters of the tasks that people run: ``--help`` says what each takes, and what holds without it.

Texts are checked in ``runs.options`` rather than here, for errors that a person can read: a value that Luigi's own
parameters refuse ends in a stack trace. What only they can take (true, a month) ``tasks.command_line`` looks at first.
"""

from __future__ import annotations

from typing import Any, cast

import luigi

# How values are written. No brackets: argparse fails on them where it breaks the lines of its usage.
DOMAINS, COLUMNS, ACCEPTED = "NAME,NAME|all", "NAME,NAME", "COUNT=N,COUNT=N"
MONTH = "YYYY-MM"
MONTHS = f"{MONTH}|{MONTH}..{MONTH}"
FRACTION = "FRACTION"


class _Formed:
    """A parameter that says what it takes: ``N``, ``{a,b}``."""

    takes: str

    def _parser_kwargs(self, *names: Any, **more: Any) -> dict[str, Any]:
        return {**cast(Any, super())._parser_kwargs(*names, **more), "metavar": self.takes}


class TextParameter(_Formed, luigi.Parameter):
    """A text of the form ``takes``."""

    def __init__(self, takes: str, description: str, default: str = "") -> None:
        super().__init__(default=default, description=description)
        self.takes = takes


class FlagParameter(_Formed, luigi.BoolParameter):
    """On where it stands: ``--execute``, or ``--execute true``, as the scheduler's page writes it."""

    takes = "true|false"

    def __init__(self, description: str, *, significant: bool = True) -> None:
        super().__init__(description=description, significant=significant, parsing=self.EXPLICIT_PARSING)


class OneMonthParameter(_Formed, luigi.MonthParameter):
    """A month, as Luigi's ranges take it."""

    takes = MONTH

    def __init__(self, description: str) -> None:
        super().__init__(description=description)
