"""Nothing waits without end: not for a lock, not for a statement, not for a loader that has stopped."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import psycopg2
import pytest
from psycopg2.extensions import connection as Connection  # noqa: N812

from tests.fixtures.halted_loads import halted_loads
from tests.fixtures.loads import JANUARY, Lines, content, month_order, row
from tests.fixtures.proxy import breaking
from workflows.errors import DataWarehouseLoaderError, LockTimeoutError
from workflows.plan.comparison import BatchShape
from workflows.settings import DatabaseSettings, get_settings
from workflows.warehouse import retrying
from workflows.warehouse.__main__ import main
from workflows.warehouse.compare import compare
from workflows.warehouse.connection import connect, transaction
from workflows.warehouse.execution import execute
from workflows.warehouse.loader import carry_out

LINES = (row(JANUARY, "P1"), row(JANUARY, "P2"))


def settings(dsn: str, **changes: object) -> DatabaseSettings:
    return DatabaseSettings.model_validate({"uri": dsn, **changes})


@pytest.fixture
def _held(database: str) -> Iterator[None]:
    """Somebody keeps everybody out of the tables."""
    with closing(psycopg2.connect(database, application_name="VACUUM FULL")) as other, other.cursor() as cursor:
        cursor.execute("LOCK TABLE performance, wdh_load, wdh_load_file, trustee_performance IN ACCESS EXCLUSIVE MODE")
        # What makes tables waits for others who make them.
        cursor.execute("SELECT pg_advisory_xact_lock(7238204011)")
        yield


@pytest.mark.usefixtures("_held")
def test_a_load_does_not_wait_for_the_ledger_without_end(database: str) -> None:
    with pytest.raises(LockTimeoutError, match="held by VACUUM FULL"):
        execute(settings(database, lock_timeout=1), month_order("x", Lines(LINES), 2))


def test_a_host_waits_for_another_of_its_run_however_long_that_holds_the_table(
    database: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Another host's load is no failure of this one: what it commits is what this one reports."""
    monkeypatch.setattr(retrying, "_FIRST_WAIT_S", 0.01)
    order = month_order("x", Lines(LINES), 2, lock_timeout_ms=50)
    with ThreadPoolExecutor(1) as pool, closing(connect(settings(database), "x")) as other:
        with transaction(other, "load", "performance"):
            carry_out(other, order.statements, order.rows.copy_chunks())
            waiting = pool.submit(execute, settings(database, attempts=1), order)
            while "attempt 3 failed" not in caplog.text:
                assert not waiting.done()
                time.sleep(0.01)
        done = waiting.result(60)
    assert (done.recovered, done.effect.inserted) == (True, 2)


@pytest.mark.usefixtures("_held")
@pytest.mark.parametrize("may_stage", ["on", "off"])
def test_a_comparison_does_not_wait_without_end(database: str, may_stage: str) -> None:
    """Staged, and through arrays, as where no temporary table may be created."""
    statements = month_order("x", Lines(LINES), 2, lock_timeout_ms=1000).statements
    with closing(connect(settings(database, lock_timeout=1))) as opened:
        with transaction(opened, "set"), opened.cursor() as cursor:
            cursor.execute(f"SET default_transaction_read_only = {'off' if may_stage == 'on' else 'on'}")
        with pytest.raises(LockTimeoutError, match="held by VACUUM FULL"):
            compare(opened, statements, Lines(LINES), BatchShape())


@pytest.mark.usefixtures("_held")
@pytest.mark.parametrize(
    "command", [["apply-schema"], ["history"], ["grant", "--role", "wdh_waiting"]], ids=["schema", "history", "grant"]
)
def test_a_command_does_not_wait_without_end(
    database: str, command: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WDH_DATABASE__URI", database)
    monkeypatch.setenv("WDH_DATABASE__LOCK_TIMEOUT", "1")
    get_settings.cache_clear()
    code = main([*command, "--domain", "trustee_performance"])
    get_settings.cache_clear()
    assert (code, "另一个会话占用此表" in capsys.readouterr().err) == (1, True)


def test_a_statement_is_limited_from_the_first(database: str) -> None:
    began = time.monotonic()
    with (
        closing(connect(settings(database, statement_timeout=1))) as opened,
        pytest.raises(DataWarehouseLoaderError, match="STATEMENT_TIMEOUT"),
        transaction(opened, "sleep"),
    ):
        opened.cursor().execute("SELECT pg_sleep(60)")
    assert time.monotonic() - began < 3


def test_nothing_comes_before_the_limits(database: str) -> None:
    with breaking(database) as proxy, closing(connect(settings(proxy.dsn))):
        assert b"SET lock_timeout = '30s'" in proxy.statements[0]


def test_limits_outlive_a_transaction_that_was_rolled_back(database: str) -> None:
    with closing(connect(settings(database, lock_timeout=7))) as opened:
        opened.rollback()
        assert content(opened, "SHOW lock_timeout") == [("7s",)]


def test_options_of_the_connection_string_are_kept(database: str) -> None:
    with closing(connect(settings(f"{database} options='-c work_mem=5MB'"))) as opened:
        assert content(opened, "SHOW work_mem") == [("5MB",)]


def test_a_loader_that_has_stopped_gives_the_lock_back_and_loads_when_it_goes_on(
    connection: Connection, database: str
) -> None:
    with halted_loads(database, LINES, ONE_LOAD_SETTINGS=json.dumps({"idle_timeout": 1})) as begin:
        stopped = begin("delete")
        began = time.monotonic()
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '5s'; LOCK TABLE performance IN SHARE ROW EXCLUSIVE MODE")
        assert time.monotonic() - began < 4
        connection.rollback()
        out, _ = stopped.communicate("go on\n", timeout=60)
    assert out.startswith("done: recovered False, deleted 0, inserted 2")
