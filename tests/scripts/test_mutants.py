"""``make mutants`` takes many minutes, so that what it names is held here: modules, tests and lines that are there."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import pytest

_ROOT = Path(__file__).parents[2]


@pytest.fixture
def mutants(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(_ROOT / "scripts"))
    return importlib.import_module("mutants")


def test_the_modules_and_the_tests_of_the_parts_are_there(mutants: Any) -> None:
    paths = [
        path
        for part in mutants.PARTS.values()
        for path in (*(_ROOT / "workflows" / module for module in part.modules), *(_ROOT / test for test in part.tests))
    ]
    assert len(paths) > 40
    assert [path for path in paths if not path.exists()] == []


def test_a_line_that_may_be_made_wrong_is_a_line_of_the_module_that_is_named(mutants: Any) -> None:
    texts = {
        module.removesuffix(".py").replace("/", "."): " ".join(
            (_ROOT / "workflows" / module).read_text("utf-8").split()
        )
        for part in mutants.PARTS.values()
        for module in part.modules
    }
    gone = [
        survivor
        for survivor in mutants.known_survivors()
        if not any(survivor.function.startswith(f"{name}.") and survivor.line in text for name, text in texts.items())
    ]
    assert gone == []
