"""``make mutants`` takes many minutes, so that what it names is held here: modules, tests and lines that are there."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.mutants import PARTS, Survivor, known_survivors

_ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", PARTS)
def test_the_modules_and_the_tests_of_a_part_are_there(name: str) -> None:
    part = PARTS[name]
    paths = [*(_ROOT / "workflows" / module for module in part.modules), *(_ROOT / test for test in part.tests)]
    assert [path for path in paths if not path.exists()] == []


@pytest.mark.parametrize("survivor", sorted(known_survivors()), ids=lambda survivor: survivor.function)
def test_a_line_that_may_be_made_wrong_is_a_line_of_its_part(survivor: Survivor) -> None:
    module = next(
        module
        for part in PARTS.values()
        for module in part.modules
        if survivor.function.startswith(module.removesuffix(".py").replace("/", ".") + ".")
    )
    text = (_ROOT / "workflows" / module).read_text(encoding="utf-8")
    assert survivor.line in " ".join(text.split())
