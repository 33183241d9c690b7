"""Rates that are percents in some cells of a column and bare numbers in others, with no unit that decides (pure)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from workflows.domains.domain import Domain
from workflows.domains.row_words import named_total
from workflows.domains.units import AS_IT_STANDS, IN_WORDS, ReadUnit, UnitRefusal
from workflows.errors import Words
from workflows.sources.cells import Cell, FormattedNumber, Header, SheetTable
from workflows.sources.columns import grid_rows
from workflows.sources.headers import normalise
from workflows.sources.shown import shown_by
from workflows.sources.units import PERCENT


def refuse_mixed_rates(
    domain: Domain, table: SheetTable, columns: Mapping[str, Header], units: Mapping[str, ReadUnit], workbook: str
) -> None:
    """Raise UnitError for a rate that is a percent in some cells and a bare number in others, while no unit is stated.

    Under ``rate_unit: percent`` only percent formats stand against bare numbers: percent texts then say the same.
    """
    for field, header in columns.items():
        kind, unit = domain.kinds[field], units.get(field, AS_IT_STANDS)
        if not kind.hears(PERCENT) or (unit.unit and unit.place != IN_WORDS):
            continue
        filled = grid_rows(table.rows).filled([header.index])
        cells = filled.column(header.index)
        kinds = set(map(type, cells))
        if kinds <= {float, type(None)} or not kinds & {float, str}:
            continue  # Only bare numbers, or only formatted ones: most columns need no closer look.
        marked = _first(table, filled.indexes, cells, "format" if unit.unit else "percent")
        bare = _first(table, filled.indexes, cells, "bare")
        if marked and bare:
            first, second = (f"{header.letter}{table.first_row + place}" for place in (marked[0], bare[0]))
            raise UnitRefusal(workbook, table, field, header, kind).error(
                Words(
                    f"{first} 带百分号, 而 {second} 为不带百分号的数字, 且未写明其单位",
                    f"{first} shows a percent sign and {second} a number without one, and nothing says in which unit "
                    "such numbers are",
                ),
                Words(", 或统一该列的写法", ", or write all its cells alike"),
            )


def _first(table: SheetTable, places: Sequence[int], cells: Sequence[Cell], wanted: str) -> tuple[int, Cell] | None:
    """The first cell of a kind, by its place; totals rows are no evidence."""
    kinds = {"format": ("format",), "percent": ("format", "points"), "bare": ("bare",)}[wanted]
    for place, cell in zip(places, cells, strict=True):
        if cell is not None and _written(cell) in kinds and not any(map(named_total, table.rows[place])):
            return place, cell
    return None


def _written(cell: Cell) -> str:
    """How a rate is written: with a percent ``format``, as ``points`` with a sign, ``bare``, or neither."""
    if isinstance(cell, FormattedNumber):
        shown = shown_by(cell, cell.number_format)
        if shown.percent or shown.unit == PERCENT:
            return "format" if shown.percent else "points"
    if isinstance(cell, float):
        return "bare" if cell else ""
    if isinstance(cell, str) and cell.endswith("%") and len(cell) > 1:
        return "points"
    text = normalise(cell) if isinstance(cell, str) else ""
    if not any(map(str.isdigit, text)) or not text.strip("+-0.,%"):
        return ""
    return "points" if text.endswith("%") else "bare"
