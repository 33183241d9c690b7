"""How a table that is there gains the columns that its domain has meanwhile."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from psycopg2.extensions import connection as Connection  # noqa: N812 - a class, whatever psycopg2 calls it

from workflows.errors import TableMismatchError
from workflows.plan.identifiers import compose, quote_identifier
from workflows.plan.load_spec import TableColumn
from workflows.warehouse.names import target_of
from workflows.warehouse.schema import TableDefinition
from workflows.warehouse.table_check import live_columns


def missing_columns(connection: Connection, definition: TableDefinition) -> list[str]:
    """The statements that add what the table lacks, in the order of ``definition``; none where it lacks nothing.

    A column that is never empty becomes NOT NULL in a table without rows; those that are there have no value for it
    until they are loaded again. Raises TableMismatchError for a column of the primary key (without one, of the merge
    key): which rows there are would change.
    """
    relation = target_of(connection, definition.table)
    found = {column.name for column in live_columns(connection, relation.quoted)}
    lacking = [column for column in definition.columns if column.name not in found]
    keys = [column.name for column in lacking if column.name in (definition.primary_key or definition.merge_key)]
    if keys:
        raise TableMismatchError(
            f"{definition.table}: 主键列无法补加 / the table lacks {', '.join(keys)} of the "
            f"{'primary' if definition.primary_key else 'merge'} key, which cannot "
            "be added to rows that are there: make the table anew under another name (`table:` in the catalogue), and "
            "load its months again"
        )
    return list(
        _statements(relation.quoted, lacking, is_empty=bool(lacking) and _is_empty(connection, relation.quoted))
    )


def _statements(table: str, columns: Sequence[TableColumn], *, is_empty: bool) -> Iterator[str]:
    for column in columns:
        never_null = " NOT NULL" if is_empty and not column.nullable else ""
        name = quote_identifier(column.name)
        yield f"ALTER TABLE {table} ADD COLUMN {name} {column.sql_type}{never_null}"


def _is_empty(connection: Connection, table: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(compose("SELECT FROM {table} LIMIT 1", table=table))
        return cursor.rowcount == 0
