"""Whether a table can take a load: asked before anything is staged."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from psycopg2.extensions import connection as Connection  # noqa: N812 - a class, whatever psycopg2 calls it

from workflows.errors import TableMismatchError, TableNotFoundError, Words
from workflows.plan.identifiers import column_list, compose, quote_identifier, quote_table
from workflows.plan.images_sql import LOAD_SEQUENCE
from workflows.plan.ledger_sql import LOAD_COLUMNS
from workflows.plan.load_spec import LoadSpec, TableColumn
from workflows.plan.schemas import LEDGER, LEDGER_FILES, Relation
from workflows.plan.table_sql import ROWS_ARE_HIDDEN, is_unique, loose_collations
from workflows.stages import Stage
from workflows.warehouse.failures import MAKE_SCHEMA
from workflows.warehouse.names import resolved, secured, target_of
from workflows.warehouse.references import check_references
from workflows.warehouse.schema import TableDefinition, table_ddl

_ALIASES = {
    "varchar": "character varying",
    "char": "character",
    "bool": "boolean",
    "int": "integer",
    "int2": "smallint",
    "int4": "integer",
    "int8": "bigint",
    "decimal": "numeric",
    "float8": "double precision",
    "float4": "real",
    "timestamptz": "timestamp with time zone",
    "timestamp": "timestamp without time zone",
}
"""Short names of types and what PostgreSQL's ``format_type`` calls them."""

_RELATION = """
    SELECT class.oid, relkind IN ('r', 'p') AND relpersistence = 'p', row_security_active(class.oid)
    FROM pg_catalog.pg_class AS class JOIN pg_catalog.pg_namespace AS space ON space.oid = class.relnamespace
    WHERE {is_this}
"""

_COLUMNS = """
    SELECT attname, format_type(atttypid, atttypmod),
           atthasdef OR attidentity <> '' OR attgenerated <> '', attnotnull
    FROM pg_catalog.pg_attribute
    WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped
    ORDER BY attnum
"""

_REFERENCES = """
    SELECT DISTINCT conrelid::regclass::text
    FROM pg_catalog.pg_constraint
    WHERE confrelid = %s AND contype = 'f'
    ORDER BY 1
"""


@dataclass(frozen=True, slots=True)
class LiveColumn:
    """A column as the table has it; ``fills_itself`` by a default, an identity or a generating expression."""

    name: str
    sql_type: str
    fills_itself: bool
    never_null: bool = True


@dataclass(frozen=True, slots=True)
class Problem:
    """What keeps a table from being loaded, and the DDL that would mend it (empty if none can)."""

    text: str
    ddl: str = ""


@Stage("checking")
def check_table(connection: Connection, spec: LoadSpec) -> None:
    """Return if the table of ``spec``, those that it refers to and the ledger exist, and each has what the load says
    that it must have.

    Rows are deleted and inserted again, so what hangs on them elsewhere would be lost: columns beyond
    ``spec.table_columns`` that do not fill themselves, and foreign keys that refer to the table, are refused unless
    the load owns the rows. Raises TableNotFoundError and TableMismatchError; the latter names every problem at once,
    both the DDL to mend it.
    """
    table, columns, owns_rows = spec.table, spec.table_columns, spec.owns_rows
    definition = TableDefinition(table, columns, spec.primary_key, spec.merge_key)
    check_ledger(connection, table, f"{table_ddl(definition)};" if columns else "")
    found = _relation(connection, target_of(connection, table))
    if found is None or not found.is_permanent_table:
        raise TableMismatchError(
            f"{table}: " + Words("不是永久表, 不能载入", "is not a table that is loaded: only permanent ones are")
        )
    oid = found.oid
    live = live_columns(connection, oid)
    with connection.cursor() as cursor:
        cursor.execute(_REFERENCES, (oid,))
        referring = [str(row[0]) for row in cursor.fetchall()]
        cursor.execute(loose_collations(resolved(connection, spec)))
        loose = [Problem(str(row[0])) for row in cursor.fetchall()]
    problems = column_problems(table, columns, live, owns_rows=owns_rows) + loose
    if not spec.primary_key:
        problems += group_problems(table, spec.merge_key, live)
    if referring and not owns_rows:
        tables = ", ".join(referring)
        problems.append(
            Problem(str(Words(f"其行被 {tables} 的外键引用", f"its rows are referred to by foreign keys of {tables}")))
        )
    if not problems:
        check_references(connection, spec.references)
    else:
        ddl = _mending([problem.ddl for problem in problems])
        listed = "; ".join(each.text for each in problems)
        raise TableMismatchError(f"{table} 无法载入 / cannot be loaded: {listed}{ddl}")


def check_ledger(connection: Connection, table: str, ddl: str = "") -> None:
    """Raise TableNotFoundError unless ``table`` (which ``ddl`` would make) and the ledger exist, TableMismatchError if
    row level security hides rows of one of them, or the ledger lacks a column."""
    ledger = secured(connection).ledger
    for relation in (target_of(connection, table), Relation(LEDGER, ledger), Relation(LEDGER_FILES, ledger)):
        name = relation.name if relation.name in (LEDGER, LEDGER_FILES) else table
        found = _relation(connection, relation)
        if found is None:
            mending = _mending([ddl]) if name == table else ""
            raise TableNotFoundError(
                f"数据库中没有表 {name}; 请运行 make schema / there is no table {name} in this database;"
                f" {MAKE_SCHEMA}{mending}"
            )
        if found.hides_rows:
            raise TableMismatchError(
                Words(
                    f"{name} 的行级安全策略对此角色隐藏了行: {ROWS_ARE_HIDDEN.chinese}",
                    f"row level security of {name} hides rows from this role: {ROWS_ARE_HIDDEN.english}",
                )
            )
        if relation.name == LEDGER:
            names = {column.name for column in live_columns(connection, found.oid)}
            if missing := [name for name in LOAD_COLUMNS if name not in names]:
                raise TableMismatchError(
                    Words(
                        f"台账 {LEDGER} 是旧版本, 缺 {', '.join(missing)}; 请运行 make schema",
                        f"the ledger {LEDGER} is of an earlier version, without {', '.join(missing)}; {MAKE_SCHEMA}",
                    )
                )


def unique_key_note(connection: Connection, spec: LoadSpec) -> list[str]:
    """A note with the DDL if nothing in the database keeps the primary key unique; else none."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT WHERE " + is_unique(resolved(connection, spec)))
        if cursor.rowcount:
            return []
    ddl = f"ALTER TABLE {quote_table(spec.table)} ADD UNIQUE ({column_list(spec.primary_key)});"
    table, key = spec.table, ", ".join(spec.primary_key)
    note = Words(f"{table} 没有包含 {key} 的唯一约束", f"no unique constraint of {table} covers {key}")
    return [f"{note}{_mending([ddl])}"]


def column_problems(
    table: str, wanted: Sequence[TableColumn], live: Sequence[LiveColumn], *, owns_rows: bool
) -> list[Problem]:
    """What keeps the ``wanted`` columns from the ``live`` table, in the wanted order; empty if nothing does."""
    found = {column.name: column for column in live}
    alter = f"ALTER TABLE {quote_table(table)}"
    problems = []
    for column in wanted:
        name = quote_identifier(column.name)
        if column.name not in found:
            described = f"{column.name} {column.sql_type}"
            text = Words(f"缺少列 {described}", f"column {described} is missing")
            problems.append(Problem(str(text), f"{alter} ADD COLUMN {name} {column.sql_type};"))
        elif full_type(column.sql_type) != found[column.name].sql_type:
            has, wants = found[column.name].sql_type, full_type(column.sql_type)
            text = Words(f"列 {column.name} 为 {has}, 应为 {wants}", f"column {column.name} is {has}, wanted {wants}")
            using = f"{name}::{column.sql_type}"
            problems.append(Problem(str(text), f"{alter} ALTER COLUMN {name} TYPE {column.sql_type} USING {using};"))
    known = {column.name for column in wanted}
    if not owns_rows:
        problems += [
            Problem(
                str(
                    Words(
                        f"列 {column.name} 不由载入填写且没有默认值",
                        f"column {column.name} is not the load's and has no default",
                    )
                ),
                f"{alter} DROP COLUMN {quote_identifier(column.name)}; -- or ALTER COLUMN … SET DEFAULT …",
            )
            for column in live
            if column.name not in known and not column.fills_itself and column.name != LOAD_SEQUENCE
        ]
    return problems


def group_problems(table: str, merge_key: Sequence[str], live: Sequence[LiveColumn]) -> list[Problem]:
    """The columns of a ``merge_key`` that may be NULL: no load would ever replace such a row."""
    return [
        Problem(
            str(Words(f"替换范围的列 {column.name} 可为空", f"column {column.name} of the merge key may be NULL")),
            f"ALTER TABLE {quote_table(table)} ALTER COLUMN {quote_identifier(column.name)} SET NOT NULL;",
        )
        for column in live
        if column.name in merge_key and not column.never_null
    ]


def _mending(statements: Sequence[str]) -> str:
    given = [statement for statement in statements if statement]
    return (
        "".join(["\n可用以下语句修正 / this would mend it:", *(f"\n{statement}" for statement in given)])
        if given
        else ""
    )


def full_type(sql_type: str) -> str:
    """``sql_type`` as PostgreSQL's ``format_type`` spells it: ``varchar( 50 )`` is ``character varying(50)``."""
    text = re.sub(r"\s*([(),])\s*", r"\1", " ".join(sql_type.lower().split()))
    name, bracket, rest = text.partition("(")
    if name == "numeric" and bracket and "," not in rest:
        rest = rest.replace(")", ",0)")
    return _ALIASES.get(name, name) + bracket + rest


def live_columns(connection: Connection, table: int | str) -> list[LiveColumn]:
    """The columns of a table, known by its oid or its quoted name, in their order."""
    with connection.cursor() as cursor:
        cursor.execute(_COLUMNS, (table,))
        return [LiveColumn(*row) for row in cursor.fetchall()]


@dataclass(frozen=True, slots=True)
class _Found:
    oid: int
    is_permanent_table: bool
    hides_rows: bool


def _relation(connection: Connection, relation: Relation) -> _Found | None:
    """What the server finds, if anything."""
    with connection.cursor() as cursor:
        cursor.execute(compose(_RELATION, is_this=relation.is_this))
        row = cursor.fetchone()
    return _Found(*row) if row else None
