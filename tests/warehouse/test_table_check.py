from __future__ import annotations

import psycopg2
import pytest
from psycopg2.extensions import connection as Connection  # noqa: N812

from tests.fixtures.loads import performance_spec
from tests.fixtures.tables import PERFORMANCE
from workflows.errors import TableMismatchError, TableNotFoundError
from workflows.plan.load_spec import TableColumn
from workflows.warehouse.table_check import check_table, full_type


def alter(connection: Connection, sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


def test_the_table_that_the_schema_made_is_accepted(connection: Connection) -> None:
    check_table(connection, performance_spec())


@pytest.mark.parametrize("missing", ["performance", "wdh_load", "wdh_load_file"])
def test_a_missing_table_is_named_with_the_command_that_makes_it(connection: Connection, missing: str) -> None:
    alter(connection, f"DROP TABLE {missing} CASCADE")
    with pytest.raises(TableNotFoundError, match=f"{missing} .*make schema"):
        check_table(connection, performance_spec())


def test_a_table_in_a_missing_schema_is_not_found(connection: Connection) -> None:
    with pytest.raises(TableNotFoundError):
        check_table(connection, performance_spec(table="nowhere.performance"))


def test_a_view_is_not_a_table(connection: Connection) -> None:
    alter(connection, "CREATE VIEW seen AS SELECT * FROM performance")
    with pytest.raises(TableMismatchError, match="is not a table"):
        check_table(connection, performance_spec(table="seen"))


def test_missing_and_differing_columns_are_named_at_once(connection: Connection) -> None:
    alter(connection, "ALTER TABLE performance ALTER plan_code TYPE varchar(20), DROP return_rate")
    with pytest.raises(TableMismatchError) as caught:
        check_table(connection, performance_spec())
    assert str(caught.value).splitlines() == [
        "performance 无法载入 / cannot be loaded: "
        "列 plan_code 为 character varying(20), 应为 character varying(50) / "
        "column plan_code is character varying(20), wanted character varying(50); "
        "缺少列 return_rate numeric(8,6) / column return_rate numeric(8,6) is missing",
        "可用以下语句修正 / this would mend it:",
        'ALTER TABLE "performance" ALTER COLUMN "plan_code" TYPE varchar(50) USING "plan_code"::varchar(50);',
        'ALTER TABLE "performance" ADD COLUMN "return_rate" numeric(8,6);',
    ]


def test_a_surplus_column_without_default_is_refused(connection: Connection) -> None:
    alter(connection, "ALTER TABLE performance ADD 备注 text")
    with pytest.raises(TableMismatchError, match="备注"):
        check_table(connection, performance_spec())


@pytest.mark.parametrize(
    "column",
    ["a text DEFAULT ''", "a int GENERATED ALWAYS AS IDENTITY", "a date GENERATED ALWAYS AS (report_date) STORED"],
)
def test_a_surplus_column_that_fills_itself_is_accepted(connection: Connection, column: str) -> None:
    alter(connection, f"ALTER TABLE performance ADD {column}")
    check_table(connection, performance_spec())


def test_a_table_that_others_refer_to_is_refused_naming_them(connection: Connection) -> None:
    alter(connection, "CREATE TABLE note (d date, p text, FOREIGN KEY (d, p) REFERENCES performance)")
    with pytest.raises(TableMismatchError, match=r"foreign keys of public\.note"):
        check_table(connection, performance_spec())


def test_a_load_that_owns_its_rows_takes_any_surplus(connection: Connection) -> None:
    alter(connection, "ALTER TABLE performance ADD a text")
    alter(connection, "CREATE TABLE note (d date, p text, FOREIGN KEY (d, p) REFERENCES performance)")
    check_table(connection, performance_spec(owns_rows=True))


@pytest.mark.parametrize(
    "sql_type",
    ["varchar(50)", "VARCHAR ( 50 )", "numeric(18, 4)", "numeric(5)", "numeric", "bool", "int", "jsonb", "date",
     "timestamptz", "float8", "char(3)", "text", "bigint", "text[]"],
)  # fmt: skip
def test_a_type_is_spelled_as_the_server_spells_it(postgres_server: str, sql_type: str) -> None:
    connection = psycopg2.connect(postgres_server)
    try:
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE TEMPORARY TABLE t (a {sql_type})")
            cursor.execute("SELECT format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = 't'::regclass"
                           " AND attname = 'a'")  # fmt: skip
            assert cursor.fetchone() == (full_type(sql_type),)
    finally:
        connection.close()


def test_a_column_s_name_is_compared_exactly(connection: Connection) -> None:
    with pytest.raises(TableMismatchError, match="column Plan_Code"):
        columns = (*PERFORMANCE.columns, TableColumn("Plan_Code", "text"))
        check_table(connection, performance_spec(table_columns=columns))
