from __future__ import annotations

from datetime import datetime

import pytest

from workflows.domains.kinds.wholes import FlagColumn, IntegerColumn
from workflows.sources.cells import Cell, ErrorCell

WHOLE, FLAG = IntegerColumn(("个数",)), FlagColumn(("是否",))


@pytest.mark.parametrize(
    ("cell", "kept"),
    [(7.0, 7), (-7.0, -7), (0.0, 0), ("1,234", 1234), ("12.0", 12), ("－３", -3), (2.0**31 - 1, 2**31 - 1)],
)
def test_a_whole_number_is_kept(cell: Cell, kept: int) -> None:
    assert WHOLE.clean_cells([cell], None)[:2] == ([kept], [])


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        (1.5, "not_a_whole_number"),
        ("1.5", "not_a_whole_number"),
        ("一", "not_a_whole_number"),
        (True, "not_a_whole_number"),
        ("9" * 5000, "not_a_whole_number"),
        (2.0**31, "out_of_range"),
        (float("nan"), "not_a_whole_number"),
        (ErrorCell("#N/A"), "error_cell"),
    ],
)
def test_what_is_none_is_refused_and_never_rounded(cell: Cell, code: str) -> None:
    found = WHOLE.clean_cells([cell], None)
    assert (found.values, [problem.code for problem in found.problems]) == ([None], [code])


@pytest.mark.parametrize(
    ("cell", "kept"),
    [("是", True), ("否", False), ("ｙ", True), ("no", False), (1.0, True), (0.0, False), (True, True), ("√", True)],
)
def test_yes_and_no_in_every_way_that_people_write_them(cell: Cell, kept: bool) -> None:
    assert FLAG.clean_cells([cell], None)[:2] == ([kept], [])


@pytest.mark.parametrize("cell", ["也许", 2.0, 10.0, datetime(2024, 1, 1), "-"])
def test_a_word_that_is_neither_is_refused(cell: Cell) -> None:
    found = FLAG.clean_cells([cell], None)
    assert (found.values, [problem.code for problem in found.problems]) == ([None], ["not_a_flag"])


def test_blanks_are_neither_and_no_problem() -> None:
    assert (WHOLE.clean_cells([None, "-"], None).values, FLAG.clean_cells([None, " "], None).values) == (
        [None, None],
        [None, None],
    )


def test_they_say_their_types() -> None:
    assert (WHOLE.sql_type, FLAG.sql_type) == ("integer", "boolean")
