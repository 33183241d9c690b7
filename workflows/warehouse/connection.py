"""Opening a connection and bounding a transaction; no message of either holds a password."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import psycopg2
from psycopg2.extensions import ISOLATION_LEVEL_READ_COMMITTED, parse_dsn
from psycopg2.extensions import connection as Connection  # noqa: N812 - a class, whatever psycopg2 calls it

from workflows.errors import CommitOutcomeUnknownError, ConnectionFailedError, DataWarehouseLoaderError, Words
from workflows.plan.identifiers import compose, literal
from workflows.settings import DatabaseSettings
from workflows.stages import Stage
from workflows.warehouse import embedded
from workflows.warehouse.failures import is_lost, of_server, translated
from workflows.warehouse.holders import explained

_COMES_AND_GOES = re.compile(
    "|".join(
        (
            "Connection refused",
            "Connection reset",
            "timeout expired",
            "No route to host",
            "Network is unreachable",
            "server closed the connection unexpectedly",
            "could not receive data from server",
            "No such file or directory",  # the socket of a server that is being restarted
            "the database system is (?:starting up|shutting down|in recovery mode|not yet accepting connections)",
            "too many clients already",
            "too many connections for (?:role|database)",
            "remaining connection slots are reserved",
        )
    )
)
"""The driver gives no SQLSTATE for a connection that failed. libpq's and the system's texts are in English whatever the
server's language; a server's own refusals that it words otherwise count as lasting, and are not retried."""

_WHY = (
    (
        "Connection refused|No such file or directory",
        Words(
            "没有服务器应答: 未启动, 或主机、端口不对",
            "no server answers: it is not running, or host or port are others",
        ),
    ),
    ("could not translate host name|not known", Words("没有这个主机名", "there is no host of this name")),
    ("timeout expired|timed out|No route to host|unreachable", Words("网络不通", "the host cannot be reached")),
    (
        "password authentication failed|no password supplied",
        Words("用户名或密码不对", "the server does not accept this user name and password"),
    ),
    ("database .* does not exist", Words("没有这个数据库", "there is no such database")),
    ("role .* does not exist", Words("没有这个用户", "there is no such user")),
    ("no pg_hba.conf entry", Words("服务器不接受从此主机这样连接", "the server accepts no such connection from here")),
    ("permission denied for database", Words("没有连接权限", "this user may not connect to it")),
    ("too many|remaining connection slots", Words("服务器的连接数已满", "the server has no connection left")),
    (
        "starting up|shutting down|in recovery mode|not yet accepting",
        Words("服务器正在启动或关闭", "the server is starting or stopping"),
    ),
    ("SSL|certificate", Words("加密连接未能建立", "no encrypted connection came about")),
)
"""What the driver's and the server's texts come to, as far as they are in English."""

_SEE_BELOW = Words("原因见下一行", "the line below says why")

_SESSION = """
    SET default_transaction_read_only = off;
    SET quote_all_identifiers = off;
    SET lock_timeout = {lock};
    SET statement_timeout = {statement};
    SET idle_in_transaction_session_timeout = {idle};
    SET tcp_keepalives_idle = {keepalives_idle};
    SET tcp_keepalives_interval = {keepalives_interval};
    SET tcp_keepalives_count = {keepalives_count};
    SET tcp_user_timeout = {network};
    DO $$
    BEGIN
      PERFORM pg_catalog.set_config('client_connection_check_interval', '1s', false);
    EXCEPTION WHEN undefined_object OR invalid_parameter_value THEN
      NULL;
    END
    $$
"""
"""What holds for every statement of a session, whatever the role's or database's defaults are.

quote_all_identifiers would have the ledger call a table by two names. The server looks whether its client is still
there between statements by tcp_*, and during one by the last setting, which PostgreSQL 13 and Windows do not have.
"""

_MALFORMED = Words(
    "数据库连接串无法识别; URI 中用户名和密码里的 @ / : ? # % 应写作 %40 %2F %3A %3F %23 %25",
    "the database's connection string cannot be read; in a URI the characters @ / : ? # % of a user name or password"
    " are written %40 %2F %3A %3F %23 %25",
)


@Stage("connecting")
def connect(database: DatabaseSettings, load_id: str = "") -> Connection:
    """An open connection in READ COMMITTED, without autocommit; the caller closes it.

    Every statement is limited as the settings say. ``application_name`` is the settings' with the ``load_id`` after
    it. ``embedded:<dir>`` must have been started before. Raises ConnectionFailedError naming host, port, database and
    user, DatabaseNotConfiguredError, and ConnectionLostError.
    """
    if database.embedded_dir is not None:
        dsn = embedded.address(database.embedded_dir)
    else:
        dsn = database.get_connection_string()
    given = _parsed(dsn)
    options = {name: value for name, value in _defaults(database).items() if name not in given}
    name = f"{database.application_name} {load_id}".strip()
    try:
        connection: Connection = psycopg2.connect(dsn, application_name=name, **options)
    except psycopg2.Error as error:
        reason = _without_password(str(error).strip(), given.get("password"))
        # from None: the driver's own text may hold what was masked here.
        where = describe(database)
        why = next((said for pattern, said in _WHY if re.search(pattern, reason)), _SEE_BELOW)
        said = Words(f"无法连接数据库 {where}: {why.chinese}", f"cannot connect to {where}: {why.english}")
        failure = ConnectionFailedError(f"{said}{of_server(reason)}")
        failure.retriable = _COMES_AND_GOES.search(reason) is not None
        raise failure from None
    try:
        _begin_session(connection, database)
    except psycopg2.Error as error:
        connection.close()
        raise translated(error, "connect") from None
    return connection


def _begin_session(connection: Connection, database: DatabaseSettings) -> None:
    """Not by libpq's ``options``: they would take the place of the user's own, and poolers refuse them."""
    # In autocommit, as a SET of a transaction that is rolled back is forgotten.
    connection.autocommit = True
    seconds = {
        "lock": database.lock_timeout,
        "statement": database.statement_timeout,
        "idle": database.idle_timeout,
        "network": database.network_timeout,
    }
    numbers = {name: str(value) for name, value in _keepalives(database).items()}
    with connection.cursor() as cursor:
        cursor.execute(compose(_SESSION, **{name: literal(f"{value}s") for name, value in seconds.items()}, **numbers))
    connection.set_session(isolation_level=ISOLATION_LEVEL_READ_COMMITTED, autocommit=False)


@contextmanager
def transaction(connection: Connection, operation: str, table: str | None = None) -> Iterator[Connection]:
    """Commit at the end of the block; roll back if it or the COMMIT raises. Does not close.

    The driver's errors come out as DataWarehouseLoaderError, met while doing ``operation``; as its subclass
    CommitOutcomeUnknownError if the connection was lost during the COMMIT.
    """
    with _translated(connection, operation, table):
        try:
            yield connection
        except BaseException:
            _roll_back(connection)
            raise
        try:
            with Stage("committing"):
                connection.commit()
        except psycopg2.Error as error:
            failure = _commit_failure(connection, error)
            _roll_back(connection)
            raise failure from None


@contextmanager
def rolled_back(connection: Connection, operation: str, table: str | None = None) -> Iterator[Connection]:
    """Roll back at the end of the block, however it ends; the driver's errors come out as by ``transaction``."""
    with _translated(connection, operation, table):
        try:
            yield connection
        finally:
            _roll_back(connection)


@contextmanager
def _translated(connection: Connection, operation: str, table: str | None) -> Iterator[None]:
    try:
        yield
    except psycopg2.Error as error:
        raise explained(connection, error, operation, table) from None


def describe(database: DatabaseSettings) -> str:
    """The database for people: ``postgresql://user@host:port/name``, ``service=NAME`` or ``embedded:<dir>``.

    Never a password; ``no database`` if none is configured. Raises ConnectionFailedError if it cannot be read.
    """
    if database.embedded_dir is not None:
        return f"embedded:{database.embedded_dir}"
    if not database.is_configured:
        return "no database"
    given = _parsed(database.get_connection_string())
    if "service" in given:
        return f"service={given['service']}"
    user = f"{given['user']}@" if "user" in given else ""
    port = f":{given['port']}" if "port" in given else ""
    return f"postgresql://{user}{given.get('host', '')}{port}/{given.get('dbname', '')}"


def _defaults(database: DatabaseSettings) -> dict[str, Any]:
    """libpq parameters that hold unless the connection string says otherwise."""
    return {
        "client_encoding": "utf8",
        "connect_timeout": str(database.connect_timeout),
        **{name: str(value) for name, value in _keepalives(database).items()},
        # Keepalives do not fire while what was sent is not acknowledged.
        "tcp_user_timeout": str(database.network_timeout * 1000),
    }


def _keepalives(database: DatabaseSettings) -> dict[str, int]:
    return {
        "keepalives_idle": database.keepalives_idle,
        "keepalives_interval": database.keepalives_interval,
        "keepalives_count": database.keepalives_count,
    }


def _parsed(dsn: str) -> dict[str, str]:
    """The parts of a connection string; one in which a part of the password may have slipped elsewhere is refused."""
    try:
        given: dict[str, str] = parse_dsn(dsn)
    except psycopg2.Error:
        raise ConnectionFailedError(_MALFORMED) from None
    scheme, separator, rest = dsn.partition("://")
    if separator and scheme in ("postgresql", "postgres"):
        authority, _, path = rest.partition("/")
        ports = given.get("port", "").replace(",", "")
        if authority.count("@") > 1 or "@" in path or (ports and not ports.isdigit()):
            raise ConnectionFailedError(_MALFORMED)
    return given


def _without_password(text: str, password: str | None) -> str:
    return text.replace(password, "***") if password else text


def _roll_back(connection: Connection) -> None:
    # What failed before is the error to show; on a lost connection the server has rolled back already.
    with suppress(psycopg2.Error):
        connection.rollback()


def _commit_failure(connection: Connection, error: psycopg2.Error) -> DataWarehouseLoaderError:
    # A server that is told to stop may answer so although its commit is already written.
    if is_lost(error) and (connection.closed or error.pgcode is not None):
        return CommitOutcomeUnknownError(
            Words(
                "提交时连接中断: 再次载入之前请先查台账 (make history)",
                "the connection was lost during COMMIT: look the load up in the ledger before loading again",
            )
        )
    return translated(error, "commit")
