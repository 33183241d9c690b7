"""Which header feeds which field (pure)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from workflows.domains.domain import Domain
from workflows.errors import HeaderError, MissingColumnsError
from workflows.sources.cells import Header, SheetTable


@dataclass(frozen=True, slots=True)
class Source:
    """What is known of a file besides its cells. ``file`` is its path as records keep it.

    ``required`` are fields (or headers) beyond those that a record cannot do without.
    """

    file: str
    period: date | None = None
    month_from_file: bool = False
    required: tuple[str, ...] = ()
    skip_hidden: bool = False

    @property
    def file_month(self) -> date | None:
        """The month of rows in a sheet that names none; None where the sheet must name it."""
        return self.period if self.month_from_file else None


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """``sources[field][role]`` is the header that feeds it; ``ignored`` are the texts of headers that feed none.

    Every field that headers can feed is there, its roles in the order of its kind.
    """

    sources: Mapping[str, dict[str, Header]]
    ignored: tuple[str, ...]

    @property
    def columns(self) -> list[int]:
        """The sheet's columns that feed any field, from 0."""
        return [header.index for roles in self.sources.values() for header in roles.values()]

    def header(self, field: str) -> Header | None:
        """The header to point at when something is wrong with ``field``: the most telling of its columns."""
        return next(reversed(self.sources[field].values()), None)


def map_columns(domain: Domain, table: SheetTable, source: Source) -> ColumnMap:
    """Match the table's headers with the domain's fields.

    Raises HeaderError when two columns claim one role or a unit does not fit, MissingColumnsError with the headers
    found.
    """
    claimed: dict[tuple[str, str], Header] = {}
    ignored: list[str] = []
    for header in table.headers:
        targets = domain.known_headers.get(header.name, [])
        if not targets and header.text:
            ignored.append(header.text)
        for field, role in targets:
            other = claimed.setdefault((field, role), header)
            if other is not header:
                raise HeaderError(
                    source.file,
                    f"columns {other.letter} {other.text!r} and {header.letter} {header.text!r} of sheet "
                    f"{table.sheet!r} both name {field}; keep one",
                )
            if header.unit not in domain.kinds[field].units:
                raise HeaderError(
                    source.file,
                    f"column {header.letter} {header.text!r}: a unit of {header.unit!r} does not fit {field}",
                )
    sources = {
        field: {role: claimed[field, role] for role, _headers in kind.roles() if (field, role) in claimed}
        for field, kind in domain.kinds.items()
    }
    _refuse_missing(domain, table, source, sources)
    return ColumnMap(sources, tuple(ignored))


def _refuse_missing(
    domain: Domain, table: SheetTable, source: Source, sources: Mapping[str, dict[str, Header]]
) -> None:
    known = domain.known_headers
    required = {field for name in source.required for field, _role in known.get(name, [(name, "")])}
    missing = [
        f"{field} ({kind.known_as()})"
        for field, kind in domain.kinds.items()
        if field in required or not domain.is_nullable(field)
        if not kind.is_fed(sources[field].keys(), source.file_month)
    ]
    if missing:
        found = ", ".join(repr(header.text) for header in table.headers if header.text)
        raise MissingColumnsError(
            source.file,
            f"sheet {table.sheet!r}, header row {table.header_row}: missing {'; '.join(missing)}; found {found}",
        )
