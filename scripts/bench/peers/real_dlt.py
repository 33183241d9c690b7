"""A real month by dlt fed by calamine: rows without a key, whose groups a load replaces (merge_key)."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
os.environ["SCHEMA__NAMING"] = "direct"

import dlt
from dlt.destinations import postgres
from dlt_merge import address
from python_calamine import CalamineWorkbook
from real_sheets import GROUP, SHEETS, columns_of, headers_of


def rows(path: Path, sheet: str) -> Iterator[list[dict[str, Any]]]:
    texts, figures, _ = SHEETS[sheet]
    cells: list[list[Any]] = CalamineWorkbook.from_path(path).get_sheet_by_name(sheet).to_python()
    header, *lines = cells
    at = [header.index(name) for name in headers_of(sheet)]
    columns, places = columns_of(sheet), list(figures.values())
    first = len(texts) + 1
    found = []
    for line in lines:
        month, *values = (line[index] for index in at)
        if month == "":
            continue
        record: dict[str, Any] = {"月度": date(int(month) // 100, int(month) % 100, 1)}
        for name, value in zip(columns[1:first], values, strict=False):
            record[name] = None if value == "" else value if isinstance(value, str) else f"{value:.0f}"
        for name, value, digits in zip(columns[first:], values[first - 1 :], places, strict=True):
            record[name] = None if value == "" else round(float(value), digits)
        found.append(record)
    yield found


def main(_what: str, data: str, dsn: str) -> None:
    (path,) = Path(data).rglob("*.xlsx")
    resources = [
        dlt.resource(
            rows(path, sheet),
            name=sheet,
            write_disposition="merge",
            merge_key=GROUP,
            # What is blank in all of a month has no type of its own.
            columns=[
                {"name": name, "data_type": "double" if name in numbers else "date" if name == "月度" else "text"}
                for name in columns_of(sheet)
            ],
        )
        for sheet, numbers in NUMBERS.items()
    ]
    with tempfile.TemporaryDirectory() as folder:
        pipeline = dlt.pipeline(
            "bench", destination=postgres(credentials=address(dsn)), dataset_name="bench", pipelines_dir=folder
        )
        pipeline.run(resources).raise_on_failed_jobs()


NUMBERS = {sheet: {called.get(name, name) for name in figures} for sheet, (_, figures, called) in SHEETS.items()}


if __name__ == "__main__":
    main(*sys.argv[1:])
