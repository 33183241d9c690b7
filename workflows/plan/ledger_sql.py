"""What a load asks of the ledger and writes to it, as SQL (pure).

A load counts until another one names it in ``undoes``. Only rows are added to the ledger, never changed.
"""

from __future__ import annotations

from dataclasses import dataclass

from workflows.plan.identifiers import compose, literal, quote_identifier, quote_table, text_array
from workflows.plan.load_spec import LedgerEntry, LoadSpec
from workflows.plan.refusals import ALREADY_APPLIED, ALREADY_LOADED, do_block, refuse
from workflows.records.accounts import FileAccount

LOAD_COLUMNS = (
    *("load_id", "plan_id", "domain", "table_name", "mode", "primary_key", "merge_key", "snapshot", "outcome", "via"),
    *("records", "deleted", "inserted", "unchanged", "added", "changed", "removed", "host"),
)
"""What a load says of itself; when and by whom it came, and its number, are the server's to say."""


@dataclass(frozen=True, slots=True)
class LedgerValues:
    """What only the consumer of the statements knows, each as SQL text: a literal, or a variable of psql."""

    load_id: str
    via: str
    host: str
    deleted: str
    inserted: str
    unchanged: str
    added: str = "NULL"
    changed: str = "NULL"
    removed: str = "NULL"


SCRIPT_VALUES = LedgerValues(
    load_id=":'wdh_load_id'",
    via="'plan.sql'",
    # psql knows no portable name of its own host; the ledger's client_address is filled by the server.
    host="NULL",
    deleted=":wdh_deleted",
    inserted=":wdh_inserted",
    unchanged="(SELECT count(*) FROM pg_temp.wdh_staging) - :wdh_inserted",
)
"""The variables of psql in plan.sql. A plan shows these too: the same inputs give the same plan on every machine."""


def table_identity(table: str) -> str:
    """An expression for ``schema.table`` as the server resolves the name, so that ``t`` and ``public.t`` are one."""
    return compose(
        """
        (SELECT format('%I.%I', space.nspname, class.relname)
           FROM pg_catalog.pg_class AS class JOIN pg_catalog.pg_namespace AS space ON space.oid = class.relnamespace
          WHERE class.oid = {table}::regclass)
        """,
        table=literal(quote_table(table)),
    )


def files_of_batch(spec: LoadSpec) -> str:
    """The batch's workbooks; ``left_out`` are those that an append finds in the ledger under the same rules."""
    left_out = "false"
    if spec.mode == "append":
        left_out = compose(
            """
            EXISTS (
              SELECT {known_files}
                AND known.sha256 = file.sha256 AND known.sheet = file.sheet AND known.rules = file.rules
            )
            """,
            known_files=_known_files(spec),
        )
    return compose(
        """
        CREATE TEMPORARY TABLE wdh_files ON COMMIT DROP AS
        SELECT file.*, {left_out} AS left_out
        FROM (VALUES
        {rows}
        ) AS file (path, sha256, sheet, period, part, version, rules, rows_read, records, rejects)
        """,
        left_out=left_out,
        rows=",\n".join(map(_file_row, spec.files)),
    )


def _file_row(file: FileAccount) -> str:
    where = (file.path, file.sha256, file.sheet, file.period, file.part, file.version, file.rules)
    counts = (file.rows_read, file.records, file.rejects)
    return f"  ({', '.join(literal(value) for value in (*where, *counts))})"


def _known_files(spec: LoadSpec, join: str = "") -> str:
    """FROM and WHERE over the workbooks that loads of this table, not undone, brought in."""
    return compose(
        """
        FROM wdh_load_file AS known JOIN wdh_load AS load USING (load_id)
        {join}
        WHERE load.table_name = {table} AND NOT known.left_out
          AND NOT EXISTS (SELECT FROM wdh_load AS undo WHERE undo.undoes = load.load_id)
        """,
        join=join,
        table=table_identity(spec.table),
    )


def refuse_other_versions(spec: LoadSpec) -> str:
    """Refuse a workbook loaded under other rules, or another workbook for an appended period and part."""
    clash = compose(
        """
        JOIN pg_temp.wdh_files AS file ON NOT file.left_out AND (
             (known.sha256 = file.sha256 AND known.sheet = file.sheet)
          OR (known.sha256 <> file.sha256 AND known.period = file.period AND known.part = file.part
              AND load.mode = 'append')
        )
        """
    )
    message = compose(
        """
        format(
          CASE WHEN clash.is_same THEN '%1$s was loaded from %3$s by load %2$s under other rules'
               ELSE '%1$s: load %2$s appended its period from another workbook, %3$s' END,
          clash.path, clash.load_id, clash.known_path)
        """
    )
    return do_block(
        compose(
            """
            DECLARE
              clash record;
            BEGIN
              SELECT load.load_id, file.path, known.path AS known_path, known.sha256 = file.sha256 AS is_same
              INTO clash
              {known_files}
              ORDER BY load.sequence LIMIT 1;
              IF FOUND THEN
                {refusal}
              END IF;
            END
            """,
            known_files=_known_files(spec, clash),
            refusal=refuse(ALREADY_LOADED, message),
        )
    )


def refuse_applied(entry: LedgerEntry) -> str:
    """Refuse a plan that a load of the ledger carried out already."""
    return do_block(
        compose(
            """
            DECLARE
              applied record;
            BEGIN
              SELECT load_id, committed_at INTO applied FROM wdh_load WHERE plan_id = {plan_id} LIMIT 1;
              IF FOUND THEN
                {refusal}
              END IF;
            END
            """,
            plan_id=literal(entry.plan_id),
            refusal=refuse(
                ALREADY_APPLIED,
                "format('this plan was applied by load %s at %s; plan again', applied.load_id, applied.committed_at)",
            ),
        )
    )


def leave_out(spec: LoadSpec) -> str:
    """Take the rows of the workbooks that are left out from the staging table."""
    return compose(
        """
        DELETE FROM pg_temp.wdh_staging AS staged USING pg_temp.wdh_files AS file
        WHERE file.left_out AND staged.{path} = file.path
        """,
        path=quote_identifier(spec.path_column),
    )


def load_row(spec: LoadSpec, entry: LedgerEntry, values: LedgerValues) -> str:
    """The load's own row; what was staged and not inserted is ``unchanged``."""
    return compose(
        """
        INSERT INTO wdh_load ({columns})
        VALUES ({load_id}, {plan_id}, {domain}, {table}, {mode}, {primary_key}, {merge_key}, {snapshot},
                CASE WHEN {deleted} + {inserted} > 0 THEN 'loaded' ELSE 'unchanged' END, {via},
                {records}, {deleted}, {inserted}, {unchanged},
                {added}, {changed}, {removed}, {host})
        """,
        columns=", ".join(LOAD_COLUMNS),
        load_id=values.load_id,
        plan_id=literal(entry.plan_id),
        domain=literal(entry.domain),
        table=table_identity(spec.table),
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
    )


def file_rows(values: LedgerValues) -> str:
    """One row per workbook of the load, left out or not."""
    return compose(
        """
        INSERT INTO wdh_load_file (load_id, path, sha256, sheet, period, part, version, rules,
                                   rows_read, records, rejects, left_out)
        SELECT {load_id}, path, sha256, sheet, period, part, version, rules, rows_read, records, rejects, left_out
        FROM pg_temp.wdh_files
        """,
        load_id=values.load_id,
    )
