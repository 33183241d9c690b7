"""Progress: what is told, and how."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from workflows.telling.console import is_terminal
from workflows.telling.progress import Progress, counted, rate_text
from workflows.telling.progress_bars import ProgressBars


@pytest.mark.parametrize(
    ("rows", "seconds", "text"),
    [
        (50_000, 0.8, "50,000 rows in 0.8 s (62,500 rows/s)"),
        (1, 2.0, "1 row in 2.0 s (0 rows/s)"),
        (7, 0.0, "7 rows in 0.0 s"),
        (0, 1.0, "0 rows in 1.0 s"),
    ],
)
def test_a_rate_is_given_where_it_means_something(rows: int, seconds: float, text: str) -> None:
    assert rate_text(rows, seconds) == text


def test_counting_changes_no_piece_and_tells_all_lines_at_the_end() -> None:
    told: list[int] = []
    assert list(counted(iter([b"a\nb\n", b"c\n"]), told.append)) == [b"a\nb\n", b"c\n"]
    assert told[-1] == 3


def test_nothing_to_count_is_told_as_nothing() -> None:
    told: list[int] = []
    assert list(counted(iter([]), told.append)) == []
    assert told == [0]


def test_a_folder_that_is_gone_loses_progress_and_nothing_else(tmp_path: Path) -> None:
    Progress(tmp_path / "gone").add(event="merged")
    assert not (tmp_path / "gone").exists()


def test_events_are_lines_of_json(tmp_path: Path) -> None:
    progress = Progress(tmp_path)
    progress.add(event="chosen", files=2)
    progress.add(event="merged")
    events = [json.loads(line) for line in progress.path.read_text(encoding="utf-8").splitlines()]
    assert events == [{"event": "chosen", "files": 2}, {"event": "merged"}]


def test_a_line_that_is_still_being_written_waits(tmp_path: Path) -> None:
    path = tmp_path / "progress.jsonl"
    path.write_text('{"event": "chosen", "files": 2}\n{"event": "re', encoding="utf-8")
    bars = ProgressBars(path)
    bars._look()
    with path.open("a", encoding="utf-8") as stream:
        stream.write('ad", "file": "x.xlsx", "rows": 5}\n')
    bars._look()
    assert (bars._files, bars._rows) == (1, 5)


@pytest.mark.parametrize(
    ("work", "name"), [("loading", "载入 Loading"), ("comparing", "对比 Comparing"), ("verifying", "核对 Verifying")]
)
def test_the_bar_is_called_by_what_runs(tmp_path: Path, work: str, name: str) -> None:
    path = tmp_path / "progress.jsonl"
    path.write_text(f'{{"event": "staging", "work": "{work}", "rows": 1, "total": 2}}\n', encoding="utf-8")
    bars = ProgressBars(path)
    bars._look()
    assert [task.description for task in bars._bars.tasks] == ["读取 Reading", name]


def test_each_of_several_domains_has_a_bar_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "progress.jsonl"
    staged = '{{"event": "staging", "work": "loading", "rows": {}, "total": 2, "domain": "{}"}}\n'
    path.write_text(staged.format(2, "a") + staged.format(1, "b"), encoding="utf-8")
    bars = ProgressBars(path)
    bars._look()
    shown = [(task.description, task.completed) for task in bars._bars.tasks[1:]]
    assert shown == [("载入 Loading a", 2), ("载入 Loading b", 1)]


class _Stream:
    def __init__(self, terminal: bool, encoding: str | None) -> None:
        self.encoding, self._terminal = encoding, terminal

    def isatty(self) -> bool:
        return self._terminal


@pytest.mark.parametrize(
    ("terminal", "encoding", "term", "looking"),
    [
        (True, "UTF-8", "xterm", True),
        (True, "cp936", "xterm", True),
        (True, "UTF-8", "dumb", False),
        (True, "ascii", "xterm", False),
        (False, "UTF-8", "xterm", False),
    ],
)
def test_tables_are_for_terminals_that_can_show_them(
    terminal: bool, encoding: str, term: str, looking: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", term)
    assert is_terminal(_Stream(terminal, encoding)) is looking  # type: ignore[arg-type]
