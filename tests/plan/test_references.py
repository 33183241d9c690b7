"""What a load adds to the tables that its facts refer to: new keys, and never more."""

from __future__ import annotations

from workflows.domains.references import CountDistinct, First, Joined, Listed, OfLargest, Reference
from workflows.plan.references import ReferenceDifference, reference_effect

PLANS = Reference(
    "年金计划",
    {"计划代码": "plan"},
    {
        "计划名称": First("name"),
        "产品线": Listed("line", dict),
        "机构代码": OfLargest("branch", by="size"),
        "业务类型": Joined("kind"),
        "客户数": CountDistinct("customer"),
    },
)
ROW = ("P1", "甲计划", "企年受托", "G01", "企年受托+企年投资", 3)
AS_IT_IS = dict(zip(PLANS.names[1:], ("甲计划", "企年受托", "G01", "企年受托+企年投资", "3"), strict=True))


def test_a_new_key_is_added_whole_and_in_order() -> None:
    second = ("P2", *ROW[1:])
    effect = reference_effect(PLANS, [second, ROW], {("P1",): AS_IT_IS})
    assert (effect.added, effect.known, effect.differences) == ((second,), 1, ())


def test_a_key_that_is_there_is_never_added_however_it_differs() -> None:
    effect = reference_effect(PLANS, [ROW], {("P1",): {**AS_IT_IS, "计划名称": "旧名", "产品线": None}})
    assert (effect.added, effect.known) == ((), 1)
    assert effect.differences == (
        ReferenceDifference(table="年金计划", key={"计划代码": "P1"}, column="计划名称", there="旧名", here="甲计划"),
        ReferenceDifference(table="年金计划", key={"计划代码": "P1"}, column="产品线", there=None, here="企年受托"),
    )


def test_what_depends_on_the_months_of_a_batch_is_no_difference() -> None:
    other = {**AS_IT_IS, "机构代码": "G02", "业务类型": "企年受托", "客户数": "900"}
    assert reference_effect(PLANS, [ROW], {("P1",): other}).differences == ()


def test_a_value_that_the_facts_lack_is_no_difference() -> None:
    assert reference_effect(PLANS, [("P1", None, *ROW[2:])], {("P1",): AS_IT_IS}).differences == ()


def test_keys_of_several_columns_are_compared_as_a_whole() -> None:
    pairs = Reference("对", {"a": "a", "b": "b"}, {})
    assert reference_effect(pairs, [("1", "2"), ("2", "1")], {("1", "2"): {}}).added == (("2", "1"),)
