from __future__ import annotations

from decimal import Decimal

from workflows.plan.build import Batch, LoadRequest, plan_id
from workflows.plan.gates import Gates
from workflows.plan.load_spec import Guards


def of(ratio: str | None) -> str:
    guards = Guards(max_deleted_ratio=None if ratio is None else Decimal(ratio))
    request = LoadRequest(
        "d", "t", "delete_insert", ("a",), ("a",), ("a",), ("a",), "a", Gates(), guards, plan_only=True
    )
    return plan_id(request, Batch("snapshot", {"files": []}, (), (), (), "merged.json"))


def test_the_ratio_of_a_guard_is_part_of_a_plan_exactly() -> None:
    ratios = (None, "0", "0.29", "0.29000000000000001", "0.29000000000000000000000000000001")
    assert len({of(ratio) for ratio in ratios}) == len(ratios)


def test_the_same_ratio_gives_the_same_plan() -> None:
    assert of("0.29") == of("0.29")
