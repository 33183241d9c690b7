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
    Words,
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

_NOT_THERE = Words("数据库中缺少所需的表或模式; 请运行 make schema", f"what is needed is not there; {MAKE_SCHEMA}")

_KINDS: dict[str | None, tuple[type[DataWarehouseLoaderError], Words]] = {
    errorcodes.LOCK_NOT_AVAILABLE: (LockTimeoutError, Words("另一个会话占用此表", "another session holds the table")),
    errorcodes.UNDEFINED_TABLE: (TableNotFoundError, _NOT_THERE),
    errorcodes.INVALID_SCHEMA_NAME: (TableNotFoundError, _NOT_THERE),
    errorcodes.UNDEFINED_COLUMN: (
        TableMismatchError,
        Words("表中没有所需的列; make schema ALTER=1 可补上", "the table lacks a column; make schema ALTER=1 adds it"),
    ),
    errorcodes.SERIALIZATION_FAILURE: (
        ConcurrencyError,
        Words("与另一个事务冲突; 请重试", "another transaction changed the same; try again"),
    ),
    errorcodes.DEADLOCK_DETECTED: (
        ConcurrencyError,
        Words("与另一个事务互相等待; 请重试", "this and another transaction waited for each other; try again"),
    ),
    errorcodes.READ_ONLY_SQL_TRANSACTION: (
        DataWarehouseLoaderError,
        Words(
            "此服务器只读; 请连接主库",
            "this server only reads, as a standby does: connect to the primary (target_session_attrs=read-write finds"
            " it)",
        ),
    ),
    errorcodes.INSUFFICIENT_PRIVILEGE: (
        DataWarehouseLoaderError,
        Words(
            "没有权限; 请表的属主以 make grant ROLE=… 授权",
            "the tables' owner gives a role what loading needs by `make grant ROLE=…` (READ_ONLY=1: comparing)",
        ),
    ),
    errorcodes.QUERY_CANCELED: (
        DataWarehouseLoaderError,
        Words(
            "超过时限 (WDH_DATABASE__STATEMENT_TIMEOUT, 秒)",
            "it took too long: WDH_DATABASE__STATEMENT_TIMEOUT is the limit in seconds",
        ),
    ),
    errorcodes.UNIQUE_VIOLATION: (
        DataWarehouseLoaderError,
        Words("唯一约束不允许重复的键", "a unique constraint allows a key only once"),
    ),
    errorcodes.FOREIGN_KEY_VIOLATION: (
        DataWarehouseLoaderError,
        Words("外键约束不允许这样的行", "a foreign key does not allow these rows"),
    ),
    errorcodes.CHECK_VIOLATION: (
        DataWarehouseLoaderError,
        Words("表的检查约束不允许这样的行", "a check constraint of the table does not allow these rows"),
    ),
    errorcodes.RAISE_EXCEPTION: (
        DataWarehouseLoaderError,
        Words("数据库中的触发器或函数拒绝了此操作", "a trigger or function in the database refused this"),
    ),
    errorcodes.DISK_FULL: (
        DataWarehouseLoaderError,
        Words("数据库服务器的磁盘已满", "the database server's disk is full"),
    ),
    errorcodes.OUT_OF_MEMORY: (
        DataWarehouseLoaderError,
        Words("数据库服务器的内存不足", "the database server is out of memory"),
    ),
    errorcodes.SYNTAX_ERROR: (DataWarehouseLoaderError, Words("SQL 语句写法有误", "the SQL is not written rightly")),
}

_DATA_ERRORS = {
    errorcodes.STRING_DATA_RIGHT_TRUNCATION: Words("文本超过列的长度", "a text is too long for its column"),
    errorcodes.NUMERIC_VALUE_OUT_OF_RANGE: Words("数值超出列的范围", "numeric value out of range"),
    errorcodes.INVALID_DATETIME_FORMAT: Words("日期的写法无法识别", "a date that cannot be read"),
    errorcodes.DATETIME_FIELD_OVERFLOW: Words("日期不存在", "there is no such date"),
    errorcodes.INVALID_TEXT_REPRESENTATION: Words("值不符合列的类型", "a value is not of its column's type"),
    errorcodes.CHARACTER_NOT_IN_REPERTOIRE: Words("字符编码有误", "a character that is none in this encoding"),
    errorcodes.UNTRANSLATABLE_CHARACTER: Words(
        "数据库的编码无法存储某个字符", "the database's encoding cannot hold a character"
    ),
}
"""Of class 22, a value that does not fit; whatever else is of that class is told by its SQLSTATE."""

_RIGHTS_OF: dict[str, Words] = {
    "schema": Words(
        "没有建表权限; 请以模式的属主运行 make schema, 或请其执行 GRANT CREATE ON SCHEMA",
        "this role may not create or alter tables there; run `make schema` as the schema's owner, or have that one say"
        " GRANT CREATE ON SCHEMA … TO this role",
    ),
    "prune": Words(
        "没有清理权限; 请以表的属主运行 make prune",
        "only the tables' owner can remove images; run `make prune` as that role",
    ),
    "grant": Words(
        "没有授权权限; 请以表的属主运行 make grant",
        "only the tables' owner can give rights to them; run `make grant` as that role",
    ),
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

_SET_PATH = Words(
    "函数 {name} 找不到它所用的对象: 载入只搜索 pg_catalog; "
    "可执行 ALTER FUNCTION {name} SET search_path = <其模式>, pg_temp",
    "the function {name} does not find what it uses: a load searches no schema but pg_catalog; "
    "this mends it: ALTER FUNCTION {name} SET search_path = <its schemas>, pg_temp",
)

_COPY_PLACE = re.compile(r"\bwdh_staging\b\D{0,20}(?P<line>\d+)(?:, \w+ (?P<column>[^:]+))?")
"""``COPY wdh_staging, line 3, column plan_code: "…"``, in the server's language; the rest may be a cell's value."""


def translated(error: psycopg2.Error, operation: str, table: str | None = None) -> DataWarehouseLoaderError:
    """``error``, met while doing ``operation``, as the error class that says what to do next.

    What the server says itself stands on a line of its own, for whoever looks after it. Raise it ``from None``: the
    driver's own text may hold whole rows.
    """
    where = f"{table}: {operation}" if table else operation
    message = (error.diag.message_primary or "").strip()
    code = error.pgcode
    if code in _OURS:
        return _OURS[code](f"{table}: {message}" if table else message)
    kind, said = _kind(error, code, operation)
    if code == errorcodes.LOCK_NOT_AVAILABLE or (code or "").startswith("22"):
        # It would tell nothing more, or a cell's value.
        return kind(f"{where}: {said}")
    if code == errorcodes.UNIQUE_VIOLATION and error.diag.message_detail:
        message = f"{message} ({error.diag.message_detail})"
    return kind(f"{where}: {said}{of_server(message or str(error))}")


def of_server(text: str) -> str:
    """The line for the engineer below a message of ours; empty without a text."""
    said = " ".join(text.split())
    return f"\nPostgreSQL: {said}" if said else ""


def _kind(error: psycopg2.Error, code: str | None, operation: str) -> tuple[type[DataWarehouseLoaderError], Words]:
    if code in _NOT_FOUND and (function := _FUNCTION.search(error.diag.context or "")):
        return DataWarehouseLoaderError, Words(*(text.format(**function.groupdict()) for text in _SET_PATH))
    if code in _KINDS:
        kind, said = _KINDS[code]
        return kind, _RIGHTS_OF.get(operation, said) if code == errorcodes.INSUFFICIENT_PRIVILEGE else said
    if is_lost(error):
        return ConnectionLostError, Words("连接中断", "the connection was lost")
    if code == errorcodes.NOT_NULL_VIOLATION:
        column = error.diag.column_name
        return DataWarehouseLoaderError, Words(f"列 {column} 不能为空", f"column {column} must not be empty")
    if code is not None and code.startswith("22"):
        return DataWarehouseLoaderError, _data_error(error, code)
    state = f" (SQLSTATE {code})" if code else ""
    return DataWarehouseLoaderError, Words(f"数据库拒绝了此操作{state}", f"the database refused this{state}")


def is_lost(error: psycopg2.Error) -> bool:
    """Whether the connection broke, so that nobody knows what the server did last."""
    if error.pgcode is not None:
        return error.pgcode in _LOST or error.pgcode.startswith("08")
    # The driver itself gave up: it has no SQLSTATE for that, and amid a COPY or a FETCH no class either.
    return (
        isinstance(error, psycopg2.OperationalError | psycopg2.InterfaceError) or type(error) is psycopg2.DatabaseError
    )


def _data_error(error: psycopg2.Error, code: str) -> Words:
    """A value that its column cannot take: the place and the kind of error, never the value."""
    said = _DATA_ERRORS.get(
        code, Words(f"值无法存入其列 (SQLSTATE {code})", f"a value that its column cannot take (SQLSTATE {code})")
    )
    place = _COPY_PLACE.search(error.diag.context or "")
    if place is None:
        return said
    line, column = place["line"], place["column"]
    at = Words(f", 列 {column}", f", column {column}") if column else Words("", "")
    return Words(f"{said.chinese}: 暂存的第 {line} 行{at.chinese}", f"{said.english} in staged row {line}{at.english}")
