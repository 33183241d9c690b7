"""Find the header of a sheet, normalise its names and read their units (pure).

Title rows may stand above the header; what cannot be told for certain (two columns of one name, a nameless column
that holds numbers, a row that is neither header nor data) is an error, never a guess.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from workflows.errors import HeaderError, HeaderNotFoundError, Words
from workflows.sources.cells import Cell, Header, SheetContent, SheetTable, TitleCell, column_letter, is_blank, squeezed
from workflows.sources.columns import GridRows, grid_rows
from workflows.sources.header_rows import (
    FIRST_ROWS,
    HeaderRows,
    NameCell,
    Sheet,
    groups_above,
    header_rows,
    is_figure,
    normalise,
)
from workflows.sources.merged import filled_from_merged
from workflows.sources.statements import mentioned, units_around
from workflows.sources.units import split_unit

__all__ = ["find_any_table", "find_table", "headers_of", "nameless", "normalise"]

# Amounts as people type them: ¥1,200.50, (300), 1.2亿.
_AMOUNT = re.compile(r"[(¥￥$]*[+-]?[\d,]*\.?\d+[%)]?[十百千万亿]*元?")
_SHOWN_ROWS = 5
_SHOWN_CELLS = 8


def find_table(content: SheetContent, known: Collection[str], workbook: str) -> SheetTable:
    """The table below the header, found by the row with the most of the ``known`` normalised names.

    The first such row wins, and it needs two known names (one, when only one is known). Rows around it that complete
    it, and a row of units below it, belong to it. Raises HeaderNotFoundError when there is none. What is in doubt is in
    the table's ``doubts``; columns without a name are for ``nameless``.
    """
    sheet = Sheet(content, known)
    best = sheet.best_row()
    if best is None:
        raise HeaderNotFoundError(workbook, _nothing_found(content, known))
    rows = header_rows(sheet, best)
    table = _table(content, rows, tuple(_headers(sheet, rows)))
    doubts = (*_in_doubt(sheet, rows, content), *table.doubts)
    return replace(table, units=units_around(content, table), notes=(*table.notes, *mentioned(table)), doubts=doubts)


def find_any_table(content: SheetContent, workbook: str) -> SheetTable:
    """The table below the first row that reads like a header: texts only, half as wide as any row at least.

    Raises HeaderError when there is none, when two columns have the same text, and when a column without a text
    holds data.
    """
    rows = content.rows[:FIRST_ROWS]
    widest = max((_filled(row) for row in rows), default=0)
    for index, row in enumerate(rows):
        texts_only = all(isinstance(cell, str) for cell in row if not is_blank(cell))
        if texts_only and _filled(row) >= max(1, (widest + 1) // 2):
            headers = headers_of(row)
            _refuse_repeated(content, index, headers, workbook)
            table = _table(content, HeaderRows(index, index, {}), headers)
            for _column, doubt in table.doubts:
                raise HeaderError(workbook, doubt.of_sheet(table.sheet))
            return table
    raise HeaderNotFoundError(workbook, _nothing_found(content, ()))


def _table(content: SheetContent, rows: HeaderRows, headers: tuple[Header, ...]) -> SheetTable:
    above = [
        TitleCell(index + 1, column, _text(cell))
        for index, cells in grid_rows(content.rows)[: rows.top].by_row()
        for column, cell in sorted(cells.items())
    ]
    data = grid_rows(content.rows)[rows.below :].up_to_the_last()
    filled = filled_from_merged(data, content.merged, rows.below + 1)
    return SheetTable(
        sheet=content.sheet,
        engine=content.engine,
        reason=content.reason,
        header_row=rows.top + 1,
        headers=headers,
        rows=filled.rows,
        titles=tuple(above),
        notes=content.notes,
        hidden_rows=content.hidden_rows,
        totals_rows=content.totals_rows,
        header_height=rows.below - rows.top,
        units_row=rows.units + 1,
        hidden_columns=content.hidden_columns,
        doubts=filled.doubts,
    )


def _headers(sheet: Sheet, rows: HeaderRows) -> Iterator[Header]:
    """The columns up to the last name; a nameless one in between has empty texts, at the header's last row."""
    hidden = sheet.hidden_names(range(rows.top, rows.bottom + 1))
    for index in range(max([*rows.names, *hidden], default=-1) + 1):
        cell = rows.names.get(index) or hidden.get(index) or NameCell(rows.bottom, "")
        name, unit = split_unit(normalise(cell.text), sheet.known)
        groups = tuple(groups_above(sheet, rows, index)) if index in rows.names else ()
        letter, is_hidden = column_letter(index), index in sheet.hidden
        yield Header(index, letter, cell.text, name, unit, cell.row + 1, groups, is_hidden)


def _in_doubt(sheet: Sheet, rows: HeaderRows, content: SheetContent) -> Iterator[tuple[int | None, Words]]:
    """What does not say whether it is header or data, or which column it names."""
    if rows.in_doubt is not None:
        row, column = rows.in_doubt
        yield (
            None,
            Words(
                f"表头占第 {rows.top + 1} 至 {rows.bottom + 1} 行, 而 {column_letter(column)}{row + 1} 既不是列名"
                "也不是单位; 请将列名及单位写在同一行, 或清除该单元格",
                f"the header spans rows {rows.top + 1} and {rows.bottom + 1}, and {column_letter(column)}{row + 1} is "
                "neither a name nor a unit; put all names, each with its unit, into one row, or take that cell away",
            ),
        )
    for top, left, bottom, right in content.merged:
        if not rows.top <= top < rows.below:
            continue
        place = f"{column_letter(left)}{top + 1}:{column_letter(right)}{bottom + 1}"
        if bottom >= rows.below:
            yield (
                None,
                Words(
                    f"{place} 从表头合并到了数据行; 请取消合并",
                    f"{place} is merged from the header into the data below it; unmerge it",
                ),
            )
        elif left in rows.names and rows.names[left].row == top:
            data = grid_rows(content.rows)[rows.below :]
            odd = [column for column in range(left + 1, right + 1) if data.first_filled(column) is not None]
            if odd:
                count = len(odd) + 1
                yield (
                    left,
                    Words(
                        f"{place} 一个列名下有 {count} 列数据; 请取消合并并分别命名",
                        f"{place} names {count} columns, all of which hold data; unmerge it and name each",
                    ),
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


def _refuse_repeated(content: SheetContent, index: int, headers: Sequence[Header], workbook: str) -> None:
    seen: dict[str, Header] = {}
    for header in headers:
        first = seen.setdefault(header.text, header)
        if header.text and first is not header:
            raise HeaderError(
                workbook,
                Words(
                    f"表头第 {index + 1} 行的 {first.letter} 列 {first.text!r} 与 {header.letter} 列 "
                    f"{header.text!r} 同名; 请保留一列",
                    f"columns {first.letter} {first.text!r} and {header.letter} {header.text!r} "
                    f"of header row {index + 1} are the same name; keep one",
                ).of_sheet(content.sheet),
            )


def nameless(table: SheetTable, workbook: str) -> tuple[str, ...]:
    """The letters of columns without a name that hold texts only: remarks, which nobody reads.

    Raises HeaderError for one that holds anything else, or that stands below a name merged over it and others.
    """
    rows = grid_rows(table.rows)
    named = {header.index for header in table.headers if header.name or header.is_hidden}
    unnamed = [column for column in rows.columns if column not in named and column not in table.hidden_columns]
    remarks = [column for column in unnamed if rows.first_filled(column) is not None]
    for column in remarks:
        odd = _first_odd(rows, column)
        if odd is not None:
            raise HeaderError(workbook, _nameless(table, column, odd))
    return tuple(map(column_letter, remarks))


def _first_odd(rows: GridRows, column: int) -> int | None:
    """The first row whose cell in the column is no remark."""
    filled = rows.filled([column])
    cells = zip(filled.indexes, filled.column(column), strict=True)
    return next((i for i, cell in cells if cell is not None and (type(cell) is not str or _says_an_amount(cell))), None)


def _says_an_amount(text: str) -> bool:
    return is_figure(text) or _AMOUNT.fullmatch(squeezed(text)) is not None


def _nameless(table: SheetTable, column: int, place: int) -> Words:
    letter, header = column_letter(column), table.first_row - 1
    beside = next((header for header in reversed(table.headers) if header.index < column and header.name), None)
    before = f" ({beside.letter} 列 {beside.text!r} 之后)" if beside else ""
    after = f" beside column {beside.letter} {beside.text!r}" if beside else ""
    return Words(
        f"表头行的 {letter}{header} 为空, 而 {letter} 列{before}在 {letter}{table.first_row + place} 有数据; "
        "请填写列名或清空该列",
        f"{letter}{header} in the header row is blank, but column {letter}"
        f"{after} holds data in {letter}{table.first_row + place}; name the column or empty it",
    ).of_sheet(table.sheet)


def _nothing_found(content: SheetContent, known: Collection[str]) -> Words:
    listed = ", ".join(sorted(known))
    sought, wanted = (f"; 查找的列名: {listed}", f"; looked for {listed}") if known else ("", "")
    shown = [(i, row) for i, row in enumerate(content.rows[:FIRST_ROWS], 1) if not _is_blank_row(row)][:_SHOWN_ROWS]
    if not shown:
        return Words(
            f"未找到表头: 前 {FIRST_ROWS} 行为空{sought}",
            f"no header row found: the first {FIRST_ROWS} rows are blank{wanted}",
        ).of_sheet(content.sheet)
    texts = [(i, ", ".join(_shown(row))) for i, row in shown]
    return Words(
        f"未找到表头{sought}; 开头为 {'; '.join(f'第 {i} 行: {text}' for i, text in texts)}",
        f"no header row found{wanted}; it begins with {'; '.join(f'row {i}: {text}' for i, text in texts)}",
    ).of_sheet(content.sheet)


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
