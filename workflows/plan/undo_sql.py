"""Which rows a load that is taken back wrote, and what stands in the way of taking it back (pure).

What it deleted comes back from the table of images, what it wrote goes: a load of its own, under the same lock. A load
that was an undo itself wrote no row of its own number: it put the images of the load that it took back in place.
"""

from __future__ import annotations

from collections.abc import Sequence

from workflows.errors import Words
from workflows.plan.identifiers import column_list, compose, literal, quote_identifier
from workflows.plan.images_sql import DELETED_BY, LOAD_SEQUENCE, shape
from workflows.plan.load_spec import LoadSpec, Undo
from workflows.plan.refusals import UNDO_REFUSED, refuse_if, worded

OTHER_COLUMNS = Words("表的列与当时不同", "the table has other columns than it had then")

_NAMED_ROWS = 5
"""Rows that a refusal names before it only counts them."""


def wrote(spec: LoadSpec, undo: Undo) -> str:
    """``target`` is a row that the load wrote, as it was then."""
    if undo.restored is None:
        return compose(
            "target.{column} = {number}", column=quote_identifier(LOAD_SEQUENCE), number=literal(undo.sequence)
        )
    if not spec.primary_key:
        return _among_as_many(spec, undo.restored)
    return compose(
        """
        EXISTS (SELECT FROM {images} AS image WHERE image.{deleted_by} = {number} AND {equal}
          AND ({row}) IS NOT DISTINCT FROM ({image}))
        """,
        images=spec.images.quoted,
        deleted_by=quote_identifier(DELETED_BY),
        number=literal(undo.restored),
        equal=_same_key(spec, "target", "image"),
        row=column_list(spec.columns, "target"),
        image=column_list(spec.columns, "image"),
    )


def _among_as_many(spec: LoadSpec, restored: int) -> str:
    """Of rows that are equal in all columns as many are meant as there are images of them: the others stood there."""
    return compose(
        """
        (target.tableoid, target.ctid) IN (
          SELECT wdh_part, wdh_at FROM (
            SELECT sides.*, row_number() OVER (PARTITION BY wdh_row, wdh_image ORDER BY wdh_part, wdh_at) AS wdh_nth,
                   count(*) FILTER (WHERE wdh_image) OVER (PARTITION BY wdh_row) AS wdh_images
            FROM (
              SELECT each.tableoid AS wdh_part, each.ctid AS wdh_at, false AS wdh_image,
                     ROW({each})::text COLLATE "C" AS wdh_row
              FROM {table} AS each
              WHERE EXISTS (SELECT FROM {images} AS image WHERE image.{deleted_by} = {number} AND {equal})
              UNION ALL
              SELECT NULL, NULL, true, ROW({image})::text
              FROM {images} AS image WHERE image.{deleted_by} = {number}
            ) AS sides
          ) AS numbered WHERE NOT wdh_image AND wdh_nth <= wdh_images)
        """,
        each=column_list(spec.columns, "each"),
        table=spec.target.quoted,
        images=spec.images.quoted,
        deleted_by=quote_identifier(DELETED_BY),
        number=literal(restored),
        equal=_same_key(spec, "each", "image"),
        image=column_list(spec.columns, "image"),
    )


def _same_key(spec: LoadSpec, one: str, other: str) -> str:
    """The rows ``one`` and ``other`` have the key in common; without a primary key, what is replaced by."""
    return " AND ".join(
        f"{one}.{quote_identifier(name)} = {other}.{quote_identifier(name)}"
        for name in spec.primary_key or spec.merge_key
    )


def restore(spec: LoadSpec, undo: Undo) -> str:
    """What the load deleted, into the staging table."""
    return compose(
        """
        INSERT INTO pg_temp.wdh_staging ({columns})
        SELECT {columns} FROM {images} WHERE {deleted_by} = {number}
        """,
        columns=column_list(spec.columns),
        images=spec.images.quoted,
        deleted_by=quote_identifier(DELETED_BY),
        number=literal(undo.sequence),
    )


def stage_document(spec: LoadSpec, undo: Undo) -> str:
    """A temporary table for the load's own records, by which rows that were changed by hand are known."""
    return compose(
        """
        CREATE TEMPORARY TABLE wdh_document ON COMMIT DROP AS
        SELECT {columns} FROM {table} WITH NO DATA
        """,
        columns=column_list(undo.document_columns),
        table=spec.target.quoted,
    )


def copy_document(undo: Undo) -> str:
    """Lines as ``records.copy_feed`` makes them."""
    return compose(
        "COPY pg_temp.wdh_document ({columns})"
        " FROM STDIN WITH (FORMAT text, DELIMITER ',', NULL 'null', ENCODING 'UTF8')",
        columns=column_list(undo.document_columns),
    )


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
        was_its=_was_its(spec, undo),
        number=literal(undo.sequence),
        table=spec.target.quoted,
        wrote=wrote(spec, undo),
    )


def _was_its(spec: LoadSpec, undo: Undo) -> str:
    """``image`` is of a row that the load wrote."""
    if undo.restored is None:
        return compose(
            "image.{column} = {number}", column=quote_identifier(LOAD_SEQUENCE), number=literal(undo.sequence)
        )
    return compose(
        """
        EXISTS (SELECT FROM {images} AS own WHERE own.{deleted_by} = {number}
          AND ({own}) IS NOT DISTINCT FROM ({image}))
        """,
        images=spec.images.quoted,
        deleted_by=quote_identifier(DELETED_BY),
        number=literal(undo.restored),
        own=column_list(spec.columns, "own"),
        image=column_list(spec.columns, "image"),
    )


def touching_loads(spec: LoadSpec, undo: Undo, going: Sequence[int]) -> str:
    """A query for the numbers of the loads that took rows away which the load wrote, or gave keys of rows that would
    come back to others; some of these come back themselves once the loads ``going`` are taken back."""
    if not spec.primary_key:
        return _took(spec, undo)
    return compose(
        """
        {took}
        UNION
        SELECT target.{sequence} FROM {images} AS gone JOIN {table} AS target ON {target_held}
        WHERE gone.{deleted_by} = {number} AND target.{sequence} > {number}
        UNION
        SELECT put.sequence FROM {images} AS gone JOIN {table} AS target ON {target_held}
        JOIN {images} AS image ON {image_held} AND image.{sequence} IS NOT DISTINCT FROM target.{sequence}
        JOIN {loads} AS undone ON undone.sequence = image.{deleted_by}
        JOIN {loads} AS put ON put.undoes = undone.load_id
        WHERE gone.{deleted_by} = {number} AND (target.{sequence} > {number}) IS NOT TRUE AND put.sequence > {number}
          AND ({wrote}) IS NOT TRUE
        UNION
        SELECT image.{sequence} FROM {images} AS gone JOIN {images} AS image ON {image_held}
        WHERE gone.{deleted_by} = {number} AND image.{sequence} > {number} AND image.{deleted_by} IN ({going})
        """,
        took=_took(spec, undo),
        wrote=wrote(spec, undo),
        sequence=quote_identifier(LOAD_SEQUENCE),
        images=spec.images.quoted,
        table=spec.target.quoted,
        loads=spec.loads.quoted,
        target_held=_same_key(spec, "target", "gone"),
        image_held=_same_key(spec, "image", "gone"),
        deleted_by=quote_identifier(DELETED_BY),
        number=literal(undo.sequence),
        going=", ".join(map(literal, going)),
    )


def _took(spec: LoadSpec, undo: Undo) -> str:
    return compose(
        """
        SELECT image.{deleted_by} FROM {images} AS image WHERE {was_its} AND image.{deleted_by} > {number}
          AND (SELECT count(*) FROM {table} AS target WHERE {wrote}) <> {inserted}
        """,
        deleted_by=quote_identifier(DELETED_BY),
        images=spec.images.quoted,
        was_its=_was_its(spec, undo),
        number=literal(undo.sequence),
        table=spec.target.quoted,
        wrote=wrote(spec, undo),
        inserted=literal(undo.inserted),
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
        equal=_same_key(spec, "target", "staged"),
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
