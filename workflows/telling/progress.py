"""What has been done so far, told by the tasks wherever they run: one JSON line per event in the run's folder.

Tasks may run in forked workers; a file is what they all share with the process that draws the bars. Every finished
unit is also one line in the log. Numbers and file names only, never a cell's value.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, ClassVar

from workflows import outputs
from workflows.records.accounts import FileAccount

_EVENTS = "progress.jsonl"
# Bars are drawn ten times a second, and an HTTP request per message goes to luigid: no more often than needed.
_SECONDS_BETWEEN_EVENTS = 0.2

_log = logging.getLogger(__name__)


class Progress:
    """The events of one run, in ``folder``. A folder that cannot be written loses progress, never a run."""

    of: ClassVar[dict[str, Progress]] = {}
    """Those of the runs that this process began, by the run's id."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / _EVENTS

    def add(self, **event: Any) -> None:
        """Append one event."""
        try:
            with outputs.appending(self.path) as stream:
                stream.write(f"{json.dumps(event, ensure_ascii=False)}\n".encode())
        except OSError:
            _log.debug("no progress can be kept", exc_info=True)


def note(run: str, **event: Any) -> None:
    """Tell whoever is drawing the run, if there is one."""
    if run in Progress.of:
        Progress.of[run].add(**event)


def unit_done(what: str, rows: int, seconds: float, more: str = "") -> None:
    """One line of the log for a finished unit: what, how many, how fast."""
    _log.info("%s: %s", what, rate_text(rows, seconds) + (f", {more}" if more else ""))


def rate_text(rows: int, seconds: float) -> str:
    """``50,000 rows in 0.8 s (62,500 rows/s)``; no rate where the time is too short to tell."""
    rate = f" ({rows / seconds:,.0f} rows/s)" if seconds >= 0.01 and rows else ""
    return f"{rows:,} row{'' if rows == 1 else 's'} in {seconds:.1f} s{rate}"


def record_counts(read: Sequence[FileAccount]) -> str:
    """``1,990 records, 10 rejected``, of all of them."""
    return f"{sum(file.records for file in read):,} records, {sum(file.rejects for file in read):,} rejected"


def seldom(tell: Callable[[], None]) -> Callable[[], None]:
    """``tell``, but a few times a second at most."""
    told = time.monotonic()

    def called() -> None:
        nonlocal told
        if time.monotonic() - told >= _SECONDS_BETWEEN_EVENTS:
            told = time.monotonic()
            tell()

    return called


def counted(pieces: Iterator[bytes], tell: Callable[[int], None]) -> Iterator[bytes]:
    """``pieces`` of whole lines, unchanged; ``tell`` hears the lines so far, a few times a second and at the end."""
    done = 0
    tell_now_and_then = seldom(lambda: tell(done))
    for piece in pieces:
        yield piece
        done += piece.count(b"\n")
        tell_now_and_then()
    tell(done)
