"""Which rows of the table a batch replaces, and which equal a staged one, as SQL conditions (pure).

All are about ``target``, a row of the table, and ``staged``, a row of the batch. The staged rows have no NULL in the
merge key, nor in the primary key if there is one, which is unique among them.
"""

from __future__ import annotations

from collections.abc import Sequence

from workflows.plan.identifiers import column_list, compose, literal, quote_identifier
from workflows.plan.load_spec import LoadSpec
from workflows.plan.undo_sql import wrote


def in_scope(spec: LoadSpec) -> str:
    """``target`` is among the rows that the batch replaces: its keys' or groups', or the chosen files' periods'; or
    those that a load wrote that is taken back."""
    if spec.undo is not None:
        return wrote(spec, spec.undo)
    conditions = near_batch(spec)
    keys = spec.merge_key
    if spec.scope == "months":
        keys = tuple(name for name in keys if name != spec.period_column)
        if not conditions:
            conditions = [within_periods(spec, "target")]
    if keys:
        conditions.append(staged_exists(spec, [_equal(name) for name in keys]))
    return "\n  AND ".join(conditions)


def vanishes(spec: LoadSpec) -> str:
    """``target`` is in scope and the batch does not hold it exactly so; only where rows have a key.

    What a load wrote that is taken back goes whatever comes back: that comes back bit for bit, provenance included.
    """
    if spec.undo is not None:
        return in_scope(spec)
    if spec.scope != "keys":
        return compose("{scope}\n  AND NOT {same}", scope=in_scope(spec), same=staged_exists(spec, same_row(spec)))
    # With one staged row to a key, "in scope and not identical" is a single join on the key.
    differs = staged_exists(spec, [equal_keys(spec), differing(spec)])
    return "\n  AND ".join([*near_batch(spec), differs])


def same_row(spec: LoadSpec) -> list[str]:
    """``target`` and ``staged`` agree in the key and every other business column: conditions to join by AND."""
    others = _others(spec, "IS NOT DISTINCT FROM")
    return [*(_equal(name) for name in spec.primary_key), *([others] if others else [])]


def near_batch(spec: LoadSpec) -> list[str]:
    """What being of the batch's keys or groups implies about ``target``, in a form that an index can answer; empty if
    nothing."""
    if spec.undo is not None:
        return []
    if spec.scope == "groups":
        return [_among_staged(spec, name) for name in spec.merge_key]
    if spec.period_column is None or spec.period_column not in (spec.primary_key or spec.merge_key):
        return []
    return [within_periods(spec, "target") if spec.scope == "months" else _among_staged(spec, spec.period_column)]


def _among_staged(spec: LoadSpec, column: str) -> str:
    return compose(
        "target.{column} = ANY (ARRAY(SELECT DISTINCT {column} FROM {staging}))",
        column=quote_identifier(column),
        staging=spec.staging,
    )


def within_periods(spec: LoadSpec, alias: str) -> str:
    """The row ``alias`` belongs to one of the load's periods (there is at least one)."""
    return compose(
        "{column} IN ({periods})",
        column=column_list([spec.period_column or ""], alias),
        periods=", ".join(map(literal, spec.periods)),
    )


def differing(spec: LoadSpec) -> str:
    """``target`` and ``staged``, equal in the key, differ in another business column; ``false`` if there is none."""
    return _others(spec, "IS DISTINCT FROM") or "false"


def equal_groups(spec: LoadSpec) -> str:
    """``target`` and ``staged`` have the same merge key."""
    return " AND ".join(map(_equal, spec.merge_key))


def equal_keys(spec: LoadSpec) -> str:
    """``target`` and ``staged`` have the same primary key."""
    return " AND ".join(map(_equal, spec.primary_key))


def staged_exists(spec: LoadSpec, conditions: Sequence[str]) -> str:
    """There is a staged row for which ``conditions`` hold."""
    return compose(
        "EXISTS (SELECT FROM {staging} AS staged WHERE {conditions})",
        staging=spec.staging,
        conditions=" AND ".join(conditions),
    )


def _equal(column: str) -> str:
    return compose("target.{column} = staged.{column}", column=quote_identifier(column))


def _others(spec: LoadSpec, comparison: str) -> str:
    """The business columns beyond the key compared as one row; empty if there are none."""
    others = [name for name in spec.business_columns if name not in spec.primary_key]
    if not others:
        return ""
    return compose(
        "({target}) {comparison} ({staged})",
        target=column_list(others, "target"),
        comparison=comparison,
        staged=column_list(others, "staged"),
    )
