"""Random histories: after each step the table equals a plain model of it, or an undo is refused for what is so.

``make histories`` runs a thousand; here a few, always the same.
"""

from __future__ import annotations

from collections import Counter

from tests.fixtures.histories import histories

WANTED = ("load of keys", "load of months", "load of groups", "append", "undo", "redo", "undo refused, gone", "prune")


def test_random_histories_end_as_the_model_says(database: str) -> None:
    happened = Counter[str]()
    for _, steps in histories(database, range(4)):
        happened += steps
    assert not [kind for kind in WANTED if not happened[kind]], happened
