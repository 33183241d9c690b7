"""Rows that somebody struck through: they no longer hold, or should not stand there any more (pure)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from workflows.domains.field_columns import FieldColumn
from workflows.domains.findings import Finding
from workflows.domains.places import Places
from workflows.sources.cells import Header
from workflows.sources.columns import FilledRows


class Struck(NamedTuple):
    """``cells`` are the fields and columns of each row's struck cells that are read, codes first; ``whole`` the rows
    all of whose codes are struck."""

    cells: Mapping[int, Sequence[tuple[str, Header]]]
    whole: set[int]


def struck_rows(rows: FilledRows, fields: Mapping[str, FieldColumn]) -> Struck:
    """The rows in which a cell that feeds a field is struck through."""
    cells: dict[int, list[tuple[str, Header]]] = {}
    codes_first = sorted(fields.items(), key=lambda field: not field[1].kind.identifies)
    for name, found in codes_first:
        for header, _cells in found.by_role.values():
            for index in rows.struck(header.index):
                cells.setdefault(index, []).append((name, header))
    codes = [each for found in fields.values() if found.kind.identifies for each in found.by_role.values()]
    whole = set()
    for index, struck in cells.items():
        given = {header.index for header, each in codes if each[index] is not None}
        if given and given <= {header.index for _name, header in struck}:
            whole.add(index)
    return Struck(cells, whole)


def struck_cautions(struck: Struck, rows: FilledRows, kept: Sequence[int], places: Places) -> list[Finding]:
    """A caution for each row of a record (``kept`` are their indexes) in which something is struck through."""
    if not struck.cells:
        return []
    among = [index for index in kept if index in struck.cells]
    cautions = []
    for index, row in zip(among, rows.rows_at(among), strict=True):
        name, header = struck.cells[index][0]
        struck_cells = ", ".join(f"{each.letter}{places.row_numbers[index]}" for _name, each in struck.cells[index])
        cell = row.get(header.index)
        cautions.append(
            places.finding("caution", index, "struck_through", struck_cells, field=name, header=header, cell=cell)
        )
    return cautions
