"""The index by which a load finds the groups that it replaces, where a table has no key."""

from __future__ import annotations

from collections.abc import Sequence

from psycopg2.extensions import connection as Connection  # noqa: N812 - a class, whatever psycopg2 calls it

from workflows.plan.identifiers import column_list, compose, literal, quote_identifier, text_array, within_limit
from workflows.plan.schemas import Relation


def index_ddl(relation: Relation, merge_key: Sequence[str]) -> str:
    """CREATE INDEX IF NOT EXISTS on the merge key, under a name that no other table's index has."""
    return compose(
        "CREATE INDEX IF NOT EXISTS {index} ON {table} ({key})",
        index=quote_identifier(within_limit(relation.name, ending="_merge_key")),
        table=relation.quoted,
        key=column_list(merge_key),
    )


def lacks_index(connection: Connection, relation: Relation, columns: Sequence[str]) -> bool:
    """Whether the table has these columns, and no index that begins with them, in whatever order: only its owner could
    make one more."""
    with connection.cursor() as cursor:
        cursor.execute(
            compose(
                """
                SELECT FROM pg_catalog.pg_class AS class
                JOIN pg_catalog.pg_namespace AS space ON space.oid = class.relnamespace
                WHERE {is_this} AND {count} = (
                  SELECT count(*) FROM pg_catalog.pg_attribute AS part
                  WHERE part.attrelid = class.oid AND NOT part.attisdropped AND part.attname::text = ANY ({columns})
                ) AND NOT EXISTS (
                  SELECT FROM pg_catalog.pg_index AS key
                  WHERE key.indrelid = class.oid AND key.indisvalid AND key.indpred IS NULL
                    AND key.indnkeyatts >= {count}
                    AND (SELECT count(*) FROM pg_catalog.pg_attribute AS part
                         WHERE part.attrelid = class.oid AND part.attname::text = ANY ({columns})
                           AND part.attnum = ANY ((key.indkey::smallint[])[0:{last}])) = {count}
                )
                """,
                is_this=relation.is_this,
                count=literal(len(columns)),
                last=literal(len(columns) - 1),
                columns=text_array(columns),
            )
        )
        return cursor.rowcount > 0
