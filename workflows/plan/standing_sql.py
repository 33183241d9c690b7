"""What proves that the table still holds a batch as an earlier load inserted it, as SQL (pure).

PostgreSQL marks each row with the transaction that wrote it (``xmin``), and an update writes a new row. So if the table
holds as many rows of that load's transaction as the load inserted, none of them was changed or deleted since.
"""

from __future__ import annotations

from workflows.plan.conditions import within_periods
from workflows.plan.identifiers import compose, literal, quote_table, text_array
from workflows.plan.ledger_sql import files_of_batch, table_identity
from workflows.plan.load_spec import LedgerEntry, LoadSpec, Step
from workflows.plan.spec_check import check_spec
from workflows.plan.sql import lock_table, set_limits

# Numbers of transactions come again after four thousand million.
_SAFE_DISTANCE = 2_000_000_000


def last_insertion(spec: LoadSpec, entry: LedgerEntry) -> str:
    """The last load that inserted every row of this very batch: its id, and the number of its transaction.

    Only one whose row in the ledger still is where that transaction put it (in a restored dump it is not), and too
    recent for its number to have been given out again.
    """
    return compose(
        """
        SELECT load.load_id, load.xact::xid::text FROM wdh_load AS load
        WHERE load.table_name = {table} AND load.primary_key = {primary_key} AND load.batch = {batch}
          AND load.records = {records} AND load.inserted = load.records
          AND load.xmin = load.xact::xid
          AND pg_snapshot_xmax(pg_current_snapshot())::text::numeric - load.xact::text::numeric < {distance}
          AND NOT EXISTS (SELECT FROM wdh_load AS undo WHERE undo.undoes = load.load_id)
        ORDER BY load.sequence DESC LIMIT 1
        """,
        table=table_identity(spec.table),
        primary_key=text_array(spec.primary_key),
        batch=literal(entry.batch),
        records=literal(entry.records),
        distance=literal(_SAFE_DISTANCE),
    )


def standing_steps(spec: LoadSpec) -> tuple[Step, ...]:
    """The statements before the proof is asked for, under the table's lock; they stage nothing."""
    check_spec(spec)
    return (
        Step("settings", set_limits(spec)),
        Step("lock", lock_table(spec)),
        Step("files", files_of_batch(spec)),
    )


def still_stand(spec: LoadSpec, transaction: str, records: int) -> str:
    """Whether all ``records`` rows that ``transaction`` (a number) inserted are in the table as it left them.

    Where whole periods are replaced nothing else may be in them either.
    """
    return compose(
        """
        SELECT count(*) FILTER (WHERE target.xmin = {transaction}::xid) = {records} {alone}
        FROM {table} AS target
        WHERE {condition}
        """,
        transaction=literal(transaction),
        records=literal(records),
        alone=compose("AND count(*) = {records}", records=literal(records)) if spec.replaces_periods else "",
        table=quote_table(spec.table),
        condition=within_periods(spec, "target") if spec.period_column and spec.periods else "true",
    )
