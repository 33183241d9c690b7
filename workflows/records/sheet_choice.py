"""Which of a workbook's sheets holds the table: by name, by place, or the first whose header matches."""

from __future__ import annotations

import dataclasses

from workflows.domains.domain import Domain
from workflows.domains.mapping import ColumnMap, Source, map_columns
from workflows.domains.units import refuse_mixed_rates
from workflows.errors import HeaderError, MissingColumnsError, UnitError
from workflows.sources.cells import SheetContent, SheetTable
from workflows.sources.entries import AUTO
from workflows.sources.headers import find_table
from workflows.sources.workbook import Book, open_book, position_of

Mapped = tuple[SheetTable, ColumnMap]
"""A table and what its columns feed."""


def read_table(content: bytes, sheet: str | int, domain: Domain, source: Source, engine: str | None) -> Mapped:
    """The table of ``sheet``: a name, a place from 0, or ``auto`` (unless a sheet is called so).

    Where hidden sheets are skipped they are as if they were not there. What was passed over is in the table's notes.
    Raises a WorkbookError when there is no such sheet, or it cannot be trusted.
    """
    book = open_book(content, source.file, engine)
    if sheet != AUTO and not source.skip_hidden:
        found = book.sheet(sheet)
        # What it keeps of the sheet is as large as the sheet, and would lie in the way of what is made of the cells.
        del book
        return _noted(_table(found, domain, source), source, [])
    tabs = [tab for tab in book.tabs if tab.holds_cells]
    names = [tab.name for tab in tabs if not (source.skip_hidden and tab.is_hidden)]
    skipped = len(tabs) - len(names)
    notes = [f"{skipped} hidden sheet(s) not looked at"] if skipped else []
    if sheet == AUTO and AUTO not in names:
        return _first_that_matches(book, names, domain, source, notes)
    name = names[position_of(names, sheet, source.file)]
    return _noted(_table(book.sheet(name), domain, source), source, notes)


def _first_that_matches(book: Book, names: list[str], domain: Domain, source: Source, notes: list[str]) -> Mapped:
    reasons = []
    for index, name in enumerate(names):
        try:
            mapped = _table(book.sheet(name), domain, source)
        except UnitError:
            raise  # The header matches: such a sheet is not to be passed over.
        except (HeaderError, MissingColumnsError) as error:
            reasons.append(f"  {name!r}: {str(error).removeprefix(f'{source.file}: ')}")
            continue
        passed = ", ".join(map(repr, names[:index]))
        return _noted(mapped, source, [*notes, *([f"sheet: auto passed over {passed}"] if passed else [])])
    raise HeaderError(source.file, "\n".join(["sheet: auto, and no sheet's header matches", *reasons]))


def _table(content: SheetContent, domain: Domain, source: Source) -> Mapped:
    table = find_table(content, domain.known_headers, source.file)
    columns = map_columns(domain, table, source)
    refuse_mixed_rates(domain, table, columns.headers, columns.units, source.file)
    return table, columns


def _noted(mapped: Mapped, source: Source, notes: list[str]) -> Mapped:
    """The table with what is to be said of its sheet; hidden rows that are read as data are counted here."""
    table, columns = mapped
    last = table.first_row + len(table.rows)
    hidden = sum(table.first_row <= row < last for row in table.hidden_rows)
    if hidden and not source.skip_hidden:
        notes = [*notes, f"{hidden} hidden row(s) are read as data"]
    return dataclasses.replace(table, notes=(*table.notes, *notes)), columns
