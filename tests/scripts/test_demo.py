"""The demo as a newcomer runs it: planned, loaded, shown, and nothing changed the second time."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

_SCRIPT = Path(__file__).parents[2] / "scripts" / "demo.py"


def _demo(folder: Path) -> str:
    # A user's own settings: the demo must not look at them.
    theirs = {"WDH_DATABASE__URI": "postgresql://nobody@127.0.0.1:1/theirs", "WDH_DATA_BASE_DIR": "/nowhere"}
    done = subprocess.run(
        [sys.executable, str(_SCRIPT), str(folder)],
        env=os.environ | theirs,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What two runs in one folder print."""
    folder = tmp_path_factory.mktemp("demo")
    return [_demo(folder), _demo(folder)]


@pytest.mark.parametrize("run", [0, 1])
def test_each_run_plans_first(shown: list[str], run: int) -> None:
    assert "Outcome: planned" in shown[run]


def test_the_first_run_loads(shown: list[str]) -> None:
    # The trustees' workbooks, two domains of the pension managers' one, and the ledger.
    assert shown[0].count("Outcome: loaded") == 3


def test_the_three_newest_months_are_in_the_table(shown: list[str]) -> None:
    table = re.findall(r"^  (2024-\d\d) +\d+ +[\d.]+ ", shown[0], re.MULTILINE)
    assert table == ["2024-10", "2024-11", "2024-12"]


def test_the_second_run_says_that_nothing_changed(shown: list[str]) -> None:
    assert (shown[1].count("Outcome: loaded"), shown[1].count("Outcome: unchanged")) == (0, 3)
    last_load = next(line for line in shown[1].splitlines() if line.strip().startswith("5  "))
    assert last_load.split()[1:5:2] == ["unchanged", "0"]


def test_a_month_of_two_sheets_is_one_transaction_with_its_supplement_and_what_it_refers_to(shown: list[str]) -> None:
    assert "Part 1 of 2: annuity_income, loaded" in shown[0]
    assert "2026-02 supplement V1" in shown[0]
    assert "208 rows = 208 records + 0 rejected" in shown[0]
    figures = [int(word) for word in shown[0].split(" AS customers")[1].splitlines()[3].split()]
    assert figures[2:4] == [2, 6]
    assert all(count > 70 for count in (*figures[:2], figures[4]))


def test_the_ledgers_two_sheets_are_accounted_for_by_themselves(shown: list[str]) -> None:
    assert "[企年受托中标(空白), direct]" in shown[0]
    assert "14 rows = 14 records + 0 rejected" in shown[0]
    assert "9 rows = 9 records + 0 rejected" in shown[0]
