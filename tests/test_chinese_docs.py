"""What the Chinese README and the analysts' guide tell their readers to do, done literally."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from pathlib import Path

import pytest

from tests.fixtures.runs import Finished, Office

pytestmark = pytest.mark.long

_ROOT = Path(__file__).resolve().parents[1]
_DOCUMENTS = {
    name: (_ROOT / name).read_text(encoding="utf-8") for name in ("README.zh-CN.md", "docs/analysts.zh-CN.md")
}
_GUIDE = _DOCUMENTS["docs/analysts.zh-CN.md"]


def commands(mark: str) -> list[list[str]]:
    """The words of each command in the block below ``<!-- guide:mark -->``."""
    match = re.search(rf"<!-- guide:{mark} -->\n```\n(.*?)```", _GUIDE, re.DOTALL)
    assert match, mark
    return [shlex.split(line) for line in match[1].splitlines()]


class Desk:
    """Where an analyst sits: the project's folder, with her own data and output."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def follow(self, mark: str, **placeholders: str) -> list[Finished]:
        """Every command of a block, with what stands for ``<批次>`` and ``<载入>``."""
        return [self._run([self._filled(word, placeholders) for word in words]) for words in commands(mark)]

    def _filled(self, word: str, placeholders: dict[str, str]) -> str:
        for name, value in placeholders.items():
            word = word.replace(f"<{name}>", value)
        return word.replace("=output/", f"={self._office.output}/")

    def _run(self, words: list[str]) -> Finished:
        inherited = {
            name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS", "WDH_"))
        }
        done = subprocess.run(
            [
                words[0],
                "--no-print-directory",
                *words[1:],
                f"DATA={self._office.data}",
                f"OUTPUT={self._office.output}",
            ],
            cwd=_ROOT,
            env=inherited | self._office.settings | {"PYTHONUTF8": "1"},
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        return Finished(done.returncode, done.stdout, done.stderr)


def test_a_month_done_as_the_guide_says_is_loaded_explained_and_taken_back(office_with_database: Office) -> None:
    office, desk = office_with_database, Desk(office_with_database)
    office.workbook("2024年11月受托业绩报告.xlsx", 11, [("P1", 100.0), ("P2", "待定")])
    office.workbook("2024年11月受托业绩报告(最终版).xlsx", 11)
    status, discovered = desk.follow("look")
    assert (status.code, discovered.code) == (0, 0), status.err + discovered.err
    assert "2024-11" in status.out and "2024年11月受托业绩报告V2.xlsx" in discovered.out

    (blocked,) = desk.follow("compare")
    assert blocked.outcome == "blocked" and "rejects=1" in blocked.out
    assert "2024年11月受托业绩报告.问题.xlsx" in blocked.out and "Page: " in blocked.out
    (accepted,) = desk.follow("accept")
    assert accepted.outcome == "planned", accepted.out

    verified, applied = desk.follow("apply", 批次=office.newest("plans/*/*/plan.json").parent.name)
    assert (verified.outcome, applied.outcome) == ("verified", "loaded"), verified.out + applied.out
    load = office.receipt().load_id
    assert load is not None
    status, explained, history, planned, undone = desk.follow("after", 载入=load)
    assert f"{load}" in status.out and "2024年11月受托业绩报告.xlsx" in explained.out and load in history.out
    assert (planned.outcome, undone.outcome) == ("planned", "loaded"), planned.out + undone.out


@pytest.mark.parametrize("name", sorted(_DOCUMENTS))
def test_every_target_variable_and_path_that_is_named_is_there(name: str) -> None:
    text, makefile = _DOCUMENTS[name], (_ROOT / "Makefile").read_text(encoding="utf-8").replace("\\\n", " ")
    declared = re.search(r"^targets := (.*)$", makefile, re.MULTILINE)
    assert declared is not None
    targets = set(re.findall(r"make ([a-z-]{3,})", text))
    assert len(targets) > 7 and targets <= set(declared[1].split())
    variables = set(re.findall(r"make [a-z-]+ ([A-Z_]+)=", text))
    assert variables and variables <= set(re.findall(r"^\t@echo '  ([A-Z_]+) ", makefile, re.MULTILINE))
    linked = [path for path in re.findall(r"\]\(([^)#]+)\)", text) if "://" not in path]
    assert linked and [path for path in linked if not (_ROOT / name).parent.joinpath(path).exists()] == []


def test_the_chinese_readme_names_the_settings_of_the_english_one() -> None:
    english = (_ROOT / "README.md").read_text(encoding="utf-8")
    rows = [re.findall(r"^\| `(WDH_\w+)`", text, re.MULTILINE) for text in (english, _DOCUMENTS["README.zh-CN.md"])]
    assert rows[0] == rows[1] and len(rows[0]) > 10
