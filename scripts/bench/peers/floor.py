"""The floor: polars.read_excel, rounding, one COPY. No validation, no targets, no comparison, no ledger."""

from __future__ import annotations

import io
import sys
from contextlib import closing
from pathlib import Path

import polars as pl
import psycopg2

_FROM = {
    "计划代码": "plan_code",
    "公司代码": "company_code",
    "收益率": "return_rate",
    "净值": "net_asset_value",
    "规模": "fund_scale",
}


def read(path: Path) -> pl.DataFrame:
    frame = pl.read_excel(path, columns=["年", "月", *_FROM])
    return frame.select(
        pl.date(pl.col("年"), pl.col("月"), 1).alias("report_date"),
        pl.col("计划代码").alias("plan_code"),
        pl.col("公司代码").alias("company_code"),
        pl.col("收益率").round(6).alias("return_rate"),
        pl.col("净值").round(4).alias("net_asset_value"),
        pl.col("规模").round(2).alias("fund_scale"),
    )


def main(data: str, dsn: str) -> None:
    feed = io.BytesIO()
    pl.concat([read(path) for path in sorted(Path(data).glob("*.xlsx"))]).write_csv(feed, include_header=False)
    feed.seek(0)
    with closing(psycopg2.connect(dsn)) as connection, connection, connection.cursor() as cursor:
        cursor.copy_expert("COPY peer_table FROM STDIN WITH (FORMAT csv)", feed)


if __name__ == "__main__":
    main(*sys.argv[1:])
