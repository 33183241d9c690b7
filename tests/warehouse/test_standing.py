"""A batch that the table still holds is recorded without being staged; whatever moved is found and loaded again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from typing import Any

import psycopg2
import pytest
from psycopg2.extensions import connection as Connection  # noqa: N812

from tests.fixtures.loads import FEBRUARY, JANUARY, Lines, content, performance_spec, row, run, workbook
from tests.fixtures.tables import PERFORMANCE
from workflows.errors import LockTimeoutError, TableMismatchError
from workflows.plan.load_spec import LedgerEntry, LoadSpec
from workflows.settings import DatabaseSettings
from workflows.warehouse.compare import BatchShape
from workflows.warehouse.execution import LoadDone, LoadOrder, execute
from workflows.warehouse.loader import load
from workflows.warehouse.schema import apply_schema

ROWS = (row(JANUARY, "P1"), row(JANUARY, "P2", "0.02"))
BY_KEY = performance_spec(files=(workbook(),))
BY_MONTH = performance_spec(
    files=(workbook(),), merge_key=("report_date",), period_column="report_date", periods=(JANUARY,)
)
BOTH = pytest.mark.parametrize("spec", [BY_KEY, BY_MONTH], ids=["by key", "by month"])


class NeverRead:
    """Rows that must not be asked for."""

    def copy_chunks(self) -> Iterator[bytes]:
        raise AssertionError("the rows were staged")


@pytest.fixture
def settings(database: str) -> DatabaseSettings:
    return DatabaseSettings.model_validate({"uri": database})


def order(load_id: str, spec: LoadSpec, rows: Sequence[str] | None = ROWS, **changes: Any) -> LoadOrder:
    """The load of ``rows`` as the tasks order it; None for the same two rows, which must not be looked at."""
    entry = LedgerEntry(load_id, "plan", "trustee_performance", "snapshot", len(rows or ROWS), batch="batch-1")
    source = NeverRead() if rows is None else Lines(rows)
    return LoadOrder(spec, replace(entry, **changes), source, PERFORMANCE.columns)


def change(database: str, statement: str) -> None:
    with closing(psycopg2.connect(database)) as other, other, other.cursor() as cursor:
        cursor.execute(statement)


def counts(done: LoadDone) -> tuple[int | None, int | None, int | None]:
    return done.effect.deleted, done.effect.inserted, done.effect.unchanged


@BOTH
def test_rows_that_stand_are_not_staged_again(settings: DatabaseSettings, spec: LoadSpec) -> None:
    execute(settings, order("first", spec))
    again, third = (execute(settings, order(load_id, spec, None)) for load_id in ("again", "third"))
    assert (counts(again), again.stands_since, third.stands_since) == ((0, 0, 2), "first", "first")


def test_the_ledger_has_the_load_that_changed_nothing(settings: DatabaseSettings, connection: Connection) -> None:
    execute(settings, order("first", BY_KEY))
    execute(settings, order("again", BY_KEY, None))
    query = "SELECT load_id, outcome, records, deleted, inserted, unchanged FROM wdh_load ORDER BY sequence"
    files = "SELECT load_id, path FROM wdh_load_file ORDER BY load_id"
    assert content(connection, query) == [
        ("again", "unchanged", "2", "0", "0", "2"),
        ("first", "loaded", "2", "0", "2", "0"),
    ]
    assert content(connection, files) == [("again", "2024-01.xlsx"), ("first", "2024-01.xlsx")]


@BOTH
@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("UPDATE performance SET return_rate = 0.5 WHERE plan_code = 'P1'", (1, 1, 1)),
        ("UPDATE performance SET return_rate = return_rate", (0, 0, 2)),
        ("DELETE FROM performance WHERE plan_code = 'P2'", (0, 1, 1)),
        ("TRUNCATE performance", (0, 2, 0)),
    ],
)
def test_what_somebody_touched_is_compared_and_loaded(
    settings: DatabaseSettings, database: str, spec: LoadSpec, statement: str, expected: tuple[int, int, int]
) -> None:
    execute(settings, order("first", spec))
    change(database, statement)
    again = execute(settings, order("again", spec))
    assert (counts(again), again.stands_since) == (expected, None)


def test_a_row_that_came_into_the_month_is_removed_by_a_load_of_months(
    settings: DatabaseSettings, database: str
) -> None:
    execute(settings, order("first", BY_MONTH))
    change(database, "INSERT INTO performance SELECT report_date, 'P9', 0, 'x' FROM performance LIMIT 1")
    assert counts(execute(settings, order("again", BY_MONTH))) == (1, 0, 2)


def test_rows_of_other_keys_and_months_do_not_matter(settings: DatabaseSettings, connection: Connection) -> None:
    execute(settings, order("first", BY_KEY))
    run(connection, performance_spec(), row(JANUARY, "P9"), row(FEBRUARY, "P1"))
    connection.commit()
    assert execute(settings, order("again", BY_KEY, None)).stands_since == "first"


def test_another_batch_is_staged(settings: DatabaseSettings) -> None:
    execute(settings, order("first", BY_KEY))
    assert execute(settings, order("other", BY_KEY, batch="batch-2")).stands_since is None


def test_a_version_that_comes_back_is_loaded_again(settings: DatabaseSettings, connection: Connection) -> None:
    changed = (row(JANUARY, "P1", "0.09"), ROWS[1])
    execute(settings, order("v1", BY_KEY))
    execute(settings, order("v2", BY_KEY, changed, batch="batch-2"))
    assert counts(execute(settings, order("v1 again", BY_KEY))) == (1, 1, 1)
    assert content(connection, "SELECT return_rate::text FROM performance ORDER BY 1") == [("0.020000",), ("0.050000",)]


def test_a_load_that_inserted_only_some_of_its_rows_proves_nothing(
    settings: DatabaseSettings, connection: Connection
) -> None:
    run(connection, performance_spec(), ROWS[0])
    connection.commit()
    execute(settings, order("first", BY_KEY))
    assert execute(settings, order("again", BY_KEY)).stands_since is None


def test_a_restored_dump_proves_nothing_whatever_its_transactions_are_called(
    settings: DatabaseSettings, database: str
) -> None:
    execute(settings, order("first", BY_KEY))
    with closing(psycopg2.connect(database)) as other, other, other.cursor() as cursor:
        # Rows that were changed before the dump, brought back by a transaction that happens to have the load's number.
        cursor.execute("UPDATE performance SET return_rate = 0.9")
        cursor.execute("SELECT pg_current_xact_id()::text")
        (number,) = cursor.fetchone() or ("",)
    change(database, f"UPDATE wdh_load SET xact = '{number}'")
    assert counts(execute(settings, order("again", BY_KEY))) == (2, 2, 0)


def test_without_a_unique_key_the_rows_are_staged(settings: DatabaseSettings, database: str) -> None:
    execute(settings, order("first", BY_KEY))
    change(database, "ALTER TABLE performance DROP CONSTRAINT performance_pkey")
    change(database, "INSERT INTO performance SELECT report_date, plan_code, 0.7, 'x' FROM performance LIMIT 1")
    assert counts(execute(settings, order("again", BY_KEY)))[0] == 1


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE performance DROP COLUMN return_rate; ALTER TABLE performance ADD COLUMN return_rate numeric(8,6)",
        "ALTER TABLE performance DROP COLUMN return_rate;"
        " ALTER TABLE performance ADD COLUMN return_rate numeric(8,6) DEFAULT 9",
    ],
)
@BOTH
def test_a_column_that_was_made_anew_is_filled_again(
    settings: DatabaseSettings, database: str, spec: LoadSpec, statement: str
) -> None:
    execute(settings, order("first", spec))
    change(database, statement)
    assert counts(execute(settings, order("again", spec))) == (2, 2, 0)


def test_columns_that_changed_their_names_are_filled_again(settings: DatabaseSettings, database: str) -> None:
    change(database, "ALTER TABLE performance ADD COLUMN other_rate numeric(8,6)")
    columns = ("report_date", "plan_code", "return_rate", "other_rate", "data_source")
    spec = replace(BY_KEY, columns=columns, business_columns=columns[:4], owns_rows=True)
    rows = tuple(f"2024-01-01,{code},0.05,0.07,a" for code in ("P1", "P2"))
    first = replace(order("first", spec, rows), owns_rows=True)
    execute(settings, first)
    change(
        database,
        "ALTER TABLE performance RENAME return_rate TO x; ALTER TABLE performance RENAME other_rate TO return_rate;"
        " ALTER TABLE performance RENAME x TO other_rate",
    )
    again = replace(order("again", spec, rows), owns_rows=True)
    assert counts(execute(settings, again)) == (2, 2, 0)


@pytest.mark.parametrize("drop", ["", "DROP TRIGGER twist ON performance"])
def test_rows_that_a_trigger_may_have_written_prove_nothing(
    settings: DatabaseSettings, database: str, drop: str
) -> None:
    change(
        database,
        "CREATE FUNCTION twist() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN NEW.return_rate := 0.9; RETURN NEW; END $$;"
        " CREATE TRIGGER twist BEFORE INSERT ON performance FOR EACH ROW EXECUTE FUNCTION twist()",
    )
    execute(settings, order("first", BY_KEY))
    if drop:
        change(database, drop)
    assert counts(execute(settings, order("again", BY_KEY))) == (2, 2, 0)


def test_a_row_of_the_same_key_in_a_child_table_is_seen(settings: DatabaseSettings, database: str) -> None:
    execute(settings, order("first", BY_KEY))
    change(database, "CREATE TABLE child () INHERITS (performance)")
    change(database, "INSERT INTO child SELECT report_date, plan_code, 0.7, 'x' FROM performance LIMIT 1")
    assert execute(settings, order("again", BY_KEY)).stands_since is None


def test_two_loads_of_one_transaction_prove_nothing(settings: DatabaseSettings, connection: Connection) -> None:
    changed = (row(JANUARY, "P1", "0.09"), ROWS[1])
    for load_id, rows, batch in (("v1", ROWS, "batch-1"), ("v2", changed, "batch-2")):
        ledger = order(load_id, BY_KEY, rows, batch=batch).entry
        load("performance", Lines(rows), conn=connection, spec=BY_KEY, ledger=ledger)
    connection.commit()
    assert counts(execute(settings, order("again", BY_KEY))) == (1, 1, 1)


def test_a_load_that_compares_looks_at_every_row(settings: DatabaseSettings) -> None:
    execute(settings, order("first", BY_KEY))
    again = execute(settings, replace(order("again", BY_KEY), shape=BatchShape({"2024-01": 2})))
    assert (again.stands_since, again.found is not None) == (None, True)


def test_an_append_is_never_taken_for_standing(settings: DatabaseSettings) -> None:
    appending = replace(BY_KEY, mode="append")
    execute(settings, order("first", BY_KEY))
    assert execute(settings, order("again", appending)).left_out == ["2024-01.xlsx"]


def test_a_change_under_way_is_waited_for(settings: DatabaseSettings, database: str) -> None:
    execute(settings, order("first", BY_KEY))
    with closing(psycopg2.connect(database)) as other, other.cursor() as cursor:
        cursor.execute("UPDATE performance SET return_rate = 0.5 WHERE plan_code = 'P1'")
        with pytest.raises(LockTimeoutError):
            execute(settings, order("again", replace(BY_KEY, lock_timeout_ms=100)))


def test_a_ledger_of_an_earlier_version_is_named_and_mended(
    settings: DatabaseSettings, connection: Connection, database: str
) -> None:
    change(database, "ALTER TABLE wdh_load DROP COLUMN batch, DROP COLUMN xact")
    with pytest.raises(TableMismatchError, match="earlier version; run `make schema`"):
        execute(settings, order("first", BY_KEY))
    apply_schema(connection, [PERFORMANCE])
    connection.commit()
    execute(settings, order("second", BY_KEY))
    assert execute(settings, order("third", BY_KEY, None)).stands_since == "second"
