from __future__ import annotations

import io
import itertools
from collections.abc import Iterator

import pytest
from psycopg2.extensions import connection as Connection  # noqa: N812

from tests.fixtures.both_ways import Psql, script
from tests.fixtures.loads import (
    FEBRUARY,
    JANUARY,
    content,
    entry,
    month_spec,
    performance_spec,
    row,
    run,
    workbook,
)
from workflows.plan.load_spec import LoadSpec
from workflows.plan.render.script import ScriptedLoad, write_script
from workflows.plan.sql import load_statements
from workflows.sources.gate_rules import GateSource

RECORDS = "SELECT report_date, plan_code, return_rate, data_source FROM performance"
LOADS = "SELECT table_name, mode, outcome, records, deleted, inserted, unchanged, plan_id FROM wdh_load"
FILES = "SELECT path, sha256, sheet, period, part, version, rules, rows_read, left_out FROM wdh_load_file"

BEFORE = (row(JANUARY, "P1", "0.01"), row(JANUARY, "P2"), row(JANUARY, "P3"), row(FEBRUARY, "P1"))
AFTER = (row(JANUARY, "P1", "0.02"), row(JANUARY, "P2"), row(JANUARY, "P4\"',\n%s :x", "null"))


@pytest.mark.parametrize(
    "spec", [performance_spec(files=(workbook(),)), month_spec(JANUARY, files=(workbook("数据\\采集/'V1'.xlsx"),))]
)
def test_psql_leaves_the_table_and_the_ledger_as_the_execution_does(
    connection: Connection, psql: Psql, spec: LoadSpec
) -> None:
    seen = []
    for way in ("execute", "psql"):
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE performance, wdh_load, wdh_load_file")
        run(connection, performance_spec(), *BEFORE)
        if way == "execute":
            run(connection, spec, *AFTER)
        else:
            assert psql(script(spec, *AFTER)).returncode == 0
        seen.append([content(connection, query) for query in (RECORDS, LOADS, FILES)])
        connection.commit()
    assert seen[0] == seen[1]


def test_the_ledger_says_that_psql_did_it(connection: Connection, psql: Psql) -> None:
    psql(script(performance_spec(), row(JANUARY, "P1")))
    assert content(connection, "SELECT via FROM wdh_load") == [("plan.sql",)]


@pytest.mark.parametrize("mode", ["delete_insert", "append"])
def test_running_the_script_twice_changes_nothing_more(connection: Connection, psql: Psql, mode: str) -> None:
    text = script(performance_spec(mode=mode, files=(workbook(),)), row(JANUARY, "P1"))
    assert [psql(text).returncode, psql(text).returncode] == [0, 0]
    assert content(connection, "SELECT outcome, inserted FROM wdh_load") == [("loaded", "1"), ("unchanged", "0")]


def test_the_script_says_what_it_did(psql: Psql) -> None:
    assert "deleted 0, inserted 1" in psql(script(performance_spec(), row(JANUARY, "P1"))).stdout


def test_a_blocked_plan_refuses_with_its_reasons(connection: Connection, psql: Psql) -> None:
    done = psql(script(performance_spec(), row(JANUARY, "P1"), blocked=["reject ratio 0.2 > 0.05", "it's empty"]))
    assert "this plan is blocked: reject ratio 0.2 > 0.05; it's empty" in done.stderr
    assert (done.returncode, content(connection)) == (3, [])


@pytest.mark.parametrize("spec", [month_spec(JANUARY), performance_spec(mode="append")])
@pytest.mark.parametrize("kept", [1, 2, 4])
def test_a_script_whose_data_lost_or_gained_lines_is_refused(
    connection: Connection, psql: Psql, spec: LoadSpec, kept: int
) -> None:
    lines = [row(JANUARY, code) for code in ("P1", "P2", "P3")]
    text = script(spec, *lines)
    more = [*lines, row(JANUARY, "P4")]
    edited = text.replace("\n".join(lines).encode(), "\n".join(more[:kept]).encode())
    assert edited != text
    done = psql(edited)
    assert f"{kept} rows were staged, the plan says 3" in done.stderr
    assert (done.returncode, content(connection)) == (3, [])


@pytest.mark.parametrize(
    "setting",
    [
        "default_transaction_read_only = on",
        "default_transaction_isolation = 'repeatable read'",
        "lock_timeout = '1ms'",
        "statement_timeout = '1h'",
        "search_path = public, pg_catalog",
        "row_security = on",
    ],
)
def test_a_script_sets_its_session_as_the_loader_does(connection: Connection, psql: Psql, setting: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER DATABASE {connection.info.dbname} SET {setting}")
        cursor.execute(
            "CREATE TABLE seen (name text, setting text);"
            "CREATE FUNCTION look() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            " INSERT INTO public.seen SELECT name, setting FROM pg_settings; RETURN NULL; END $$;"
            "CREATE TRIGGER look AFTER INSERT ON performance FOR EACH STATEMENT EXECUTE FUNCTION look()"
        )
    connection.commit()
    done = psql(script(month_spec(JANUARY, lock_timeout_ms=4000, statement_timeout_ms=5000), row(JANUARY, "P1")))
    assert done.stderr == ""
    names = "lock_timeout statement_timeout search_path row_security transaction_isolation transaction_read_only"
    assert dict(content(connection, f"SELECT name, setting FROM seen WHERE '{names}' LIKE '%' || name || '%'")) == {
        "lock_timeout": "4000",
        "statement_timeout": "5000",
        "search_path": "pg_catalog, pg_temp",
        "row_security": "off",
        "transaction_isolation": "read committed",
        "transaction_read_only": "off",
    }


def test_a_guard_stops_the_script(connection: Connection, psql: Psql) -> None:
    run(connection, month_spec(JANUARY), *BEFORE[:3])
    done = psql(script(month_spec(JANUARY, gates=GateSource(max_deleted_rows=1)), row(JANUARY, "P1", "0.01")))
    assert "2 of the 3 rows in scope would be deleted" in done.stderr
    assert (done.returncode, len(content(connection))) == (3, 3)


def test_an_append_of_another_workbook_of_the_period_stops_the_script(connection: Connection, psql: Psql) -> None:
    run(connection, performance_spec(mode="append", files=(workbook(),)), row(JANUARY, "P1"))
    other = performance_spec(mode="append", files=(workbook("V2.xlsx"),))
    done = psql(script(other, row(JANUARY, "P2", source="V2.xlsx")))
    assert "appended its period from another workbook" in done.stderr
    assert len(content(connection)) == 1


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("ALTER TABLE performance DROP return_rate", "column return_rate numeric(8,6) is missing"),
        ("ALTER TABLE performance ALTER return_rate TYPE numeric(8,2)", "is numeric(8,2), wanted numeric(8,6)"),
        ("ALTER TABLE performance ADD note text", "column note has no default"),
        ("CREATE TABLE note (d date, p text, FOREIGN KEY (d, p) REFERENCES performance)", "note refers to it"),
    ],
)
def test_a_table_that_does_not_fit_stops_the_script(connection: Connection, psql: Psql, change: str, says: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(change)
    connection.commit()
    done = psql(script(performance_spec(), row(JANUARY, "P1")))
    assert says in done.stderr
    assert (done.returncode, content(connection, "SELECT plan_code FROM performance")) == (3, [])


def test_chinese_quoted_and_dotted_names_with_percent_signs_work_in_psql(connection: Connection, psql: Psql) -> None:
    with connection.cursor() as cursor:
        cursor.execute('CREATE SCHEMA "受托"')
        cursor.execute('CREATE TABLE "受托"."业.绩" ("代码 :x" text PRIMARY KEY, "率""%s" numeric)')
    connection.commit()
    names = ("代码 :x", '率"%s')
    spec = LoadSpec('受托."业.绩"', names, names, names[:1], names[:1])
    done = psql(script(spec, "A,0.5"))
    assert (done.stderr, content(connection, 'SELECT * FROM "受托"."业.绩"')) == ("", [("A", "0.5")])


@pytest.mark.parametrize("code", ["\\.", "a\n\\.\nb", "null", "\\N", "", "a,b", 'q"q', "\\", "tab\there", "\r\n"])
def test_psql_and_the_loader_bring_in_the_same_text(connection: Connection, psql: Psql, code: str) -> None:
    spec = performance_spec(primary_key=("report_date", "plan_code"), merge_key=("report_date", "plan_code"))
    assert psql(script(spec, row(JANUARY, code))).returncode == 0
    assert content(connection, "SELECT plan_code FROM performance") == [(code,)]
    connection.rollback()
    assert run(connection, spec, row(JANUARY, code)).effect.unchanged == 1


def test_data_is_written_as_it_comes() -> None:
    out = io.BytesIO()
    sizes = []

    def watched() -> Iterator[bytes]:
        for _ in range(3):
            yield b"0123456789\n"
            sizes.append(out.getbuffer().nbytes)

    write_script(out, [ScriptedLoad(load_statements(performance_spec(), entry(3)), watched())])
    assert [later - earlier for earlier, later in itertools.pairwise(sizes)] == [11, 11]
