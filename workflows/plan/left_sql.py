"""Which rows stay in the table although an earlier load of the same months and parts wrote them, as SQL (pure).

The ledger knows which workbook was loaded for which month and part, a row which workbook it came from.
"""

from __future__ import annotations

from workflows.plan.conditions import equal_groups, equal_keys, staged_exists
from workflows.plan.identifiers import column_list, compose, literal, quote_identifier, text_array
from workflows.plan.left_rows import KEYS_NAMED, both_ways, sentence_formats
from workflows.plan.load_spec import LoadSpec
from workflows.plan.refusals import GUARD_TRIPPED, refuse_if
from workflows.plan.workbooks_sql import known_files

FOUND = "SELECT kind, month, path, batch, rows, keys, digest FROM pg_temp.wdh_left"


def remember_left(spec: LoadSpec) -> str:
    """What stays, by kind, month and workbook, in a table of the load's own."""
    return compose("CREATE TEMPORARY TABLE wdh_left ON COMMIT DROP AS\n{left}", left=left_rows(spec))


def left_rows(spec: LoadSpec) -> str:
    """One row per kind, month and source: how many, the first keys, and a digest of all keys. Where groups are replaced
    it is they that are counted and named.

    The table is read by the sources only if the ledger has an earlier load of these months and parts, and by month
    for rows of unknown source. Where a row's month is not its workbook's, it counts all the same.
    """
    return compose(
        """
        SELECT kind, month, path, batch, count(*) AS rows,
               (array_agg(key ORDER BY key COLLATE "C"))[1:{named}] AS keys,
               left(encode(sha256(convert_to(string_agg(key, chr(10) ORDER BY key COLLATE "C"), 'UTF8')), 'hex'), 16)
                 AS digest
        FROM (
          WITH batch (path, period, part) AS (
            VALUES {files}
          ), known AS MATERIALIZED (
            SELECT DISTINCT known.path, known.period, known.part
            {known_files}
          ), earlier AS MATERIALIZED (
            SELECT known.path, string_agg(DISTINCT batch.path, ', ') AS batch
            FROM known JOIN batch USING (period, part) GROUP BY known.path
          ), {rejected}, found AS (
            SELECT 'left_behind' AS kind, {row} FROM {table} AS target
            WHERE EXISTS (SELECT FROM earlier) AND target.{path} = ANY (ARRAY(SELECT path FROM earlier))
            {unknown}
          )
          SELECT CASE WHEN ({key}) IN (SELECT {columns} FROM rejected)
                 THEN 'kept_rejected' ELSE target.kind END AS kind,
                 {month} AS month, coalesce(target.{path}, '') AS path, coalesce(earlier.batch, '') AS batch,
                 {name} AS key
          FROM found AS target
          LEFT JOIN earlier ON earlier.path = target.{path}
          WHERE NOT {staged}
          {grouped}
        ) AS each
        GROUP BY kind, month, path, batch
        """,
        named=literal(KEYS_NAMED),
        files=", ".join(f"({literal(file.path)}, {literal(file.period)}, {literal(file.part)})" for file in spec.files),
        known_files=known_files(spec),
        rejected=_rejected(spec),
        row=column_list(_columns(spec), "target"),
        table=spec.target.quoted,
        path=quote_identifier(spec.path_column),
        unknown=_unknown(spec),
        month=_month(spec),
        key=column_list(_named(spec), "target"),
        name=_name(spec),
        columns=column_list(_named(spec)),
        staged=staged_exists(spec, [equal_keys(spec) if spec.scope == "keys" else equal_groups(spec)]),
        grouped="" if spec.scope == "keys" else f"GROUP BY 1, 2, 3, 4, {column_list(spec.merge_key, 'target')}",
    )


def _named(spec: LoadSpec) -> tuple[str, ...]:
    """The columns that name what stays: a row's key, or a group's."""
    return spec.primary_key if spec.scope == "keys" else spec.merge_key


def _name(spec: LoadSpec) -> str:
    name = compose("concat_ws(' | ', {key})", key=column_list(_named(spec), "target"))
    return name if spec.scope == "keys" else f"{name} || ': ' || count(*)"


def _columns(spec: LoadSpec) -> tuple[str, ...]:
    """What is looked at of a row: its key, its month and its source."""
    return tuple(dict.fromkeys((*_named(spec), *_period(spec), spec.path_column)))


def _period(spec: LoadSpec) -> tuple[str, ...]:
    has_one = spec.period_column is not None and spec.period_column in spec.columns
    return (spec.period_column,) if has_one and spec.period_column else ()


def _month(spec: LoadSpec) -> str:
    return next((f"to_char(target.{quote_identifier(name)}, 'YYYY-MM')" for name in _period(spec)), "''")


def _unknown(spec: LoadSpec) -> str:
    """The rows of the loaded months whose source the ledger does not know; without a month nothing bounds them."""
    if not _period(spec):
        return ""
    return compose(
        """
        UNION ALL
        SELECT 'unknown_source', {row} FROM {table} AS target
        WHERE target.{period} IN ({months}) AND NOT EXISTS (SELECT FROM known WHERE known.path = target.{path})
        """,
        row=column_list(_columns(spec), "target"),
        table=spec.target.quoted,
        period=quote_identifier(_period(spec)[0]),
        months=", ".join(literal(period) for period in sorted({file.period for file in spec.files})),
        path=quote_identifier(spec.path_column),
    )


def _rejected(spec: LoadSpec) -> str:
    """The keys that the batch rejects; a group that only a rejected row names stays as any other."""
    types = {column.name: column.sql_type for column in spec.table_columns}
    names = _named(spec)
    rejected = spec.rejected_keys if spec.scope == "keys" else ()
    by_column = list(zip(*rejected, strict=True)) or [()] * len(names)
    return compose(
        """
        rejected AS (
          SELECT {casts} FROM unnest({arrays}) AS given ({columns})
        )
        """,
        casts=", ".join(f"given.{quote_identifier(name)}::{types[name]} AS {quote_identifier(name)}" for name in names),
        arrays=", ".join(text_array(values) for values in by_column),
        columns=column_list(names),
    )


def refuse_left_behind(spec: LoadSpec) -> str:
    """Refuse rows that are left behind, or another number of them than was accepted."""
    accepted = spec.accepted.get("left_behind")
    chinese, english = both_ways(("%2$s", "%3$s"), "%1$s", spec.month_key.replace("%", "%%"), spec.left_unit)
    if accepted is None:
        wanted = "--accept left_behind=%1$s"
        message = f"{chinese}（确认保留可用 {wanted}） / {english}; or accept exactly these with {wanted}"
    else:
        given = f"--accept left_behind={accepted}"
        message = f"接受的数目与实际不符：{given}；{chinese} / {given} was given, but {english}"
    chinese, english = map(literal, sentence_formats("left_behind", spec.left_unit))
    same, again = map(literal, sentence_formats("restated", spec.left_unit))
    return refuse_if(
        GUARD_TRIPPED,
        compose(
            """
            SELECT format({message}, coalesce(sum(rows), 0),
                          string_agg(format(chinese, rows, month, path, batch), '；' ORDER BY month, path),
                          string_agg(format(english, rows, month, path, batch), '; ' ORDER BY month, path))
            FROM (
              SELECT *, CASE WHEN path = batch THEN {same} ELSE {chinese} END AS chinese,
                     CASE WHEN path = batch THEN {again} ELSE {english} END AS english
              FROM pg_temp.wdh_left WHERE kind = 'left_behind'
            ) AS behind
            HAVING coalesce(sum(rows), 0) <> {accepted}
            """,
            message=literal(message),
            chinese=chinese,
            english=english,
            same=same,
            again=again,
            accepted=literal(accepted or 0),
        ),
    )
