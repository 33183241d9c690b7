"""What a load leaves in the table besides its batch, as it was found under the lock or while comparing."""

from __future__ import annotations

from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class, whatever psycopg2 calls it

from workflows.plan import left_sql
from workflows.plan.left_rows import LeftRows, as_left_rows
from workflows.plan.load_spec import LoadSpec


def left_in_table(cursor: Cursor, spec: LoadSpec, prelude: str = "") -> list[LeftRows]:
    """By kind, month and source; none where a load leaves no rows of earlier ones.

    Once a load has decided it stands in a table of the load's own; with a ``prelude``, which holds the batch where
    there are no such tables, it is asked for.
    """
    if not spec.leaves_rows:
        return []
    cursor.execute(prelude + left_sql.left_rows(spec) if prelude else left_sql.FOUND)
    return as_left_rows(cursor.fetchall(), spec.left_unit)
