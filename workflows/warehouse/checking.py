"""Whether tables can take what would be loaded into them, asked outside of any load."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable

from workflows.errors import DataWarehouseLoaderError
from workflows.plan.load_spec import LoadSpec
from workflows.settings import DatabaseSettings
from workflows.warehouse.connection import connect, rolled_back
from workflows.warehouse.embedded import reachable
from workflows.warehouse.table_check import check_table


def tables_unfit(database: DatabaseSettings, specs: Iterable[LoadSpec]) -> list[str | None]:
    """What keeps the table of each of ``specs`` from being loaded, in order; None where nothing does.

    Raises ConnectionFailedError if there is nobody to ask. Nothing is changed.
    """
    with reachable(database), contextlib.closing(connect(database, "check")) as connection:
        found: list[str | None] = []
        for spec in specs:
            try:
                with rolled_back(connection, "check", spec.table):
                    check_table(connection, spec)
                found.append(None)
            except DataWarehouseLoaderError as error:
                found.append(str(error))
        return found
