"""Which rows a load that is taken back wrote and deleted, and which loads touched them since (pure).

What it deleted comes back from the table of images, what it wrote goes: a load of its own, under the same lock. A load
that was an undo itself wrote no row of its own number: it put the images of the load that it took back in place.
"""

from __future__ import annotations

from collections.abc import Sequence

from workflows.plan.identifiers import column_list, compose, literal, quote_identifier
from workflows.plan.images_sql import DELETED_BY, LOAD_SEQUENCE
from workflows.plan.load_spec import LoadSpec, Undo


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
        equal=same_key(spec, "target", "image"),
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
        equal=same_key(spec, "each", "image"),
        image=column_list(spec.columns, "image"),
    )


def same_key(spec: LoadSpec, one: str, other: str) -> str:
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


def was_its(spec: LoadSpec, undo: Undo) -> str:
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
        target_held=same_key(spec, "target", "gone"),
        image_held=same_key(spec, "image", "gone"),
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
        was_its=was_its(spec, undo),
        number=literal(undo.sequence),
        table=spec.target.quoted,
        wrote=wrote(spec, undo),
        inserted=literal(undo.inserted),
    )
