"""dlt fed by calamine: rows as dicts, merged by their primary key."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
os.environ["SCHEMA__NAMING"] = "direct"

import dlt
from dlt.destinations import postgres
from psycopg2.extensions import parse_dsn
from python_calamine import CalamineWorkbook


@dlt.resource(  # type: ignore[untyped-decorator, unused-ignore]
    name="trustee_performance",
    write_disposition="merge",
    primary_key=("report_date", "plan_code", "company_code"),
)
def rows(data: str) -> Iterator[list[dict[str, Any]]]:
    for path in sorted(Path(data).glob("*.xlsx")):
        sheet: list[list[Any]] = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
        header, *cells = sheet
        at = {str(name): index for index, name in enumerate(header)}
        yield [
            {
                "report_date": date(int(row[at["年"]]), int(row[at["月"]]), 1),
                "plan_code": row[at["计划代码"]],
                "company_code": row[at["公司代码"]],
                "return_rate": round(row[at["收益率"]], 6),
                "net_asset_value": round(row[at["净值"]], 4),
                "fund_scale": round(row[at["规模"]], 2),
            }
            for row in cells
        ]


def address(dsn: str) -> str:
    """A URL, as dlt wants it: it insists on a host and a password, and the query's host wins."""
    parts = parse_dsn(dsn)
    where = urlencode({"host": parts["host"], "port": parts["port"]})
    return f"postgresql://{parts['user']}:unused@localhost/{parts['dbname']}?{where}"


def main(data: str, dsn: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        pipeline = dlt.pipeline(
            "bench", destination=postgres(credentials=address(dsn)), dataset_name="bench", pipelines_dir=folder
        )
        pipeline.run(rows(data)).raise_on_failed_jobs()


if __name__ == "__main__":
    main(*sys.argv[1:])
