"""What a load may delete: the catalogue's limits, overridden by the command line, as one parameter of a task."""

from __future__ import annotations

from decimal import Decimal

from workflows.plan.load_spec import Guards
from workflows.sources.catalogue import DomainSource
from workflows.tasks.options import RunOptions


def effective_guards(source: DomainSource, options: RunOptions) -> Guards:
    """Each limit as the command line says, else as the catalogue does."""
    gates = source.gates
    rows, ratio = options.max_deleted_rows, options.max_deleted_ratio
    return Guards(
        max_deleted_rows=gates.max_deleted_rows if rows is None else rows,
        max_deleted_ratio=gates.max_deleted_ratio if ratio is None else ratio,
        allow_empty=options.allow_empty or gates.empty == "allow",
    )


def join_guards(guards: Guards) -> str:
    """``rows=5,ratio=0.2,empty``; empty if nothing is limited and nothing allowed."""
    parts = []
    if guards.max_deleted_rows is not None:
        parts.append(f"rows={guards.max_deleted_rows}")
    if guards.max_deleted_ratio is not None:
        parts.append(f"ratio={guards.max_deleted_ratio:f}")
    if guards.allow_empty:
        parts.append("empty")
    return ",".join(parts)


def split_guards(text: str) -> Guards:
    """The guards of such a parameter."""
    parts = dict(part.partition("=")[::2] for part in text.split(",") if part)
    return Guards(
        max_deleted_rows=int(parts["rows"]) if "rows" in parts else None,
        max_deleted_ratio=Decimal(parts["ratio"]) if "ratio" in parts else None,
        allow_empty="empty" in parts,
    )
