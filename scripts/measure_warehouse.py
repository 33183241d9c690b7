"""Time and memory of comparing and loading, on a table of millions in an embedded PostgreSQL.

``python scripts/measure_warehouse.py [TABLE_ROWS [STAGED_ROWS [RELOADED_ROWS]]]``
"""

from __future__ import annotations

import contextlib
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import psutil
import psycopg2

from workflows.domains.trustee_performance import DOMAIN
from workflows.plan.build import table_columns
from workflows.plan.load_spec import LedgerEntry, LoadFile, LoadSpec
from workflows.plan.model import Effect
from workflows.settings import DatabaseSettings
from workflows.warehouse import embedded
from workflows.warehouse.compare import BatchShape, compare
from workflows.warehouse.connection import connect, transaction
from workflows.warehouse.loader import load
from workflows.warehouse.schema import TableDefinition, apply_schema

_ROWS_TO_A_MONTH = 100_000
_FILL = """
    INSERT INTO trustee_performance
    SELECT DATE '2010-01-01' + (n / {month}) * INTERVAL '1 month', 'P' || lpad((n % {month})::text, 8, '0'), 'C1',
           0.05, 1.25, n % 1000, true, 'old.xlsx', '受托业绩', n % {month}, '[]'
    FROM generate_series(0, {rows} - 1) AS n
"""


@dataclass
class Batch:
    """The table's first rows again, every 20th changed (``changed``), as lines for COPY."""

    rows: int
    changed: bool

    def copy_chunks(self) -> Iterator[bytes]:
        """Whole lines, 2,000 at a time."""
        lines = []
        for n in range(self.rows):
            month = _month(n // _ROWS_TO_A_MONTH)
            scale = n % 1000 + (1 if self.changed and n % 20 == 0 else 0)
            lines.append(
                f"{month},P{n % _ROWS_TO_A_MONTH:08},C1,0.050000,1.2500,{scale}.00,true,new.xlsx,受托业绩,{n},[]"
            )
            if len(lines) == 2000:
                yield ("\n".join(lines) + "\n").encode()
                lines.clear()
        if lines:
            yield ("\n".join(lines) + "\n").encode()


class Watch:
    """How long each of a load's statements takes."""

    effect = Effect()

    def __init__(self) -> None:
        self.taken: dict[str, float] = {}
        self._last = time.perf_counter()

    def after(self, operation: str) -> None:
        """Notes the time since the statement before."""
        now = time.perf_counter()
        self.taken[operation] = now - self._last
        self._last = now


def _month(number: int) -> date:
    return date(2010 + number // 12, number % 12 + 1, 1)


def _spec(rows: int, *, by_month: bool) -> LoadSpec:
    months = tuple(_month(number) for number in range((rows - 1) // _ROWS_TO_A_MONTH + 1))
    return LoadSpec(
        table="trustee_performance",
        columns=DOMAIN.columns,
        business_columns=DOMAIN.business_columns,
        primary_key=DOMAIN.primary_key,
        merge_key=("report_date",) if by_month else DOMAIN.primary_key,
        period_column="report_date",
        periods=months,
        files=(LoadFile("new.xlsx", "sha", "受托业绩", months[0], "", 1, "rules", rows, rows, 0),),
    )


@contextlib.contextmanager
def _timed(what: str) -> Iterator[None]:
    process = psutil.Process()
    before, started = process.memory_info().rss, time.perf_counter()
    yield
    taken, after = time.perf_counter() - started, process.memory_info().rss
    print(f"{what}: {taken:.1f} s, memory {before / 1e6:.0f} -> {after / 1e6:.0f} MB", flush=True)


def main(table_rows: int = 2_000_000, staged: int = 200_000, reloaded: int = 1_000_000) -> None:
    with tempfile.TemporaryDirectory() as folder, embedded.running_server(Path(folder)) as dsn:
        database = DatabaseSettings.model_validate({"uri": dsn})
        with contextlib.closing(psycopg2.connect(dsn)) as connection:
            apply_schema(connection, [TableDefinition(DOMAIN.name, table_columns(DOMAIN), DOMAIN.primary_key)])
            with connection.cursor() as cursor, _timed(f"filling the table with {table_rows} rows"):
                cursor.execute(_FILL.format(month=_ROWS_TO_A_MONTH, rows=table_rows))
            connection.commit()
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute("VACUUM ANALYZE trustee_performance")
            connection.autocommit = False
            for by_month in (False, True):
                spec, entry = _spec(staged, by_month=by_month), LedgerEntry("m", "m", "d", "s", staged)
                with _timed(f"comparing {staged} rows, {'months replaced' if by_month else 'by key'}"):
                    found = compare(connection, spec, Batch(staged, True), entry, table_columns(DOMAIN), BatchShape())
                print(f"  {found.effect.model_dump(exclude_none=True)}")
        for by_month in (False, True):
            spec = _spec(reloaded, by_month=by_month)
            entry = LedgerEntry(f"reload-{by_month}", "m", "d", "s", reloaded)
            watch = Watch()
            with (
                _timed(f"reloading {reloaded} unchanged rows, {'months replaced' if by_month else 'by key'}"),
                contextlib.closing(connect(database)) as connection,
                transaction(connection),
            ):
                rows = Batch(reloaded, False)
                done = load(spec.table, rows, spec.mode, conn=connection, spec=spec, ledger=entry, observer=watch)
            print(f"  deleted {done['deleted']}, inserted {done['inserted']}, unchanged {done['unchanged']}")
            print("  " + ", ".join(f"{operation} {taken:.1f} s" for operation, taken in watch.taken.items()))
        embedded_folder = Path(folder)
    embedded.discard(embedded_folder)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
