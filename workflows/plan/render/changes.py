"""The changed values of a compared plan, old -> new, as a page lists them (pure)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from workflows.plan.model import Plan

LISTED = 200


@dataclass(frozen=True, slots=True)
class Changes:
    """``listed`` are the first ones; ``more`` counts the others."""

    listed: list[Mapping[str, Any]]
    more: int


def changes(plan: Plan) -> Changes:
    """What a comparison found; empty for a plan that compared nothing."""
    found: list[Any] = list(getattr(plan, "changes", ()))
    omitted: int = getattr(plan, "changes_omitted", 0)
    listed = [change.model_dump() if isinstance(change, BaseModel) else change for change in found[:LISTED]]
    return Changes(listed, len(found) + omitted - len(listed))
