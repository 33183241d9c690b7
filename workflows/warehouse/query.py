"""A query of the operator's own, for the index of companies: it reads, and can do nothing else."""

from __future__ import annotations

import contextlib

import psycopg2
from psycopg2 import errorcodes

from workflows.errors import DataWarehouseLoaderError
from workflows.plan.identifiers import compose
from workflows.settings import DatabaseSettings
from workflows.warehouse.connection import connect, rolled_back

# Within another one it has to be a single SELECT, and to have these columns.
_QUERY = "SELECT kind::text, key::text, company_id::text FROM (\n{query}\n) AS fetched"


def queried_companies(database: DatabaseSettings, query: str) -> list[tuple[str, str, str]]:
    """(kind, key, company_id) of each row that ``query``, a SELECT with these columns, finds; NULL is an empty text.

    Raises DataWarehouseLoaderError for whatever the server says; also for a query that would change something.
    """
    with contextlib.closing(connect(database)) as connection:
        connection.set_session(readonly=True)
        with rolled_back(connection, "fetch-index"), connection.cursor() as cursor:
            try:
                cursor.execute(compose(_QUERY, query=query.strip().rstrip(";")))
            except psycopg2.errors.lookup(errorcodes.READ_ONLY_SQL_TRANSACTION):
                raise DataWarehouseLoaderError(
                    "fetch-index: 查询会改动数据, 应为 SELECT / the query would change something; a SELECT wanted"
                ) from None
            return [(kind or "", key or "", company_id or "") for kind, key, company_id in cursor]
