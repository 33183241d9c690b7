"""A command as a whole process: how long it takes, or how much memory it and its children hold."""

from __future__ import annotations

import contextlib
import os
import resource
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

_MB = 1024 * 1024
# Often enough to catch a peak of a tenth of a second; oftener would slow down what is measured.
_SAMPLE_SECONDS = 0.03


@dataclass(frozen=True)
class Command:
    """What is run; ``env`` is all of its environment."""

    arguments: Sequence[str]
    env: Mapping[str, str]
    cwd: Path


class CommandFailedError(Exception):
    """The command did not do its work, so its figures mean nothing."""


def seconds(command: Command) -> float:
    """Wall-clock seconds from start to exit."""
    return _run(command)[0]


def _run(command: Command) -> tuple[float, resource.struct_rusage]:
    """The seconds by the clock, and what the kernel counted of the process and those that it waited for."""
    with tempfile.TemporaryFile() as said:
        start = time.perf_counter()
        started = subprocess.Popen(
            command.arguments, env=command.env, cwd=command.cwd, stdout=said, stderr=subprocess.STDOUT
        )
        _, status, used = os.wait4(started.pid, 0)
        took = time.perf_counter() - start
        started.returncode = os.waitstatus_to_exitcode(status)
        if started.returncode:
            said.seek(0)
            text = said.read().decode("utf-8", "replace")
            raise CommandFailedError(f"{' '.join(command.arguments)}: exit {started.returncode}\n{text}")
    return took, used


@dataclass(frozen=True)
class Usage:
    """What one run took: ``seconds`` by the clock from start to exit, ``processor`` of its processes' CPU, ``server``
    of the database server's; ``largest_mb`` is the peak of its largest process. On a busy machine CPU seconds say more
    than the clock."""

    seconds: float
    processor: float
    server: float
    largest_mb: float


def usage(command: Command, postmaster: int) -> Usage:
    """What one run uses, with the server whose first process is ``postmaster``."""
    server = server_seconds(postmaster)
    took, used = _run(command)
    return Usage(took, used.ru_utime + used.ru_stime, server_seconds(postmaster) - server, used.ru_maxrss / 1024)


def server_seconds(postmaster: int) -> float:
    """The CPU seconds that the server's processes have used so far, those that ended included."""
    parent = psutil.Process(postmaster)
    own = parent.cpu_times()
    total = own.user + own.system + own.children_user + own.children_system
    for child in parent.children():
        with contextlib.suppress(psutil.NoSuchProcess):  # it ended meanwhile
            used = child.cpu_times()
            total += used.user + used.system
    return float(total)


@dataclass(frozen=True)
class Memory:
    """Peaks in MB: ``largest`` resident process, ``total`` of all with shared pages counted once."""

    largest: float
    total: float


def memory(command: Command) -> Memory:
    """The peaks of one run, sampled; the server is not counted."""
    largest = total = 0.0
    started = subprocess.Popen(
        command.arguments, env=command.env, cwd=command.cwd, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    parent = psutil.Process(started.pid)
    while started.poll() is None:
        resident, shared_once = [0.0], 0.0
        for process in _family(parent):
            try:
                resident.append(_peak_resident(process.pid))
                shared_once += process.memory_full_info().pss
            except (psutil.Error, OSError):
                continue  # it ended while it was looked at
        largest, total = max(largest, *resident), max(total, shared_once / _MB)
        time.sleep(_SAMPLE_SECONDS)
    if started.returncode:
        raise CommandFailedError(f"{' '.join(command.arguments)}: exit {started.returncode}")
    return Memory(largest, total)


def _family(parent: psutil.Process) -> list[psutil.Process]:
    try:
        return [parent, *parent.children(recursive=True)]
    except psutil.Error:
        return []


def _peak_resident(pid: int) -> float:
    """The kernel's own high-water mark: exact, however seldom it is asked."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0.0


def inherited() -> dict[str, str]:
    """This environment without what would change a run: PYTHONDONTWRITEBYTECODE, say, has a module compiled anew by
    every process, which nobody's Python does by itself."""
    return {
        name: value for name, value in os.environ.items() if not name.startswith(("WDH_", "PG", "LUIGI_", "PYTHON"))
    }
