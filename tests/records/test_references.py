"""Rows of the tables that facts refer to: one per key, made of all its records."""

from __future__ import annotations

import random
from collections import Counter
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.domains.references import Aggregate, CountDistinct, First, Joined, OfLargest, Reference
from workflows.records.references import GatheredRows

FIELDS = ("plan", "name", "branch", "kind", "held", "customer")
Record = tuple[str | None, ...]


def record(**values: str | None) -> Record:
    return tuple(values.get(field) for field in FIELDS)


def gathered(columns: dict[str, Aggregate], *records: Record, key: dict[str, str] | None = None) -> list[Any]:
    rows = GatheredRows(Reference("plans", key or {"code": "plan"}, columns), FIELDS)
    for each in records:
        rows.add([each])
    return list(rows.rows())


def test_there_is_one_row_per_key_in_the_order_in_which_they_appear() -> None:
    found = gathered({}, record(plan="P2"), record(plan="P1"), record(plan="P2"))
    assert found == [("P2",), ("P1",)]


def test_a_record_that_lacks_a_part_of_the_key_refers_to_nothing() -> None:
    key = {"code": "plan", "branch": "branch"}
    found = gathered({}, record(plan="P1"), record(branch="G1"), record(plan="P1", branch="G1"), key=key)
    assert found == [("P1", "G1")]


def test_first_is_the_first_value_that_is_not_empty() -> None:
    columns: dict[str, Aggregate] = {"name": First("name")}
    assert gathered(columns, record(plan="P1"), record(plan="P1", name="甲"), record(plan="P1", name="乙")) == [
        ("P1", "甲")
    ]
    assert gathered(columns, record(plan="P1")) == [("P1", None)]


@pytest.mark.parametrize(
    ("rows", "branch"),
    [
        ([("G1", "9.0000"), ("G2", "10.0000")], "G2"),
        ([("G1", "-9.0000"), ("G2", "-10.0000")], "G1"),
        ([("G1", "5.0000"), ("G2", "5.0000")], "G1"),
        ([("G1", None), ("G2", "-1.0000")], "G2"),
        ([("G1", None), ("G2", None)], "G1"),
        ([(None, "7.0000"), ("G2", "1.0000")], "G2"),
        ([("G1", "1.0000"), ("G2", "2.0000"), ("G1", "3.0000")], "G1"),
        ([("G1", "0.0000"), ("G2", "-0.0001")], "G1"),
        ([(None, None)], None),
    ],
)
def test_of_largest_is_the_value_of_the_row_with_the_largest_number(
    rows: list[tuple[str | None, str | None]], branch: str | None
) -> None:
    records = [record(plan="P1", branch=branch, held=held) for branch, held in rows]
    assert gathered({"branch": OfLargest("branch", by="held")}, *records) == [("P1", branch)]


def test_of_two_equally_large_rows_the_first_counts_even_if_it_was_seen_smaller_before() -> None:
    rows = [("G1", "1.0000"), ("G2", "5.0000"), ("G1", "5.0000")]
    records = [record(plan="P1", branch=branch, held=held) for branch, held in rows]
    assert gathered({"branch": OfLargest("branch", by="held")}, *records) == [("P1", "G2")]


def test_distinct_values_are_joined_in_the_order_of_their_texts() -> None:
    records = [record(plan="P1", kind=kind) for kind in ("企年受托", None, "企年投资", "企年受托")]
    assert gathered({"kinds": Joined("kind")}, *records) == [("P1", "企年受托+企年投资")]
    assert gathered({"kinds": Joined("kind", "、")}, *reversed(records)) == [("P1", "企年受托、企年投资")]
    assert gathered({"kinds": Joined("kind")}, record(plan="P1")) == [("P1", None)]


def test_distinct_values_are_counted() -> None:
    records = [record(customer="C1", plan=plan) for plan in ("P1", "P2", None, "P1")]
    assert gathered({"plans": CountDistinct("plan")}, *records, key={"id": "customer"}) == [("C1", 2)]
    assert gathered({"names": CountDistinct("name")}, record(plan="P1")) == [("P1", 0)]


COLUMNS: dict[str, Aggregate] = {
    "name": First("name"),
    "branch": OfLargest("branch", by="held"),
    "kinds": Joined("kind"),
    "customers": CountDistinct("customer"),
}
_some = st.sampled_from([None, "A", "B", "C"])
_records = st.lists(
    st.tuples(_some, _some, _some, _some, st.sampled_from([None, "-1.00", "0.00", "2.00", "10.00"]), _some), max_size=40
)


def plainly(records: list[Record]) -> dict[str, tuple[Any, ...]]:
    """The same, row by row, without any of it."""
    found = {}
    for key in dict.fromkeys(each[0] for each in records if each[0]):
        rows = [each for each in records if each[0] == key]
        names = [each[1] for each in rows if each[1]]
        branch, best = None, None
        for each in rows:
            if each[2] is not None:
                held = Decimal(each[4]) if each[4] else Decimal("-Infinity")
                if best is None or held > best:
                    branch, best = each[2], held
        kinds = "+".join(sorted({each[3] for each in rows if each[3]})) or None
        found[str(key)] = (names[0] if names else None, branch, kinds, len({each[5] for each in rows if each[5]}))
    return found


@given(_records)
def test_it_is_what_a_plain_walk_over_the_rows_finds(records: list[Record]) -> None:
    assert {row[0]: row[1:] for row in gathered(COLUMNS, *records)} == plainly(records)


@given(_records, st.randoms())
def test_joined_and_counted_values_do_not_depend_on_the_order_of_records(
    records: list[Record], shuffler: random.Random
) -> None:
    columns: dict[str, Aggregate] = {"kinds": COLUMNS["kinds"], "customers": COLUMNS["customers"]}
    before = Counter(gathered(columns, *records))
    shuffler.shuffle(records)
    assert Counter(gathered(columns, *records)) == before
