"""How an existing table gains a domain's new column: shown, and done only when that is asked for."""

from __future__ import annotations

from dataclasses import replace

import pytest
from psycopg2.extensions import connection as Connection  # noqa: N812

from tests.fixtures.loads import JANUARY, content, performance_spec, row, run
from tests.fixtures.runs import Finished, Office
from tests.fixtures.tables import PERFORMANCE
from workflows.errors import TableMismatchError
from workflows.plan.load_spec import TableColumn
from workflows.warehouse.altering import missing_columns
from workflows.warehouse.schema import TableDefinition, apply_schema

ADD_SCALE = 'ALTER TABLE "public"."trustee_performance" ADD COLUMN "fund_scale" numeric(18,2);'


def grown(*columns: TableColumn, **changes: object) -> TableDefinition:
    return replace(PERFORMANCE, columns=(*PERFORMANCE.columns, *columns), **changes)  # type: ignore[arg-type]


def schema(office: Office, *flags: str) -> Finished:
    return office.command(
        "python", "-m", "workflows.warehouse", "apply-schema", "--domain", "trustee_performance", *flags
    )


def columns(connection: Connection) -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = content(
        connection,
        "SELECT attname::text FROM pg_attribute WHERE attrelid = 'trustee_performance'::regclass AND attnum > 0"
        " AND NOT attisdropped AND attname = 'fund_scale'",
    )
    return found


def test_a_table_that_has_all_lacks_nothing(connection: Connection) -> None:
    assert missing_columns(connection, PERFORMANCE) == []


def test_new_columns_are_added_in_the_domains_order(connection: Connection) -> None:
    run(connection, performance_spec(), row(JANUARY, "P1"))
    wanted = grown(TableColumn("规模", "numeric(18,2)", nullable=True), TableColumn("note", "text"))
    statements = missing_columns(connection, wanted)
    assert statements == [
        'ALTER TABLE "public"."performance" ADD COLUMN "规模" numeric(18,2)',
        'ALTER TABLE "public"."performance" ADD COLUMN "note" text',
        'ALTER TABLE "public"."wdh_before_performance" ADD COLUMN "规模" numeric(18,2)',
        'ALTER TABLE "public"."wdh_before_performance" ADD COLUMN "note" text',
    ]
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
    assert missing_columns(connection, wanted) == []


def test_in_a_table_without_rows_a_column_that_is_never_empty_is_not_null(connection: Connection) -> None:
    assert missing_columns(connection, grown(TableColumn("note", "text"))) == [
        'ALTER TABLE "public"."performance" ADD COLUMN "note" text NOT NULL',
        'ALTER TABLE "public"."wdh_before_performance" ADD COLUMN "note" text',
    ]


def test_a_column_of_the_key_is_never_added_to_rows_that_are_there(connection: Connection) -> None:
    wanted = grown(TableColumn("company_code", "text"), primary_key=("report_date", "plan_code", "company_code"))
    with pytest.raises(TableMismatchError, match="lacks company_code of the primary key"):
        missing_columns(connection, wanted)


def test_make_schema_shows_what_lacks_and_changes_nothing(office_with_database: Office, connection: Connection) -> None:
    office = office_with_database
    assert schema(office).code == 0
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE trustee_performance DROP COLUMN fund_scale")
    connection.commit()
    done = schema(office)
    assert (done.code, done.err) == (1, "")
    assert ADD_SCALE in done.out and "nothing of that was run; `make schema ALTER=1`" in done.out
    assert columns(connection) == []


def test_when_it_is_asked_for_the_column_is_there_and_months_can_be_loaded_again(
    office_with_database: Office, connection: Connection
) -> None:
    office = office_with_database
    office.workbook("2024年11月受托业绩报告.xlsx", 11)
    assert schema(office).code == 0
    assert office.call("--execute").outcome == "loaded"
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE trustee_performance DROP COLUMN fund_scale")
    connection.commit()
    done = schema(office, "--alter")
    assert (done.code, ADD_SCALE in done.out) == (0, True)
    connection.rollback()
    assert columns(connection) == [("fund_scale",)]
    assert schema(office).out.count("ALTER TABLE") == 0
    assert office.call("--execute").outcome == "loaded"
    connection.rollback()
    scales = content(connection, "SELECT fund_scale::text FROM trustee_performance ORDER BY plan_code")
    assert scales == [("100.00",), ("200.00",)]


def test_a_column_of_the_groups_is_never_added_either_and_says_so(connection: Connection) -> None:
    grouped = grown(TableColumn("业务类型", "varchar(255)"), primary_key=(), merge_key=("report_date", "业务类型"))
    apply_schema(connection, [grouped])
    with pytest.raises(TableMismatchError, match="lacks 业务类型 of the merge key"):
        missing_columns(connection, grouped)
