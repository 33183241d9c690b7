"""Blanks that mean what stands above them, in columns of which the catalogue says so (pure)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from workflows.domains.domain import Domain
from workflows.domains.row_words import kind_of_text, named_total, totals_word
from workflows.domains.touches import Rule
from workflows.sources.cells import Cell, Header
from workflows.sources.columns import FilledRows

FILLED_DOWN = Rule("filled_down", "空白沿用上一行的值", "a blank takes the value above it")


@dataclass(frozen=True, slots=True)
class FilledDown:
    """``columns`` are those that were filled, by column, ``rows`` the places of what was filled in them."""

    columns: Mapping[int, list[Cell]]
    rows: Mapping[int, frozenset[int]]


def fill_down(rows: FilledRows, sources: Mapping[str, Mapping[str, Header]], fields: Sequence[str]) -> FilledDown:
    """The columns of ``fields`` with their blanks filled, in rows that hold a record.

    A value of an earlier column ends those of later ones (a new year those of the month); a row that holds nothing
    else ends all of them, as it begins another part. Totals, notes and bands are not filled.
    """
    order = [header.index for field in fields for header in sources.get(field, {}).values()]
    if not order:
        return FilledDown({}, {})
    fed = [header.index for roles in sources.values() for header in roles.values()]
    columns = {index: list(rows.column(index)) for index in order}
    blank = [place for place in range(len(rows)) if any(columns[index][place] is None for index in order)]
    if not blank:
        return FilledDown({}, {})
    kinds = dict(zip(blank, map(_kind_of, rows.rows_at(blank)), strict=True))
    others = [rows.column(index) for index in fed if index not in columns]
    filled: dict[int, set[int]] = {index: set() for index in order}
    above: dict[int, Cell] = dict.fromkeys(order)
    for place in range(len(rows)):
        kind = kinds.get(place, "")
        if kind == "band" or not any(cells[place] is not None for cells in others):
            above = dict.fromkeys(order)
            continue
        if kind:
            continue
        ended = False
        for index in order:
            own = columns[index][place]
            if own is not None:
                ended = ended or own != above[index]
                above[index] = own
            elif ended:
                above[index] = None
            elif above[index] is not None:
                columns[index][place] = above[index]
                filled[index].add(place)
    return FilledDown(columns, {index: frozenset(places) for index, places in filled.items()})


def _kind_of(cells: Mapping[int, Cell]) -> str:
    """What a row is that is no record: ``totals``, ``note``, ``signature``, ``band``; empty for any other."""
    if any(totals_word(cell) or named_total(cell) for cell in cells.values()):
        return "totals"
    first = cells[min(cells)] if cells else None
    return kind_of_text(first) if isinstance(first, str) else ""


def fill_down_problems(domain: Domain, fields: Sequence[str]) -> Iterator[tuple[str, str]]:
    """What is wrong with such fields, each as (path in the entry, message)."""
    for field in fields:
        kind = domain.kinds.get(field)
        if kind is None:
            yield "fill_down", f"{field!r}: no field that headers name; {domain.name} has {', '.join(domain.kinds)}"
        elif len(kind.units) > 1:
            yield "fill_down", f"{field}: numbers are not filled, as a blank one is none"
