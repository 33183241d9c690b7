"""Whether a table can take a load: asked before anything is staged."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from psycopg2.extensions import connection as Connection  # noqa: N812 - a class, whatever psycopg2 calls it

from workflows.errors import TableMismatchError, TableNotFoundError
from workflows.plan.identifiers import column_list, quote_identifier, quote_table
from workflows.plan.load_spec import LoadSpec, TableColumn
from workflows.warehouse.failures import MAKE_SCHEMA
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

_COLUMNS = """
    SELECT attname, format_type(atttypid, atttypmod),
           atthasdef OR attidentity <> '' OR attgenerated <> ''
    FROM pg_catalog.pg_attribute
    WHERE attrelid = %s AND attnum > 0 AND NOT attisdropped
    ORDER BY attnum
"""

_REFERENCES = """
    SELECT DISTINCT conrelid::regclass::text
    FROM pg_catalog.pg_constraint
    WHERE confrelid = %s AND contype = 'f'
    ORDER BY 1
"""


_UNIQUE_KEYS = """
    SELECT array_agg(attname::text)
    FROM pg_catalog.pg_index AS key
    JOIN pg_catalog.pg_attribute ON attrelid = indrelid AND attnum = ANY (indkey[0:indnkeyatts - 1])
    WHERE indrelid = to_regclass(%s) AND indisunique AND indisvalid AND indpred IS NULL AND indexprs IS NULL
    GROUP BY indexrelid
"""


@dataclass(frozen=True, slots=True)
class LiveColumn:
    """A column as the table has it; ``fills_itself`` by a default, an identity or a generating expression."""

    name: str
    sql_type: str
    fills_itself: bool


@dataclass(frozen=True, slots=True)
class Problem:
    """What keeps a table from being loaded, and the DDL that would mend it (empty if none can)."""

    text: str
    ddl: str = ""


def check_table(connection: Connection, spec: LoadSpec) -> None:
    """Return if the table of ``spec`` and the ledger exist and the table has what the load says that it must have.

    Rows are deleted and inserted again, so what hangs on them elsewhere would be lost: columns beyond
    ``spec.table_columns`` that do not fill themselves, and foreign keys that refer to the table, are refused unless
    the load owns the rows. Raises TableNotFoundError and TableMismatchError; the latter names every problem at once,
    both the DDL to mend it.
    """
    table, columns, owns_rows = spec.table, spec.table_columns, spec.owns_rows
    definition = TableDefinition(table, columns, spec.primary_key)
    check_ledger(connection, table, f"{table_ddl(definition)};" if spec.primary_key else "")
    oid, kind = _relation(connection, table) or (0, "")
    if kind not in ("r", "p"):
        raise TableMismatchError(f"{table} is not a table")
    with connection.cursor() as cursor:
        cursor.execute(_COLUMNS, (oid,))
        live = [LiveColumn(*row) for row in cursor.fetchall()]
        cursor.execute(_REFERENCES, (oid,))
        referring = [str(row[0]) for row in cursor.fetchall()]
    problems = column_problems(table, columns, live, owns_rows=owns_rows)
    if referring and not owns_rows:
        problems.append(Problem(f"its rows are referred to by foreign keys of {', '.join(referring)}"))
    if problems:
        found = "; ".join(problem.text for problem in problems)
        ddl = _mending([problem.ddl for problem in problems])
        raise TableMismatchError(f"{table} cannot be loaded: {found}{ddl}")


def check_ledger(connection: Connection, table: str, ddl: str = "") -> None:
    """Raise TableNotFoundError unless ``table`` (which ``ddl`` would make) and the ledger exist."""
    for name in (table, "wdh_load", "wdh_load_file"):
        if _relation(connection, name) is None:
            mending = _mending([ddl]) if name == table else ""
            raise TableNotFoundError(f"there is no table {name} in this database; {MAKE_SCHEMA}{mending}")


def unique_key_note(connection: Connection, table: str, primary_key: Sequence[str]) -> list[str]:
    """A note with the DDL if nothing in the database keeps ``primary_key`` unique; else none."""
    with connection.cursor() as cursor:
        cursor.execute(_UNIQUE_KEYS, (quote_table(table),))
        keys = [set(row[0]) for row in cursor.fetchall()]
    if any(key <= set(primary_key) for key in keys):
        return []
    ddl = f"ALTER TABLE {quote_table(table)} ADD UNIQUE ({column_list(primary_key)});"
    return [f"no unique constraint of {table} covers {', '.join(primary_key)}{_mending([ddl])}"]


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
            text = f"column {column.name} {column.sql_type} is missing"
            problems.append(Problem(text, f"{alter} ADD COLUMN {name} {column.sql_type};"))
        elif full_type(column.sql_type) != found[column.name].sql_type:
            text = f"column {column.name} is {found[column.name].sql_type}, wanted {full_type(column.sql_type)}"
            using = f"{name}::{column.sql_type}"
            problems.append(Problem(text, f"{alter} ALTER COLUMN {name} TYPE {column.sql_type} USING {using};"))
    known = {column.name for column in wanted}
    if not owns_rows:
        problems += [
            Problem(
                f"column {column.name} is not the load's and has no default",
                f"{alter} DROP COLUMN {quote_identifier(column.name)}; -- or ALTER COLUMN … SET DEFAULT …",
            )
            for column in live
            if column.name not in known and not column.fills_itself
        ]
    return problems


def _mending(statements: Sequence[str]) -> str:
    given = [statement for statement in statements if statement]
    return "".join(["\nthis would mend it:", *(f"\n{statement}" for statement in given)]) if given else ""


def full_type(sql_type: str) -> str:
    """``sql_type`` as PostgreSQL's ``format_type`` spells it: ``varchar( 50 )`` is ``character varying(50)``."""
    text = re.sub(r"\s*([(),])\s*", r"\1", " ".join(sql_type.lower().split()))
    name, bracket, rest = text.partition("(")
    if name == "numeric" and bracket and "," not in rest:
        rest = rest.replace(")", ",0)")
    return _ALIASES.get(name, name) + bracket + rest


def _relation(connection: Connection, table: str) -> tuple[int, str] | None:
    """The table's oid and kind, or None if the server does not find it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT oid, relkind FROM pg_catalog.pg_class WHERE oid = to_regclass(%s)", (quote_table(table),)
        )
        row = cursor.fetchone()
    return (int(row[0]), str(row[1])) if row else None
