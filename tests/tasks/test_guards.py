from __future__ import annotations

from decimal import Decimal

import pytest

from workflows.plan.load_spec import Guards
from workflows.tasks.guards import join_guards, split_guards


@pytest.mark.parametrize(
    ("guards", "text"),
    [
        (Guards(), ""),
        (Guards(max_deleted_rows=0), "rows=0"),
        (Guards(5, Decimal("0.2"), True), "rows=5,ratio=0.2,empty"),
        (Guards(max_deleted_ratio=Decimal("0.0")), "ratio=0.0"),
        (Guards(max_deleted_ratio=Decimal("0.00000001")), "ratio=0.00000001"),
        (Guards(max_deleted_ratio=Decimal("0.29999999999999999")), "ratio=0.29999999999999999"),
    ],
)
def test_guards_survive_the_way_through_a_parameter(guards: Guards, text: str) -> None:
    assert (join_guards(guards), split_guards(text)) == (text, guards)
