"""Digests that meet: which, how many lines of them at once, and that those lines are found in whatever piece."""

from __future__ import annotations

from array import array

import pytest

from tests.records.test_merge import NOVEMBER, File
from workflows.records.meeting import lines_among, meetings

# The lowest byte is the bucket: 0 twice and 256 once in the first, 1 twice, 2 once, 3 twice.
FILES = (array("q", [0, 1, 2, 3, 256]), array("q", [0, 1, 3]))


@pytest.mark.parametrize(
    ("lines_at_once", "together"),
    [(1, [{0}, {1}, {3}]), (2, [{0}, {1}, {3}]), (3, [{0, 1}, {3}]), (4, [{0, 1}, {3}]), (5, [{0, 1, 3}])],
)
def test_digests_that_meet_come_as_many_together_as_reach_the_number_of_lines(
    lines_at_once: int, together: list[set[int]]
) -> None:
    found = list(meetings(FILES, lines_at_once))
    assert [met.digests for met in found] == together
    marked = [{bucket for bucket, mark in enumerate(met.buckets) if mark} for met in found]
    assert (marked, {len(met.buckets) for met in found}) == (together, {256})


def test_where_no_digests_meet_there_is_nothing_to_look_at() -> None:
    assert list(meetings([array("q", range(300))])) == []


def test_of_a_file_in_pieces_the_lines_whose_digests_meet_are_found_with_their_numbers() -> None:
    file = File("n", NOVEMBER, [(NOVEMBER, f"P{number}", "1") for number in range(9)])
    digests = array("q", [7, 8, 9, 7, 5, 7, 6, 8, 7])
    (met,) = meetings([digests])
    lines = list(file.lines())
    assert list(lines_among(file, digests, met)) == [(number, lines[number]) for number in (0, 1, 3, 5, 7, 8)]
