"""Why rows are rejected, and what is odd about records, totals and titles: as findings with their places (pure)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from workflows.domains.domain import Domain
from workflows.domains.field_columns import FieldColumn
from workflows.domains.findings import Finding, Problem, message, shown
from workflows.domains.looked_rows import Stranger
from workflows.domains.mapping import Source
from workflows.domains.places import Places
from workflows.domains.title_month import odd_title
from workflows.domains.totals import compare_totals
from workflows.errors import Words
from workflows.sources.cells import Header, SheetTable, column_letter


def rejects_of(
    fields: Mapping[str, FieldColumn],
    strangers: Mapping[int, Stranger],
    left_out: Collection[int],
    places: Places,
) -> dict[int, list[Finding]]:
    """The rejects of each row that has any and was not set aside.

    ``strangers`` are rejected as a whole, at the column that they name: what its fields lack would say nothing.
    """
    rejects: dict[int, list[Finding]] = {}
    for name, found in fields.items():
        for problem in found.problems:
            if problem.row_index not in left_out and problem.row_index not in strangers:
                header, cell = found.pointed(problem.row_index, problem.role)
                reject = places.finding(
                    "reject", problem.row_index, problem.code, problem.detail, field=name, header=header, cell=cell
                )
                known = rejects.setdefault(problem.row_index, [])
                # Two fields that one column feeds are wrong together, by one cell.
                if not (reject.column and any((reject.column, reject.code) == (k.column, k.code) for k in known)):
                    known.append(reject)
    for index, (column, text, code) in strangers.items():
        header = Header(column, column_letter(column), "", "")
        rejects[index] = [places.finding("reject", index, code, header=header, cell=text)]
    return rejects


def odd_values(
    domain: Domain,
    typed: Mapping[str, Sequence[Any]],
    source: Source,
    fields: Mapping[str, FieldColumn],
    kept: Sequence[int],
    places: Places,
) -> list[Finding]:
    """Cautions on records; ``kept[i]`` is the row index that record ``i`` came from."""
    # The header above may say another unit than the value is kept in.
    found: list[tuple[int, str, str, str | Words]] = [
        # What no header feeds is kept in no unit of a sheet's.
        (index, code, name, fields[name].kind.with_unit(value) if name in fields else str(value))
        for index, code, name in domain.cautions(typed)
        for value in (typed[name][index],)
    ]
    odd = {(each.row_index, name): each for name, column in fields.items() for each in column.cautions}
    if odd:
        record_of = {index: record for record, index in enumerate(kept)}
        found += [
            (record_of[index], each.code, name, _detail(each, fields[name], places))
            for (index, name), each in odd.items()
            if index in record_of
        ]
    period, name = source.period, domain.period_field
    if period is not None:
        found += [
            (index, "period_mismatch", name, f"{month:%Y-%m} in {period:%Y-%m}")
            for index, month in enumerate(typed[name])
            if month > period or (month != period and not domain.several_months)
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


def _detail(problem: Problem, found: FieldColumn, places: Places) -> str | Words:
    if problem.beside is None or found.header is None:
        return problem.detail
    return f"{problem.detail} {found.header.letter}{places.row_numbers[problem.beside]}"


def odd_titles(table: SheetTable, source: Source) -> list[Finding]:
    """The caution on a title that names another month than the file's."""
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


def beside_records(cautions: Sequence[Finding], rows: Sequence[int]) -> list[list[dict[str, str]]]:
    """For each record the warnings that are stored with it."""
    none: list[dict[str, str]] = []
    if not cautions:
        return [none] * len(rows)
    by_row: dict[int, list[dict[str, str]]] = {}
    for caution in cautions:
        entry = {"code": caution.code, "field": caution.field, "message": caution.message}
        by_row.setdefault(caution.row, []).append(entry)
    return [by_row.get(row, none) for row in rows]


def odd_totals(
    fields: Mapping[str, FieldColumn], words: Mapping[int, str], left_out: Collection[int], places: Places
) -> list[Finding]:
    """Cautions on totals rows (``words`` by row index) whose figures are not the sum of the rows."""
    return [
        places.finding(
            "caution",
            mismatch.row_index,
            "totals_mismatch",
            f"{words[mismatch.row_index]} {found.kind.with_unit(f'{mismatch.shown:f}')}, "
            f"各行之和 rows sum to {found.kind.with_unit(f'{mismatch.summed:f}')}",
            field=name,
            header=found.header,
            cell=found.cells[mismatch.row_index],
        )
        for name, found in fields.items()
        if found.kind.additive and found.header
        for mismatch in compare_totals(words, found, left_out)
    ]
