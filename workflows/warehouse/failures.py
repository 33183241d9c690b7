"""psycopg2's errors as our own: what failed, without secrets and without cell values beyond keys (pure)."""

from __future__ import annotations

import re

import psycopg2
from psycopg2 import errorcodes

from workflows.errors import (
    AlreadyAppliedError,
    AlreadyLoadedError,
    ConcurrencyError,
    ConnectionLostError,
    DataWarehouseLoaderError,
    GuardTrippedError,
    LockTimeoutError,
    TableMismatchError,
    TableNotFoundError,
    UndoRefusedError,
)
from workflows.plan import refusals

MAKE_SCHEMA = "run `make schema` to create what is missing"

_OURS: dict[str | None, type[DataWarehouseLoaderError]] = {
    refusals.GUARD_TRIPPED: GuardTrippedError,
    refusals.ALREADY_LOADED: AlreadyLoadedError,
    refusals.ALREADY_APPLIED: AlreadyAppliedError,
    refusals.BATCH_REFUSED: DataWarehouseLoaderError,
    refusals.TABLE_MISFIT: TableMismatchError,
    refusals.LOAD_HIDDEN: DataWarehouseLoaderError,
    refusals.KEYS_REPEATED: TableMismatchError,
    refusals.UNDO_REFUSED: UndoRefusedError,
}

_KINDS: dict[str | None, tuple[type[DataWarehouseLoaderError], str]] = {
    errorcodes.LOCK_NOT_AVAILABLE: (LockTimeoutError, "另一个会话占用此表 / another session holds the table"),
    errorcodes.UNDEFINED_TABLE: (TableNotFoundError, MAKE_SCHEMA),
    errorcodes.INVALID_SCHEMA_NAME: (TableNotFoundError, MAKE_SCHEMA),
    errorcodes.UNDEFINED_COLUMN: (TableMismatchError, ""),
    errorcodes.SERIALIZATION_FAILURE: (ConcurrencyError, ""),
    errorcodes.DEADLOCK_DETECTED: (ConcurrencyError, ""),
    errorcodes.READ_ONLY_SQL_TRANSACTION: (
        DataWarehouseLoaderError,
        "此服务器只读 / "
        "this server only reads, as a standby does: connect to the primary (target_session_attrs=read-write finds it)",
    ),
    errorcodes.INSUFFICIENT_PRIVILEGE: (
        DataWarehouseLoaderError,
        "没有权限: the tables' owner gives a role what loading needs by `make grant ROLE=…` (READ_ONLY=1: comparing)",
    ),
    errorcodes.QUERY_CANCELED: (
        DataWarehouseLoaderError,
        "超过时限 / WDH_DATABASE__STATEMENT_TIMEOUT is the limit in seconds",
    ),
}

_RIGHTS_OF: dict[str, str] = {
    "schema": (
        "没有建表权限: this role may not create or alter tables there; run `make schema` as the schema's owner, or have"
        " that one say GRANT CREATE ON SCHEMA … TO this role"
    ),
    "prune": "没有清理权限: only the tables' owner can remove images; run `make prune` as that role",
    "grant": "没有授权权限: only the tables' owner can give rights to them; run `make grant` as that role",
}
"""What mends a lacking right where it is not one that ``make grant`` gives, by operation."""

_LOST = (
    errorcodes.ADMIN_SHUTDOWN,
    errorcodes.CRASH_SHUTDOWN,
    errorcodes.CANNOT_CONNECT_NOW,
    errorcodes.IDLE_IN_TRANSACTION_SESSION_TIMEOUT,
)

_NOT_FOUND = (errorcodes.UNDEFINED_TABLE, errorcodes.UNDEFINED_FUNCTION, errorcodes.UNDEFINED_OBJECT)

_FUNCTION = re.compile(r"""(?P<name>(?:"[^"]+"|[\w.$])+\([^()]*\))""")
"""``PL/pgSQL function public.audit() line 3 at …``, in the server's language: what a trigger or a default ran."""

_SET_PATH = (
    "a load searches no schema but pg_catalog; "
    "this mends it: ALTER FUNCTION {name} SET search_path = <its schemas>, pg_temp"
)

_COPY_PLACE = re.compile(r"\bwdh_staging\b\D{0,20}(?P<line>\d+)(?:, \w+ (?P<column>[^:]+))?")
"""``COPY wdh_staging, line 3, column plan_code: "…"``, in the server's language; the rest may be a cell's value."""


def translated(error: psycopg2.Error, operation: str, table: str | None = None) -> DataWarehouseLoaderError:
    """``error``, met while doing ``operation``, as the error class that says what to do next.

    Raise it ``from None``: the driver's own text may hold whole rows.
    """
    where = f"{table}: {operation}" if table else operation
    message = (error.diag.message_primary or "").strip()
    code = error.pgcode
    if code in _OURS:
        return _OURS[code](f"{table}: {message}" if table else message)
    if code in _NOT_FOUND and (function := _FUNCTION.search(error.diag.context or "")):
        return DataWarehouseLoaderError(
            f"{where}: {message}, in {function['name']}; {_SET_PATH.format(**function.groupdict())}"
        )
    if code in _KINDS:
        kind, hint = _KINDS[code]
        if code == errorcodes.INSUFFICIENT_PRIVILEGE:
            hint = _RIGHTS_OF.get(operation, hint)
        return kind(f"{where}: {message}; {hint}" if hint else f"{where}: {message}")
    kind = ConnectionLostError if is_lost(error) else DataWarehouseLoaderError
    return kind(f"{where}: {_reason(error, message)}")


def is_lost(error: psycopg2.Error) -> bool:
    """Whether the connection broke, so that nobody knows what the server did last."""
    if error.pgcode is not None:
        return error.pgcode in _LOST or error.pgcode.startswith("08")
    # The driver itself gave up: it has no SQLSTATE for that, and amid a COPY or a FETCH no class either.
    return (
        isinstance(error, psycopg2.OperationalError | psycopg2.InterfaceError) or type(error) is psycopg2.DatabaseError
    )


def _reason(error: psycopg2.Error, message: str) -> str:
    match error.pgcode:
        case None:
            return next(iter(str(error).strip().splitlines()), "连接中断 / the connection was lost")
        case errorcodes.UNIQUE_VIOLATION:
            return f"{message} ({error.diag.message_detail or 'no detail'})"
        case errorcodes.NOT_NULL_VIOLATION:
            return f"列 {error.diag.column_name} 不能为空 / column {error.diag.column_name} must not be empty"
        case code if code.startswith("22"):
            return _data_error(error, code)
        case code if code in _LOST:
            return f"连接中断 / the connection was lost: {message}"
        case code:
            return f"{message} (SQLSTATE {code})"


def _data_error(error: psycopg2.Error, code: str) -> str:
    """A value that its column cannot take: the place and the kind of error, never the value."""
    kind = errorcodes.lookup(code).lower().replace("_", " ")
    place = _COPY_PLACE.search(error.diag.context or "")
    if place is None:
        return kind
    column = f", column {place['column']}" if place["column"] else ""
    return f"{kind} in staged row {place['line']}{column}"
