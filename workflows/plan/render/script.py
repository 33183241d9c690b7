"""plan.sql: a plan as one script for ``psql -f``, all its loads in one transaction, with their data inline."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import IO

from workflows.errors import PlanError
from workflows.plan.identifiers import literal
from workflows.plan.phases import LoadStatements
from workflows.plan.refusals import PLAN_BLOCKED, refuse_at_once
from workflows.plan.schemas import PATH_VARIABLE, SCHEMAS_OF_THE_PATH, SECURE_SESSION, find_schemas
from workflows.plan.staging_sql import refuse_other_count

_HEAD = r"""-- The load of plan {plan_id} into {table}, {records} rows, as one transaction.
-- Run it with: psql -f plan.sql "<connection string>"
\set ON_ERROR_STOP on
SET client_encoding TO 'UTF8';
BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;
SET LOCAL lock_timeout = '{spec.lock_timeout_ms}ms';
SET LOCAL statement_timeout = '{spec.statement_timeout_ms}ms';
SELECT pg_catalog.gen_random_uuid() AS wdh_load_id, {path} AS {path_variable} \gset
{secure};
{schemas} \gset
\set wdh_deleted 0
"""

_JOINT_HEAD = r"""-- The loads of a plan of several domains, {records} rows, as one transaction:
{loads}
-- Run it with: psql -f plan.sql "<connection string>"
\set ON_ERROR_STOP on
SET client_encoding TO 'UTF8';
BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;
SET LOCAL lock_timeout = '{spec.lock_timeout_ms}ms';
SET LOCAL statement_timeout = '{spec.statement_timeout_ms}ms';
SELECT pg_catalog.gen_random_uuid() AS wdh_run_id, {path} AS {path_variable} \gset
{secure};
"""

_PART_HEAD = r"""
-- The load of plan {plan_id} into {table}, {records} rows.
SELECT :'wdh_run_id' || {suffix} AS wdh_load_id \gset
{schemas} \gset
\set wdh_deleted 0
"""

_SAY = "\\echo load :wdh_load_id: deleted :wdh_deleted, inserted :wdh_inserted\n"


@dataclass(frozen=True, slots=True)
class ScriptedLoad:
    """One load of a script. ``copy_chunks`` are lines as COPY takes them, ending with a line break; they are streamed.
    ``blocked`` are the reasons why it is not to be carried out."""

    statements: LoadStatements
    copy_chunks: Iterable[bytes]
    blocked: Sequence[str] = ()


def write_script(out: IO[bytes], loads: Sequence[ScriptedLoad]) -> None:
    """Write the script to ``out``, which does what the loader would, under load ids of its own.

    If any load is blocked, the script refuses with the reasons at once. Raises PlanError for data that does not end
    with a line; ``out`` then holds a part of a script, without its COMMIT.
    """
    is_joint = len(loads) > 1
    out.write((_joint_head(loads) if is_joint else _head(_HEAD, loads[0].statements)).encode())
    if blocked := [reason for load in loads for reason in load.blocked]:
        _write_statement(out, refuse_at_once(PLAN_BLOCKED, f"this plan is blocked: {'; '.join(blocked)}"))
    for load in loads:
        if is_joint:
            out.write(_head(_PART_HEAD, load.statements).encode())
        _write_load(out, load)
        if is_joint:
            # Before the COMMIT, as the next load has its own; psql stops at an error.
            out.write(_SAY.replace("load :", "to be committed: load :").encode())
    out.write(b"\nCOMMIT;\n" + (b"\\echo committed\n" if is_joint else _SAY.encode()))


def _head(form: str, statements: LoadStatements) -> str:
    entry, table = statements.recorded, statements.spec.table
    return form.format(
        plan_id=_one_line(entry.plan_id),
        table=_one_line(table),
        records=entry.records,
        spec=statements.spec,
        path=SCHEMAS_OF_THE_PATH,
        path_variable=PATH_VARIABLE,
        secure=SECURE_SESSION,
        schemas=find_schemas(table, f":'{PATH_VARIABLE}'"),
        suffix=literal(f":{entry.domain}"),
    )


def _joint_head(loads: Sequence[ScriptedLoad]) -> str:
    entries = [(load.statements.spec.table, load.statements.recorded) for load in loads]
    return _JOINT_HEAD.format(
        records=sum(entry.records for _, entry in entries),
        loads="\n".join(f"--   {each.domain} into {_one_line(table)}: {each.records} rows" for table, each in entries),
        spec=loads[0].statements.spec,
        path=SCHEMAS_OF_THE_PATH,
        path_variable=PATH_VARIABLE,
        secure=SECURE_SESSION,
    )


def _write_load(out: IO[bytes], load: ScriptedLoad) -> None:
    statements, changing = load.statements, load.statements.changing
    counted = {changing.delete: "wdh_deleted", changing.insert: "wdh_inserted"}
    for statement in statements:
        out.write(f"\n-- {statement.operation}\n".encode())
        _write_statement(out, statement.sql)
        if statement is statements.staging.copy:
            _write_data(out, load.copy_chunks)
            _write_statement(out, refuse_other_count(statements.recorded.records))
        elif statement in counted:
            out.write(f"\\set {counted[statement]} :ROW_COUNT\n".encode())


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
