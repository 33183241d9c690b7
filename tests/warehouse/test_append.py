from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from psycopg2.extensions import connection as Connection  # noqa: N812

from tests.fixtures.both_ways import Attempt
from tests.fixtures.loads import (
    FEBRUARY,
    FEBRUARY_FILE,
    JANUARY,
    content,
    counts,
    performance_spec,
    row,
    run,
    workbook,
)
from workflows.errors import AlreadyLoadedError, DataWarehouseLoaderError, PlanError
from workflows.plan.load_spec import LoadSpec


def append_spec(*files: Any, **changes: Any) -> LoadSpec:
    return performance_spec(**({"mode": "append", "files": files} | changes))


def test_a_workbook_is_appended_once(connection: Connection) -> None:
    run(connection, append_spec(workbook()), row(JANUARY, "P1"))
    again = run(connection, append_spec(workbook()), row(JANUARY, "P1"))
    assert (counts(again), again.left_out) == ((0, 0, 0), [("2024-01.xlsx", "受托业绩")])


def test_only_the_new_workbook_of_two_is_appended(connection: Connection) -> None:
    run(connection, append_spec(workbook()), row(JANUARY, "P1"))
    both = append_spec(workbook(), workbook(FEBRUARY_FILE, FEBRUARY))
    run(connection, both, row(JANUARY, "P1"), row(FEBRUARY, "P1", source=FEBRUARY_FILE))
    assert content(connection, "SELECT report_date FROM performance") == [("2024-01-01",), ("2024-02-01",)]


def test_the_ledger_says_which_workbooks_were_left_out(connection: Connection) -> None:
    run(connection, append_spec(workbook()), row(JANUARY, "P1"))
    run(connection, append_spec(workbook()), row(JANUARY, "P1"))
    assert content(connection, "SELECT left_out FROM wdh_load_file") == [("False",), ("True",)]


def test_a_workbook_loaded_by_delete_insert_is_not_appended_again(connection: Connection) -> None:
    run(connection, performance_spec(files=(workbook(),)), row(JANUARY, "P1"))
    assert run(connection, append_spec(workbook()), row(JANUARY, "P1")).left_out == [("2024-01.xlsx", "受托业绩")]


def test_the_same_bytes_under_another_name_are_left_out(connection: Connection) -> None:
    run(connection, append_spec(workbook(sha256="same")), row(JANUARY, "P1"))
    copy = append_spec(workbook("copy.xlsx", sha256="same"))
    assert run(connection, copy, row(JANUARY, "P1", source="copy.xlsx")).left_out == [("copy.xlsx", "受托业绩")]


def month_from_file(month: date, **changes: Any) -> LoadSpec:
    """The same bytes under each month's name, as an append whose rows have their month from the file."""
    return append_spec(workbook(f"{month:%Y-%m}.xlsx", month, sha256="same", **changes), month_from_file=True)


def test_the_same_bytes_of_another_month_are_appended_where_the_file_gives_the_month(
    connection: Connection, attempt: Attempt
) -> None:
    run(connection, month_from_file(JANUARY), row(JANUARY, "P1"))
    lines = [row(FEBRUARY, "P1", source=FEBRUARY_FILE)]
    assert [attempt(month_from_file(FEBRUARY), *lines), attempt(month_from_file(FEBRUARY), *lines)] == ["", ""]
    assert len(content(connection)) == 2
    outcomes = [("loaded",), ("loaded",), ("unchanged",)]
    assert content(connection, "SELECT outcome FROM wdh_load") == outcomes


def test_the_same_bytes_of_another_month_are_left_out_where_rows_say_their_month(
    connection: Connection, attempt: Attempt
) -> None:
    run(connection, append_spec(workbook(sha256="same")), row(JANUARY, "P1"))
    february = append_spec(workbook(FEBRUARY_FILE, FEBRUARY, sha256="same"))
    assert attempt(february, row(FEBRUARY, "P1", source=FEBRUARY_FILE)) == ""
    assert content(connection, "SELECT report_date FROM performance") == [("2024-01-01",)]


def test_other_rules_are_refused_by_month_where_the_file_gives_it(connection: Connection, attempt: Attempt) -> None:
    run(connection, month_from_file(JANUARY), row(JANUARY, "P1"))
    assert "under other rules" in attempt(month_from_file(JANUARY, rules="new"), row(JANUARY, "P2"))
    assert attempt(month_from_file(FEBRUARY, rules="new"), row(FEBRUARY, "P1", source=FEBRUARY_FILE)) == ""


def test_the_same_workbook_under_other_rules_is_refused_naming_the_load(connection: Connection) -> None:
    run(connection, append_spec(workbook()), row(JANUARY, "P1"))
    [(load_id,)] = content(connection, "SELECT load_id FROM wdh_load")
    with pytest.raises(AlreadyLoadedError, match=f"by load {load_id} under other rules"):
        run(connection, append_spec(workbook(rules="new")), row(JANUARY, "P1"))


def test_another_workbook_of_an_appended_period_is_refused_naming_the_load(connection: Connection) -> None:
    run(connection, append_spec(workbook()), row(JANUARY, "P1"))
    [(load_id,)] = content(connection, "SELECT load_id FROM wdh_load")
    with pytest.raises(AlreadyLoadedError, match=rf"V2\.xlsx: load {load_id} appended its period"):
        run(connection, append_spec(workbook("V2.xlsx")), row(JANUARY, "P2", source="V2.xlsx"))


def test_another_part_of_an_appended_period_is_appended(connection: Connection) -> None:
    run(connection, append_spec(workbook(part="A")), row(JANUARY, "P1"))
    run(connection, append_spec(workbook("b.xlsx", part="B")), row(JANUARY, "P2", source="b.xlsx"))
    assert len(content(connection)) == 2


def test_a_workbook_whose_load_was_undone_is_appended_again(connection: Connection) -> None:
    run(connection, append_spec(workbook()), row(JANUARY, "P1"))
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM performance")
        cursor.execute(
            "INSERT INTO wdh_load (sequence, load_id, plan_id, domain, table_name, mode, primary_key, merge_key,"
            " snapshot, outcome, via, records, deleted, inserted, unchanged, undoes)"
            " SELECT 1000000, 'undo', plan_id, domain, table_name, mode, primary_key, merge_key, snapshot,"
            " outcome, via, 0, 1, 0, 0, load_id FROM wdh_load"
        )
    assert counts(run(connection, append_spec(workbook()), row(JANUARY, "P1"))) == (0, 1, 0)


def test_a_table_is_the_same_with_and_without_its_schema(connection: Connection) -> None:
    run(connection, append_spec(workbook()), row(JANUARY, "P1"))
    qualified = append_spec(workbook(), table="public.performance")
    assert run(connection, qualified, row(JANUARY, "P1")).left_out == [("2024-01.xlsx", "受托业绩")]


def test_appending_a_key_that_is_there_is_refused_naming_the_key(connection: Connection) -> None:
    run(connection, append_spec(workbook()), row(JANUARY, "P1"))
    with pytest.raises(DataWarehouseLoaderError, match=r"\(2024-01-01, P1\)"):
        run(connection, append_spec(workbook(FEBRUARY_FILE, FEBRUARY)), row(JANUARY, "P1", source=FEBRUARY_FILE))


def test_an_append_whose_rows_do_not_name_their_workbook_is_refused(connection: Connection) -> None:
    with pytest.raises(PlanError, match="to know a row's workbook"):
        run(connection, append_spec(workbook(), path_column="file"), row(JANUARY, "P1"))
