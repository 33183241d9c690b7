"""Refuse a load whose statements would not mean what its author wants (pure)."""

from __future__ import annotations

from workflows.errors import PlanError
from workflows.plan.load_spec import MODES, LoadSpec


def check_spec(spec: LoadSpec) -> None:
    """Raise PlanError, naming what is wrong, unless ``spec`` can be turned into statements.

    A ``delete_insert`` needs a primary key or a merge key; one that replaces its files' months needs to know them.
    """
    if spec.mode not in MODES:
        raise PlanError(f"{spec.table}: unknown mode {spec.mode!r}; known: {', '.join(MODES)}")
    if not spec.columns:
        raise PlanError(f"{spec.table}: there are no columns to load")
    if len(set(spec.columns)) != len(spec.columns):
        raise PlanError(f"{spec.table}: a column is named twice in {', '.join(spec.columns)}")
    for what, part, whole in (
        ("business column", spec.business_columns, spec.columns),
        ("primary key column", spec.primary_key, spec.business_columns),
        ("merge key column", spec.merge_key, spec.primary_key or spec.business_columns),
        ("described_by column", spec.described_by, spec.business_columns),
    ):
        surplus = [name for name in part if name not in whole]
        if surplus:
            raise PlanError(f"{spec.table}: {what} {', '.join(surplus)} not among {', '.join(whole) or 'none'}")
    if spec.mode == "append":
        _check_append(spec)
    else:
        _check_delete_insert(spec)


def _check_append(spec: LoadSpec) -> None:
    if spec.files and spec.path_column not in spec.columns:
        raise PlanError(
            f"{spec.table}: an append of workbooks needs the column {spec.path_column} to know a row's workbook"
        )


def _check_delete_insert(spec: LoadSpec) -> None:
    if not spec.merge_key:
        raise PlanError(
            f"{spec.table}: delete_insert needs a primary key and a merge key, or at least a merge key where rows have"
            " none; or it would delete all"
        )
    if spec.scope == "months" and (spec.period_column not in spec.columns or not spec.periods):
        raise PlanError(
            f"{spec.table}: merge key {', '.join(spec.merge_key)} is less than the primary key "
            f"{', '.join(spec.primary_key) or '(none)'}, so the load needs the periods that it replaces"
        )
