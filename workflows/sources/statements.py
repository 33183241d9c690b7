"""What is stated of units around a table: above its header, below its rows, in comments and the sheet's name (pure)."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from workflows.errors import Words
from workflows.sources.cells import (
    Cell,
    Reach,
    SheetContent,
    SheetTable,
    TitleCell,
    UnitStatement,
    column_letter,
    is_blank,
    squeezed,
)
from workflows.sources.columns import grid_rows
from workflows.sources.header_rows import DASHES
from workflows.sources.units import mentions, plain, said_by_name, said_in, unit_of

# Notes below a table take a few rows; the last of them are looked at, up to the first that is a row of data.
_NOTE_ROWS = 30
# A provider who writes the unit into a remark does so from the first rows on.
_REMARK_ROWS = 50
_BEGINS_WITH_UNIT = re.compile(r"\(?(?:金额|货币|计量|计价|数据)?单位")


def units_around(content: SheetContent, table: SheetTable) -> tuple[UnitStatement, ...]:
    """Every statement of a unit around the table, besides those of its header row's texts."""
    names = {(header.row - 1, header.index) for header in table.headers if header.name}
    found = [*_of_comments(content, names), *_of_name(table.sheet), *_beside_names(table), *_beside_rows(table)]
    end = (table.units_row or table.first_row) - 1
    above = dict(grid_rows(content.rows)[:end].by_row())
    for index in sorted({*above, *(row for row, _column in content.comments if row < end)}):
        row = {column: cell for column, cell in above.get(index, {}).items() if (index, column) not in names}
        comments = {c: text for (r, c), text in content.comments.items() if r == index and (r, c) not in names}
        found += _above(content, index, row, comments, len(table.headers))
    if table.units_row:
        found += _below(content.rows[table.units_row - 1], table)
    for number, column, text in _notes(table):
        found += [
            UnitStatement(said.unit, _name(number, column), text, Reach.SHEET, None, said.about, said.named)
            for said in said_in(text)
            if not said.bare or "单位" in plain(text)
        ]
    return tuple(found)


def units_between(
    table: SheetTable, titles: Sequence[tuple[int, Sequence[Cell]]], units_row: Sequence[Cell]
) -> SheetTable:
    """A table below another one, with what its own titles (by Excel's number) and row of units state.

    What was stated for the whole sheet reaches it, too.
    """
    content = SheetContent(table.sheet, table.engine, table.reason, ())
    found = [each for each in table.units if each.reach is Reach.SHEET and each.columns is None]
    for number, row in titles:
        found += _above(content, number - 1, dict(enumerate(row)), {}, len(table.headers))
    if table.units_row:
        found += _below(units_row, table)
    texts = [
        TitleCell(number, column, str(cell))
        for number, row in titles
        for column, cell in enumerate(row)
        if not is_blank(cell)
    ]
    return replace(table, units=tuple(found), titles=tuple(texts))


def stated_in_rows(content: SheetContent, table: SheetTable, known: Collection[str]) -> Iterator[tuple[None, Words]]:
    """Doubts: units that nothing else says, stated where they may concern their row or the whole sheet.

    That is in the comment of a cell of data, or in a remark of one of the first rows.
    """
    said_elsewhere = {each.unit for each in table.units} | {header.unit for header in table.headers}
    end = table.first_row - 1
    texts = {(row, column): text for (row, column), text in content.comments.items() if row >= end}
    remarks = {header.index for header in table.headers if header.name and header.name not in known}
    for place, cells in grid_rows(table.rows)[:_REMARK_ROWS].by_row() if remarks else ():
        texts |= {(end + place, c): cell for c, cell in cells.items() if c in remarks and isinstance(cell, str)}
    for (row, column), text in sorted(texts.items()):
        said = said_in(text) if "单位" in plain(text) else []
        other = next((each.unit for each in said if each.unit not in said_elsewhere), None)
        if other is not None:
            where = f"{_name(row + 1, column)} {text.strip()[:60]!r}"
            yield (
                None,
                Words(
                    f"{where} 在数据行中写明 {other}, 无法确定其适用范围; 请将单位写入表头, 并删除该处",
                    f"{where} says {other} among the rows, and for which of them is in doubt; write the unit that is "
                    "meant into the header, and take it away there",
                ),
            )


def mentioned(table: SheetTable) -> list[str]:
    """What is to be said of texts around the table that name a unit of money without stating it."""
    above = [(title.row, title.column, title.text) for title in table.titles]
    return [
        str(
            Words(
                f"{_name(number, column)} 提到 {word}，但没有写明是单位（单位：{word}），未据此换算",
                f"{_name(number, column)} mentions {word} without stating it as a unit (单位：{word}):"
                " nothing is scaled by it",
            )
        )
        for number, column, text in [*above, *_notes(table)]
        if (word := mentions(text))
    ]


def _below(row: Sequence[Cell], table: SheetTable) -> Iterator[UnitStatement]:
    """What the row of units says of each column; a text that is neither a unit nor a name is taken as one."""
    names = {header.name for header in table.headers}
    for column, cell in enumerate(row):
        text = cell if isinstance(cell, str) else ""
        word = squeezed(text).lower()
        if is_blank(text) or word in DASHES or word in names:
            continue
        place, only = _name(table.units_row, column), range(column, column + 1)
        yield UnitStatement(unit_of(text) or word, place, text, Reach.COLUMN, only, is_exact=True)


def _of_comments(content: SheetContent, names: Collection[tuple[int, int]]) -> Iterator[UnitStatement]:
    for (row, column), text in content.comments.items():
        if (row, column) in names:
            place, only = f"the comment of {_name(row + 1, column)}", range(column, column + 1)
            for said in said_in(text):
                yield UnitStatement(said.unit, place, text, Reach.COLUMN, only, is_exact=True)


def _of_name(sheet: str) -> Iterator[UnitStatement]:
    for said in said_by_name(sheet):
        yield UnitStatement(said.unit, "the sheet's name", sheet, Reach.SHEET, None, said.about)


def _beside_names(table: SheetTable) -> Iterator[UnitStatement]:
    """A statement in the header's row that names no column: ``单位：万元`` at its right end."""
    rows = grid_rows(table.rows)
    for header in table.headers:
        if header.is_hidden or not (unit_of(header.text) or _BEGINS_WITH_UNIT.match(plain(header.text))):
            continue
        if "单位" in plain(header.text) or rows.first_filled(header.index) is None:
            yield from _of_sheet(header.text, header.place)


def _beside_rows(table: SheetTable) -> Iterator[UnitStatement]:
    """The same in columns that have no name; each text counts once, where it stands first."""
    rows = grid_rows(table.rows)
    named = {header.index for header in table.headers if header.name or header.is_hidden}
    for column in rows.columns:
        if column in named or column in table.hidden_columns:
            continue
        texts: dict[str, int] = {}
        for place, cell in rows.cells_in(column):
            if isinstance(cell, str):
                texts.setdefault(cell, place)
        for text, place in texts.items():
            if "单位" in plain(text) or unit_of(text):
                yield from _of_sheet(text, _name(table.first_row + place, column))


def _of_sheet(text: str, place: str) -> Iterator[UnitStatement]:
    for said in said_in(text):
        yield UnitStatement(said.unit, place, text.strip(), Reach.SHEET, None, said.about, said.named)


def _above(
    content: SheetContent, index: int, row: Mapping[int, Cell], comments: Mapping[int, str], width: int
) -> Iterator[UnitStatement]:
    """The statements of a row above names: a title speaks for the sheet, a heading for the columns below it."""
    filled = sorted(column for column, cell in row.items() if not is_blank(cell))
    texts = {column: cell for column in filled if isinstance(cell := row[column], str)}
    texts |= {column: f"{texts.get(column, '')} {text}" for column, text in comments.items()}
    units = [column for column, text in texts.items() if unit_of(text) and "单位" not in plain(text)]
    spans = {left: range(left, right + 1) for top, left, _bottom, right in content.merged if top == index}
    for column, text in texts.items():
        ends = column + 1 if spans or len(units) > 1 else _next(filled, column, width)
        for said in said_in(text):
            columns: range | None = spans.get(column, range(column, ends))
            is_title = (said.bare and len(units) < 2) or _BEGINS_WITH_UNIT.match(plain(text))
            begins = column == 0 and column not in spans
            if is_title or begins or (len(filled) == 1 and (column not in spans or _spans_all(spans[column], width))):
                columns = None
            reach = Reach.SHEET if columns is None else Reach.COLUMN if len(columns) == 1 else Reach.GROUP
            yield UnitStatement(
                said.unit, _name(index + 1, column), text.strip(), reach, columns, said.about, said.named
            )


def _next(filled: Sequence[int], column: int, width: int) -> int:
    """Before which column a heading ends that is not merged: the next one that is filled, or the table's end."""
    return min((other for other in filled if other > column), default=max(width, column + 1))


def _spans_all(columns: range, width: int) -> bool:
    return columns.start == 0 or len(columns) >= width


def _notes(table: SheetTable) -> Iterator[tuple[int, int, str]]:
    """The texts below the data as (Excel's row, column from 0, text), from the last row up to the first of data."""
    count = len(table.rows)
    most = max(sum(bool(header.name) for header in table.headers), 4) // 2
    for place in range(count - 1, max(count - 1 - _NOTE_ROWS, -1), -1):
        filled = [(column, cell) for column, cell in enumerate(table.rows[place]) if not is_blank(cell)]
        if len(filled) > most:
            return
        texts = [(column, cell) for column, cell in filled if isinstance(cell, str)]
        if len(texts) == len(filled):
            yield from ((table.first_row + place, column, text) for column, text in texts)


def _name(row: int, column: int) -> str:
    return f"{column_letter(column)}{row}"
