"""The floor of a real month: polars reads two sheets, one COPY each. Nothing is checked, looked up or compared.

``read`` reads only; ``load`` adds to the tables; ``replace`` deletes the months before, in the same transaction.
"""

from __future__ import annotations

import io
import sys
from contextlib import closing
from pathlib import Path

import polars as pl
import psycopg2
from real_sheets import SHEETS, columns_of, headers_of


def read(path: Path, sheet: str) -> pl.DataFrame:
    texts, figures, _ = SHEETS[sheet]
    headers, columns = headers_of(sheet), columns_of(sheet)
    kinds = dict.fromkeys(headers[1 : len(texts) + 1], pl.String) | dict.fromkeys(figures, pl.Float64)
    frame = pl.read_excel(path, sheet_name=sheet, columns=headers, schema_overrides=kinds)
    frame = frame.select(headers).filter(pl.col("月度").is_not_null()).rename(dict(zip(headers, columns, strict=True)))
    month = pl.date(pl.col("月度").cast(pl.Int64) // 100, pl.col("月度").cast(pl.Int64) % 100, 1).alias("月度")
    called = SHEETS[sheet][2]
    return frame.with_columns(
        month, *(pl.col(called.get(name, name)).round(places) for name, places in figures.items())
    )


def main(what: str, data: str, dsn: str) -> None:
    (path,) = Path(data).rglob("*.xlsx")
    frames = {sheet: read(path, sheet) for sheet in SHEETS}
    if what == "read":
        print({sheet: frame.height for sheet, frame in frames.items()})
        return
    with closing(psycopg2.connect(dsn)) as connection, connection, connection.cursor() as cursor:
        for sheet, frame in frames.items():
            if what == "replace":
                months = frame["月度"].unique().to_list()
                cursor.execute(f'DELETE FROM peer."{sheet}" WHERE "月度" = ANY (%s)', (months,))  # noqa: S608
            feed = io.BytesIO()
            frame.write_csv(feed, include_header=False)
            feed.seek(0)
            names = ", ".join(f'"{name}"' for name in frame.columns)
            cursor.copy_expert(f'COPY peer."{sheet}" ({names}) FROM STDIN WITH (FORMAT csv)', feed)


if __name__ == "__main__":
    main(*sys.argv[1:])
