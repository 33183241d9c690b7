"""Statements of a load on a connection; COPY is fed in pieces."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol

import psycopg2
from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class, whatever psycopg2 calls it

from workflows.errors import DataWarehouseLoaderError
from workflows.plan.phases import Change, Copy, LoadStatements, Statement
from workflows.stages import Stage
from workflows.warehouse.holders import explained


class CopySource(Protocol):
    """Rows that are lines for COPY already, in the order of the load's columns."""

    def copy_chunks(self) -> Iterator[bytes]:
        """UTF-8 lines of COPY's text format as ``records.copy_feed`` has it; pieces may break anywhere."""
        ...


def run_phase(
    cursor: Cursor, phase: Iterable[Statement], table: str, chunks: Iterable[bytes] = ()
) -> dict[Statement, int]:
    """Run the statements in order; the rows of each one that changes some. ``chunks`` are what a COPY takes."""
    return {
        statement: rows for statement in phase if (rows := run_statement(cursor, statement, table, chunks)) is not None
    }


def stage_rows(cursor: Cursor, statements: LoadStatements, chunks: Iterable[bytes]) -> dict[Statement, int]:
    """Run the statements that stage ``chunks``, as ``run_phase``."""
    with Stage("copying", statements.spec.table) as copying:
        rows = run_phase(cursor, statements.staging, statements.spec.table, chunks)
        copying.rows = rows.get(statements.staging.copy)
    return rows


def run_statement(cursor: Cursor, statement: Statement, table: str, chunks: Iterable[bytes] = ()) -> int | None:
    """Run one; the number of rows that it changed, None where it changes none.

    Raises DataWarehouseLoaderError, also for a COPY of more or fewer rows than planned, and what reading ``chunks``
    raises.
    """
    reader = _ChunkReader(iter(chunks))
    try:
        if isinstance(statement, Copy):
            cursor.copy_expert(statement.sql, reader)
        else:
            cursor.execute(statement.sql)
    except psycopg2.Error as error:
        if reader.failure is not None:
            raise reader.failure from None
        raise explained(cursor.connection, error, statement.operation, table) from None
    if isinstance(statement, Copy) and statement.records not in (None, cursor.rowcount):
        raise DataWarehouseLoaderError(
            f"{table}: 暂存 {cursor.rowcount} 行, 计划为 {statement.records} 行 / "
            f"{cursor.rowcount} rows were staged, the plan"
            f" says {statement.records}"
        )
    return cursor.rowcount if isinstance(statement, Change) else None


class _ChunkReader:
    """Chunks as the file that COPY reads from; memory holds one chunk.

    psycopg2 turns an exception in ``read`` into an error message of the server's, so it is kept in ``failure``.
    """

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self.failure: BaseException | None = None

    def read(self, _size: int = -1) -> bytes:
        """The next chunk, whatever its size (psycopg2 allows more than it asks for); empty at the end."""
        try:
            return next(filter(None, self._chunks), b"")
        except BaseException as error:
            self.failure = error
            raise

    def readline(self, _size: int = -1) -> bytes:
        """COPY never asks for lines; psycopg2's declared types do."""
        raise NotImplementedError
