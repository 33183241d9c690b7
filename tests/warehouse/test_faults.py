"""Every fault at every interesting point: the table is as before or as loaded, and never in between."""

from __future__ import annotations

import re
import subprocess
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from psycopg2.extensions import connection as Connection  # noqa: N812

from tests.fixtures.halted_loads import Begin, halted_loads
from tests.fixtures.loads import FEBRUARY, JANUARY, Lines, content, month_order, month_spec, row, run, workbook
from tests.fixtures.proxy import losing_the_answer_to_commit
from tests.fixtures.tables import PERFORMANCE
from workflows.errors import CommitOutcomeUnknownError, ConnectionFailedError, DataWarehouseLoaderError
from workflows.plan.sql import load_statements
from workflows.settings import DatabaseSettings
from workflows.warehouse import embedded, execution, retrying
from workflows.warehouse.connection import connect
from workflows.warehouse.execution import LoadOrder, execute
from workflows.warehouse.loader import LoadDone
from workflows.warehouse.schema import apply_schema

BEFORE = (row(JANUARY, "P1", "0.01"), row(JANUARY, "P2"))
AFTER = (row(JANUARY, "P1", "0.02"), row(JANUARY, "P3"))
BEFORE_ROWS = [("2024-01-01", "P1", "0.010000"), ("2024-01-01", "P2", "0.050000")]
AFTER_ROWS = [("2024-01-01", "P1", "0.020000"), ("2024-01-01", "P3", "0.050000")]
UNCOMMITTED = ("stage", "copying", "lock", "delete", "ledger", "commit")


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retrying, "_FIRST_WAIT_S", 0.01)


@pytest.fixture
def begin(database: str) -> Iterator[Begin]:
    """Starts a loader process and returns once it stands at its point."""
    with halted_loads(database, AFTER) as begin:
        yield begin


def finish(process: subprocess.Popen[str]) -> str:
    out, _ = process.communicate("go on\n", timeout=60)
    return out.strip()


def load_again(database: str, lines: Sequence[str] = AFTER, load_id: str = "fault-y", **changes: str) -> LoadDone:
    return execute(settings(database), month_order(load_id, Lines(lines), len(lines), **changes))


def settings(database: str, attempts: int = 3) -> DatabaseSettings:
    return DatabaseSettings.model_validate({"uri": database, "attempts": attempts})


def load_ids(connection: Connection) -> list[str]:
    return [row[0] for row in content(connection, "SELECT load_id FROM wdh_load WHERE load_id LIKE 'fault-_'")]


@pytest.mark.parametrize("point", UNCOMMITTED)
def test_a_loader_killed_before_its_commit_leaves_the_table_as_it_was(
    connection: Connection, database: str, begin: Begin, point: str
) -> None:
    run(connection, month_spec(JANUARY), *BEFORE)
    begin(point).kill()
    assert (content(connection), load_ids(connection)) == (BEFORE_ROWS, [])
    connection.rollback()
    load_again(database)
    assert (content(connection), load_ids(connection)) == (AFTER_ROWS, ["fault-y"])


def test_a_loader_killed_after_its_commit_has_loaded_and_a_second_run_changes_nothing(
    connection: Connection, database: str, begin: Begin
) -> None:
    run(connection, month_spec(JANUARY), *BEFORE)
    begin("committed").kill()
    assert content(connection) == AFTER_ROWS
    connection.rollback()
    done = load_again(database)
    assert (done.effect.deleted, done.effect.inserted, done.effect.unchanged) == (0, 0, 2)


def test_an_append_killed_after_its_commit_is_not_appended_twice(
    connection: Connection, database: str, begin: Begin
) -> None:
    begin("committed", mode="append").kill()
    done = load_again(database, mode="append")
    assert (done.left_out, done.effect.inserted) == ([("2024-01.xlsx", "受托业绩")], 0)
    assert content(connection) == AFTER_ROWS


@pytest.mark.parametrize("point", UNCOMMITTED)
def test_a_loader_whose_connection_is_broken_loads_once_after_all(
    connection: Connection, begin: Begin, point: str
) -> None:
    run(connection, month_spec(JANUARY), *BEFORE)
    process = begin(point)
    terminate(connection)
    assert finish(process) == "done: recovered False, deleted 2, inserted 2"
    assert (content(connection), load_ids(connection)) == (AFTER_ROWS, ["fault-x"])


def terminate(connection: Connection) -> None:
    """Break every loader's connection."""
    content(
        connection,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND application_name LIKE 'workdatahub fault-%'",
    )
    connection.rollback()


def test_a_connection_broken_during_commit_is_looked_up_and_loaded_once(connection: Connection, database: str) -> None:
    run(connection, month_spec(JANUARY), *BEFORE)
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS"
            " 'BEGIN PERFORM pg_advisory_xact_lock_shared(7); RETURN NULL; END';"
            "CREATE CONSTRAINT TRIGGER slow_commit AFTER INSERT ON performance DEFERRABLE INITIALLY DEFERRED"
            " FOR EACH ROW EXECUTE FUNCTION wait()"
        )
    connection.commit()
    with ThreadPoolExecutor(1) as pool, closing(psycopg2.connect(database)) as gate:
        content(gate, "SELECT pg_advisory_lock(7)")
        loading = pool.submit(load_again, database)
        while not content(
            connection, "SELECT FROM pg_stat_activity WHERE query = 'COMMIT' AND wait_event = 'advisory'"
        ):
            connection.rollback()
            assert not loading.done()
        terminate(connection)
        content(gate, "SELECT pg_advisory_unlock(7)")
        done = loading.result(timeout=60)
    assert (done.recovered, done.effect.inserted) == (False, 2)
    assert (content(connection), load_ids(connection)) == (AFTER_ROWS, ["fault-y"])


@pytest.mark.parametrize("mode", ["delete_insert", "append"])
def test_a_commit_whose_answer_is_lost_is_found_in_the_ledger(connection: Connection, database: str, mode: str) -> None:
    with losing_the_answer_to_commit(database) as proxy:
        done = load_again(proxy, mode=mode)
    assert (done.recovered, done.effect.inserted) == (True, 2)
    assert (content(connection), load_ids(connection)) == (AFTER_ROWS, ["fault-y"])


def test_an_attempt_that_committed_while_the_lock_was_waited_for_is_found_under_it(
    connection: Connection, database: str, begin: Begin
) -> None:
    waiting = begin("lock")
    load_again(database, load_id="fault-x")
    assert finish(waiting) == "done: recovered True, deleted 0, inserted 2"
    assert (content(connection), load_ids(connection)) == (AFTER_ROWS, ["fault-x"])


def test_a_commit_in_doubt_says_so_when_the_ledger_cannot_be_asked(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = iter([connect])

    def connect_once(*arguments: object) -> Connection:
        failure = ConnectionFailedError("cannot connect: Connection refused")
        failure.retriable = True
        connect_now = next(opened, None)
        if connect_now is None:
            raise failure
        return connect_now(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(execution, "connect", connect_once)
    with losing_the_answer_to_commit(database) as proxy, pytest.raises(CommitOutcomeUnknownError, match="fault-y"):
        load_again(proxy)


def test_a_commit_that_fails_leaves_the_table_as_it_was(connection: Connection, database: str) -> None:
    run(connection, month_spec(JANUARY), *BEFORE)
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE 'not today'; END$$;"
            "CREATE CONSTRAINT TRIGGER late AFTER INSERT ON performance DEFERRABLE INITIALLY DEFERRED"
            " FOR EACH ROW EXECUTE FUNCTION refuse()"
        )
    connection.commit()
    with pytest.raises(DataWarehouseLoaderError, match=r"commit: 数据库中的触发器.*\nPostgreSQL: not today"):
        load_again(database)
    assert (content(connection), load_ids(connection)) == (BEFORE_ROWS, [])


def fail_at_first(connection: Connection, sqlstate: str) -> None:
    """The table's first two inserts fail; a sequence counts them, as it survives a rollback."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE SEQUENCE tries; CREATE FUNCTION shaky() RETURNS trigger LANGUAGE plpgsql SET search_path = public"
            f" AS $$BEGIN"
            f" IF nextval('tries') < 3 THEN RAISE EXCEPTION USING ERRCODE = '{sqlstate}', MESSAGE = 'again'; END IF;"
            f" RETURN NULL; END$$;"
            f"CREATE TRIGGER shaky BEFORE INSERT ON performance FOR EACH STATEMENT EXECUTE FUNCTION shaky()"
        )
    connection.commit()


@pytest.mark.parametrize("sqlstate", ["40001", "40P01", "57P01", "08006"])
def test_what_passes_is_tried_again(connection: Connection, database: str, sqlstate: str) -> None:
    fail_at_first(connection, sqlstate)
    load_again(database)
    assert (content(connection), content(connection, "SELECT last_value FROM tries")) == (AFTER_ROWS, [("3",)])


@pytest.mark.parametrize("sqlstate", ["23514", "42501", "57014", "53100"])
def test_what_does_not_pass_is_tried_once(connection: Connection, database: str, sqlstate: str) -> None:
    fail_at_first(connection, sqlstate)
    with pytest.raises(DataWarehouseLoaderError):
        load_again(database)
    assert content(connection, "SELECT last_value FROM tries") == [("1",)]


def test_attempts_are_bounded(connection: Connection, database: str) -> None:
    fail_at_first(connection, "40001")
    with pytest.raises(DataWarehouseLoaderError, match="again"):
        execute(settings(database, attempts=2), month_order("fault-y", Lines(AFTER), 2))
    assert content(connection, "SELECT last_value FROM tries") == [("2",)]


@pytest.mark.parametrize("loaders", [2, 8])
def test_loaders_of_one_month_end_as_if_one_came_after_the_other(
    connection: Connection, database: str, loaders: int
) -> None:
    barrier = threading.Barrier(loaders)

    def one(number: int) -> None:
        barrier.wait()
        load_again(database, [row(JANUARY, "P1", f"0.0{number}"), row(JANUARY, f"P{number}x")], f"load-{number}")

    with ThreadPoolExecutor(loaders) as pool:
        list(pool.map(one, range(1, loaders + 1)))
    ((last,),) = content(connection, "SELECT load_id FROM wdh_load ORDER BY sequence DESC LIMIT 1")
    number = last.removeprefix("load-")
    assert content(connection, "SELECT plan_code, return_rate FROM performance") == [
        ("P1", f"0.0{number}0000"),
        (f"P{number}x", "0.050000"),
    ]


@pytest.mark.parametrize("loaders", [2, 8])
def test_loaders_of_different_months_all_arrive(connection: Connection, database: str, loaders: int) -> None:
    months = [JANUARY.replace(month=number) for number in range(1, loaders + 1)]

    def one(number: int) -> None:
        month = months[number]
        spec = month_spec(month, files=(workbook(f"{number}.xlsx", month),))
        order = month_order(f"load-{number}", Lines([row(month, "P1"), row(month, "P2")]), 2)
        execute(settings(database), LoadOrder(load_statements(spec, order.statements.entry), order.rows))

    with ThreadPoolExecutor(loaders) as pool:
        list(pool.map(one, range(loaders)))
    assert content(connection, "SELECT report_date, plan_code FROM performance") == sorted(
        (str(month), code) for month in months for code in ("P1", "P2")
    )


def test_a_foreign_update_while_a_batch_is_staged_is_seen_by_the_load(connection: Connection, begin: Begin) -> None:
    run(connection, month_spec(JANUARY), *BEFORE)
    process = begin("lock")
    content(connection, "UPDATE performance SET return_rate = 0.09 RETURNING 1")
    content(connection, "INSERT INTO performance VALUES ('2024-02-01', 'P1', 0.03, 'foreign') RETURNING 1")
    connection.commit()
    finish(process)
    assert content(connection) == [*AFTER_ROWS, (str(FEBRUARY), "P1", "0.030000")]


def test_a_foreign_update_under_way_is_waited_for(connection: Connection, database: str, begin: Begin) -> None:
    run(connection, month_spec(JANUARY), *BEFORE)
    process = begin("lock")
    content(connection, "UPDATE performance SET return_rate = 0.09 RETURNING 1")
    with closing(psycopg2.connect(database)) as other, ThreadPoolExecutor(1) as pool:
        finishing = pool.submit(finish, process)
        while not content(other, "SELECT FROM pg_locks WHERE NOT granted"):
            other.rollback()
            assert not finishing.done()
        connection.commit()
        assert finishing.result().startswith("done")
    assert content(connection) == AFTER_ROWS


def test_a_server_that_stops_under_a_load_is_named_and_loses_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "server"
    with embedded.running_server(folder) as dsn, closing(psycopg2.connect(dsn)) as opened:
        apply_schema(opened, [PERFORMANCE])
        run(opened, month_spec(JANUARY), *BEFORE)

    class Stopping:
        def copy_chunks(self) -> Iterator[bytes]:
            yield f"{AFTER[0]}\n".encode()
            embedded.stop(folder)
            yield f"{AFTER[1]}\n".encode()

    embedded.start(folder)
    with pytest.raises(DataWarehouseLoaderError, match=f"{re.escape(str(folder))} is not running|lost|closed"):
        database = DatabaseSettings.model_validate({"uri": f"embedded:{folder}"})
        execute(database, month_order("fault-y", Stopping(), 2))
    with embedded.running_server(folder) as dsn, closing(psycopg2.connect(dsn)) as opened:
        assert (content(opened), load_ids(opened)) == (BEFORE_ROWS, [])
    embedded.discard(folder)


def test_a_server_that_is_away_for_a_moment_is_waited_for(
    connection: Connection, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = iter([psycopg2.OperationalError("connection to server failed: Connection refused")] * 2)
    real = psycopg2.connect

    def reluctant(*arguments: Any, **options: Any) -> Any:
        if (error := next(answers, None)) is not None:
            raise error
        return real(*arguments, **options)

    monkeypatch.setattr(psycopg2, "connect", reluctant)
    load_again(database)
    assert content(connection) == AFTER_ROWS


def test_a_login_that_is_refused_is_not_tried_again(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    tries: list[int] = []

    def refuse(*_: str, **__: str) -> Connection:
        tries.append(1)
        raise psycopg2.OperationalError('FATAL:  password authentication failed for user "loader"')

    monkeypatch.setattr(psycopg2, "connect", refuse)
    with pytest.raises(ConnectionFailedError):
        load_again(database)
    assert len(tries) == 1
