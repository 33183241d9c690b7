"""What a load writes of itself to the ledger, as SQL (pure).

Only rows are added, never changed: a load counts until one that counts itself names it in ``undoes``.
"""

from __future__ import annotations

from dataclasses import dataclass

from workflows.plan import images_sql
from workflows.plan.identifiers import compose, literal, text_array
from workflows.plan.load_spec import LedgerEntry, LoadSpec
from workflows.plan.refusals import ALREADY_APPLIED, LOAD_HIDDEN, refuse_if, worded
from workflows.plan.schemas import KEEPS_VARIABLE, NUMBERED_VARIABLE

LOAD_COLUMNS = (
    *("load_id", "plan_id", "domain", "table_name", "mode", "primary_key", "merge_key", "snapshot", "outcome", "via"),
    *("records", "deleted", "inserted", "unchanged", "added", "changed", "removed"),
    *("host", "actor", "undoes", "can_undo", "shape"),
)
"""What a load says of itself; when and by whom it came, and its number, are the server's to say."""


@dataclass(frozen=True, slots=True)
class LedgerValues:
    """What only the consumer of the statements knows, each as SQL text: a literal, or a variable of psql."""

    load_id: str
    via: str
    host: str
    actor: str
    deleted: str
    inserted: str
    unchanged: str
    added: str = "NULL"
    changed: str = "NULL"
    removed: str = "NULL"
    can_undo: str = "NULL"


_FILE_COLUMNS = "path, sha256, sheet, period, part, version, rules, rows_read, records, rejects, left_out"

SCRIPT_VALUES = LedgerValues(
    load_id=":'wdh_load_id'",
    via="'plan.sql'",
    # psql knows no portable name of its own host; the ledger's client_address is filled by the server.
    host="NULL",
    actor="nullif(:'wdh_actor', '')",
    deleted=":wdh_deleted",
    inserted=":wdh_inserted",
    unchanged="(SELECT count(*) FROM pg_temp.wdh_staging) - :wdh_inserted",
    can_undo=f":'{NUMBERED_VARIABLE}'::boolean AND (:'{KEEPS_VARIABLE}'::boolean OR :wdh_deleted = 0)",
)
"""The variables of psql in plan.sql. A plan shows these too: the same inputs give the same plan on every machine."""


def refuse_applied(spec: LoadSpec, entry: LedgerEntry) -> str:
    """Refuse a plan that a load of the ledger carried out already."""
    return refuse_if(
        ALREADY_APPLIED,
        compose(
            """
            SELECT format({message}, load_id, committed_at)
            FROM {loads} WHERE plan_id = {plan_id} LIMIT 1
            """,
            message=worded(
                "此计划已由载入 %1$s 于 %2$s 执行；请重新计划",
                "this plan was applied by load %1$s at %2$s; plan again",
            ),
            loads=spec.loads.quoted,
            plan_id=literal(entry.plan_id),
        ),
    )


def load_row(spec: LoadSpec, entry: LedgerEntry, values: LedgerValues) -> str:
    """The load's own row; what was staged and not inserted is ``unchanged``."""
    return compose(
        """
        INSERT INTO {loads} ({columns})
        VALUES ({load_id}, {plan_id}, {domain}, {table}, {mode}, {primary_key}, {merge_key}, {snapshot},
                CASE WHEN {deleted} + {inserted} > 0 THEN 'loaded' ELSE 'unchanged' END, {via},
                {records}, {deleted}, {inserted}, {unchanged},
                {added}, {changed}, {removed}, {host}, {actor}, {undoes}, {can_undo}, {shape})
        """,
        loads=spec.loads.quoted,
        columns=", ".join(LOAD_COLUMNS),
        load_id=values.load_id,
        plan_id=literal(entry.plan_id),
        domain=literal(entry.domain),
        table=spec.target.identity,
        mode=literal(spec.mode),
        primary_key=text_array(spec.primary_key),
        merge_key=text_array(spec.merge_key),
        snapshot=literal(entry.snapshot),
        via=values.via,
        records=literal(entry.records),
        deleted=values.deleted,
        inserted=values.inserted,
        unchanged=values.unchanged,
        added=values.added,
        changed=values.changed,
        removed=values.removed,
        host=values.host,
        actor=values.actor,
        undoes=literal(spec.undo.load_id if spec.undo else None),
        can_undo=values.can_undo,
        shape=images_sql.shape(spec),
    )


def file_rows(spec: LoadSpec, values: LedgerValues) -> str:
    """One row per workbook of the load, left out or not."""
    return compose(
        """
        INSERT INTO {files} (load_id, {columns})
        SELECT {load_id}, {columns}
        FROM pg_temp.wdh_files
        """,
        files=spec.loaded_files.quoted,
        columns=_FILE_COLUMNS,
        load_id=values.load_id,
    )


def refuse_unrecorded(spec: LoadSpec, entry: LedgerEntry, values: LedgerValues) -> str:
    """Refuse the load unless its rows stand in the ledger as they were written: a trigger or rule may say otherwise."""
    files = ""
    if spec.files:
        files = compose(
            """
            OR EXISTS (SELECT {columns} FROM pg_temp.wdh_files
                       EXCEPT SELECT {columns} FROM {files} WHERE load_id = {load_id})
            """,
            columns=_FILE_COLUMNS,
            files=spec.loaded_files.quoted,
            load_id=values.load_id,
        )
    return refuse_if(
        LOAD_HIDDEN,
        compose(
            """
            SELECT {message}
            WHERE NOT EXISTS (
              SELECT FROM {loads}
              WHERE load_id = {load_id} AND sequence = {number} AND plan_id = {plan_id}
                AND table_name = {table} AND mode = {mode} AND records = {records}
                AND deleted = {deleted} AND inserted = {inserted} AND unchanged = {unchanged}
            )
            {files}
            """,
            message=worded(
                "台账没有保存这次载入：请检查其各表的触发器和规则",
                "the ledger did not keep this load: look at the triggers and rules of its tables",
            ),
            loads=spec.loads.quoted,
            load_id=values.load_id,
            plan_id=literal(entry.plan_id),
            table=spec.target.identity,
            mode=literal(spec.mode),
            number=images_sql.NUMBER,
            records=literal(entry.records),
            deleted=values.deleted,
            inserted=values.inserted,
            unchanged=values.unchanged,
            files=files,
        ),
    )
