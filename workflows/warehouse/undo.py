"""A load of the ledger -> the load that takes it back, as far as the ledger and the table can tell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from psycopg2.extensions import connection as Connection  # noqa: N812 - a class, whatever psycopg2 calls it

from workflows.errors import UndoRefusedError
from workflows.plan.identifiers import compose
from workflows.plan.images_sql import shape
from workflows.plan.load_spec import LoadSpec, Undo
from workflows.plan.undo_sql import OTHER_COLUMNS
from workflows.sources.entries import GateSource
from workflows.warehouse.ledger import CommittedLoad, find_load, undone_by
from workflows.warehouse.names import resolved

_COLUMNS = """
    SELECT attname::text FROM pg_attribute
    JOIN pg_class AS class ON class.oid = attrelid JOIN pg_namespace AS space ON space.oid = class.relnamespace
    WHERE {is_this} AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum
"""
"""What a row comes back with: what is computed from other columns is computed again."""

_FOR_UNDOING = GateSource(empty="allow")
"""A first load deleted nothing: taking it back leaves nothing of what it wrote."""


def standing_load(connection: Connection, load_id: str) -> CommittedLoad:
    """The load to take back when people say ``load_id``: itself, or what brought it back after it was taken back.

    Raises UndoRefusedError if there is none, it does not stand, it changed nothing, or it kept too little.
    """
    load = find_load(connection, load_id)
    if load is None:
        raise UndoRefusedError(f"load {load_id} is not in the ledger of this database; make history lists the loads")
    while (taker := undone_by(connection, load.load_id)) is not None:
        again = undone_by(connection, taker.load_id)
        if again is None:
            raise UndoRefusedError(
                f"load {load_id} was taken back already, by load {taker.load_id}; to bring it back, take that one back"
            )
        load = again
    if load.outcome == "unchanged":
        raise UndoRefusedError(f"load {load.load_id} changed nothing: there is nothing to take back")
    if not load.can_undo:
        raise UndoRefusedError(
            f"load {load.load_id} cannot be taken back: its table kept no images of what it deleted, or its rows do not"
            " name their load (make schema makes both; it holds from the next load on)"
        )
    return load


def undo_spec(
    connection: Connection, spec: LoadSpec, load: CommittedLoad, document_columns: Sequence[str] = ()
) -> LoadSpec:
    """The load that takes ``load`` back, where ``spec`` says what the rows of its table are; names are resolved.

    ``document_columns`` are those of the load's own records, if they can be staged. Raises UndoRefusedError if the
    table has other columns than it had then.
    """
    spec = resolved(connection, spec)
    undone = find_load(connection, load.undoes) if load.undoes else None
    with connection.cursor() as cursor:
        cursor.execute(compose(_COLUMNS, is_this=spec.target.is_this))
        columns = tuple(str(row[0]) for row in cursor.fetchall())
        cursor.execute(f"SELECT {shape(spec)}")
        ((shape_now,),) = cursor.fetchall()
    if shape_now != load.shape:
        # Said again under the lock; here before statements of columns that are not there.
        raise UndoRefusedError(f"load {load.load_id} cannot be taken back: {OTHER_COLUMNS}")
    return replace(
        spec,
        columns=columns,
        mode="delete_insert",
        primary_key=tuple(load.primary_key),
        merge_key=tuple(load.merge_key),
        periods=(),
        files=(),
        gates=_FOR_UNDOING,
        accepted={},
        undo=Undo(
            load_id=load.load_id,
            sequence=load.sequence,
            inserted=load.inserted,
            deleted=load.deleted,
            shape=load.shape or "",
            restored=undone.sequence if undone else None,
            document_columns=() if undone else tuple(document_columns),
        ),
    )
