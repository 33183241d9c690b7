"""What proves that the table still holds a batch as an earlier load inserted it, as SQL (pure).

PostgreSQL marks each row with the transaction that wrote it (``xmin``), and an update writes a new row. So if the table
holds as many rows of that load's transaction as the load inserted, none of them was changed or deleted since. What a
row's mark does not tell is asked besides: that nothing but the load wrote in its transaction, and that the columns are
still those that it filled.
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


def batch_to_keep(spec: LoadSpec, entry: LedgerEntry) -> str:
    """The batch's digest for the ledger, as an expression: NULL where triggers or rules may have written other rows
    than the load's, and where the table is partitioned or has children, whose rows it does not keep itself."""
    return compose(
        """
        (SELECT {batch} FROM pg_catalog.pg_class AS class
                 WHERE {plain} AND NOT class.relhasrules
                   AND NOT EXISTS (SELECT FROM pg_catalog.pg_trigger
                                   WHERE tgrelid = class.oid AND NOT tgisinternal))
        """,
        batch=literal(entry.batch),
        plain=_plain_table(spec),
    )


def last_insertion(spec: LoadSpec, entry: LedgerEntry) -> str:
    """The last load that inserted every row of this very batch: its id, and the number of its transaction.

    Only one that was alone in its transaction, whose row in the ledger still is where that transaction put it (in a
    restored dump it is not), that is too recent for its number to have been given out again, and since which no
    column that loads fill was added, dropped, renamed or altered (PostgreSQL's catalogue marks its rows, too).
    """
    return compose(
        """
        SELECT load.load_id, load.xact::xid::text FROM wdh_load AS load
        WHERE load.table_name = {table_name} AND load.primary_key = {primary_key} AND load.batch = {batch}
          AND load.records = {records} AND load.inserted = load.records
          AND load.xmin = load.xact::xid
          AND pg_snapshot_xmax(pg_current_snapshot())::text::numeric - load.xact::text::numeric < {distance}
          AND NOT EXISTS (SELECT FROM wdh_load AS undo WHERE undo.undoes = load.load_id)
          AND NOT EXISTS (SELECT FROM wdh_load AS other WHERE other.xact = load.xact AND other.load_id <> load.load_id)
          AND EXISTS (SELECT FROM pg_catalog.pg_class AS class WHERE {plain})
          AND (SELECT count(*) FILTER (WHERE age(attribute.xmin) > age(load.xact::xid))
               FROM pg_catalog.pg_attribute AS attribute
               WHERE attribute.attrelid = {table}::regclass AND attribute.attnum > 0 AND NOT attribute.attisdropped
                 AND attribute.attname = ANY ({columns})) = {column_count}
        ORDER BY load.sequence DESC LIMIT 1
        """,
        table_name=table_identity(spec.table),
        table=literal(quote_table(spec.table)),
        primary_key=text_array(spec.primary_key),
        batch=literal(entry.batch),
        records=literal(entry.records),
        distance=literal(_SAFE_DISTANCE),
        plain=_plain_table(spec),
        columns=text_array(spec.columns),
        column_count=literal(len(spec.columns)),
    )


def _plain_table(spec: LoadSpec) -> str:
    return compose(
        "class.oid = {table}::regclass AND class.relkind = 'r' AND NOT class.relhassubclass",
        table=literal(quote_table(spec.table)),
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
