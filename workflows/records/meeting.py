"""Which lines of several files may hold one key, by a digest of eight bytes for each (pure).

A digest decides nothing: the lines of those that meet are looked at, and differing keys that share one cost that look.
Digests are of this process only, as Python salts what it hashes.
"""

from __future__ import annotations

import re
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple, TypeAlias

from workflows.records.merge_rules import RecordSource

Digest: TypeAlias = "Callable[[Any], int]"
"""A key's values -> 64 bits."""

Digests: TypeAlias = "array[int]"
"""Of one file, in the order of its lines."""

LINES_AT_ONCE = 200_000
"""Lines that are looked at together: some 80 MB of them, and each time all files are read."""

_MARKED = re.compile(b"\x01")


class Meeting(NamedTuple):
    """Digests that more than one line has, and which values of a digest's bucket they have (a 1 at each)."""

    digests: set[int]
    buckets: bytes


def meetings(files: Iterable[Digests], lines_at_once: int = LINES_AT_ONCE) -> Iterator[Meeting]:
    """All digests that more than one line has, those of about so many lines together (more, if one alone has more)."""
    buckets: list[Digests] = [array("q") for _ in range(256)]
    for digests in files:
        for digest, place in zip(digests, _buckets(digests), strict=True):
            buckets[place].append(digest)
    found, marks, lines = set[int](), bytearray(256), 0
    for number, bucket in enumerate(buckets):
        if len(set(bucket)) < len(bucket):
            met = {digest: count for digest, count in Counter(bucket).items() if count > 1}
            found.update(met)
            marks[number] = 1
            lines += sum(met.values())
        buckets[number] = array("q")
        if lines >= lines_at_once or (found and number == 255):
            yield Meeting(found, bytes(marks))
            found, marks, lines = set(), bytearray(256), 0


def lines_among(source: RecordSource, digests: Digests, met: Meeting) -> Iterator[tuple[int, bytes]]:
    """The source's lines whose digests meet, with their numbers from 0."""
    marked = _MARKED.finditer(_buckets(digests).translate(met.buckets))
    numbers = [at for at in (mark.start() for mark in marked) if digests[at] in met.digests]
    if not numbers:
        return
    first, pending = 0, iter(numbers)
    number = next(pending)
    for piece in source.chunks():
        lines = piece.split(b",\n")
        while number - first < len(lines) - 1:
            yield number, lines[number - first]
            number = next(pending, -1)
            if number < 0:
                return
        first += len(lines) - 1


def _buckets(digests: Digests) -> bytes:
    """A byte of each digest."""
    return digests.tobytes()[:: digests.itemsize]
