"""What a load leaves behind so that it can be taken back: rows that name their load, and images of what it deleted."""

from __future__ import annotations

import pytest
from psycopg2.extensions import connection as Connection  # noqa: N812

from tests.fixtures.both_ways import Attempt
from tests.fixtures.loads import FEBRUARY, JANUARY, content, month_spec, performance_spec, row, workbook
from tests.fixtures.tables import PERFORMANCE
from workflows.plan.schemas import images_name
from workflows.warehouse.loader import load
from workflows.warehouse.schema import TableDefinition, apply_schema

SPEC = month_spec(JANUARY, files=(workbook(),))
LOADS = "SELECT sequence, can_undo FROM wdh_load ORDER BY sequence"
NUMBERS = "SELECT plan_code, load_sequence FROM performance"
IMAGES = "SELECT wdh_deleted_by, plan_code, return_rate, load_sequence FROM wdh_before_performance"


def execute(connection: Connection, *statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
    connection.commit()


def test_rows_name_the_load_that_wrote_them_and_keep_it_where_they_are_left_alone(
    attempt: Attempt, connection: Connection
) -> None:
    assert attempt(SPEC, row(JANUARY, "P1"), row(JANUARY, "P2")) == ""
    assert attempt(SPEC, row(JANUARY, "P1"), row(JANUARY, "P2", "0.07"), row(JANUARY, "P3")) == ""
    (first, _), (second, _) = content(connection, LOADS)
    assert int(second) > int(first)
    assert content(connection, NUMBERS) == [("P1", first), ("P2", second), ("P3", second)]


def test_what_a_load_deletes_is_kept_with_the_load_that_did_and_the_one_that_wrote_it(
    attempt: Attempt, connection: Connection
) -> None:
    attempt(SPEC, row(JANUARY, "P1"), row(JANUARY, "P2"), row(JANUARY, "P3"))
    attempt(SPEC, row(JANUARY, "P1"), row(JANUARY, "P2", "0.07"))
    (first, _), (second, can_undo) = content(connection, LOADS)
    assert content(connection, IMAGES) == [(second, "P2", "0.050000", first), (second, "P3", "0.050000", first)]
    assert can_undo == "True"


def test_an_unchanged_load_and_a_first_one_keep_nothing_and_can_be_taken_back(
    attempt: Attempt, connection: Connection
) -> None:
    attempt(SPEC, row(JANUARY, "P1"))
    attempt(SPEC, row(JANUARY, "P1"))
    assert [can_undo for _, can_undo in content(connection, LOADS)] == ["True", "True"]
    assert content(connection, IMAGES) == []


@pytest.mark.parametrize(
    "change",
    [
        "DROP TABLE wdh_before_performance",
        "ALTER TABLE performance ADD COLUMN remark text DEFAULT 'none'",
        "ALTER TABLE wdh_before_performance ALTER COLUMN return_rate TYPE text",
        "ALTER TABLE wdh_before_performance SET UNLOGGED",
        "ALTER TABLE performance DROP COLUMN load_sequence",
    ],
)
def test_a_table_whose_past_cannot_be_kept_loads_all_the_same_and_says_so(
    attempt: Attempt, connection: Connection, change: str
) -> None:
    attempt(SPEC, row(JANUARY, "P1"), row(JANUARY, "P2"))
    execute(connection, change)
    assert attempt(SPEC, row(JANUARY, "P1", "0.07")) == ""
    assert content(connection, "SELECT plan_code, return_rate FROM performance") == [("P1", "0.070000")]
    assert [can_undo for _, can_undo in content(connection, LOADS)] == ["True", "False"]


def test_a_load_that_deletes_nothing_needs_no_images(attempt: Attempt, connection: Connection) -> None:
    execute(connection, "DROP TABLE wdh_before_performance")
    attempt(SPEC, row(JANUARY, "P1"))
    assert [can_undo for _, can_undo in content(connection, LOADS)] == ["True"]


def test_an_image_that_a_trigger_suppresses_fails_the_load(attempt: Attempt, connection: Connection) -> None:
    attempt(SPEC, row(JANUARY, "P1"), row(JANUARY, "P2"))
    execute(
        connection,
        "CREATE FUNCTION public.nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
        "CREATE TRIGGER forget BEFORE INSERT ON wdh_before_performance FOR EACH ROW EXECUTE FUNCTION public.nothing()",
    )
    assert "trigger forget of" in attempt(SPEC, row(JANUARY, "P1"))
    assert len(content(connection)) == 2


def test_rows_that_others_put_there_are_nobodys(connection: Connection) -> None:
    execute(connection, "INSERT INTO performance (report_date, plan_code, data_source) VALUES ('2024-01-01', 'X', 'f')")
    rows = [{"report_date": FEBRUARY, "plan_code": "P1", "return_rate": None, "data_source": "f"}]
    load("performance", rows, pk=["report_date", "plan_code"], conn=connection)
    assert content(connection, NUMBERS) == [("P1", None), ("X", None)]


def test_the_number_is_no_part_of_what_makes_rows_differ(attempt: Attempt, connection: Connection) -> None:
    attempt(performance_spec(files=(workbook(),)), row(JANUARY, "P1"))
    execute(connection, "UPDATE performance SET load_sequence = 1000000")
    attempt(performance_spec(files=(workbook(),)), row(JANUARY, "P1"))
    assert content(connection, "SELECT outcome FROM wdh_load") == [("loaded",), ("unchanged",)]


def test_a_long_name_is_shortened_and_told_from_others(connection: Connection) -> None:
    name = "规" * 21
    assert images_name("performance") == "wdh_before_performance"
    assert len(images_name(name).encode()) <= 63
    assert images_name(name) != images_name("规" * 20 + "模")
    apply_schema(connection, [TableDefinition(name, PERFORMANCE.columns, PERFORMANCE.primary_key)])
    assert content(connection, f"SELECT to_regclass('\"{images_name(name)}\"') IS NOT NULL") == [("True",)]


def test_a_ledger_of_an_earlier_version_is_named_and_mended_by_the_schema(
    attempt: Attempt, connection: Connection
) -> None:
    execute(
        connection,
        "ALTER TABLE wdh_load DROP COLUMN shape, DROP COLUMN actor,"
        " ALTER COLUMN sequence SET DEFAULT nextval('wdh_load_sequence_seq')",
    )
    assert attempt(SPEC, row(JANUARY, "P1")) != ""
    apply_schema(connection, [PERFORMANCE])
    connection.commit()
    assert attempt(SPEC, row(JANUARY, "P1")) == ""
