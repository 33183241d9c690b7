"""What a name means: the schemas of the table and the ledger, found once and said in every statement (pure).

A name without a schema means something else once a temporary table or another schema on the path has it too. So the
path is asked once, with catalogue functions only; from then on nothing is searched but pg_catalog, and pg_temp last.
"""

from __future__ import annotations

from dataclasses import dataclass

from workflows.plan.identifiers import compose, literal, quote_identifier, split_table, within_limit

LEDGER, LEDGER_FILES = "wdh_load", "wdh_load_file"

_IMAGES = "wdh_before_"

DIFFERENCE = "wdh_difference"
"""The temporary table of a load whose rows have no key: those of either side that the other has not, or less often."""

TABLE_VARIABLE, LEDGER_VARIABLE, PATH_VARIABLE = "wdh_schema", "wdh_ledger", "wdh_path"
"""What plan.sql calls the schemas that only the server knows; a plan shows these too."""

NUMBERED_VARIABLE, KEEPS_VARIABLE = "wdh_numbered", "wdh_keeps"
NUMBER_COLUMN_VARIABLE, NUMBER_VARIABLE = "wdh_number_column", "wdh_number"
"""What plan.sql calls what only the server knows of the table's past (``images_sql``): whether rows name their load,
whether there are images of them, and what an insert says of it."""

SECURE_SESSION = """\
SET LOCAL search_path = pg_catalog, pg_temp;
SET LOCAL row_security = off"""
"""Operators and functions that somebody put into a schema of the path are not run; pg_temp is never searched for
them. Row level security is an error instead of rows that nobody sees."""

SCHEMAS_OF_THE_PATH = "pg_catalog.current_schemas(false)::pg_catalog.text"


@dataclass(frozen=True, slots=True)
class Schemas:
    """The schemas of the table and of the ledger, whether the table's rows are ``numbered`` by load, and whether it
    ``keeps`` images of what is deleted; None is left to the variables of psql."""

    table: str | None = None
    ledger: str | None = None
    numbered: bool | None = None
    keeps: bool | None = None


UNKNOWN = Schemas()


@dataclass(frozen=True, slots=True)
class Relation:
    """A table with its schema, or with the ``variable`` of psql that holds it."""

    name: str
    schema: str | None
    variable: str = LEDGER_VARIABLE

    @property
    def quoted(self) -> str:
        """The table as a statement names it."""
        schema = f':"{self.variable}"' if self.schema is None else quote_identifier(self.schema)
        return f"{schema}.{quote_identifier(self.name)}"

    @property
    def schema_literal(self) -> str:
        """The schema as a value."""
        return f":'{self.variable}'" if self.schema is None else literal(self.schema)

    @property
    def identity(self) -> str:
        """An expression for ``schema.table`` as the ledger keeps it, so that ``t`` and ``public.t`` are one."""
        return compose("format('%I.%I', {schema}, {name})", schema=self.schema_literal, name=literal(self.name))

    @property
    def is_this(self) -> str:
        """A condition on ``class`` (pg_class) and ``space`` (pg_namespace)."""
        return compose(
            "space.nspname = {schema} AND class.relname = {name}", schema=self.schema_literal, name=literal(self.name)
        )


def images_name(table: str) -> str:
    """The name of the table of before-images beside the table of this name (without its schema), within 63 bytes."""
    return within_limit(table, beginning=_IMAGES)


def find_schema(table: str, path: str) -> str:
    """An expression for the schema of ``table``, asked when nothing but pg_catalog is searched.

    ``path`` is SQL for the schemas to look through, as the text of an array. Temporary tables are not looked at; a
    table that does not exist belongs to the first schema.
    """
    *schema, name = split_table(table)
    if schema:
        return f"{literal(schema[0])}::name"
    return compose(
        """
        coalesce(
          (SELECT space.nspname
             FROM unnest({path}::name[]) WITH ORDINALITY AS path (schema, place)
             JOIN pg_namespace AS space ON space.nspname = path.schema AND left(path.schema::text, 3) <> 'pg_'
             LEFT JOIN pg_class AS class ON class.relnamespace = space.oid AND class.relname = {name}
            ORDER BY class.oid IS NULL, path.place LIMIT 1),
          'public')
        """,
        path=path,
        name=literal(name),
    )


def find_schemas(table: str, path: str) -> str:
    """The query for both schemas, the table's first."""
    return compose(
        "SELECT {table} AS {table_variable}, {ledger} AS {ledger_variable}",
        table=find_schema(table, path),
        table_variable=TABLE_VARIABLE,
        ledger=find_schema(LEDGER, path),
        ledger_variable=LEDGER_VARIABLE,
    )
