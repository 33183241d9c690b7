"""A sheet's tables, one below the other, evaluated as the catalogue says: one alone, the first, or all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from itertools import chain
from typing import Any

from workflows.domains.domain import Domain
from workflows.domains.evaluate import Another, Counts, Evaluated, evaluate
from workflows.domains.mapping import ColumnMap, Source, map_columns
from workflows.domains.mixed_rates import refuse_mixed_rates
from workflows.domains.set_aside import SetAside
from workflows.domains.touches import Rule, TouchCount
from workflows.errors import HeaderError, Words
from workflows.sources.cells import SheetTable, column_letter
from workflows.sources.columns import grid_rows
from workflows.sources.header_rows import is_units_row, normalise
from workflows.sources.headers import headers_of, nameless
from workflows.sources.statements import units_between
from workflows.sources.units import split_unit

# Each is found by reading those below it; a sheet of more is no report.
_MOST_TABLES = 20


@dataclass(frozen=True, slots=True)
class Part:
    """One table of a sheet, and what its rows became."""

    table: SheetTable
    evaluated: Evaluated


def evaluate_sheet(domain: Domain, table: SheetTable, columns: ColumnMap, source: Source) -> list[Part]:
    """What the rows of a sheet became, by table, in order; the first one begins at ``table``'s header.

    Every row below that header is accounted for in one of them. Raises HeaderError naming both headers where another
    table is there and the catalogue does not say which is meant, and whatever the other's header is refused for.
    """
    _refuse_a_table_above(domain, table, source, columns.month)
    parts: list[Part] = []
    while True:
        found = evaluate(domain, table, columns, source)
        if found.another is None:
            return [*parts, Part(table, found)]
        if source.tables == "one" or len(parts) == _MOST_TABLES:
            raise HeaderError(source.file, _two_headers(table, found.another))
        below = found.another.first_row - table.first_row
        upper = replace(table, rows=grid_rows(table.rows)[:below])
        part = Part(upper, evaluate(domain, upper, columns, source))
        if source.tables == "first":
            return [*parts, _with_the_rest(part, table, found.another)]
        parts.append(part)
        table = _further(domain, table, found.another)
        columns = map_columns(domain, table, source)
        nameless(table, source.file)
        refuse_mixed_rates(domain, table, columns.headers, columns.units, source.file)
        _account_for_header(parts, table, found.another)


def joined(parts: Sequence[Part]) -> Evaluated:
    """What the rows of all tables became, as if they were one."""
    first, found = parts[0].evaluated, [part.evaluated for part in parts]
    if len(parts) == 1:
        return first
    return replace(
        first,
        columns=_joined([each.columns for each in found]),
        typed=_joined([each.typed for each in found]),
        rejects=[*chain.from_iterable(each.rejects for each in found)],
        cautions=[*chain.from_iterable(each.cautions for each in found)],
        counts=_added([each.counts for each in found]),
        set_aside=[*chain.from_iterable(each.set_aside for each in found)],
        touched=[*chain.from_iterable(each.touched for each in found)],
        touch_counts=_touches([each.touch_counts for each in found]),
    )


def _joined(columns: Sequence[Mapping[str, Sequence[Any]]]) -> dict[str, Sequence[Any]]:
    return {name: [*chain.from_iterable(each[name] for each in columns)] for name in columns[0]}


def _added(counts: Sequence[Counts]) -> Counts:
    return Counts(*(sum(getattr(each, name.name) for each in counts) for name in fields(Counts)))


def _touches(counts: Sequence[Sequence[TouchCount]]) -> list[TouchCount]:
    cells: dict[tuple[str, Rule], int] = {}
    for field, rule, count in chain.from_iterable(counts):
        cells[field, rule] = cells.get((field, rule), 0) + count
    return [TouchCount(field, rule, count) for (field, rule), count in cells.items()]


def _two_headers(table: SheetTable, another: Another) -> Words:
    first = next(header for header in table.headers if header.text)
    return Words(
        f"{first.letter}{table.header_row} {first.text!r} 为一个表的表头, 其下 {another.line} 为另一个表的表头; "
        "请在目录中用 `tables: first` 或 `tables: all` 写明, 或分别放在不同的工作表",
        f"{first.letter}{table.header_row} {first.text!r} begins the header of one table, and {another.line} that of "
        "another below it; say with `tables: first` or `tables: all` in the catalogue which are meant, or give each a "
        "sheet of its own",
    ).of_sheet(table.sheet)


def _with_the_rest(part: Part, table: SheetTable, another: Another) -> Part:
    """The first table, with all below it set aside."""
    count = table.first_row + len(table.rows) - another.first_row
    rest = SetAside(row=another.first_row, reason="other_table", text=another.line, rows=count)
    return Part(part.table, _with(part.evaluated, [rest]))


def _account_for_header(parts: list[Part], table: SheetTable, another: Another) -> None:
    """Count the rows between two tables, those of the lower one's header, with the upper one."""
    aside = [
        SetAside(row=title.row, reason="title", text=title.text)
        for title in {title.row: title for title in table.titles if title.row >= another.first_row}.values()
    ]
    aside.append(SetAside(row=another.header_row, reason="header", text=another.line, rows=table.header_height))
    upper = parts.pop()
    evaluated = _with(upper.evaluated, aside)
    blank = table.first_row - another.first_row - sum(each.rows for each in aside)
    counts = evaluated.counts
    counts = replace(counts, rows_read=counts.rows_read + blank, blank_rows=counts.blank_rows + blank)
    parts.append(Part(upper.table, replace(evaluated, counts=counts)))


def _with(evaluated: Evaluated, aside: Sequence[SetAside]) -> Evaluated:
    count, counts = sum(each.rows for each in aside), evaluated.counts
    counts = replace(counts, rows_read=counts.rows_read + count, set_aside_rows=counts.set_aside_rows + count)
    return replace(evaluated, counts=counts, set_aside=[*evaluated.set_aside, *aside])


def _further(domain: Domain, table: SheetTable, another: Another) -> SheetTable:
    """The table whose header another one's rows were found to hold."""
    known, rows = domain.known_headers, grid_rows(table.rows)
    at = another.header_row - table.first_row
    headers = tuple(replace(header, row=another.header_row) for header in headers_of(rows[at], known))
    below = rows[at + 1] if at + 1 < len(rows) else []
    names = {header.index: header.name for header in headers}
    height = 2 if is_units_row(rows.row(at + 1) if below else {}, names, known) else 1
    further = replace(
        table,
        header_row=another.header_row,
        headers=headers,
        rows=rows[at + height :],
        header_height=height,
        units_row=another.header_row + 1 if height > 1 else 0,
        notes=(),
    )
    between = [
        (another.first_row + index, row) for index, row in enumerate(rows[another.first_row - table.first_row : at])
    ]
    return units_between(further, between, below)


def _refuse_a_table_above(domain: Domain, table: SheetTable, source: Source, month: date | None) -> None:
    """Raise HeaderError where rows above the header are a table, too: they would be lost as titles."""
    rows: dict[int, dict[int, str]] = {}
    for title in table.titles:
        rows.setdefault(title.row, {})[title.column] = title.text
    for number, texts in rows.items():
        if any(above in rows for above in range(number + 1, table.header_row)) and _is_header(domain, texts, month):
            column = min(texts)
            first = next(header for header in table.headers if header.text)
            raise HeaderError(
                source.file,
                Words(
                    f"{column_letter(column)}{number} {texts[column]!r} 为一个表的表头, 其下 "
                    f"{first.letter}{table.header_row} {first.text!r} 为另一个表的表头; 请分别放在不同的工作表",
                    f"{column_letter(column)}{number} {texts[column]!r} begins the header of one table, and "
                    f"{first.letter}{table.header_row} {first.text!r} that of another below it; give each a sheet of "
                    "its own",
                ).of_sheet(table.sheet),
            )


def _is_header(domain: Domain, texts: Mapping[int, str], month: date | None) -> bool:
    """Whether the texts of a row name all that a record needs."""
    roles: dict[str, set[str]] = {}
    for text in texts.values():
        name, _unit = split_unit(normalise(text), domain.known_headers)
        for field, role in domain.known_headers.get(name, ()):
            roles.setdefault(field, set()).add(role)
    return all(
        domain.is_nullable(field) or kind.is_fed(roles.get(field, set()), month) for field, kind in domain.kinds.items()
    )
