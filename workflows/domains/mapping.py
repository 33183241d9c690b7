"""Which header feeds which field (pure)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from workflows.domains.domain import Domain
from workflows.domains.fields import CodeColumn, MonthColumn, NumberColumn
from workflows.domains.numbers import AMOUNT_UNITS, RATE_UNITS
from workflows.errors import HeaderError, MissingColumnsError
from workflows.sources.cells import Header, SheetTable


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """``sources[field][role]`` is the header that feeds it; ``ignored`` are the texts of headers that feed none."""

    sources: Mapping[str, Mapping[str, Header]]
    ignored: tuple[str, ...]

    def header(self, field: str) -> Header | None:
        """The header to point at when something is wrong with ``field``: the most telling of its columns."""
        roles = self.sources.get(field, {})
        return next((roles[role] for role in ("value", "period", "month", "year") if role in roles), None)


def map_columns(
    domain: Domain,
    table: SheetTable,
    file: str,
    required: Collection[str] = (),
    month_from_file: bool = False,
) -> ColumnMap:
    """Match the table's headers with the domain's fields.

    ``required`` are fields (or headers) beyond those that a record cannot do without. Raises HeaderError when
    two columns claim one role or a unit does not fit, MissingColumnsError with the headers found.
    """
    sources: dict[str, dict[str, Header]] = {}
    ignored: list[str] = []
    for header in table.headers:
        target = domain.known_headers.get(header.name)
        if target is None:
            if header.text:
                ignored.append(header.text)
            continue
        field, role = target
        other = sources.setdefault(field, {}).get(role)
        if other is not None:
            raise HeaderError(
                file,
                f"columns {other.letter} {other.text!r} and {header.letter} {header.text!r} of sheet "
                f"{table.sheet!r} both name {field}; keep one",
            )
        _check_unit(domain, field, header, file)
        sources[field][role] = header
    _check_required(domain, table, file, sources, required, month_from_file)
    return ColumnMap(sources, tuple(ignored))


def _check_unit(domain: Domain, field: str, header: Header, file: str) -> None:
    kind = domain.kinds[field]
    allowed: Collection[str | None] = {None}
    if isinstance(kind, NumberColumn):
        allowed = RATE_UNITS if kind.rate else AMOUNT_UNITS
    if header.unit not in allowed:
        raise HeaderError(
            file, f"column {header.letter} {header.text!r}: a unit of {header.unit!r} does not fit {field}"
        )


def _check_required(
    domain: Domain,
    table: SheetTable,
    file: str,
    sources: Mapping[str, Mapping[str, Header]],
    required: Collection[str],
    month_from_file: bool,
) -> None:
    missing: list[str] = []
    by_header = {name: field for name, (field, _role) in domain.known_headers.items()}
    wanted = {by_header.get(name, name) for name in required}
    for field, kind in domain.kinds.items():
        roles = sources.get(field, {})
        if isinstance(kind, MonthColumn):
            dated = "period" in roles or "month" in roles
            if not dated and not month_from_file:
                missing.append(f"{field} ({_headers(kind)})")
        elif not roles and (field in wanted or isinstance(kind, CodeColumn) or not domain.is_nullable(field)):
            missing.append(f"{field} ({_headers(kind)})")
    if missing:
        found = ", ".join(repr(header.text) for header in table.headers if header.text)
        raise MissingColumnsError(
            file,
            f"sheet {table.sheet!r}, header row {table.header_row}: missing {'; '.join(missing)}; found {found}",
        )


def _headers(kind: MonthColumn | CodeColumn | NumberColumn) -> str:
    return " or ".join(header for _role, headers in kind.roles() for header in headers)
