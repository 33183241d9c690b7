"""Our own log lines beside Luigi's: shown on stderr at INFO, unless somebody configured logging otherwise."""

from __future__ import annotations

import logging
import sys
from typing import IO


class _Stderr(logging.StreamHandler):  # type: ignore[type-arg]  # Python 3.10 cannot subscript it
    """Writes to whatever ``sys.stderr`` is at the time, as a captured or redirected one may be gone later."""

    @property
    def stream(self) -> IO[str]:
        return sys.stderr

    @stream.setter
    def stream(self, _stream: IO[str]) -> None:
        """The stream is never kept."""


def show_log_lines() -> None:
    """Let the package's INFO lines be seen; once, and only if nothing else shows them."""
    logger = logging.getLogger("workflows")
    if logger.handlers or logging.getLogger().handlers:
        return
    handler = _Stderr()
    handler.setFormatter(logging.Formatter("%(levelname)s: %(message)s"))
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
