"""Bars on a terminal while a run is under way: files read, rows loaded, and how fast."""

from __future__ import annotations

import json
import logging
import os
import sys
import threading
import time
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from workflows.pages.text import shown

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress
    from rich.progress import TaskID

_SECONDS_BETWEEN_LOOKS = 0.1
# What rows are handed to the database for.
_WORK = {"loading": "载入 Loading", "comparing": "对比 Comparing", "verifying": "核对 Verifying"}


class ProgressBars:
    """Draws what ``path`` (see ``tasks.progress``) tells, on stderr, until ``stop``.

    A thread draws, under a lock that is held while the process forks: a forked worker must not inherit the terminal
    half-way through a line. INFO lines are held back for the whole run, as the bars and the summary say the same;
    warnings appear above the bars.
    """

    def __init__(self, path: Path) -> None:
        self._path, self._offset = path, 0
        self._lock, self._stopping = threading.Lock(), threading.Event()
        self._started, self._rows, self._files, self._chosen = 0.0, 0, 0, 0
        self._loading: dict[str, tuple[TaskID, float]] = {}
        self._thread = threading.Thread(target=self._draw, name="progress bars", daemon=True)
        self._bars: RichProgress = _bars()
        self._reading = self._bars.add_task("读取 Reading", total=None, figures="")
        self._quieted: list[logging.StreamHandler[Any]] = []

    def start(self) -> None:
        """Begin to draw."""
        self._started = time.monotonic()
        plain = sys.stderr
        handlers = _handlers_to(plain)
        self._bars.start()
        for handler in handlers:
            handler.setLevel(logging.WARNING)
            handler.setStream(sys.stderr)
        self._quieted = handlers
        if hasattr(os, "register_at_fork"):
            # Nothing can be unregistered; once stopped these only take and give a free lock.
            os.register_at_fork(
                before=self._lock.acquire,
                after_in_parent=self._lock.release,
                after_in_child=lambda: self._leave_child(plain),
            )
        self._thread.start()

    def stop(self) -> None:
        """Draw the last state, leave the terminal as it was. May be called twice."""
        if self._stopping.is_set():
            return
        self._stopping.set()
        self._thread.join(timeout=2)
        with self._lock:
            self._look()
            self._bars.stop()
        for handler in self._quieted:
            handler.setStream(sys.stderr)

    def _draw(self) -> None:
        while not self._stopping.wait(_SECONDS_BETWEEN_LOOKS):
            with self._lock:
                self._look()
                self._bars.refresh()

    def _look(self) -> None:
        """Take in the events since the last look; a line that is still being written waits."""
        try:
            with self._path.open("rb") as stream:
                stream.seek(self._offset)
                news = stream.read()
        except OSError:
            return
        whole, line_end, _ = news.rpartition(b"\n")
        self._offset += len(whole) + len(line_end)
        for line in whole.splitlines():
            self._take_in(json.loads(line))

    def _take_in(self, event: dict[str, Any]) -> None:
        kind = event["event"]
        if kind == "chosen":
            self._chosen = event["files"]
            self._bars.update(self._reading, total=self._chosen, figures=self._read_figures())
        elif kind == "read":
            self._files, self._rows = self._files + 1, self._rows + event["rows"]
            self._bars.update(self._reading, completed=self._files, figures=self._read_figures(event["file"]))
        elif kind == "merged":
            self._all_read()
        elif kind == "staging":
            self._all_read()
            self._stage(event["rows"], event["total"], event["work"], event.get("domain", ""))

    def _all_read(self) -> None:
        """Files that an earlier run has read, or merged, never tell."""
        self._bars.update(self._reading, completed=self._chosen, figures=self._read_figures())

    def _read_figures(self, name: str = "") -> str:
        seconds = max(time.monotonic() - self._started, 0.001)
        known = self._chosen - self._files
        rows = f"{self._rows:,} rows · {self._rows / seconds:,.0f} rows/s" if self._rows else ""
        read_before = f"{known:,} read before" if known and not name else ""
        return " · ".join(filter(None, (f"{self._chosen} files", rows, read_before, shown(name, 40))))

    def _stage(self, rows: int, total: int, work: str, domain: str) -> None:
        """A bar for each of several domains; one that is tried again begins anew."""
        if domain not in self._loading:
            bar = self._bars.add_task(f"{_WORK[work]} {domain}".strip(), total=total, figures="")
            self._loading[domain] = bar, time.monotonic()
        loading, started = self._loading[domain]
        seconds = time.monotonic() - started
        rate = f" · {rows / seconds:,.0f} rows/s" if seconds > 0.01 else ""
        self._bars.update(loading, completed=rows, figures=f"{rows:,} of {total:,} rows{rate}")

    def _leave_child(self, plain: IO[str]) -> None:
        """A forked worker draws nothing; its warnings go to the terminal as they are."""
        self._lock.release()
        self._stopping.set()
        sys.stderr = plain
        for handler in self._quieted:
            handler.setStream(plain)


def _handlers_to(stream: IO[str]) -> list[logging.StreamHandler[Any]]:
    """What Luigi and this package log through to the terminal."""
    return [
        handler
        for name in ("luigi-interface", "workflows")
        for handler in logging.getLogger(name).handlers
        if isinstance(handler, logging.StreamHandler) and handler.stream is stream
    ]


def _bars() -> RichProgress:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=28),
        TaskProgressColumn(),
        TextColumn("{task.fields[figures]}", markup=False, style="bright_black"),
        console=Console(stderr=True, highlight=False, markup=False, emoji=False),
        auto_refresh=False,
        redirect_stdout=False,
    )
