"""Cells that are merged over rows of data count for every one of them (pure)."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from workflows.errors import Words
from workflows.sources.cells import Cell, FormattedNumber, Merged, MergedNumber, column_letter
from workflows.sources.columns import GridRows


class Filled(NamedTuple):
    """Rows with what is merged into them. ``doubts`` are (column, message) of ranges that do not say what they mean,
    which matter where the column is read.
    """

    rows: GridRows
    doubts: tuple[tuple[int, Words], ...]


def filled_from_merged(rows: GridRows, merged: Sequence[Merged], first_row: int) -> Filled:
    """``rows``, each with what is merged into it from above; ``first_row`` is Excel's number of their first.

    ``merged`` are ranges of the sheet, from 0. Rows that hold nothing besides stay blank. A number that several rows
    share is a ``MergedNumber`` in each of them.
    """
    below = [(top - first_row + 1, left, bottom - first_row + 1, right) for top, left, bottom, right in merged]
    below = [each for each in below if 0 <= each[0] < len(rows)]
    if not below:
        return Filled(rows, ())
    held = rows.filled([]).indexes
    columns = {left: _column(rows, left) for left in {left for _top, left, _bottom, _right in below}}
    instead: dict[int, dict[int, Cell]] = {}
    doubts: list[tuple[int, Words]] = []
    for top, left, bottom, right in below:
        cell, name = columns[left].get(top), _named(top + first_row, left, bottom + first_row, right)
        if left < right and isinstance(cell, (int, float)):
            text = Words(
                f"{name} 合并了多列, 只有一个数字; 请取消合并并填写每个单元格",
                f"{name} is merged over several columns and holds one number; unmerge it and write each cell's own",
            )
            doubts += [(column, text) for column in range(left + 1, right + 1)]
        covered = held[bisect_left(held, top) : bisect_right(held, bottom)]
        if len(covered) > 1 or (covered and covered[0] != top):
            doubts += _hidden_under(covered, columns[left], cell, left, first_row, name)
            shared = _shared(cell) if len(covered) > 1 else cell
            instead.setdefault(left, {}).update(dict.fromkeys(covered, shared))
    return Filled(rows.overlaid(instead) if instead else rows, tuple(doubts))


def _column(rows: GridRows, column: int) -> dict[int, Cell]:
    filled = rows.filled([column])
    return dict(zip(filled.indexes, filled.column(column), strict=True))


def _hidden_under(
    covered: Sequence[int], cells: Mapping[int, Cell], shown: Cell, column: int, first_row: int, name: str
) -> Iterator[tuple[int, Words]]:
    """A range whose covered cells hold something else than it shows, as some programs leave it."""
    for index in covered:
        own = cells.get(index)
        if own is not None and own != shown:
            place = f"{column_letter(column)}{first_row + index}"
            words = Words(
                f"{name} 已合并, 其下的 {place} 另有内容; 请取消合并",
                f"{name} is merged, and {place} below it holds something else; unmerge it",
            )
            yield column, words
            return


def _shared(cell: Cell) -> Cell:
    if not isinstance(cell, float):
        return cell
    return MergedNumber(cell, cell.number_format if isinstance(cell, FormattedNumber) else "General")


def _named(top: int, left: int, bottom: int, right: int) -> str:
    return f"{column_letter(left)}{top}:{column_letter(right)}{bottom}"
