"""Loads of several tables in one transaction: all of them are there, or none, whatever happens at whichever point."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace

import psycopg2
import pytest
from psycopg2.extensions import connection as Connection  # noqa: N812

from tests.fixtures.halted_loads import Begin, halted_loads
from tests.fixtures.loads import JANUARY, Lines, content, month_order, month_spec, row, run
from tests.fixtures.plans import a_plan
from tests.fixtures.proxy import Breaks, breaking, losing_the_answer_to_commit
from tests.fixtures.tables import PERFORMANCE
from workflows.errors import (
    CommitOutcomeUnknownError,
    ConnectionLostError,
    DataWarehouseLoaderError,
    OtherWorkError,
    PlanError,
    PlanOutdatedError,
    TableMismatchError,
    WorkflowError,
)
from workflows.plan.comparison import BatchShape
from workflows.plan.load_spec import LoadSpec
from workflows.settings import DatabaseSettings
from workflows.warehouse import execution, retrying
from workflows.warehouse.compare import compare
from workflows.warehouse.connection import connect
from workflows.warehouse.execution import LoadOrder, execute, execute_together
from workflows.warehouse.loader import LoadDone
from workflows.warehouse.schema import apply_schema
from workflows.warehouse.table_check import check_table

pytestmark = pytest.mark.long

BEFORE = (row(JANUARY, "P1", "0.01"), row(JANUARY, "P2"))
AFTER = (row(JANUARY, "P1", "0.02"), row(JANUARY, "P3"))
BEFORE_ROWS = [("2024-01-01", "P1", "0.010000"), ("2024-01-01", "P2", "0.050000")]
AFTER_ROWS = [("2024-01-01", "P1", "0.020000"), ("2024-01-01", "P3", "0.050000")]
TABLES = ("performance", "income")
# income is loaded first: tables are locked by their names.
UNCOMMITTED = (
    *("income:copy", "income:lock", "income:delete", "income:ledger", "income:tidy"),
    *("performance:stage", "performance:copy", "performance:lock", "performance:insert", "performance:tidy", "commit"),
)


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retrying, "_FIRST_WAIT_S", 0.01)


@pytest.fixture
def loaded(connection: Connection) -> Connection:
    """Both tables hold two rows of January."""
    apply_schema(connection, [replace(PERFORMANCE, table="income")])
    connection.commit()
    for table in TABLES:
        run(connection, month_spec(JANUARY, table=table), *BEFORE)
    return connection


def orders(run_id: str = "x", tables: tuple[str, ...] = TABLES, lines: tuple[str, ...] = AFTER) -> list[LoadOrder]:
    return [month_order(f"{run_id}:{table}", Lines(lines), len(lines), table=table) for table in tables]


def settings(dsn: str, attempts: int = 3) -> DatabaseSettings:
    return DatabaseSettings.model_validate({"uri": dsn, "attempts": attempts})


def tables_of(connection: Connection) -> list[list[tuple[str, ...]]]:
    connection.rollback()
    return [content(connection, f"SELECT report_date, plan_code, return_rate FROM {table}") for table in TABLES]


def load_ids(connection: Connection) -> list[str]:
    return [found[0] for found in content(connection, "SELECT load_id FROM wdh_load WHERE load_id LIKE 'x:%'")]


def test_both_are_loaded_in_one_transaction_and_told_in_the_order_given(loaded: Connection, database: str) -> None:
    done = execute_together(settings(database), orders())
    assert tables_of(loaded) == [AFTER_ROWS, AFTER_ROWS]
    assert [(each.effect.deleted, each.effect.inserted) for each in done] == [(2, 2), (2, 2)]
    assert load_ids(loaded) == ["x:income", "x:performance"]
    assert content(loaded, "SELECT count(DISTINCT xmin::text) FROM wdh_load WHERE load_id LIKE 'x:%'") == [("1",)]


def test_a_run_that_loads_again_what_stands_changes_nothing(loaded: Connection, database: str) -> None:
    execute_together(settings(database), orders())
    again = execute_together(settings(database), orders("y"))
    assert [each.effect.unchanged for each in again] == [2, 2]


def test_the_session_says_the_run_and_not_one_of_its_loads(loaded: Connection, database: str) -> None:
    execute_together(settings(database), orders())
    found = content(loaded, "SELECT DISTINCT application FROM wdh_load WHERE load_id LIKE 'x:%'")
    assert found == [("workdatahub x",)]


@pytest.mark.parametrize("table", TABLES)
def test_what_one_table_refuses_leaves_the_other_as_it_was(loaded: Connection, database: str, table: str) -> None:
    with loaded.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} ADD CONSTRAINT small CHECK (plan_code <> 'P3')")
    loaded.commit()
    with pytest.raises(DataWarehouseLoaderError, match="small"):
        execute_together(settings(database), orders())
    assert tables_of(loaded) == [BEFORE_ROWS, BEFORE_ROWS]
    assert load_ids(loaded) == []


@pytest.mark.parametrize("table", TABLES)
def test_a_constraint_that_fails_at_commit_leaves_both_as_they_were(
    loaded: Connection, database: str, table: str
) -> None:
    with loaded.cursor() as cursor:
        cursor.execute("CREATE TABLE known (plan_code text PRIMARY KEY); INSERT INTO known VALUES ('P1'), ('P2')")
        cursor.execute(
            f"ALTER TABLE {table} ADD FOREIGN KEY (plan_code) REFERENCES known DEFERRABLE INITIALLY DEFERRED"
        )
    loaded.commit()
    with pytest.raises(DataWarehouseLoaderError):
        execute_together(settings(database), orders())
    assert tables_of(loaded) == [BEFORE_ROWS, BEFORE_ROWS]


def test_a_table_that_does_not_fit_is_found_before_the_other_is_touched(loaded: Connection, database: str) -> None:
    with loaded.cursor() as cursor:
        cursor.execute("ALTER TABLE performance DROP COLUMN data_source")
    loaded.commit()
    with pytest.raises(TableMismatchError, match="performance"):
        execute_together(settings(database), orders())
    assert tables_of(loaded) == [BEFORE_ROWS, BEFORE_ROWS]


@pytest.mark.parametrize("table", TABLES)
def test_one_that_moved_since_it_was_approved_stops_both(loaded: Connection, database: str, table: str) -> None:
    approved = []
    for order in orders():
        found = compare(loaded, order.statements, Lines(AFTER), BatchShape())
        approved.append(replace(order, shape=BatchShape(), approved=a_plan(comparison=found)))
    loaded.rollback()
    with loaded.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET return_rate = 0.03 WHERE plan_code = 'P1'")
    loaded.commit()
    with pytest.raises(PlanOutdatedError, match=r"0\.03"):
        execute_together(settings(database), approved)
    assert load_ids(loaded) == []
    assert ("2024-01-01", "P3", "0.050000") not in [*tables_of(loaded)[0], *tables_of(loaded)[1]]


def test_two_loads_of_one_table_are_no_one_transaction(loaded: Connection, database: str) -> None:
    twice = [*orders(tables=("performance",)), *orders("y", ("public.performance",))]
    with pytest.raises(PlanError, match="two loads of one transaction"):
        execute_together(settings(database), twice)
    assert tables_of(loaded) == [BEFORE_ROWS, BEFORE_ROWS]


# --- connections that break, processes that die


def nth(at: int) -> Breaks:
    return lambda number, _data: number == at


def start_over(connection: Connection) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        cursor.execute("TRUNCATE performance, income, wdh_load, wdh_load_file")
    connection.commit()
    for table in TABLES:
        run(connection, month_spec(JANUARY, table=table), *BEFORE)


def count_of_statements(database: str) -> int:
    with breaking(database) as proxy:
        execute_together(settings(proxy.dsn), orders())
    return len(proxy.statements)


@pytest.mark.parametrize("before", [True, False])
def test_a_connection_that_breaks_at_any_statement_leaves_both_loaded_once(
    loaded: Connection, database: str, before: bool
) -> None:
    for at in range(count_of_statements(database)):
        start_over(loaded)
        with breaking(database, nth(at), before=before) as proxy:
            done = execute_together(settings(proxy.dsn), orders())
        assert proxy.broken.is_set()
        assert [each.effect.inserted for each in done] == [2, 2]
        assert tables_of(loaded) == [AFTER_ROWS, AFTER_ROWS], proxy.statements[-1]
        assert load_ids(loaded) == ["x:income", "x:performance"]


def test_a_load_tried_once_is_there_whole_or_not_at_all(loaded: Connection, database: str) -> None:
    for at in range(count_of_statements(database)):
        start_over(loaded)
        with breaking(database, nth(at)) as proxy:
            try:
                execute_together(settings(proxy.dsn, attempts=1), orders())
            except WorkflowError as error:
                assert isinstance(error, ConnectionLostError), repr(error)
        found = tables_of(loaded)
        assert found in ([BEFORE_ROWS, BEFORE_ROWS], [AFTER_ROWS, AFTER_ROWS])
        assert len(load_ids(loaded)) == (2 if found[0] == AFTER_ROWS else 0)


def test_all_ledger_rows_are_looked_up_after_a_lost_commit(loaded: Connection, database: str) -> None:
    with losing_the_answer_to_commit(database) as dsn:
        done = execute_together(settings(dsn), orders())
    assert [each.recovered for each in done] == [True, True]
    assert tables_of(loaded) == [AFTER_ROWS, AFTER_ROWS]
    assert load_ids(loaded) == ["x:income", "x:performance"]


def test_a_lost_commit_that_cannot_be_looked_up_names_all_loads(
    loaded: Connection, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []

    def once(database: DatabaseSettings, load_id: str = "") -> Connection:
        opened.append(load_id)
        if len(opened) > 1:
            raise ConnectionLostError("the server is away")
        return connect(database, load_id)

    with losing_the_answer_to_commit(database) as dsn:
        monkeypatch.setattr(execution, "connect", once)
        with pytest.raises(CommitOutcomeUnknownError, match="x:performance, x:income"):
            execute_together(settings(dsn), orders())


def test_a_ledger_that_has_one_of_the_loads_alone_is_refused_naming_both(loaded: Connection, database: str) -> None:
    execute(settings(database), orders(tables=("income",))[0])
    with pytest.raises(OtherWorkError, match="has load x:income, but not x:performance"):
        execute_together(settings(database), orders())
    assert tables_of(loaded) == [BEFORE_ROWS, AFTER_ROWS]


@pytest.fixture
def begin(loaded: Connection, database: str) -> Iterator[Begin]:
    """Starts a process that loads both tables, and returns once it stands at its point."""
    with halted_loads(database, AFTER, load_id="x", ONE_LOAD_TABLES=",".join(TABLES)) as begin:
        yield begin


@pytest.mark.parametrize("point", UNCOMMITTED)
def test_a_process_killed_at_any_point_leaves_neither_table_changed(
    loaded: Connection, database: str, begin: Begin, point: str
) -> None:
    process = begin(point)
    process.kill()
    process.communicate()
    # Waits for the server to notice.
    execute_together(settings(database), orders("y", lines=BEFORE))
    assert load_ids(loaded) == []
    assert tables_of(loaded) == [BEFORE_ROWS, BEFORE_ROWS]


def test_a_process_killed_after_its_commit_leaves_both_loaded_and_is_recovered(
    loaded: Connection, database: str, begin: Begin
) -> None:
    process = begin("committed")
    process.kill()
    process.communicate()
    assert tables_of(loaded) == [AFTER_ROWS, AFTER_ROWS]
    assert [each.recovered for each in execute_together(settings(database), orders())] == [True, True]


def test_readers_see_neither_table_changed_until_both_are(loaded: Connection, database: str, begin: Begin) -> None:
    process = begin("commit")
    assert tables_of(loaded) == [BEFORE_ROWS, BEFORE_ROWS]
    process.communicate("go on\n", timeout=60)
    assert tables_of(loaded) == [AFTER_ROWS, AFTER_ROWS]


# --- runs at once


def test_runs_that_name_the_tables_in_either_order_never_wait_for_each_other(
    loaded: Connection, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    together = threading.Barrier(2)

    def meet(connection: Connection, spec: LoadSpec) -> None:
        # Both have begun before either holds a lock.
        check_table(connection, spec)
        together.wait(timeout=30)

    monkeypatch.setattr(execution, "check_table", meet)

    def load(number: int) -> list[LoadDone]:
        tables = TABLES if number % 2 else TABLES[::-1]
        lines = AFTER if number % 2 else (*AFTER, row(JANUARY, "P4"))
        return execute_together(settings(database, attempts=1), orders(f"r{number}", tables, lines))

    for number in range(0, 20, 2):
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(load, (number, number + 1)))
    found = tables_of(loaded)
    assert found[0] == found[1]
    assert content(loaded, "SELECT count(*) FROM wdh_load WHERE load_id LIKE 'r%'") == [("40",)]


def test_a_deadlock_with_somebody_else_is_tried_again(loaded: Connection, database: str, begin: Begin) -> None:
    process = begin("performance:lock")
    with closing(psycopg2.connect(database)) as other, other.cursor() as cursor:
        cursor.execute("SET deadlock_timeout = '60s'; LOCK TABLE performance IN SHARE ROW EXCLUSIVE MODE")
        waiting = threading.Thread(target=process.communicate, args=("go on\n",), daemon=True)
        waiting.start()
        # It waits for the loader, which waits for it and gives way after a second.
        cursor.execute("LOCK TABLE income IN SHARE ROW EXCLUSIVE MODE")
    waiting.join(timeout=60)
    assert tables_of(loaded) == [AFTER_ROWS, AFTER_ROWS]
