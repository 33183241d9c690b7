"""An undo that is killed, cut off or raced: the table is as before or as it was then, once; and what would break is
refused."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import psycopg2
import pytest
from psycopg2.extensions import connection as Connection  # noqa: N812

from tests.fixtures.halted_loads import Begin, halted_loads
from tests.fixtures.loads import JANUARY, Lines, content, month_order, month_spec, row, run, undo_order, workbook
from tests.fixtures.proxy import breaking
from workflows.errors import DataWarehouseLoaderError, UndoRefusedError, WorkflowError
from workflows.settings import DatabaseSettings
from workflows.warehouse import retrying
from workflows.warehouse.execution import execute
from workflows.warehouse.loader import LoadDone

pytestmark = pytest.mark.long

SPEC = month_spec(JANUARY, files=(workbook(),))
BEFORE = (row(JANUARY, "P1", "0.01"), row(JANUARY, "P2"))
AFTER = (row(JANUARY, "P1", "0.02"), row(JANUARY, "P3"))
EVERYTHING = "SELECT * FROM performance"
UNCOMMITTED = ("restore", "copying", "lock", "undo", "number", "delete", "insert", "ledger", "commit")


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retrying, "_FIRST_WAIT_S", 0.01)


def settings(dsn: str) -> DatabaseSettings:
    return DatabaseSettings.model_validate({"uri": dsn})


class Restated:
    """January was loaded and restated by the load ``second``: the table before and after it."""

    def __init__(self, connection: Connection, dsn: str) -> None:
        self.connection, self.dsn = connection, dsn
        with connection.cursor() as cursor:
            # The server may still be at work for a loader whose connection was broken.
            cursor.execute(
                "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid();"
                "TRUNCATE performance, wdh_before_performance, wdh_load, wdh_load_file"
            )
        connection.commit()
        run(connection, SPEC, *BEFORE)
        self.before = content(connection, EVERYTHING)
        run(connection, SPEC, *AFTER)
        self.after = content(connection, EVERYTHING)
        ((self.second,),) = content(connection, "SELECT load_id FROM wdh_load ORDER BY sequence DESC LIMIT 1")
        connection.commit()

    def undo(self, undo_id: str, dsn: str = "") -> LoadDone:
        return execute(settings(dsn or self.dsn), undo_order(self.dsn, self.second, undo_id, SPEC, AFTER))

    def seen(self) -> tuple[list[tuple[str, ...]], list[str]]:
        """The table, and the loads that took the restatement back."""
        found = content(self.connection, EVERYTHING), content(self.connection, "SELECT load_id, undoes FROM wdh_load")
        self.connection.rollback()
        return found[0], [load_id for load_id, undoes in found[1] if undoes == self.second]


@pytest.fixture
def restated(connection: Connection, database: str) -> Restated:
    return Restated(connection, database)


@pytest.fixture
def begin(restated: Restated) -> Iterator[Begin]:
    """Starts a process that takes the restatement back, and returns once it stands at its point."""
    with halted_loads(restated.dsn, AFTER, ONE_LOAD_UNDOES=restated.second) as begin:
        yield begin


@pytest.mark.parametrize("point", UNCOMMITTED)
def test_an_undo_killed_before_its_commit_leaves_the_table_and_can_be_done(
    restated: Restated, begin: Begin, point: str
) -> None:
    begin(point).kill()
    assert restated.seen() == (restated.after, [])
    restated.undo("fault-y")
    assert restated.seen() == (restated.before, ["fault-y"])


def test_an_undo_killed_after_its_commit_is_done_and_not_done_again(restated: Restated, begin: Begin) -> None:
    begin("committed").kill()
    assert restated.seen() == (restated.before, ["fault-x"])
    with pytest.raises(UndoRefusedError, match="was taken back already, by load fault-x"):
        restated.undo("fault-y")


@pytest.mark.parametrize("before", [True, False], ids=["before the server has it", "after"])
def test_an_undo_whose_connection_breaks_at_any_statement_is_there_once(
    connection: Connection, database: str, before: bool
) -> None:
    restated = Restated(connection, database)
    with breaking(database) as whole:
        restated.undo("x", whole.dsn)
    assert len(whole.statements) > 15
    for at in range(len(whole.statements)):
        restated = Restated(connection, database)
        with breaking(database, lambda number, _data, at=at: number == at, before=before) as proxy:  # type: ignore[misc]
            restated.undo("x", proxy.dsn)
        assert proxy.broken.is_set()
        assert restated.seen() == (restated.before, ["x"]), proxy.statements[-1]


def outcomes(*works: object) -> list[str]:
    """What became of works done at once: the messages of those that failed, empty for the others."""

    def attempt(work: object) -> str:
        try:
            work()  # type: ignore[operator]
        except WorkflowError as error:
            return str(error)
        return ""

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(attempt, works))


def test_of_two_undos_of_one_load_at_once_one_is_done(restated: Restated) -> None:
    orders = [undo_order(restated.dsn, restated.second, name, SPEC, AFTER) for name in ("x", "y")]
    said = outcomes(*(lambda order=order: execute(settings(restated.dsn), order) for order in orders))
    assert sorted(map(bool, said)) == [False, True]
    done = "x" if said[1] else "y"
    assert f"load {done} took it back already" in "".join(said)
    assert restated.seen() == (restated.before, [done])


@pytest.mark.parametrize("first", ["the load", "the undo"])
def test_an_undo_and_a_load_of_one_table_end_as_if_one_came_after_the_other(restated: Restated, first: str) -> None:
    undo = undo_order(restated.dsn, restated.second, "x", SPEC, AFTER)
    third = month_order("third", Lines([row(JANUARY, "P1", "0.03")]), 1)
    with closing(psycopg2.connect(restated.dsn)) as holder, ThreadPoolExecutor(2) as pool:
        with holder.cursor() as cursor:
            cursor.execute("LOCK TABLE performance IN SHARE ROW EXCLUSIVE MODE")
        waiting = []
        for order in [third, undo] if first == "the load" else [undo, third]:
            waiting.append(pool.submit(outcomes, lambda order=order: execute(settings(restated.dsn), order)))
            query = "SELECT FROM pg_locks WHERE NOT granted AND relation = 'performance'::regclass"
            while len(content(holder, query)) < len(waiting):
                assert not waiting[-1].done()
        # Whoever waits longer for the lock has it first.
        holder.rollback()
        said = [each.result()[0] for each in waiting]
    table, undone = restated.seen()
    assert [(line[1], line[2]) for line in table] == [("P1", "0.030000")]
    if first == "the load":
        assert said[0] == ""
        assert "deleted or changed by load third" in said[1]
    assert undone == ([] if first == "the load" else ["x"])


def ddl(connection: Connection, *statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
    connection.commit()


def test_a_foreign_key_that_would_break_is_named(restated: Restated, connection: Connection) -> None:
    ddl(
        connection,
        "CREATE TABLE fees (month date, plan varchar(50),"
        " CONSTRAINT of_plan FOREIGN KEY (month, plan) REFERENCES performance)",
        "INSERT INTO fees VALUES ('2024-01-01', 'P3')",
    )
    with pytest.raises(DataWarehouseLoaderError, match="fees"):
        restated.undo("x")
    assert restated.seen() == (restated.after, [])


@pytest.mark.parametrize(
    ("when", "said"), [("DELETE", "key value violates unique constraint"), ("INSERT", "trigger forget of")]
)
def test_a_trigger_that_keeps_an_undo_from_doing_what_it_counts_is_named(
    restated: Restated, connection: Connection, when: str, said: str
) -> None:
    ddl(
        connection,
        "CREATE FUNCTION public.nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
        f"CREATE TRIGGER forget BEFORE {when} ON performance FOR EACH ROW EXECUTE FUNCTION public.nothing()",
    )
    with pytest.raises(DataWarehouseLoaderError, match=said):
        restated.undo("x")
    assert restated.seen() == (restated.after, [])


def test_a_trigger_that_changes_what_comes_back_is_named(restated: Restated, connection: Connection) -> None:
    ddl(
        connection,
        "CREATE FUNCTION public.other() RETURNS trigger LANGUAGE plpgsql AS"
        " 'BEGIN NEW.data_source := ''trigger''; RETURN NEW; END'",
        "CREATE TRIGGER change BEFORE INSERT ON performance FOR EACH ROW EXECUTE FUNCTION public.other()",
    )
    with pytest.raises(DataWarehouseLoaderError, match="trigger change of"):
        restated.undo("x")
    assert restated.seen() == (restated.after, [])


def test_a_rule_that_swallows_what_comes_back_is_named(restated: Restated, connection: Connection) -> None:
    ddl(connection, "CREATE RULE swallow AS ON INSERT TO performance DO INSTEAD NOTHING")
    with pytest.raises(DataWarehouseLoaderError, match="rule swallow of"):
        restated.undo("x")
    assert restated.seen() == (restated.after, [])
