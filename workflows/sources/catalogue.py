"""The catalogue of domains: YAML -> frozen models, every mistake reported at once."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    ValidationInfo,
    field_validator,
)

from workflows.errors import CatalogueError, ParameterError
from workflows.sources.selection import Strategy

# libyaml's reads the same ten times as fast: a tenth of the time of planning a small file. Not every wheel has it.
_LOADER: type[yaml.SafeLoader | yaml.CSafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
# PostgreSQL cuts longer names short without an error; the limit is in bytes of UTF-8.
_MAX_IDENTIFIER_BYTES = 63
_TABLE_PART = r'(?:"(?:[^"]|"")+"|[^".]+)'
_TABLE = re.compile(rf"({_TABLE_PART})(?:\.({_TABLE_PART}))?")
_NEEDED_GROUPS = ("year", "month")
# Of a wrong value no more than this is shown.
_SHOWN_LENGTH = 80


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
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"{', '.join(twice)}: named twice")
    return names


def _exact(value: object) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("a number wanted")
    return Decimal(repr(value))


_Columns = Annotated[
    tuple[Annotated[str, AfterValidator(_identifier)], ...], Field(min_length=1), AfterValidator(_distinct)
]
_DomainName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
_Text = Annotated[str, StringConstraints(min_length=1)]
_Ratio = Annotated[float, Field(ge=0, le=1)]
# Judged here and by PostgreSQL, where it is a numeric: as a float 0.29 of 100 is less than 29.
_ExactRatio = Annotated[Decimal, BeforeValidator(_exact), Field(ge=0, le=1)]


class _Entry(BaseModel):
    # Strict: a text where a number belongs is a mistake, not something to be guessed right.
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


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
    """What blocks a load; ratios are fractions, None means no limit."""

    max_reject_ratio: _Ratio = 0.0
    min_rows: int | None = Field(default=None, ge=1)
    totals: Literal["warn", "block"] = "warn"
    max_deleted_rows: int | None = Field(default=None, ge=0)
    max_deleted_ratio: _ExactRatio | None = None
    empty: Literal["block", "allow"] = "block"


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
    hidden: Literal["include", "skip"] = "include"
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
        if missing := [group for group in _NEEDED_GROUPS if group not in groups]:
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
        if outside := [name for name in merge_key if name not in primary_key]:
            raise ValueError(f"{', '.join(outside)}: not in the primary key ({', '.join(primary_key)})")
        return merge_key

    def reading_rules(self) -> dict[str, Any]:
        """The keys that shape what is read from a workbook, as JSON values."""
        return self.model_dump(mode="json", include={"sheet", "required_columns", "month_from", "hidden"})

    def merging_rules(self) -> dict[str, Any]:
        """The keys that shape how workbooks are merged, as JSON values."""
        return self.model_dump(mode="json", include={"conflicts"})


class Catalogue(_Entry):
    """Everything that ``data_sources.yml`` says."""

    discovery: DiscoverySource = DiscoverySource()
    domains: dict[_DomainName, DomainSource] = Field(min_length=1)

    def domain(self, name: str) -> DomainSource:
        """The entry of ``name``; raises ParameterError listing the known domains."""
        if name not in self.domains:
            raise ParameterError(f"--domain: the catalogue has no domain {name!r}; it has {', '.join(self.domains)}")
        return self.domains[name]


def load_catalogue(path: Path) -> Catalogue:
    """Read and check the catalogue.

    Raises CatalogueError listing every mistake with its path in the YAML, in the file's order of kinds: duplicate
    keys first, then wrong values. A file that is no YAML has one problem, which names the line.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise CatalogueError(str(path), [("(file)", f"cannot be read: {error.strerror}")]) from None
    try:
        node = yaml.compose(content, Loader=_LOADER)
        problems = list(_duplicate_keys(node, "", set())) if node else []
        found = yaml.load(content, Loader=_LOADER)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise CatalogueError(str(path), [_syntax_problem(error)]) from None
    try:
        # Through JSON, where strict still takes a list for a tuple; it has no other types to be lax about.
        catalogue = Catalogue.model_validate_json(json.dumps(found, default=str))
    except ValidationError as error:
        # A default that was not made, because a value before it is wrong, is no mistake of its own.
        mistakes = (found for found in error.errors(include_url=False) if found["type"] != "default_factory_not_called")
        problems += map(_value_problem, mistakes)
    except (TypeError, ValueError) as error:
        problems.append(("(file)", f"cannot be a catalogue: {error}"))
    if problems:
        raise CatalogueError(str(path), problems)
    return catalogue


def _duplicate_keys(node: yaml.Node, path: str, seen: set[int]) -> Iterator[tuple[str, str]]:
    """Keys that one mapping holds twice; YAML itself would silently keep the last."""
    if id(node) in seen:
        return
    seen.add(id(node))
    if isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            yield from _duplicate_keys(item, f"{path}[{index}]", seen)
    elif isinstance(node, yaml.MappingNode):
        lines: dict[str, int] = {}
        for key, value in node.value:
            name, line = str(key.value), key.start_mark.line + 1
            here = f"{path}.{name}" if path else name
            if name in lines:
                yield here, f"given twice, in line {lines[name]} and line {line}"
            lines.setdefault(name, line)
            yield from _duplicate_keys(value, here, seen)


def _syntax_problem(error: Exception) -> tuple[str, str]:
    mark = getattr(error, "problem_mark", None)
    text = getattr(error, "problem", None) or str(error).splitlines()[0]
    return (f"line {mark.line + 1}, column {mark.column + 1}" if mark else "(file)"), f"not YAML: {text}"


def _value_problem(error: Mapping[str, Any]) -> tuple[str, str]:
    path = ""
    for part in error["loc"]:
        if part != "[key]":
            path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else str(part)
    message = str(error["msg"]).removeprefix("Value error, ")
    if error["type"] == "extra_forbidden":
        message = "unknown key"
    elif error["type"] == "missing":
        message = "missing"
    elif not isinstance(error["input"], dict | list):
        message += f"; found {str(error['input'])[:_SHOWN_LENGTH]!r}"
    return path or "(file)", message
