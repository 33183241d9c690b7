"""A Chromium for the tests of pages, and a folder for what it saw."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

_ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(_ROOT / "scripts"))
# `make test` installs no browser's driver; these tests are then not even imported.
collect_ignore_glob = [] if importlib.util.find_spec("selenium") else ["test_*.py"]


@pytest.fixture(scope="session")
def chrome() -> Iterator[object]:
    """One browser for all tests; each opens its own page."""
    from chromium import browser

    with browser() as driver:
        yield driver


@pytest.fixture(scope="session")
def pictures() -> Path:
    """Where screenshots are left, to be looked at."""
    folder = _ROOT / "build" / "pictures"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
