from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from workflows.errors import PlanError
from workflows.warehouse.copy_rows import lines_of_mappings


@pytest.mark.parametrize(
    ("value", "field"),
    [
        (None, "null"),
        ("null", "nul\\l"),
        ("", ""),
        ('a"b,c\n', 'a"b\\,c\\n'),
        ("\\.", "\\\\."),
        (0, "0"),
        (True, "true"),
        (Decimal("1E-7"), "0.0000001"),
        (0.1, "0.1"),
        (date(2024, 1, 1), "2024-01-01"),
        (datetime(2024, 1, 1, 12, 30), "2024-01-01T12:30:00"),
        (["备注", "b"], '["备注"\\, "b"]'),
    ],
)
def test_a_value_becomes_a_field(value: Any, field: str) -> None:
    assert b"".join(lines_of_mappings([{"a": value}], ["a"])).decode() == f"{field}\n"


def test_columns_stand_in_the_wanted_order() -> None:
    assert b"".join(lines_of_mappings([{"b": "2", "a": "1"}], ["a", "b"])) == b"1,2\n"


def test_many_rows_come_in_several_chunks() -> None:
    chunks = list(lines_of_mappings(({"a": number} for number in range(1001)), ["a"]))
    assert (len(chunks), b"".join(chunks).count(b"\n")) == (3, 1001)


def test_no_rows_give_no_chunks() -> None:
    assert list(lines_of_mappings([], ["a"])) == []


def test_a_row_with_other_columns_is_refused_naming_them() -> None:
    with pytest.raises(PlanError, match=r"row 2 differs .*: b"):
        list(lines_of_mappings([{"a": 1}, {"a": 1, "b": 2}], ["a"]))


def test_a_value_without_a_plain_form_is_refused_by_its_type() -> None:
    with pytest.raises(PlanError, match="column a: a bytes"):
        list(lines_of_mappings([{"a": b"secret"}], ["a"]))
