"""Find the header row of a sheet, normalise its names and read their units (pure).

Title rows may stand above the header; what cannot be told for certain (two columns of one name, a nameless column
that holds data, a header of two rows) is an error, never a guess.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from workflows.errors import HeaderError
from workflows.sources.cells import Cell, Header, SheetContent, SheetTable, TitleCell, column_letter, is_blank, squeezed
from workflows.sources.columns import GridRows, grid_rows
from workflows.sources.statements import is_units_row, mentioned, units_around
from workflows.sources.units import BRACKETS, split_unit

# Title rows, notes and logos above a header take a handful of rows; beyond this there is no table.
SEARCHED_ROWS = 50
_SHOWN_ROWS = 5
_SHOWN_CELLS = 8


def normalise(text: str) -> str:
    """A header as it is compared: NFKC, lower case, round brackets, without any space, line break or invisible."""
    return squeezed(text).translate(BRACKETS).lower()


def find_table(content: SheetContent, known: Collection[str], workbook: str) -> SheetTable:
    """The table below the header row, which is the row with the most of the ``known`` normalised names.

    Looked for in the first 50 rows; the first such row wins, and it needs two known names (one, when only one is
    known). A row of units below it belongs to it. Raises HeaderError when there is none, when a column without a name
    holds data, and when the header's names span two rows.
    """
    found = [_known_columns(row, known) for row in content.rows[:SEARCHED_ROWS]]
    best = max(range(len(found)), key=lambda index: (len(found[index]), -index), default=0)
    if not found or len(found[best]) < max(1, min(2, len(known))):
        raise HeaderError(workbook, _nothing_found(content, known))
    _refuse_two_rows(content, found, best, workbook)
    headers = headers_of(content.rows[best], known)
    below = content.rows[best + 1] if best + 1 < len(content.rows) else ()
    height = 2 if is_units_row(below, [header.name for header in headers], known) else 1
    table = _table(content, best, headers, workbook, height)
    return replace(table, units=units_around(content, table), notes=(*table.notes, *mentioned(table)))


def find_any_table(content: SheetContent, workbook: str) -> SheetTable:
    """The table below the first row that reads like a header: texts only, half as wide as any row at least.

    Raises HeaderError when there is none, when two columns have the same text, and when a column without a text
    holds data.
    """
    rows = content.rows[:SEARCHED_ROWS]
    widest = max((_filled(row) for row in rows), default=0)
    for index, row in enumerate(rows):
        texts_only = all(isinstance(cell, str) for cell in row if not is_blank(cell))
        if texts_only and _filled(row) >= max(1, (widest + 1) // 2):
            headers = headers_of(row)
            _refuse_repeated(content, index, headers, workbook)
            return _table(content, index, headers, workbook)
    raise HeaderError(workbook, _nothing_found(content, ()))


def _table(
    content: SheetContent, index: int, headers: tuple[Header, ...], workbook: str, height: int = 1
) -> SheetTable:
    below = grid_rows(content.rows)[index + 1 :]
    rows = below[height - 1 :].up_to_the_last()
    _refuse_nameless(content, index, headers, below[: len(rows) + height - 1], workbook)
    above = [
        TitleCell(number, column, _text(cell))
        for number, row in enumerate(content.rows[:index], 1)
        for column, cell in enumerate(row)
        if not is_blank(cell)
    ]
    return SheetTable(
        sheet=content.sheet,
        engine=content.engine,
        reason=content.reason,
        header_row=index + 1,
        headers=headers,
        rows=rows,
        titles=tuple(above),
        notes=content.notes,
        hidden_rows=content.hidden_rows,
        totals_rows=content.totals_rows,
        header_height=height,
    )


def headers_of(row: Sequence[Cell], known: Collection[str] = ()) -> tuple[Header, ...]:
    """The row's columns up to its last text; a nameless one in between has empty texts.

    A unit without brackets is split only from one of the ``known`` names.
    """
    headers = []
    width = next((i for i in range(len(row), 0, -1) if not is_blank(row[i - 1])), 0)
    for index, cell in enumerate(row[:width]):
        text = _text(cell)
        name, unit = split_unit(normalise(text), known)
        headers.append(Header(index, column_letter(index), text, name, unit))
    return tuple(headers)


def _known_columns(row: Sequence[Cell], known: Collection[str]) -> dict[int, str]:
    """The columns that hold a known name; a name that stands twice counts once, at its first column."""
    names: dict[str, int] = {}
    for index, cell in enumerate(row):
        if isinstance(cell, str):
            name, _unit = split_unit(normalise(cell), known)
            if name in known:
                names.setdefault(name, index)
    return {index: name for name, index in names.items()}


def _refuse_two_rows(content: SheetContent, found: Sequence[dict[int, str]], best: int, workbook: str) -> None:
    """Two rows make a header when the row beside the best one names what that one leaves empty."""
    row = content.rows[best]
    for other in (best - 1, best + 1):
        if not 0 <= other < len(found):
            continue
        beside = content.rows[other]
        below = content.rows[max(best, other) + 1 :][:SEARCHED_ROWS]
        completing = [
            index
            for index in found[other]
            if is_blank(_at(row, index)) and any(not is_blank(_at(data, index)) for data in below)
        ]
        if completing:
            index = completing[0]
            first, second = sorted((best + 1, other + 1))
            raise HeaderError(
                workbook,
                f"sheet {content.sheet!r}: the header spans rows {first} and {second} "
                f"({column_letter(index)}{other + 1} is {_text(beside[index])!r}); put all names, "
                "each with its unit, into one row",
            )


def _refuse_repeated(content: SheetContent, index: int, headers: Sequence[Header], workbook: str) -> None:
    seen: dict[str, Header] = {}
    for header in headers:
        first = seen.setdefault(header.text, header)
        if header.text and first is not header:
            raise HeaderError(
                workbook,
                f"sheet {content.sheet!r}: columns {first.letter} {first.text!r} and {header.letter} {header.text!r} "
                f"of header row {index + 1} are the same name; keep one",
            )


def _refuse_nameless(
    content: SheetContent, index: int, headers: Sequence[Header], rows: GridRows, workbook: str
) -> None:
    named = {header.index for header in headers if header.name}
    unnamed = ((rows.first_filled(column), column) for column in rows.columns if column not in named)
    first = min(((place, column) for place, column in unnamed if place is not None), default=None)
    if first is None:
        return
    place, column = first
    letter = column_letter(column)
    beside = next((header for header in reversed(headers) if header.index < column and header.name), None)
    after = f" beside column {beside.letter} {beside.text!r}" if beside else ""
    raise HeaderError(
        workbook,
        f"sheet {content.sheet!r}: {letter}{index + 1} in the header row is blank, but column {letter}"
        f"{after} holds data in {letter}{index + 2 + place}; name the column or empty it",
    )


def _nothing_found(content: SheetContent, known: Collection[str]) -> str:
    wanted = f"; looked for {', '.join(sorted(known))}" if known else ""
    shown = [(i, row) for i, row in enumerate(content.rows[:SEARCHED_ROWS], 1) if not _is_blank_row(row)][:_SHOWN_ROWS]
    if not shown:
        return f"sheet {content.sheet!r}: no header row: the first {SEARCHED_ROWS} rows are blank{wanted}"
    found = "; ".join(f"row {i}: {', '.join(_shown(row))}" for i, row in shown)
    return f"sheet {content.sheet!r}: no header row in the first {SEARCHED_ROWS} rows{wanted}; found {found}"


def _shown(row: Sequence[Cell]) -> list[str]:
    """Texts only, and few of them: numbers in a row are data, which does not belong into messages."""
    texts = [cell for cell in row if isinstance(cell, str) and not is_blank(cell)]
    return [repr(text[:30]) for text in texts[:_SHOWN_CELLS]] or ["no text"]


def _text(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, float):
        return format(cell, ".15g")
    return str(cell)


def _at(row: Sequence[Cell], index: int) -> Cell:
    return row[index] if index < len(row) else None


def _is_blank_row(row: Sequence[Cell]) -> bool:
    return all(cell is None for cell in row) or all(is_blank(cell) for cell in row)


def _filled(row: Sequence[Cell]) -> int:
    return sum(not is_blank(cell) for cell in row)
