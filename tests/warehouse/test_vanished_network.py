"""Packets vanish and nobody is told: both sides notice it in time, and the table can be loaded again."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing

import psycopg2
import pytest

from tests.fixtures.halted_loads import Begin, halted_loads
from tests.fixtures.loads import JANUARY, content, row
from tests.fixtures.network import Network
from workflows.settings import DatabaseSettings

pytestmark = pytest.mark.long

LINES = (row(JANUARY, "P1"), row(JANUARY, "P2"))
# A look at both sides takes a part of a second, and a kernel's timers are not exact.
SLACK_S = 4.0
# One attempt: what is measured is when the loss is noticed. As shipped (all defaults) it takes 25 s.
QUICK = {"keepalives_idle": 3, "keepalives_interval": 1, "keepalives_count": 2, "attempts": 1, "connect_timeout": 2}
LIMITS = {"attempts": 1} if os.environ.get("TEST_NETWORK") == "as shipped" else QUICK
WITHIN_S = DatabaseSettings.model_validate(LIMITS).network_timeout


@pytest.fixture
def begin(network: Network) -> Iterator[Begin]:
    """Starts a loader on the far side; returns once it stands at its point."""
    limits = json.dumps(LIMITS)
    with halted_loads(network.far, LINES, before=network.as_client(), ONE_LOAD_SETTINGS=limits) as begin:
        yield begin


def go_on(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("go on\n")
    process.stdin.flush()


def sleep_before_inserts(network: Network, seconds: int) -> None:
    with closing(psycopg2.connect(network.near)) as connection, connection.cursor() as cursor:
        cursor.execute(
            f"CREATE OR REPLACE FUNCTION sleep() RETURNS trigger LANGUAGE plpgsql AS"
            f" 'BEGIN PERFORM pg_sleep({seconds}); RETURN NULL; END';"
            "CREATE TRIGGER sleep BEFORE INSERT ON performance FOR EACH STATEMENT EXECUTE FUNCTION sleep()"
        )
        connection.commit()


def wait_for(network: Network, query: str, within: float = 60) -> float:
    """Seconds until the query finds something."""
    began = time.monotonic()
    with closing(psycopg2.connect(network.near)) as connection:
        while not content(connection, query):
            connection.rollback()
            assert time.monotonic() - began < within, "not within its time"
            time.sleep(0.05)
    return time.monotonic() - began


def wait_for_lock(network: Network) -> float:
    """Seconds until a writer could write."""
    free = (
        "SELECT WHERE NOT EXISTS (SELECT FROM pg_locks WHERE relation = 'performance'::regclass"
        " AND mode = 'ShareRowExclusiveLock')"
    )
    return wait_for(network, free, WITHIN_S + SLACK_S)


def says(process: subprocess.Popen[str], within: float) -> str:
    assert process.stdout is not None
    out, _ = process.communicate(timeout=within)
    return out


@pytest.mark.parametrize("point", ["delete", "ledger", "commit"])
def test_a_loader_that_goes_on_and_its_server_both_notice(network: Network, begin: Begin, point: str) -> None:
    """What the loader sends is never acknowledged; the server waits for what never comes."""
    process = begin(point)
    network.forward(False)
    began = time.monotonic()
    go_on(process)
    freed = wait_for_lock(network)
    # After a COMMIT the ledger is asked on a new connection, which does not come about.
    asking = DatabaseSettings.model_validate(LIMITS).connect_timeout if point == "commit" else 0
    said = says(process, WITHIN_S + SLACK_S - freed + asking)
    print(f"{point}: server after {freed:.1f} s, loader within {time.monotonic() - began:.1f} s: {said}")
    assert said.startswith("failed: CommitOutcomeUnknownError" if point == "commit" else "failed: ConnectionLostError")


@pytest.mark.parametrize("seconds", [1, 600], ids=["that answers too late", "that is busy"])
def test_a_loader_that_waits_and_its_server_both_notice(network: Network, begin: Begin, seconds: int) -> None:
    """The server is amid a statement: it ends it, or answers into the void."""
    sleep_before_inserts(network, seconds)
    process = begin("insert")
    go_on(process)
    wait_for(network, "SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep'")
    network.forward(False)
    began = time.monotonic()
    freed = wait_for_lock(network)
    said = says(process, WITHIN_S + SLACK_S - freed)
    print(f"insert: server after {freed:.1f} s, loader within {time.monotonic() - began:.1f} s: {said}")
    assert said.startswith("failed: ConnectionLostError")


def test_a_host_that_lost_its_power_keeps_no_table_locked(network: Network, begin: Begin) -> None:
    process = begin("delete")
    network.forward(False)
    process.kill()
    print(f"power: server after {wait_for_lock(network):.1f} s")


def test_a_network_that_is_back_in_time_is_nobodys_loss(network: Network, begin: Begin) -> None:
    process = begin("delete")
    network.forward(False)
    go_on(process)
    time.sleep(1)
    network.forward(True)
    assert says(process, 30).startswith("done: recovered False, deleted 0, inserted 2")
