"""When Python looks for cyclic garbage: not while a workbook is read, and never through what imports made."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

# By default Python looks after 700 new objects, and through all of them at every hundredth time.
_NEW_OBJECTS = 200_000


def put_off() -> None:
    """Look at nothing until ``collect_rarely``: imports make hundreds of thousands of objects, hardly one in vain."""
    gc.disable()


def collect_rarely() -> None:
    """Look seldom from now on, and not at what is there by now: a run is short."""
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS)
    gc.enable()


def pass_over_what_is_there() -> None:
    """What is there by now lives as long as the process: looking through it at exit takes a tenth of a small plan, and
    forked workers would copy the memory that the search touches."""
    gc.freeze()


@contextmanager
def collector_paused() -> Iterator[None]:
    """No search for cycles within the block.

    A sheet's cells are hundreds of thousands of new lists and texts without a cycle; searching them again and again
    takes a sixth of the time of reading and validating.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
