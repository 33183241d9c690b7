"""A run's stages as they are told."""

from __future__ import annotations

from workflows.stages import StageName, StageTime
from workflows.telling.profile import Profile


def a_stage(name: StageName, began: float, seconds: float, of: str = "", rows: int | None = None) -> StageTime:
    return StageTime(
        name=name, of=of, rows=rows, began=began, ended=began + seconds, seconds=seconds, cpu_seconds=seconds / 2
    )


def lines_of(profile: Profile) -> list[str]:
    return [line.text.strip() for line in profile.lines()]


def test_stages_of_two_workers_at_once_leave_out_only_what_is_between_them() -> None:
    both = [a_stage("starting", 0, 1), a_stage("reading", 2, 4, "a"), a_stage("reading", 3, 1, "b")]
    profile = Profile([*both, a_stage("merging", 5, 2)], seconds=8, cpu_seconds=5)
    assert profile.seconds_between == 2  # from 1 to 2 and from 7 to 8
    assert profile.cpu_seconds_between == 1


def test_stages_of_one_thing_are_one_line_where_the_first_of_them_began() -> None:
    found = [
        a_stage("reading", 0, 1, "a", rows=50_000),
        a_stage("validating", 1, 1, "a", rows=9),
        a_stage("reading", 2, 1, "b", rows=3),
        a_stage("reading", 3, 2, "a", rows=1),
    ]
    assert lines_of(Profile(found, 6, 3))[3:] == [
        "3.000     1.500      50,001  读取 reading a",
        "1.000     0.500           3  读取 reading b",
        "1.000     0.500           9  校验 validating a",
        "1.000     0.500              阶段之间 between stages",
        "6.000     3.000              全部 all",
    ]


def test_many_workbooks_are_one_line_and_each_by_itself_for_programs() -> None:
    profile = Profile([a_stage("reading", number, 1, f"{number}.xlsx", rows=10) for number in range(11)], 11, 5.5)
    assert lines_of(profile)[3] == "11.000     5.500         110  读取 reading, 11 个 of them"
    assert len(profile.facts()["stages"]) == 11
