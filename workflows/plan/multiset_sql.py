"""Rows without a key: the table's rows in scope and the batch's, held against each other as multisets (pure).

Two rows are equal if all business columns are, NULLs included. Of equal rows the oldest of either side stand for each
other; what is left over on one side is the difference.
"""

from __future__ import annotations

from collections.abc import Sequence

from workflows.plan.conditions import in_scope
from workflows.plan.identifiers import column_list, compose
from workflows.plan.load_spec import LoadSpec
from workflows.plan.schemas import DIFFERENCE

_GONE, _NEW = "NOT wdh_staged", "wdh_staged"


def find_difference(spec: LoadSpec) -> str:
    """A temporary table of where the rows stand that the other side does not have, or not as often."""
    return compose(
        """
        CREATE TEMPORARY TABLE {difference} ON COMMIT DROP AS
        SELECT wdh_part, wdh_at, wdh_staged FROM (
        {numbered}
        ) AS numbered
        WHERE {differs}
        """,
        # An undo brings rows back as they were, provenance included, whatever they equal.
        differs="true" if spec.undo else "wdh_nth > wdh_other",
        difference=DIFFERENCE,
        numbered=numbered(spec, spec.business_columns, "staged.ctid"),
    )


def numbered(
    spec: LoadSpec, columns: Sequence[str], staged_at: str, name: Sequence[str] = (), more: Sequence[str] = ()
) -> str:
    """Every row of both sides with these ``columns``, numbered among its equals of its own side (``wdh_nth``), of which
    the other side has ``wdh_other``.

    ``staged_at`` says where a staged row stands. ``more`` are further expressions over the windows ``named`` (the rows
    that have the ``name`` columns in common), ``equal`` and ``side`` (its equals, and those of its own side).
    """
    named = f"wdh_name, {column_list(name)}" if name else ""
    # One order of the rows serves all windows: that of a name begins as that of equal rows does.
    equal = ", ".join(filter(None, [named, "wdh_mark", column_list(spec.business_columns)]))
    return compose(
        """
        SELECT sides.*,
          row_number() OVER (side ORDER BY wdh_at) AS wdh_nth,
          count(*) OVER equal - count(*) OVER side AS wdh_other{more}
        FROM (
          SELECT target.tableoid AS wdh_part, target.ctid AS wdh_at, false AS wdh_staged,
                 {target_marks}, {target_columns}
          FROM {table} AS target
          WHERE {scope}
          UNION ALL
          SELECT NULL, {staged_at}, true, {staged_marks}, {staged_columns}
          FROM {staging} AS staged
        ) AS sides
        WINDOW equal AS (PARTITION BY {equal}), side AS (PARTITION BY {equal}, wdh_staged){named}
        """,
        equal=equal,
        named=f", named AS (PARTITION BY {named})" if name else "",
        more="".join(f",\n  {each}" for each in more),
        target_marks=_marks(spec, "target", name),
        target_columns=column_list(columns, "target"),
        table=spec.target.quoted,
        scope=in_scope(spec),
        staged_at=staged_at,
        staged_marks=_marks(spec, "staged", name),
        staged_columns=column_list(columns, "staged"),
        staging=spec.staging,
    )


def _marks(spec: LoadSpec, alias: str, name: Sequence[str]) -> str:
    """Rows with equal columns have the same: they are put in order by it, and only those that share one are looked at
    further."""
    marks = [(name, "wdh_name")] if name else []
    return ", ".join(
        compose("hashtextextended(ROW({columns})::text, 0) AS {mark}", columns=column_list(columns, alias), mark=mark)
        for columns, mark in (*marks, (spec.business_columns, "wdh_mark"))
    )


def count_doomed() -> str:
    """How many rows of the table the delete takes, once the difference is found."""
    return compose("SELECT count(*) FROM pg_temp.{difference} WHERE {gone}", difference=DIFFERENCE, gone=_GONE)


def count_standing(spec: LoadSpec) -> str:
    """How many staged rows the table holds already, once the difference is found."""
    return compose(
        "SELECT (SELECT count(*) FROM {staging}) - count(*) FROM pg_temp.{difference} WHERE {new}",
        staging=spec.staging,
        difference=DIFFERENCE,
        new=_NEW,
    )


def delete(spec: LoadSpec) -> str:
    """The rows of the difference that are the table's."""
    return compose(
        """
        DELETE FROM {table} AS target
        USING pg_temp.{difference} AS gone
        WHERE {is_gone} AND target.ctid = gone.wdh_at AND target.tableoid = gone.wdh_part
        """,
        table=spec.target.quoted,
        difference=DIFFERENCE,
        is_gone=_GONE,
    )


def only_new() -> str:
    """The condition on ``staged`` that it belongs to the difference."""
    return compose(
        "WHERE staged.ctid IN (SELECT wdh_at FROM pg_temp.{difference} WHERE {new})", difference=DIFFERENCE, new=_NEW
    )


def missing(spec: LoadSpec) -> str:
    """The staged rows that do not stand in the table, as often as they are staged."""
    return compose(
        """
        SELECT {columns} FROM {staging} EXCEPT ALL SELECT {columns} FROM {table} AS target
        WHERE {scope}
        """,
        columns=column_list(spec.business_columns),
        staging=spec.staging,
        table=spec.target.quoted,
        scope=in_scope(spec),
    )
