"""WDH_* environment (or a ``.env`` file in the working folder) -> Settings.

========================================  ===========================================================
WDH_DATA_BASE_DIR                         where workbooks are looked for (default ``./data``)
WDH_OUTPUT_DIR                            every file the workflow writes (default ``./output``)
WDH_OUTPUT_MODE                           who may read those files (default 600: their owner; 640: the group too)
WDH_DATA_SOURCES_CONFIG                   the catalogue (default: the one in the package)
WDH_DATABASE__URI                         a libpq URI, ``service=NAME``, or ``embedded:<dir>``
WDH_DATABASE__HOST PORT USER PASSWORD DB  the same in parts, when there is no URI
WDH_WORKBOOK_ENGINE                       force ``direct``, ``openpyxl`` or ``xlrd``
WDH_MAX_FILES_LIMIT                       the largest ``--max-files`` allowed (default 20)
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
"""

from __future__ import annotations

import functools
import re
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import quote

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from workflows.errors import DatabaseNotConfiguredError, SettingsError

EMBEDDED = "embedded:"
_SHORTEST_SALT = 16

_NO_DATABASE = (
    "a database is needed (by --execute, --compare, ApplyPlan), and none is configured. Set WDH_DATABASE__URI to "
    "postgresql://user:password@host:5432/name, to service=NAME, or to embedded:<dir> for the PostgreSQL "
    "that comes with the extra [demo]; or set WDH_DATABASE__HOST, PORT, USER, PASSWORD and DB."
)


class DatabaseSettings(BaseModel):
    """Where rows go. Secrets stay inside SecretStr until a connection is opened."""

    uri: SecretStr | None = None
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
        raise ValueError("three digits wanted, such as 600, 640 or 664")
    return int(str(text), 8)


def _long_enough(salt: SecretStr) -> SecretStr:
    # A short one is found by trying: names are known, and the ids made of them stand in the table.
    if len(salt.get_secret_value()) < _SHORTEST_SALT:
        raise ValueError(f"at least {_SHORTEST_SALT} characters wanted")
    return salt


class Settings(BaseSettings):
    """All settings, read once per process."""

    model_config = SettingsConfigDict(
        env_ignore_empty=True,
        env_prefix="WDH_",
        env_nested_delimiter="__",
        env_file=".env",
        env_file_encoding="utf-8",
        extra="ignore",
    )

    data_base_dir: Path = Path("./data")
    output_dir: Path = Path("./output")
    output_mode: Annotated[int, BeforeValidator(_file_mode)] = Field(default=0o600, validate_default=False)
    data_sources_config: Path = Path(__file__).parent / "sources" / "data_sources.yml"
    database: DatabaseSettings = Field(default_factory=DatabaseSettings)
    workbook_engine: Literal["direct", "openpyxl", "xlrd"] | None = None
    max_files_limit: int = Field(default=20, ge=1)
    summary_json: Path | None = None
    company_id_salt: Annotated[SecretStr, AfterValidator(_long_enough)] | None = None
    company_index: Path = Path("./company_index.json")
    company_index_query: Path | None = None

    @property
    def company_overrides(self) -> Path:
        """Where operators keep their overrides of companies: beside the catalogue."""
        return self.data_sources_config.parent / "company_overrides.yml"


@functools.lru_cache(maxsize=1)
def get_settings() -> Settings:
    """The settings of this process.

    Raises SettingsError naming each wrong variable; values are left out, as they may be secrets.
    """
    try:
        return Settings()
    except ValidationError as error:
        wrong = "; ".join(
            f"WDH_{'__'.join(str(part) for part in problem['loc']).upper()}: {problem['msg']}"
            for problem in error.errors(include_input=False, include_url=False)
        )
        raise SettingsError(f"settings: {wrong}") from None
