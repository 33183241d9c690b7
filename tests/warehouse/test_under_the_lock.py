"""What changes while a load waits for its lock, and what a name means."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import closing

import psycopg2
import pytest
from psycopg2.extensions import connection as Connection  # noqa: N812

from tests.fixtures.both_ways import Attempt
from tests.fixtures.loads import (
    COLUMNS,
    JANUARY,
    content,
    counts,
    look,
    month_spec,
    performance_spec,
    row,
    run,
    workbook,
)
from tests.fixtures.tables import PERFORMANCE
from workflows.errors import DataWarehouseLoaderError, TableMismatchError
from workflows.plan.load_spec import LoadSpec, TableColumn
from workflows.warehouse.holders import find_holders
from workflows.warehouse.ledger import applied_by, files_of, last_loads
from workflows.warehouse.loader import load
from workflows.warehouse.names import secured
from workflows.warehouse.roles import grant_role
from workflows.warehouse.schema import TableDefinition, apply_schema
from workflows.warehouse.table_check import check_ledger

KEY = COLUMNS[:2]
Meanwhile = Callable[..., "Future[str]"]

BY_MONTH = month_spec(JANUARY, files=(workbook(),))
ROWS = (row(JANUARY, "P1", "0.052345"), row(JANUARY, "P2"))
CASCADING = "CREATE TABLE note (d date, p text, FOREIGN KEY (d, p) REFERENCES performance ON DELETE CASCADE)"


def alter(connection: Connection, *statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
    connection.commit()


def held(connection: Connection, table: str = "public.performance") -> int:
    return len(content(connection, f"SELECT FROM {table}"))


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("ALTER TABLE performance ALTER return_rate TYPE numeric(8,2)", "column return_rate is numeric(8,2), wanted"),
        ("ALTER TABLE performance ADD note text", "column note has no default"),
        ("ALTER TABLE performance RENAME return_rate TO rate", "column return_rate numeric(8,6) is missing"),
        (CASCADING, "note refers to it by note_d_p_fkey ON DELETE CASCADE"),
        ("ALTER TABLE performance SET UNLOGGED", "public.performance is unlogged"),
    ],
)
def test_what_is_altered_while_the_load_waits_is_seen(
    connection: Connection, meanwhile: Meanwhile, statement: str, message: str
) -> None:
    run(connection, BY_MONTH, row(JANUARY, "P9"))
    assert message in meanwhile(statement, BY_MONTH, *ROWS).result()
    assert content(connection, "SELECT plan_code FROM performance") == [("P9",)]


def test_a_foreign_key_made_meanwhile_is_the_loads_own_if_it_owns_the_rows(
    connection: Connection, meanwhile: Meanwhile
) -> None:
    assert meanwhile(CASCADING, month_spec(JANUARY, owns_rows=True), *ROWS).result() == ""
    assert held(connection) == 2


@pytest.mark.parametrize("table", ["performance", "wdh_load", "wdh_load_file"])
def test_an_unlogged_table_is_refused_as_a_crash_empties_it(
    connection: Connection, attempt: Attempt, table: str
) -> None:
    alter(connection, "ALTER TABLE wdh_load_file DROP CONSTRAINT wdh_load_file_load_id_fkey")
    alter(connection, "ALTER TABLE wdh_load DROP CONSTRAINT wdh_load_undoes_fkey", f"ALTER TABLE {table} SET UNLOGGED")
    assert "permanent" in attempt(BY_MONTH, *ROWS)


def test_an_unlogged_partition_is_refused(connection: Connection, attempt: Attempt) -> None:
    alter(
        connection,
        "CREATE TABLE parts (LIKE performance INCLUDING ALL) PARTITION BY RANGE (report_date)",
        "CREATE UNLOGGED TABLE parts_2024 PARTITION OF parts FOR VALUES FROM ('2024-01-01') TO ('2025-01-01')",
    )
    assert "public.parts_2024 is unlogged" in attempt(month_spec(JANUARY, table="parts"), *ROWS)


def test_a_column_whose_operators_are_an_extensions_is_refused_and_not_compared_otherwise(
    connection: Connection, attempt: Attempt
) -> None:
    alter(
        connection,
        "CREATE TYPE own",
        "CREATE FUNCTION own_in(cstring) RETURNS own LANGUAGE internal IMMUTABLE STRICT AS 'textin'",
        "CREATE FUNCTION own_out(own) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'textout'",
        "CREATE TYPE own (INPUT = own_in, OUTPUT = own_out, LIKE = text)",
        "CREATE CAST (own AS text) WITHOUT FUNCTION AS IMPLICIT",
        "CREATE TABLE t (code text PRIMARY KEY, note own)",
    )
    columns = (TableColumn("code", "text"), TableColumn("note", "public.own"))
    spec = LoadSpec("t", ("code", "note"), ("code", "note"), ("code",), ("code",), table_columns=columns)
    assert "column note is of a type outside of pg_catalog" in attempt(spec, "A,b")


def test_a_view_is_refused(connection: Connection, attempt: Attempt) -> None:
    alter(connection, "CREATE VIEW seen AS SELECT * FROM performance")
    assert "permanent" in attempt(month_spec(JANUARY, table="seen"), *ROWS)


@pytest.mark.parametrize("path", ["public", "pg_temp, public"])
@pytest.mark.parametrize("mode", ["delete_insert", "append"])
def test_a_temporary_table_of_the_same_name_does_not_take_the_load(
    connection: Connection, mode: str, path: str
) -> None:
    alter(connection, f"SET search_path = {path}")
    for table in ("performance", "wdh_load", "wdh_load_file"):
        alter(connection, f"CREATE TEMPORARY TABLE {table} (LIKE public.{table} INCLUDING ALL)")
    spec = performance_spec(mode=mode, files=(workbook(),))
    assert counts(run(connection, spec, *ROWS)) == (0, 2, 0)
    for table, rows in (("performance", 2), ("wdh_load", 1), ("wdh_load_file", 1)):
        assert (held(connection, f"public.{table}"), held(connection, f"pg_temp.{table}")) == (rows, 0)
    assert look(connection, month_spec(JANUARY), *ROWS).effect.unchanged == 2
    assert len(last_loads(connection, "performance")) == 1


def test_a_temporary_table_alone_is_not_found(connection: Connection) -> None:
    alter(connection, "CREATE TEMPORARY TABLE mine (LIKE performance INCLUDING ALL)")
    with pytest.raises(DataWarehouseLoaderError):
        run(connection, month_spec(JANUARY, table="mine"), *ROWS)


def test_a_table_made_meanwhile_in_a_schema_before_it_does_not_take_the_load(
    connection: Connection, meanwhile: Meanwhile
) -> None:
    alter(connection, "CREATE SCHEMA first", f"ALTER DATABASE {connection.info.dbname} SET search_path = first, public")
    statement = "LOCK TABLE performance; CREATE TABLE first.performance (LIKE performance INCLUDING ALL)"
    assert meanwhile(statement, BY_MONTH, *ROWS).result() == ""
    assert (held(connection), held(connection, "first.performance")) == (2, 0)


def test_the_first_schema_of_the_path_that_has_the_table_takes_the_load(
    connection: Connection, attempt: Attempt
) -> None:
    alter(
        connection,
        "CREATE SCHEMA empty",
        'CREATE SCHEMA "数 仓"',
        'CREATE TABLE "数 仓".performance (LIKE performance INCLUDING ALL)',
        f'ALTER DATABASE {connection.info.dbname} SET search_path = nowhere, empty, "数 仓", public',
    )
    assert attempt(BY_MONTH, *ROWS) == ""
    assert (held(connection), held(connection, '"数 仓".performance')) == (0, 2)
    assert content(connection, "SELECT table_name FROM public.wdh_load") == [('"数 仓".performance',)]


def test_the_ledger_is_made_in_the_first_schema_of_the_path(connection: Connection, attempt: Attempt) -> None:
    path = 'SET search_path = "数 仓", public'
    alter(connection, "DROP TABLE wdh_load_file, wdh_load", 'CREATE SCHEMA "数 仓"', path)
    alter(connection, f"ALTER DATABASE {connection.info.dbname} {path}")
    apply_schema(connection, [PERFORMANCE])
    connection.commit()
    assert attempt(BY_MONTH, *ROWS) == ""
    assert (held(connection), held(connection, '"数 仓".wdh_load')) == (2, 1)


def test_tables_left_over_in_a_session_are_no_error(connection: Connection) -> None:
    for table in ("wdh_staging", "wdh_files", "wdh_before", "wdh_refusal"):
        alter(connection, f"CREATE TEMPORARY TABLE {table} (x int)", f"CREATE TABLE public.{table} (x int)")
        alter(connection, f"INSERT INTO public.{table} VALUES (1)")
    assert counts(run(connection, BY_MONTH, *ROWS)) == (0, 2, 0)
    assert held(connection, "public.wdh_staging, public.wdh_files, public.wdh_before, public.wdh_refusal") == 1


@pytest.fixture
def filtered(connection: Connection) -> Iterator[None]:
    """Every new session has a role from which row level security may hide rows."""
    run(connection, BY_MONTH, *ROWS)
    name = connection.info.dbname
    role = f"role of {name}"
    alter(
        connection,
        f'CREATE ROLE "{role}"',
        f'GRANT ALL ON ALL TABLES IN SCHEMA public TO "{role}"',
        f'GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO "{role}"',
        f'ALTER DATABASE {name} SET role = "{role}"',
    )
    yield
    connection.rollback()
    alter(connection, f'ALTER DATABASE {name} RESET role; DROP OWNED BY "{role}"; DROP ROLE "{role}"')


@pytest.mark.usefixtures("filtered")
@pytest.mark.parametrize("table", ["performance", "wdh_load", "wdh_load_file"])
def test_rows_that_row_level_security_hides_are_not_left_over_but_an_error(
    connection: Connection, attempt: Attempt, table: str
) -> None:
    alter(
        connection,
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY; CREATE POLICY adds ON {table} FOR INSERT WITH CHECK (true)",
    )
    message = attempt(BY_MONTH, row(JANUARY, "P3"))
    assert f"row level security of public.{table} hides rows" in message or f"of {table} hides rows" in message
    assert "BYPASSRLS" in message


@pytest.mark.usefixtures("filtered")
def test_row_level_security_that_begins_while_the_load_waits_is_seen(
    connection: Connection, meanwhile: Meanwhile
) -> None:
    statement = "ALTER TABLE performance ENABLE ROW LEVEL SECURITY; CREATE POLICY all_rows ON performance USING (true)"
    assert "row level security of public.performance hides rows" in meanwhile(statement, BY_MONTH, *ROWS).result()


@pytest.mark.usefixtures("filtered")
def test_a_comparison_is_not_made_with_rows_hidden(connection: Connection, database: str) -> None:
    alter(connection, "ALTER TABLE performance ENABLE ROW LEVEL SECURITY")
    with closing(psycopg2.connect(database)) as reader, pytest.raises(TableMismatchError, match="BYPASSRLS"):
        look(reader, BY_MONTH, row(JANUARY, "P3"))


@pytest.mark.usefixtures("filtered")
def test_a_transaction_of_ours_never_sees_a_filtered_table(connection: Connection, database: str) -> None:
    alter(connection, "ALTER TABLE performance ENABLE ROW LEVEL SECURITY")
    with closing(psycopg2.connect(database)) as reader:
        secured(reader)
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            content(reader, "SELECT FROM public.performance")


@pytest.fixture
def planted(connection: Connection, database: str) -> Iterator[Callable[[], list[str]]]:
    """Functions and operators in the path that match better than PostgreSQL's own; which of them ran."""
    alter(
        connection,
        "CREATE TABLE ran (what text); GRANT ALL ON ran TO PUBLIC",
        *(
            f"CREATE FUNCTION public.{name}({arguments}) RETURNS {result} LANGUAGE plpgsql AS"
            f" $$ BEGIN INSERT INTO public.ran VALUES ('{name}'); RETURN {value}; END $$"
            for name, arguments, result, value in (
                ("format", "text, name, name", "text", "'x'"),
                ("format", "text, text, text", "text", "'x'"),
                ("format", "text, bigint, bigint", "text", "'x'"),
                ("to_char", "date, text", "text", "'2024-01'"),
                ("set_config", "text, text, boolean", "text", "'{}'"),
                ("current_schemas", "boolean", "name[]", "'{}'"),
                ("to_regclass", "text", "regclass", "'pg_class'"),
                ("quote_ident", "name", "text", "$1"),
                ("count", "bigint", "bigint", "$1"),
                ("equal_oid", "oid, regclass", "boolean", "true"),
                ("equal_name", "name, text", "boolean", "true"),
                ("equal_oids", "oid, oid", "boolean", "true"),
                ("equal_names", "name, name", "boolean", "true"),
                ("unequal", "text, text", "boolean", "true"),
                ("equal_code", "varchar, varchar", "boolean", "true"),
                ("equal_date", "date, date", "boolean", "true"),
                ("both", "text, text", "text", "$1"),
            )
        ),
        "CREATE OPERATOR public.= (LEFTARG = oid, RIGHTARG = regclass, FUNCTION = public.equal_oid)",
        "CREATE OPERATOR public.= (LEFTARG = name, RIGHTARG = text, FUNCTION = public.equal_name)",
        "CREATE OPERATOR public.= (LEFTARG = oid, RIGHTARG = oid, FUNCTION = public.equal_oids)",
        "CREATE OPERATOR public.= (LEFTARG = name, RIGHTARG = name, FUNCTION = public.equal_names)",
        "CREATE OPERATOR public.<> (LEFTARG = text, RIGHTARG = text, FUNCTION = public.unequal)",
        "CREATE OPERATOR public.= (LEFTARG = varchar, RIGHTARG = varchar, FUNCTION = public.equal_code)",
        "CREATE OPERATOR public.= (LEFTARG = date, RIGHTARG = date, FUNCTION = public.equal_date)",
        "CREATE OPERATOR public.|| (LEFTARG = text, RIGHTARG = text, FUNCTION = public.both)",
        # With pg_catalog last, even an equal match in public is run.
        f"ALTER DATABASE {connection.info.dbname} SET search_path = public, pg_catalog",
    )

    def ran() -> list[str]:
        return [name for (name,) in content(connection, "SELECT what FROM public.ran")]

    with closing(psycopg2.connect(database)) as other:
        content(other, "SELECT public.format(''::text, ''::name, ''::name) WHERE to_char(DATE '2024-01-01', 'Y') <> ''")
        other.commit()
    assert set(ran()) == {"format", "to_char", "unequal"}
    alter(connection, "TRUNCATE public.ran")
    yield ran


@pytest.mark.parametrize("spec", [BY_MONTH, performance_spec(mode="append", files=(workbook(),))])
def test_nothing_planted_in_the_path_is_run_by_a_load(
    planted: Callable[[], list[str]], connection: Connection, attempt: Attempt, spec: LoadSpec
) -> None:
    assert attempt(spec, *ROWS) == ""
    assert (held(connection), planted()) == (2, [])


def test_nothing_planted_in_the_path_is_run_by_a_comparison_or_the_history(
    planted: Callable[[], list[str]], connection: Connection, database: str
) -> None:
    with closing(psycopg2.connect(database)) as other:
        assert look(other, BY_MONTH, *ROWS).effect.added == 2
        check_ledger(other, "performance")
        files_of(other, [load.load_id for load in last_loads(other, "performance")])
        applied_by(other, "plan")
        other.commit()
        find_holders(other, "performance")
        other.commit()
    assert planted() == []


def test_nothing_planted_in_the_path_is_run_by_schema_or_grant(
    planted: Callable[[], list[str]], connection: Connection, database: str
) -> None:
    role = f"role of {connection.info.dbname}"
    alter(connection, "DROP TABLE wdh_load_file, wdh_load")
    with closing(psycopg2.connect(database)) as other:
        apply_schema(other, [PERFORMANCE, TableDefinition("new", PERFORMANCE.columns, PERFORMANCE.primary_key)])
        grant_role(other, role, "performance")
        other.commit()
    assert (held(connection, "public.new"), held(connection, "public.wdh_load"), planted()) == (0, 0, [])
    # A default was bound when its table was made: a row shows what it runs.
    run(connection, BY_MONTH, *ROWS)
    assert planted() == []
    alter(connection, f'DROP OWNED BY "{role}"; DROP ROLE "{role}"')


def test_a_trigger_that_relies_on_the_path_fails_naming_what_mends_it(connection: Connection, loader: Attempt) -> None:
    alter(
        connection,
        "CREATE TABLE notes (code text)",
        'CREATE FUNCTION "take note"() RETURNS trigger LANGUAGE plpgsql AS'
        " 'BEGIN INSERT INTO notes VALUES (NEW.plan_code); RETURN NULL; END'",
        'CREATE TRIGGER note AFTER INSERT ON performance FOR EACH ROW EXECUTE FUNCTION "take note"()',
    )
    message = loader(BY_MONTH, *ROWS)
    assert 'relation "notes" does not exist' in message
    assert 'ALTER FUNCTION public."take note"() SET search_path' in message
    alter(connection, 'ALTER FUNCTION "take note"() SET search_path = public, pg_temp')
    assert loader(BY_MONTH, *ROWS) == ""


def test_the_callers_path_holds_again_after_a_load(connection: Connection) -> None:
    alter(connection, "SET search_path = public, pg_catalog")
    for code in ("P1", "P2"):
        load("performance", [dict(zip(COLUMNS, (JANUARY, code, None, "a"), strict=True))], pk=KEY, conn=connection)
        assert content(connection, "SHOW search_path") == [("public, pg_catalog",)]
        assert content(connection, "SHOW row_security") == [("on",)]
    assert held(connection, "performance") == 2
    with connection.cursor() as cursor:
        cursor.execute("CREATE SCHEMA other; CREATE TABLE other.performance (LIKE performance INCLUDING ALL)")
        cursor.execute("SET LOCAL search_path = other, public")
    load("performance", [dict(zip(COLUMNS, (JANUARY, "P3", None, "a"), strict=True))], pk=KEY, conn=connection)
    assert (held(connection, "other.performance"), held(connection)) == (1, 2)
