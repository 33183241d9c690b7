"""Plan and load sample workbooks into an embedded PostgreSQL, and show what is in the table afterwards.

Everything stays below ``demo/``. The commands run in that folder, away from the user's own ``.env``, and with no
WDH_* variable but those shown. Running it again loads the same workbooks again, which changes no row.
"""

from __future__ import annotations

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

from workflows.settings import DatabaseSettings
from workflows.warehouse.connection import Connection, connect
from workflows.warehouse.embedded import running_server

_ROOT = Path(__file__).resolve().parents[1]
_DEMO = _ROOT / "demo"
_SETTINGS = {
    "WDH_DATA_BASE_DIR": "data",
    "WDH_OUTPUT_DIR": "output",
    "WDH_DATABASE__URI": "embedded:database",
    "LUIGI_CONFIG_PATH": "../luigi.cfg",
}
_PLAN = (
    *("luigi", "--module", "workflows.tasks", "LoadDomain"),
    *("--domain", "trustee_performance", "--max-files", "3", "--local-scheduler"),
)
_SCHEMA = ("python", "-m", "workflows.warehouse", "apply-schema", "--domain", "trustee_performance")

_BY_MONTH = """
    SELECT to_char(report_date, 'YYYY-MM') AS month, count(*) AS rows, sum(fund_scale) AS fund_scale,
           round(100 * avg(return_rate), 4) AS "average return %", min(data_source) AS workbook
    FROM trustee_performance GROUP BY report_date ORDER BY report_date
"""
_LOADS = """
    SELECT sequence AS load, outcome, records, deleted, inserted, unchanged
    FROM wdh_load ORDER BY sequence DESC LIMIT 3
"""


def _environment(inherited: Mapping[str, str]) -> dict[str, str]:
    """What the commands see: no WDH_* setting but the demo's own."""
    return {name: value for name, value in inherited.items() if not name.startswith("WDH_")} | _SETTINGS


def _run(command: Sequence[str]) -> None:
    """Show the command and run it; end with its exit code if it fails."""
    print(f"\n$ {shlex.join(command)}", flush=True)
    program = Path(sysconfig.get_path("scripts")) / command[0]
    done = subprocess.run([str(program), *command[1:]], cwd=_DEMO, env=_environment(os.environ), check=False).returncode
    if done:
        sys.exit(done)


def _show(connection: Connection, query: str) -> None:
    """Show the query and what it finds, in columns."""
    with connection.cursor() as cursor:
        cursor.execute(query)
        names = [column.name for column in cursor.description or ()]
        rows = [["" if value is None else str(value) for value in row] for row in cursor.fetchall()]
    widths = [max(map(len, column)) for column in zip(names, *rows, strict=True)]
    print("\n# " + "\n# ".join(line.strip() for line in query.strip().splitlines()))
    for row in (names, ["-" * width for width in widths], *rows):
        # Text as wide as its column is the last, and its Chinese characters need no padding.
        print("  " + "  ".join(value.rjust(width) for value, width in zip(row, widths, strict=True)))


def main() -> None:
    written = write_samples(_DEMO / "data")
    print(f"Wrote {len(written)} files into {_DEMO / 'data'}. The commands below run in {_DEMO} with")
    for name, value in _SETTINGS.items():
        print(f"  {name}={value}")
    folder = _DEMO / "database"
    # Held here for the whole demo, so that each command joins a running server instead of starting its own.
    with running_server(folder):
        _run(_PLAN)
        _run(_SCHEMA)
        _run((*_PLAN, "--execute"))
        database = DatabaseSettings(uri=SecretStr(f"embedded:{folder}"))
        with contextlib.closing(connect(database, "workdatahub demo")) as connection:
            _show(connection, _BY_MONTH)
            _show(connection, _LOADS)
    print("\nRun `make demo` again: the outcome is then `unchanged`, and no row changes.", flush=True)


if __name__ == "__main__":
    main()
