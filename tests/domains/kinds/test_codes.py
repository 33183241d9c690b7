from __future__ import annotations

from datetime import datetime
from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.domains.findings import Problem
from workflows.domains.kinds.codes import CodeColumn
from workflows.domains.row_words import totals_word
from workflows.domains.touches import CORRECTED, Touch
from workflows.sources.cells import Cell, ErrorCell, FormattedNumber


def cleaned(cell: Cell, max_length: int = 20) -> str | None:
    values, problems = CodeColumn(("code",), max_length).clean_cells([cell], None)[:2]
    return problems[0].code if problems else values[0]


@pytest.mark.parametrize(
    ("cell", "wanted"),
    [
        (" fp-0012 ", "FP-0012"),
        ("ＦＰ００１", "FP001"),
        ("\u3000P1\u00a0", "P1"),
        ("\u200bP1", "P1"),
        ("'0012", "0012"),
        ("NA", "NA"),
        ("None", "NONE"),
        ("—", None),
        ("N/A", None),
        ("计划/A_1", "计划/A_1"),
        (1001.0, "1001"),
        (FormattedNumber(12.0, "000000"), "000012"),
        (FormattedNumber(12.0, "0%"), "12"),
        (FormattedNumber(12.0, '"P"000'), "P012"),
        (FormattedNumber(1234.0, '"p"000-000'), "P001-234"),
        (FormattedNumber(123456.0, "00-00"), "1234-56"),
        (FormattedNumber(7.0, "\\F000_)"), "F007"),
        (FormattedNumber(1234.0, "000,000"), "1234"),
        (123456789012345.0, "123456789012345"),
    ],
)
def test_codes_keep_their_meaning(cell: Cell, wanted: str | None) -> None:
    assert cleaned(cell) == wanted


@pytest.mark.parametrize(
    ("cell", "wanted"),
    [
        (1234567890123456.0, "code_digits_lost"),
        (12.5, "not_a_code"),
        (-3.0, "not_a_code"),
        (float("inf"), "not_a_code"),
        (True, "not_a_code"),
        (datetime(2024, 1, 1), "not_a_code"),
        ("P1\nP2", "not_a_code"),
        ("合计", "totals_word"),
        ("TOTAL", "totals_word"),
        ("Total:", "totals_word"),
        ("TOTAL01", "totals_word"),
        ("全部", "totals_word"),
        ("x" * 21, "code_too_long"),
        (ErrorCell("#REF!"), "error_cell"),
    ],
)
def test_what_is_not_a_code_says_why(cell: Cell, wanted: str) -> None:
    assert cleaned(cell) == wanted


@pytest.mark.parametrize(
    ("cell", "wanted"),
    [
        ("合计", "合计"),
        (" 合 计 ", "合计"),
        ("Total", "TOTAL"),
        ("小计", "小计"),
        ("合计数", "合计数"),
        ("合计一号", "合计一号"),
        ("集合计划", None),
        ("Totals A", "TOTALSA"),
        (3.0, None),
    ],
)
def test_a_totals_word_begins_or_ends_the_cell_of_a_code(cell: Cell, wanted: str | None) -> None:
    assert totals_word(cell) == wanted


@pytest.mark.parametrize("cell", [None, "", "  ", "\u200b", "'"])
def test_a_blank_is_no_code_and_no_problem_of_its_own(cell: Cell) -> None:
    assert CodeColumn(("code",), 20).clean_cells([cell], None)[:2] == ([None], [])


def test_a_code_column_identifies_its_row_and_is_text_of_its_length() -> None:
    column = CodeColumn(("计划代码", "plan_code"), 50)
    assert (column.identifies, column.sql_type, column.additive) == (True, "varchar(50)", False)
    assert (list(column.roles()), column.known_as()) == (
        [("value", ("计划代码", "plan_code"))],
        "计划代码 or plan_code",
    )


class Corrections:
    file = "corrections.csv"
    spellings: ClassVar[dict[str, str]] = {"1P1": "P1"}


def test_a_code_that_is_known_to_be_wrong_is_corrected_and_says_what_stood_there() -> None:
    found = CodeColumn(("code",), 20, corrections=Corrections()).clean_cells([" 1p1", "P1", "1P2", None], None)
    assert found[:3] == (["P1", "P1", "1P2", None], [], [])
    assert found.touches == [Touch(0, CORRECTED, " 1p1")]


def test_a_prefix_is_taken_off_once() -> None:
    found = CodeColumn(("code",), 20, without="F").clean_cells(["f12", "FF1", "12", 12.0, "1F"], None)
    assert (found.values, [touch.row_index for touch in found.touches]) == (["12", "F1", "12", "12", "1F"], [0, 1])


def test_a_prefix_alone_is_no_code() -> None:
    found = CodeColumn(("code",), 20, without="F").clean_cells(["F"], None)
    assert (found.values, [problem.code for problem in found.problems]) == ([None], ["not_a_code"])


def test_a_code_whose_digits_no_number_can_hold_is_refused_in_any_number_cell() -> None:
    found = CodeColumn(("code",), 20, lost_digits=True).clean_cells([123.0, "123"], None)
    assert found[:2] == ([None, "123"], [Problem(0, "code_digits_lost")])


def test_an_unusual_code_is_kept_with_a_caution() -> None:
    found = CodeColumn(("code",), 20, usual="C[0-9]{2}").clean_cells(["C12", "C123", "D12"], None)
    assert found[:3] == (
        ["C12", "C123", "D12"],
        [],
        [Problem(1, "unusual_code", "C123"), Problem(2, "unusual_code", "D12")],
    )


@given(st.from_regex(r"(?:[-0-9A-Z_./()#:+]|TOTAL|SUB|ALL|SUM|AVG|N/A|E\+0){1,9}", fullmatch=True))
def test_a_pattern_tells_what_a_closer_look_says(text: str) -> None:
    """Codes that the pattern takes are those that are kept as they stand; a text with a space takes the closer look."""
    assert cleaned(text, 60) == cleaned(f" {text}", 60)
