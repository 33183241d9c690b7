"""How a table that is there gains the columns that its domain has meanwhile."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from psycopg2.extensions import connection as Connection  # noqa: N812 - a class, whatever psycopg2 calls it

from workflows.errors import TableMismatchError
from workflows.plan.identifiers import compose, quote_identifier
from workflows.plan.images_sql import LOAD_SEQUENCE
from workflows.plan.load_spec import TableColumn
from workflows.warehouse.names import images_of, target_of
from workflows.warehouse.schema import TableDefinition
from workflows.warehouse.table_check import LiveColumn, full_type, live_columns


def missing_columns(connection: Connection, definition: TableDefinition) -> list[str]:
    """The statements that add what the table lacks, in the order of ``definition``, and what its table of images does;
    none where they lack nothing.

    A column that is never empty becomes NOT NULL in a table without rows; those that are there have no value for it
    until they are loaded again. Raises TableMismatchError for a column of the primary key (without one, of the merge
    key): which rows there are would change.
    """
    relation = target_of(connection, definition.table)
    live = live_columns(connection, relation.quoted)
    found = {column.name for column in live}
    wanted = (*definition.columns, TableColumn(LOAD_SEQUENCE, "bigint", nullable=True))
    lacking = [column for column in wanted if column.name not in found]
    keys = [column.name for column in lacking if column.name in (definition.primary_key or definition.merge_key)]
    if keys:
        raise TableMismatchError(
            f"{definition.table}: 主键列无法补加 / the table lacks {', '.join(keys)} of the "
            f"{'primary' if definition.primary_key else 'merge'} key, which cannot "
            "be added to rows that are there: make the table anew under another name (`table:` in the catalogue), and "
            "load its months again"
        )
    is_empty = bool(lacking) and _is_empty(connection, relation.quoted)
    after = [*live, *(LiveColumn(column.name, full_type(column.sql_type), False) for column in lacking)]
    return [*_statements(relation.quoted, lacking, is_empty=is_empty), *_of_images(connection, definition.table, after)]


def _of_images(connection: Connection, table: str, wanted: Sequence[LiveColumn]) -> Iterator[str]:
    """Images have the table's columns in its order: what they lack can only follow what they have."""
    for images in images_of(connection, table):
        _, *there = live_columns(connection, images.quoted)
        if [(each.name, each.sql_type) for each in there] == [(w.name, w.sql_type) for w in wanted[: len(there)]]:
            for column in wanted[len(there) :]:
                yield f"ALTER TABLE {images.quoted} ADD COLUMN {quote_identifier(column.name)} {column.sql_type}"


def _statements(table: str, columns: Sequence[TableColumn], *, is_empty: bool) -> Iterator[str]:
    for column in columns:
        never_null = " NOT NULL" if is_empty and not column.nullable else ""
        name = quote_identifier(column.name)
        yield f"ALTER TABLE {table} ADD COLUMN {name} {column.sql_type}{never_null}"


def _is_empty(connection: Connection, table: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(compose("SELECT FROM {table} LIMIT 1", table=table))
        return cursor.rowcount == 0
