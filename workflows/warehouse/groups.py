"""The groups that a load replaces, as the table has them."""

from __future__ import annotations

from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class, whatever psycopg2 calls it

from workflows.plan.group_sql import group_rows
from workflows.plan.load_spec import LoadSpec
from workflows.records.accounts import GroupRows


def groups_in_table(cursor: Cursor, spec: LoadSpec, prelude: str = "") -> list[GroupRows]:
    """Every group that the staged rows name, with the rows of both sides; none where a load replaces no groups."""
    if not spec.replaces_groups:
        return []
    cursor.execute(prelude + group_rows(spec))
    return [
        GroupRows(key=dict(zip(spec.merge_key, values, strict=True)), rows=after, before=before)
        for *values, before, after in cursor.fetchall()
    ]
