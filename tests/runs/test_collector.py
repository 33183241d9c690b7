from __future__ import annotations

import gc
import importlib
import subprocess
import sys

import pytest

from workflows.runs.collector import collector_paused


def test_no_cycles_are_searched_for_within_the_block() -> None:
    with collector_paused():
        assert not gc.isenabled()


def test_collecting_goes_on_after_a_failure_in_the_block() -> None:
    with pytest.raises(ValueError, match="bad file"), collector_paused():
        raise ValueError("bad file")
    assert gc.isenabled()


def test_a_collector_that_was_off_stays_off() -> None:
    gc.disable()
    try:
        with collector_paused():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_a_run_looks_for_garbage_rarely() -> None:
    importlib.import_module("workflows.tasks")
    assert gc.isenabled()
    assert gc.get_threshold()[0] == 200_000


def test_importing_the_tasks_looks_for_no_garbage() -> None:
    code = (
        "import gc, luigi, luigi.interface, sys\n"
        "looks = []\n"
        "gc.callbacks.append(lambda phase, _: looks.append(phase))\n"
        "import workflows\n"
        "looks.clear()\n"
        "import workflows.tasks\n"
        "gc.callbacks.clear()\n"
        "assert gc.isenabled()\n"
        "print(len(looks))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(done.stdout) <= 2
