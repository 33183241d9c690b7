"""A sheet's rows -> records, rejects and cautions, a column at a time (pure).

Whole columns are cleaned and validated at once: the same work row by row costs ten times as much.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise
from typing import Any

from workflows.domains.domain import Domain
from workflows.domains.field_columns import FieldColumn, known_key, read_fields
from workflows.domains.findings import Finding
from workflows.domains.lookalikes import odd_headers
from workflows.domains.looked_rows import Looked, RowKinds
from workflows.domains.mapping import ColumnMap, Source
from workflows.domains.places import Places
from workflows.domains.row_findings import beside_records, odd_titles, odd_totals, odd_values, rejects_of
from workflows.domains.row_kinds import kinds_of_rows, refuse_other_units
from workflows.domains.set_aside import SET_ASIDE_LISTED, SetAside
from workflows.domains.struck import struck_cautions, struck_rows
from workflows.domains.touched_cells import touched_cells
from workflows.domains.touches import TouchCount, Touched
from workflows.sources.cells import SheetTable, column_letter
from workflows.sources.columns import FilledRows, grid_rows

# What is listed of a row's texts.
_TEXT = 120


@dataclass(frozen=True, slots=True)
class Counts:
    """Rows below the header, up to the last non-blank one, by what became of them.

    Each is counted where its rows end up, none as what the others leave, so that a defect shows as a wrong sum.
    """

    rows_read: int
    records: int
    rejected_rows: int
    blank_rows: int
    totals_rows: int
    hidden_rows: int = 0
    set_aside_rows: int = 0

    @property
    def add_up(self) -> bool:
        """Whether every row read is accounted for exactly once."""
        left_out = self.blank_rows + self.totals_rows + self.hidden_rows + self.set_aside_rows
        return self.rows_read == self.records + self.rejected_rows + left_out


@dataclass(frozen=True, slots=True)
class Another:
    """Where another table begins: the first row of its titles and its header's (Excel's), and the header's first cell.

    ``line`` is that cell's name with its text.
    """

    first_row: int
    header_row: int
    line: str


@dataclass(frozen=True, slots=True)
class Evaluated:
    """``columns[name]`` holds each record's JSON-able value (fixed-point and ISO text); ``typed[name]`` the same
    as Python values, for business columns only. Rejects and cautions are in the order of their coordinates, and so
    are the rows ``set_aside``, totals among them. Where ``another`` table begins below, its rows are misread here.
    ``touched`` are the records' cells that a rule changed, ``touch_counts`` how many by field and rule.
    ``rejected_keys`` are what could be read of the columns that a key may have, by name, one for each rejected row.
    """

    columns: Mapping[str, Sequence[Any]]
    typed: Mapping[str, Sequence[Any]]
    rejects: Sequence[Finding]
    cautions: Sequence[Finding]
    counts: Counts
    sources: ColumnMap
    touched: Sequence[Touched] = ()
    touch_counts: Sequence[TouchCount] = ()
    set_aside: Sequence[SetAside] = ()
    another: Another | None = None
    rejected_keys: Sequence[dict[str, str]] = ()


def evaluate(
    domain: Domain,
    table: SheetTable,
    sources: ColumnMap,
    source: Source,
    row_numbers: Sequence[int] | None = None,
) -> Evaluated:
    """Clean, validate and account for every row of ``table``, whose headers feed the fields as ``sources`` says.

    ``row_numbers`` are Excel's, when the rows are not the unbroken run below the header.
    """
    rows = grid_rows(table.rows).filled(sources.columns)
    all_numbers = row_numbers or range(table.first_row, table.first_row + len(table.rows))
    numbers = _picked(all_numbers, rows.indexes)
    places = Places(source.file, table.sheet, numbers, domain.codes)
    fields = read_fields(domain, rows, sources, source)
    unshown = table.hidden_rows.intersection(all_numbers) if source.skip_hidden else frozenset()
    hidden = {i for i, row in enumerate(numbers) if row in unshown} if unshown else set()
    # Blank rows are looked at by none of this: there may be a million of them above a stray cell.
    blank = _blank_rows(len(all_numbers), rows.indexes) - len(unshown) + len(hidden)
    looked = Looked(table, rows, numbers, fields, domain.known_headers)
    kinds = kinds_of_rows(looked, hidden)
    struck = struck_rows(rows, fields)
    if source.skip_struck:
        kinds.set_aside(struck.whole.difference(hidden), "struck_through")
    refuse_other_units(looked, kinds, sources.column_units, source.file)
    left_out = {*kinds.totals, *kinds.others, *hidden}
    rejects = rejects_of(fields, kinds.strangers, left_out, places)
    faulty = {problem.row_index for found in fields.values() for problem in found.problems}.union(kinds.strangers)
    runs = _unbroken_runs(len(numbers), left_out | faulty)
    kept, kept_rows = _kept(range(len(numbers)), runs), _kept(numbers, runs)
    typed, columns = _business_columns(domain, fields, runs, len(kept_rows))
    cautions = odd_values(domain, typed, source, fields, kept, places)
    cautions += struck_cautions(struck, rows, kept, places)
    columns |= {
        "data_source": [source.file] * len(kept_rows),
        "source_sheet": [table.sheet] * len(kept_rows),
        "source_row": kept_rows,
        "validation_warnings": beside_records(cautions, kept_rows),
    }
    cautions += odd_totals(fields, kinds.totals, left_out, places)
    cautions += odd_titles(table, source)
    cautions += odd_headers(sources.lookalikes, table.sheet, source.file)
    return Evaluated(
        {name: columns[name] for name in domain.columns},
        typed,
        sorted(chain(*rejects.values()), key=lambda reject: (reject.row, len(reject.column), reject.column)),
        sorted(cautions, key=lambda caution: (caution.row, caution.column)),
        Counts(
            len(table.rows), len(kept_rows), len(rejects), blank, len(kinds.totals), len(unshown), len(kinds.others)
        ),
        sources,
        *touched_cells(domain, fields, columns, kept, kept_rows),
        _set_aside(kinds, rows, numbers),
        _another(kinds, numbers),
        [known_key(domain, fields, index) for index in sorted(rejects)],
    )


def _business_columns(
    domain: Domain, fields: Mapping[str, FieldColumn], runs: Sequence[tuple[int, int]], records: int
) -> tuple[dict[str, Sequence[Any]], dict[str, Sequence[Any]]]:
    """The records' values, read and derived, as Python has them and as JSON does; companies are found later."""
    typed = {name: _kept(found.typed, runs) for name, found in fields.items()}
    columns = {name: _kept(found.jsonable, runs) for name, found in fields.items()}
    for name, derive in domain.derived.items():
        typed[name] = derive(typed, records)
        columns[name] = domain.jsonable(name, typed[name])
    if domain.company is not None:
        columns[domain.company.target] = typed[domain.company.target] = [None] * records
    return typed, columns


def _set_aside(kinds: RowKinds, rows: FilledRows, numbers: Sequence[int]) -> list[SetAside]:
    """The first rows that are no records, each with its texts; all of them are counted."""
    reasons = {**dict.fromkeys(kinds.totals, "totals"), **kinds.others}
    indexes = sorted(reasons)[:SET_ASIDE_LISTED]
    texts = (
        " ".join(" ".join(str(cell).split()) for cell in row.values() if isinstance(cell, str))
        for row in rows.rows_at(indexes)
    )
    return [
        SetAside(row=numbers[index], reason=reasons[index], text=text if len(text) <= _TEXT else f"{text[:_TEXT]}…")
        for index, text in zip(indexes, texts, strict=True)
    ]


def _another(kinds: RowKinds, numbers: Sequence[int]) -> Another | None:
    if kinds.another is None or kinds.begins is None:
        return None
    texts, row = kinds.texts[kinds.another], numbers[kinds.another]
    column = min(texts)
    return Another(numbers[kinds.begins], row, f"{column_letter(column)}{row} {texts[column]!r}")


def _unbroken_runs(count: int, left_out: Collection[int]) -> list[tuple[int, int]]:
    """The rows that stay, as stretches from a first to before a last: most sheets have few of them."""
    ends = [-1, *sorted(left_out), count]
    return [(first + 1, last) for first, last in pairwise(ends) if first + 1 < last]


def _kept(column: Sequence[Any], runs: Sequence[tuple[int, int]]) -> Sequence[Any]:
    if list(runs) == [(0, len(column))]:
        return list(column) if isinstance(column, range) else column
    return list(chain.from_iterable(column[first:last] for first, last in runs))


def _picked(numbers: Sequence[int], indexes: Sequence[int]) -> Sequence[int]:
    if isinstance(numbers, range) and isinstance(indexes, range):
        return numbers[indexes.start : indexes.stop]
    return [numbers[index] for index in indexes]


def _blank_rows(count: int, filled: Sequence[int]) -> int:
    """How many of ``count`` rows lie before, between and behind the filled ones."""
    if isinstance(filled, range):
        return count - len(filled)
    return sum(below - above - 1 for above, below in pairwise((-1, *filled, count)))
