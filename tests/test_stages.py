"""Stages on clocks of the test's own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from workflows import stages
from workflows.stages import Stage, measure_stages, take_stages


class Clock:
    """A wall clock that is told to go on, and a processor that works half of the time."""

    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now

    def process_time(self) -> float:
        return self.now / 2


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clock]:
    clock = Clock()
    monkeypatch.setattr(stages, "time", clock)
    monkeypatch.setattr(stages, "process_began", lambda: 90.0)
    monkeypatch.setattr(stages, "_is_measured", False)
    yield clock
    take_stages()


def test_nothing_is_measured_that_nobody_asked_for(clock: Clock) -> None:
    with Stage("merging"):
        clock.now += 5
    assert take_stages() == []


def test_what_was_before_the_question_is_the_start(clock: Clock) -> None:
    measure_stages()
    measure_stages()
    assert [(each.name, each.seconds, each.cpu_seconds) for each in take_stages()] == [("starting", 10.0, 50.0)]


def test_a_stage_is_without_those_within_it(clock: Clock) -> None:
    measure_stages()
    take_stages()
    with Stage("reading", "a.xlsx") as reading:
        clock.now += 1
        with Stage("validating"):
            clock.now += 2
        clock.now += 4
        reading.rows = 7
    validating, reading_done = take_stages()
    assert (validating.seconds, validating.cpu_seconds) == (2.0, 1.0)
    assert (reading_done.of, reading_done.rows) == ("a.xlsx", 7)
    assert (reading_done.began, reading_done.ended, reading_done.seconds) == (100.0, 107.0, 5.0)
    assert reading_done.cpu_seconds == 2.5


def test_each_call_of_a_function_is_a_stage_also_one_that_fails(clock: Clock) -> None:
    @Stage("reports")
    def report(seconds: float) -> None:
        clock.now += seconds
        if seconds == 2:
            raise ValueError

    measure_stages()
    take_stages()
    report(1)
    with pytest.raises(ValueError):
        report(2)
    report(3)
    assert [each.seconds for each in take_stages()] == [1.0, 2.0, 3.0]
