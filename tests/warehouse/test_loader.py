from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import psycopg2
import pytest
from psycopg2.extensions import connection as Connection  # noqa: N812

from tests.fixtures.loads import (
    COLUMNS,
    FEBRUARY,
    FEBRUARY_FILE,
    JANUARY,
    JANUARY_FILE,
    Lines,
    as_run,
    content,
    counts,
    entry,
    month_order,
    month_spec,
    performance_spec,
    row,
    run,
    workbook,
)
from workflows.errors import DataWarehouseLoaderError, GuardTrippedError, LockTimeoutError, OtherWorkError, PlanError
from workflows.plan.changes import Effect
from workflows.plan.load_spec import TableColumn
from workflows.plan.sql import load_statements
from workflows.settings import DatabaseSettings
from workflows.sources.gate_rules import GateSource
from workflows.warehouse.execution import execute
from workflows.warehouse.loader import LoadObserver, carry_out, load
from workflows.warehouse.schema import TableDefinition, apply_schema

ROWS = [
    {"report_date": JANUARY, "plan_code": "P1", "return_rate": Decimal("0.05"), "data_source": "a"},
    {"report_date": JANUARY, "plan_code": "P2", "return_rate": None, "data_source": "a"},
]
KEY = ["report_date", "plan_code"]


def test_a_first_load_inserts_every_row(connection: Connection) -> None:
    assert counts(run(connection, performance_spec(), row(JANUARY, "P1"), row(JANUARY, "P2"))) == (0, 2, 0)


def test_loading_the_same_again_changes_nothing(connection: Connection) -> None:
    lines = [row(JANUARY, "P1"), row(JANUARY, "P2", "null")]
    run(connection, performance_spec(), *lines)
    assert counts(run(connection, performance_spec(), *lines)) == (0, 0, 2)


def test_a_row_that_differs_only_in_provenance_is_left_as_it_is(connection: Connection) -> None:
    run(connection, performance_spec(), row(JANUARY, "P1", source="old.xlsx"))
    run(connection, performance_spec(), row(JANUARY, "P1", source="new.xlsx"))
    assert content(connection, "SELECT data_source FROM performance") == [("old.xlsx",)]


def test_a_changed_row_replaces_the_old_one(connection: Connection) -> None:
    run(connection, performance_spec(), row(JANUARY, "P1", "0.05"), row(JANUARY, "P2"))
    assert counts(run(connection, performance_spec(), row(JANUARY, "P1", "0.06"), row(JANUARY, "P2"))) == (1, 1, 1)


def test_version_1_then_2_then_1_again_loads_three_times(connection: Connection) -> None:
    for rate in ("0.01", "0.02", "0.01"):
        run(connection, performance_spec(), row(JANUARY, "P1", rate))
    assert content(connection, "SELECT outcome FROM wdh_load") == [("loaded",)] * 3
    assert content(connection) == [("2024-01-01", "P1", "0.010000")]


def test_a_restated_month_loses_the_rows_that_vanished_from_it(connection: Connection) -> None:
    run(connection, month_spec(JANUARY), row(JANUARY, "P1"), row(JANUARY, "P2"))
    run(connection, month_spec(JANUARY), row(JANUARY, "P1"))
    assert content(connection, "SELECT plan_code FROM performance") == [("P1",)]


def test_a_restated_month_leaves_other_months_alone(connection: Connection) -> None:
    run(connection, month_spec(FEBRUARY), row(FEBRUARY, "P9"))
    run(connection, month_spec(JANUARY), row(JANUARY, "P1"))
    assert content(connection, "SELECT plan_code FROM performance") == [("P1",), ("P9",)]


def test_a_load_by_the_whole_key_keeps_rows_of_other_keys(connection: Connection) -> None:
    run(connection, performance_spec(), row(JANUARY, "P1"))
    run(connection, performance_spec(), row(JANUARY, "P2"))
    assert content(connection, "SELECT plan_code FROM performance") == [("P1",), ("P2",)]


def test_a_merge_key_beyond_the_period_narrows_what_a_month_replaces(connection: Connection) -> None:
    run(connection, performance_spec(), row(JANUARY, "P1"), row(JANUARY, "P2"), row(FEBRUARY, "P1"))
    spec = performance_spec(merge_key=("plan_code",), periods=(JANUARY, FEBRUARY))
    run(connection, spec, row(JANUARY, "P1"))
    assert content(connection, "SELECT report_date, plan_code FROM performance") == [
        ("2024-01-01", "P1"),
        ("2024-01-01", "P2"),
    ]


def test_a_row_outside_the_replaced_periods_is_refused(connection: Connection) -> None:
    with pytest.raises(DataWarehouseLoaderError, match="outside the periods"):
        run(connection, month_spec(JANUARY), row(FEBRUARY, "P1"))


def test_zero_is_a_value(connection: Connection) -> None:
    load("performance", [{**ROWS[0], "return_rate": Decimal(0)}], pk=KEY, conn=connection)
    assert content(connection, "SELECT return_rate FROM performance") == [("0.000000",)]


def test_the_text_null_is_not_null(connection: Connection) -> None:
    run(connection, performance_spec(), row(JANUARY, "null"))
    assert content(connection, "SELECT plan_code FROM performance") == [("null",)]


def test_mappings_are_loaded_by_name(connection: Connection) -> None:
    load("performance", [ROWS[0], dict(reversed(ROWS[1].items()))], pk=KEY, conn=connection)
    assert content(connection) == [("2024-01-01", "P1", "0.050000"), ("2024-01-01", "P2", None)]


def test_names_with_percent_quotes_dots_spaces_and_chinese_are_kept(connection: Connection) -> None:
    columns = (TableColumn("计划 代码", "text"), TableColumn('rate "%s" %', "numeric"), TableColumn("id", "int"))
    apply_schema(connection, [TableDefinition('受托."业绩.%"', columns, ("计划 代码",))])
    rows = [{"计划 代码": "A", 'rate "%s" %': Decimal("1.5"), "id": 7}]
    load('受托."业绩.%"', rows, pk=["计划 代码"], conn=connection)
    assert content(connection, 'SELECT "计划 代码", "rate ""%s"" %", id FROM "受托"."业绩.%"') == [("A", "1.5", "7")]


def test_load_never_commits(connection: Connection) -> None:
    load("performance", ROWS, pk=KEY, conn=connection)
    connection.rollback()
    assert content(connection) == []


def test_two_loads_fit_into_one_transaction(connection: Connection) -> None:
    load("performance", ROWS[:1], pk=KEY, conn=connection)
    load("performance", ROWS[1:], pk=KEY, conn=connection)
    assert len(content(connection)) == 2


def test_two_recorded_loads_of_workbooks_fit_into_one_transaction(connection: Connection) -> None:
    for path in (JANUARY_FILE, FEBRUARY_FILE):
        statements = load_statements(performance_spec(files=(workbook(path),)), entry(1))
        carry_out(connection, statements, Lines([row(JANUARY, "P1", source=path)]).copy_chunks())
    assert content(connection, "SELECT path FROM public.wdh_load_file") == [(JANUARY_FILE,), (FEBRUARY_FILE,)]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"table": "trustee_performance"}, "table public.performance (本次 here public.trustee_performance)"),
        ({"mode": "append"}, "mode delete_insert (本次 here append)"),
        ({"merge_key": COLUMNS[:2]}, "merge key report_date (本次 here report_date, plan_code)"),
        ({"snapshot": "snapshot-2"}, "batch snapshot-1 (本次 here snapshot-2)"),
        ({"records": 1}, "records 2 (本次 here 1)"),
    ],
)
def test_a_load_id_that_stands_for_other_work_is_no_load_of_this(
    connection: Connection, database: str, change: dict[str, Any], said: str
) -> None:
    lines = [row(JANUARY, "P1"), row(JANUARY, "P2")]
    server = DatabaseSettings.model_validate({"uri": database})
    execute(server, month_order("taken", Lines(lines), 2))
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE trustee_performance; CREATE TABLE trustee_performance (LIKE performance)")
    connection.commit()
    other = month_order("taken", Lines(lines), 2)
    of_spec = {name: value for name, value in change.items() if name not in ("snapshot", "records")}
    of_entry = {name: value for name, value in change.items() if name not in of_spec}
    assert other.statements.entry is not None
    changed = load_statements(replace(other.statements.spec, **of_spec), replace(other.statements.entry, **of_entry))
    with pytest.raises(OtherWorkError, match="other work: ") as caught:
        execute(server, replace(other, statements=changed))
    assert said in str(caught.value)
    assert content(connection, "SELECT load_id FROM public.wdh_load") == [("taken",)]
    assert execute(server, other).recovered


def test_an_empty_batch_is_refused(connection: Connection) -> None:
    run(connection, month_spec(JANUARY), row(JANUARY, "P1"))
    with pytest.raises(DataWarehouseLoaderError, match="the batch is empty"):
        run(connection, month_spec(JANUARY))


def test_no_rows_at_all_are_refused() -> None:
    with pytest.raises(PlanError, match="no rows"):
        load("performance", [], pk=KEY)


def test_a_merge_without_keys_is_refused() -> None:
    with pytest.raises(PlanError, match="needs a primary key"):
        load("performance", ROWS)


def test_an_unknown_mode_is_refused() -> None:
    with pytest.raises(PlanError, match="'upsert'"):
        load("performance", ROWS, "upsert", KEY)


def test_a_key_twice_in_the_batch_is_refused_naming_it(connection: Connection) -> None:
    with pytest.raises(DataWarehouseLoaderError, match=r"\(2024-01-01, P1\)"):
        run(connection, performance_spec(), row(JANUARY, "P1"), row(JANUARY, "P1", "0.06"))


def test_null_in_a_key_is_refused_naming_the_column(connection: Connection) -> None:
    with pytest.raises(DataWarehouseLoaderError, match="plan_code must not be empty"):
        run(connection, performance_spec(), "2024-01-01,null,0.05,a")


def test_a_value_of_the_wrong_type_is_named_by_its_place_only(connection: Connection) -> None:
    with pytest.raises(DataWarehouseLoaderError) as caught:
        run(connection, performance_spec(), row(JANUARY, "P1"), row(JANUARY, "P2", "secret value"))
    assert str(caught.value) == (
        "performance: copy: 值不符合列的类型: 暂存的第 2 行, 列 return_rate / "
        "a value is not of its column's type in staged row 2, column return_rate"
    )


def test_an_error_while_reading_rows_comes_through_as_it_is(connection: Connection) -> None:
    class Broken:
        def copy_chunks(self) -> Iterator[bytes]:
            yield row(JANUARY, "P1").encode() + b"\n"
            raise FileNotFoundError("merged.json")

    with pytest.raises(FileNotFoundError, match=r"merged\.json"):
        carry_out(connection, load_statements(performance_spec()), Broken().copy_chunks())


def test_fewer_rows_than_planned_are_refused(connection: Connection) -> None:
    with pytest.raises(DataWarehouseLoaderError, match="1 rows were staged, the plan says 2"):
        carry_out(connection, load_statements(performance_spec(), entry(2)), Lines([row(JANUARY, "P1")]).copy_chunks())


def test_an_observer_is_told_once_the_lock_is_held_and_once_all_is_decided(connection: Connection) -> None:
    spec = performance_spec(mode="append", files=(workbook(), workbook(FEBRUARY_FILE, FEBRUARY)))
    run(connection, performance_spec(files=(workbook(),)), row(JANUARY, "P1"))
    seen: list[tuple[str, Any]] = []

    class Watch(LoadObserver):
        def locked(self) -> None:
            lock = (
                "SELECT mode FROM pg_locks WHERE relation = 'public.performance'::regclass AND mode LIKE '%Exclusive%'"
            )
            seen.append(("lock", content(connection, lock)))
            seen.append(("staged", content(connection, "SELECT plan_code FROM pg_temp.wdh_staging")))

        def decided(self) -> Effect:
            seen.append(("left", content(connection, "SELECT plan_code FROM pg_temp.wdh_staging")))
            seen.append(("table", content(connection, "SELECT plan_code FROM public.performance")))
            return Effect(added=7)

    lines = Lines([row(JANUARY, "P1"), row(FEBRUARY, "P2", source=FEBRUARY_FILE)])
    done = carry_out(connection, load_statements(spec, entry(2)), lines.copy_chunks(), Watch())
    assert seen == [
        ("lock", [("ShareRowExclusiveLock",)]),
        ("staged", [("P1",), ("P2",)]),
        ("left", [("P2",)]),
        ("table", [("P1",)]),
    ]
    assert (counts(done), done.effect.added, done.left_out) == ((0, 1, 0), 7, [(JANUARY_FILE, "受托业绩")])
    assert content(connection, "SELECT added FROM public.wdh_load WHERE added IS NOT NULL") == [("7",)]


def test_a_load_that_an_observer_ends_changes_nothing(connection: Connection) -> None:
    class Refusing(LoadObserver):
        def decided(self) -> Effect:
            raise PlanError("not as approved")

    with pytest.raises(PlanError, match="not as approved"):
        carry_out(
            connection,
            load_statements(performance_spec(), entry(1)),
            Lines([row(JANUARY, "P1")]).copy_chunks(),
            Refusing(),
        )
    assert content(connection, "SELECT FROM public.performance") == []


def test_autocommit_is_refused(connection: Connection) -> None:
    connection.autocommit = True
    with pytest.raises(DataWarehouseLoaderError, match="autocommit"):
        load("performance", ROWS, pk=KEY, conn=connection)


@pytest.mark.parametrize("guards", [GateSource(max_deleted_rows=1), GateSource(max_deleted_ratio=Decimal("0.6"))])
def test_deleting_more_than_the_guards_allow_is_refused(connection: Connection, guards: GateSource) -> None:
    run(connection, month_spec(JANUARY), row(JANUARY, "P1"), row(JANUARY, "P2"), row(JANUARY, "P3"))
    with pytest.raises(GuardTrippedError, match="2 of the 3 rows in scope"):
        run(connection, month_spec(JANUARY, gates=guards), row(JANUARY, "P1"))


@pytest.mark.parametrize("guards", [GateSource(max_deleted_rows=2), GateSource(max_deleted_ratio=Decimal("0.67"))])
def test_deleting_as_much_as_the_guards_allow_goes_through(connection: Connection, guards: GateSource) -> None:
    run(connection, month_spec(JANUARY), row(JANUARY, "P1"), row(JANUARY, "P2"), row(JANUARY, "P3"))
    assert counts(run(connection, month_spec(JANUARY, gates=guards), row(JANUARY, "P1"))) == (2, 0, 1)


def test_a_plan_executes_nothing_and_does_not_guess(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(psycopg2, "connect", None)
    result = load("performance", iter(ROWS), pk=KEY)
    counted = result["deleted"], result["inserted"], result["unchanged"], result["batches"]
    assert counted == (None, None, None, 1)


def test_a_plan_shows_the_statements_that_the_execution_runs(connection: Connection) -> None:
    planned = load("performance", ROWS, pk=KEY)
    executed = load("performance", ROWS, pk=KEY, conn=connection)
    assert as_run(planned, executed) == [step["sql"] for step in executed["steps"]]


def test_a_table_locked_by_another_session_times_out_naming_the_holder(connection: Connection, database: str) -> None:
    spec = performance_spec(lock_timeout_ms=50)
    with closing(psycopg2.connect(database, application_name="月末 report")) as other, other.cursor() as cursor:
        cursor.execute("LOCK TABLE performance IN SHARE ROW EXCLUSIVE MODE")
        with pytest.raises(LockTimeoutError, match="performance: lock") as caught:
            run(connection, spec, row(JANUARY, "P1"))
        cursor.execute("SELECT current_setting('application_name'), current_user, pg_backend_pid()")
        (holder,) = cursor.fetchall()
    assert "{} (user {}, pid {})".format(*holder) in str(caught.value)


def test_readers_are_not_kept_waiting_by_a_load(connection: Connection, database: str) -> None:
    load("performance", ROWS, pk=KEY, conn=connection)
    with closing(psycopg2.connect(database, options="-c lock_timeout=100")) as reader:
        assert content(reader) == []


def test_two_loaders_at_once_leave_one_set_of_rows(connection: Connection, database: str) -> None:
    def load_and_commit() -> None:
        with closing(psycopg2.connect(database)) as other:
            run(other, month_spec(JANUARY), row(JANUARY, "P1", "0.02"), row(JANUARY, "P3", "0.02"))

    load("performance", ROWS, pk=KEY, conn=connection)
    other_loader = threading.Thread(target=load_and_commit)
    other_loader.start()
    while not content(connection, "SELECT FROM pg_locks WHERE NOT granted"):
        assert other_loader.is_alive()
    connection.commit()
    other_loader.join()
    assert content(connection, "SELECT plan_code, return_rate FROM performance") == [
        ("P1", "0.020000"),
        ("P3", "0.020000"),
    ]


def test_dates_outside_the_batch_stay_when_a_key_has_no_period_column(connection: Connection) -> None:
    run(connection, performance_spec(), row(date(2023, 12, 1), "P1"))
    run(connection, performance_spec(period_column=None), row(JANUARY, "P1"))
    assert len(content(connection)) == 2
