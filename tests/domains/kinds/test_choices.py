from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from workflows.domains.findings import Problem
from workflows.domains.kinds.choices import ChoiceColumn
from workflows.domains.touches import ALIAS, Touch


@dataclass
class Known:
    file: str = "types.csv"
    spellings: dict[str, str] = field(default_factory=lambda: {"甲(A)": "甲(A)", "乙": "乙"})


COLUMN = ChoiceColumn(("类型",), Known(), 5, aliases=Known("aliases.csv", {"乙类": "乙"}))
TOLERANT = ChoiceColumn(("类型",), Known(), 5, unknown="caution")


@pytest.mark.parametrize("cell", ["甲(A)", "甲（Ａ）", " 甲 (A)\u200b"])
def test_a_value_is_known_whatever_its_blanks_and_width_and_that_is_no_other_value(cell: str) -> None:
    assert COLUMN.clean_cells([cell], None) == (["甲(A)"], [], [], [])


def test_another_spelling_becomes_the_value_and_says_what_stood_there() -> None:
    assert COLUMN.clean_cells(["乙", "乙 类"], None) == (["乙", "乙"], [], [], [Touch(1, ALIAS, "乙 类")])


def test_an_unknown_value_is_a_reject_that_names_it_and_the_list() -> None:
    assert COLUMN.clean_cells(["乙", "丙"], None)[:3] == (
        ["乙", None],
        [Problem(1, "not_in_list", "丙 (types.csv)")],
        [],
    )


def test_an_unknown_value_is_kept_with_a_caution_where_the_column_says_so() -> None:
    assert TOLERANT.clean_cells(["丙"], None)[:3] == (["丙"], [], [Problem(0, "not_in_list", "丙 (types.csv)")])


def test_a_value_that_does_not_fit_the_column_is_a_reject_all_the_same() -> None:
    assert [problem.code for problem in TOLERANT.clean_cells(["丙丁戊己庚辛"], None).problems] == ["text_too_long"]


def test_a_blank_or_what_stands_for_one_is_no_value() -> None:
    assert COLUMN.clean_cells([None, " ", "-", "无", "／"], None) == ([None] * 5, [], [], [])
