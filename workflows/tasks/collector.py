"""When Python looks for cyclic garbage: not while a workbook is read, and never through what imports made."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


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
