"""plan.sql: a plan as one script for ``psql -f``, all its loads in one transaction, with their data inline."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import IO

from workflows.errors import PlanError
from workflows.plan.identifiers import literal
from workflows.plan.images_sql import find_past
from workflows.plan.phases import Ask, Copy, Delete, LoadStatements, Statement
from workflows.plan.reference_sql import STAGED, ReferenceStatements
from workflows.plan.refusals import PLAN_BLOCKED, refuse_at_once
from workflows.plan.schemas import KEEPS_VARIABLE, PATH_VARIABLE, SCHEMAS_OF_THE_PATH, SECURE_SESSION, find_schemas
from workflows.plan.staging_sql import refuse_other_count
from workflows.records.copy_feed import lines_of_rows

_TITLE = "-- The load of plan {plan_id} into {table}, {records} rows, as one transaction.\n"
_JOINT_TITLE = "-- The loads of a plan of several domains, {records} rows, as one transaction:\n"

_OPENING = r"""-- Run it with: psql -v wdh_actor="<your name>" -f plan.sql "<connection string>"
\set ON_ERROR_STOP on
SET client_encoding TO 'UTF8';
BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;
SET LOCAL lock_timeout = '{spec.lock_timeout_ms}ms';
SET LOCAL statement_timeout = '{spec.statement_timeout_ms}ms';
SELECT pg_catalog.gen_random_uuid() AS {id_variable}, {path} AS {path_variable} \gset
{secure};
"""

_ID_OF_PART = "SELECT :'wdh_run_id' || {suffix} AS wdh_load_id \\gset\n"

_OF_LOAD = r"""{schemas} \gset
{past} \gset
\set wdh_deleted 0
"""

_ACTOR = r"""\if :{?wdh_actor}
\else
  \set wdh_actor ''
\endif
"""

_SAY = "\\echo load :wdh_load_id: deleted :wdh_deleted, inserted :wdh_inserted\n"


@dataclass(frozen=True, slots=True)
class ScriptedLoad:
    """One load of a script. ``copy_chunks`` are lines as COPY takes them, ending with a line break; they are streamed.
    ``blocked`` are the reasons why it is not to be carried out."""

    statements: LoadStatements
    copy_chunks: Iterable[bytes]
    blocked: Sequence[str] = ()


def write_script(out: IO[bytes], loads: Sequence[ScriptedLoad], adding: ReferenceStatements | None = None) -> None:
    """Write the script to ``out``, which does what the loader would, under load ids of its own; ``adding`` comes before
    all loads.

    If any load is blocked, the script refuses with the reasons at once. Raises PlanError for data that does not end
    with a line; ``out`` then holds a part of a script, without its COMMIT.
    """
    is_joint = len(loads) > 1
    opening = _opening(loads[0].statements, "wdh_run_id" if is_joint else "wdh_load_id")
    if is_joint:
        records = sum(load.statements.recorded.records for load in loads)
        titles = [_JOINT_TITLE.format(records=records), *(f"-- {_title(load.statements)}" for load in loads)]
        out.write("".join([*titles, opening, _ACTOR]).encode())
    else:
        of_load = _of_load(loads[0].statements)
        out.write("".join([_title(loads[0].statements), opening, of_load, _ACTOR]).encode())
    if blocked := [reason for load in loads for reason in load.blocked]:
        _write_statement(out, refuse_at_once(PLAN_BLOCKED, f"this plan is blocked: {'; '.join(blocked)}"))
    if adding is not None:
        _write_references(out, adding)
    for load in loads:
        if is_joint:
            suffix = literal(f":{load.statements.recorded.domain}")
            out.write(f"\n{_ID_OF_PART.format(suffix=suffix)}{_of_load(load.statements)}".encode())
        _write_load(out, load)
        if is_joint:
            # Before the COMMIT, as the next load has its own figures; psql stops at an error.
            out.write(_SAY.replace("load :", "to be committed: load :", 1).encode())
    out.write(b"\nCOMMIT;\n" + (b"\\echo committed\n" if is_joint else _SAY.encode()))


def _title(statements: LoadStatements) -> str:
    entry, table = statements.recorded, _one_line(statements.spec.table)
    return _TITLE.format(plan_id=_one_line(entry.plan_id), table=table, records=entry.records)


def _opening(statements: LoadStatements, id_variable: str) -> str:
    return _OPENING.format(
        spec=statements.spec,
        id_variable=id_variable,
        path=SCHEMAS_OF_THE_PATH,
        path_variable=PATH_VARIABLE,
        secure=SECURE_SESSION,
    )


def _of_load(statements: LoadStatements) -> str:
    schemas = find_schemas(statements.spec.table, f":'{PATH_VARIABLE}'")
    return _OF_LOAD.format(schemas=schemas, past=find_past(statements.spec))


def _write_load(out: IO[bytes], load: ScriptedLoad) -> None:
    statements, changing = load.statements, load.statements.changing
    counted = {changing.delete: "wdh_deleted", changing.insert: "wdh_inserted"}
    for statement in statements:
        _write_named(out, statement)
        if isinstance(statement, Copy):
            _write_data(out, load.copy_chunks)
            if statement.records is not None:
                _write_statement(out, refuse_other_count(statement.records))
        elif statement in counted:
            out.write(f"\\set {counted[statement]} :ROW_COUNT\n".encode())


def _write_references(out: IO[bytes], adding: ReferenceStatements) -> None:
    for statement in adding.opening:
        _write_named(out, statement)
    for table in adding.tables:
        for statement in table:
            _write_named(out, statement)
            if statement is table.copy:
                _write_data(out, lines_of_rows(table.insert.rows))
                _write_statement(out, refuse_other_count(len(table.insert.rows), STAGED))
            elif statement is table.add:
                name = table.insert.table.replace("\\", "\\\\").replace("'", "\\'")
                out.write(f"\\echo to be committed: '{name}': added :ROW_COUNT\n".encode())
    _write_named(out, adding.closing)


def _write_named(out: IO[bytes], statement: Statement) -> None:
    out.write(f"\n-- {statement.operation}\n".encode())
    _write_one(out, statement)


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
