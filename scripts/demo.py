"""Plan and load sample workbooks into an embedded PostgreSQL, and show what is in the tables afterwards.

First the performance that trustees report, then what pension managers keep: a month of annuities, two tables of one
workbook, then older ones with a restatement and a supplement, then a ledger of plans won and lost.

Everything stays below one folder, ``demo/`` unless another is named. The commands run in that folder, away from the
user's own ``.env``, and with no WDH_* variable but those shown. Running it again loads the same workbooks again, which
changes no row.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shlex
import subprocess
import sys
import sysconfig
from collections.abc import Mapping, Sequence
from pathlib import Path

from make_sample_workbooks import companies_csv, write_samples
from pydantic import SecretStr

from workflows.settings import DatabaseSettings
from workflows.warehouse.connection import connect
from workflows.warehouse.embedded import running_server

_ROOT = Path(__file__).resolve().parents[1]
_SETTINGS = {
    "WDH_DATA_BASE_DIR": "data",
    "WDH_OUTPUT_DIR": "output",
    "WDH_DATABASE__URI": "embedded:database",
    # For show: a real one is a secret.
    "WDH_COMPANY_ID_SALT": "the salt of the demo",
}
_ANNUITIES = "annuity_performance,annuity_income"
_LEDGERS = "annual_award,annual_loss"
_SCHEMA = ("python", "-m", "workflows.warehouse", "apply-schema", "--domain", "all")
_INDEX = ("python", "-m", "workflows.runs", "fetch-index", "--from", "companies.csv")


def _plan(domains: str, *flags: str) -> tuple[str, ...]:
    load_domain = ("luigi", "--module", "workflows.tasks", "LoadDomain")
    return (*load_domain, "--domain", domains, *flags, "--local-scheduler")


_BY_MONTH = """
    SELECT to_char(report_date, 'YYYY-MM') AS month, count(*) AS rows, sum(fund_scale) AS fund_scale,
           round(100 * avg(return_rate), 4) AS "average return %", min(data_source) AS workbook
    FROM trustee_performance GROUP BY report_date ORDER BY report_date
"""
_LOADS = """
    SELECT sequence AS load, outcome, records, deleted, inserted, unchanged, domain
    FROM wdh_load ORDER BY sequence DESC LIMIT 7
"""
_BY_GROUP = """
    SELECT to_char("月度", 'YYYY-MM') AS month, count(*) AS rows, count(DISTINCT company_id) AS companies,
           sum("期末资产规模") AS assets, "业务类型" || ' ' || "计划类型" AS business
    FROM business."规模明细" GROUP BY "月度", "业务类型", "计划类型" ORDER BY "月度", "业务类型", "计划类型"
"""
_FEES = """
    SELECT to_char("月度", 'YYYY-MM') AS month, count(*) AS rows, sum("固费") AS fixed, sum("浮费") AS floating,
           data_source AS workbook
    FROM business."收入明细" GROUP BY "月度", data_source ORDER BY "月度", data_source
"""
_REFERENCES = """
    SELECT (SELECT count(*) FROM mapping."年金计划") AS plans, (SELECT count(*) FROM mapping."组合计划") AS portfolios,
           (SELECT count(*) FROM mapping."产品线") AS lines, (SELECT count(*) FROM mapping."组织架构") AS branches,
           (SELECT count(*) FROM customer."客户明细") AS customers
"""
_WON_AND_LOST = """
    SELECT to_char("上报月份", 'YYYY-MM') AS month, count(*) AS rows, sum("计划规模") AS scale, what
    FROM (SELECT '中标 ' || "业务类型" AS what, "上报月份", "计划规模" FROM customer."中标客户明细"
          UNION ALL SELECT '流失 ' || "业务类型", "上报月份", "计划规模" FROM customer."流失客户明细") AS ledgers
    GROUP BY "上报月份", what ORDER BY "上报月份", what
"""


def _run(command: Sequence[str], folder: Path, settings: Mapping[str, str]) -> None:
    """Show the command and run it in ``folder``; end with its exit code if it fails."""
    print(f"\n$ {shlex.join(command)}", flush=True)
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("WDH_")}
    program = Path(sysconfig.get_path("scripts")) / command[0]
    done = subprocess.run(
        [str(program), *command[1:]], cwd=folder, env={**inherited, **settings}, check=False
    ).returncode
    if done:
        sys.exit(done)


def _show(database: DatabaseSettings, query: str) -> None:
    """Show the query and what it finds, in columns."""
    with (
        contextlib.closing(connect(database, "workdatahub demo")) as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute(query)
        names = [column.name for column in cursor.description or ()]
        rows = [[str(value) for value in row] for row in cursor.fetchall()]
    widths = [max(map(len, column)) for column in zip(names, *rows, strict=True)]
    print("\n# " + "\n# ".join(line.strip() for line in query.strip().splitlines()))
    for row in (names, ["-" * width for width in widths], *rows):
        *figures, last = row
        aligned = [value.rjust(width) for value, width in zip(figures, widths, strict=False)]
        # The last column may hold Chinese text, whose width on the screen is not its length.
        print("  " + "  ".join([*aligned, last]))


def _trustees(folder: Path, settings: Mapping[str, str], database: DatabaseSettings) -> None:
    plan = _plan("trustee_performance", "--max-files", "3")
    for command in (plan, _SCHEMA, (*plan, "--execute")):
        _run(command, folder, settings)
    _show(database, _BY_MONTH)


def _annuities(folder: Path, settings: Mapping[str, str], database: DatabaseSettings) -> None:
    """The newest month, then older ones: other headers; a restatement with a supplement."""
    newest = _plan(_ANNUITIES)
    _run(_INDEX, folder, settings)
    for command in (newest, (*newest, "--execute")):
        _run(command, folder, settings)
    _run(_plan(_ANNUITIES, "--period", "2024-11..2024-12", "--max-files", "2", "--execute"), folder, settings)
    _show(database, _BY_GROUP)
    _show(database, _FEES)


def _ledgers(folder: Path, settings: Mapping[str, str], database: DatabaseSettings) -> None:
    plan = _plan(_LEDGERS)
    for command in (plan, (*plan, "--execute")):
        _run(command, folder, settings)
    _show(database, _WON_AND_LOST)
    _show(database, _REFERENCES)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, nargs="?", default=_ROOT / "demo")
    folder: Path = parser.parse_args().folder.resolve()
    settings = _SETTINGS | {"LUIGI_CONFIG_PATH": os.path.relpath(_ROOT / "luigi.cfg", folder)}
    written = write_samples(folder / "data")
    print(f"Wrote {len(written)} files into {folder / 'data'}. The commands below run in {folder} with")
    for name, value in settings.items():
        print(f"  {name}={value}")
    (folder / "companies.csv").write_text(companies_csv(), encoding="utf-8")
    # Held here for the whole demo, so that each command joins a running server instead of starting its own.
    with running_server(folder / "database"):
        database = DatabaseSettings(uri=SecretStr(f"embedded:{folder / 'database'}"))
        _trustees(folder, settings, database)
        _annuities(folder, settings, database)
        _ledgers(folder, settings, database)
        _show(database, _LOADS)
    print("\nRun `make demo` again: every outcome is then `unchanged`, and no row changes.", flush=True)


if __name__ == "__main__":
    main()
