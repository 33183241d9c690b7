"""The same batch once more: staged and compared like any other, whatever was done to the table or its ledger since."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace

import psycopg2
import pytest
from psycopg2.extensions import connection as Connection  # noqa: N812

from tests.fixtures.loads import JANUARY, Lines, content, counts, month_spec, performance_spec, row, workbook
from workflows.errors import DataWarehouseLoaderError
from workflows.plan.changes import Effect
from workflows.plan.comparison import BatchShape
from workflows.plan.load_spec import LedgerEntry, LoadSpec
from workflows.plan.sql import load_statements
from workflows.settings import DatabaseSettings
from workflows.warehouse.execution import LoadOrder, execute
from workflows.warehouse.loader import LoadDone

ROWS = (row(JANUARY, "P1"), row(JANUARY, "P2", "0.02"))
BY_KEY = performance_spec(files=(workbook(),))
BY_MONTH = month_spec(JANUARY, files=(workbook(),))
BOTH = pytest.mark.parametrize("spec", [BY_KEY, BY_MONTH], ids=["by key", "by month"])


def load_rows(settings: DatabaseSettings, load_id: str, spec: LoadSpec, rows: Sequence[str] = ROWS) -> LoadDone:
    entry = LedgerEntry(load_id, "plan", "trustee_performance", "snapshot", len(rows))
    return execute(settings, LoadOrder(load_statements(spec, entry), Lines(rows)))


def change(database: str, statement: str) -> None:
    with closing(psycopg2.connect(database)) as other, other, other.cursor() as cursor:
        cursor.execute(statement)


@BOTH
def test_the_ledger_has_the_load_that_changed_nothing(
    database_settings: DatabaseSettings, connection: Connection, spec: LoadSpec
) -> None:
    load_rows(database_settings, "first", spec)
    assert counts(load_rows(database_settings, "again", spec)) == (0, 0, 2)
    query = "SELECT load_id, outcome, records, deleted, inserted, unchanged FROM wdh_load ORDER BY sequence"
    files = "SELECT load_id, path FROM wdh_load_file ORDER BY load_id"
    assert content(connection, query) == [
        ("again", "unchanged", "2", "0", "0", "2"),
        ("first", "loaded", "2", "0", "2", "0"),
    ]
    assert content(connection, files) == [("again", "2024-01.xlsx"), ("first", "2024-01.xlsx")]


@BOTH
def test_a_load_that_compares_tells_what_it_found(database_settings: DatabaseSettings, spec: LoadSpec) -> None:
    load_rows(database_settings, "first", spec)
    statements = load_statements(spec, LedgerEntry("again", "plan", "trustee_performance", "snapshot", 2))
    done = execute(database_settings, LoadOrder(statements, Lines(ROWS), shape=BatchShape({"2024-01": 2})))
    assert done.found is not None
    assert done.found.months["2024-01"].unchanged == 2
    assert done.effect == Effect(deleted=0, inserted=0, unchanged=2, added=0, changed=0, removed=0)


@BOTH
@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("UPDATE performance SET return_rate = 0.5 WHERE plan_code = 'P1'", (1, 1, 1)),
        ("UPDATE performance SET return_rate = return_rate", (0, 0, 2)),
        ("DELETE FROM performance WHERE plan_code = 'P2'", (0, 1, 1)),
        ("TRUNCATE performance", (0, 2, 0)),
        (
            "ALTER TABLE performance DROP COLUMN return_rate; ALTER TABLE performance ADD return_rate numeric(8,6)",
            (2, 2, 0),
        ),
    ],
)
def test_what_somebody_touched_is_found_and_loaded(
    database_settings: DatabaseSettings, database: str, spec: LoadSpec, statement: str, expected: tuple[int, int, int]
) -> None:
    load_rows(database_settings, "first", spec)
    change(database, statement)
    assert counts(load_rows(database_settings, "again", spec)) == expected


def test_columns_that_changed_their_names_are_filled_again(database_settings: DatabaseSettings, database: str) -> None:
    change(database, "ALTER TABLE performance ADD COLUMN other_rate numeric(8,6)")
    columns = ("report_date", "plan_code", "return_rate", "other_rate", "data_source")
    spec = replace(BY_KEY, columns=columns, business_columns=columns[:4], owns_rows=True)
    rows = tuple(f"2024-01-01,{code},0.05,0.07,a" for code in ("P1", "P2"))
    load_rows(database_settings, "first", spec, rows)
    change(
        database,
        "ALTER TABLE performance RENAME return_rate TO x; ALTER TABLE performance RENAME other_rate TO return_rate;"
        " ALTER TABLE performance RENAME x TO other_rate",
    )
    assert counts(load_rows(database_settings, "again", spec, rows)) == (2, 2, 0)


def test_rows_that_a_trigger_writes_otherwise_are_loaded_once_it_is_gone(
    database_settings: DatabaseSettings, database: str
) -> None:
    change(
        database,
        "CREATE FUNCTION twist() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN NEW.return_rate := 0.9; RETURN NEW; END $$;"
        " CREATE TRIGGER twist BEFORE INSERT ON performance FOR EACH ROW EXECUTE FUNCTION twist()",
    )
    with pytest.raises(DataWarehouseLoaderError, match=r"2 row\(s\) of the batch are missing.*trigger twist"):
        load_rows(database_settings, "first", BY_KEY)
    change(database, "DROP TRIGGER twist ON performance")
    assert counts(load_rows(database_settings, "again", BY_KEY)) == (0, 2, 0)


def test_a_version_that_comes_back_is_loaded_again(database_settings: DatabaseSettings, connection: Connection) -> None:
    load_rows(database_settings, "v1", BY_KEY)
    load_rows(database_settings, "v2", BY_KEY, (row(JANUARY, "P1", "0.09"), ROWS[1]))
    assert counts(load_rows(database_settings, "v1 again", BY_KEY)) == (1, 1, 1)
    assert content(connection, "SELECT return_rate FROM performance") == [("0.020000",), ("0.050000",)]
