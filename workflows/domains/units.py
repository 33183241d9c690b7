"""In which unit each column is read, and what says so: the nearest statement, or none, or a refusal (pure)."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from workflows.domains.domain import Domain
from workflows.domains.kinds.kind import Kind
from workflows.errors import UnitError, Words
from workflows.sources.cells import Header, Reach, SheetTable, UnitStatement, is_blank
from workflows.sources.columns import grid_rows
from workflows.sources.headers import normalise
from workflows.sources.units import MONEY_POWERS, PERCENT, unit_of

# A column of units: 单位, 规模单位, 币种. One of organisations is called 单位, too, and holds no unit.
_UNIT_COLUMN = re.compile(r"(?P<about>.*?)(?:金额|计量|货币)?(?:单位|币种)")
_YUAN = frozenset({"人民币", "rmb", "cny"})
NOTHING_ELSE = Words("", "")
IN_WORDS = "rate_unit in the catalogue"
"""The place of a unit that the catalogue says, and no cell."""


@dataclass(frozen=True, slots=True)
class ReadUnit:
    """What a column is read in: ``unit`` (None: as it stands), the cell that says so (or words), and its text.

    ``rows`` says the unit of each row that holds something instead, by its place in the table, where a column of
    units does.
    """

    unit: str | None = None
    place: str = ""
    text: str = ""
    rows: Mapping[int, str | None] | None = None


AS_IT_STANDS = ReadUnit()


def read_units(
    domain: Domain, table: SheetTable, columns: Mapping[str, Header], rate_unit: str, workbook: str
) -> dict[str, ReadUnit]:
    """The unit of each field that one of ``columns`` (a header by field) feeds, where something says one.

    Raises UnitError where statements contradict each other, do not fit, or leave it in doubt whom they concern.
    """
    names = {field: _names(domain.kinds[field], header) for field, header in columns.items()}
    numbers = {field: found for field, found in names.items() if len(domain.kinds[field].units) > 1}
    others = [header.name for header in table.headers if len(header.name) > 1]
    found: dict[str, ReadUnit] = {}
    for field, header in columns.items():
        if field not in numbers:
            continue
        refusal = UnitRefusal(workbook, table, field, header, domain.kinds[field])
        stated = [near for each in _stated(table, header) if (near := _about(each, field, numbers, others)) is not None]
        unit = _nearest(stated, refusal)
        if unit is None and domain.kinds[field].hears(PERCENT) and rate_unit == "percent":
            unit = ReadUnit(PERCENT, IN_WORDS, f"rate_unit: {rate_unit}")
        if unit is not None:
            found[field] = unit
    return _by_row(domain, table, columns, found)


def _stated(table: SheetTable, header: Header) -> Iterator[UnitStatement]:
    if header.unit is not None:
        only = range(header.index, header.index + 1)
        yield UnitStatement(header.unit, header.place, header.text, Reach.COLUMN, only, is_exact=True)
    yield from table.units


def _names(kind: Kind, header: Header) -> set[str]:
    known = {normalise(name) for _role, headers in kind.roles() for name in headers}
    return {name for name in (*known, header.name) if len(name) > 1}


def _about(
    stated: UnitStatement, field: str, numbers: Mapping[str, set[str]], others: Sequence[str]
) -> UnitStatement | None:
    """The statement as ``field`` hears it: nearer if it names the field; None if it names only other columns."""
    if stated.is_exact or not stated.about:
        return stated
    about = normalise(stated.about)
    named = {each for each, names in numbers.items() if any(name in about for name in names)}
    if field in named:
        return replace(stated, reach=Reach.COLUMN, columns=None)
    if named or stated.named or any(about.endswith(name) for name in others):
        return None
    return stated


@dataclass(frozen=True, slots=True)
class UnitRefusal:
    """What a message says of the column whose unit is in doubt."""

    workbook: str
    table: SheetTable
    field: str
    header: Header
    kind: Kind

    def error(self, problem: Words, otherwise: Words = NOTHING_ELSE) -> UnitError:
        """What to raise: the column, the problem, where to write which unit, and what to do ``otherwise``."""
        place = self.header.place
        return UnitError(
            self.workbook,
            Words(
                f"工作表 {self.table.sheet!r}, {self.header.letter} 列 {self.header.text!r}: {problem.chinese}; "
                f"请在 {place} 写明单位, 如 {self.header.name}({example_unit(self.kind)}){otherwise.chinese}",
                f"sheet {self.table.sheet!r}, column {self.header.letter} {self.header.text!r}: {problem.english}; "
                f"write the unit that is meant into {place}, as in {self.header.name}({example_unit(self.kind)})"
                f"{otherwise.english}",
            ),
        )


def example_unit(kind: Kind) -> str | None:
    """A unit that a column of this kind may be in, for a message; None where it has none."""
    return next((unit for unit in (PERCENT, "万元", "元") if kind.hears(unit)), None)


def _nearest(stated: Sequence[UnitStatement], refusal: UnitRefusal) -> ReadUnit | None:
    """The unit of the nearest statements that concern the column; None where there is none."""
    index, kind = refusal.header.index, refusal.kind
    wide = [each for each in stated if not each.is_exact and _concerns(kind, each)]
    here = [each for each in stated if each.is_exact and each.columns and index in each.columns]
    here += [each for each in wide if each.columns is None or index in each.columns]
    if not here:
        # A heading elsewhere: for the whole sheet, or for its own columns only?
        if wide:
            raise refusal.error(
                Words(
                    f"{_quoted(wide[0])} 在其他列之上写明 {wide[0].unit}, 而本列未写明单位",
                    f"{_quoted(wide[0])} says {wide[0].unit} above other columns, and nothing says the "
                    "unit of this one",
                )
            )
        return None
    reach = min(each.reach for each in here)
    nearest = [each for each in here if each.reach == reach]
    other = next((each for each in nearest if each.unit != nearest[0].unit), None)
    if other is not None:
        raise refusal.error(
            Words(
                f"{_quoted(nearest[0])} 写明 {nearest[0].unit}, 而 {_quoted(other)} 写明 {other.unit}",
                f"{_quoted(nearest[0])} says {nearest[0].unit}, and {_quoted(other)} says {other.unit}",
            ),
            Words(", 并删除其余写法", ", and take any other beside it away"),
        )
    first = nearest[0]
    if first.unit not in kind.units:
        raise refusal.error(
            Words(
                f"单位 {first.unit!r} 不适用于 {refusal.field} ({_quoted(first)})",
                f"a unit of {first.unit!r} does not fit {refusal.field} ({_quoted(first)})",
            )
        )
    return ReadUnit(first.unit, first.place, first.text)


def _concerns(kind: Kind, stated: UnitStatement) -> bool:
    """A price per unit takes the units of amounts only where they name it, or stand above nothing else."""
    if kind.hears(stated.unit):
        return True
    return stated.reach is Reach.COLUMN and stated.unit in kind.units


def _quoted(stated: UnitStatement) -> str:
    return f"{stated.place} {stated.text[:60]!r}"


def _by_row(
    domain: Domain, table: SheetTable, columns: Mapping[str, Header], found: dict[str, ReadUnit]
) -> dict[str, ReadUnit]:
    """``found``, with the units of the rows where a column of units says them for amounts."""
    fed = {header.index for header in columns.values()}
    for header in table.headers:
        match = _UNIT_COLUMN.fullmatch(header.name)
        if match is None or header.index in fed or header.name in domain.known_headers:
            continue
        filled = grid_rows(table.rows).filled([header.index])
        cells = filled.column(header.index)
        units = {cell: _unit_of_row(cell) for cell in set(filter(None, cells)) if isinstance(cell, str)}
        if not any(unit in MONEY_POWERS for unit in units.values()) and "币种" not in header.name:
            continue
        for field, fed_by in columns.items():
            kind, about = domain.kinds[field], match["about"]
            named = about in _names(kind, fed_by) and "元" in kind.units
            if named or (not about and kind.hears("亿元")):
                own = found.get(field, AS_IT_STANDS)
                before = own.rows or dict.fromkeys(filled.indexes, own.unit)
                said = [None if is_blank(cell) else units.get(str(cell), "?") for cell in cells]
                fits = {*kind.units}
                rows = {
                    place: _row_unit(row, before[place], header, fits)
                    for place, row in zip(filled.indexes, said, strict=True)
                }
                found[field] = ReadUnit(own.unit, f"column {header.letter}", header.text, rows)
    return found


def _unit_of_row(cell: str) -> str:
    """A unit, nothing for a currency that is the column's, or what cannot be understood as it is written."""
    text = normalise(cell)
    return "" if text in _YUAN else unit_of(cell) or text


def _row_unit(said: str | None, wide: str | None, header: Header, fits: Collection[str | None]) -> str | None:
    """What one row is read in, where its column of units says ``said`` and what reaches further ``wide``.

    A blank leaves its row in doubt if nothing else says a unit. What does not fit stays so, whatever another column
    of units says.
    """
    if wide not in fits:
        return wide
    if said is None:
        return wide if wide is not None or "币种" in header.name else "?"
    return said or wide
