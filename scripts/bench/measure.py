"""A command as a whole process: how long it takes, or how much memory it and its children hold."""

from __future__ import annotations

import os
import resource
import subprocess
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
    start = time.perf_counter()
    done = subprocess.run(
        command.arguments, env=command.env, cwd=command.cwd, capture_output=True, check=False, encoding="utf-8"
    )
    took = time.perf_counter() - start
    if done.returncode:
        raise CommandFailedError(f"{' '.join(command.arguments)}: exit {done.returncode}\n{done.stdout}\n{done.stderr}")
    return took


def processor_seconds() -> float:
    """What all ended children of this process have used so far; on a busy machine it says more than the clock.

    The server is no child, so its part is not in it.
    """
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


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
