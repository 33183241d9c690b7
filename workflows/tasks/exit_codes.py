"""Exit codes and log lines that a person can act on, wherever ``luigi`` is started.

Luigi exits with 0 after a failure unless ``[retcode]`` is set, which a run started from a folder without
luigi.cfg would lack; and it logs a stack trace for every failure, the user's own mistakes included.
"""

from __future__ import annotations

import logging
from typing import Any, cast

from luigi.configuration import get_config
from luigi.interface import core

from workflows.errors import WorkflowError

# The values that Luigi's own documentation recommends.
EXIT_CODES = {
    "already_running": 10,
    "missing_data": 20,
    "not_run": 25,
    "task_failed": 30,
    "scheduling_error": 35,
    "unhandled_exception": 40,
}


def set_exit_codes() -> None:
    """Set every exit code that no configuration file has set, and have outputs checked after each run.

    The command line imports this package before it reads its codes.
    """
    config: Any = cast(Any, get_config)()
    for name, code in EXIT_CODES.items():
        if not config.has_option("retcode", name) and not config.has_option("retcode", name.replace("_", "-")):
            config.set("retcode", name, str(code))
    if not config.has_option("worker", "check_complete_on_run"):
        config.set("worker", "check_complete_on_run", "true")
    # Luigi reads these from [core] without declaring them, and warns at every run that nothing reads them.
    core.ignore_unconsumed |= {"rpc_retry_attempts", "rpc_retry_wait", "rpc_log_retries"}


class OneLineForKnownErrors(logging.Filter):
    """Turns the log record of a ``WorkflowError`` into one line; the run's report shows the whole message."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Always keeps the record."""
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, WorkflowError):
            record.msg, record.args = "%s: %s", (record.getMessage(), str(error).partition("\n")[0])
            record.exc_info = record.exc_text = None
        return True


def set_log_filter() -> None:
    """Install the filter once on the logger that Luigi's workers use."""
    logger = logging.getLogger("luigi-interface")
    if not any(isinstance(known, OneLineForKnownErrors) for known in logger.filters):
        logger.addFilter(OneLineForKnownErrors())
