"""What a server, a database or a role may be set to, and what a load makes of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg2
import pytest
from psycopg2.errors import FeatureNotSupported
from psycopg2.extensions import connection as Connection  # noqa: N812

from tests.fixtures.loads import JANUARY, Lines, content, look, month_order, month_spec, performance_spec, row, run
from tests.fixtures.tables import PERFORMANCE, TRUSTEE_PERFORMANCE
from workflows.errors import DataWarehouseLoaderError, LockTimeoutError, TableMismatchError
from workflows.plan.comparison import BatchShape
from workflows.settings import DatabaseSettings, get_settings
from workflows.warehouse import embedded, retrying
from workflows.warehouse.__main__ import main
from workflows.warehouse.compare import compare
from workflows.warehouse.connection import connect
from workflows.warehouse.execution import execute
from workflows.warehouse.ledger import last_loads
from workflows.warehouse.loader import LoadDone
from workflows.warehouse.schema import apply_schema

LINES = (row(JANUARY, "P1"), row(JANUARY, "P2"))


def settings(dsn: str, **changes: object) -> DatabaseSettings:
    return DatabaseSettings.model_validate({"uri": dsn, **changes})


def load(dsn: str, mode: str = "delete_insert", load_id: str = "x", **changes: object) -> LoadDone:
    return execute(settings(dsn, **changes), month_order(load_id, Lines(LINES), 2, mode))


def set_for_all(connection: Connection, name: str, value: str) -> None:
    """For every session that begins from now on."""
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER DATABASE {connection.info.dbname} SET {name} = {value}")
    connection.commit()


def test_a_database_that_is_read_only_by_default_is_loaded_and_compared(connection: Connection, database: str) -> None:
    set_for_all(connection, "default_transaction_read_only", "on")
    assert load(database).effect.inserted == 2
    with closing(connect(settings(database))) as opened:
        found = compare(opened, month_order("y", Lines(LINES), 2).statements, Lines(LINES), BatchShape())
    assert (found.effect.unchanged, found.notes) == (2, [])


def test_names_that_are_always_quoted_are_still_the_same_tables(connection: Connection, database: str) -> None:
    """Else an append would not find its own workbook in the ledger, and load it again."""
    load(database, "append", "first")
    set_for_all(connection, "quote_all_identifiers", "on")
    assert load(database, "append", "second").left_out == [("2024-01.xlsx", "受托业绩")]
    assert content(connection, "SELECT DISTINCT table_name FROM wdh_load") == [("public.performance",)]
    connection.rollback()
    with closing(connect(settings(database))) as opened:
        assert len(last_loads(opened, "performance")) == 2


def test_a_script_calls_the_table_what_the_loader_does(connection: Connection) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET quote_all_identifiers = on")
    run(connection, month_spec(JANUARY), *LINES)
    assert content(connection, "SELECT table_name FROM wdh_load") == [("public.performance",)]


@pytest.fixture
def limited_role(connection: Connection) -> Iterator[str]:
    """A role that may have one connection."""
    role = f"limited_{connection.info.dbname}"
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE ROLE {role} LOGIN CONNECTION LIMIT 1; GRANT ALL ON ALL TABLES IN SCHEMA public TO {role}"
        )
        cursor.execute(f"GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO {role}")
        connection.commit()
        yield role
        cursor.execute(f"DROP OWNED BY {role}; DROP ROLE {role}")
    connection.commit()


def test_a_role_with_too_many_connections_is_waited_for(
    database: str, limited_role: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    dsn = psycopg2.extensions.make_dsn(database, user=limited_role)
    other = psycopg2.connect(dsn)
    monkeypatch.setattr(retrying, "_announce", lambda _: other.close())
    assert load(dsn).effect.inserted == 2


def make_loose(connection: Connection, column: str) -> None:
    """Give a column a collation that is not deterministic, or is called so where the server was built without ICU."""
    with connection.cursor() as cursor:
        try:
            cursor.execute("CREATE COLLATION loose (provider = icu, locale = 'und-u-ks-level2', deterministic = false)")
        except FeatureNotSupported:
            connection.rollback()
            cursor.execute("CREATE COLLATION loose (provider = libc, locale = 'C')")
            cursor.execute("UPDATE pg_collation SET collisdeterministic = false WHERE collname = 'loose'")
        cursor.execute(f"ALTER TABLE performance ALTER {column} COLLATE loose")
    connection.commit()


def test_a_collation_that_takes_different_keys_for_equal_is_refused(connection: Connection, database: str) -> None:
    make_loose(connection, "plan_code TYPE varchar(50)")
    with pytest.raises(TableMismatchError, match="column plan_code has the collation loose, which takes different"):
        load(database)
    with pytest.raises(TableMismatchError, match="collation loose"):
        look(connection, performance_spec(), *LINES)


def test_a_collation_of_a_column_that_decides_nothing_is_no_matter(connection: Connection, database: str) -> None:
    make_loose(connection, "data_source TYPE text")
    assert load(database).effect.inserted == 2


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[Path]:
    """The folder of a server that may be set up otherwise; stopped, with the tables."""
    folder = tmp_path / "server"
    with embedded.running_server(folder) as dsn, closing(psycopg2.connect(dsn)) as opened:
        apply_schema(opened, [PERFORMANCE, TRUSTEE_PERFORMANCE])
        opened.commit()
        opened.autocommit = True
        opened.cursor().execute("ALTER SYSTEM SET max_prepared_transactions = 2")
    yield folder
    embedded.discard(folder)


def test_a_prepared_transaction_is_named_as_the_locks_holder(own_server: Path) -> None:
    with embedded.running_server(own_server) as dsn:
        with closing(psycopg2.connect(dsn)) as other:
            other.tpc_begin(other.xid(42, "month's end", "branch"))
            other.cursor().execute("LOCK TABLE performance IN EXCLUSIVE MODE")
            other.tpc_prepare()
        with pytest.raises(
            LockTimeoutError,
            match=r"held by 预备事务 the prepared transaction '42_.*' \(user postgres; COMMIT PREPARED or",
        ):
            execute(settings(dsn), month_order("x", Lines(LINES), 2, lock_timeout_ms=100))
        with closing(psycopg2.connect(dsn)) as other:
            (prepared,) = other.tpc_recover()
            other.tpc_rollback(prepared)


def test_a_holder_of_the_ledger_is_named_too(connection: Connection, database: str) -> None:
    with closing(psycopg2.connect(database, application_name="nightly dump")) as other:
        other.cursor().execute("LOCK TABLE wdh_load IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(LockTimeoutError, match="held by nightly dump"):
            load(database, lock_timeout=1)


COMMANDS = [["apply-schema"], ["grant", "--role", "wdh_nobody"]]


@pytest.mark.parametrize("command", COMMANDS, ids=["schema", "grant"])
def test_a_standby_is_told_apart_in_one_clear_message(
    own_server: Path, command: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    data = embedded._known_data_folder(own_server)
    assert data is not None
    (data / "standby.signal").touch()
    monkeypatch.setenv("WDH_DATABASE__URI", f"embedded:{own_server}")
    get_settings.cache_clear()
    code = main([*command, "--domain", "trustee_performance"])
    said = capsys.readouterr().err
    get_settings.cache_clear()
    assert (code, said.count("\n")) == (1, 2)
    assert re.match(r"error: trustee_performance: \w+: 此服务器只读; 请连接主库 / this server only reads", said), said


def test_a_standby_can_be_compared_with_and_not_loaded(own_server: Path) -> None:
    data = embedded._known_data_folder(own_server)
    assert data is not None
    (data / "standby.signal").touch()
    with embedded.running_server(own_server) as dsn:
        with closing(connect(settings(dsn))) as opened:
            found = compare(opened, month_order("y", Lines(LINES), 2).statements, Lines(LINES), BatchShape())
            assert found.effect.added == 2
        with pytest.raises(DataWarehouseLoaderError, match="this server only reads"):
            load(dsn)
