from __future__ import annotations


def test_x(database: str) -> None:
    print(database)
