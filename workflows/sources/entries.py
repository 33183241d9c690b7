"""What the catalogue says of a domain, and what one run says instead, as frozen models (pure)."""

from __future__ import annotations

import re
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

from workflows.errors import ParameterError, Words
from workflows.frozen import Frozen
from workflows.nearest import did_you_mean
from workflows.sources.file_rules import FileRules
from workflows.sources.gate_rules import GateSource
from workflows.sources.keys import NO_KEY, Columns, Key, Replaces, Scope, distinct, identifier, scope_of

_TABLE_PART = r'(?:"(?:[^"]|"")+"|[^".]+)'
_TABLE = re.compile(rf"({_TABLE_PART})(?:\.({_TABLE_PART}))?")


def _table(name: str) -> str:
    match = _TABLE.fullmatch(name)
    if match is None:
        raise ValueError("应为 table 或 schema.table / table or schema.table wanted")
    for part in filter(None, match.groups()):
        identifier(part[1:-1].replace('""', '"') if part.startswith('"') else part)
    return name


def _one_domain(name: str) -> str:
    if name == "all":
        raise ValueError("all 指全部领域, 不能用作名称 / all stands for every domain; none can be called so")
    return name


_DomainName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$"), AfterValidator(_one_domain)]
_Text = Annotated[str, StringConstraints(min_length=1)]


AUTO = "auto"
"""The sheet that is found by its header."""


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


def _by_field(value: object) -> object:
    """Pairs, as an entry is hashable."""
    if not isinstance(value, dict):
        return value
    return tuple((key, tuple(texts) if isinstance(texts, list) else texts) for key, texts in value.items())


# Headers by field, or by one of its roles (``report_date.month``).
_Headers = Annotated[
    tuple[tuple[str, Annotated[tuple[_Text, ...], Field(min_length=1)]], ...],
    BeforeValidator(_by_field),
    PlainSerializer(lambda pairs: {key: list(texts) for key, texts in pairs}, when_used="json"),
]
_READING = {
    "sheet",
    "headers",
    "ignored_headers",
    "required_columns",
    "month_from",
    "hidden",
    "rate_unit",
    "tables",
    *("struck_through", "fill_down"),
}


class DomainSource(FileRules):
    """One domain's entry. ``merge_key`` is the primary key unless given, and then a subset of it.

    An empty ``primary_key`` (``none`` in the catalogue): the table's rows have none, and equal ones are several;
    ``described_by`` then names the columns by which a row that vanished and a new one are the same thing changed.
    ``sheets`` of one workbook are all read, each by itself; ``sheet`` is the one where there are none.
    """

    table: Annotated[str, AfterValidator(_table)]
    primary_key: Key
    merge_key: Columns = Field(default_factory=lambda known: known.get("primary_key", ()), validate_default=True)
    replaces: Replaces = "file_months"
    described_by: Columns = ()
    conflicts: Literal["latest", "fail"]
    sheet: str | int = AUTO
    sheets: tuple[str | int, ...] = ()
    gates: GateSource = GateSource()
    headers: _Headers = ()
    ignored_headers: tuple[_Text, ...] = ()
    fill_down: tuple[_Text, ...] = ()
    required_columns: tuple[_Text, ...] = ()
    month_from: Literal["rows", "file"] = "rows"
    other_months: Literal["block", "allow"] = "block"
    hidden: Literal["include", "skip"] = "include"
    rate_unit: Literal["fraction", "percent"] = "fraction"
    tables: Literal["one", "first", "all"] = "one"
    struck_through: Literal["include", "skip"] = "include"
    owns_rows: bool = False
    expected_day: int | None = Field(default=None, ge=1, le=31)

    @field_validator("sheet", mode="plain")
    @classmethod
    def _names_a_sheet(cls, sheet: object) -> str | int:
        if isinstance(sheet, str) and sheet:
            return sheet
        if isinstance(sheet, int) and not isinstance(sheet, bool) and sheet >= 0:
            return sheet
        raise ValueError("应为工作表名, 或从 0 起的序号 / a sheet's name, or its place counted from 0, wanted")

    @field_validator("sheets")
    @classmethod
    def _name_sheets(cls, sheets: tuple[str | int, ...], info: ValidationInfo) -> tuple[str | int, ...]:
        if sheets and info.data.get("sheet", AUTO) != AUTO:
            raise ValueError("与 sheet 只能写一个 / sheet is given, too; give one of them")
        if AUTO in sheets:
            raise ValueError(f"{AUTO} 只找一个工作表, 此处应逐个写明 / {AUTO} finds one sheet; here each is named")
        return distinct(tuple(cls._names_a_sheet(sheet) for sheet in sheets))

    @field_validator("merge_key")
    @classmethod
    def _fits_primary_key(cls, merge_key: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        primary_key = info.data.get("primary_key", merge_key)
        if not merge_key:
            raise ValueError(
                Words(
                    "应写明列: 载入按其取值替换",
                    "columns wanted: a load replaces the rows that have the batch's values in them",
                )
            )
        outside = [name for name in merge_key if name not in primary_key] if primary_key else []
        if outside:
            raise ValueError(f"{', '.join(outside)}: 不在主键中 / not in the primary key ({', '.join(primary_key)})")
        return merge_key

    @field_validator("replaces")
    @classmethod
    def _has_groups(cls, replaces: Replaces, info: ValidationInfo) -> Replaces:
        merge_key = info.data.get("merge_key", ())
        if replaces == "groups_of_rows" and scope_of(info.data.get("primary_key", ()), merge_key, replaces) == "keys":
            raise ValueError(
                Words(
                    "分组应含多行: merge_key 应少于主键",
                    "groups are several rows: a merge_key that is less than the primary key is wanted",
                )
            )
        return replaces

    @field_validator("described_by")
    @classmethod
    def _stands_for_a_key(cls, described_by: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        if described_by and info.data.get("primary_key"):
            raise ValueError(f"已有主键 / the primary key describes a row already; only for primary_key: {NO_KEY}")
        return described_by

    @property
    def scope(self) -> Scope:
        """What a load replaces."""
        return scope_of(self.primary_key, self.merge_key, self.replaces)

    @property
    def wanted_sheets(self) -> tuple[str | int, ...]:
        """The sheets of each workbook that are read."""
        return self.sheets or (self.sheet,)

    def overridden(self, said: Overrides) -> DomainSource:
        """The entry as one run wants it; a ``primary_key`` alone is its own merge key, unless this names a subset.

        Raises ValidationError as the catalogue would.
        """
        primary_key = self.primary_key if said.primary_key is None else said.primary_key
        own_merge_key = () if self.scope == "keys" else self.merge_key
        return self.altered(
            primary_key=primary_key,
            merge_key=said.merge_key or own_merge_key or primary_key,
            described_by=() if primary_key else self.described_by,
            sheet=self.sheet if said.sheet is None else said.sheet,
            sheets=self.sheets if said.sheet is None else (),
            gates=self.gates.altered(**said.gates),
        )

    def reading_rules(self) -> dict[str, Any]:
        """The keys that shape what is read from a workbook, as JSON values."""
        return self.model_dump(mode="json", include=_READING)

    def merging_rules(self) -> dict[str, Any]:
        """The keys that shape how workbooks are merged, as JSON values."""
        return self.model_dump(mode="json", include={"conflicts", "replaces"})


class Overrides(Frozen):
    """What one run says instead of the catalogue; None where it says nothing. ``gates`` are GateSource's, by name.

    An empty ``primary_key`` says that rows have none.
    """

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
            meant = did_you_mean(name, self.domains)
            known = ", ".join(self.domains)
            raise ParameterError(f"--domain: 目录中没有 / the catalogue has no domain {name!r};{meant} it has {known}")
        return self.domains[name]
