"""Codes that are shown otherwise than they are stored, and numbers beside texts that spell the same number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from tests.fixtures.reading import chosen, rules
from tests.fixtures.runs import Office
from tests.workbooks import HEADERS, Value, xls, xlsx
from workflows.domains.trustee_performance import DOMAIN
from workflows.records.validation import Validated, validate_workbook

ENGINES = [("xlsx", "direct"), ("xlsx", "openpyxl"), ("xls", None)]


def row(plan: Value, company: Value = "C1") -> list[Value]:
    return [2024, 11, plan, company, 0.05, 1.25, 100.0]


def read(
    *rows: Sequence[Value], kind: str = "xlsx", engine: str | None = None, formats: Mapping[str, str] | None = None
) -> Validated:
    content = (xlsx if kind == "xlsx" else xls)([HEADERS, *rows], formats=formats)
    return validate_workbook(content, chosen(f"a.{kind}"), DOMAIN, rules(engine=engine))


def plans(found: Validated) -> list[str]:
    return list(found.evaluated.columns["plan_code"])


def cautions(found: Validated) -> list[tuple[str, str, str]]:
    return [(each.place, each.code, each.detail) for each in found.evaluated.cautions]


@pytest.mark.parametrize(("kind", "engine"), ENGINES)
@pytest.mark.parametrize(("code", "shown"), [("0E+00", "1E+05"), ("0.00E+00", "1.00E+05"), ("##0.0E+0", "1.0E+05")])
def test_a_number_with_an_exponent_names_what_is_shown_and_what_is_stored(
    code: str, shown: str, kind: str, engine: str | None
) -> None:
    found = read(row(100000), row("P1"), kind=kind, engine=engine, formats={"C2": code})
    assert (plans(found), cautions(found)) == (
        ["100000", "P1"],
        [("C2", "code_shown_otherwise", f"{shown} / 100000")],
    )


def test_an_amount_with_an_exponent_is_the_amount() -> None:
    found = read(row("P1"), formats={"G2": "0.00E+00", "E2": "0.0E+0"})
    assert (found.evaluated.columns["fund_scale"], found.evaluated.columns["return_rate"]) == (["100.00"], ["0.050000"])


def test_a_text_that_looks_shortened_is_a_caution() -> None:
    assert cautions(read(row("1.23E+05"))) == [("C2", "code_shown_otherwise", "1.23E+05 / 123000")]


@pytest.mark.parametrize(("kind", "engine"), ENGINES)
def test_a_number_beside_codes_with_zeros_is_a_caution_that_names_both(kind: str, engine: str | None) -> None:
    found = read(row("000123"), row(789), row("P1"), kind=kind, engine=engine)
    assert (plans(found), cautions(found)) == (
        ["000123", "789", "P1"],
        [("C3", "code_zeros_lost", "789 / 000123 C2")],
    )


@pytest.mark.parametrize(("kind", "engine"), ENGINES)
def test_text_and_number_that_spell_the_same_number_name_each_other(kind: str, engine: str | None) -> None:
    found = read(row("0123"), row("P1"), row(123), kind=kind, engine=engine)
    assert cautions(found) == [
        ("C2", "code_spelled_twice", "0123 / 123 C4"),
        ("C4", "code_spelled_twice", "123 / 0123 C2"),
    ]


@pytest.mark.parametrize(
    "rows",
    [
        [row("0123"), row("123")],
        [row(123), row(4567)],
        [row("123"), row(123, "C2")],
        [row("0123"), row("P2"), row(45678)],
        [row("P0123"), row(123)],
    ],
    ids=["texts", "numbers", "the same code", "a longer number", "letters"],
)
def test_codes_that_say_what_they_are_raise_no_doubt(rows: list[list[Value]]) -> None:
    assert cautions(read(*rows)) == []


def test_a_number_whose_format_shows_the_zeros_is_the_text() -> None:
    found = read(row("0123"), row(123, "C2"), formats={"C3": "0000"})
    assert (plans(found), cautions(found)) == (["0123", "0123"], [])


def test_the_doubt_blocks_a_plan_until_exactly_these_cells_are_accepted(office: Office) -> None:
    office.workbook("2024年11月受托业绩报告.xlsx", 11, [row("0123"), row(123)])
    assert office.call().outcome == "blocked"
    (block,) = office.plan().blocked_by
    assert (block.gate, block.found) == ("codes_spelled_twice", "2")
    assert "2024年11月受托业绩报告.xlsx!" in block.message
    assert "C2: 0123 / 123 C3" in block.message
    assert office.call("--accept", "codes=2").outcome == "planned"


def test_lost_zeros_alone_block_nothing(office: Office) -> None:
    office.workbook("2024年11月受托业绩报告.xlsx", 11, [row("000123"), row(789)])
    assert office.call().outcome == "planned"
