"""The live table against a batch, without a trace: staged in a transaction that is always rolled back."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from psycopg2.extensions import ISOLATION_LEVEL_REPEATABLE_READ
from psycopg2.extensions import connection as Connection  # noqa: N812 - a class, whatever psycopg2 calls it
from psycopg2.extensions import cursor as Cursor  # noqa: N812

from workflows.errors import DataWarehouseLoaderError, Words
from workflows.plan import compare_sql
from workflows.plan.changes import Comparison, Effect, TableIdentity
from workflows.plan.comparison import BatchShape, compared
from workflows.plan.identifiers import array_text
from workflows.plan.load_spec import LoadSpec
from workflows.plan.phases import LoadStatements
from workflows.plan.sql import load_statements
from workflows.stages import Stage
from workflows.warehouse.connection import rolled_back
from workflows.warehouse.groups import groups_in_table
from workflows.warehouse.left import left_in_table, moved_in_table
from workflows.warehouse.names import resolved
from workflows.warehouse.steps import CopySource, run_phase, stage_rows
from workflows.warehouse.table_check import check_table, unique_key_note

# Fields of a line for COPY, each before its comma, and the escapes in them.
_FIELD = re.compile(r"((?:[^\\,]|\\.)*),")
_ESCAPED = re.compile(r"\\(.)")
_FETCHED_ROWS = 2000

_IN_THE_QUERY = (
    "此处不能建临时表，本批次随查询传送：服务器若记录语句、慢语句或出错的语句，其日志中会有这些数据 / "
    "no temporary table may be created here, so the batch travelled within the query: the server's log holds it if"
    " that logs statements, slow ones, or those that fail"
)


def compare(connection: Connection, statements: LoadStatements, rows: CopySource, shape: BatchShape) -> Comparison:
    """What loading ``rows`` would change, as of one moment; the database is left as it was.

    Takes no lock that a reader or writer would wait for. Raises TableNotFoundError and TableMismatchError with the
    DDL that would mend the table, and AlreadyLoadedError as an append would.
    """
    with rolled_back(connection, "compare", statements.spec.table):
        connection.rollback()
        # Every query sees the same moment, the ledger's last entry included.
        connection.set_session(isolation_level=ISOLATION_LEVEL_REPEATABLE_READ)
        spec = resolved(connection, statements.spec)
        statements = load_statements(spec, statements.entry)
        check_table(connection, spec)
        with connection.cursor() as cursor:
            if _may_stage(cursor):
                stage_rows(cursor, statements, rows.copy_chunks())
                # Whether a plan was applied already is for whoever would apply it, and a number for whoever loads.
                with Stage("deciding", spec.table):
                    run_phase(cursor, replace(statements.deciding, once=None, number=None), spec.table)
                found = find_changes(connection, spec, shape)
            elif spec.undo is not None:
                raise DataWarehouseLoaderError(
                    f"{spec.table}: 计划撤销需要建临时表的权限 / "
                    f"planning to take a load back needs the right to create temporary tables"
                )
            else:
                found = _find_through_arrays(connection, spec, rows, shape)
        notes = unique_key_note(connection, spec) if spec.primary_key else []
        return found.altered(notes=[*found.notes, *notes])


@Stage("comparing")
def find_changes(connection: Connection, spec: LoadSpec, shape: BatchShape, prelude: str = "") -> Comparison:
    """Compare what is staged (in ``spec.staging``) with the table, in the caller's transaction.

    After the load's own lock this is exactly what the load will do.
    """
    with connection.cursor() as cursor:
        notes, told = _what_cannot_be_told(cursor, spec, prelude)
        left = left_in_table(cursor, spec, prelude)
        moved = moved_in_table(cursor, spec, prelude)
        groups = groups_in_table(cursor, spec, prelude)
        staged = int(_one(cursor, prelude + compare_sql.staged_rows(spec)))
        sequence = int(_one(cursor, compare_sql.last_sequence(spec)))
        cursor.execute(compare_sql.compared_table(spec))
        ((server, database, name),) = cursor.fetchall()
        table = TableIdentity(server=server, database=database, table=name)
        # A cursor's plan is made for its first rows by default; all of them are wanted.
        cursor.execute("SET LOCAL cursor_tuple_fraction = 1")
    with _changed_rows(connection, prelude + compare_sql.changed_rows(spec)) as changes:
        found = compared(spec, changes, staged, shape.months, shape.columns_of, shape.summed)
    if not told:
        found = Comparison(effect=Effect(), digest=found.digest)
    return found.altered(table=table, last_sequence=sequence, notes=notes, left=left, moved=moved, groups=groups)


def _what_cannot_be_told(cursor: Cursor, spec: LoadSpec, prelude: str) -> tuple[list[str], bool]:
    """Notes for people, and whether rows can be told apart at all."""
    if spec.mode == "append":
        known = int(_one(cursor, prelude + compare_sql.known_keys(spec))) if spec.primary_key else 0
        note = Words(
            f"待追加的行中有 {known} 行的主键表中已有；若有唯一约束则会被拒绝",
            f"{known} of the rows to append have a key that the table holds already; a unique key would refuse them",
        )
        return ([str(note)] if known else []), True
    if not spec.primary_key:
        return [], True
    repeated = int(_one(cursor, prelude + compare_sql.repeated_keys(spec)))
    note = Words(
        f"表中有 {repeated} 个主键重复，无法区分各行：影响未知，载入会被拒绝",
        f"{repeated} key(s) stand in the table more than once, so its rows cannot be told apart: effect unknown,"
        " and a load refuses it",
    )
    return ([str(note)] if repeated else []), not repeated


@contextmanager
def _changed_rows(connection: Connection, query: str) -> Iterator[Iterator[Sequence[str | None]]]:
    with connection.cursor(name="wdh_changes") as cursor:
        cursor.itersize = _FETCHED_ROWS
        cursor.execute(query)
        yield iter(cursor)


def _may_stage(cursor: Cursor) -> bool:
    """Whether this session can create a temporary table: by right, and not on a standby."""
    cursor.execute(
        "SELECT has_database_privilege(current_database(), 'TEMPORARY') AND NOT pg_is_in_recovery()"
        " AND current_setting('transaction_read_only') = 'off'"
    )
    row = cursor.fetchone()
    return bool(row and row[0])


def _find_through_arrays(connection: Connection, spec: LoadSpec, rows: CopySource, shape: BatchShape) -> Comparison:
    """The same for a role that may not create temporary tables: the batch travels as arrays within the query.

    Slower, memory holds the whole batch here and on the server, and so does the server's log if it logs the query.
    """
    if spec.mode == "append":
        raise DataWarehouseLoaderError(
            f"{spec.table}: 对比追加需要建临时表的权限 / "
            f"comparing an append needs the right to create temporary tables in this"
            " database"
        )
    table = list(_parsed(b"".join(rows.copy_chunks()).decode()))
    arrays = {name: array_text(values) for name, values in zip(spec.columns, zip(*table, strict=True), strict=True)}
    prelude = compare_sql.staged_as_arrays(spec, arrays) + "\n"
    found = find_changes(connection, replace(spec, staging="wdh_staging"), shape, prelude)
    return found.altered(notes=[*found.notes, _IN_THE_QUERY])


def _parsed(text: str) -> Iterator[list[str | None]]:
    """Lines for COPY -> rows; a field that is written ``null`` is None."""
    for line in text.split("\n")[:-1]:
        fields = _FIELD.findall(line + ",")
        yield [None if field == "null" else _ESCAPED.sub(_unescaped, field) for field in fields]


def _unescaped(match: re.Match[str]) -> str:
    return {"n": "\n", "r": "\r"}.get(match[1], match[1])


def _one(cursor: Cursor, query: str) -> str:
    cursor.execute(query)
    row = cursor.fetchone()
    return str(row[0]) if row else "0"
