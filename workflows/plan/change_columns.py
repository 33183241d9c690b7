"""A change's columns as the queries of a comparison yield them, all as text (pure)."""

from __future__ import annotations

from workflows.plan.identifiers import compose, quote_identifier
from workflows.plan.load_spec import LoadSpec


def value_columns(spec: LoadSpec) -> tuple[str, ...]:
    """The business columns beyond those that name a row, in order."""
    named_by = spec.named_by
    return tuple(name for name in spec.business_columns if name not in named_by)


def place_columns(spec: LoadSpec) -> tuple[str, ...]:
    """The provenance that the table keeps of a row, of ``data_source``, ``source_sheet`` and ``source_row``."""
    return tuple(name for name in (spec.path_column, "source_sheet", "source_row") if name in spec.columns)


def row_values(spec: LoadSpec, no_staged: str) -> list[str]:
    """What names the row, old and new values, the place; ``no_staged`` is the condition that there is no new row."""
    return [
        *(_either(name) for name in spec.named_by),
        *(_text("target", name) for name in value_columns(spec)),
        *(_text("staged", name) for name in value_columns(spec)),
        *(_of_the_row(no_staged, name) for name in place_columns(spec)),
    ]


def month(spec: LoadSpec) -> str:
    """The month that the row belongs to, as ``2024-11``; NULL where nothing tells."""
    if spec.period_column is None or spec.period_column not in spec.columns:
        return "NULL"
    column = quote_identifier(spec.period_column)
    return compose("to_char(coalesce(staged.{column}, target.{column}), 'YYYY-MM')", column=column)


def _text(alias: str, column: str) -> str:
    return f"{alias}.{quote_identifier(column)}::text"


def _either(column: str) -> str:
    name = quote_identifier(column)
    return f"coalesce(staged.{name}, target.{name})::text"


def _of_the_row(no_staged: str, column: str) -> str:
    """From the staged row as a whole, or from the table's: never half of each."""
    return compose(
        "CASE WHEN {no_staged} THEN target.{name} ELSE staged.{name} END::text",
        no_staged=no_staged,
        name=quote_identifier(column),
    )
