"""Fixtures for all tests; each concern has its module in ``tests/fixtures``."""

from __future__ import annotations

import os
import sys

# Tests start hundreds of Pythons: each would compile the package anew, and its templates.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

pytest_plugins = [
    "tests.fixtures.both_ways",
    "tests.fixtures.luigid",
    "tests.fixtures.network",
    "tests.fixtures.postgres",
    "tests.fixtures.system_postgres",
    "tests.fixtures.runs",
    "tests.fixtures.opened_books",
    "tests.fixtures.companies",
    "tests.fixtures.two_domains",
]
