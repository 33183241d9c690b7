"""What the environment says of the database, as a session has it."""

from __future__ import annotations

from contextlib import closing

import psycopg2
import pytest
from psycopg2.extensions import parse_dsn

from tests.fixtures.loads import content
from workflows.errors import ConnectionFailedError
from workflows.settings import Settings
from workflows.warehouse import retrying
from workflows.warehouse.connection import connect

SAID = {
    "CONNECT_TIMEOUT": "7",
    "STATEMENT_TIMEOUT": "11",
    "IDLE_TIMEOUT": "13",
    "KEEPALIVES_IDLE": "14",
    "KEEPALIVES_INTERVAL": "15",
    "KEEPALIVES_COUNT": "16",
    "APPLICATION_NAME": "finance",
}


def test_a_session_is_as_the_environment_says(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {**SAID, "URI": database}.items():
        monkeypatch.setenv(f"WDH_DATABASE__{name}", value)
    with closing(connect(Settings().database)) as connection:
        shown = {
            name: content(connection, f"SHOW {name}")[0][0]
            for name in ("application_name", "statement_timeout", "idle_in_transaction_session_timeout")
        }
        parameters = connection.get_dsn_parameters()
    assert list(shown.values()) == ["finance", "11s", "13s"]
    names = ("connect_timeout", "keepalives_idle", "keepalives_interval", "keepalives_count")
    assert [parameters[name] for name in names] == ["7", "14", "15", "16"]


def test_a_database_can_be_given_in_parts(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    given = parse_dsn(database)
    parts = {"HOST": given["host"], "PORT": given.get("port", "5432"), "USER": given["user"], "DB": given["dbname"]}
    for name, value in {**parts, "PASSWORD": "p@ss word"}.items():
        monkeypatch.setenv(f"WDH_DATABASE__{name}", value)
    with closing(connect(Settings().database)) as connection:
        assert content(connection, "SELECT current_database(), current_user") == [(given["dbname"], given["user"])]
        assert connection.info.password == "p@ss word"


def test_a_server_that_is_away_is_tried_as_often_as_said(monkeypatch: pytest.MonkeyPatch) -> None:
    tries: list[str] = []

    def away(dsn: str, **_: object) -> None:
        tries.append(dsn)
        raise psycopg2.OperationalError("connection to server failed: Connection refused")

    monkeypatch.setattr(psycopg2, "connect", away)
    monkeypatch.setenv("WDH_DATABASE__URI", "postgresql://nowhere/d")
    monkeypatch.setenv("WDH_DATABASE__ATTEMPTS", "2")
    monkeypatch.setattr(retrying, "_FIRST_WAIT_S", 0.01)
    database = Settings().database
    with pytest.raises(ConnectionFailedError):
        retrying.retried(database, lambda: connect(database))
    assert len(tries) == 2
