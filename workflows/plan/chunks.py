"""How the workbooks of a run are shared out among tasks (pure).

A task costs Luigi some milliseconds, and ever more the more of them wait: up to some hundred workbooks are read by a
task each, more than that in chunks. Each workbook has documents of its own however it is read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

ALONE = 300
"""So many workbooks are read by a task each."""

CHUNK_FILES = 100
"""The most workbooks of a chunk."""

SHARES = 32
"""A chunk holds at most this part of all bytes, or one workbook: many workers and hosts find work each, and none of
them much more than the others."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """The workbooks ``first`` to ``last`` of ``total``, as people count, by their paths."""

    first: int
    total: int
    paths: tuple[str, ...]

    @property
    def name(self) -> str:
        """``1-100 of 10000``."""
        last = self.first + len(self.paths) - 1
        return f"{self.first}-{last} of {self.total}" if last > self.first else f"{self.first} of {self.total}"


def chunks_of(sizes: Mapping[str, int]) -> list[Chunk]:
    """Workbooks (path to size in bytes) in chunks, all of them once and in their order; empty in, empty out.

    The same sizes give the same chunks on every host. A chunk of one may be a large workbook among many.
    """
    total = len(sizes)
    if total <= ALONE:
        return [Chunk(number, total, (path,)) for number, path in enumerate(sizes, start=1)]
    return list(_filled(sizes))


def _filled(sizes: Mapping[str, int]) -> Iterator[Chunk]:
    most_bytes = sum(sizes.values()) / SHARES
    first, paths, held = 1, list[str](), 0
    for path, size in sizes.items():
        if paths and (len(paths) == CHUNK_FILES or held + size > most_bytes):
            yield Chunk(first, len(sizes), tuple(paths))
            first, paths, held = first + len(paths), [], 0
        paths.append(path)
        held += size
    yield Chunk(first, len(sizes), tuple(paths))
