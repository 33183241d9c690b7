"""Where the contenders meet: one server, a fresh database for each run, and each contender's command."""

from __future__ import annotations

import functools
import itertools
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import psutil
import psycopg2
from measure import Command, inherited
from psycopg2.extensions import make_dsn

from workflows.domains.registry import get_domain
from workflows.plan.build import table_columns
from workflows.warehouse import embedded
from workflows.warehouse.schema import TableDefinition, apply_schema

ROOT = Path(__file__).resolve().parents[2]
PLACE = ROOT / ".bench"
PEERS_PYTHON = PLACE / "venv" / "bin" / "python"
DOMAIN = "trustee_performance"
OURS, OURS_ONE_WORKER = "ours, 2 workers", "ours, 1 worker"
PEERS = {
    "floor (polars + COPY)": "floor.py",
    "dlt (calamine, merge)": "dlt_merge.py",
    "pandas + to_sql": "pandas_to_sql.py",
}
FLOOR = "floor (polars + COPY)"

_PEER_TABLE = """
CREATE TABLE peer_table (
  report_date date, plan_code varchar(50), company_code varchar(20),
  return_rate numeric(8,6), net_asset_value numeric(18,4), fund_scale numeric(18,2),
  PRIMARY KEY (report_date, plan_code, company_code))
"""


def workbooks(name: str, files: int, rows: int, version: int = 1) -> Path:
    """A folder with the newest ``files`` of the workbooks of that size; each is written once for all folders."""
    pool, folder = PLACE / "data" / f"pool-{rows}-V{version}", PLACE / "data" / name
    script = ROOT / "scripts/bench/workbooks.py"
    sizes = ["--files", str(files), "--rows", str(rows), "--version", str(version)]
    subprocess.run([str(PEERS_PYTHON), str(script), str(pool), *sizes], check=True)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    # The names begin with the year and a month of two digits.
    for path in sorted(pool.glob("*.xlsx"))[-files:]:
        (folder / path.name).hardlink_to(path)
    return folder


@dataclass
class Arena:
    """A running server, and the databases that are made on it."""

    dsn: str
    numbers: Iterator[int] = field(default_factory=itertools.count)

    @functools.cached_property
    def postmaster(self) -> int:
        """The id of the server's first process."""
        with closing(psycopg2.connect(self.dsn)) as connection:
            return int(psutil.Process(connection.info.backend_pid).ppid())

    def copy_of(self, template: str) -> Database:
        """A copy of a database, with an output folder that nobody used."""
        name = f"bench_{next(self.numbers)}"
        return self.made(name, template)

    def made(self, name: str, template: str = "template1") -> Database:
        """The database of that name, made anew."""
        # A benchmark that was killed leaves its databases, and the server is found again by its folder.
        self.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        shutil.rmtree(PLACE / "output" / name, ignore_errors=True)
        self.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
        self.execute("CHECKPOINT")
        return Database(self, name, make_dsn(self.dsn, dbname=name), PLACE / "output" / name)

    def fresh(self) -> Database:
        """A database and an output folder that nobody used, with the tables of the contest."""
        database = self.made(f"bench_{next(self.numbers)}")
        domain = get_domain(DOMAIN)
        with closing(psycopg2.connect(database.dsn)) as connection:
            apply_schema(connection, [TableDefinition(DOMAIN, table_columns(domain), domain.primary_key)])
            with connection.cursor() as cursor:
                cursor.execute(_PEER_TABLE)
            connection.commit()
        return database

    def drop(self, name: str) -> None:
        """Remove it, and write everything out, so that no run pays for the one before."""
        self.execute(f"DROP DATABASE {name} WITH (FORCE)")
        self.execute("CHECKPOINT")

    def databases(self, like: str) -> list[str]:
        """The names of the databases whose names are like that."""
        with closing(psycopg2.connect(self.dsn)) as connection, connection.cursor() as cursor:
            cursor.execute("SELECT datname FROM pg_database WHERE datname LIKE %s", (like,))
            return [str(name) for (name,) in cursor]

    def execute(self, statement: str) -> None:
        """Run one statement outside any transaction."""
        with closing(psycopg2.connect(self.dsn)) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(statement)


@dataclass(frozen=True)
class Database:
    """One run's database and output folder."""

    arena: Arena
    name: str
    dsn: str
    output: Path

    def ours(self, data: Path, files: int, *flags: str, workers: int = 2) -> Command:
        """Our run of the contest's domain, as users type it."""
        own = {"WDH_DATA_BASE_DIR": str(data), "WDH_MAX_FILES_LIMIT": "1000"}
        given = ["--domain", DOMAIN, "--max-files", str(files), "--workers", str(workers), *flags]
        return self.luigi("LoadDomain", given, own)

    def luigi(self, task: str, flags: Sequence[str], settings: Mapping[str, str]) -> Command:
        """One of our tasks, as users type it."""
        own = {
            "WDH_OUTPUT_DIR": str(self.output),
            "WDH_DATABASE__URI": self.dsn,
            "LUIGI_CONFIG_PATH": str(ROOT / "luigi.cfg"),
        }
        luigi = str(Path(sys.executable).parent / "luigi")
        arguments = [luigi, "--module", "workflows.tasks", task, "--local-scheduler", *flags]
        return Command(arguments, {**inherited(), **own, **settings}, PLACE)

    def peer(self, script: str, *arguments: str) -> Command:
        """A peer's script, in the peers' environment; its last argument is the database."""
        path = ROOT / "scripts/bench/peers" / script
        return Command([str(PEERS_PYTHON), str(path), *arguments, self.dsn], inherited(), PLACE)

    def contender(self, name: str, data: Path, files: int) -> Command:
        """The command of a contender by its name."""
        if name in (OURS, OURS_ONE_WORKER):
            return self.ours(data, files, "--execute", workers=2 if name == OURS else 1)
        return self.peer(PEERS[name], str(data))

    def rows(self, name: str) -> int:
        """How many rows a contender brought in."""
        table = {"dlt": "bench.trustee_performance", "our": DOMAIN}.get(name[:3], "peer_table")
        return self.count(f"SELECT count(*) FROM {table}")  # noqa: S608 - one of the three names above

    def count(self, query: str) -> int:
        """The one number that ``query`` gives."""
        with closing(psycopg2.connect(self.dsn)) as connection, connection.cursor() as cursor:
            cursor.execute(query)
            found = cursor.fetchone()
            return int(found[0]) if found else 0

    def execute(self, statement: str) -> None:
        """Run what may be several statements, and commit."""
        with closing(psycopg2.connect(self.dsn)) as connection, connection, connection.cursor() as cursor:
            cursor.execute(statement)

    def columns(self, schema: str, table: str) -> list[str]:
        """The table's columns that are there to be written, in order."""
        query = """
            SELECT column_name FROM information_schema.columns
            WHERE table_schema = %s AND table_name = %s AND is_generated = 'NEVER' ORDER BY ordinal_position
        """
        with closing(psycopg2.connect(self.dsn)) as connection, connection.cursor() as cursor:
            cursor.execute(query, (schema, table))
            return [str(name) for (name,) in cursor]

    def vacuum(self) -> None:
        """Tidy up all tables, and let the server know what is in them."""
        replace(self.arena, dsn=self.dsn).execute("VACUUM (ANALYZE)")

    def drop(self) -> None:
        """Remove the database and the outputs."""
        self.arena.drop(self.name)
        shutil.rmtree(self.output, ignore_errors=True)


@contextmanager
def arena() -> Iterator[Arena]:
    """A server of the benchmark's own, discarded at the end."""
    folder = PLACE / "server"
    try:
        with embedded.running_server(folder) as dsn:
            yield Arena(dsn)
    finally:
        embedded.discard(folder)


@contextmanager
def kept_arena() -> Iterator[Arena]:
    """Another server, whose databases are there again the next time. It tidies up when it is told to, not while
    somebody measures."""
    with embedded.running_server(PLACE / "server-kept") as dsn:
        place = Arena(dsn)
        place.execute("ALTER SYSTEM SET autovacuum = off")
        place.execute("SELECT pg_reload_conf()")
        yield place
