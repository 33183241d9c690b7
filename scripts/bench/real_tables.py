"""The tables that a real month goes to, with the history that makes them as large as a pension manager's."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

from arena import PLACE, ROOT, Arena, Database
from measure import inherited, seconds

_WRITERS = ("bench/real_workbooks.py", "sample_annuities.py", "wps_workbook.py")


def _digest(*paths: Path) -> str:
    return hashlib.sha256(b"".join(path.read_bytes() for path in paths)).hexdigest()[:12]


DATA = PLACE / "data" / f"real-{_digest(*(ROOT / 'scripts' / name for name in _WRITERS))}"
DOMAINS = "annuity_performance,annuity_income"
SHEETS = {"规模明细": (625_000, 33_600), "收入明细": (158_000, 8_500)}
"""By sheet: the rows of its tables, and those of the month before, from which the others are made."""

# The tables are made anew when what they or their rows follow from changes.
_MADE_FROM = ("scripts/bench/**/real_*.py", "workflows/domains/**/*.py", "workflows/plan/*sql.py")
_PEERS_TABLE = """
CREATE SCHEMA IF NOT EXISTS peer;
CREATE TABLE peer."{sheet}" AS SELECT {columns} FROM business."{sheet}";
CREATE INDEX ON peer."{sheet}" ("月度")
"""
_OURS_ONLY = ("id", "load_sequence", "产品线代码", "年金账户号", "年金账户名", "company_id", "浮费", "回补", "税")
"""Columns of ours that no peer fills."""
_PROVENANCE = ("data_source", "source_sheet", "source_row", "validation_warnings")
_EARLIER = "(\"月度\" - n * interval '1 month')::date"
_DLT_ID = "gen_random_uuid()::text"
_HISTORY = """
INSERT INTO {table} ({names}) SELECT {values} FROM {table}, generate_series(1, {whole}) AS n;
INSERT INTO {table} ({names}) SELECT {values}
FROM (SELECT * FROM {table} WHERE "月度" = '2026-01-01' LIMIT {rest}) AS month, (VALUES ({whole} + 1)) AS earlier (n)
"""


def settings(data: str) -> dict[str, str]:
    """What our runs on the workbooks called ``data`` need besides a database."""
    return {
        "WDH_DATA_BASE_DIR": str(DATA / data),
        "WDH_COMPANY_ID_SALT": "the salt of the benchmark",
        "WDH_COMPANY_INDEX": str(DATA / "company_index.json"),
    }


def write_workbooks() -> None:
    """All workbooks, and the index of known companies, unless they are there."""
    scripts = ROOT / "scripts"
    command = [sys.executable, str(scripts / "bench/real_workbooks.py"), str(DATA)]
    subprocess.run(command, check=True, env={**inherited(), "PYTHONPATH": str(scripts)})
    if not (DATA / "company_index.json").exists():
        _workflows("runs", "fetch-index", "--from", str(DATA / "companies.csv"))


def full_database(place: Arena, dlt_script: str) -> str:
    """The name of a database that holds the tables, ours and the peers', to be copied; dlt makes its own."""
    name = f"real_{_digest(*sorted(path for pattern in _MADE_FROM for path in ROOT.glob(pattern)))}"
    if place.databases(name):
        return name
    print("making tables of 625,000 and 158,000 rows, once", flush=True)
    for old in place.databases("real%"):
        place.drop(old)
    draft = place.made("real_draft")
    _workflows("warehouse", "apply-schema", "--domain", "all", WDH_DATABASE__URI=draft.dsn)
    seconds(draft.luigi("LoadDomain", ["--domain", DOMAINS, "--execute"], settings("before")))
    seconds(draft.peer(dlt_script, "load", str(DATA / "before")))
    for sheet in SHEETS:
        _fill(draft, sheet)
    draft.vacuum()
    place.execute(f"ALTER DATABASE real_draft RENAME TO {name}")
    return name


def _fill(database: Database, sheet: str) -> None:
    """Months before the one that is there, its rows again: ours, then dlt's, then those of the others, as ours."""
    wanted, have = SHEETS[sheet]
    whole, rest = divmod(wanted - have, have)
    for schema in ("business", "bench"):
        columns = [name for name in database.columns(schema, sheet) if name != "id"]
        names = ", ".join(f'"{name}"' for name in columns)
        # dlt names each row.
        values = ", ".join({"月度": _EARLIER, "_dlt_id": _DLT_ID}.get(name, f'"{name}"') for name in columns)
        table = f'{schema}."{sheet}"'
        database.execute(_HISTORY.format(table=table, names=names, values=values, whole=whole, rest=rest))
        rows = database.count(f"SELECT count(*) FROM {table}")  # noqa: S608 - names of our own
        if rows != wanted:
            raise SystemExit(f"{table}: {rows} rows made")
    other = "机构代码" if sheet == "规模明细" else ""
    kept = [name for name in database.columns("business", sheet) if name not in (*_OURS_ONLY, *_PROVENANCE, other)]
    database.execute(_PEERS_TABLE.format(sheet=sheet, columns=", ".join(f'"{name}"' for name in kept)))


def _workflows(package: str, *arguments: str, **more: str) -> None:
    command = [sys.executable, "-m", f"workflows.{package}", *arguments]
    env = {**inherited(), **settings("before"), **more}
    subprocess.run(command, check=True, env=env, cwd=PLACE, stdout=subprocess.DEVNULL)
