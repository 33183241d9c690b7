"""Plan and load sample workbooks into an embedded PostgreSQL, and show what is in the tables afterwards.

First the trustees' performance; then a month of the pension managers' workbook, two of its sheets in one transaction,
and a ledger of two sheets, with what their rows refer to.

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

from make_sample_workbooks import write_samples
from pydantic import SecretStr
from sample_annuities import known_companies, sample_workbooks

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
_PLAN = (
    *("luigi", "--module", "workflows.tasks", "LoadDomain"),
    *("--domain", "trustee_performance", "--max-files", "3", "--local-scheduler"),
)
_SCHEMA = ("python", "-m", "workflows.warehouse", "apply-schema", "--domain")
_ANNUITIES, _LEDGER = "annuity_performance,annuity_income", "annual_award"
_KNOWN_COMPANIES = "known_companies.csv"
_INDEX = ("python", "-m", "workflows.runs", "fetch-index", "--from", _KNOWN_COMPANIES)

_BY_MONTH = """
    SELECT to_char(report_date, 'YYYY-MM') AS month, count(*) AS rows, sum(fund_scale) AS fund_scale,
           round(100 * avg(return_rate), 4) AS "average return %", min(data_source) AS workbook
    FROM trustee_performance GROUP BY report_date ORDER BY report_date
"""
_LOADS = """
    SELECT sequence AS load, outcome, records, deleted, inserted, unchanged
    FROM wdh_load ORDER BY sequence DESC LIMIT 3
"""


_BY_GROUP = """
    SELECT count(*) AS rows, count(company_id) AS companies, sum("期末资产规模") AS scale,
           concat_ws(' ', "业务类型", "计划类型") AS "group"
    FROM business."规模明细" GROUP BY "业务类型", "计划类型" ORDER BY "业务类型", "计划类型"
"""
_REFERENCES = """
    SELECT (SELECT count(*) FROM mapping."年金计划") AS plans, (SELECT count(*) FROM mapping."组合计划") AS portfolios,
           (SELECT count(*) FROM mapping."产品线") AS lines, (SELECT count(*) FROM mapping."组织架构") AS branches,
           (SELECT count(*) FROM customer."客户明细") AS customers
"""


def _load(domains: str) -> tuple[str, ...]:
    return ("luigi", "--module", "workflows.tasks", "LoadDomain", "--domain", domains, "--local-scheduler")


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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, nargs="?", default=_ROOT / "demo")
    folder: Path = parser.parse_args().folder.resolve()
    settings = _SETTINGS | {"LUIGI_CONFIG_PATH": os.path.relpath(_ROOT / "luigi.cfg", folder)}
    written = write_samples(folder / "data")
    print(f"Wrote {len(written)} files into {folder / 'data'}. The commands below run in {folder} with")
    for name, value in settings.items():
        print(f"  {name}={value}")
    # Held here for the whole demo, so that each command joins a running server instead of starting its own.
    with running_server(folder / "database"):
        _run(_PLAN, folder, settings)
        _run((*_SCHEMA, "trustee_performance"), folder, settings)
        _run((*_PLAN, "--execute"), folder, settings)
        database = DatabaseSettings(uri=SecretStr(f"embedded:{folder / 'database'}"))
        _show(database, _BY_MONTH)
        _show(database, _LOADS)
        _run_annuities(folder, settings | {"WDH_DATA_BASE_DIR": "annuities"})
        _show(database, _BY_GROUP)
        _show(database, _REFERENCES)
    print("\nRun `make demo` again: the outcome is then `unchanged`, and no row changes.", flush=True)


def _run_annuities(folder: Path, settings: Mapping[str, str]) -> None:
    """Write and load a month of one workbook's two sheets, and a ledger; they lie in a folder of their own."""
    samples = dict(sample_workbooks())
    for name, data in samples.items():
        path = folder / "annuities" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    (folder / _KNOWN_COMPANIES).write_text(known_companies(), encoding="utf-8")
    print(f"\nWrote {len(samples)} workbooks of pension managers into {folder / 'annuities'}; from here on")
    print("  WDH_DATA_BASE_DIR=annuities")
    _run(_INDEX, folder, settings)
    _run(_load(_ANNUITIES), folder, settings)
    _run((*_SCHEMA, f"{_ANNUITIES},{_LEDGER}"), folder, settings)
    _run((*_load(_ANNUITIES), "--execute"), folder, settings)
    _run((*_load(_LEDGER), "--execute"), folder, settings)


if __name__ == "__main__":
    main()
