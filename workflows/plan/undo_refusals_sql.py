"""What stands in the way of taking a load back, as SQL (pure).

The first obstacle is told, with the rows and the loads that make it: what to do about them is for a person to say.
"""

from __future__ import annotations

from workflows.errors import Words
from workflows.plan.identifiers import column_list, compose, literal, quote_identifier
from workflows.plan.images_sql import DELETED_BY, LOAD_SEQUENCE, shape
from workflows.plan.load_spec import LoadSpec, Undo
from workflows.plan.refusals import UNDO_REFUSED, refuse_if, worded
from workflows.plan.undo_sql import same_key, was_its, wrote

OTHER_COLUMNS = Words("表的列与当时不同", "the table has other columns than it had then")

_NAMED_ROWS = 5
"""Rows that a refusal names before it only counts them."""


def refuse_undo(spec: LoadSpec, undo: Undo) -> str:
    """Refuse unless the load stands, all that it wrote and deleted is there as it was, and its rows have room."""
    queries = [_not_standing(spec, undo), _other_columns(spec, undo), _pruned(spec, undo), _gone(spec, undo)]
    if spec.primary_key:
        queries.append(_held(spec, undo))
    if undo.document_columns:
        queries.append(_changed_by_hand(spec, undo))
    refused = compose(
        "SELECT {load} || problem.text FROM (\n{queries}\n) AS problem (text)",
        load=worded(f"载入 {undo.load_id} 无法撤销", f"load {undo.load_id} cannot be taken back: "),
        queries="\nUNION ALL\n".join(queries),
    )
    return refuse_if(UNDO_REFUSED, refused)


def _not_standing(spec: LoadSpec, undo: Undo) -> str:
    return compose(
        """
        SELECT {not_there} WHERE NOT EXISTS (
          SELECT FROM {loads} WHERE load_id = {load} AND sequence = {number} AND table_name = {table})
        UNION ALL
        SELECT format({taken_back}, load_id) FROM {loads} WHERE undoes = {load}
        """,
        not_there=worded("它不在此表的台账中", "it is not in the ledger of this table"),
        taken_back=worded("已由载入 %1$s 撤销", "load %1$s took it back already"),
        loads=spec.loads.quoted,
        load=literal(undo.load_id),
        number=literal(undo.sequence),
        table=spec.target.identity,
    )


def _other_columns(spec: LoadSpec, undo: Undo) -> str:
    return compose(
        "SELECT {message} WHERE {shape} IS DISTINCT FROM {then}",
        message=worded(*OTHER_COLUMNS),
        shape=shape(spec),
        then=literal(undo.shape),
    )


def _pruned(spec: LoadSpec, undo: Undo) -> str:
    deleted = compose(
        """
        SELECT format({message}, {deleted}, count(*)) FROM pg_temp.wdh_staging HAVING count(*) <> {deleted}
        """,
        message=worded(
            "它删除了 %1$s 行，只保留了其中 %2$s 行的原值，其余已清理",
            "it deleted %1$s row(s), and images of %2$s are kept: the others were pruned",
        ),
        deleted=literal(undo.deleted),
    )
    if undo.restored is None:
        return deleted
    # What an undo wrote is known by those images only.
    return compose(
        """
        {deleted}
        UNION ALL
        SELECT format({message}, {inserted}, count(*))
        FROM {images} WHERE {deleted_by} = {restored} HAVING count(*) <> {inserted}
        """,
        deleted=deleted,
        message=worded(
            "它恢复了 %1$s 行，只保留了其中 %2$s 行的原值，其余已清理",
            "it brought %1$s row(s) back, and images of %2$s are kept: the others were pruned",
        ),
        inserted=literal(undo.inserted),
        images=spec.images.quoted,
        deleted_by=quote_identifier(DELETED_BY),
        restored=literal(undo.restored),
    )


def _gone(spec: LoadSpec, undo: Undo) -> str:
    """Rows that it wrote and that are not there any more: who deleted them is in the images."""
    return compose(
        """
        SELECT format(CASE WHEN by.loads IS NULL THEN {by_nobody} ELSE {by_loads} END,
                      {inserted}, there.rows, by.loads, by.rows)
        FROM (SELECT count(*) AS rows FROM {table} AS target WHERE {wrote}) AS there
        CROSS JOIN LATERAL (
              SELECT string_agg(DISTINCT load.load_id, ', ') AS loads, (array_agg({image_name}))[:{named}]::text AS rows
              FROM {images} AS image JOIN {loads} AS load ON load.sequence = image.{deleted_by}
              WHERE there.rows <> {inserted} AND {was_its} AND load.sequence > {number}
                AND NOT EXISTS (SELECT FROM {loads} AS undoing WHERE undoing.undoes = load.load_id)) AS by
        WHERE there.rows <> {inserted}
        """,
        by_loads=worded(
            "它写入的 %1$s 行中只有 %2$s 行还是原样；其余由载入 %3$s 删除或改动：%4$s",
            "of the %1$s row(s) that it wrote %2$s are there as they were; deleted or changed by load %3$s: %4$s",
        ),
        by_nobody=worded(
            "它写入的 %1$s 行中只有 %2$s 行还是原样；不是任何载入所为，而是有人删除或改动了它们",
            "of the %1$s row(s) that it wrote %2$s are there as they were;"
            " no load did that, somebody else deleted or changed them",
        ),
        inserted=literal(undo.inserted),
        image_name=_named(spec, "image"),
        named=literal(_NAMED_ROWS),
        images=spec.images.quoted,
        loads=spec.loads.quoted,
        deleted_by=quote_identifier(DELETED_BY),
        was_its=was_its(spec, undo),
        number=literal(undo.sequence),
        table=spec.target.quoted,
        wrote=wrote(spec, undo),
    )


def _held(spec: LoadSpec, undo: Undo) -> str:
    return compose(
        """
        SELECT format(CASE WHEN count(load.load_id) > 0 THEN {by_loads} ELSE {by_nobody} END, count(*),
          string_agg(DISTINCT load.load_id, ', '), (array_agg({name}))[:{named}]::text)
        FROM pg_temp.wdh_staging AS staged
        JOIN {table} AS target ON {equal}
        LEFT JOIN {loads} AS load ON load.sequence = target.{sequence}
        WHERE ({wrote}) IS NOT TRUE
        HAVING count(*) > 0
        """,
        by_loads=worded(
            "要恢复的 %1$s 行的主键现被另一行占用，来自载入 %2$s：%3$s",
            "%1$s row(s) that would come back have a key that another row holds now, of load %2$s: %3$s",
        ),
        by_nobody=worded(
            "要恢复的 %1$s 行的主键现被另一行占用，不是任何载入写入的：%3$s",
            "%1$s row(s) that would come back have a key that another row holds now, of no load"
            " (somebody else's): %3$s",
        ),
        name=_named(spec, "target"),
        named=literal(_NAMED_ROWS),
        table=spec.target.quoted,
        equal=same_key(spec, "target", "staged"),
        loads=spec.loads.quoted,
        sequence=quote_identifier(LOAD_SEQUENCE),
        wrote=wrote(spec, undo),
    )


def _changed_by_hand(spec: LoadSpec, undo: Undo) -> str:
    """Rows that have its number and are not, or not as often, among its records."""
    columns = undo.document_columns
    return compose(
        """
        SELECT format({message}, count(*), (array_agg({name}))[:{named}]::text)
        FROM (
          SELECT {columns} FROM {table} AS target WHERE {wrote}
          EXCEPT ALL
          SELECT {columns} FROM pg_temp.wdh_document
        ) AS other
        HAVING count(*) > 0
        """,
        message=worded(
            "它写入的 %1$s 行此后被改动过，不是任何载入所为：%2$s",
            "%1$s row(s) that it wrote were changed since, by no load: %2$s",
        ),
        name=_named(spec, "other"),
        named=literal(_NAMED_ROWS),
        columns=column_list(columns),
        table=spec.target.quoted,
        wrote=wrote(spec, undo),
    )


def _named(spec: LoadSpec, alias: str) -> str:
    """What names a row for people, as one text."""
    columns = ", ".join(f"{alias}.{quote_identifier(name)}::text" for name in spec.named_by)
    return f"concat_ws(' | ', {columns})"
