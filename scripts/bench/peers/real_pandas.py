"""A real month by pandas.read_excel (openpyxl) and DataFrame.to_sql(method="multi"): ``read`` only, or ``load``."""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd
import psycopg2
from real_sheets import SHEETS, columns_of, headers_of
from sqlalchemy import create_engine


def read(path: Path, sheet: str) -> pd.DataFrame:
    texts, figures, called = SHEETS[sheet]
    headers = headers_of(sheet)
    kinds = dict.fromkeys(headers[1 : len(texts) + 1], str)
    frame = pd.read_excel(path, sheet_name=sheet, engine="openpyxl", usecols=headers, dtype=kinds)
    frame = frame[headers].dropna(subset="月度").set_axis(columns_of(sheet), axis=1)
    frame["月度"] = pd.to_datetime(frame["月度"].astype(int).astype(str), format="%Y%m").dt.date
    return frame.round({called.get(name, name): places for name, places in figures.items()})


def main(what: str, data: str, dsn: str) -> None:
    (path,) = Path(data).rglob("*.xlsx")
    frames = {sheet: read(path, sheet) for sheet in SHEETS}
    if what == "read":
        print({sheet: len(frame) for sheet, frame in frames.items()})
        return
    engine = create_engine("postgresql+psycopg2://", creator=lambda: psycopg2.connect(dsn))
    for sheet, frame in frames.items():
        frame.to_sql(sheet, engine, schema="peer", if_exists="append", index=False, method="multi", chunksize=1000)
    engine.dispose()


if __name__ == "__main__":
    main(*sys.argv[1:])
