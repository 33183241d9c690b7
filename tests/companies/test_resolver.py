"""Which company a row is of: who is asked first, and what happens when nobody knows."""

from __future__ import annotations

import re

import pytest

from workflows.companies.keys import compared_key, is_temporary
from workflows.companies.resolver import OVERRIDE_KINDS, WAYS, Answer, KnownCompanies, RowKeys
from workflows.companies.temporary import TemporaryIds

SALT, OTHER = b"a salt that only tests know", b"another salt of the tests"
ROW = RowKeys("P0001", "12345678901234567", "甲公司", "甲公司-已转出")
KEYS = {
    "plan_code": "P0001",
    "account_number": "12345678901234567",
    "customer_name": "甲公司",
    "account_name": "甲公司-已转出",
    "plan_customer": "P0001|甲公司",
}
ORDER = [*(("override", kind) for kind in OVERRIDE_KINDS), *(("index", kind) for kind in KEYS)]


def companies(*known: tuple[str, str]) -> KnownCompanies:
    """Each of these (source, kind) knows the row, by an id of its own."""
    sources: dict[str, dict[str, dict[str, str]]] = {"override": {}, "index": {}}
    for source, kind in known:
        sources[source][kind] = {KEYS[kind]: f"{source}-{kind}"}
    return KnownCompanies(sources["override"], sources["index"], TemporaryIds(SALT))


@pytest.mark.parametrize("first", range(len(ORDER)))
def test_the_first_in_the_pages_order_answers(first: int) -> None:
    source, kind = ORDER[first]
    assert companies(*ORDER[first:]).answer(ROW) == Answer(f"{source}-{kind}", f"{source}:{kind}")


def test_the_ways_are_listed_in_the_order_in_which_they_are_tried() -> None:
    assert (*(f"{source}:{kind}" for source, kind in ORDER), "temporary", "none") == WAYS


def test_a_name_that_nothing_knows_gets_a_temporary_id() -> None:
    answer = companies().answer(ROW)
    assert (answer.way, answer.is_known) == ("temporary", False)
    assert re.fullmatch("IN[A-Z2-7]{16}", answer.company_id or "")
    assert is_temporary(answer.company_id or "")


def test_a_temporary_id_is_the_same_wherever_the_name_stands_and_another_for_another_name_or_salt() -> None:
    elsewhere = companies().answer(RowKeys(customer_name="甲公司"))
    assert elsewhere == companies().answer(ROW)
    assert companies().answer(RowKeys(customer_name="乙公司")) != elsewhere
    assert KnownCompanies({}, {}, TemporaryIds(OTHER)).answer(ROW) != elsewhere


def test_a_temporary_id_is_what_any_implementation_of_hmac_makes() -> None:
    # printf '甲公司' | openssl dgst -sha256 -hmac 'a salt that only tests know' -binary | head -c 10 | base32
    assert TemporaryIds(SALT).id_of("甲公司") == "INKCH6G7IE4LZZIKPX"


def test_without_a_name_there_is_no_company() -> None:
    assert companies().answer(RowKeys(plan_code="P0001", account_name="甲公司")) == Answer(None, "none")


def test_a_fingerprint_tells_salts_apart_and_shows_none() -> None:
    assert TemporaryIds(SALT).fingerprint == TemporaryIds(SALT).fingerprint != TemporaryIds(OTHER).fingerprint
    assert SALT.decode() not in repr(TemporaryIds(SALT)) + repr(vars(TemporaryIds(SALT)))


@pytest.mark.parametrize(
    ("kind", "text", "key"),
    [
        ("plan_code", " ｐ0001 ", "P0001"),
        ("account_number", "C12345678901234567", "12345678901234567"),
        ("account_number", "12345678901234567", "12345678901234567"),
        ("account_number", "CX1", "CX1"),
        ("customer_name", "甲公司（已转出）", "甲公司"),
        ("account_name", "甲 公司（已转出）", "甲公司(已转出)"),
        ("account_name", "甲公司-A", "甲公司-A"),
        ("plan_customer", "p0001｜甲公司-已转出", "P0001|甲公司"),
        ("plan_customer", "P0001|", None),
        ("plan_customer", "甲公司", None),
        ("customer_name", "无", None),
        ("plan_code", "  ", None),
    ],
)
def test_keys_are_compared_as_records_have_them(kind: str, text: str, key: str | None) -> None:
    assert compared_key(kind, text) == key


@pytest.mark.parametrize("text", ["1.23457E+17", "1E17", "1.2e+16"])
def test_an_account_number_that_lost_its_digits_is_no_key(text: str) -> None:
    with pytest.raises(ValueError, match="lost its last digits"):
        compared_key("account_number", text)


def test_a_row_whose_account_number_lost_its_digits_is_looked_up_by_the_rest() -> None:
    row = ROW._replace(account_number="1.23457E+17")
    assert companies(("index", "customer_name")).answer(row).way == "index:customer_name"
