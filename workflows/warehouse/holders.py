"""Who holds a table that a load waited for in vain."""

from __future__ import annotations

from typing import TypeAlias

import psycopg2
from psycopg2.extensions import connection as Connection  # noqa: N812 - a class, whatever psycopg2 calls it

from workflows.errors import DataWarehouseLoaderError, LockTimeoutError
from workflows.plan.identifiers import compose, literal
from workflows.warehouse.failures import translated
from workflows.warehouse.names import relations_of

_Holder: TypeAlias = tuple[int | None, str | None, str | None, str | None, str | None]
"""Its process, user and name; or a prepared transaction's identifier and owner."""

_NOT_IN_THE_WAY = ("AccessShareLock", "RowShareLock")
"""Readers' locks; every other kind conflicts with the load's SHARE ROW EXCLUSIVE."""

_HOLDERS = """
    SELECT DISTINCT held.pid, session.usename, session.application_name, gid, owner
    FROM pg_catalog.pg_locks AS held
    LEFT JOIN pg_catalog.pg_stat_activity AS session USING (pid)
    LEFT JOIN pg_catalog.pg_locks AS its ON held.pid IS NULL AND its.pid IS NULL
     AND its.virtualtransaction = held.virtualtransaction AND its.locktype = 'transactionid'
    LEFT JOIN pg_catalog.pg_prepared_xacts AS prepared ON prepared.transaction = its.transactionid
    WHERE held.relation IN (
        SELECT class.oid FROM pg_catalog.pg_class AS class
        JOIN pg_catalog.pg_namespace AS space ON space.oid = class.relnamespace WHERE {is_one_of_them}
      ) AND held.granted AND held.pid IS DISTINCT FROM pg_backend_pid()
      AND held.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())
      AND held.mode NOT IN ({harmless})
    ORDER BY held.pid
"""
"""A prepared transaction belongs to no process (it is found by the lock on its own number), and outlives a restart."""


def explained(
    connection: Connection, error: psycopg2.Error, operation: str, table: str | None
) -> DataWarehouseLoaderError:
    """``error`` as ``translated``; if a lock was not to be had, with its holders (the transaction is rolled back).

    Where these are of this run itself, another host is at the same load: it is worth waiting for.
    """
    failure = translated(error, operation, table)
    if not isinstance(failure, LockTimeoutError) or table is None:
        return failure
    holders = find_holders(connection, table)
    waited = LockTimeoutError(f"{failure}; {_described(holders)}")
    own = connection.get_parameter_status("application_name")
    waited.is_of_this_run = bool(holders) and all(name == own for _pid, _user, name, *_prepared in holders or ())
    waited.retriable = waited.is_of_this_run or holders == []
    return waited


def find_holders(connection: Connection, table: str) -> list[_Holder] | None:
    """The sessions in the way, asked after the transaction is rolled back; the ledger's tables count too.

    None if they could not be found out. Never raises: it completes the message of another failure.
    """
    try:
        connection.rollback()
        is_one_of_them = " OR ".join(f"({relation.is_this})" for relation in relations_of(connection, table))
        with connection.cursor() as cursor:
            harmless = ", ".join(map(literal, _NOT_IN_THE_WAY))
            cursor.execute(compose(_HOLDERS, is_one_of_them=is_one_of_them, harmless=harmless))
            holders: list[_Holder] = cursor.fetchall()
        connection.rollback()
    except psycopg2.Error:
        return None
    return holders


def _described(holders: list[_Holder] | None) -> str:
    """``held by NAME (user USER, pid PID)`` for each; says so when nobody is left."""
    if holders is None:
        return "占用者不明 / who holds it could not be found out"
    if not holders:
        return "现已无人占用, 请重试 / by now nobody holds it any more; try again"
    return "占用者 / held by " + ", ".join(map(_holder, holders))


def _holder(holder: _Holder) -> str:
    pid, user, name, prepared, owner = holder
    if prepared is not None:
        ending = literal(prepared)
        return (
            f"预备事务 the prepared transaction {ending} "
            f"(user {owner}; COMMIT PREPARED or ROLLBACK PREPARED {ending} ends it)"
        )
    return f"{name or '未命名的会话 a session without a name'} (user {user or '?'}, pid {pid})"
