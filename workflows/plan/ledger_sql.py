"""What a load asks of the ledger and writes to it, as SQL (pure).

A load counts until one that counts itself names it in ``undoes``. Only rows are added to the ledger, never changed.
"""

from __future__ import annotations

from dataclasses import dataclass

from workflows.plan import images_sql
from workflows.plan.identifiers import compose, literal, quote_identifier, text_array
from workflows.plan.load_spec import LedgerEntry, LoadSpec
from workflows.plan.refusals import ALREADY_APPLIED, ALREADY_LOADED, LOAD_HIDDEN, refuse_if, worded
from workflows.plan.schemas import KEEPS_VARIABLE, NUMBERED_VARIABLE
from workflows.records.accounts import FileAccount

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


def files_of_batch(spec: LoadSpec) -> str:
    """The batch's workbooks; ``left_out`` are those that an append finds in the ledger under the same rules."""
    left_out = "false"
    if spec.mode == "append":
        left_out = compose(
            """
            EXISTS (
              SELECT {known_files}
                AND {same} AND known.rules = file.rules
            )
            """,
            known_files=known_files(spec),
            same=_same_workbook(spec),
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


def known_files(spec: LoadSpec, join: str = "") -> str:
    """FROM and WHERE over the workbooks that loads of this table, not undone, brought in."""
    return compose(
        """
        FROM {files} AS known JOIN {loads} AS load USING (load_id)
        {join}
        WHERE load.table_name = {table} AND NOT known.left_out
          AND {stands}
        """,
        join=join,
        stands=stands(spec),
        files=spec.loaded_files.quoted,
        loads=spec.loads.quoted,
        table=spec.target.identity,
    )


def stands(spec: LoadSpec) -> str:
    """``load`` was not taken back, or was brought back since: what took it back was taken back itself, and so on."""
    return compose(
        """
        (WITH RECURSIVE taker (load_id) AS (
           SELECT undo.load_id FROM {loads} AS undo WHERE undo.undoes = load.load_id
           UNION ALL
           SELECT undo.load_id FROM {loads} AS undo JOIN taker ON undo.undoes = taker.load_id
         ) SELECT count(*) FROM taker) % 2 = 0
        """,
        loads=spec.loads.quoted,
    )


def _same_workbook(spec: LoadSpec) -> str:
    """``known`` and ``file`` bring in the same rows: those of a file that gives them their month are its month's."""
    same = "known.sha256 = file.sha256 AND known.sheet = file.sheet"
    return f"{same} AND known.period = file.period" if spec.month_from_file else same


def refuse_other_versions(spec: LoadSpec) -> str:
    """Refuse a workbook loaded under other rules, or another workbook for an appended period and part."""
    clash = compose(
        """
        JOIN pg_temp.wdh_files AS file ON NOT file.left_out AND (
             ({same})
          OR (known.sha256 <> file.sha256 AND known.period = file.period AND known.part = file.part
              AND load.mode = 'append')
        )
        """,
        same=_same_workbook(spec),
    )
    message = compose(
        """
        format(
          CASE WHEN clash.is_same THEN {other_rules} ELSE {other_workbook} END,
          clash.path, clash.load_id, clash.known_path)
        """,
        other_rules=worded(
            "%1$s 已由载入 %2$s 按其他规则从 %3$s 载入过；如需重新载入，请先撤销该载入（make undo LOAD=%2$s）",
            "%1$s was loaded from %3$s by load %2$s under other rules; to load it again, take that load back first"
            " (make undo LOAD=%2$s)",
        ),
        other_workbook=worded(
            "%1$s：载入 %2$s 已从另一个文件 %3$s 追加过该月份；如需更换，请先撤销该载入（make undo LOAD=%2$s）",
            "%1$s: load %2$s appended its period from another workbook, %3$s; to have this one instead, take that load"
            " back first (make undo LOAD=%2$s)",
        ),
    )
    return refuse_if(
        ALREADY_LOADED,
        compose(
            """
            SELECT {message}
            FROM (
              SELECT load.load_id, file.path, known.path AS known_path, known.sha256 = file.sha256 AS is_same
              {known_files}
              ORDER BY load.sequence LIMIT 1
            ) AS clash
            """,
            message=message,
            known_files=known_files(spec, clash),
        ),
    )


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


def leave_out(spec: LoadSpec) -> str:
    """Take the rows of the workbooks' sheets that are left out from the staging table."""
    of_sheet = " AND staged.source_sheet = file.sheet" if "source_sheet" in spec.columns else ""
    return compose(
        """
        DELETE FROM pg_temp.wdh_staging AS staged USING pg_temp.wdh_files AS file
        WHERE file.left_out AND staged.{path} = file.path{of_sheet}
        """,
        of_sheet=of_sheet,
        path=quote_identifier(spec.path_column),
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
