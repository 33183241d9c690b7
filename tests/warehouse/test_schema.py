from __future__ import annotations

import pytest
from psycopg2.extensions import connection as Connection  # noqa: N812

from tests.fixtures.loads import JANUARY, content, counts, performance_spec, row, run, workbook
from tests.fixtures.tables import PERFORMANCE
from workflows.errors import IdentifierError
from workflows.plan.load_spec import TableColumn
from workflows.warehouse.schema import TableDefinition, apply_schema, table_ddl
from workflows.warehouse.table_check import check_table

OF_AN_EARLIER_VERSION = (
    "SELECT attname FROM pg_attribute WHERE attrelid = 'wdh_load'::regclass AND attname IN ('batch', 'xact')"
)


def test_applying_again_keeps_tables_and_their_rows(connection: Connection) -> None:
    run(connection, performance_spec(), row(JANUARY, "P1"))
    apply_schema(connection, [PERFORMANCE])
    assert len(content(connection)) == 1


def test_a_missing_schema_is_made(connection: Connection) -> None:
    apply_schema(connection, [TableDefinition("数仓.业绩", PERFORMANCE.columns, PERFORMANCE.primary_key)])
    assert content(connection, 'SELECT * FROM "数仓"."业绩"') == []


def test_a_schema_that_exists_is_used(connection: Connection) -> None:
    definition = TableDefinition("dw.performance", PERFORMANCE.columns, PERFORMANCE.primary_key)
    apply_schema(connection, [definition])
    apply_schema(connection, [definition])
    assert content(connection, "SELECT * FROM dw.performance") == []


def test_applying_does_not_commit(connection: Connection) -> None:
    apply_schema(connection, [TableDefinition("other", PERFORMANCE.columns, PERFORMANCE.primary_key)])
    connection.rollback()
    assert content(connection, "SELECT to_regclass('other')") == [(None,)]


def test_the_ddl_of_a_table() -> None:
    assert table_ddl(PERFORMANCE) == (
        'CREATE TABLE IF NOT EXISTS "performance" (\n'
        '    "report_date" date NOT NULL,\n'
        '    "plan_code" varchar(50) NOT NULL,\n'
        '    "return_rate" numeric(8,6),\n'
        '    "data_source" text NOT NULL,\n'
        '    "load_sequence" bigint,\n'
        '    PRIMARY KEY ("report_date", "plan_code")\n'
        ")"
    )


def test_a_column_that_the_server_would_cut_is_refused() -> None:
    with pytest.raises(IdentifierError):
        table_ddl(TableDefinition("t", [TableColumn("业" * 22, "text")], ["x"]))


def test_a_new_ledger_keeps_neither_batches_nor_transactions(connection: Connection) -> None:
    assert content(connection, OF_AN_EARLIER_VERSION) == []


def test_a_ledger_that_has_columns_of_an_earlier_version_takes_loads(connection: Connection) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE wdh_load ADD batch text, ADD xact xid8 DEFAULT pg_current_xact_id()")
    apply_schema(connection, [PERFORMANCE])
    spec = performance_spec(files=(workbook(),))
    check_table(connection, spec)
    assert [counts(run(connection, spec, row(JANUARY, "P1"))) for _ in range(2)] == [(0, 1, 0), (0, 0, 1)]
    assert content(connection, "SELECT outcome, batch FROM wdh_load") == [("loaded", None), ("unchanged", None)]
    assert len(content(connection, OF_AN_EARLIER_VERSION)) == 2
