"""The workbooks of a load, and those that the ledger has of loads that were not taken back, as SQL (pure)."""

from __future__ import annotations

from workflows.plan.identifiers import compose, literal, quote_identifier
from workflows.plan.load_spec import LoadSpec
from workflows.plan.refusals import ALREADY_LOADED, refuse_if, worded
from workflows.records.accounts import FileAccount


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
        stands=_stands(spec),
        files=spec.loaded_files.quoted,
        loads=spec.loads.quoted,
        table=spec.target.identity,
    )


def _stands(spec: LoadSpec) -> str:
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
