"""Totals rows compared with the sum of the rows they stand for (pure)."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from workflows.domains.field_columns import FieldColumn
from workflows.domains.kinds.codes import GRAND_TOTALS


class TotalsMismatch(NamedTuple):
    """A totals row (``row_index`` counts from 0 below the header) whose figure is not the sum of the rows."""

    row_index: int
    shown: Decimal
    summed: Decimal


def grand_totals(words: Mapping[int, str]) -> list[int]:
    """Which of the totals rows stand for the whole sheet; subtotals are only counted."""
    return [index for index, word in words.items() if word in GRAND_TOTALS]


def compare_totals(rows: Sequence[int], column: FieldColumn, left_out: Container[int]) -> list[TotalsMismatch]:
    """Check each totals row in ``rows`` against the exact sum of all readable cells in rows not ``left_out``.

    A figure may be off by half a unit of the last digit that it shows (in the column's unit), and of the last that
    the column keeps. A blank or unreadable figure is not compared.
    """
    if not rows:
        return []
    kind, cells = column.kind, column.cells
    units = column.unit.rows or [column.unit.unit] * len(cells)
    amounts = (kind.amount(cell, units[index]) for index, cell in enumerate(cells) if index not in left_out)
    summed = sum((amount for amount in amounts if amount is not None), Decimal())
    mismatches = []
    for index in rows:
        shown = kind.amount(cells[index], units[index])
        if shown is None:
            continue
        last_digit = max(int(shown.as_tuple().exponent), -kind.scale)
        if abs(shown - summed) > Decimal(5).scaleb(last_digit - 1):
            mismatches.append(TotalsMismatch(index, shown, summed))
    return mismatches
