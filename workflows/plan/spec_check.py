"""Refuse a load whose statements would not mean what its author wants (pure)."""

from __future__ import annotations

from workflows.errors import PlanError
from workflows.plan.load_spec import MODES, LoadSpec


def check_spec(spec: LoadSpec) -> None:
    """Raise PlanError, naming what is wrong, unless ``spec`` can be turned into statements.

    A ``delete_insert`` needs a primary key or a merge key; one that replaces its files' months needs to know them.
    """
    if spec.mode not in MODES:
        raise PlanError(f"{spec.table}: 未知模式 / unknown mode {spec.mode!r}; 可用 / known: {', '.join(MODES)}")
    if not spec.columns:
        raise PlanError(f"{spec.table}: 没有可载入的列 / there are no columns to load")
    if len(set(spec.columns)) != len(spec.columns):
        raise PlanError(f"{spec.table}: 有列写了两次 / a column is named twice in {', '.join(spec.columns)}")
    for what, part, whole in (
        ("业务列 / business column", spec.business_columns, spec.columns),
        ("主键列 / primary key column", spec.primary_key, spec.business_columns),
        ("合并键列 / merge key column", spec.merge_key, spec.primary_key or spec.business_columns),
        ("described_by 列 / column", spec.described_by, spec.business_columns),
    ):
        surplus = [name for name in part if name not in whole]
        if surplus:
            raise PlanError(
                f"{spec.table}: {what} {', '.join(surplus)} 不在其中 / not among {', '.join(whole) or '无 / none'}"
            )
    if spec.mode == "append":
        _check_append(spec)
    else:
        _check_delete_insert(spec)


def _check_append(spec: LoadSpec) -> None:
    if spec.files and spec.path_column not in spec.columns:
        raise PlanError(
            f"{spec.table}: append 载入须有列 {spec.path_column}, 才知道各行出自哪个工作簿 / "
            f"an append of workbooks needs the column {spec.path_column} to know a row's workbook"
        )


def _check_delete_insert(spec: LoadSpec) -> None:
    if not spec.merge_key:
        raise PlanError(
            f"{spec.table}: delete_insert 须有主键和合并键, 行无主键时至少须有合并键; 否则会删除全部 / "
            "delete_insert needs a primary key and a merge key, or at least a merge key where rows have"
            " none; or it would delete all"
        )
    if spec.scope == "months" and (spec.period_column not in spec.columns or not spec.periods):
        raise PlanError(
            f"{spec.table}: 合并键 {', '.join(spec.merge_key)} 小于主键 {', '.join(spec.primary_key) or '(无)'}, "
            "因此须说明替换哪些月份 / "
            f"merge key {', '.join(spec.merge_key)} is less than the primary key "
            f"{', '.join(spec.primary_key) or '(none)'}, so the load needs the periods that it replaces"
        )
