"""Ids of runs: what keeps two runs apart, on disk, in the ledger and in the central scheduler."""

from __future__ import annotations

import re
import secrets
from datetime import datetime, timezone

from workflows.errors import ParameterError, Words

_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}", re.ASCII)


def new_run_id(now: datetime, token: str) -> str:
    """An id that sorts by time and is never made twice: ``20241130T081500Z-1a2b3c4d``."""
    return f"{now.astimezone(timezone.utc):%Y%m%dT%H%M%SZ}-{token}"


def make_run_id() -> str:
    """The id of a run that begins now."""
    return new_run_id(datetime.now(timezone.utc), secrets.token_hex(4))


def is_run_id(run: str) -> bool:
    """Whether ``run`` may name folders and loads."""
    return _PLAIN.fullmatch(run) is not None


def check_run_id(run: str) -> str:
    """``run`` itself if it may name folders and loads.

    Raises ParameterError otherwise.
    """
    if not is_run_id(run):
        raise ParameterError(
            "--run-id: "
            + Words(
                f"应为不超过 64 个字母、数字、_ . 和 -, 而不是 {run!r}",
                f"up to 64 letters, digits, _ . and - wanted, {run!r} found",
            )
        )
    return run
