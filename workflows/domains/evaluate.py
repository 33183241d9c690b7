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
from workflows.domains.findings import Finding, message, shown
from workflows.domains.kinds.codes import totals_word
from workflows.domains.mapping import ColumnMap, Source
from workflows.domains.places import Places
from workflows.domains.title_month import odd_title
from workflows.domains.totals import compare_totals, grand_totals
from workflows.domains.touched_cells import touched_cells
from workflows.domains.touches import TouchCount, Touched
from workflows.sources.cells import SheetTable, column_letter
from workflows.sources.columns import FilledRows, grid_rows


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

    @property
    def add_up(self) -> bool:
        """Whether every row read is accounted for exactly once."""
        set_aside = self.blank_rows + self.totals_rows + self.hidden_rows
        return self.rows_read == self.records + self.rejected_rows + set_aside


@dataclass(frozen=True, slots=True)
class Evaluated:
    """``columns[name]`` holds each record's JSON-able value (fixed-point and ISO text); ``typed[name]`` the same
    as Python values, for business columns only. Rejects and cautions are in the order of their coordinates.
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
    words = _totals_words(rows, fields, hidden)
    left_out = words.keys() | hidden
    rejects = _rejects(fields, left_out, places)
    faulty = {problem.row_index for found in fields.values() for problem in found.problems}
    runs = _unbroken_runs(len(numbers), left_out | faulty)
    typed = {name: _kept(found.typed, runs) for name, found in fields.items()}
    columns: dict[str, Sequence[Any]] = {name: _kept(found.jsonable, runs) for name, found in fields.items()}
    kept_rows = _kept(numbers, runs)
    for name, derive in domain.derived.items():
        typed[name] = derive(typed, len(kept_rows))
        columns[name] = domain.jsonable(name, typed[name])
    if domain.company is not None:
        columns[domain.company.target] = typed[domain.company.target] = [None] * len(kept_rows)
    kept = _kept(range(len(numbers)), runs)
    cautions = _odd_values(domain, typed, source, fields, kept, places)
    columns["data_source"] = [source.file] * len(kept_rows)
    columns["source_sheet"] = [table.sheet] * len(kept_rows)
    columns["source_row"] = kept_rows
    columns["validation_warnings"] = _beside_records(cautions, kept_rows)
    cautions += _odd_totals(fields, words, left_out, places)
    cautions += _odd_title(table, source)
    return Evaluated(
        {name: columns[name] for name in domain.columns},
        typed,
        sorted(chain(*rejects.values()), key=lambda reject: (reject.row, len(reject.column), reject.column)),
        sorted(cautions, key=lambda caution: (caution.row, caution.column)),
        Counts(len(table.rows), len(kept_rows), len(rejects), blank, len(words), len(unshown)),
        sources,
        *touched_cells(domain, fields, columns, kept, kept_rows),
        [known_key(domain, fields, index) for index in sorted(rejects)],
    )


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


def _totals_words(rows: FilledRows, fields: Mapping[str, FieldColumn], hidden: set[int]) -> dict[int, str]:
    """Totals rows with their word. A row with a valid code, or a hidden one, is none."""
    identifying = [found.is_given for found in fields.values() if found.kind.identifies]
    unidentified: Sequence[int] = range(len(rows))
    for given in identifying:
        unidentified = [index for index in unidentified if not given[index]]
    found = {index: next(filter(None, map(totals_word, rows.row(index))), "") for index in unidentified}
    return {index: word for index, word in found.items() if word and index not in hidden}


def _rejects(fields: Mapping[str, FieldColumn], left_out: set[int], places: Places) -> dict[int, list[Finding]]:
    """The rejects of each row that has any and was not set aside."""
    rejects: dict[int, list[Finding]] = {}
    for name, found in fields.items():
        for problem in found.problems:
            if problem.row_index not in left_out:
                reject = places.finding(
                    "reject",
                    problem.row_index,
                    problem.code,
                    problem.detail,
                    field=name,
                    header=found.header,
                    cell=found.cells[problem.row_index] if found.cells else None,
                )
                rejects.setdefault(problem.row_index, []).append(reject)
    return rejects


def _odd_values(
    domain: Domain,
    typed: Mapping[str, Sequence[Any]],
    source: Source,
    fields: Mapping[str, FieldColumn],
    kept: Sequence[int],
    places: Places,
) -> list[Finding]:
    """Cautions on records; ``kept[i]`` is the row index that record ``i`` came from."""
    found = [(index, code, name, str(typed[name][index])) for index, code, name in domain.cautions(typed)]
    cautions = {(each.row_index, name): each for name, column in fields.items() for each in column.cautions}
    if cautions:
        record_of = {index: record for record, index in enumerate(kept)}
        found += [
            (record_of[index], each.code, name, each.detail)
            for (index, name), each in cautions.items()
            if index in record_of
        ]
    period, name = source.period, domain.period_field
    if period is not None:
        found += [
            (index, "period_mismatch", name, f"{month:%Y-%m} in {period:%Y-%m}")
            for index, month in enumerate(typed[name])
            if month != period
        ]
    return [
        places.finding(
            "caution",
            kept[index],
            code,
            detail,
            field=field,
            header=fields[field].header if field in fields else None,
            cell=fields[field].cells[kept[index]] if field in fields and fields[field].cells else None,
        )
        for index, code, field, detail in found
    ]


def _odd_title(table: SheetTable, source: Source) -> list[Finding]:
    odd = odd_title(table.titles, source.period) if source.period else None
    if odd is None or source.period is None:
        return []
    title, month = odd
    detail = f"{month:%Y-%m} in {source.period:%Y-%m}"
    return [
        Finding(
            level="caution",
            file=source.file,
            sheet=table.sheet,
            row=title.row,
            column=column_letter(title.column),
            header="",
            field="",
            value=shown(title.text),
            code="title_month_mismatch",
            message=message("title_month_mismatch", detail),
        )
    ]


def _beside_records(cautions: Sequence[Finding], rows: Sequence[int]) -> list[list[dict[str, str]]]:
    """For each record the warnings that are stored with it."""
    none: list[dict[str, str]] = []
    if not cautions:
        return [none] * len(rows)
    by_row: dict[int, list[dict[str, str]]] = {}
    for caution in cautions:
        entry = {"code": caution.code, "field": caution.field, "message": caution.message}
        by_row.setdefault(caution.row, []).append(entry)
    return [by_row.get(row, none) for row in rows]


def _odd_totals(
    fields: Mapping[str, FieldColumn], words: Mapping[int, str], left_out: set[int], places: Places
) -> list[Finding]:
    return [
        places.finding(
            "caution",
            mismatch.row_index,
            "totals_mismatch",
            f"{words[mismatch.row_index]} {mismatch.shown:f}, rows sum to {mismatch.summed:f}",
            field=name,
            header=found.header,
            cell=found.cells[mismatch.row_index],
        )
        for name, found in fields.items()
        if found.kind.additive and found.header
        for mismatch in compare_totals(grand_totals(words), found, left_out)
    ]
