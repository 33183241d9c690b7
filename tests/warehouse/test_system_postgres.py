"""The system's PostgreSQL: TLS, passwords from files, services, and the loads that the embedded one also does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import psycopg2
import pytest
from psycopg2.extensions import connection as Connection  # noqa: N812
from psycopg2.extensions import make_dsn

from tests.fixtures.loads import JANUARY, content, counts, look, month_spec, row, run, workbook
from tests.fixtures.system_postgres import PASSWORD, SystemServer
from tests.fixtures.tables import PERFORMANCE
from workflows.errors import ConnectionFailedError
from workflows.settings import DatabaseSettings
from workflows.warehouse.connection import connect
from workflows.warehouse.schema import apply_schema

BEFORE = (row(JANUARY, "P1", "0.01"), row(JANUARY, "P2"), row(JANUARY, "P3"))
AFTER = (row(JANUARY, "P1", "0.02"), row(JANUARY, "P2"), row(JANUARY, "P4"))


@pytest.fixture
def system_connection(system_postgres: SystemServer) -> Iterator[Connection]:
    with closing(psycopg2.connect(system_postgres.dsn)) as admin:
        admin.autocommit = True
        with admin.cursor() as cursor:
            cursor.execute("CREATE DATABASE system_test")
            with closing(psycopg2.connect(make_dsn(system_postgres.dsn, dbname="system_test"))) as connection:
                apply_schema(connection, [PERFORMANCE])
                connection.commit()
                yield connection
            cursor.execute("DROP DATABASE system_test WITH (FORCE)")


def ask(uri: str, **settings: object) -> tuple[str, ...]:
    """Who we are, and by what encryption."""
    with closing(connect(DatabaseSettings.model_validate({"uri": uri, **settings}))) as connection:
        query = "SELECT session_user, version FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
        (found,) = content(connection, query)
        return tuple(found)


def test_a_restated_month_loads_as_it_was_compared(system_connection: Connection) -> None:
    spec = month_spec(JANUARY, files=(workbook(),))
    run(system_connection, month_spec(JANUARY), *BEFORE)
    found = look(system_connection, spec, *AFTER)
    assert (found.effect.added, found.effect.changed, found.effect.removed, found.effect.unchanged) == (1, 1, 1, 1)
    assert counts(run(system_connection, spec, *AFTER)) == (2, 2, 1)


def test_a_workbook_is_appended_once(system_connection: Connection) -> None:
    spec = month_spec(JANUARY, mode="append", files=(workbook(),))
    assert counts(run(system_connection, spec, *BEFORE)) == (0, 3, 0)
    assert counts(run(system_connection, spec, *BEFORE)) == (0, 0, 0)


def test_a_password_is_found_in_a_pgpass_file(
    system_postgres: SystemServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    passwords = tmp_path / "pgpass"
    escaped = PASSWORD.replace(":", r"\:")
    passwords.write_text(f"127.0.0.1:{system_postgres.port}:*:loader:{escaped}\n")
    passwords.chmod(0o600)
    monkeypatch.setenv("PGPASSFILE", str(passwords))
    assert ask(f"postgresql://loader@127.0.0.1:{system_postgres.port}/postgres")[0] == "loader"


@pytest.mark.parametrize("uri", ["service=warehouse", "postgresql://"])
def test_a_service_says_where_the_database_is(
    system_postgres: SystemServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, uri: str
) -> None:
    services = tmp_path / "pg_service.conf"
    services.write_text(
        f"[warehouse]\nhost=127.0.0.1\nport={system_postgres.port}\ndbname=postgres\nuser=loader\npassword={PASSWORD}\n"
    )
    monkeypatch.setenv("PGSERVICEFILE", str(services))
    if uri == "postgresql://":
        monkeypatch.setenv("PGSERVICE", "warehouse")
    assert ask(uri)[0] == "loader"


def address(server: SystemServer, password: str = PASSWORD, **parameters: str) -> str:
    options = "&".join(f"{name}={quote(value, safe='')}" for name, value in parameters.items())
    return f"postgresql://loader:{quote(password, safe='')}@127.0.0.1:{server.port}/postgres?{options}"


@pytest.mark.parametrize("mode", ["require", "verify-ca", "verify-full"])
def test_tls_is_used_and_the_certificate_checked(system_postgres: SystemServer, mode: str) -> None:
    uri = address(system_postgres, sslmode=mode, sslrootcert=str(system_postgres.certificate))
    assert ask(uri)[1].startswith("TLSv1.")


def test_tls_can_be_asked_for_by_the_environment(
    system_postgres: SystemServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGSSLMODE", "verify-full")
    monkeypatch.setenv("PGSSLROOTCERT", str(system_postgres.certificate))
    settings = {"host": "127.0.0.1", "port": system_postgres.port, "user": "loader", "password": PASSWORD}
    with closing(connect(DatabaseSettings.model_validate({**settings, "db": "postgres"}))) as connection:
        assert content(connection, "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()") == [("True",)]


def test_a_certificate_that_nobody_vouches_for_is_refused(system_postgres: SystemServer, tmp_path: Path) -> None:
    with pytest.raises(ConnectionFailedError, match="certificate"):
        ask(address(system_postgres, sslmode="verify-full", sslrootcert=str(tmp_path / "none.crt")))


def test_a_wrong_password_is_refused_for_good_and_never_shown(system_postgres: SystemServer) -> None:
    with pytest.raises(ConnectionFailedError) as caught:
        ask(address(system_postgres, password="geheim%41"))
    assert (caught.value.retriable, "geheim" in str(caught.value)) == (False, False)
