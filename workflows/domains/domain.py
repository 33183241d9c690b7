"""What a domain is: a record model, its key, and the few rules that its columns cannot say by themselves (pure).

A domain module defines a ``Record`` subclass and ``DOMAIN``; everything else (headers, cleaning, validation,
table, COPY columns) is derived from the model's fields.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, get_args

from pydantic import BaseModel, ConfigDict, TypeAdapter

from workflows.domains.column_types import jsonable_by_type, sql_type_of
from workflows.domains.findings import OwnCodes
from workflows.domains.kinds.kind import Kind
from workflows.domains.references import Reference
from workflows.domains.touches import Rule
from workflows.sources.headers import normalise
from workflows.sources.units import split_unit

Columns = Mapping[str, Sequence[Any]]
"""Typed values by field, one entry per row: dates, texts, Decimals, None."""

Cautions = Iterator[tuple[int, str, str]]
"""(row index, caution code, field) of what is odd but loaded."""

Derive = Callable[[Columns, int], Sequence[Any]]
"""A pure function over columns: so many rows' values of one more, None where it says nothing."""


@dataclass(frozen=True, slots=True)
class Filling:
    """A derivation with a name: what it puts into a cell is known as its ``rule``'s, and never as the provider's.

    ``also`` are values that it fills as if they were blanks.
    """

    rule: Rule
    values: Derive
    also: tuple[str, ...] = ()

    def __call__(self, columns: Columns, count: int) -> Sequence[Any]:
        """The values of ``count`` rows."""
        return self.values(columns, count)


class Record(BaseModel):
    """One row of the warehouse table, immutable, with its provenance last."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    data_source: str
    source_sheet: str
    source_row: int
    validation_warnings: list[dict[str, str]]


PROVENANCE = tuple(Record.model_fields)
"""Columns that say where a record comes from and what was odd; they never make two rows differ.

``validation_warnings`` stays the last: the COPY feed relies on it.
"""


def _no_cautions(_columns: Columns) -> Cautions:
    return iter(())


@dataclass(frozen=True, slots=True)
class CompanyKeys:
    """Which fields say which company a row is of; None for what the domain does not have.

    ``customer_name`` is normalised (``domains.customer_names``), ``account_name`` as it was written. ``target`` is the
    field that merging fills (``companies``): empty in a workbook's own document, as answers change while it does not.
    """

    customer_name: str
    plan_code: str | None = None
    account_number: str | None = None
    account_name: str | None = None
    target: str = "company_id"


@dataclass(frozen=True, eq=False)
class Domain:
    """A kind of workbook: ``record`` is what one row becomes.

    ``fillings`` say what a blank becomes in a field that headers feed, from the other fields, those filled before it
    included; they see every row, valid or not. ``derived`` computes the fields that no header feeds, a list per field,
    from the typed columns and those derived before it; ``cautions`` finds what is odd, under a common code or one that
    ``codes`` declares. Both see only rows that are valid. ``company`` says what companies are
    looked up by, ``references`` what rows of other tables the facts refer to. ``also_called`` are headers of fields (or
    of one of their roles: ``report_date.month``) that the catalogue adds, ``other_headers`` those that it says feed
    none. With ``several_months`` a workbook goes back over earlier ones, which is nothing odd; later ones still are.
    """

    name: str
    record: type[Record]
    primary_key: tuple[str, ...]
    period_field: str
    derived: Mapping[str, Derive]
    cautions: Callable[[Columns], Cautions] = _no_cautions
    codes: OwnCodes = field(default_factory=dict)
    fillings: Mapping[str, Filling] = field(default_factory=dict)
    company: CompanyKeys | None = None
    references: tuple[Reference, ...] = ()
    also_called: tuple[tuple[str, tuple[str, ...]], ...] = ()
    other_headers: tuple[str, ...] = ()
    several_months: bool = False

    @functools.cached_property
    def kinds(self) -> dict[str, Kind]:
        """The fields that headers feed, in the model's order."""
        return {
            name: constraint
            for name, info in self.record.model_fields.items()
            for constraint in info.metadata
            if isinstance(constraint, Kind)
        }

    @functools.cached_property
    def columns(self) -> tuple[str, ...]:
        """All columns of the table, business first, provenance last."""
        return (*self.business_columns, *PROVENANCE)

    @functools.cached_property
    def business_columns(self) -> tuple[str, ...]:
        """The columns that decide whether two rows of one key are identical."""
        return tuple(name for name in self.record.model_fields if name not in PROVENANCE)

    @functools.cached_property
    def headers(self) -> dict[tuple[str, str], tuple[str, ...]]:
        """(field, role) -> the headers that name it, its own ones first; roles in the order of their kind."""
        added: dict[str, tuple[str, ...]] = dict(self.also_called)
        found: dict[tuple[str, str], tuple[str, ...]] = {}
        for name, kind in self.kinds.items():
            roles = list(kind.roles())
            for role, own in roles:
                # A field that is named alone means its most telling column.
                alone = added.get(name, ()) if role == roles[-1][0] else ()
                found[name, role] = (*own, *alone, *added.get(f"{name}.{role}", ()))
        return found

    @functools.cached_property
    def known_headers(self) -> dict[str, list[tuple[str, str]]]:
        """Normalised header name, without its unit -> (field, role) of what it feeds."""
        known: dict[str, list[tuple[str, str]]] = {}
        for target, headers in self.headers.items():
            for name in dict.fromkeys(split_unit(normalise(header))[0] for header in headers):
                known.setdefault(name, []).append(target)
        return known

    def known_as(self, name: str) -> str:
        """The headers of a field, as a message names them."""
        return " or ".join(
            header for (field, _role), headers in self.headers.items() if field == name for header in headers
        )

    def header_with_unit(self, name: str) -> str:
        """What people call a column, with the unit of its values: ``规模(元)``; empty if no header feeds it."""
        named = [headers[0] for (field, _role), headers in self.headers.items() if field == name and headers]
        unit = self.kinds[name].value_unit if named else ""
        return f"{named[-1]}({unit})" if unit else "".join(named[-1:])

    def is_nullable(self, name: str) -> bool:
        """Whether a record may hold None in this column: a blank cell, or no column at all."""
        return type(None) in get_args(self.record.model_fields[name].annotation)

    def may_be_missing(self, name: str) -> bool:
        """Whether a sheet may lack the field's column, and a row its value: it stays empty or takes a default."""
        return self.is_nullable(name) or self.kinds[name].default is not None

    def sql_type(self, name: str) -> str:
        """The PostgreSQL type of a column, as PostgreSQL writes it.

        Raises TypeError for a field that no header feeds, if its annotation is none that a column can keep exactly.
        """
        kind = self.kinds.get(name)
        return kind.sql_type if kind else sql_type_of(name, self.record.model_fields[name])

    def jsonable(self, name: str, values: Sequence[Any]) -> Sequence[Any]:
        """Valid values of a column as the document keeps them: fixed-point and ISO texts."""
        kind = self.kinds.get(name)
        return kind.jsonable(values) if kind else jsonable_by_type(self.record.model_fields[name], values)

    @functools.cache  # noqa: B019 - domains live as long as the process
    def adapter(self, name: str) -> TypeAdapter[list[Any]]:
        """Validates a whole column of ``name`` at once: per value it costs a tenth of a model."""
        info = self.record.model_fields[name]
        field_type: Any = info.annotation
        for constraint in info.metadata:
            field_type = Annotated[field_type, constraint]
        return TypeAdapter(list[field_type])
