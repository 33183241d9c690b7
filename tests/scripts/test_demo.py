"""The demo as a newcomer runs it: planned, loaded, shown, and nothing changed the second time."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

pytestmark = pytest.mark.long

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


def _outcomes(shown: str) -> list[str]:
    return re.findall(r"^Outcome: (\w+)", shown, re.MULTILINE)


def _table(shown: str, heading: str) -> list[list[str]]:
    """The lines below the columns that ``heading`` names, as words."""
    (lines,) = re.findall(rf"^ +{heading}.*\n +-.*\n((?:  .*\n)+)", shown, re.MULTILINE)
    return [line.split() for line in lines.splitlines()]


def test_each_load_is_planned_first_but_that_of_the_older_months(shown: list[str]) -> None:
    assert _outcomes(shown[0]) == ["planned", "loaded", "planned", "loaded", "loaded", "planned", "loaded"]


def test_the_three_newest_months_of_the_trustees_are_in_the_table(shown: list[str]) -> None:
    assert [row[0] for row in _table(shown[0], "month +rows +fund_scale")] == ["2024-10", "2024-11", "2024-12"]


def test_three_months_of_annuities_are_in_their_tables_whole(shown: list[str]) -> None:
    held: Counter[str] = Counter()
    for month, rows, *_ in _table(shown[0], "month +rows +companies"):
        held[month] += int(rows)
    assert held == {"2024-11": 96, "2024-12": 150, "2026-02": 208}


def test_the_supplement_stands_for_its_kind_of_business_only(shown: list[str]) -> None:
    fees = [
        (month, int(rows), "补充" in " ".join(rest)) for month, rows, *rest in _table(shown[0], "month +rows +fixed")
    ]
    # V2 holds 75 rows; the 24 of 企年投资 are the supplement's, which brought 30.
    assert fees == [("2024-11", 40, False), ("2024-12", 51, False), ("2024-12", 30, True), ("2026-02", 143, False)]


def test_both_sheets_of_a_ledger_are_in_its_table(shown: list[str]) -> None:
    won = [(month, int(rows)) for month, rows, _, what, _ in _table(shown[0], "month +rows +scale") if what == "中标"]
    assert won == [("2026-01", 5)] * 2 + [("2026-02", 9)] * 2


def test_the_second_run_changes_nothing(shown: list[str]) -> None:
    unchanged = ["planned", "unchanged", "planned", "unchanged", "unchanged", "planned", "unchanged"]
    assert _outcomes(shown[1]) == unchanged
    assert {tuple(row[3:5]) for row in _table(shown[1], "load +outcome")} == {("0", "0")}


def test_no_secret_is_shown_but_that_of_the_demo(shown: list[str]) -> None:
    assert shown[0].count("the salt of the demo") == 1


@pytest.mark.parametrize("run", [0, 1])
def test_what_the_rows_refer_to_is_there_once_however_often_it_runs(shown: list[str], run: int) -> None:
    assert "References: 5 tables" in shown[run]
    figures = [re.findall(r"AS customers\n.*\n.*\n(.*)\n", each)[0].split() for each in shown]
    assert figures[run] == figures[0]
    assert all(int(count) > 1 for count in figures[run])
