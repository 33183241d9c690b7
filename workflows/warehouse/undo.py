"""A load of the ledger -> the load that takes it back, as far as the ledger and the table can tell."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeAlias

from psycopg2.extensions import connection as Connection  # noqa: N812 - a class, whatever psycopg2 calls it

from workflows.errors import UndoRefusedError, Words
from workflows.plan.identifiers import compose, literal, quote_identifier
from workflows.plan.images_sql import DELETED_BY, shape
from workflows.plan.load_spec import LoadSpec, Undo
from workflows.plan.undo_refusals_sql import OTHER_COLUMNS
from workflows.plan.undo_sql import touching_loads
from workflows.sources.gate_rules import GateSource
from workflows.warehouse.ledger import (
    CommittedLoad,
    find_load,
    in_effect,
    last_loads,
    loads_of_run,
    loads_of_table,
    undone_by,
)
from workflows.warehouse.names import images_of, resolved, secured

SpecOf: TypeAlias = Callable[[CommittedLoad], LoadSpec]
"""What the rows of a load's table are."""

_COLUMNS = """
    SELECT attname::text FROM pg_attribute
    JOIN pg_class AS class ON class.oid = attrelid JOIN pg_namespace AS space ON space.oid = class.relnamespace
    WHERE {is_this} AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum
"""
"""What a row comes back with: what is computed from other columns is computed again."""

_ALL_LOADS = 1_000_000

_FOR_UNDOING = GateSource(empty="allow")
"""A first load deleted nothing: taking it back leaves nothing of what it wrote."""


def loads_to_take_back(
    connection: Connection, wanted: str, spec_of: SpecOf, *, with_later: bool
) -> list[tuple[CommittedLoad, LoadSpec]]:
    """What is to be taken back when people say ``wanted`` (a load, or a run of several domains), newest first.

    With ``with_later`` the loads that stand in the way are among them. Raises as ``standing_load`` and ``undo_spec``.
    """
    secured(connection)
    named = loads_of_run(connection, wanted)
    if not named:
        raise _not_there(wanted)
    found: dict[int, tuple[CommittedLoad, LoadSpec]] = {}
    todo = [standing_load(connection, load.load_id) for load in named]
    while todo:
        for load in todo:
            found[load.sequence] = load, undo_spec(connection, spec_of(load), load)
        # Again for all: what one of them brings back may stand in the way of another.
        touching = _in_the_way(connection, list(found.values())) if with_later else []
        todo = [load for load in touching if load.sequence not in found]
    return [found[sequence] for sequence in sorted(found, reverse=True)]


def _not_there(load_id: str) -> UndoRefusedError:
    return UndoRefusedError(
        Words(
            f"载入 {load_id} 不在此数据库的台账中; make history 列出各次载入",
            f"load {load_id} is not in the ledger of this database; make history lists the loads",
        )
    )


def _in_the_way(connection: Connection, going: Sequence[tuple[CommittedLoad, LoadSpec]]) -> list[CommittedLoad]:
    """Loads that stand and touched what those wrote or would get back."""
    numbers: dict[str, list[int]] = {}
    for load, _ in going:
        numbers.setdefault(load.table_name, []).append(load.sequence)
    touching: set[int] = set()
    with connection.cursor() as cursor:
        for load, spec in going:
            if spec.undo is not None:
                cursor.execute(touching_loads(spec, spec.undo, numbers[load.table_name]))
                touching |= {int(row[0]) for row in cursor.fetchall()}
    found: list[CommittedLoad] = []
    for table in numbers:
        loads = loads_of_table(connection, table)
        standing = set(in_effect({each.load_id: each.undoes for each in loads}))
        found += [
            standing_load(connection, each.load_id)
            for each in loads
            if each.sequence in touching and each.load_id in standing
        ]
    return found


def images_kept(connection: Connection, table: str) -> dict[int, int] | None:
    """How many images of what each load deleted are kept, by its number; None if this role may not look."""
    kept: dict[int, int] = {}
    query = "SELECT {deleted_by}, count(*) FROM {images} GROUP BY 1"
    with connection.cursor() as cursor:
        for images in images_of(connection, table):
            cursor.execute("SELECT pg_catalog.has_table_privilege(%s, 'SELECT')", (images.quoted,))
            if cursor.fetchall() != [(True,)]:
                return None
            cursor.execute(compose(query, deleted_by=quote_identifier(DELETED_BY), images=images.quoted))
            kept |= {int(sequence): int(count) for sequence, count in cursor.fetchall()}
    return kept


def prune_images(connection: Connection, table: str, keep: int) -> tuple[int, CommittedLoad | None]:
    """Remove the images of all but the last ``keep`` loads that changed the table: how many went, and the oldest load
    that can still be taken back. Only the owner may delete them."""
    changing = [load for load in last_loads(connection, table, _ALL_LOADS) if load.outcome == "loaded"]
    kept = changing[:keep]
    if not kept:
        return 0, None
    # What an undo brought back is told by the images of the load that it took back.
    undone = [load.sequence for load in changing if load.load_id in {each.undoes for each in kept}]
    removed, query = 0, "DELETE FROM {images} WHERE {deleted_by} < {oldest} AND {deleted_by} <> ALL ({undone})"
    with connection.cursor() as cursor:
        for images in images_of(connection, table):
            deleted_by, oldest = quote_identifier(DELETED_BY), literal(kept[-1].sequence)
            numbers = f"ARRAY[{', '.join(map(literal, undone))}]::bigint[]"
            cursor.execute(compose(query, images=images.quoted, deleted_by=deleted_by, oldest=oldest, undone=numbers))
            removed += cursor.rowcount
    return removed, kept[-1]


def standing_load(connection: Connection, load_id: str) -> CommittedLoad:
    """The load to take back when people say ``load_id``: itself, or what brought it back after it was taken back.

    Raises UndoRefusedError if there is none, it does not stand, it changed nothing, or it kept too little.
    """
    load = find_load(connection, load_id)
    if load is None:
        raise _not_there(load_id)
    while (taker := undone_by(connection, load.load_id)) is not None:
        again = undone_by(connection, taker.load_id)
        if again is None:
            raise UndoRefusedError(
                Words(
                    f"载入 {load_id} 已由载入 {taker.load_id} 撤销; 如要恢复, 请撤销后者",
                    f"load {load_id} was taken back already, by load {taker.load_id}; to bring it back, take that one"
                    " back",
                )
            )
        load = again
    if load.outcome == "unchanged":
        raise UndoRefusedError(
            Words(
                f"载入 {load.load_id} 没有改动任何数据, 无可撤销",
                f"load {load.load_id} changed nothing: there is nothing to take back",
            )
        )
    if not load.can_undo:
        raise UndoRefusedError(
            Words(
                f"载入 {load.load_id} 无法撤销: 表没有保留被删除的行, 或行中没有写明载入 "
                "(make schema 补齐, 从下一次载入起有效)",
                f"load {load.load_id} cannot be taken back: its table kept no images of what it deleted, or its rows do"
                " not name their load (make schema makes both; it holds from the next load on)",
            )
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
        raise UndoRefusedError(
            Words(
                f"载入 {load.load_id} 无法撤销: {OTHER_COLUMNS.chinese}",
                f"load {load.load_id} cannot be taken back: {OTHER_COLUMNS.english}",
            )
        )
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
