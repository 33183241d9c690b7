"""The command line of a run, checked in one place.

Luigi hands over plain texts and flags; a wrong one would otherwise end in a stack trace and a usage error.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Protocol

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from workflows.errors import ParameterError
from workflows.plan.load_spec import MODES, Mode
from workflows.sources.selection import PeriodRange, parse_periods


def effective_plan_only(execute: bool, plan_only: bool) -> bool:
    """Whether this run plans: ``--execute`` wins over ``--plan-only``, and planning is the default.

    The one place where this is decided; the work, the summary and the plan all use its answer.
    """
    del plan_only  # planning needs no flag, and --execute wins over it
    return not execute


class RunOptions(BaseModel):
    """What the user asked for, valid. Empty texts on the command line mean "as the catalogue says"."""

    model_config = ConfigDict(frozen=True)

    domain: str
    max_files: int
    periods: PeriodRange | None
    mode: Mode
    sheet: str | int | None
    execute: bool
    plan_only: bool
    primary_key: tuple[str, ...] | None
    merge_key: tuple[str, ...] | None
    accepted_rejects: int | None
    compare: bool = False
    max_deleted_rows: int | None = Field(default=None, ge=0)
    max_deleted_ratio: Decimal | None = Field(default=None, ge=0, le=1)
    allow_empty: bool = False

    @field_validator("max_files", mode="before")
    @classmethod
    def _whole_number(cls, value: object) -> object:
        if isinstance(value, str) and not value.strip().lstrip("+-").isdecimal():
            raise ValueError(f"a whole number was wanted, {value!r} found")
        return value


class Flags(Protocol):
    """The command line as Luigi hands it over (``LoadDomain`` fits): texts, empty where a flag was not given."""

    domain: str
    max_files: str
    period: str
    mode: str
    sheet: str
    execute: bool
    plan_only: bool
    pk: str
    merge_key: str
    accept_rejects: str
    compare: bool
    max_deleted_rows: str
    max_deleted_ratio: str
    allow_empty: bool


def parse_options(flags: Flags, max_files_limit: int) -> RunOptions:
    """The flags as given -> options.

    Raises ParameterError naming the flag, what was wanted and what was found.
    """
    mode, accept_rejects = flags.mode, flags.accept_rejects
    if not flags.domain:
        raise ParameterError("--domain is missing; say which one of the catalogue's domains to load")
    if mode not in MODES:
        raise ParameterError(f"--mode: {' or '.join(MODES)} wanted, {mode!r} found")
    if accept_rejects and not accept_rejects.isdecimal():
        raise ParameterError(f"--accept-rejects: the plan's count of rejected rows wanted, {accept_rejects!r} found")
    try:
        options = RunOptions(
            domain=flags.domain,
            max_files=flags.max_files,
            periods=parse_periods(flags.period) if flags.period else None,
            mode=mode,
            sheet=flags.sheet or None,
            execute=flags.execute,
            plan_only=flags.plan_only,
            primary_key=_columns("--pk", flags.pk),
            merge_key=_columns("--merge-key", flags.merge_key),
            accepted_rejects=int(accept_rejects) if accept_rejects else None,
            compare=flags.compare,
            max_deleted_rows=flags.max_deleted_rows or None,
            max_deleted_ratio=flags.max_deleted_ratio or None,
            allow_empty=flags.allow_empty,
        )
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        flag = "--" + "-".join(str(part) for part in problem["loc"]).replace("_", "-")
        raise ParameterError(f"{flag}: {problem['msg'].removeprefix('Value error, ')}") from None
    if not 1 <= options.max_files <= max_files_limit:
        raise ParameterError(
            f"--max-files: 1 to {max_files_limit} wanted (WDH_MAX_FILES_LIMIT sets the limit), {flags.max_files} found"
        )
    return options


def _columns(flag: str, text: str) -> tuple[str, ...] | None:
    if not text:
        return None
    columns = tuple(name.strip() for name in text.split(","))
    if not all(columns) or len(set(columns)) < len(columns):
        raise ParameterError(f"{flag}: distinct column names separated by commas wanted, {text!r} found")
    return columns


def check_keys(
    columns: tuple[str, ...], nullable: tuple[str, ...], primary_key: tuple[str, ...], merge_key: tuple[str, ...]
) -> None:
    """Refuse keys that the record cannot bear.

    Raises ParameterError for a column that the record does not have or that may be NULL (NULL is never equal to
    NULL, so it would duplicate its rows at every run), and for a merge key outside the primary key.
    """
    for flag, key in (("--pk", primary_key), ("--merge-key", merge_key)):
        for name in key:
            if name not in columns:
                raise ParameterError(f"{flag}: the record has no column {name!r}; it has {', '.join(columns)}")
            if name in nullable:
                raise ParameterError(f"{flag}: {name} may be empty, so it cannot be part of a key")
    if not set(merge_key) <= set(primary_key):
        raise ParameterError(f"--pk ({', '.join(primary_key)}) must contain the merge key ({', '.join(merge_key)})")
