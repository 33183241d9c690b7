"""Totals rows compared with the sum of the rows they stand for (pure)."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from decimal import Decimal
from itertools import pairwise
from typing import NamedTuple

from workflows.domains.field_columns import FieldColumn
from workflows.domains.row_words import GRAND_TOTALS, OF_ITS_GROUP


class TotalsMismatch(NamedTuple):
    """A totals row (``row_index`` counts from 0 below the header) whose figure is not the sum of the rows."""

    row_index: int
    shown: Decimal
    summed: Decimal


def compare_totals(words: Mapping[int, str], column: FieldColumn, left_out: Container[int]) -> list[TotalsMismatch]:
    """Check each totals row of ``words`` against the exact sum of all readable cells in rows not ``left_out``.

    Subtotals are only counted. A 合计 may be that of the rows below the one before it. A figure may be off by half a
    unit of the last digit that it shows (in the column's unit), and of the last that the column keeps. A blank or
    unreadable figure is not compared.
    """
    rows = [index for index, word in sorted(words.items()) if word in GRAND_TOTALS]
    if not rows:
        return []
    kind, cells = column.kind, column.cells
    units = column.unit.rows or [column.unit.unit] * len(cells)
    amounts = [None if index in left_out else kind.amount(cell, units[index]) for index, cell in enumerate(cells)]
    whole, mismatches = _sum(amounts), []
    for above, index in pairwise((-1, *rows)):
        shown = kind.amount(cells[index], units[index])
        if shown is None:
            continue
        sums = [whole] + ([_sum(amounts[above + 1 : index])] if words[index] == OF_ITS_GROUP else [])
        last_digit = max(int(shown.as_tuple().exponent), -kind.scale)
        if all(abs(shown - summed) > Decimal(5).scaleb(last_digit - 1) for summed in sums):
            mismatches.append(TotalsMismatch(index, shown, sums[0]))
    return mismatches


def _sum(amounts: Iterable[Decimal | None]) -> Decimal:
    return sum((amount for amount in amounts if amount is not None), Decimal())
