from __future__ import annotations

import contextlib
import traceback
from typing import Any
from unittest.mock import MagicMock

import psycopg2
import pytest
from psycopg2.extensions import connection as Connection  # noqa: N812

from tests.fixtures.loads import content
from workflows.errors import (
    CommitOutcomeUnknownError,
    ConnectionFailedError,
    DatabaseNotConfiguredError,
    DataWarehouseLoaderError,
)
from workflows.settings import DatabaseSettings
from workflows.warehouse.connection import connect, describe, transaction

PASSWORD = "p@ss/w:rd%#?"


def settings(**values: Any) -> DatabaseSettings:
    return DatabaseSettings.model_validate(values)


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> MagicMock:
    """The connection that a mocked ``psycopg2.connect`` gives."""
    connection = MagicMock(closed=0)
    monkeypatch.setattr(psycopg2, "connect", MagicMock(return_value=connection))
    return connection


def use_connection(error: Exception | None = None) -> None:
    """What the task does around a load."""
    database = settings(uri="postgresql://u@h/d")
    with contextlib.closing(connect(database)) as connection, transaction(connection, "load"):
        if error is not None:
            raise error


def test_success_commits_and_closes(opened: MagicMock) -> None:
    use_connection()
    assert (opened.commit.call_count, opened.rollback.call_count, opened.close.call_count) == (1, 0, 1)


def test_a_failure_rolls_back_and_closes_and_comes_through(opened: MagicMock) -> None:
    with pytest.raises(KeyError):
        use_connection(KeyError("x"))
    assert (opened.commit.call_count, opened.rollback.call_count, opened.close.call_count) == (0, 1, 1)


def test_a_failing_commit_is_reported_and_the_connection_closed(opened: MagicMock) -> None:
    opened.commit.side_effect = psycopg2.IntegrityError("deferred")
    with pytest.raises(DataWarehouseLoaderError, match=r"commit: 数据库拒绝了此操作.*\nPostgreSQL: deferred"):
        use_connection()
    assert (opened.rollback.call_count, opened.close.call_count) == (1, 1)


def test_a_connection_lost_during_commit_says_that_the_outcome_is_unknown(opened: MagicMock) -> None:
    opened.commit.side_effect = psycopg2.OperationalError("server closed the connection unexpectedly")
    opened.closed = 2
    with pytest.raises(CommitOutcomeUnknownError, match="ledger"):
        use_connection()


def test_a_failing_rollback_does_not_hide_what_failed_before(opened: MagicMock) -> None:
    opened.rollback.side_effect = psycopg2.InterfaceError("connection already closed")
    with pytest.raises(KeyError):
        use_connection(KeyError("x"))


def test_a_deferred_constraint_that_fails_at_commit_leaves_nothing(connection: Connection) -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE t (a int UNIQUE DEFERRABLE INITIALLY DEFERRED)")
    connection.commit()
    with pytest.raises(DataWarehouseLoaderError, match="commit"), transaction(connection, "load"):
        connection.cursor().execute("INSERT INTO t VALUES (1), (1)")
    assert content(connection, "SELECT * FROM t") == []


def test_connections_are_read_committed_and_named(database_settings: DatabaseSettings) -> None:
    with contextlib.closing(connect(database_settings, "load-1")) as connection:
        found = [content(connection, f"SHOW {name}")[0][0] for name in ("transaction_isolation", "application_name")]
    assert found == ["read committed", "workdatahub load-1"]


@pytest.mark.parametrize("uri", ["postgresql://u@h/d", "host=h dbname=d", "service=warehouse"])
def test_every_form_of_connection_string_gets_a_timeout(opened: MagicMock, uri: str) -> None:
    connect(settings(uri=uri))
    [call] = psycopg2.connect.call_args_list  # type: ignore[attr-defined]
    assert (call.args, call.kwargs["connect_timeout"]) == ((uri,), "10")


def test_a_timeout_in_the_connection_string_wins(opened: MagicMock) -> None:
    connect(settings(uri="postgresql://u@h/d?connect_timeout=3"))
    [call] = psycopg2.connect.call_args_list  # type: ignore[attr-defined]
    assert "connect_timeout" not in call.kwargs


def test_an_unreachable_server_is_named_without_the_password() -> None:
    # Port 9 (discard) is closed on any machine that runs tests.
    database = settings(host="127.0.0.1", port=9, user="loader", password=PASSWORD, db="dw")
    with pytest.raises(ConnectionFailedError, match=r"loader@127\.0\.0\.1:9/dw: 没有服务器应答") as caught:
        connect(database)
    assert PASSWORD not in "".join(traceback.format_exception(caught.value))


def test_a_password_in_the_driver_s_message_is_masked(monkeypatch: pytest.MonkeyPatch) -> None:
    failing = MagicMock(side_effect=psycopg2.OperationalError(f"bad password {PASSWORD}"))
    monkeypatch.setattr(psycopg2, "connect", failing)
    with pytest.raises(ConnectionFailedError) as caught:
        connect(settings(host="h", user="u", password=PASSWORD, db="d"))
    assert PASSWORD not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize(
    "password", ["se@cret", "se/cret@", "12/se@cret", "se?cret", "se#cret/@", "se%cret", "%zzsecret"]
)
def test_an_unencoded_password_is_refused_without_showing_any_of_it(password: str) -> None:
    with pytest.raises(ConnectionFailedError) as caught:
        connect(settings(uri=f"postgresql://user:{password}@127.0.0.1:9/dw"))
    assert "cret" not in "".join(traceback.format_exception(caught.value))


def test_no_database_is_an_error_that_names_the_choices() -> None:
    with pytest.raises(DatabaseNotConfiguredError, match="embedded:<dir>"):
        connect(settings())


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({"uri": "postgresql://user:secret@host:5433/dw?sslmode=require"}, "postgresql://user@host:5433/dw"),
        ({"host": "host", "user": "u", "password": PASSWORD, "db": "d"}, "postgresql://u@host:5432/d"),
        ({"uri": "service=warehouse"}, "service=warehouse"),
        ({"uri": "embedded:./pg"}, "embedded:pg"),
        ({}, "no database"),
    ],
)
def test_a_database_is_described_without_its_password(values: dict[str, Any], text: str) -> None:
    assert describe(settings(**values)) == text
