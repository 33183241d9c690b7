"""Who holds a table that a load waited for in vain."""

from __future__ import annotations

import psycopg2
from psycopg2.extensions import connection as Connection  # noqa: N812 - a class, whatever psycopg2 calls it

from workflows.plan.identifiers import compose, literal
from workflows.warehouse.names import target_of

_NOT_IN_THE_WAY = ("AccessShareLock", "RowShareLock")
"""Readers' locks; every other kind conflicts with the load's SHARE ROW EXCLUSIVE."""

_HOLDERS = """
    SELECT DISTINCT coalesce(nullif(session.application_name, ''), 'a session without a name'),
           coalesce(session.usename, 'unknown'), held.pid
    FROM pg_catalog.pg_locks AS held LEFT JOIN pg_catalog.pg_stat_activity AS session USING (pid)
    WHERE held.relation = (
        SELECT class.oid FROM pg_catalog.pg_class AS class
        JOIN pg_catalog.pg_namespace AS space ON space.oid = class.relnamespace WHERE {is_table}
      ) AND held.granted AND held.pid <> pg_backend_pid()
      AND held.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())
      AND held.mode NOT IN ({harmless})
    ORDER BY held.pid
"""


def describe_holders(connection: Connection, table: str) -> str:
    """``held by NAME (user USER, pid PID)`` for each session in the way, asked after the transaction is rolled back.

    Says so when nobody is left. Never raises: it completes the message of another failure.
    """
    try:
        connection.rollback()
        relation = target_of(connection, table)
        with connection.cursor() as cursor:
            cursor.execute(
                compose(
                    _HOLDERS,
                    is_table=relation.is_this,
                    harmless=", ".join(map(literal, _NOT_IN_THE_WAY)),
                )
            )
            holders = cursor.fetchall()
    except psycopg2.Error:
        return "who holds it could not be found out"
    if not holders:
        return "by now nobody holds it any more; try again"
    return "held by " + ", ".join(f"{name} (user {user}, pid {pid})" for name, user, pid in holders)
