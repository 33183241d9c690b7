"""A plan's findings and overrides as a page lists them: by kind first, then the first ones (pure)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from workflows.domains.findings import Finding
from workflows.plan.model import Plan
from workflows.records.accounts import Override


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
    listed: list[Finding]
    more: int


def rejects(plan: Plan, limit: int) -> Findings:
    """The findings that keep rows out."""
    return _findings(plan.rejects, plan.rejects_omitted, limit)


def warnings(plan: Plan, limit: int) -> Findings:
    """What is odd and loaded all the same, without the totals rows."""
    return _findings([w for w in plan.warnings if w.code != "totals_mismatch"], plan.warnings_omitted, limit)


def totals(plan: Plan, limit: int) -> list[Finding]:
    """The totals rows that differ from the sum of their rows."""
    return [warning for warning in plan.warnings if warning.code == "totals_mismatch"][:limit]


def _findings(found: Sequence[Finding], omitted: int, limit: int) -> Findings:
    counted = Counter(finding.code for finding in found)
    meanings = {finding.code: finding.meaning for finding in reversed(found)}
    kinds = [Kind(code, count, *meanings[code]) for code, count in counted.most_common()]
    count = len(found) + omitted
    return Findings(count, kinds, list(found[:limit]), count - len(found[:limit]))


@dataclass(frozen=True, slots=True)
class Overrides:
    """``listed`` are the first ones; ``more`` counts the others."""

    listed: list[Override]
    more: int


def overrides(plan: Plan, limit: int) -> Overrides:
    """One key in two workbooks: which counts, and which does not."""
    listed = plan.overrides[:limit]
    return Overrides(listed, len(plan.overrides) + plan.overrides_omitted - len(listed))
