"""Names that need care, and columns that the database fills by itself."""

from __future__ import annotations

from dataclasses import replace

import pytest
from psycopg2.extensions import connection as Connection  # noqa: N812

from tests.fixtures.loads import COLUMNS, JANUARY, content, counts, look, month_spec, row, run
from tests.fixtures.tables import PERFORMANCE
from workflows.errors import IdentifierError
from workflows.plan.load_spec import LoadSpec, TableColumn
from workflows.warehouse.loader import load
from workflows.warehouse.schema import TableDefinition, apply_schema
from workflows.warehouse.table_check import check_table

ODD = ("报告 日期", 'plan "code"', "rate %s %", "数据.来源")
ODD_TABLE = '受托 管理."业绩 %s""."'
ODD_COLUMNS = tuple(replace(column, name=name) for column, name in zip(PERFORMANCE.columns, ODD, strict=True))


@pytest.fixture
def odd(connection: Connection) -> LoadSpec:
    """A load of a table whose every name needs quotes."""
    apply_schema(connection, [TableDefinition(ODD_TABLE, ODD_COLUMNS, ODD[:2])])
    connection.commit()
    return LoadSpec(
        table=ODD_TABLE,
        columns=ODD,
        business_columns=ODD[:3],
        primary_key=ODD[:2],
        merge_key=ODD[:1],
        period_column=ODD[0],
        periods=(JANUARY,),
        path_column=ODD[3],
        table_columns=ODD_COLUMNS,
    )


def test_odd_names_are_loaded_compared_and_checked(connection: Connection, odd: LoadSpec) -> None:
    check_table(connection, odd)
    run(connection, odd, row(JANUARY, "P1"), row(JANUARY, "P2"))
    lines = [row(JANUARY, "P1", "0.06"), row(JANUARY, "P3")]
    found = look(connection, odd, *lines)
    assert (found.effect.added, found.effect.changed, found.effect.removed, found.effect.unchanged) == (1, 1, 1, 0)
    assert counts(run(connection, odd, *lines)) == (2, 2, 0)


def test_21_chinese_characters_fill_a_name_and_22_are_refused(connection: Connection) -> None:
    for length in (21, 22):
        name = "业" * length
        definition = TableDefinition(name, PERFORMANCE.columns, COLUMNS[:2])
        if length == 21:
            apply_schema(connection, [definition])
            run(connection, month_spec(JANUARY, table=name), row(JANUARY, "P1"))
            continue
        with pytest.raises(IdentifierError, match="66 bytes in UTF-8; PostgreSQL keeps 63"):
            apply_schema(connection, [definition])


@pytest.mark.parametrize("length", [22, 64])
def test_a_column_beyond_63_bytes_is_refused_before_anything_runs(length: int) -> None:
    name = "业" * 22 if length == 22 else "c" * 64
    with pytest.raises(IdentifierError, match="63"):
        load("performance", [{name: 1}], pk=[name])


def test_generated_identity_and_default_columns_are_left_to_the_database(connection: Connection) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "ALTER TABLE performance ADD id bigint GENERATED ALWAYS AS IDENTITY,"
            " ADD percent numeric GENERATED ALWAYS AS (return_rate * 100) STORED,"
            " ADD loaded_by text NOT NULL DEFAULT 'the database'"
        )
    connection.commit()
    check_table(connection, month_spec(JANUARY))
    run(connection, month_spec(JANUARY), row(JANUARY, "P1"))
    assert counts(run(connection, month_spec(JANUARY), row(JANUARY, "P1"), row(JANUARY, "P2"))) == (0, 1, 1)
    query = "SELECT id, plan_code, percent, loaded_by FROM performance"
    assert content(connection, query) == [
        ("1", "P1", "5.000000", "the database"),
        ("2", "P2", "5.000000", "the database"),
    ]


def test_a_column_called_id_is_loaded_like_any_other(connection: Connection) -> None:
    apply_schema(connection, [TableDefinition("with_id", (TableColumn("id", "integer"),), ("id",))])
    load("with_id", [{"id": 7}], pk=["id"], conn=connection)
    assert content(connection, "SELECT id FROM with_id") == [("7",)]


def test_a_partitioned_table_is_loaded_and_compared(connection: Connection) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE parts (LIKE performance INCLUDING ALL) PARTITION BY RANGE (report_date);"
            "CREATE TABLE parts_2024 PARTITION OF parts FOR VALUES FROM ('2024-01-01') TO ('2025-01-01')"
        )
    connection.commit()
    spec = month_spec(JANUARY, table="parts")
    run(connection, spec, row(JANUARY, "P1"), row(JANUARY, "P2"))
    found = look(connection, spec, row(JANUARY, "P1"))
    assert (found.effect.removed, found.effect.unchanged) == (1, 1)
