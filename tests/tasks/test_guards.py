from __future__ import annotations

import pytest

from workflows.plan.load_spec import Guards
from workflows.tasks.guards import join_guards, split_guards


@pytest.mark.parametrize(
    ("guards", "text"),
    [
        (Guards(), ""),
        (Guards(max_deleted_rows=0), "rows=0"),
        (Guards(5, 0.2, True), "rows=5,ratio=0.2,empty"),
        (Guards(max_deleted_ratio=0.0), "ratio=0.0"),
    ],
)
def test_guards_survive_the_way_through_a_parameter(guards: Guards, text: str) -> None:
    assert (join_guards(guards), split_guards(text)) == (text, guards)
