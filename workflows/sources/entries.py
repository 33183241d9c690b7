"""What the catalogue says of a domain, and what one run says instead, as frozen models (pure)."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
    ValidationInfo,
    field_validator,
)

from workflows.errors import ParameterError
from workflows.frozen import Frozen
from workflows.sources.selection import Strategy

# PostgreSQL cuts longer names short without an error; the limit is in bytes of UTF-8.
_MAX_IDENTIFIER_BYTES = 63
_TABLE_PART = r'(?:"(?:[^"]|"")+"|[^".]+)'
_TABLE = re.compile(rf"({_TABLE_PART})(?:\.({_TABLE_PART}))?")
_NEEDED_GROUPS = ("year", "month")


def _identifier(name: str) -> str:
    if not name or not name.isprintable():
        raise ValueError(f"{name!r} cannot be the name of a table or column")
    size_bytes = len(name.encode())
    if size_bytes > _MAX_IDENTIFIER_BYTES:
        raise ValueError(f"{name!r} takes {size_bytes} bytes in UTF-8; PostgreSQL keeps {_MAX_IDENTIFIER_BYTES}")
    return name


def _table(name: str) -> str:
    match = _TABLE.fullmatch(name)
    if match is None:
        raise ValueError("table or schema.table wanted")
    for part in filter(None, match.groups()):
        _identifier(part[1:-1].replace('""', '"') if part.startswith('"') else part)
    return name


def _distinct(names: tuple[str, ...]) -> tuple[str, ...]:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"{', '.join(twice)}: named twice")
    return names


_Columns = Annotated[
    tuple[Annotated[str, AfterValidator(_identifier)], ...], Field(min_length=1), AfterValidator(_distinct)
]
_DomainName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
_Text = Annotated[str, StringConstraints(min_length=1)]


IN_YAML = "in YAML"
"""The context of validating a catalogue, where a text is no number."""


def _exact(value: object, info: ValidationInfo) -> object:
    """A number as it is written: 0.29 is 29 of 100, which a binary fraction is not."""
    if isinstance(value, str) and info.context == IN_YAML:
        raise ValueError("a number wanted")
    if isinstance(value, (str, float)) or type(value) is int:
        try:
            return Decimal(str(value))
        except InvalidOperation:
            raise ValueError("a number wanted") from None
    return value


_Ratio = Annotated[
    Decimal,
    BeforeValidator(_exact),
    Field(ge=0, le=1, decimal_places=100),
    PlainSerializer(lambda ratio: f"{ratio:f}", return_type=str, when_used="json"),
]


class _Entry(Frozen):
    # Strict: a text where a number belongs is a mistake, not something to be guessed right.
    model_config = ConfigDict(strict=True)


class DiscoverySource(_Entry):
    """How the data folder is looked through.

    ``extensions`` in lower case with their dot; ``excluded_folders`` and ``ignored_patterns`` are shell patterns;
    ``max_depth`` 0 is the data folder alone.
    """

    extensions: tuple[Annotated[str, StringConstraints(pattern=r"^\.\w+$", to_lower=True)], ...] = Field(
        default=(".xlsx", ".xlsm", ".xls"), min_length=1
    )
    excluded_folders: tuple[_Text, ...] = ()
    ignored_patterns: tuple[_Text, ...] = ("~$*", ".*")
    max_depth: int = Field(default=5, ge=0)


class GateSource(_Entry):
    """What blocks a load; ratios are fractions, None means no limit.

    ``max_reject_ratio`` is of the data rows, ``max_other_months_ratio`` of the records (those whose month is not their
    file's, where keys are replaced), ``max_deleted_ratio`` of the table's rows in scope. ``empty: allow`` lets
    a batch without a row through, which deletes everything in the periods that it replaces. ``left_behind`` is about
    the table's rows that an earlier load of the same month and part wrote and the batch does not hold, where keys are
    replaced.
    """

    max_reject_ratio: _Ratio = Decimal(0)
    max_other_months_ratio: _Ratio = Decimal(0)
    min_rows: int | None = Field(default=None, ge=1)
    totals: Literal["warn", "block"] = "warn"
    max_deleted_rows: int | None = Field(default=None, ge=0)
    max_deleted_ratio: _Ratio | None = None
    empty: Literal["block", "allow"] = "block"
    left_behind: Literal["block", "warn"] = "block"

    @property
    def allow_empty(self) -> bool:
        """Whether a batch without a row is meant."""
        return self.empty == "allow"


class DomainSource(_Entry):
    """One domain's entry. ``merge_key`` is the primary key unless given, and then a subset of it."""

    pattern: str
    select: Strategy
    table: Annotated[str, AfterValidator(_table)]
    primary_key: _Columns
    merge_key: _Columns = Field(default_factory=lambda known: known.get("primary_key", ()))
    conflicts: Literal["latest", "fail"]
    sheet: str | int = 0
    gates: GateSource = GateSource()
    required_columns: tuple[_Text, ...] = ()
    month_from: Literal["rows", "file"] = "rows"
    other_months: Literal["block", "allow"] = "block"
    hidden: Literal["include", "skip"] = "include"
    rate_unit: Literal["fraction", "percent"] = "fraction"
    owns_rows: bool = False

    @field_validator("pattern")
    @classmethod
    def _compiles(cls, pattern: str) -> str:
        # A block in YAML ends with a line break, which no name holds.
        pattern = pattern.strip()
        normalised = unicodedata.normalize("NFKC", pattern)
        if pattern != normalised:
            odd = next((a for a, b in zip(pattern, normalised, strict=False) if a != b), pattern)
            raise ValueError(f"{odd!r} matches nothing: names are compared after NFKC, where it is written otherwise")
        try:
            groups = re.compile(pattern).groupindex
        except (re.error, RecursionError, OverflowError) as error:
            raise ValueError(f"not a regular expression: {error}") from None
        missing = [group for group in _NEEDED_GROUPS if group not in groups]
        if missing:
            raise ValueError(f"the named group(s) {', '.join(missing)} are missing, as in (?P<year>20\\d\\d)")
        return pattern

    @field_validator("sheet", mode="plain")
    @classmethod
    def _names_a_sheet(cls, sheet: object) -> str | int:
        if isinstance(sheet, str) and sheet:
            return sheet
        if isinstance(sheet, int) and not isinstance(sheet, bool) and sheet >= 0:
            return sheet
        raise ValueError("a sheet's name, or its place counted from 0, wanted")

    @field_validator("merge_key")
    @classmethod
    def _lies_in_primary_key(cls, merge_key: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        primary_key = info.data.get("primary_key", merge_key)
        outside = [name for name in merge_key if name not in primary_key]
        if outside:
            raise ValueError(f"{', '.join(outside)}: not in the primary key ({', '.join(primary_key)})")
        return merge_key

    @property
    def replaces_periods(self) -> bool:
        """Whether a load replaces whole months rather than the batch's own keys."""
        return set(self.merge_key) != set(self.primary_key)

    def overridden(self, said: Overrides) -> DomainSource:
        """The entry as one run wants it; a ``primary_key`` alone is its own merge key, unless this names a subset.

        Raises ValidationError as the catalogue would.
        """
        primary_key = said.primary_key or self.primary_key
        own_merge_key = self.merge_key if self.replaces_periods else ()
        return self.altered(
            primary_key=primary_key,
            merge_key=said.merge_key or own_merge_key or primary_key,
            sheet=self.sheet if said.sheet is None else said.sheet,
            gates=self.gates.altered(**said.gates),
        )

    def reading_rules(self) -> dict[str, Any]:
        """The keys that shape what is read from a workbook, as JSON values."""
        return self.model_dump(mode="json", include={"sheet", "required_columns", "month_from", "hidden", "rate_unit"})

    def merging_rules(self) -> dict[str, Any]:
        """The keys that shape how workbooks are merged, as JSON values."""
        return self.model_dump(mode="json", include={"conflicts"})


class Overrides(Frozen):
    """What one run says instead of the catalogue; None where it says nothing. ``gates`` are GateSource's, by name."""

    primary_key: tuple[str, ...] | None = None
    merge_key: tuple[str, ...] | None = None
    sheet: str | int | None = None
    gates: dict[str, int | float | str] = Field(default_factory=dict)


class Catalogue(_Entry):
    """Everything that ``data_sources.yml`` says."""

    discovery: DiscoverySource = DiscoverySource()
    domains: dict[_DomainName, DomainSource] = Field(min_length=1)

    def domain(self, name: str) -> DomainSource:
        """The entry of ``name``; raises ParameterError listing the known domains."""
        if name not in self.domains:
            raise ParameterError(f"--domain: the catalogue has no domain {name!r}; it has {', '.join(self.domains)}")
        return self.domains[name]
