"""Triggers, rules and foreign keys that do otherwise than they were told; rows of which several have one key."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace

import pytest
from psycopg2.extensions import connection as Connection  # noqa: N812

from tests.fixtures.both_ways import Attempt
from tests.fixtures.loads import FEBRUARY, JANUARY, content, month_spec, performance_spec, row, run, workbook
from workflows.errors import TableMismatchError
from workflows.plan.load_spec import LoadSpec
from workflows.sources.gate_rules import GateSource

Meanwhile = Callable[..., "Future[str]"]

BY_KEY = performance_spec(files=(workbook(),))
BY_MONTH = month_spec(JANUARY, files=(workbook(),))
APPEND = performance_spec(mode="append", files=(workbook(),))
EVERY_MODE = pytest.mark.parametrize("spec", [BY_KEY, BY_MONTH, APPEND], ids=["by key", "by month", "append"])
REPLACING = pytest.mark.parametrize("spec", [BY_KEY, BY_MONTH], ids=["by key", "by month"])
ROWS = (row(JANUARY, "P1"), row(JANUARY, "P2"))

SUPPRESSED = "CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';"
NO_INSERT = SUPPRESSED + "CREATE TRIGGER quiet BEFORE INSERT ON {} FOR EACH ROW EXECUTE FUNCTION nothing()"
NO_DELETE = SUPPRESSED + "CREATE TRIGGER quiet BEFORE DELETE ON {} FOR EACH ROW EXECUTE FUNCTION nothing()"
RULE = "CREATE RULE quiet AS ON INSERT TO {} DO INSTEAD NOTHING"


def alter(connection: Connection, *statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
    connection.commit()


@EVERY_MODE
@pytest.mark.parametrize("attack", [NO_INSERT, RULE], ids=["trigger", "rule"])
def test_inserts_that_are_suppressed_are_no_unchanged_load(
    connection: Connection, attempt: Attempt, spec: LoadSpec, attack: str
) -> None:
    alter(connection, attack.format("performance"))
    message = attempt(spec, *ROWS)
    assert "2 row(s) of the batch are missing" in message
    assert "quiet of public.performance" in message
    assert (content(connection), content(connection, "SELECT FROM wdh_load")) == ([], [])


@REPLACING
@pytest.mark.parametrize("attack", [NO_DELETE, RULE.replace("INSERT", "DELETE")], ids=["trigger", "rule"])
def test_deletes_that_are_suppressed_leave_no_two_rows_side_by_side(
    connection: Connection, attempt: Attempt, spec: LoadSpec, attack: str
) -> None:
    alter(connection, "ALTER TABLE performance DROP CONSTRAINT performance_pkey")
    run(connection, spec, *ROWS)
    alter(connection, attack.format("performance"))
    assert "3 in scope where 2 belong" in attempt(spec, row(JANUARY, "P1", "0.06"), row(JANUARY, "P2"))
    assert len(content(connection)) == 2


@EVERY_MODE
def test_a_trigger_made_while_the_load_waits_is_seen(
    connection: Connection, meanwhile: Meanwhile, spec: LoadSpec
) -> None:
    loading = meanwhile(NO_INSERT.format("performance"), spec, *ROWS)
    assert "2 row(s) of the batch are missing" in loading.result()


@pytest.mark.parametrize("spec", [BY_MONTH, APPEND], ids=["by month", "append"])
def test_rows_that_a_trigger_adds_of_its_own_are_not_left_over(
    connection: Connection, attempt: Attempt, spec: LoadSpec
) -> None:
    alter(
        connection,
        "CREATE FUNCTION more() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF pg_trigger_depth() = 1 THEN"
        " INSERT INTO public.performance VALUES ('2024-01-01', 'P9', 0, 'more'); END IF; RETURN NULL; END $$",
        "CREATE TRIGGER more AFTER INSERT ON performance FOR EACH STATEMENT EXECUTE FUNCTION more()",
    )
    assert "3 in scope where 2 belong" in attempt(spec, *ROWS)


@REPLACING
def test_deletes_that_a_trigger_does_itself_are_not_reported_as_none(
    connection: Connection, attempt: Attempt, spec: LoadSpec
) -> None:
    run(connection, spec, *ROWS)
    alter(
        connection,
        "CREATE FUNCTION itself() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF pg_trigger_depth() > 1 THEN"
        " RETURN OLD; END IF; DELETE FROM public.performance WHERE plan_code = OLD.plan_code; RETURN NULL; END $$",
        "CREATE TRIGGER itself BEFORE DELETE ON performance FOR EACH ROW EXECUTE FUNCTION itself()",
    )
    assert "0 deleted of 1" in attempt(spec, row(JANUARY, "P1", "0.06"), row(JANUARY, "P2"))


def test_a_trigger_of_a_partition_is_seen(connection: Connection, attempt: Attempt) -> None:
    alter(
        connection,
        "CREATE TABLE parts (LIKE performance INCLUDING ALL) PARTITION BY RANGE (report_date)",
        "CREATE TABLE parts_2024 PARTITION OF parts FOR VALUES FROM ('2024-01-01') TO ('2025-01-01')",
        NO_INSERT.format("parts_2024"),
    )
    assert "trigger quiet of public.parts_2024" in attempt(month_spec(JANUARY, table="parts"), *ROWS)


@pytest.mark.parametrize("table", ["wdh_load", "wdh_load_file"])
@pytest.mark.parametrize("attack", [NO_INSERT, RULE], ids=["trigger", "rule"])
def test_a_ledger_that_keeps_no_load_fails_it(
    connection: Connection, attempt: Attempt, table: str, attack: str
) -> None:
    alter(connection, attack.format(table), "ALTER TABLE wdh_load_file DROP CONSTRAINT wdh_load_file_load_id_fkey")
    assert "the ledger did not keep this load" in attempt(BY_KEY, *ROWS)
    assert content(connection) == []


def test_a_ledger_that_writes_other_figures_fails_the_load(connection: Connection, attempt: Attempt) -> None:
    alter(
        connection,
        "CREATE FUNCTION more() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.inserted := 99; RETURN NEW; END'",
        "CREATE TRIGGER more BEFORE INSERT ON wdh_load FOR EACH ROW EXECUTE FUNCTION more()",
    )
    assert "the ledger did not keep this load" in attempt(BY_KEY, *ROWS)


def test_a_trigger_of_the_ledger_that_takes_rows_from_the_table_fails_the_load(
    connection: Connection, attempt: Attempt
) -> None:
    alter(
        connection,
        "CREATE FUNCTION thief() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN DELETE FROM public.performance WHERE plan_code = 'P1'; RETURN NULL; END $$",
        "CREATE TRIGGER thief AFTER INSERT ON wdh_load FOR EACH ROW EXECUTE FUNCTION thief()",
    )
    assert "trigger thief of public.wdh_load" in attempt(BY_KEY, *ROWS)


@EVERY_MODE
def test_rows_that_a_trigger_routes_elsewhere_are_not_counted_as_unchanged(
    connection: Connection, attempt: Attempt, spec: LoadSpec
) -> None:
    alter(
        connection,
        "CREATE TABLE y2024 (LIKE performance INCLUDING ALL) INHERITS (performance)",
        "CREATE FUNCTION route() RETURNS trigger LANGUAGE plpgsql AS"
        " 'BEGIN INSERT INTO public.y2024 VALUES (NEW.*); RETURN NULL; END'",
        "CREATE TRIGGER route BEFORE INSERT ON performance FOR EACH ROW EXECUTE FUNCTION route()",
    )
    assert "0 inserted of 2" in attempt(spec, *ROWS)


@EVERY_MODE
def test_a_trigger_that_only_takes_notes_lets_the_load_through(
    connection: Connection, attempt: Attempt, spec: LoadSpec
) -> None:
    run(connection, performance_spec(), row(FEBRUARY, "P1"))
    alter(
        connection,
        "CREATE TABLE notes (code text)",
        "CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS"
        " 'BEGIN INSERT INTO public.notes VALUES (NEW.plan_code); RETURN NULL; END'",
        "CREATE TRIGGER note AFTER INSERT ON performance FOR EACH ROW EXECUTE FUNCTION note()",
    )
    assert attempt(spec, *ROWS) == ""
    if spec.mode == "delete_insert":
        again = replace(spec, gates=GateSource(left_behind="warn"))
        assert attempt(again, row(JANUARY, "P1", "0.06"), row(JANUARY, "P2", "null")) == ""
    assert len(content(connection)) == 3


def test_an_append_of_rows_that_were_there_before_is_counted(connection: Connection, attempt: Attempt) -> None:
    alter(connection, "ALTER TABLE performance DROP CONSTRAINT performance_pkey")
    run(connection, performance_spec(), *ROWS)
    alter(connection, NO_INSERT.format("performance"))
    keyless = performance_spec(mode="append", primary_key=(), merge_key=())
    assert "2 in scope where 4 belong" in attempt(keyless, *ROWS)


@pytest.mark.parametrize(
    "index",
    [
        "",
        "CREATE UNIQUE INDEX ON performance (report_date, plan_code) WHERE return_rate > 1",
        "CREATE UNIQUE INDEX ON performance (report_date, plan_code, (return_rate::text || ctid_of))",
        "CREATE UNIQUE INDEX ON performance (report_date, plan_code, ctid_of)",
    ],
    ids=["none", "partial", "over an expression", "wider than the key"],
)
@REPLACING
def test_rows_that_are_doubled_are_no_unchanged_load(
    connection: Connection, attempt: Attempt, spec: LoadSpec, index: str
) -> None:
    alter(
        connection,
        "ALTER TABLE performance DROP CONSTRAINT performance_pkey, ADD ctid_of int DEFAULT random() * 1000000000",
        *([index] if index else []),
    )
    run(connection, spec, *ROWS)
    alter(
        connection,
        "INSERT INTO performance (report_date, plan_code, return_rate, data_source)"
        " SELECT report_date, plan_code, return_rate, data_source FROM performance",
    )
    message = attempt(spec, *ROWS)
    assert "2 key(s) stand in the table more than once" in message
    assert 'ALTER TABLE "performance" ADD UNIQUE ("report_date", "plan_code")' in message


def test_rows_doubled_in_a_table_that_inherits_are_refused(connection: Connection, attempt: Attempt) -> None:
    run(connection, BY_MONTH, *ROWS)
    alter(
        connection,
        "CREATE TABLE child () INHERITS (performance)",
        "INSERT INTO child SELECT * FROM ONLY performance",
    )
    assert "2 key(s) stand in the table more than once" in attempt(BY_MONTH, *ROWS)


def test_keys_that_a_deferred_constraint_lets_repeat_are_refused(connection: Connection) -> None:
    alter(
        connection,
        "ALTER TABLE performance DROP CONSTRAINT performance_pkey,"
        " ADD UNIQUE (report_date, plan_code) DEFERRABLE INITIALLY DEFERRED",
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO performance VALUES ('2024-01-01', 'P1', 0.05, 'a'), ('2024-01-01', 'P1', 0.05, 'a')"
        )
    with pytest.raises(TableMismatchError, match=r"1 key\(s\) stand in the table more than once"):
        run(connection, BY_MONTH, *ROWS)


def test_keys_doubled_outside_of_the_scope_do_not_matter(connection: Connection, attempt: Attempt) -> None:
    alter(connection, "ALTER TABLE performance DROP CONSTRAINT performance_pkey")
    run(connection, month_spec(FEBRUARY), row(FEBRUARY, "P1"))
    alter(connection, "INSERT INTO performance SELECT * FROM performance")
    assert attempt(BY_MONTH, *ROWS) == ""
