"""Which header feeds which field (pure)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from workflows.domains.domain import Domain
from workflows.domains.lookalikes import Lookalike, is_of_other_figures, lookalikes, qualified, refuse_lookalikes
from workflows.domains.title_month import stated_months
from workflows.domains.units import AS_IT_STANDS, ReadUnit, example_unit, read_units
from workflows.errors import HeaderError, MissingColumnsError, UnitError, Words
from workflows.sources.cells import Header, SheetTable, TitleCell
from workflows.sources.headers import normalise


@dataclass(frozen=True, slots=True)
class Source:
    """What is known of a file besides its cells. ``file`` is its path as records keep it.

    ``required`` are fields (or headers) beyond those that a record cannot do without. ``rate_unit`` says what bare
    numbers of a rate are where the sheet does not, ``tables`` which of a sheet's tables are meant.
    """

    file: str
    period: date | None = None
    month_from_file: bool = False
    required: tuple[str, ...] = ()
    skip_hidden: bool = False
    rate_unit: Literal["fraction", "percent"] = "fraction"
    tables: Literal["one", "first", "all"] = "one"
    skip_struck: bool = False
    fill_down: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """``sources[field][role]`` is the header that feeds it; ``ignored`` are the texts of headers that feed none.

    Every field that headers can feed is there, its roles in the order of its kind. ``units`` are those of fields for
    which something says one; ``lookalikes`` are columns that seem to be a field's and are not. ``month`` is every row's
    where no column says it, ``month_from`` the title that states it, if one does.
    """

    sources: Mapping[str, dict[str, Header]]
    ignored: tuple[str, ...]
    units: Mapping[str, ReadUnit]
    lookalikes: tuple[Lookalike, ...] = ()
    month: date | None = None
    month_from: TitleCell | None = None

    @property
    def columns(self) -> list[int]:
        """The sheet's columns that feed any field, from 0."""
        return [header.index for roles in self.sources.values() for header in roles.values()]

    def header(self, field: str) -> Header | None:
        """The header to point at when something is wrong with ``field``: the most telling of its columns."""
        return next(reversed(self.sources[field].values()), None)

    @property
    def headers(self) -> dict[str, Header]:
        """The header to point at of each field that has one."""
        return {name: header for name in self.sources if (header := self.header(name))}

    @property
    def column_units(self) -> dict[int, str | None]:
        """What each column that is pointed at is read in, by its place from 0."""
        return {header.index: self.unit(field).unit for field, header in self.headers.items()}

    def unit(self, field: str) -> ReadUnit:
        """What a field is read in."""
        return self.units.get(field, AS_IT_STANDS)


def map_columns(domain: Domain, table: SheetTable, source: Source) -> ColumnMap:
    """Match the table's headers with the domain's fields.

    Raises HeaderError when two columns claim one role, or one that feeds nothing looks like a field that none feeds;
    UnitError when a unit does not fit or is in doubt; MissingColumnsError with the headers found.
    """
    claims: dict[tuple[str, str], list[Header]] = {}
    for header in table.headers:
        for target in [] if header.is_hidden else _targets(domain, header):
            claims.setdefault(target, []).append(header)
    claims = {target: _the_qualified(domain, headers) for target, headers in claims.items()}
    sources = {
        field: {role: claims[field, role][0] for role, _headers in kind.roles() if (field, role) in claims}
        for field, kind in domain.kinds.items()
    }
    month, month_from = _month_of_the_sheet(domain, table, source, sources)
    _refuse_missing(domain, table, source, sources, month)
    for (field, _role), headers in claims.items():
        _refuse_unfit(domain, table, source, field, headers)
    used = {header.index for headers in claims.values() for header in headers}
    unused = [header for header in table.headers if header.index not in used and header.text]
    shown = [header for header in unused if not header.is_hidden]
    refuse_lookalikes(domain, table, sources, shown if source.skip_hidden else unused, source.file)
    ignored = tuple(header.text for header in shown)
    columns = ColumnMap(sources, ignored, {}, tuple(lookalikes(domain, shown)), month, month_from)
    return replace(columns, units=read_units(domain, table, columns.headers, source.rate_unit, source.file))


def _targets(domain: Domain, header: Header) -> list[tuple[str, str]]:
    """What a column feeds by its name with the headings above it, or by its name alone."""
    known = domain.known_headers
    for name in qualified(header):
        if name in known:
            return known[name]
    return [] if is_of_other_figures(header) else known.get(header.name, [])


def _the_qualified(domain: Domain, headers: list[Header]) -> list[Header]:
    """The one that is known with its heading, where others of that name stand below other headings."""
    named = [header for header in headers if any(name in domain.known_headers for name in qualified(header))]
    return named if len(named) == 1 and all(header.groups for header in headers) else headers


def _refuse_unfit(domain: Domain, table: SheetTable, source: Source, field: str, headers: Sequence[Header]) -> None:
    """Two columns of one field, or one whose unit the field does not take."""
    for other in headers[1:]:
        raise HeaderError(
            source.file,
            Words(
                f"工作表 {table.sheet!r}: {headers[0].letter} 列 {headers[0].text!r} 与 {other.letter} 列 "
                f"{other.text!r} 都对应 {field}; 请保留一列",
                f"columns {headers[0].letter} {headers[0].text!r} and {other.letter} {other.text!r} of sheet "
                f"{table.sheet!r} both name {field}; keep one",
            ),
        )
    header, kind = headers[0], domain.kinds[field]
    if header.unit not in kind.units:
        raise UnitError(
            source.file,
            Words(
                f"{header.letter} 列 {header.text!r}: 单位 {header.unit!r} 不适用于 {field}; "
                f"应为 {example_unit(kind) or '无单位'}",
                f"column {header.letter} {header.text!r}: a unit of {header.unit!r} does not fit {field}; "
                f"it takes {example_unit(kind) or 'none'}",
            ),
        )


def _month_of_the_sheet(
    domain: Domain, table: SheetTable, source: Source, sources: Mapping[str, dict[str, Header]]
) -> tuple[date | None, TitleCell | None]:
    """The month of every row where no column says one: the one month of the titles, or the file's if it is meant.

    Raises HeaderError where the titles state several months, or another one than the file's name.
    """
    if domain.kinds[domain.period_field].is_fed(sources[domain.period_field].keys(), None):
        return None, None
    labels = {
        normalise(header)
        for (field, _role), headers in domain.headers.items()
        if field == domain.period_field
        for header in headers
    }
    stated = stated_months(table.titles, labels)
    for month, title in stated.items():
        if len(stated) > 1 or (source.period and month != source.period):
            said = ", ".join(f"{each.place} {each.text[:60]!r} {month:%Y-%m}" for month, each in stated.items())
            named, other = f"{source.period:%Y-%m}" if source.period else "", ", and the file's name "
            raise HeaderError(
                source.file,
                Words(
                    f"没有年月列; 标题写明 {said}{named and ', 文件名为 '}{named}: 请使其一致, 或增加年月列",
                    f"no column says the month of its rows; {said}{named and other}{named}: make them say one month, "
                    "or add a column with it",
                ).of_sheet(table.sheet),
            )
        return month, title
    return source.period if source.month_from_file else None, None


def _refuse_missing(
    domain: Domain,
    table: SheetTable,
    source: Source,
    sources: Mapping[str, dict[str, Header]],
    month: date | None,
) -> None:
    known = domain.known_headers
    required = {field for name in source.required for field, _role in known.get(name, [(name, "")])}
    missing = [
        f"{field} ({domain.known_as(field)})"
        for field, kind in domain.kinds.items()
        if field in required or not domain.may_be_missing(field)
        if not kind.is_fed(sources[field].keys(), month)
    ]
    if missing:
        found = ", ".join(repr(header.text) for header in table.headers if header.text)
        raise MissingColumnsError(
            source.file,
            Words(
                f"工作表 {table.sheet!r}, 表头第 {table.header_row} 行: 缺少 {'; '.join(missing)}; 现有 {found}",
                f"sheet {table.sheet!r}, header row {table.header_row}: missing {'; '.join(missing)}; found {found}",
            ),
        )
