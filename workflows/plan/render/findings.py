"""A plan's findings and overrides as a page lists them: by kind first, then the first ones (pure)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from workflows.domains.findings import CODES
from workflows.plan.model import Plan, PlanReject


@dataclass(frozen=True, slots=True)
class Kind:
    """Findings of one code: how many, and what the code means."""

    code: str
    count: int
    chinese: str
    english: str


@dataclass(frozen=True, slots=True)
class Findings:
    """``listed`` are the first ones; ``more`` counts the others."""

    count: int
    kinds: list[Kind]
    listed: list[PlanReject]
    more: int


def rejects(plan: Plan, limit: int) -> Findings:
    """The findings that keep rows out."""
    return _findings(plan.rejects, plan.rejects_omitted, limit)


def warnings(plan: Plan, limit: int) -> Findings:
    """What is odd and loaded all the same, without the totals rows."""
    return _findings([w for w in plan.warnings if w.code != "totals_mismatch"], plan.warnings_omitted, limit)


def totals(plan: Plan, limit: int) -> list[PlanReject]:
    """The totals rows that differ from the sum of their rows."""
    return [warning for warning in plan.warnings if warning.code == "totals_mismatch"][:limit]


def _findings(found: Sequence[PlanReject], omitted: int, limit: int) -> Findings:
    counted = Counter(finding.code for finding in found)
    kinds = [Kind(code, count, *CODES.get(code, (code, code))) for code, count in counted.most_common()]
    count = len(found) + omitted
    return Findings(count, kinds, list(found[:limit]), count - len(found[:limit]))


def place(finding: PlanReject) -> str:
    """Excel's name of the cell, or of the row: ``C12``, ``row 12`` as ``12``."""
    return f"{finding.column}{finding.row}"


@dataclass(frozen=True, slots=True)
class Override:
    """One key in two workbooks: which counts, and which does not."""

    key: str
    winner: str
    loser: str


def overrides(plan: Plan, limit: int) -> tuple[list[Override], int]:
    """The first overrides, and how many more there are."""
    listed = [
        Override(" | ".join(map(str, override["key"].values())), _place(override["winner"]), _place(override["loser"]))
        for override in plan.overrides[:limit]
    ]
    return listed, len(plan.overrides) + plan.overrides_omitted - len(listed)


def _place(coordinates: Mapping[str, Any]) -> str:
    return f"{coordinates['file']} ! {coordinates['sheet']} ! {coordinates['row']}"
