"""What is printed where somebody is looking."""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from workflows.plan.render.lines import Line
from workflows.settings import get_settings
from workflows.telling.console import say_lines


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


@pytest.fixture
def links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., dict[str, str]]:
    """What a terminal opens for these lines, by the text that it underlines (OSC 8)."""
    monkeypatch.setenv("WDH_OUTPUT_DIR", str(tmp_path / "产出"))
    monkeypatch.setenv("TERM", "xterm-256color")
    get_settings.cache_clear()
    (tmp_path / "产出/plans/problems").mkdir(parents=True)
    for name in ("plan.html", "problems/甲.问题.xlsx"):
        (tmp_path / "产出/plans" / name).write_bytes(b"")

    def say(*lines: Line) -> dict[str, str]:
        shown = Terminal()
        with monkeypatch.context() as patched:
            patched.setattr(sys, "stdout", shown)
            say_lines(lines)
        found = re.findall(r"\x1b\]8;[^;]*;([^\x1b]+)\x1b\\(.*?)\x1b\]8;;", shown.getvalue())
        return {re.sub(r"\x1b\[[\d;]*m", "", text): address for address, text in found}

    return say


def test_on_a_terminal_what_was_written_is_a_link(links: Callable[..., dict[str, str]], tmp_path: Path) -> None:
    page = tmp_path / "产出/plans/plan.html"
    assert links(Line(f"Page: {page}"), Line("  plans/problems/甲.问题.xlsx", "bad")) == {
        str(page): page.as_uri(),
        "plans/problems/甲.问题.xlsx": (tmp_path / "产出/plans/problems/甲.问题.xlsx").as_uri(),
    }


def test_nothing_but_what_lies_below_the_output_folder_is_a_link(
    links: Callable[..., dict[str, str]], tmp_path: Path
) -> None:
    outside = tmp_path / "secret.txt"
    outside.write_text("x", encoding="utf-8")
    texts = (f"cell: {outside}", "  ../secret.txt", "Plan: plans/none.json", "Outcome: planned", "", "a\0b")
    assert links(*map(Line, texts)) == {}
