"""Work with the server tried again while its trouble is passing, with growing waits between."""

from __future__ import annotations

import itertools
import logging
from collections.abc import Callable
from typing import TypeVar

import tenacity

from workflows.errors import LockTimeoutError
from workflows.settings import DatabaseSettings

logger = logging.getLogger(__name__)

_FIRST_WAIT_S, _LONGEST_WAIT_S = 0.5, 10.0
"""A server that is being restarted is back within seconds; nobody waits for it at a terminal much longer."""

_Result = TypeVar("_Result")


def retried(database: DatabaseSettings, work: Callable[[], _Result]) -> _Result:
    """The result of ``work``, tried up to ``database.attempts`` times with growing waits while failures are transient.

    Whatever is not the server's passing trouble is raised at once. Waiting for another host of this run counts as no
    attempt: what it is about to commit is then found in the ledger.
    """
    attempts = itertools.count(1)

    def enough(state: tenacity.RetryCallState) -> bool:
        error = state.outcome.exception() if state.outcome else None
        waited_for_itself = isinstance(error, LockTimeoutError) and error.is_of_this_run
        return not waited_for_itself and next(attempts) >= database.attempts

    retrying = tenacity.Retrying(
        stop=enough,
        # The random part keeps loaders that failed together from meeting again.
        wait=tenacity.wait_exponential(multiplier=_FIRST_WAIT_S, max=_LONGEST_WAIT_S)
        + tenacity.wait_random(0, _FIRST_WAIT_S),
        retry=tenacity.retry_if_exception(lambda error: getattr(error, "retriable", False)),
        before_sleep=_announce,
        reraise=True,
    )
    return retrying(work)


def _announce(state: tenacity.RetryCallState) -> None:
    error = state.outcome.exception() if state.outcome else None
    logger.warning("attempt %s failed, trying again in %.1f s: %s", state.attempt_number, state.upcoming_sleep, error)
