"""Rows of a table as they are and as they were: what a load deleted is among its images."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from psycopg2.extensions import connection as Connection  # noqa: N812 - a class, whatever psycopg2 calls it

from workflows.errors import ParameterError
from workflows.plan.identifiers import compose, literal, quote_identifier
from workflows.plan.images_sql import DELETED_BY, LOAD_SEQUENCE
from workflows.plan.schemas import Relation
from workflows.warehouse.names import images_of, target_of
from workflows.warehouse.table_check import live_columns

MATCHES = 20
"""Rows that are explained at once; a key names one, other columns may name many."""


@dataclass(frozen=True, slots=True)
class RowState:
    """A row as it stands or stood: all columns as text. ``written_by`` is the number of the load that wrote it (None:
    nobody's), ``deleted_by`` of the one that took it away (None: it stands)."""

    values: dict[str, str | None]
    written_by: int | None
    deleted_by: int | None


def row_states(connection: Connection, table: str, wanted: Mapping[str, str]) -> list[RowState]:
    """The rows whose columns have the ``wanted`` values: those that stand, then those that are gone, newest first; at
    most MATCHES of either.

    Raises ParameterError for a column that the table does not have.
    """
    target = target_of(connection, table)
    columns = [column.name for column in live_columns(connection, target.quoted)]
    if surplus := [name for name in wanted if name not in columns]:
        raise ParameterError(f"{table} 没有此列 / has no column {', '.join(surplus)}; it has {', '.join(columns)}")
    found = [_state(columns, row, None) for row in _rows(connection, target, columns, wanted)]
    for images in images_of(connection, table):
        kept = [name for name in columns if name in {each.name for each in live_columns(connection, images.quoted)}]
        if set(wanted) <= set(kept):
            rows = _rows(connection, images, [DELETED_BY, *kept], wanted, order=f"{quote_identifier(DELETED_BY)} DESC")
            found += [_state(kept, row[1:], int(row[0] or 0)) for row in rows]
    return found


def _rows(
    connection: Connection, relation: Relation, columns: Sequence[str], wanted: Mapping[str, str], order: str = "1"
) -> list[tuple[str | None, ...]]:
    query = "SELECT {columns} FROM {table} WHERE {conditions} ORDER BY {order} LIMIT {limit}"
    with connection.cursor() as cursor:
        cursor.execute(
            compose(
                query,
                columns=", ".join(f"{quote_identifier(name)}::text" for name in columns),
                table=relation.quoted,
                # As a literal without a type, which takes the column's: an index on it answers.
                conditions=" AND ".join(f"{quote_identifier(name)} = {literal(text)}" for name, text in wanted.items()),
                order=order,
                limit=literal(MATCHES),
            )
        )
        return list(cursor.fetchall())


def _state(columns: Sequence[str], row: Sequence[str | None], deleted_by: int | None) -> RowState:
    values = dict(zip(columns, row, strict=True))
    number = values.pop(LOAD_SEQUENCE, None)
    return RowState(values, None if number is None else int(number), deleted_by)
