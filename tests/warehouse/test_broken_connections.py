"""The connection breaks at each statement in turn: nothing of the driver's comes out, and the load is there once."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from psycopg2.extensions import connection as Connection  # noqa: N812

from tests.fixtures.loads import JANUARY, Lines, content, month_order, month_spec, row, run
from tests.fixtures.proxy import Breaks, breaking
from workflows.errors import CommitOutcomeUnknownError, ConnectionLostError, DataWarehouseLoaderError, WorkflowError
from workflows.plan.comparison import BatchShape
from workflows.settings import DatabaseSettings, get_settings
from workflows.warehouse import execution, retrying, table_check
from workflows.warehouse.__main__ import main
from workflows.warehouse.compare import compare
from workflows.warehouse.connection import connect
from workflows.warehouse.execution import LoadOrder, execute
from workflows.warehouse.loader import LoadDone

pytestmark = pytest.mark.long

BEFORE = (row(JANUARY, "P1", "0.01"), row(JANUARY, "P2"))
AFTER = (row(JANUARY, "P1", "0.02"), row(JANUARY, "P3"))
AFTER_ROWS = [("2024-01-01", "P1", "0.020000"), ("2024-01-01", "P3", "0.050000")]

LOADS: dict[str, Callable[[], LoadOrder]] = {
    "delete_insert": lambda: month_order("x", Lines(AFTER), 2),
    "append": lambda: month_order("x", Lines(AFTER), 2, "append"),
    "compared": lambda: LoadOrder(*vars_of(month_order("x", Lines(AFTER), 2)), shape=BatchShape()),
}


def vars_of(order: LoadOrder) -> tuple[Any, Any]:
    return order.statements, order.rows


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retrying, "_FIRST_WAIT_S", 0.01)


def settings(dsn: str, attempts: int = 3) -> DatabaseSettings:
    return DatabaseSettings.model_validate({"uri": dsn, "attempts": attempts})


def at_commit(_number: int, data: bytes) -> bool:
    return b"COMMIT\0" in data


def nth(at: int) -> Breaks:
    return lambda number, _data: number == at


def start_over(connection: Connection, mode: str) -> None:
    with connection.cursor() as cursor:
        # The server may still be at work for a loader whose connection was broken.
        cursor.execute(
            "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        cursor.execute("TRUNCATE performance, wdh_load, wdh_load_file")
    connection.commit()
    if mode != "append":
        run(connection, month_spec(JANUARY), *BEFORE)


def statements_of(database: str, work: Callable[[str], object]) -> int:
    with breaking(database) as proxy:
        work(proxy.dsn)
    return len(proxy.statements)


def load(dsn: str, kind: str, attempts: int = 3) -> LoadDone:
    return execute(settings(dsn, attempts), LOADS[kind]())


@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize("kind", LOADS)
def test_a_load_whose_connection_breaks_at_any_statement_is_there_once(
    connection: Connection, database: str, kind: str, before: bool
) -> None:
    start_over(connection, kind)
    count = statements_of(database, lambda dsn: load(dsn, kind))
    assert count > 15
    for at in range(count):
        start_over(connection, kind)
        with breaking(database, nth(at), before=before) as proxy:
            done = load(proxy.dsn, kind)
        assert proxy.broken.is_set()
        assert (done.effect.inserted, content(connection)) == (2, AFTER_ROWS), proxy.statements[-1]
        assert content(connection, "SELECT count(*) FROM wdh_load WHERE load_id = 'x'") == [("1",)]
        connection.rollback()


@pytest.mark.parametrize("kind", LOADS)
def test_a_load_tried_once_fails_with_an_error_of_ours_at_any_statement(
    connection: Connection, database: str, kind: str
) -> None:
    start_over(connection, kind)
    count = statements_of(database, lambda dsn: load(dsn, kind))
    for at in range(count):
        start_over(connection, kind)
        with breaking(database, nth(at)) as proxy:
            try:
                load(proxy.dsn, kind, attempts=1)
                assert b"COMMIT\0" in proxy.statements[-1]
            except WorkflowError as error:
                assert isinstance(error, ConnectionLostError), repr(error)
                assert b"COMMIT\0" not in proxy.statements[-1]


def test_a_comparison_whose_connection_breaks_at_any_statement_fails_with_an_error_of_ours(
    connection: Connection, database: str
) -> None:
    start_over(connection, "compared")

    def look(dsn: str) -> None:
        with closing(connect(settings(dsn))) as opened:
            compare(opened, LOADS["compared"]().statements, Lines(AFTER), BatchShape())

    for at in range(statements_of(database, look)):
        with (
            breaking(database, nth(at)) as proxy,
            contextlib.suppress(ConnectionLostError),
        ):
            look(proxy.dsn)
            # Nobody waits for what ends a comparison.
            assert proxy.statements[-1][5:] in (b"ROLLBACK\0", b'CLOSE "wdh_changes"\0')


def test_a_lost_answer_to_commit_is_looked_up_whatever_fails_after_it(connection: Connection, database: str) -> None:
    """What the attempt after it meets first is a table that somebody has changed meanwhile."""
    start_over(connection, "delete_insert")

    real = table_check.check_table

    def check(opened: Connection, spec: Any) -> None:
        if content(connection, "SELECT FROM wdh_load WHERE load_id = 'x'"):
            with connection.cursor() as cursor:
                cursor.execute("ALTER TABLE performance ADD note text")
            connection.commit()
        connection.rollback()
        real(opened, spec)

    with pytest.MonkeyPatch.context() as patch, breaking(database, at_commit) as proxy:
        patch.setattr(execution, "check_table", check)
        done = load(proxy.dsn, "delete_insert")
    assert (done.recovered, done.effect.inserted) == (True, 2)


def test_the_answer_to_the_last_attempts_commit_is_looked_up_too(connection: Connection, database: str) -> None:
    start_over(connection, "append")
    with breaking(database, at_commit) as proxy:
        assert load(proxy.dsn, "append", attempts=1).recovered


def test_a_commit_that_is_known_to_have_failed_is_in_doubt_no_more(connection: Connection, database: str) -> None:
    """The second attempt holds the lock and finds nothing: what fails after that is what is said."""
    start_over(connection, "append")
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE SEQUENCE tries; CREATE FUNCTION once() RETURNS trigger LANGUAGE plpgsql AS"
            " $$BEGIN IF nextval('public.tries') > 1 THEN RAISE 'once is enough'; END IF; RETURN NULL; END$$;"
            "CREATE TRIGGER once BEFORE INSERT ON performance FOR EACH STATEMENT EXECUTE FUNCTION once()"
        )
    connection.commit()
    with (
        breaking(database, at_commit, before=True) as proxy,
        pytest.raises(DataWarehouseLoaderError, match="once is enough") as caught,
    ):
        load(proxy.dsn, "append")
    assert type(caught.value) is DataWarehouseLoaderError


def test_a_commit_that_never_arrived_stays_in_doubt_when_nothing_is_tried_again(
    connection: Connection, database: str
) -> None:
    start_over(connection, "append")
    with (
        breaking(database, at_commit, before=True) as proxy,
        pytest.raises(CommitOutcomeUnknownError, match="load x; 尚未见到 / it is not there yet"),
    ):
        load(proxy.dsn, "append", attempts=1)


@pytest.mark.parametrize(
    "command", [["apply-schema"], ["history"], ["grant", "--role", "wdh_breaking"]], ids=lambda given: str(given[0])
)
def test_a_command_whose_connection_breaks_says_so_in_one_line(
    database: str,
    command: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)

    def give(dsn: str) -> int:
        monkeypatch.setenv("WDH_DATABASE__URI", dsn)
        get_settings.cache_clear()
        return main([*command, "--domain", "trustee_performance"])

    give(database)
    count = statements_of(database, give)
    capsys.readouterr()
    for at in range(count):
        with breaking(database, nth(at)) as proxy:
            code, said = give(proxy.dsn), capsys.readouterr().err
        assert (code, said.startswith("error: "), said.count("\n")) == (1, True, 1), said
    with closing(psycopg2.connect(database)) as connection, connection, connection.cursor() as cursor:
        cursor.execute("DROP OWNED BY wdh_breaking; DROP ROLE wdh_breaking" if command[0] == "grant" else "SELECT 1")
    get_settings.cache_clear()
