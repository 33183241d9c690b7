"""The command line of a run, checked in one place.

Luigi hands over plain texts and flags; a wrong one would otherwise end in a stack trace and a usage error. A flag that
is called as a gate of the catalogue stands for that gate; a new one needs nothing here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

from workflows.domains.domain import Domain
from workflows.domains.fill_down import fill_down_problems
from workflows.domains.naming import naming_problems
from workflows.errors import CatalogueError, ParameterError, Words
from workflows.frozen import Frozen
from workflows.mistakes import told
from workflows.nearest import did_you_mean
from workflows.plan.load_spec import MODES, Mode
from workflows.runs.accepting import accepted_by_domain, parse_accepted
from workflows.sources.domain_names import parse_domains
from workflows.sources.entries import DomainSource, Overrides
from workflows.sources.gate_rules import GateSource
from workflows.sources.keys import NO_KEY
from workflows.sources.periods import PeriodRange, parse_periods


def effective_plan_only(execute: bool, plan_only: bool) -> bool:
    """Whether this run plans: ``--execute`` wins over ``--plan-only``, and planning is the default.

    The one place where this is decided; the work, the summary and the plan all use its answer.
    """
    del plan_only  # planning needs no flag, and --execute wins over it
    return not execute


class RunOptions(Frozen):
    """What the user asked for, valid; ``said`` is what stands for the catalogue's own.

    No ``domains`` are all of the catalogue's that have files. ``accepted`` is by domain. Without ``max_files`` the
    newest month is taken whole, which is one file unless it has parts.
    """

    domains: tuple[str, ...] = ()
    max_files: int | None = None
    periods: PeriodRange | None = None
    mode: Mode = "delete_insert"
    plan_only: bool = True
    compare: bool = False
    accepted: dict[str, dict[str, int]] = Field(default_factory=dict)
    said: Overrides = Overrides()


def parse_options(flags: Mapping[str, Any], max_files_limit: int) -> RunOptions:
    """The flags as given (texts, empty where a flag was not, and booleans) -> options.

    Raises ParameterError naming the flag, what was wanted and what was found.
    """
    domains = parse_domains(flags["domain"])
    _refuse_flags_of_one_domain(domains, flags)
    mode = flags["mode"]
    if mode not in MODES:
        raise ParameterError(
            "--mode: "
            + Words(f"应为 {' 或 '.join(MODES)}, 而不是 {mode!r}", f"{' or '.join(MODES)} wanted, {mode!r} found")
        )
    return RunOptions(
        domains=domains,
        max_files=_max_files(flags["max_files"], max_files_limit),
        periods=parse_periods(flags["period"]) if flags["period"] else None,
        mode=mode,
        plan_only=effective_plan_only(flags["execute"], flags["plan_only"]),
        compare=flags["compare"],
        accepted=accepted_by_domain(domains, parse_accepted(flags["accept"], flags["accept_rejects"])),
        said=Overrides(
            primary_key=() if flags["pk"].strip() == NO_KEY else _columns("--pk", flags["pk"]),
            merge_key=_columns("--merge-key", flags["merge_key"]),
            sheet=flags["sheet"] or None,
            gates=_gates(flags),
        ),
    )


def _refuse_flags_of_one_domain(domains: Sequence[str], flags: Mapping[str, Any]) -> None:
    if len(domains) == 1:
        return
    for name in ("sheet", "pk", "merge_key", "allow_empty"):
        if flags[name]:
            flag = name.replace("_", "-")
            raise ParameterError(
                f"--{flag}: "
                + Words(
                    "只能用于一个领域, 而本次载入几个; 请写在目录中, 或单独载入该领域",
                    "is of one domain, and several are to be loaded; say it in the catalogue, or load that one by"
                    " itself",
                )
            )


def check_max_files(number: int, limit: int) -> int:
    """``number`` if it is from 1 to ``limit``; raises ParameterError otherwise."""
    if not 1 <= number <= limit:
        raise ParameterError(
            "--max-files: "
            + Words(
                f"应为 1 至 {limit} (上限由 WDH_MAX_FILES_LIMIT 设定), 而不是 {number}",
                f"1 to {limit} wanted (WDH_MAX_FILES_LIMIT sets the limit), {number} found",
            )
        )
    return number


def _max_files(text: str, limit: int) -> int | None:
    if not text:
        return None
    if not text.strip().lstrip("+-").isdecimal():
        raise ParameterError(
            "--max-files: " + Words(f"应为整数, 而不是 {text!r}", f"a whole number was wanted, {text!r} found")
        )
    return check_max_files(int(text), limit)


def _columns(flag: str, text: str) -> tuple[str, ...] | None:
    if not text:
        return None
    columns = tuple(name.strip() for name in text.split(","))
    if not all(columns) or len(set(columns)) < len(columns):
        raise ParameterError(
            f"{flag}: "
            + Words(
                f"应为以逗号分隔、互不相同的列名, 而不是 {text!r}",
                f"distinct column names separated by commas wanted, {text!r} found",
            )
        )
    return columns


def _gates(flags: Mapping[str, Any]) -> dict[str, Any]:
    """The gates that the command line says, each valid by itself."""
    said = {name: _scalar(flags[name]) for name in GateSource.model_fields if flags.get(name)}
    if flags["allow_empty"]:
        said["empty"] = "allow"
    try:
        GateSource().altered(**said)
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        flag = str(problem["loc"][0]).replace("_", "-")
        raise ParameterError(f"--{flag}: {told(problem)}") from None
    return said


def _scalar(text: str) -> int | str:
    """A whole number where the text is one; a fraction stays the text that says it exactly."""
    return int(text) if re.fullmatch(r"-?\d+", text, re.ASCII) else text


def check_keys(source: DomainSource, domain: Domain, said: Overrides | None = None, catalogue: str = "") -> None:
    """Refuse keys that the record cannot bear: a column that it does not have, or that may be NULL (NULL is never equal
    to NULL, so it would duplicate its rows at every run).

    Raises ParameterError naming the flag if the command line ``said`` that key (without ``said``, it did), else
    CatalogueError with the key's place in ``catalogue``.
    """
    flags = {"primary_key": "--pk", "merge_key": "--merge-key"}
    for place, text in key_problems(source, domain):
        key = place.partition("[")[0]
        # What a load replaces is the primary key unless it is said.
        is_said = (
            said is None or getattr(said, key, None) is not None or (key == "merge_key" and bool(said.primary_key))
        )
        if is_said and key in flags:
            raise ParameterError(f"{flags[key]}: {text}")
        raise CatalogueError(catalogue, [(f"domains.{domain.name}.{place}", text)])


def key_problems(source: DomainSource, domain: Domain) -> Iterator[tuple[str, str]]:
    """The columns of the entry's keys that cannot be in one, as (``primary_key[0]``, why)."""
    for key in ("primary_key", "merge_key", "described_by"):
        for index, name in enumerate(getattr(source, key)):
            if name not in domain.business_columns:
                has = ", ".join(domain.business_columns)
                meant = did_you_mean(name, domain.business_columns)
                yield f"{key}[{index}]", f"记录中没有此列 / the record has no column {name!r};{meant} it has {has}"
            # Where rows have no key, one with a blank in the merge key is a reject.
            elif source.primary_key and domain.is_nullable(name):
                yield f"{key}[{index}]", f"可能为空 / {name} may be empty, so it cannot be part of a key"


def check_headers(source: DomainSource, domain: Domain, catalogue: Path) -> None:
    """Refuse names of the catalogue that the domain has no fields for, or two; raises CatalogueError."""
    problems = [*naming_problems(domain, source.headers, source.ignored_headers)]
    problems += fill_down_problems(domain, source.fill_down)
    found = [(f"domains.{domain.name}.{path}", text) for path, text in problems]
    if found:
        raise CatalogueError(str(catalogue), found)


def overridden(source: DomainSource, said: Overrides) -> DomainSource:
    """The catalogue's entry as this run wants it; raises ParameterError for keys that contradict each other."""
    try:
        return source.overridden(said)
    except ValidationError as error:
        found = {str(problem["loc"][0]): told(problem) for problem in error.errors(include_url=False)}
        primary_key = source.primary_key if said.primary_key is None else said.primary_key
        if "merge_key" in found and primary_key:
            merge_key = said.merge_key or source.merge_key
            raise ParameterError(
                f"--pk ({', '.join(primary_key)}): "
                + Words(
                    f"须包含合并键 ({', '.join(merge_key)})", f"must contain the merge key ({', '.join(merge_key)})"
                )
            ) from None
        if "merge_key" in found:
            raise ParameterError(
                f"--pk {NO_KEY}: "
                + Words("需要 --merge-key: 说明载入替换什么", "needs a --merge-key: what the load is to replace")
            ) from None
        raise ParameterError("; ".join(f"{name}: {text}" for name, text in found.items())) from None
