from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from workflows.errors import IdentifierError
from workflows.plan.identifiers import (
    column_list,
    compose,
    dollar_quoted,
    literal,
    quote_identifier,
    quote_table,
    split_table,
    text_array,
)


@pytest.mark.parametrize("name", ["id", "Plan Code", "收益率(%)", "select", "a.b", "%s", "{x}"])
def test_a_name_is_quoted_and_kept(name: str) -> None:
    assert quote_identifier(name) == f'"{name}"'


def test_a_quote_in_a_name_is_doubled() -> None:
    assert quote_identifier('a"; DROP TABLE x; --') == '"a""; DROP TABLE x; --"'


def test_a_name_of_63_bytes_is_kept() -> None:
    assert quote_identifier("业" * 21) == f'"{"业" * 21}"'


def test_a_name_of_more_than_63_bytes_is_refused() -> None:
    with pytest.raises(IdentifierError, match="66 bytes"):
        quote_identifier("业" * 22)


@pytest.mark.parametrize("name", ["", "a\0b"])
def test_an_impossible_name_is_refused(name: str) -> None:
    with pytest.raises(IdentifierError):
        quote_identifier(name)


@pytest.mark.parametrize(
    ("table", "parts"),
    [
        ("t", ("t",)),
        ("public.t", ("public", "t")),
        ("数仓.业绩", ("数仓", "业绩")),
        ('"a.b"', ("a.b",)),
        ('dw."a.b"', ("dw", "a.b")),
        ('"a""b"."c d"', ('a"b', "c d")),
    ],
)
def test_a_table_is_split_at_the_dot_outside_quotes(table: str, parts: tuple[str, ...]) -> None:
    assert split_table(table) == parts


@pytest.mark.parametrize("table", ["", ".", "a.", ".a", "a.b.c", '"a', '"a"b', '"".b'])
def test_a_table_that_is_not_one_or_two_names_is_refused(table: str) -> None:
    with pytest.raises(IdentifierError):
        split_table(table)


def test_the_parts_of_a_table_are_quoted_one_by_one() -> None:
    assert quote_table("public.t") == '"public"."t"'


def test_columns_take_an_alias() -> None:
    assert column_list(["a", "b"], "t") == 't."a", t."b"'


@pytest.mark.parametrize(
    ("value", "sql"),
    [
        (None, "NULL"),
        (True, "true"),
        (7, "7"),
        (Decimal("1E+3"), "1000"),
        (date(2024, 1, 31), "DATE '2024-01-31'"),
        ("it's", "'it''s'"),
        ("a\\b", "E'a\\\\b'"),
        ("\\'", "E'\\\\'''"),
    ],
)
def test_a_value_becomes_a_literal(value: str | int | Decimal | date | None, sql: str) -> None:
    assert literal(value) == sql


def test_text_with_nul_is_refused() -> None:
    with pytest.raises(IdentifierError):
        literal("a\0b")


def test_an_empty_text_array_is_typed() -> None:
    assert text_array([]) == "ARRAY[]::text[]"


def test_a_dollar_quote_avoids_its_own_body() -> None:
    assert dollar_quoted("$wdh$ $wdh1$").startswith("$wdh2$\n")


def test_a_line_that_its_parts_leave_empty_is_dropped() -> None:
    assert compose("\n  SELECT {what}\n  {where}\n", what="1", where="") == "SELECT 1"


def test_a_part_is_not_read_as_a_template() -> None:
    assert compose("SELECT {what}", what='"{x}\n  y"') == 'SELECT "{x}\n  y"'
