from __future__ import annotations

from psycopg2.extensions import connection as Connection  # noqa: N812

from tests.fixtures.loads import JANUARY, Lines, entry, performance_spec, row, run
from workflows.plan.sql import load_statements
from workflows.warehouse.ledger import find_load, last_loads
from workflows.warehouse.loader import carry_out


def test_a_committed_load_is_found_by_its_id(connection: Connection) -> None:
    ledger = entry(1)
    carry_out(connection, load_statements(performance_spec(), ledger), Lines([row(JANUARY, "P1")]).copy_chunks())
    connection.commit()
    found = find_load(connection, ledger.load_id)
    assert found is not None
    assert (found.outcome, found.via, found.inserted, found.table_name) == ("loaded", "luigi", 1, "public.performance")


def test_a_load_that_was_rolled_back_is_not_found(connection: Connection) -> None:
    ledger = entry(1)
    carry_out(connection, load_statements(performance_spec(), ledger), Lines([row(JANUARY, "P1")]).copy_chunks())
    connection.rollback()
    assert find_load(connection, ledger.load_id) is None


def test_the_last_loads_come_newest_first(connection: Connection) -> None:
    for rate in ("0.1", "0.2", "0.2"):
        run(connection, performance_spec(), row(JANUARY, "P1", rate))
    assert [found.outcome for found in last_loads(connection, "performance", limit=2)] == ["unchanged", "loaded"]


def test_a_table_without_loads_has_no_last_ones(connection: Connection) -> None:
    assert last_loads(connection, "performance") == []
