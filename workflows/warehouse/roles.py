"""The rights that loading and comparing need, and no more."""

from __future__ import annotations

from collections.abc import Sequence

from psycopg2.extensions import connection as Connection  # noqa: N812 - a class, whatever psycopg2 calls it

from workflows.plan.identifiers import compose, literal, quote_identifier
from workflows.plan.schemas import LEDGER, LEDGER_FILES, Relation
from workflows.warehouse.names import secured, target_of

LEDGER_TABLES = (LEDGER, LEDGER_FILES)

_SEQUENCES = """
    SELECT DISTINCT quote_ident(space.nspname) || '.' || quote_ident(sequence.relname)
    FROM pg_catalog.pg_depend AS owned
    JOIN pg_catalog.pg_class AS sequence ON sequence.oid = owned.objid AND sequence.relkind = 'S'
    JOIN pg_catalog.pg_namespace AS space ON space.oid = sequence.relnamespace
    WHERE owned.classid = 'pg_catalog.pg_class'::regclass
      AND owned.deptype IN ('a', 'i') AND owned.refobjid IN ({tables})
    ORDER BY 1
"""


def grant_statements(
    role: str, database: str, relations: Sequence[Relation], sequences: Sequence[str], *, read_only: bool
) -> list[str]:
    """What ``role`` is granted. ``relations`` are the table and then the ledger's, ``sequences`` quoted names.

    A loader inserts and deletes (PostgreSQL asks for no more to take the load's lock), never updates, truncates or
    alters; the ledger it can read and add to. With ``read_only`` it can compare: where it may not create temporary
    tables either, the batch travels within the query.
    """
    to = quote_identifier(role)
    schemas = sorted({relation.schema for relation in relations if relation.schema})
    table, *ledger_tables = (relation.quoted for relation in relations)
    statements = [
        compose("GRANT CONNECT ON DATABASE {database} TO {to}", database=quote_identifier(database), to=to),
        *(compose("GRANT USAGE ON SCHEMA {schema} TO {to}", schema=quote_identifier(name), to=to) for name in schemas),
    ]
    ledger = ", ".join(ledger_tables)
    if read_only:
        return [
            *statements,
            compose("GRANT SELECT ON {table}, {ledger} TO {to}", table=table, ledger=ledger, to=to),
        ]
    return [
        *statements,
        compose("GRANT TEMPORARY ON DATABASE {database} TO {to}", database=quote_identifier(database), to=to),
        compose("GRANT SELECT, INSERT, DELETE ON {table} TO {to}", table=table, to=to),
        compose("GRANT SELECT, INSERT ON {ledger} TO {to}", ledger=ledger, to=to),
        *(compose("GRANT USAGE ON SEQUENCE {sequence} TO {to}", sequence=name, to=to) for name in sequences),
    ]


def grant_role(connection: Connection, role: str, table: str, *, read_only: bool = False) -> list[str]:
    """Create ``role`` if it is missing (it may log in; its password is for an administrator to set) and grant it what
    loading ``table`` needs, or comparing with ``read_only``; the statements. Does not commit."""
    with connection.cursor() as cursor:
        target, schema = target_of(connection, table), secured(connection).ledger
        cursor.execute("SELECT FROM pg_catalog.pg_roles WHERE rolname = %s", (role,))
        made = [] if cursor.rowcount else [compose("CREATE ROLE {role} LOGIN", role=quote_identifier(role))]
        cursor.execute("SELECT current_database()")
        ((database,),) = cursor.fetchall()
        relations = [target, *(Relation(name, schema) for name in LEDGER_TABLES)]
        tables = ", ".join(f"{literal(relation.quoted)}::regclass" for relation in relations)
        cursor.execute(compose(_SEQUENCES, tables=tables))
        sequences = [str(row[0]) for row in cursor.fetchall()]
        statements = made + grant_statements(role, database, relations, sequences, read_only=read_only)
        for statement in statements:
            cursor.execute(statement)
    return statements
