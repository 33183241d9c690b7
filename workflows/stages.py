"""Where a run's time goes: stages, marked where they happen and measured only once somebody asked (``--profile``).

``with Stage("merging", domain) as merging:`` costs three calls where nobody did. A stage's time is without that of the
stages within it, so that all of them add up. A forked process keeps its own; whoever ends a task takes them.
"""

from __future__ import annotations

import os
import time
from contextlib import ContextDecorator
from pathlib import Path
from typing import Literal

from workflows.frozen import Frozen

StageName = Literal[
    "starting",
    "server",
    "discovery",
    "hashing",
    "reading",
    "validating",
    "writing",
    "merging",
    "planning",
    "problem lists",
    "connecting",
    "checking",
    "references",
    "copying",
    "locking",
    "deciding",
    "comparing",
    "changing",
    "closing",
    "committing",
    "reports",
]


class StageTime(Frozen):
    """One stage that ended. ``of`` is the workbook, domain or table that it was of; ``began`` and ``ended`` are on the
    clock of ``time.monotonic``, which a machine's processes share; ``seconds`` (wall) and ``cpu_seconds`` (of its
    process) are without those of the stages within it."""

    name: StageName
    of: str
    rows: int | None
    began: float
    ended: float
    seconds: float
    cpu_seconds: float


class Stage(ContextDecorator):
    """A stage under way: of a block, or of each call of a function. ``rows`` may be set until it ends."""

    rows: int | None = None

    def __init__(self, name: StageName, of: str = "") -> None:
        self._name, self._of = name, of
        self._began = self._cpu_began = self._within_seconds = self._within_cpu_seconds = 0.0

    def _recreate_cm(self) -> Stage:
        return Stage(self._name, self._of)

    def __enter__(self) -> Stage:
        if _is_measured:
            _open.append(self)
            self._began, self._cpu_began = time.monotonic(), time.process_time()
        return self

    def __exit__(self, *_raised: object) -> None:
        if not self._began:
            return
        ended = time.monotonic()
        seconds, cpu_seconds = ended - self._began, time.process_time() - self._cpu_began
        _open.pop()
        if _open:
            _open[-1]._within_seconds += seconds
            _open[-1]._within_cpu_seconds += cpu_seconds
        _ended.append(
            StageTime(
                name=self._name,
                of=self._of,
                rows=self.rows,
                began=self._began,
                ended=ended,
                seconds=seconds - self._within_seconds,
                cpu_seconds=cpu_seconds - self._within_cpu_seconds,
            )
        )


_is_measured = False
_open: list[Stage] = []
_ended: list[StageTime] = []
_imported = time.monotonic()


def measure_stages() -> None:
    """Measure every stage of this process, and of those forked from it, from now on; what was before is ``starting``.

    Asking again changes nothing.
    """
    global _is_measured  # noqa: PLW0603 - what the process was asked for, once
    if _is_measured:
        return
    _is_measured = True
    if hasattr(os, "register_at_fork"):
        # What the parent measured is the parent's to tell.
        os.register_at_fork(after_in_child=_ended.clear)
    began, now, used = process_began(), time.monotonic(), time.process_time()
    _ended.append(
        StageTime(name="starting", of="", rows=None, began=began, ended=now, seconds=now - began, cpu_seconds=used)
    )


def take_stages() -> list[StageTime]:
    """Those that ended in this process since they were last taken, in that order."""
    taken = list(_ended)
    _ended.clear()
    return taken


def process_began() -> float:
    """When this process began, on the clock of ``time.monotonic``; where the system does not tell, when this module was
    imported."""
    try:
        # The name, in brackets, may hold blanks; the start is the 22nd field, in ticks since the machine's.
        ticks = int(Path("/proc/self/stat").read_bytes().rpartition(b")")[2].split()[19])
        age = time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK")
    except (OSError, AttributeError, ValueError, IndexError):
        return _imported
    return time.monotonic() - age
