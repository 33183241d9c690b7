"""A batch that the table still holds as an earlier load inserted it (``plan.standing_sql``), recorded without staging
its rows again. What cannot be proven so is staged and compared as ever."""

from __future__ import annotations

import psycopg2
from psycopg2.extensions import connection as Connection  # noqa: N812 - a class, whatever psycopg2 calls it
from psycopg2.extensions import cursor as Cursor  # noqa: N812

from workflows.plan.load_spec import LedgerEntry, LoadSpec
from workflows.plan.model import Effect
from workflows.plan.sql import closing_steps
from workflows.plan.standing_sql import last_insertion, standing_steps, still_stand
from workflows.warehouse.failures import translated
from workflows.warehouse.ledger import find_load
from workflows.warehouse.loader import ledger_values
from workflows.warehouse.steps import run_step
from workflows.warehouse.table_check import unique_key_note


def record_standing(connection: Connection, spec: LoadSpec, entry: LedgerEntry) -> str | None:
    """Write the ledger's rows of a load that would change nothing; the id of the earlier load whose rows stand.

    In the caller's transaction, under the table's lock. None, with nothing written and no lock held, if there is no
    such proof: the transaction is then rolled back, and the load goes on as usual. Raises DataWarehouseLoaderError.
    """
    if spec.mode != "delete_insert" or entry.batch is None or not entry.records or not spec.files:
        return None
    try:
        with connection.cursor() as cursor:
            earlier = _last_insertion(cursor, spec, entry)
            # Without a unique key a row of the same key may have come in beside.
            if earlier is None or (
                not spec.replaces_periods and unique_key_note(connection, spec.table, spec.primary_key)
            ):
                return None
            for step in standing_steps(spec):
                run_step(cursor, step, spec, ())
            # While the lock was waited for, an attempt of this very load that was in doubt may have committed, and the
            # table may have been altered.
            moved = find_load(connection, entry.load_id) or _last_insertion(cursor, spec, entry) != earlier
            if moved or not _stands(cursor, spec, entry, earlier[1]):
                connection.rollback()
                return None
            values = ledger_values(spec, entry, (0, 0, entry.records), Effect())
            for step in closing_steps(spec, entry, values):
                if step.operation != "tidy":
                    run_step(cursor, step, spec, ())
    except psycopg2.Error as error:
        raise translated(error, "standing", spec.table) from None
    return earlier[0]


def _last_insertion(cursor: Cursor, spec: LoadSpec, entry: LedgerEntry) -> tuple[str, str] | None:
    cursor.execute(last_insertion(spec, entry))
    row = cursor.fetchone()
    return (str(row[0]), str(row[1])) if row else None


def _stands(cursor: Cursor, spec: LoadSpec, entry: LedgerEntry, transaction: str) -> bool:
    cursor.execute(still_stand(spec, transaction, entry.records))
    row = cursor.fetchone()
    return bool(row and row[0])
