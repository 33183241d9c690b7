"""The rights that loading and comparing need, and no more."""

from __future__ import annotations

from collections.abc import Sequence

from psycopg2.extensions import connection as Connection  # noqa: N812 - a class, whatever psycopg2 calls it

from workflows.domains.references import Reference
from workflows.plan.identifiers import column_list, compose, literal, quote_identifier
from workflows.plan.ledger_sql import LOAD_COLUMNS
from workflows.plan.schemas import Relation
from workflows.warehouse.names import images_of, relations_of, target_of

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
    """What ``role`` is granted. ``relations`` are the table, the ledger's, that of before-images if there is one, and
    those that the table's rows refer to; ``sequences`` are quoted names.

    A loader inserts and deletes (PostgreSQL asks for no more to take the load's lock), never updates, truncates or
    alters; images and references it can read and add to, and the ledger but for what the server says of a load: when,
    by whom, which number.
    With ``read_only`` it can compare; the temporary table of a comparison keeps the batch out of the server's log.
    """
    to = quote_identifier(role)
    schemas = sorted({relation.schema for relation in relations if relation.schema})
    table, loads, files, *others = (relation.quoted for relation in relations)
    statements = [
        compose("GRANT CONNECT ON DATABASE {database} TO {to}", database=quote_identifier(database), to=to),
        *(compose("GRANT USAGE ON SCHEMA {schema} TO {to}", schema=quote_identifier(name), to=to) for name in schemas),
        compose("GRANT TEMPORARY ON DATABASE {database} TO {to}", database=quote_identifier(database), to=to),
    ]
    ledger, columns = f"{loads}, {files}", column_list(LOAD_COLUMNS)
    if read_only:
        read = ", ".join((table, ledger, *others))
        return [*statements, compose("GRANT SELECT ON {read} TO {to}", read=read, to=to)]
    return [
        *statements,
        compose("GRANT SELECT, INSERT, DELETE ON {table} TO {to}", table=table, to=to),
        # A right to the whole table, which earlier versions gave, would outlast one to some of its columns.
        compose("REVOKE ALL ON {ledger} FROM {to}", ledger=ledger, to=to),
        compose("GRANT SELECT, INSERT ({columns}) ON {loads} TO {to}", columns=columns, loads=loads, to=to),
        *(compose("GRANT SELECT, INSERT ON {table} TO {to}", table=each, to=to) for each in (files, *others)),
        *(compose("GRANT USAGE ON SEQUENCE {sequence} TO {to}", sequence=name, to=to) for name in sequences),
    ]


def grant_role(
    connection: Connection, role: str, table: str, references: Sequence[Reference] = (), *, read_only: bool = False
) -> list[str]:
    """Create ``role`` if it is missing (it may log in; its password is for an administrator to set) and grant it what
    loading ``table`` and adding to its ``references`` needs, or comparing with ``read_only``; the statements. Does not
    commit."""
    with connection.cursor() as cursor:
        relations = [*relations_of(connection, table), *images_of(connection, table)]
        relations += [target_of(connection, reference.table) for reference in references]
        cursor.execute("SELECT FROM pg_catalog.pg_roles WHERE rolname = %s", (role,))
        made = [] if cursor.rowcount else [compose("CREATE ROLE {role} LOGIN", role=quote_identifier(role))]
        cursor.execute("SELECT current_database()")
        ((database,),) = cursor.fetchall()
        tables = ", ".join(f"{literal(relation.quoted)}::regclass" for relation in relations)
        cursor.execute(compose(_SEQUENCES, tables=tables))
        sequences = [str(row[0]) for row in cursor.fetchall()]
        statements = made + grant_statements(role, database, relations, sequences, read_only=read_only)
        for statement in statements:
            cursor.execute(statement)
    return statements
