"""plan.sql: a plan as one script for ``psql -f``, with its data inline."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import IO

from workflows.errors import PlanError
from workflows.plan.images_sql import find_past
from workflows.plan.phases import Ask, Copy, Delete, LoadStatements, Statement
from workflows.plan.refusals import PLAN_BLOCKED, refuse_at_once
from workflows.plan.schemas import KEEPS_VARIABLE, PATH_VARIABLE, SCHEMAS_OF_THE_PATH, SECURE_SESSION, find_schemas
from workflows.plan.staging_sql import refuse_other_count

_HEAD = r"""-- The load of plan {plan_id} into {table}, {records} rows, as one transaction.
-- Run it with: psql -v wdh_actor="<your name>" -f plan.sql "<connection string>"
\set ON_ERROR_STOP on
SET client_encoding TO 'UTF8';
BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;
SET LOCAL lock_timeout = '{spec.lock_timeout_ms}ms';
SET LOCAL statement_timeout = '{spec.statement_timeout_ms}ms';
SELECT pg_catalog.gen_random_uuid() AS wdh_load_id, {path} AS {path_variable} \gset
{secure};
{schemas} \gset
{past} \gset
\set wdh_deleted 0
\if :{{?wdh_actor}}
\else
  \set wdh_actor ''
\endif
"""

_FOOT = r"""COMMIT;
\echo load :wdh_load_id: deleted :wdh_deleted, inserted :wdh_inserted
"""


def write_script(
    out: IO[bytes], statements: LoadStatements, copy_chunks: Iterable[bytes], blocked: Sequence[str] = ()
) -> None:
    """Write the script to ``out``, which does what the loader would, under a load id of its own.

    ``copy_chunks`` are lines as COPY takes them, ending with a line break; they are streamed. If ``blocked`` gives
    reasons, the script refuses with them at once. Raises PlanError for data that does not end with a line; ``out``
    then holds a part of a script, without its COMMIT.
    """
    entry, table, changing = statements.recorded, statements.spec.table, statements.changing
    head = _HEAD.format(
        plan_id=_one_line(entry.plan_id),
        table=_one_line(table),
        records=entry.records,
        spec=statements.spec,
        path=SCHEMAS_OF_THE_PATH,
        path_variable=PATH_VARIABLE,
        secure=SECURE_SESSION,
        past=find_past(statements.spec),
        schemas=find_schemas(table, f":'{PATH_VARIABLE}'"),
    )
    out.write(head.encode())
    if blocked:
        _write_statement(out, refuse_at_once(PLAN_BLOCKED, f"this plan is blocked: {'; '.join(blocked)}"))
    counted = {changing.delete: "wdh_deleted", changing.insert: "wdh_inserted"}
    for statement in statements:
        out.write(f"\n-- {statement.operation}\n".encode())
        _write_one(out, statement)
        if isinstance(statement, Copy):
            _write_data(out, copy_chunks)
            if statement.records is not None:
                _write_statement(out, refuse_other_count(statement.records))
        elif statement in counted:
            out.write(f"\\set {counted[statement]} :ROW_COUNT\n".encode())
    out.write(b"\n" + _FOOT.encode())


def _write_one(out: IO[bytes], statement: Statement) -> None:
    match statement:
        case Ask():
            out.write(f"{statement.sql} \\gset\n".encode())
        case Delete(keeping=str(kept)):
            out.write(f"\\if :{KEEPS_VARIABLE}\n".encode())
            _write_statement(out, kept)
            out.write(b"\\else\n")
            _write_statement(out, statement.sql)
            out.write(b"\\endif\n")
        case _:
            _write_statement(out, statement.sql)


def _write_statement(out: IO[bytes], sql: str) -> None:
    out.write(sql.encode() + b";\n")


def _write_data(out: IO[bytes], copy_chunks: Iterable[bytes]) -> None:
    r"""The inline data and its end mark, which no line of the data can look like: COPY's text format escapes ``\``."""
    end = b"\n"
    for chunk in copy_chunks:
        out.write(chunk)
        end = chunk[-1:] or end
    if end != b"\n":
        raise PlanError("the data does not end with a line break")
    out.write(b"\\.\n")


def _one_line(text: str) -> str:
    """``text`` as part of an SQL comment, which ends with its line."""
    return " ".join(text.split())
