"""Fixtures for all tests; each concern has its module in ``tests/fixtures``."""

from __future__ import annotations

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
