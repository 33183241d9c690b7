"""What a load leaves in the table besides its batch, and what moved by a power of ten: as found under the lock."""

from __future__ import annotations

from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class, whatever psycopg2 calls it

from workflows.plan import left_sql, magnitude_sql
from workflows.plan.left_rows import LeftRows, as_left_rows
from workflows.plan.load_spec import LoadSpec
from workflows.plan.magnitude import NOTHING_MOVED, Magnitudes, as_magnitudes


def left_in_table(cursor: Cursor, spec: LoadSpec, prelude: str = "") -> list[LeftRows]:
    """By kind, month and source; none where a load leaves no rows of earlier ones.

    Once a load has decided it stands in a table of the load's own; with a ``prelude``, which holds the batch where
    there are no such tables, it is asked for.
    """
    if not spec.leaves_rows:
        return []
    cursor.execute(prelude + left_sql.left_rows(spec) if prelude else left_sql.FOUND)
    return as_left_rows(cursor.fetchall(), spec.left_unit)


def moved_in_table(cursor: Cursor, spec: LoadSpec, prelude: str = "") -> Magnitudes:
    """What moved against the month before; nothing where there are no figures by key and month. Found as above."""
    if not spec.figures:
        return NOTHING_MOVED
    cursor.execute(prelude + magnitude_sql.moved(spec) if prelude else magnitude_sql.FOUND)
    return as_magnitudes(cursor.fetchall())
