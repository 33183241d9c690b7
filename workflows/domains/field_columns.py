"""One field's cells, cleaned and validated as a whole column (pure)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from workflows.domains.domain import Domain
from workflows.domains.fill_down import FILLED_DOWN, fill_down
from workflows.domains.filling import fill_blanks
from workflows.domains.findings import Problem, shown
from workflows.domains.kinds.kind import Cleaned, Given, Kind
from workflows.domains.mapping import ColumnMap, Source
from workflows.domains.touches import Touch
from workflows.domains.units import ReadUnit
from workflows.errors import Words
from workflows.sources.cells import Cell, Header
from workflows.sources.columns import FilledRows


@dataclass(frozen=True, slots=True)
class FieldColumn:
    """A field over all rows: raw ``cells`` (empty when no column feeds it), JSON-able values, ``typed`` values.

    Where there is a problem, the typed value is None. ``header`` is the column to point at, ``unit`` what it is in.
    ``is_given[row]`` says of a kind that identifies whether the cell itself holds a value, before any blank is filled.
    ``by_role`` are all columns that feed the field, each with its cells.
    """

    kind: Kind
    header: Header | None
    cells: Sequence[Cell]
    jsonable: Sequence[Any]
    typed: Sequence[Any]
    problems: Sequence[Problem]
    cautions: Sequence[Problem]
    touches: Sequence[Touch]
    unit: ReadUnit
    is_given: Sequence[bool]
    by_role: Mapping[str, tuple[Header, Sequence[Cell]]]

    def pointed(self, index: int, role: str = "") -> tuple[Header | None, Cell]:
        """The column to point at in a row, and its cell: the one of a role, if it is there, or the most telling."""
        header, cells = self.by_role.get(role, (self.header, self.cells))
        return header, cells[index] if cells else None


def read_fields(domain: Domain, rows: FilledRows, sources: ColumnMap, source: Source) -> dict[str, FieldColumn]:
    """Every field that headers feed, over ``rows``; blanks are filled as the domain says before they are missed."""
    down = fill_down(rows, sources.sources, source.fill_down)
    by_role = {
        name: {role: down.columns.get(header.index) or rows.column(header.index) for role, header in roles.items()}
        for name, roles in sources.sources.items()
    }
    from_above = {
        name: frozenset[int]().union(*(down.rows.get(header.index, ()) for header in roles.values()))
        for name, roles in sources.sources.items()
    }
    cleaned = {}
    for name, kind in domain.kinds.items():
        unit = sources.unit(name)
        units = None if unit.rows is None else [unit.rows[index] for index in rows.indexes]
        given = Given(by_role[name], unit.unit, len(rows), sources.month, units, source.period)
        found = kind.clean(given)
        touches = [Touch(index, FILLED_DOWN, None) for index in sorted(from_above[name])]
        cleaned[name] = found._replace(touches=[*found.touches, *touches]) if touches else found
    is_given = {
        name: [value is not None for value in cleaned[name].values] if kind.identifies else ()
        for name, kind in domain.kinds.items()
    }
    for name, indexes in from_above.items():
        if indexes and is_given[name]:
            is_given[name] = [given and index not in indexes for index, given in enumerate(is_given[name])]
    fill_blanks(domain, cleaned, len(rows))
    return {name: _field(domain, name, by_role[name], cleaned[name], sources, is_given[name]) for name in domain.kinds}


def _field(
    domain: Domain,
    name: str,
    by_role: Mapping[str, Sequence[Cell]],
    cleaned: Cleaned,
    sources: ColumnMap,
    is_given: Sequence[bool],
) -> FieldColumn:
    kind, values = domain.kinds[name], cleaned.values
    typed, invalid = _validate(domain.adapter(name), values)
    problems = [*cleaned.problems, *invalid]
    if not domain.is_nullable(name):
        problems += _missing(values, problems)
    return FieldColumn(
        kind,
        sources.header(name),
        next(reversed([*by_role.values()]), ()),
        kind.jsonable(values),
        typed,
        problems,
        cleaned.cautions,
        cleaned.touches,
        sources.unit(name),
        is_given,
        {role: (sources.sources[name][role], cells) for role, cells in by_role.items()},
    )


def known_key(domain: Domain, fields: Mapping[str, FieldColumn], index: int) -> dict[str, str]:
    """What could be read in a row of the columns that a key may have, by name."""
    return {
        name: str(found.jsonable[index])
        for name, found in fields.items()
        if not domain.is_nullable(name) and found.typed[index] is not None
    }


def _missing(values: Sequence[Any], problems: Sequence[Problem]) -> Iterator[Problem]:
    """The blanks of a field that must not be empty."""
    if not all(values):
        known = {problem.row_index for problem in problems}
        for index, value in enumerate(values):
            if value is None and index not in known:
                yield Problem(index, "missing_value")


def _reason(adapter: TypeAdapter[list[Any]], problem: ErrorDetails) -> str | Words:
    """What the field's type allows, and what was found; pydantic's own sentences are nobody's to read.

    Where a type refuses by code of its own, its author's sentence.
    """
    if problem["type"] == "value_error":
        return str(problem["ctx"]["error"])
    allowed = allowed_range(adapter)
    found = shown(problem["input"])
    if allowed is None:
        return Words(f"此值 {found}", f"found {found}")
    return Words(f"允许范围 {allowed.chinese}, 此值 {found}", f"allowed {allowed.english}, found {found}")


def allowed_range(adapter: TypeAdapter[list[Any]]) -> Words | None:
    """The bounds of a column of numbers, None where it has none: ``−1 至 10``, ``大于 0, 小于 1000``."""
    limits: dict[str, Any] = {}
    pending = [adapter.json_schema()]
    while pending:
        schema = pending.pop()
        limits |= {key: schema[key] for key in _BOUNDS if key in schema}
        pending += [schema["items"]] if isinstance(schema.get("items"), dict) else []
        pending += schema.get("anyOf", [])
    said = {key: _number(limit) for key, limit in limits.items()}
    if set(said) == {"minimum", "maximum"}:
        return Words(f"{said['minimum']} 至 {said['maximum']}", f"{said['minimum']} to {said['maximum']}")
    bounds = [Words(*(f"{word} {said[key]}" for word in _BOUNDS[key])) for key in _BOUNDS if key in said]
    if not bounds:
        return None
    return Words(", ".join(bound.chinese for bound in bounds), ", ".join(bound.english for bound in bounds))


_BOUNDS = {
    "minimum": ("不小于", "at least"),
    "exclusiveMinimum": ("大于", "more than"),
    "maximum": ("不大于", "at most"),
    "exclusiveMaximum": ("小于", "less than"),
}


def _number(limit: Any) -> str:
    return f"{Decimal(str(limit)).normalize():,f}".replace("-", "\N{MINUS SIGN}")


def _validate(adapter: TypeAdapter[list[Any]], values: Sequence[Any]) -> tuple[list[Any], list[Problem]]:
    """The typed values, None where there is none or where the field's type refuses it (then a problem says so)."""
    # Zero and False are values too; a column that holds one only takes the longer way.
    complete = all(values)
    present = range(len(values)) if complete else [i for i, value in enumerate(values) if value is not None]
    wanted = list(values) if complete else [values[index] for index in present]
    problems: list[Problem] = []
    try:
        found = adapter.validate_python(wanted)
    except ValidationError as error:
        reasons = {int(p["loc"][0]): _reason(adapter, p) for p in error.errors(include_url=False)}
        problems = [Problem(present[i], "out_of_range", reason) for i, reason in sorted(reasons.items())]
        present = [index for i, index in enumerate(present) if i not in reasons]
        found = adapter.validate_python([values[index] for index in present])
    if len(present) == len(values):
        return found, problems
    typed: list[Any] = [None] * len(values)
    for index, value in zip(present, found, strict=True):
        typed[index] = value
    return typed, problems
