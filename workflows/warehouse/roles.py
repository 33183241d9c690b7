"""The rights that loading and comparing need, and no more."""

from __future__ import annotations

from collections.abc import Sequence

from psycopg2.extensions import connection as Connection  # noqa: N812 - a class, whatever psycopg2 calls it

from workflows.plan.identifiers import column_list, compose, literal, quote_identifier, quote_table, split_table
from workflows.plan.ledger_sql import LOAD_COLUMNS
from workflows.warehouse.schema import LEDGER_TABLES

_SEQUENCES = """
    SELECT DISTINCT quote_ident(space.nspname) || '.' || quote_ident(sequence.relname)
    FROM pg_catalog.pg_depend AS owned
    JOIN pg_catalog.pg_class AS sequence ON sequence.oid = owned.objid AND sequence.relkind = 'S'
    JOIN pg_catalog.pg_namespace AS space ON space.oid = sequence.relnamespace
    WHERE owned.classid = 'pg_class'::regclass AND owned.deptype IN ('a', 'i') AND owned.refobjid IN ({tables})
    ORDER BY 1
"""


def grant_statements(
    role: str, database: str, table: str, ledger_schema: str, sequences: Sequence[str], *, read_only: bool
) -> list[str]:
    """What ``role`` is granted. ``sequences`` are quoted names.

    A loader inserts and deletes (PostgreSQL asks for no more to take the load's lock), never updates, truncates or
    alters; the ledger it can read and add to, but for what the server says of a load: when, by whom, which number.
    With ``read_only`` it can compare; the temporary table of a comparison keeps the batch out of the server's log.
    """
    to = quote_identifier(role)
    schemas = sorted({ledger_schema, *split_table(table)[:-1]})
    statements = [
        compose("GRANT CONNECT ON DATABASE {database} TO {to}", database=quote_identifier(database), to=to),
        *(compose("GRANT USAGE ON SCHEMA {schema} TO {to}", schema=quote_identifier(name), to=to) for name in schemas),
        compose("GRANT TEMPORARY ON DATABASE {database} TO {to}", database=quote_identifier(database), to=to),
    ]
    ledger = ", ".join(map(quote_identifier, LEDGER_TABLES))
    if read_only:
        return [
            *statements,
            compose("GRANT SELECT ON {table}, {ledger} TO {to}", table=quote_table(table), ledger=ledger, to=to),
        ]
    return [
        *statements,
        compose("GRANT SELECT, INSERT, DELETE ON {table} TO {to}", table=quote_table(table), to=to),
        # A right to the whole table, which earlier versions gave, would outlast one to some of its columns.
        compose("REVOKE ALL ON {ledger} FROM {to}", ledger=ledger, to=to),
        compose("GRANT SELECT, INSERT ({columns}) ON wdh_load TO {to}", columns=column_list(LOAD_COLUMNS), to=to),
        compose("GRANT SELECT, INSERT ON wdh_load_file TO {to}", to=to),
        *(compose("GRANT USAGE ON SEQUENCE {sequence} TO {to}", sequence=name, to=to) for name in sequences),
    ]


def grant_role(connection: Connection, role: str, table: str, *, read_only: bool = False) -> list[str]:
    """Create ``role`` if it is missing (it may log in; its password is for an administrator to set) and grant it what
    loading ``table`` needs, or comparing with ``read_only``; the statements. Does not commit."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT FROM pg_catalog.pg_roles WHERE rolname = %s", (role,))
        made = [] if cursor.rowcount else [compose("CREATE ROLE {role} LOGIN", role=quote_identifier(role))]
        cursor.execute(
            "SELECT current_database(), nspname FROM pg_catalog.pg_class AS ledger"
            " JOIN pg_catalog.pg_namespace AS space ON space.oid = relnamespace WHERE ledger.oid = 'wdh_load'::regclass"
        )
        ((database, ledger_schema),) = cursor.fetchall()
        tables = ", ".join(f"{literal(quote_table(name))}::regclass" for name in (table, *LEDGER_TABLES))
        cursor.execute(compose(_SEQUENCES, tables=tables))
        sequences = [str(row[0]) for row in cursor.fetchall()]
        statements = made + grant_statements(role, database, table, ledger_schema, sequences, read_only=read_only)
        for statement in statements:
            cursor.execute(statement)
    return statements
