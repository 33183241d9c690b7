"""What the names of a transaction's tables mean, asked once; from then on nothing planted on the path is run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from psycopg2.extensions import connection as Connection  # noqa: N812 - a class, whatever psycopg2 calls it

from workflows.plan.identifiers import literal, split_table
from workflows.plan.images_sql import find_past
from workflows.plan.load_spec import LoadSpec
from workflows.plan.schemas import (
    LEDGER,
    LEDGER_FILES,
    SCHEMAS_OF_THE_PATH,
    SECURE_SESSION,
    Relation,
    Schemas,
    find_schemas,
    images_name,
)

_REMEMBER_PATH = f"""
    SELECT pg_catalog.set_config('wdh.path', CASE
      WHEN pg_catalog.current_setting('wdh.path', true) OPERATOR(pg_catalog.<>) ''
      THEN pg_catalog.current_setting('wdh.path', true) ELSE {SCHEMAS_OF_THE_PATH} END, true)
"""
"""The schemas that the transaction searched when it was first asked: all is qualified, not even ``<>`` is looked up."""

_SESSION = ("search_path", "row_security", "wdh.path")


def secured(connection: Connection, table: str = LEDGER) -> Schemas:
    """The schemas of ``table`` and the ledger, whether they are there or would be made.

    For the rest of the transaction nothing but pg_catalog and pg_temp is searched.
    """
    with connection.cursor() as cursor:
        cursor.execute(_REMEMBER_PATH)
        ((path,),) = cursor.fetchall()
        cursor.execute(f"{SECURE_SESSION};\n{find_schemas(table, literal(path))}")
        ((schema, ledger),) = cursor.fetchall()
    return Schemas(str(schema), str(ledger))


def resolved(connection: Connection, spec: LoadSpec) -> LoadSpec:
    """``spec`` with the schemas that its names mean and what its table keeps of its past, in a secured transaction."""
    spec = replace(spec, schemas=secured(connection, spec.table))
    with connection.cursor() as cursor:
        cursor.execute(find_past(spec))
        ((numbered, keeps, *_),) = cursor.fetchall()
    return replace(spec, schemas=replace(spec.schemas, numbered=bool(numbered), keeps=bool(keeps)))


def target_of(connection: Connection, table: str) -> Relation:
    """``table`` where it is, or would be made, in a secured transaction."""
    return Relation(split_table(table)[-1], secured(connection, table).table)


def relations_of(connection: Connection, table: str) -> list[Relation]:
    """``table`` and the ledger's tables, in a secured transaction."""
    ledger = secured(connection).ledger
    return [target_of(connection, table), *(Relation(name, ledger) for name in (LEDGER, LEDGER_FILES))]


def images_of(connection: Connection, table: str) -> list[Relation]:
    """The table of before-images beside ``table``, if there is one, in a secured transaction."""
    target = target_of(connection, table)
    images = Relation(images_name(target.name), target.schema)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_catalog.to_regclass(%s) IS NOT NULL", (images.quoted,))
        ((exists,),) = cursor.fetchall()
    return [images] if exists else []


def ledger_table(connection: Connection, name: str = LEDGER) -> str:
    """One of the ledger's tables, quoted, in a secured transaction."""
    return Relation(name, secured(connection).ledger).quoted


@contextmanager
def session_kept(connection: Connection) -> Iterator[None]:
    """The caller's path holds again after the block; a failed transaction is the caller's to roll back."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT " + ", ".join(f"pg_catalog.current_setting({literal(name)}, true)" for name in _SESSION))
        (before,) = cursor.fetchall()
    yield
    with connection.cursor() as cursor:
        for name, value in zip(_SESSION, before, strict=True):
            cursor.execute(f"SELECT pg_catalog.set_config({literal(name)}, {literal(value or '')}, true)")
