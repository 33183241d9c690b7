"""Totals rows compared with the sum of the rows they stand for (pure)."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from workflows.domains.codes import GRAND_TOTALS
from workflows.domains.fields import NumberColumn
from workflows.domains.numbers import UNIT_POWERS, ParsedNumber, parse_number
from workflows.sources.cells import Cell


class TotalsMismatch(NamedTuple):
    """A totals row (``row_index`` counts from 0 below the header) whose figure is not the sum of the rows."""

    row_index: int
    shown: Decimal
    summed: Decimal


def grand_totals(words: Mapping[int, str]) -> list[int]:
    """Which of the totals rows stand for the whole sheet; subtotals are only counted."""
    return [index for index, word in words.items() if word in GRAND_TOTALS]


def compare_totals(
    rows: Sequence[int],
    column: NumberColumn,
    unit: str | None,
    cells: Sequence[Cell],
    left_out: Container[int],
) -> list[TotalsMismatch]:
    """Check each totals row in ``rows`` against the exact sum of all readable cells in rows not ``left_out``.

    What is summed is what the cells say, before it is rounded to the column's scale or refused by its bounds. A
    figure may be off by half a unit of the last digit that it shows (in the header's unit). A blank or unreadable
    figure is not compared.
    """
    if not rows:
        return []
    values = (_value(cell, column, unit) for index, cell in enumerate(cells) if index not in left_out)
    summed = sum((value for value in values if value is not None), Decimal())
    mismatches = []
    for index in rows:
        parsed = parse_number(cells[index], column, unit)
        if not isinstance(parsed, ParsedNumber):
            continue
        power = UNIT_POWERS[unit] if parsed.power is None else parsed.power
        shown = parsed.number.scaleb(power)
        exponent = parsed.number.as_tuple().exponent
        digits = -exponent - power if isinstance(exponent, int) else column.scale
        tolerance = Decimal(5).scaleb(-min(digits, column.scale) - 1)
        if abs(shown - summed) > tolerance:
            mismatches.append(TotalsMismatch(index, shown, summed))
    return mismatches


def _value(cell: Cell, column: NumberColumn, unit: str | None) -> Decimal | None:
    """What a cell is worth, exactly; None for a blank and for what is no number."""
    parsed = None if cell is None else parse_number(cell, column, unit)
    if not isinstance(parsed, ParsedNumber):
        return None
    return parsed.number.scaleb(UNIT_POWERS[unit] if parsed.power is None else parsed.power)
