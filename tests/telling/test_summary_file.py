"""WDH_SUMMARY_JSON, without a run."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fixtures.plans import BLOCK, a_plan, a_receipt
from workflows.plan.render.facts import Failure, failure_facts, summary_facts
from workflows.settings import get_settings
from workflows.telling.summary_file import write_summary_json


@pytest.fixture(autouse=True)
def _fresh_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Settings of this test's environment alone, in a folder without a .env file."""
    monkeypatch.chdir(tmp_path)
    get_settings.cache_clear()
    yield
    get_settings.cache_clear()


def test_a_dash_prints_one_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("WDH_SUMMARY_JSON", "-")
    write_summary_json({"outcome": "无变化"})
    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(line) == {"outcome": "无变化"}


def test_a_file_that_cannot_be_written_is_a_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("WDH_SUMMARY_JSON", str(tmp_path / "file" / "summary.json"))
    with caplog.at_level(logging.WARNING):
        write_summary_json({"outcome": "loaded"})
    assert "WDH_SUMMARY_JSON could not be written" in caplog.text


def test_nothing_else_is_left_beside_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WDH_SUMMARY_JSON", str(tmp_path / "out" / "summary.json"))
    write_summary_json({"outcome": "loaded"})
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["summary.json"]


def test_wrong_settings_are_reported_by_the_run_and_not_again_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WDH_MAX_FILES_LIMIT", "none")
    write_summary_json({"outcome": "failed"})


def test_facts_of_a_plan_are_counts_and_coordinates_of_files() -> None:
    facts = summary_facts(a_plan(), "plan.json", None)
    assert (facts["records"], facts["reject_rows"], facts["warnings"], facts["overrides"]) == (6, 1, 2, 1)
    assert facts["files"][0]["period"] == "2024-12"


def test_facts_of_a_receipt_tell_what_was_done() -> None:
    effect = summary_facts(a_receipt(), "receipt.json", "receipt.html")["effect"]
    assert (effect["deleted"], effect["inserted"], effect["unchanged"]) == (1, 4, 2)


def test_facts_hold_no_value_of_a_cell() -> None:
    assert "待定" not in json.dumps(summary_facts(a_plan(blocked_by=[BLOCK]), "plan.json", None), ensure_ascii=False)


@pytest.mark.parametrize(("blocked", "outcome"), [(True, "blocked"), (False, "failed")])
def test_a_failed_run_says_whether_it_was_blocked(blocked: bool, outcome: str) -> None:
    failures = [Failure(task="LoadWarehouse", message="no", blocked=blocked)]
    assert failure_facts({"domain": "x"}, failures) == {
        "outcome": outcome,
        "domain": "x",
        "failures": [{"task": "LoadWarehouse", "message": "no"}],
        "report": None,
        "page": None,
    }
