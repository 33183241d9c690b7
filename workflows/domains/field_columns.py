"""One field's cells, cleaned and validated as a whole column (pure)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from pydantic import ValidationError

from workflows.domains.codes import clean_codes
from workflows.domains.domain import Domain
from workflows.domains.fields import CodeColumn, Kind, MonthColumn
from workflows.domains.findings import Problem
from workflows.domains.mapping import ColumnMap
from workflows.domains.months import clean_months
from workflows.domains.numbers import clean_numbers
from workflows.sources.cells import Cell, Header


@dataclass(frozen=True, slots=True)
class FieldColumn:
    """A field over all rows: raw ``cells`` (empty when no column feeds it), JSON ``texts``, ``typed`` values.

    Where there is a problem, text and typed value are None. ``header`` is the column to point at.
    """

    kind: Kind
    header: Header | None
    cells: Sequence[Cell]
    texts: Sequence[str | None]
    typed: Sequence[Any]
    problems: Sequence[Problem]


def read_fields(
    domain: Domain, columns: Sequence[Sequence[Cell]], count: int, sources: ColumnMap, file_month: date | None
) -> dict[str, FieldColumn]:
    """Every field that headers feed, over ``count`` rows; ``columns[i]`` are the cells of sheet column ``i``.

    ``file_month`` is the month of a sheet that names none (None: the sheet must name it).
    """
    fields: dict[str, FieldColumn] = {}
    for name, kind in domain.kinds.items():
        header = sources.header(name)
        by_role = {
            role: columns[source.index] if source.index < len(columns) else [None] * count
            for role, source in sources.sources.get(name, {}).items()
        }
        cells = by_role.get("value") or by_role.get("period") or by_role.get("month") or by_role.get("year") or ()
        values, problems = _clean(kind, by_role, header, count, file_month)
        typed, invalid = _validate(domain, name, values)
        for problem in invalid:
            values[problem.row_index] = None
        if not all(values) and not domain.is_nullable(name):
            known = {problem.row_index for problem in (*problems, *invalid)}
            problems += [
                Problem(index, "missing_value")
                for index, value in enumerate(values)
                if value is None and index not in known
            ]
        texts = _iso_texts(typed) if isinstance(kind, MonthColumn) else values
        fields[name] = FieldColumn(kind, header, cells, texts, typed, [*problems, *invalid])
    return fields


def _iso_texts(months: Sequence[date | None]) -> list[str | None]:
    """A sheet holds few different months."""
    texts = {month: month.isoformat() if month else None for month in set(months)}
    return list(map(texts.__getitem__, months))


def _clean(
    kind: Kind,
    by_role: Mapping[str, Sequence[Cell]],
    header: Header | None,
    count: int,
    file_month: date | None,
) -> tuple[list[Any], list[Problem]]:
    if isinstance(kind, MonthColumn):
        if file_month is not None and not {"month", "period"} & by_role.keys():
            # A year column that says another year than the file's name is a contradiction, not a month.
            said = datetime(file_month.year, file_month.month, 1)
            dates, problems = clean_months(by_role.get("year"), None, [said] * count, count)
            return list(dates), problems
        dates, problems = clean_months(by_role.get("year"), by_role.get("month"), by_role.get("period"), count)
        return list(dates), problems
    cells = by_role.get("value", [None] * count)
    if isinstance(kind, CodeColumn):
        codes, problems = clean_codes(cells, kind.max_length)
        return list(codes), problems
    texts, problems = clean_numbers(cells, kind, header.unit if header else None)
    return list(texts), problems


def _validate(domain: Domain, name: str, values: Sequence[Any]) -> tuple[list[Any], list[Problem]]:
    """The typed values, None where there is none or where the field's type refuses it (then a problem says so)."""
    # No value is empty or zero: they are dates and texts.
    complete = all(values)
    present = range(len(values)) if complete else [i for i, value in enumerate(values) if value is not None]
    wanted = list(values) if complete else [values[index] for index in present]
    problems: list[Problem] = []
    try:
        found = domain.adapter(name).validate_python(wanted)
    except ValidationError as error:
        reasons = {int(p["loc"][0]): p["msg"] for p in error.errors(include_url=False, include_input=False)}
        problems = [Problem(present[i], "out_of_range", reason) for i, reason in sorted(reasons.items())]
        present = [index for i, index in enumerate(present) if i not in reasons]
        found = domain.adapter(name).validate_python([values[index] for index in present])
    if len(present) == len(values):
        return found, problems
    typed: list[Any] = [None] * len(values)
    for index, value in zip(present, found, strict=True):
        typed[index] = value
    return typed, problems
