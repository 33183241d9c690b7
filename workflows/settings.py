"""WDH_* environment (or a ``.env`` file in the working folder) -> Settings.

========================================  ===========================================================
WDH_DATA_BASE_DIR                         where workbooks are looked for (default ``./data``)
WDH_OUTPUT_DIR                            every file the workflow writes (default ``./output``)
WDH_OUTPUT_MODE                           who may read those files (default 600: their owner; 640: the group too)
WDH_DATA_SOURCES_CONFIG                   the catalogue (default: WDH_DOMAINS_DIR's, else the one in the package)
WDH_DOMAINS_DIR                           your own domains: a module each, and their data_sources.yml and lists
WDH_DATABASE__URI                         a libpq URI, ``service=NAME``, or ``embedded:<dir>``
WDH_DATABASE__HOST PORT USER PASSWORD DB  the same in parts, when there is no URI
WDH_WORKBOOK_ENGINE                       force ``direct``, ``openpyxl`` or ``xlrd``
WDH_MAX_FILES_LIMIT                       the largest ``--max-files`` allowed (default 20)
WDH_KEEP_DAYS                             remove what can be made again when it is that old (default: never)
WDH_ACTOR                                 the person who runs this (default: the operating system's user)
WDH_SUMMARY_JSON                          where each run's summary goes as JSON (``-``: stdout)
WDH_COMPANY_ID_SALT                       the secret that temporary company ids are made under (16 characters or more)
WDH_COMPANY_INDEX                         the index of known companies (default ``./company_index.json``)
WDH_COMPANY_INDEX_QUERY                   a file with the SELECT that ``make fetch-index`` asks the database
========================================  ===========================================================

Further parts of the database's settings, all with ``WDH_DATABASE__`` before their name:

========================================  ===========================================================
ATTEMPTS                                  how often a load is tried while the server is away (default 3)
CONNECT_TIMEOUT                           seconds to wait for the server's answer (default 10)
STATEMENT_TIMEOUT                         seconds that one statement may take (default 1800; 0: no limit)
LOCK_TIMEOUT                              seconds to wait for others who write to the table (default 30)
IDLE_TIMEOUT                              seconds that a transaction may wait for us (default 60; 0: no limit)
KEEPALIVES_IDLE, _INTERVAL, _COUNT        probe a silent peer after 10 s, every 5 s, give up after 3
APPLICATION_NAME                          what sessions are called, before the load's id (``workdatahub``)
========================================  ===========================================================

A name that begins with WDH_ and is none of these is a mistake: it would be ignored, and something else be loaded.
"""

from __future__ import annotations

import functools
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import quote

from dotenv.parser import parse_stream
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict
from pydantic_settings import SettingsError as UnreadableSettings

from workflows.errors import DatabaseNotConfiguredError, SettingsError, Words, reason_of
from workflows.mistakes import told
from workflows.nearest import did_you_mean

EMBEDDED = "embedded:"
_SHORTEST_SALT = 16
_PREFIX, _BELOW, _ENV_FILE = "WDH_", "__", Path(".env")
# Windows' editor begins a file with a mark, which would be part of its first name.
_ENCODING = "utf-8-sig"

_NO_DATABASE = Words(
    "需要数据库 (--execute, --compare, ApplyPlan, UndoLoad), 而没有配置。请设置 WDH_DATABASE__URI: "
    "postgresql://user:password@host:5432/name、service=NAME 或 embedded:<dir>",
    "a database is needed (by --execute, --compare, ApplyPlan, UndoLoad), and none is configured. "
    "Set WDH_DATABASE__URI to postgresql://user:password@host:5432/name, to service=NAME, or to embedded:<dir> "
    "for the PostgreSQL that comes with the extra [demo]; or set WDH_DATABASE__HOST, PORT, USER, PASSWORD and DB.",
)


def _of_postgresql(uri: SecretStr | None) -> SecretStr | None:
    scheme, separator, _ = uri.get_secret_value().partition("://") if uri else ("", "", "")
    if separator and re.fullmatch(r"[A-Za-z][\w+.-]*", scheme, re.ASCII) and scheme not in ("postgresql", "postgres"):
        raise ValueError(
            "只支持 PostgreSQL / PostgreSQL only: postgresql://user:password@host:5432/name, service=NAME or "
            f"{EMBEDDED}<dir> wanted, {scheme}:// found"
        )
    return uri


class DatabaseSettings(BaseModel):
    """Where rows go. Secrets stay inside SecretStr until a connection is opened."""

    model_config = ConfigDict(extra="forbid")

    uri: Annotated[SecretStr | None, AfterValidator(_of_postgresql)] = None
    host: str | None = None
    port: int = Field(default=5432, ge=1, le=65535)
    user: str | None = None
    password: SecretStr | None = None
    db: str | None = None
    attempts: int = Field(default=3, ge=1, le=20)
    connect_timeout: int = Field(default=10, ge=1)
    statement_timeout: int = Field(default=1800, ge=0)
    lock_timeout: int = Field(default=30, ge=1)
    # Between two statements of ours lie milliseconds: who is silent for a minute is stopped, and holds a lock.
    idle_timeout: int = Field(default=60, ge=0)
    keepalives_idle: int = Field(default=10, ge=1)
    keepalives_interval: int = Field(default=5, ge=1)
    keepalives_count: int = Field(default=3, ge=1)
    application_name: str = Field(default="workdatahub", min_length=1, pattern=r"^[\x20-\x7e]+$")

    @property
    def is_configured(self) -> bool:
        """Whether a URI or at least a host or a database name was given."""
        return self.uri is not None or self.host is not None or self.db is not None

    @property
    def embedded_dir(self) -> Path | None:
        """The folder of ``embedded:<dir>``, or None for a real server."""
        text = self.uri.get_secret_value() if self.uri else ""
        return Path(text[len(EMBEDDED) :]).expanduser() if text.startswith(EMBEDDED) else None

    @property
    def network_timeout(self) -> int:
        """Seconds after which both ends give up a peer that no longer answers, not after the kernel's two hours."""
        return self.keepalives_idle + self.keepalives_interval * self.keepalives_count

    def get_connection_string(self) -> str:
        """What ``psycopg2.connect`` takes (or ``embedded:<dir>``), user and password URL-encoded.

        Raises DatabaseNotConfiguredError naming the choices when nothing is configured.
        """
        if self.uri is not None:
            return self.uri.get_secret_value()
        if not self.is_configured:
            raise DatabaseNotConfiguredError(_NO_DATABASE)
        login = quote(self.user or "", safe="")
        if self.password is not None:
            login += ":" + quote(self.password.get_secret_value(), safe="")
        at = f"{login}@" if login else ""
        host = quote(self.host or "", safe="")
        return f"postgresql://{at}{host}:{self.port}/{quote(self.db or '', safe='')}"


def _file_mode(text: object) -> int:
    if re.fullmatch("0?6[0246][0246]", str(text)) is None:
        raise ValueError("应为三位数字, 如 600 / three digits wanted, such as 600, 640 or 664")
    return int(str(text), 8)


def _long_enough(salt: SecretStr) -> SecretStr:
    # A short one is found by trying: names are known, and the ids made of them stand in the table.
    if len(salt.get_secret_value()) < _SHORTEST_SALT:
        raise ValueError(f"at least {_SHORTEST_SALT} characters wanted")
    return salt


def _folder(path: Path) -> Path:
    if not path.is_dir():
        raise ValueError(f"没有这个文件夹 / there is no such folder: {path}")
    return path.resolve()


def _local(path: Path) -> Path:
    # As a path it would become a folder of that name, here; WDH_OUTPUT_DIR=s3://… as a Path is s3:/….
    scheme = re.match(r"([A-Za-z][A-Za-z0-9+.-]+):/", path.as_posix())
    if scheme:
        raise ValueError(
            f"只能写入文件夹 / a folder of this machine or of a mounted share wanted, {scheme[1]}:// found; "
            "mount that store, or write to a folder and copy it there afterwards"
        )
    return path


class Settings(BaseSettings):
    """All settings, read once per process."""

    model_config = SettingsConfigDict(
        env_ignore_empty=True,
        env_prefix=_PREFIX,
        env_nested_delimiter=_BELOW,
        env_file=_ENV_FILE,
        env_file_encoding=_ENCODING,
        extra="ignore",
    )

    data_base_dir: Path = Path("./data")
    output_dir: Annotated[Path, AfterValidator(_local)] = Path("./output")
    output_mode: Annotated[int, BeforeValidator(_file_mode)] = Field(default=0o600, validate_default=False)
    data_sources_config: Path = Path(__file__).parent / "sources" / "data_sources.yml"
    domains_dir: Annotated[Path, AfterValidator(_folder)] | None = None
    database: DatabaseSettings = Field(default_factory=DatabaseSettings)
    workbook_engine: Literal["direct", "openpyxl", "xlrd"] | None = None
    max_files_limit: int = Field(default=20, ge=1)
    summary_json: Path | None = None
    keep_days: int | None = Field(default=None, ge=1)
    actor: str | None = Field(default=None, min_length=1, max_length=100)
    company_id_salt: Annotated[SecretStr, AfterValidator(_long_enough)] | None = None
    company_index: Path = Path("./company_index.json")
    company_index_query: Path | None = None

    @model_validator(mode="after")
    def _own_catalogue(self) -> Settings:
        """The catalogue lies beside the user's own domains unless it is said where."""
        beside = self.domains_dir / "data_sources.yml" if self.domains_dir else None
        if beside is not None and "data_sources_config" not in self.model_fields_set and beside.is_file():
            self.data_sources_config = beside
        return self

    @property
    def company_overrides(self) -> Path:
        """Where operators keep their overrides of companies: beside the catalogue."""
        return self.data_sources_config.parent / "company_overrides.yml"


@functools.lru_cache(maxsize=1)
def get_settings() -> Settings:
    """The settings of this process.

    Raises SettingsError naming each wrong or unknown variable, and where it stands; values are left out, as they may
    be secrets.
    """
    mistakes = list(_unknown_names())
    try:
        if not mistakes:
            return Settings()
    except ValidationError as error:
        mistakes = [
            f"{_PREFIX}{_BELOW.join(map(str, problem['loc'])).upper()}: {told(problem, shown=False)}"
            for problem in error.errors(include_input=False, include_url=False)
        ]
    except UnreadableSettings:
        # A group given as one variable.
        name = f"{_PREFIX}DATABASE"
        mistakes = [f"{name}: 不是 JSON, 请分项书写 / no JSON; give its parts by themselves, such as {name}{_BELOW}URI"]
    listed = mistakes if len(mistakes) == 1 else [f"{len(mistakes)} mistakes", *mistakes]
    raise SettingsError("settings: " + "\n  ".join(listed)) from None


def setting_names() -> list[str]:
    """Every variable that is read: ``WDH_OUTPUT_DIR``, ``WDH_DATABASE__URI``; a group by itself is JSON."""
    names = []
    for name, field in Settings.model_fields.items():
        names.append(f"{_PREFIX}{name}".upper())
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            names += [f"{_PREFIX}{name}{_BELOW}{below}".upper() for below in field.annotation.model_fields]
    return names


def _unknown_names() -> Iterator[str]:
    """What would be ignored: names that nothing reads, and lines of .env that cannot be read."""
    known = setting_names()
    given = [(name, "环境变量 / in the environment") for name in sorted(os.environ)]
    try:
        given += list(_names_in_file())
    except (OSError, UnicodeDecodeError) as error:
        yield f"{_ENV_FILE.resolve()}: 无法读取 / cannot be read: {reason_of(error)}"
    for name, where in given:
        if not name:
            yield f"{where}: 无法识别 / cannot be read; NAME=value wanted"
        elif name.upper().startswith(_PREFIX) and name.upper() not in known:
            meant = did_you_mean(name, known) or f" 已有 / known: {', '.join(known)}"
            yield f"{name} ({where}): 没有这个设置 / there is no such setting.{meant}"


def _names_in_file() -> Iterator[tuple[str, str]]:
    """The names in .env with their lines; an empty one for what is no ``NAME=value``."""
    if not _ENV_FILE.exists():
        return
    with _ENV_FILE.open(encoding=_ENCODING) as stream:
        for found in parse_stream(stream):
            # Blank lines and comments have no name either, and are no error.
            if found.key is None and not found.error:
                continue
            readable = found.value is not None and not found.error
            before = len(found.original.string) - len(found.original.string.lstrip())
            line = found.original.line + found.original.string[:before].count("\n")
            yield (found.key or "") if readable else "", f"{_ENV_FILE.resolve()}:{line}"
