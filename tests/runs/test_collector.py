from __future__ import annotations

import gc
import importlib

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
    assert gc.get_threshold()[0] == 50_000
