"""One statement of a load on a connection; COPY is fed in pieces."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol, runtime_checkable

import psycopg2
from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class, whatever psycopg2 calls it

from workflows.errors import LockTimeoutError
from workflows.plan.load_spec import LoadSpec, Step
from workflows.warehouse.copy_rows import lines_of_mappings
from workflows.warehouse.failures import translated
from workflows.warehouse.holders import describe_holders


@runtime_checkable
class CopySource(Protocol):
    """Rows that are lines for COPY already, in the order of the load's columns."""

    def copy_chunks(self) -> Iterator[bytes]:
        """UTF-8 lines of COPY's text format as ``records.copy_feed`` has it; pieces may break anywhere."""
        ...


Rows = Iterable[Mapping[str, Any]] | CopySource


def run_step(cursor: Cursor, step: Step, spec: LoadSpec, rows: Rows) -> Step:
    """The step with the number of rows that it touched, where it touches rows."""
    reader = _ChunkReader(chunks_of(rows, spec.columns))
    try:
        if step.operation == "copy":
            cursor.copy_expert(step.sql, reader)
        else:
            cursor.execute(step.sql)
    except psycopg2.Error as error:
        if reader.failure is not None:
            raise reader.failure from None
        failure = translated(error, step.operation, spec.table)
        if isinstance(failure, LockTimeoutError):
            raise LockTimeoutError(f"{failure}; {describe_holders(cursor.connection, spec.table)}") from None
        raise failure from None
    touches_rows = step.operation in ("copy", "leave_out", "delete", "insert")
    return replace(step, rows=cursor.rowcount) if touches_rows else step


def chunks_of(rows: Rows, columns: Sequence[str]) -> Iterator[bytes]:
    """The rows as pieces of lines for COPY, in the order of ``columns``."""
    yield from rows.copy_chunks() if isinstance(rows, CopySource) else lines_of_mappings(rows, columns)


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
