"""The tables that loading needs, as DDL that can be applied any number of times and never drops anything."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from psycopg2.extensions import connection as Connection  # noqa: N812 - a class, whatever psycopg2 calls it
from psycopg2.extensions import cursor as Cursor  # noqa: N812 - as above

from workflows.domains.references import Reference
from workflows.plan.identifiers import (
    column_list,
    compose,
    literal,
    quote_identifier,
    quote_table,
    split_table,
    within_limit,
)
from workflows.plan.images_sql import DELETED_BY, LOAD_SEQUENCE
from workflows.plan.load_spec import TableColumn
from workflows.plan.schemas import LEDGER_FILES, Relation, images_name
from workflows.warehouse.group_index import index_ddl, lacks_index
from workflows.warehouse.names import ledger_table, session_kept, target_of

LEDGER_DDL = (
    """
    CREATE TABLE IF NOT EXISTS {ledger} (
        load_id        text PRIMARY KEY,
        sequence       bigserial NOT NULL UNIQUE,
        plan_id        text NOT NULL,
        domain         text NOT NULL,
        table_name     text NOT NULL,
        mode           text NOT NULL CHECK (mode IN ('delete_insert', 'append')),
        primary_key    text[] NOT NULL,
        merge_key      text[] NOT NULL,
        snapshot       text NOT NULL,
        outcome        text NOT NULL CHECK (outcome IN ('loaded', 'unchanged')),
        via            text NOT NULL,
        records        bigint NOT NULL,
        deleted        bigint NOT NULL,
        inserted       bigint NOT NULL,
        unchanged      bigint NOT NULL,
        added          bigint,
        changed        bigint,
        removed        bigint,
        undoes         text UNIQUE REFERENCES {ledger},
        committed_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
        db_user        text NOT NULL DEFAULT session_user,
        host           text,
        actor          text,
        can_undo       boolean,
        shape          text,
        client_address inet DEFAULT inet_client_addr(),
        application    text NOT NULL DEFAULT current_setting('application_name')
    )
    """,
    """
    CREATE INDEX IF NOT EXISTS wdh_load_table_name_sequence ON {ledger} (table_name, sequence)
    """,
    """
    CREATE INDEX IF NOT EXISTS wdh_load_plan_id ON {ledger} (plan_id)
    """,
    """
    CREATE UNIQUE INDEX IF NOT EXISTS wdh_load_applied_plan ON {ledger} (plan_id) WHERE via = 'ApplyPlan'
    """,
    """
    CREATE TABLE IF NOT EXISTS {files} (
        load_id   text NOT NULL REFERENCES {ledger},
        path      text NOT NULL,
        sha256    text NOT NULL,
        sheet     text NOT NULL,
        period    date NOT NULL,
        part      text NOT NULL,
        version   integer NOT NULL,
        rules     text NOT NULL,
        rows_read bigint NOT NULL,
        records   bigint NOT NULL,
        rejects   bigint NOT NULL,
        left_out  boolean NOT NULL,
        PRIMARY KEY (load_id, path, sheet)
    )
    """,
    """
    CREATE INDEX IF NOT EXISTS wdh_load_file_sha256 ON {files} (sha256, sheet)
    """,
)
"""``wdh_load``: one row per committed load. ``wdh_load_file``: one per workbook of a load.

``sequence`` grows in commit order within a table, as it is drawn under the table's lock. ``undoes`` names the load
that a load took back, each at most once. ``actor`` is the person, as the loader knew it; ``db_user`` is the server's
word. ``added``, ``changed`` and ``removed`` are known of loads that compared. Rows are never changed, so a loader needs
only INSERT and SELECT here. A ledger of an earlier version may have the columns ``batch`` and ``xact`` besides, which
nothing reads.
"""

_SCHEMA_LOCK = 7_238_204_011
"""Any number that is ours: two appliers at once would fail on the same catalogue row (not on IF NOT EXISTS)."""


@dataclass(frozen=True, slots=True)
class TableDefinition:
    """A table that records go to; ``primary_key`` columns are made NOT NULL by it. Where rows have none, the columns of
    the ``merge_key`` are NOT NULL, and an index finds what a load replaces."""

    table: str
    columns: Sequence[TableColumn]
    primary_key: Sequence[str]
    merge_key: Sequence[str] = ()


_ADDED_LATER = {"actor": "text", "can_undo": "boolean", "shape": "text"}
"""The ledger's columns that one of an earlier version lacks."""

_LEDGER_SEQUENCE = """
    SELECT pg_catalog.pg_get_serial_sequence({ledger}, 'sequence'),
           (SELECT pg_catalog.pg_get_expr(adbin, adrelid) FROM pg_catalog.pg_attrdef
             WHERE adrelid = {ledger}::regclass AND adnum =
                   (SELECT attnum FROM pg_catalog.pg_attribute WHERE attrelid = adrelid AND attname = 'sequence')),
           (SELECT array_agg(attname::text) FROM pg_catalog.pg_attribute
             WHERE attrelid = {ledger}::regclass AND attnum > 0 AND NOT attisdropped)
"""


def table_ddl(definition: TableDefinition, relation: Relation | None = None) -> str:
    """CREATE TABLE IF NOT EXISTS for ``definition``, by the name of ``relation`` if that is known; raises
    IdentifierError for names the server cannot hold."""
    numbered = TableColumn(LOAD_SEQUENCE, "bigint", nullable=True)
    lines = [
        f"    {quote_identifier(column.name)} {column.sql_type}{'' if column.nullable else ' NOT NULL'}"
        for column in (
            *never_null(definition.columns, () if definition.primary_key else definition.merge_key),
            numbered,
        )
    ]
    if definition.primary_key:
        lines.append(f"    PRIMARY KEY ({column_list(definition.primary_key)})")
    return compose(
        """
        CREATE TABLE IF NOT EXISTS {table} (
        {lines}
        )
        """,
        table=relation.quoted if relation else quote_table(definition.table),
        lines=",\n".join(lines),
    )


def never_null(columns: Iterable[TableColumn], names: Sequence[str]) -> list[TableColumn]:
    """``columns``, of which those of these ``names`` are NOT NULL."""
    return [replace(column, nullable=column.nullable and column.name not in names) for column in columns]


def reference_ddl(reference: Reference) -> str:
    """CREATE TABLE IF NOT EXISTS for a table that facts refer to, by its key."""
    names = (*reference.names, *reference.unknown)
    return compose(
        """
        CREATE TABLE IF NOT EXISTS {table} (
        {lines},
            PRIMARY KEY ({key})
        )
        """,
        table=quote_table(reference.table),
        lines=",\n".join(f"    {quote_identifier(name)} {reference.sql_type(name)}" for name in names),
        key=column_list(reference.key),
    )


def apply_schema(
    connection: Connection, tables: Iterable[TableDefinition], references: Iterable[Reference] = ()
) -> None:
    """Create the ledger, ``tables``, those that they refer to and their schemas where they are missing; what exists is
    left as it is.

    Does not commit; the caller's path holds again afterwards.
    """
    with session_kept(connection):
        _create_missing(connection, tables, references)


def _create_missing(connection: Connection, tables: Iterable[TableDefinition], references: Iterable[Reference]) -> None:
    ledger = {"ledger": ledger_table(connection), "files": ledger_table(connection, LEDGER_FILES)}
    with connection.cursor() as cursor:
        cursor.execute(compose("SELECT pg_advisory_xact_lock({number})", number=literal(_SCHEMA_LOCK)))
        for statement in LEDGER_DDL:
            cursor.execute(compose(statement, **ledger))
        _upgrade_ledger(cursor, ledger["ledger"])
        for definition in tables:
            relation = target_of(connection, definition.table)
            _create_schema(connection, relation.schema or "")
            cursor.execute(table_ddl(definition, relation))
            for statement in images_ddl(definition.table, relation):
                cursor.execute(statement)
            if not definition.primary_key and lacks_index(connection, relation, definition.merge_key):
                cursor.execute(index_ddl(relation, definition.merge_key))
        for reference in references:
            _create_schema(connection, split_table(reference.table)[0])
            cursor.execute(reference_ddl(reference))


def _upgrade_ledger(cursor: Cursor, ledger: str) -> None:
    """Add what a ledger of an earlier version lacks. A load draws its number, and its row takes the same; a role that
    may use the sequence can draw the next number, and no other."""
    cursor.execute(compose(_LEDGER_SEQUENCE, ledger=literal(ledger)))
    ((sequence, default, names),) = cursor.fetchall()
    wanted = [f"ADD COLUMN {name} {sql_type}" for name, sql_type in _ADDED_LATER.items() if name not in names]
    if "currval" not in default:
        wanted.append(compose("ALTER COLUMN sequence SET DEFAULT currval({sequence})", sequence=literal(sequence)))
    if wanted:
        cursor.execute(f"ALTER TABLE {ledger} {', '.join(wanted)}")


def images_ddl(table: str, relation: Relation) -> tuple[str, ...]:
    """The table of before-images beside ``table``: the number of the load that deleted a row, then the row."""
    name = images_name(split_table(table)[-1])
    images = Relation(name, relation.schema).quoted
    return (
        compose(
            "CREATE TABLE IF NOT EXISTS {images} ({deleted_by} bigint NOT NULL, LIKE {table})",
            images=images,
            deleted_by=quote_identifier(DELETED_BY),
            table=relation.quoted,
        ),
        compose(
            "CREATE INDEX IF NOT EXISTS {index} ON {images} ({deleted_by})",
            index=quote_identifier(within_limit(name, ending="_by")),
            images=images,
            deleted_by=quote_identifier(DELETED_BY),
        ),
    )


def _create_schema(connection: Connection, schema: str) -> None:
    # CREATE SCHEMA IF NOT EXISTS asks for the right to create one even where it exists.
    with connection.cursor() as cursor:
        cursor.execute("SELECT FROM pg_catalog.pg_namespace WHERE nspname = %s", (schema,))
        if not cursor.rowcount:
            cursor.execute(compose("CREATE SCHEMA {schema}", schema=quote_identifier(schema)))
