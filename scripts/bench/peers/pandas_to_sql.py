"""pandas.read_excel (openpyxl) and DataFrame.to_sql(method="multi"), as most tutorials have it."""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd
import psycopg2
from sqlalchemy import create_engine

_FROM = {
    "计划代码": "plan_code",
    "公司代码": "company_code",
    "收益率": "return_rate",
    "净值": "net_asset_value",
    "规模": "fund_scale",
}


def read(path: Path) -> pd.DataFrame:
    frame = pd.read_excel(path, engine="openpyxl", dtype={"计划代码": str, "公司代码": str})
    dates = pd.to_datetime({"year": frame["年"], "month": frame["月"], "day": 1}).dt.date
    chosen = frame[list(_FROM)].rename(columns=_FROM)
    chosen.insert(0, "report_date", dates)
    return chosen.round({"return_rate": 6, "net_asset_value": 4, "fund_scale": 2})


def main(data: str, dsn: str) -> None:
    engine = create_engine("postgresql+psycopg2://", creator=lambda: psycopg2.connect(dsn))
    frame = pd.concat([read(path) for path in sorted(Path(data).glob("*.xlsx"))])
    # A thousand rows a statement: larger ones are slower still.
    frame.to_sql("peer_table", engine, if_exists="append", index=False, method="multi", chunksize=1000)
    engine.dispose()


if __name__ == "__main__":
    main(*sys.argv[1:])
