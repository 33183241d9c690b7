"""The columns of fields that no header feeds: their types, and the form of their values."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated

import pytest
from pydantic import Field, StringConstraints

from workflows.domains.domain import Domain, Record


class Derived(Record):
    money: Annotated[Decimal | None, Field(max_digits=18, decimal_places=4)]
    inside: Annotated[Decimal, Field(max_digits=6, decimal_places=2)] | None
    bare: Decimal
    code: Annotated[str | None, StringConstraints(max_length=50)]
    short: Annotated[str, Field(max_length=10)] | None
    note: str | None
    day: date | None
    count: int
    flag: bool | None
    parts: list[str]
    more: dict[str, str] | None
    ratio: float


DOMAIN = Domain("derived", Derived, (), "day", {})


@pytest.mark.parametrize(
    ("name", "sql_type", "nullable"),
    [
        ("money", "numeric(18,4)", True),
        ("inside", "numeric(6,2)", True),
        ("bare", "numeric", False),
        ("code", "varchar(50)", True),
        ("short", "varchar(10)", True),
        ("note", "text", True),
        ("day", "date", True),
        ("count", "integer", False),
        ("flag", "boolean", True),
        ("parts", "jsonb", False),
        ("more", "jsonb", True),
        ("source_row", "integer", False),
        ("validation_warnings", "jsonb", False),
    ],
)
def test_the_type_follows_from_the_annotation(name: str, sql_type: str, nullable: bool) -> None:
    assert (DOMAIN.sql_type(name), DOMAIN.is_nullable(name)) == (sql_type, nullable)


def test_a_double_is_refused_by_its_name() -> None:
    with pytest.raises(TypeError, match=r"ratio: no column keeps a .*float.* exactly"):
        DOMAIN.sql_type("ratio")


def test_decimals_are_fixed_point_of_the_columns_scale_and_dates_iso() -> None:
    values = [Decimal("1.00005"), Decimal("-0.00004"), Decimal("1E+3"), None]
    assert DOMAIN.jsonable("money", values) == ["1.0001", "0.0000", "1000.0000", None]
    assert DOMAIN.jsonable("bare", [Decimal("1.50")]) == ["1.50"]
    assert DOMAIN.jsonable("day", [date(2024, 11, 5), None]) == ["2024-11-05", None]
    assert DOMAIN.jsonable("count", [3]) == [3]
