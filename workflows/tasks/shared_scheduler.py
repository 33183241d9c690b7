"""How a worker speaks with a luigid that may be away for a while: patiently where it needs the answer, and without
waiting where it can do without."""

from __future__ import annotations

import copy
import logging
import time
from collections.abc import Callable
from http.client import HTTPException
from typing import Any

import tenacity
from luigi.rpc import RemoteScheduler, RPCError
from luigi.worker import TaskStatusReporter

from workflows.errors import SchedulerNotFoundError

_RemoteScheduler: Any = RemoteScheduler  # luigi has no types
_Reporter: Any = TaskStatusReporter
# A luigid that is restarted is back within seconds; who has just lost its host is looked at within a minute.
_PATIENCE_S, _BETWEEN_ATTEMPTS_S = 60.0, 1.0
# What nobody waits for.
_BRIEF_S = 2.0
# A request into the void takes all of its time: so often at most is a task held up by one.
_SILENCE_S = 10.0

_log = logging.getLogger(__name__)


class SharedScheduler(_RemoteScheduler):  # type: ignore[misc]
    """A luigid that is asked again for a minute before SchedulerNotFoundError is raised."""

    _patience = _PATIENCE_S

    def brief(self) -> SharedScheduler:
        """The same, asked once."""
        once = copy.copy(self)
        once._patience, once._connect_timeout = 0.0, _BRIEF_S
        return once

    def _get_retryer(self) -> tenacity.Retrying:
        return tenacity.Retrying(
            wait=tenacity.wait_fixed(_BETWEEN_ATTEMPTS_S),
            stop=tenacity.stop_after_delay(self._patience),
            before_sleep=self._announce,
            reraise=True,
        )

    def _announce(self, state: tenacity.RetryCallState) -> None:
        if state.attempt_number == 1:
            _log.warning("luigid at %s does not answer; waiting for it", self._url)

    def _fetch(self, url_suffix: str, body: Any) -> Any:
        try:
            return super()._fetch(url_suffix, body)
        # What urllib leaves as it is: an answer that breaks off.
        except (RPCError, OSError, HTTPException) as error:
            raise SchedulerNotFoundError(
                f"{self._url}: 任务调度器不再应答 / luigid does not answer any more "
                f"({getattr(error, 'sub_exception', None) or error}). Run the same command again once it is back"
            ) from None


class LossyReporter(_Reporter):  # type: ignore[misc]
    """What a task shows beside it on luigid's page: lost, rather than waited for, while luigid does not answer."""

    def __init__(self, reporter: Any) -> None:
        super().__init__(
            reporter._scheduler.brief(), reporter._task_id, reporter._worker_id, reporter.scheduler_messages
        )
        self._silent_until = 0.0

    def update_tracking_url(self, tracking_url: str) -> None:
        """As luigi's."""
        self._try(super().update_tracking_url, tracking_url)

    def update_status_message(self, message: str) -> None:
        """As luigi's."""
        self._try(super().update_status_message, message)

    def update_progress_percentage(self, percentage: int) -> None:
        """As luigi's."""
        self._try(super().update_progress_percentage, percentage)

    def report_task_statistics(self, statistics: Any) -> None:
        """As luigi's."""
        self._try(super().report_task_statistics, statistics)

    def _try(self, tell: Callable[[Any], object], what: object) -> None:
        if time.monotonic() < self._silent_until:
            return
        try:
            tell(what)
        except SchedulerNotFoundError as error:
            self._silent_until = time.monotonic() + _SILENCE_S
            _log.warning("%s; what it would show is lost, the work goes on", str(error).partition("\n")[0])
