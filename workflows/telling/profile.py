"""Where a run's time went, for people and for programs (``--profile``)."""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workflows import outputs
from workflows.plan.render.lines import Line
from workflows.stages import StageName, StageTime, process_began, take_stages

_STAGES = "stages.jsonl"
_MOST_LISTED = 10
"""A stage of more workbooks than this is told in one line; the JSON has all."""

_CHINESE: dict[StageName, str] = {
    "starting": "启动",
    "server": "启动内置数据库",
    "discovery": "查找文件",
    "hashing": "计算摘要",
    "reading": "读取",
    "validating": "校验",
    "writing": "写出",
    "merging": "合并",
    "planning": "计划",
    "problem lists": "问题清单",
    "connecting": "连接",
    "checking": "检查表",
    "references": "引用表",
    "copying": "暂存 (COPY)",
    "locking": "加锁",
    "deciding": "判断",
    "comparing": "对比",
    "changing": "更改",
    "closing": "记账",
    "committing": "提交",
    "reports": "报告",
}


@dataclass(frozen=True, slots=True)
class Profile:
    """The stages of a run, of all its processes on this host, by when they began; ``seconds`` are since the process
    that began it did, ``cpu_seconds`` what that and its ended children have used."""

    stages: Sequence[StageTime]
    seconds: float
    cpu_seconds: float

    @property
    def seconds_between(self) -> float:
        """The wall-clock seconds in which no process was in a stage: Luigi's own, and forks."""
        covered = until = 0.0
        for each in self.stages:
            covered += max(0.0, each.ended - max(each.began, until))
            until = max(until, each.ended)
        return max(0.0, self.seconds - covered)

    @property
    def cpu_seconds_between(self) -> float:
        """The CPU seconds of no stage."""
        return max(0.0, self.cpu_seconds - sum(each.cpu_seconds for each in self.stages))

    def lines(self) -> Iterator[Line]:
        """A table: a line for each stage, by what it was of unless that is too many."""
        yield Line("")
        yield Line("各阶段耗时 / Where the time went, in seconds:", "strong")
        yield Line("      wall       CPU        rows", "dim")
        # Stages of one name beside each other, as the first of them began.
        by_name: dict[StageName, list[StageTime]] = {}
        for each in self.stages:
            by_name.setdefault(each.name, []).append(each)
        for name, found in by_name.items():
            yield from _lines_of(name, found)
        yield _line("阶段之间 between stages", self.seconds_between, self.cpu_seconds_between)
        yield _line("全部 all", self.seconds, self.cpu_seconds, style="strong")

    def facts(self) -> dict[str, Any]:
        """For programs: every stage by itself, ``began`` in seconds since the run's process did."""
        beginning = min((each.began for each in self.stages), default=0.0)
        return {
            "seconds": round(self.seconds, 4),
            "cpu_seconds": round(self.cpu_seconds, 4),
            "seconds_between": round(self.seconds_between, 4),
            "cpu_seconds_between": round(self.cpu_seconds_between, 4),
            "stages": [
                {
                    "stage": each.name,
                    "of": each.of,
                    "rows": each.rows,
                    "began": round(each.began - beginning, 4),
                    "seconds": round(each.seconds, 4),
                    "cpu_seconds": round(each.cpu_seconds, 4),
                }
                for each in self.stages
            ],
        }


def keep_stages(folder: Path) -> None:
    """Add what this process measured since it was last asked to what lies in ``folder``; raises OutputError."""
    if taken := take_stages():
        with outputs.appending(folder / _STAGES) as stream:
            stream.write("".join(f"{each.model_dump_json()}\n" for each in taken).encode())


def read_profile(folder: Path) -> Profile:
    """What was kept there, told in the process that began the run."""
    path = folder / _STAGES
    # Waits for those that have ended: only then are their seconds known.
    multiprocessing.active_children()
    kept = outputs.read(path).decode().splitlines() if outputs.exists(path) else []
    stages = sorted((StageTime.model_validate_json(line) for line in kept), key=lambda each: each.began)
    # The first four are this process's and its ended children's, user and system.
    return Profile(stages, time.monotonic() - process_began(), sum(os.times()[:4]))


def _lines_of(name: StageName, stages: Sequence[StageTime]) -> Iterator[Line]:
    said = f"{_CHINESE[name]} {name}"
    by_what: dict[str, list[StageTime]] = {}
    for each in stages:
        by_what.setdefault(each.of, []).append(each)
    if len(by_what) > _MOST_LISTED:
        yield _sum(f"{said}, {len(by_what):,} 个 of them", stages)
    else:
        for what, found in by_what.items():
            yield _sum(f"{said} {what}".rstrip(), found)


def _sum(said: str, stages: Sequence[StageTime]) -> Line:
    rows = [each.rows for each in stages if each.rows is not None]
    seconds, cpu_seconds = (sum(each.seconds for each in stages), sum(each.cpu_seconds for each in stages))
    return _line(said, seconds, cpu_seconds, sum(rows) if rows else None)


def _line(said: str, seconds: float, cpu_seconds: float, rows: int | None = None, *, style: Any = "plain") -> Line:
    # The figures come first: nobody can tell how wide a terminal draws a name.
    count = "" if rows is None else f"{rows:,}"
    return Line(f"  {seconds:8.3f}  {cpu_seconds:8.3f}  {count:>10}  {said}", style)
