"""Whole numbers, and flags of yes and no (pure)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from workflows.domains.kinds.kind import BLANK, EachCell, Reading
from workflows.domains.kinds.numbers import BLANKS
from workflows.sources.cells import Cell, ErrorCell, is_blank, squeezed

_WHOLE = re.compile(r"[+-]?(?:\d{1,3}(?:,\d{3}){1,6}|\d{1,20})(?:\.0*)?")
# What PostgreSQL's integer holds.
_SMALLEST, _LARGEST = -(2**31), 2**31 - 1
_FLAGS = dict.fromkeys(("是", "Y", "YES", "TRUE", "真", "√", "✓", "1"), True) | dict.fromkeys(
    ("否", "N", "NO", "FALSE", "假", "×", "✗", "0"), False
)


@dataclass(frozen=True, slots=True)
class IntegerColumn(EachCell):
    """A whole number, of either sign."""

    headers: tuple[str, ...]

    sql_type = "integer"

    def read(self, cell: Cell) -> Reading:
        """The number; a fraction is refused, and not rounded."""
        if isinstance(cell, ErrorCell):
            return Reading(code="error_cell")
        if is_blank(cell):
            return BLANK
        if isinstance(cell, float) and not isinstance(cell, bool) and cell.is_integer():
            number = int(cell)
        else:
            text = squeezed(cell).lstrip("'").replace("−", "-") if isinstance(cell, str) else "?"
            if text.upper() in BLANKS:
                return BLANK
            if not _WHOLE.fullmatch(text):
                return Reading(code="not_a_whole_number")
            number = int(text.partition(".")[0].replace(",", ""))
        if not _SMALLEST <= number <= _LARGEST:
            return Reading(code="out_of_range", detail=str(number)[:40])
        return Reading(number)


@dataclass(frozen=True, slots=True)
class FlagColumn(EachCell):
    """Yes or no: 是 or 否, Y or N, TRUE or FALSE, √ or ×, 1 or 0."""

    headers: tuple[str, ...]

    sql_type = "boolean"

    def read(self, cell: Cell) -> Reading:
        """True or False; a word that is neither is refused."""
        if isinstance(cell, ErrorCell):
            return Reading(code="error_cell")
        if is_blank(cell):
            return BLANK
        if isinstance(cell, bool):
            return Reading(cell)
        word = format(cell, "g") if isinstance(cell, float) else squeezed(cell).upper() if isinstance(cell, str) else ""
        value = _FLAGS.get(word)
        return Reading(code="not_a_flag") if value is None else Reading(value)
