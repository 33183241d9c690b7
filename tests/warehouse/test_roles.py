from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg2
import pytest
from psycopg2.errors import InsufficientPrivilege
from psycopg2.extensions import connection as Connection  # noqa: N812
from psycopg2.extensions import make_dsn

from tests.fixtures.loads import JANUARY, Lines, content, look, month_order, month_spec, row, run
from tests.fixtures.runs import Office
from workflows.errors import DataWarehouseLoaderError
from workflows.settings import DatabaseSettings
from workflows.warehouse.connection import connect
from workflows.warehouse.execution import execute
from workflows.warehouse.roles import grant_role

BEFORE = (row(JANUARY, "P1", "0.01"), row(JANUARY, "P2"))
AFTER = (row(JANUARY, "P1", "0.02"), row(JANUARY, "P3"))


@pytest.fixture
def as_role(connection: Connection, database: str) -> Iterator[str]:
    """A role's own way into the database; nobody may do anything there that was not granted."""
    run(connection, month_spec(JANUARY), *BEFORE)
    name = connection.info.dbname
    role = f"role of {name}"
    with connection.cursor() as cursor:
        cursor.execute(f"REVOKE ALL ON DATABASE {name} FROM PUBLIC; REVOKE ALL ON SCHEMA public FROM PUBLIC")
        connection.commit()
        yield make_dsn(database, user=role)
        cursor.execute(f'DROP OWNED BY "{role}"; DROP ROLE "{role}"')
    connection.commit()


def granted(connection: Connection, dsn: str, *, read_only: bool = False) -> DatabaseSettings:
    role = f"role of {connection.info.dbname}"
    grant_role(connection, role, "performance", read_only=read_only)
    connection.commit()
    return DatabaseSettings.model_validate({"uri": dsn})


@pytest.mark.parametrize("mode", ["delete_insert", "append"])
def test_the_loaders_role_can_load(connection: Connection, as_role: str, mode: str) -> None:
    database = granted(connection, as_role)
    lines = AFTER if mode == "delete_insert" else [row(JANUARY, "P8"), row(JANUARY, "P9")]
    done = execute(database, month_order("load-x", Lines(lines), 2, mode))
    assert done.effect.inserted == 2
    assert ("load-x", f"role of {connection.info.dbname}") in content(
        connection, "SELECT load_id, db_user FROM wdh_load"
    )


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE performance SET return_rate = 0",
        "TRUNCATE performance",
        "DROP TABLE performance",
        "ALTER TABLE performance ADD note text",
        "CREATE TABLE mine (a int)",
        "DELETE FROM wdh_load",
        "UPDATE wdh_load SET outcome = 'unchanged'",
        "DELETE FROM wdh_load_file",
    ],
)
def test_the_loaders_role_can_do_nothing_else(connection: Connection, as_role: str, statement: str) -> None:
    granted(connection, as_role)
    with closing(psycopg2.connect(as_role)) as loader, loader.cursor() as cursor, pytest.raises(InsufficientPrivilege):
        cursor.execute(statement)


LEDGER_ROW = (
    "INSERT INTO wdh_load (load_id, plan_id, domain, table_name, mode, primary_key, merge_key, snapshot, outcome, via,"
    " records, deleted, inserted, unchanged{column}) VALUES"
    " ('forged', 'p', 'd', 't', 'append', '{{}}', '{{}}', 's', 'loaded', 'me', 0, 0, 0, 0{value})"
)


def test_the_loaders_role_can_add_to_the_ledger_as_itself(connection: Connection, as_role: str) -> None:
    granted(connection, as_role)
    with closing(psycopg2.connect(as_role)) as loader, loader.cursor() as cursor:
        cursor.execute("SELECT nextval('wdh_load_sequence_seq')")
        cursor.execute(LEDGER_ROW.format(column="", value=""))


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("committed_at", "'2001-01-01'"),
        ("db_user", "'somebody'"),
        ("client_address", "'10.0.0.1'"),
        ("application", "'psql'"),
        ("sequence", "1"),
        ("committed_at", "DEFAULT"),
    ],
)
def test_the_loaders_role_cannot_forge_when_by_whom_or_as_which_a_load_came(
    connection: Connection, as_role: str, column: str, value: str
) -> None:
    granted(connection, as_role)
    with closing(psycopg2.connect(as_role)) as loader, loader.cursor() as cursor, pytest.raises(InsufficientPrivilege):
        cursor.execute(LEDGER_ROW.format(column=f", {column}", value=f", {value}"))


def test_the_loaders_role_cannot_set_the_ledgers_sequence(connection: Connection, as_role: str) -> None:
    granted(connection, as_role)
    with closing(psycopg2.connect(as_role)) as loader, loader.cursor() as cursor, pytest.raises(InsufficientPrivilege):
        cursor.execute("SELECT setval('wdh_load_sequence_seq', 1)")


def test_a_right_to_the_whole_ledger_that_an_earlier_grant_gave_is_taken_back(
    connection: Connection, as_role: str
) -> None:
    granted(connection, as_role)
    role = f"role of {connection.info.dbname}"
    with connection.cursor() as cursor:
        cursor.execute(f'GRANT INSERT ON wdh_load, wdh_load_file TO "{role}"')
    granted(connection, as_role)
    query = f"SELECT has_column_privilege('{role}', 'wdh_load', 'committed_at', 'INSERT')"
    assert content(connection, query) == [("False",)]


def logged(connection: Connection) -> str:
    return (Path(connection.info.host) / "log").read_text(encoding="utf-8", errors="replace")


@pytest.fixture
def _logging_everything(connection: Connection) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER DATABASE {connection.info.dbname} SET log_statement = 'all'")
    connection.commit()


@pytest.mark.usefixtures("_logging_everything")
def test_a_readers_batch_stays_out_of_the_servers_log(connection: Connection, as_role: str) -> None:
    database = granted(connection, as_role, read_only=True)
    code = f"secret-{connection.info.dbname}"
    with closing(connect(database)) as reader:
        found = look(reader, month_spec(JANUARY), row(JANUARY, code))
    assert found.effect.added == 1
    assert ("COPY pg_temp.wdh_staging" in logged(connection), code in logged(connection)) == (True, False)


@pytest.mark.usefixtures("_logging_everything")
def test_a_batch_that_the_servers_log_may_hold_is_said_to_be_there(connection: Connection, as_role: str) -> None:
    database = granted(connection, as_role, read_only=True)
    role = f"role of {connection.info.dbname}"
    with connection.cursor() as cursor:
        cursor.execute(f'REVOKE TEMPORARY ON DATABASE {connection.info.dbname} FROM "{role}"')
    connection.commit()
    code = f"secret-{connection.info.dbname}"
    with closing(connect(database)) as reader:
        found = look(reader, month_spec(JANUARY), row(JANUARY, code))
    assert (code in logged(connection), "server's log holds it" in found.notes[-1]) == (True, True)


def test_the_readers_role_can_compare_and_not_load(connection: Connection, as_role: str) -> None:
    database = granted(connection, as_role, read_only=True)
    with closing(psycopg2.connect(as_role)) as reader:
        found = look(reader, month_spec(JANUARY), *AFTER)
    assert (found.effect.added, found.effect.changed, found.effect.removed) == (1, 1, 1)
    with pytest.raises(DataWarehouseLoaderError, match=r"`make grant ROLE=…`.*\nPostgreSQL: permission denied"):
        execute(database, month_order("load-x", Lines(AFTER), 2))


def test_granting_twice_changes_nothing(connection: Connection, as_role: str) -> None:
    granted(connection, as_role)
    granted(connection, as_role)


def test_a_role_that_may_create_no_table_is_told_who_can(
    office: Office, connection: Connection, as_role: str, database: str
) -> None:
    granted(connection, as_role)
    office.settings["WDH_DATABASE__URI"] = as_role
    done = office.command("python", "-m", "workflows.warehouse", "apply-schema", "--domain", "trustee_performance")
    line, server = done.err.splitlines()
    assert (done.code, done.out, server[:11]) == (1, "", "PostgreSQL:")
    assert "没有建表权限" in line and "GRANT CREATE ON SCHEMA" in line


def test_a_readers_role_that_loads_is_told_of_make_grant(
    office: Office, connection: Connection, as_role: str, database: str
) -> None:
    office.settings["WDH_DATABASE__URI"] = database
    role = f"role of {connection.info.dbname}"
    for command in (("apply-schema",), ("grant", "--role", role, "--read-only")):
        assert (
            office.command("python", "-m", "workflows.warehouse", *command, "--domain", "trustee_performance").code == 0
        )
    office.workbook("2024年11月受托业绩报告.xlsx", 11)
    done = office.run("--execute", WDH_DATABASE__URI=as_role)
    assert (done.code, done.outcome) == (30, "failed")
    assert "make grant ROLE=" in done.out and "Traceback" not in done.out + done.err
