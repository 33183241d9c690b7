"""What a load adds to the tables that its facts refer to: new keys, and never more."""

from __future__ import annotations

from workflows.domains.references import CountDistinct, First, Joined, Listed, OfLargest, Reference
from workflows.plan.references import (
    LISTED,
    ReferenceAccount,
    ReferenceDifference,
    ReferenceEffect,
    There,
    reference_accounts,
    reference_inserts,
    references_moved,
)
from workflows.records.references import ReferenceRow, ReferenceRows

PLANS = Reference(
    "m.年金计划",
    {"计划代码": "plan"},
    {
        "计划名称": First("name"),
        "产品线": Listed("line", dict),
        "机构代码": OfLargest("branch", by="size"),
        "业务类型": Joined("kind"),
        "客户数": CountDistinct("customer"),
    },
)
SIZELESS = Reference(
    "m.年金计划", {"计划代码": "plan"}, {"计划名称": First("name"), "机构代码": First("branch", steady=False)}
)
ROW = ("P1", "甲计划", "企年受托", "G01", "企年受托+企年投资", 3)
AS_IT_IS = dict(zip(PLANS.names[1:], ("甲计划", "企年受托", "G01", "企年受托+企年投资", "3"), strict=True))


def accounts_of(
    parts: list[list[ReferenceRows]], there: dict[str, There] | None = None
) -> list[list[ReferenceAccount]]:
    return reference_accounts(parts, reference_inserts(parts), there or {})


def reference_effect(reference: Reference, rows: list[ReferenceRow], there: There) -> ReferenceEffect:
    """What becomes of the rows of one domain alone."""
    ((account,),) = accounts_of([[ReferenceRows(reference, rows)]], {reference.table: there})
    assert account.effect is not None
    return account.effect


def test_a_new_key_is_added_whole_and_in_order() -> None:
    second = ("P2", *ROW[1:])
    effect = reference_effect(PLANS, [second, ROW], {("P1",): AS_IT_IS})
    assert (effect.added, effect.known, effect.differences) == ((second,), 1, ())


def test_a_key_that_is_there_is_never_added_however_it_differs() -> None:
    effect = reference_effect(PLANS, [ROW], {("P1",): {**AS_IT_IS, "计划名称": "旧名", "产品线": None}})
    assert (effect.added, effect.known) == ((), 1)
    assert effect.differences == (
        ReferenceDifference(table="m.年金计划", key={"计划代码": "P1"}, column="计划名称", there="旧名", here="甲计划"),
        ReferenceDifference(table="m.年金计划", key={"计划代码": "P1"}, column="产品线", there=None, here="企年受托"),
    )


def test_what_depends_on_the_months_of_a_batch_is_no_difference() -> None:
    other = {**AS_IT_IS, "机构代码": "G02", "业务类型": "企年受托", "客户数": "900"}
    assert reference_effect(PLANS, [ROW], {("P1",): other}).differences == ()


def test_a_value_that_the_facts_lack_is_no_difference() -> None:
    assert reference_effect(PLANS, [("P1", None, *ROW[2:])], {("P1",): AS_IT_IS}).differences == ()


def test_keys_of_several_columns_are_compared_as_a_whole() -> None:
    pairs = Reference("m.对", {"a": "a", "b": "b"}, {})
    assert reference_effect(pairs, [("1", "2"), ("2", "1")], {("1", "2"): {}}).added == (("2", "1"),)


def test_of_several_domains_the_one_that_knows_sizes_is_believed_and_the_other_one_fills_its_blanks() -> None:
    sizeless: list[ReferenceRow] = [("P1", "另名", "G09"), ("P0", "乙计划", "G02")]
    (insert,) = reference_inserts(
        [[ReferenceRows(SIZELESS, sizeless)], [ReferenceRows(PLANS, [("P1", None, None, "G01", "企年受托", 3)])]]
    )
    assert insert.names == PLANS.names
    assert insert.rows == (("P0", "乙计划", None, "G02", None, None), ("P1", "另名", None, "G01", "企年受托", 3))


def test_a_key_of_several_domains_is_added_by_the_first_and_known_to_the_others() -> None:
    parts = [[ReferenceRows(SIZELESS, [("P1", "另名", "G09")])], [ReferenceRows(PLANS, [ROW])]]
    ((first,), (second,)) = accounts_of(parts)
    assert first.effect is not None
    assert second.effect is not None
    assert (first.effect.added, first.effect.known, second.effect.added, second.effect.known) == ((ROW,), 0, (), 1)
    # What is added is the other one's: a name that differs is said, a branch that was told without sizes is not.
    assert [(each.column, each.there, each.here) for each in first.effect.differences] == [
        ("计划名称", "甲计划", "另名"),
    ]
    assert second.effect.differences == ()


def test_tables_and_keys_are_in_one_order_whoever_refers_to_them_first() -> None:
    other = Reference("m.产品线", {"code": "line"}, {})
    a = [[ReferenceRows(PLANS, [("P2", *ROW[1:]), ROW]), ReferenceRows(other, [("L1",)])]]
    b = [[ReferenceRows(other, [("L1",)])], [ReferenceRows(PLANS, [ROW, ("P2", *ROW[1:])])]]
    assert reference_inserts(a) == reference_inserts(b)
    assert [insert.table for insert in reference_inserts(a)] == ["m.产品线", "m.年金计划"]


def test_a_table_that_no_record_refers_to_is_left_alone_and_nothing_is_new_in_it() -> None:
    assert reference_inserts([[ReferenceRows(PLANS, [])]]) == []
    assert reference_effect(PLANS, [], {}).new == 0


def test_a_saved_plan_holds_while_nothing_beyond_it_would_be_added() -> None:
    two: list[ReferenceRow] = [ROW, ("P2", *ROW[1:])]

    def accounts(there: There, rows: list[ReferenceRow] = two) -> list[ReferenceAccount]:
        return accounts_of([[ReferenceRows(PLANS, rows)]], {PLANS.table: there})[0]

    assert references_moved(accounts({}), accounts({("P1",): AS_IT_IS})) == []
    assert references_moved(accounts({("P1",): AS_IT_IS}), accounts({})) == [
        "事实表所引用的表中将新增的行与计划不同 / other rows would be added to tables that the facts refer to:",
        "  m.年金计划: 计划新增 1 行，现为 2 行 / 1 new row(s) planned, 2 now (P1)",
    ]


def test_beyond_what_a_plan_lists_it_is_bound_to_exactly_its_new_rows() -> None:
    many: list[ReferenceRow] = [(f"P{number}", *ROW[1:]) for number in range(LISTED + 2)]
    found = [ReferenceRows(PLANS, many)]
    (saved,), (same,) = (accounts_of([found])[0] for _again in range(2))
    (fewer,) = accounts_of([found], {PLANS.table: {("P1",): AS_IT_IS}})[0]
    assert saved.effect is not None
    assert (saved.effect.new, len(saved.effect.added), saved.effect.added_omitted) == (LISTED + 2, LISTED, 2)
    assert references_moved([saved], [same]) == []
    assert len(references_moved([saved], [fewer])) == 2
