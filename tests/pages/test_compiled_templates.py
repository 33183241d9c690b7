"""Templates are kept compiled where Python keeps modules so, and pages are made wherever it does not."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from workflows.pages import render


@pytest.fixture(autouse=True)
def _environment_made_anew() -> Iterator[None]:
    render._environment.cache_clear()
    yield
    render._environment.cache_clear()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that stands for the module's own; it has a place for what is compiled."""
    monkeypatch.setattr(render, "__file__", str(tmp_path / "render.py"))
    kept = tmp_path / "__pycache__"
    kept.mkdir()
    return kept


def load_a_template() -> None:
    render._environment().get_template("layout.html")


def test_a_template_is_kept_compiled(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    load_a_template()
    assert [path.suffix for path in folder.iterdir()] == [".cache"]


def test_nothing_is_kept_where_python_keeps_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    load_a_template()
    assert list(folder.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_left_alone(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.setattr(os, "access", lambda *_: False)
    load_a_template()
    assert list(folder.iterdir()) == []
