"""Executing, as people do it: real commands, real workbooks, a real PostgreSQL."""

from __future__ import annotations

import subprocess
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from tests.fixtures.runs import Office

OCTOBER, NOVEMBER = "2024年10月受托业绩报告.xlsx", "2024年11月受托业绩报告.xlsx"
RECORD = (
    "report_date, plan_code, company_code, return_rate, net_asset_value, fund_scale, has_performance_data, "
    "data_source, source_sheet, source_row, validation_warnings::text"
)


def query(office: Office, sql: str) -> list[tuple[Any, ...]]:
    with closing(psycopg2.connect(office.settings["WDH_DATABASE__URI"])) as connection, connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall()


def plans(office: Office) -> list[tuple[Any, ...]]:
    return query(
        office, "SELECT to_char(report_date, 'MM'), plan_code, fund_scale FROM trustee_performance ORDER BY 1, 2"
    )


def test_execute_loads_and_says_what_happened(office_with_database: Office) -> None:
    office = office_with_database
    office.workbook(NOVEMBER, 11)
    done = office.call("--execute")
    assert (done.code, done.outcome) == (0, "loaded")
    assert "Execute: True" in done.out
    assert "Plan-only: False" in done.out
    assert "Rows: deleted 0, inserted 2, unchanged 0" in done.out
    assert [str(row[2]) for row in plans(office)] == ["100.00", "200.00"]


def test_execute_wins_over_plan_only_and_is_shown_so(office_with_database: Office) -> None:
    office_with_database.workbook(NOVEMBER, 11)
    done = office_with_database.run("--plan-only", "--execute")
    assert (done.outcome, "Execute: True" in done.out, "Plan-only: False" in done.out) == ("loaded", True, True)


def test_a_plan_on_disk_does_not_make_an_execution_look_done(office_with_database: Office) -> None:
    office_with_database.workbook(NOVEMBER, 11)
    office_with_database.run()
    assert office_with_database.run("--execute").outcome == "loaded"


def test_loading_the_same_again_changes_no_row_and_says_so(office_with_database: Office) -> None:
    office = office_with_database
    office.workbook(NOVEMBER, 11)
    office.call("--execute")
    before = query(office, "SELECT xmin, * FROM trustee_performance")
    done = office.call("--execute")
    assert (done.code, done.outcome) == (0, "unchanged")
    assert query(office, "SELECT xmin, * FROM trustee_performance") == before
    assert query(office, "SELECT outcome FROM wdh_load ORDER BY sequence") == [("loaded",), ("unchanged",)]


def test_several_files_are_loaded_in_one_transaction(office_with_database: Office) -> None:
    office = office_with_database
    office.workbook(OCTOBER, 10)
    office.workbook(NOVEMBER, 11)
    assert office.run("--execute", "--max-files", "2", "--workers", "2").code == 0
    assert query(office, "SELECT count(DISTINCT xmin::text), count(*) FROM trustee_performance") == [(1, 4)]
    assert query(office, "SELECT count(*) FROM wdh_load_file") == [(2,)]


def test_a_restated_month_takes_the_vanished_rows_away_when_months_are_replaced(office_with_database: Office) -> None:
    office = office_with_database
    office.workbook(OCTOBER, 10)
    office.workbook(NOVEMBER, 11)
    office.call("--execute", "--max-files", "2")
    office.workbook(f"数据采集/V2/{NOVEMBER}", 11, [("P1", 150.0)])
    done = office.call("--execute", "--merge-key", "report_date")
    assert "deleted 2, inserted 1, unchanged 0" in done.out
    assert [(row[0], row[1]) for row in plans(office)] == [("10", "P1"), ("10", "P2"), ("11", "P1")]


def test_a_blocked_plan_is_not_executed_and_loads_nothing_from_any_file(office_with_database: Office) -> None:
    office = office_with_database
    office.workbook(OCTOBER, 10)
    office.workbook(NOVEMBER, 11, [("P1", 1.0), (None, 2.0)])
    done = office.call("--execute", "--max-files", "2")
    assert (done.code, done.outcome) == (30, "blocked")
    assert "--accept rejects=1" in done.out
    assert (plans(office), query(office, "SELECT * FROM wdh_load")) == ([], [])


def test_accepting_exactly_the_rejects_loads_the_rest(office_with_database: Office) -> None:
    office_with_database.workbook(NOVEMBER, 11, [("P1", 1.0), (None, 2.0)])
    done = office_with_database.run("--execute", "--accept-rejects", "1")
    assert (done.outcome, len(plans(office_with_database))) == ("loaded", 1)


def test_an_append_brings_each_workbook_once(office_with_database: Office) -> None:
    office = office_with_database
    office.workbook(OCTOBER, 10)
    office.call("--execute", "--mode", "append")
    office.workbook(NOVEMBER, 11)
    done = office.call("--execute", "--mode", "append", "--max-files", "2")
    assert (done.outcome, len(plans(office))) == ("loaded", 4)
    assert [file.left_out for file in office.receipt().files] == [False, True]


def test_the_receipt_tells_what_was_done(office_with_database: Office) -> None:
    office = office_with_database
    office.workbook(NOVEMBER, 11)
    office.call("--execute")
    receipt = office.receipt()
    assert (receipt.outcome, receipt.execute, receipt.effect.inserted) == ("loaded", True, 2)
    assert query(office, "SELECT load_id FROM wdh_load") == [(receipt.load_id,)]


def test_a_missing_table_names_the_command_that_makes_it(office: Office, database: str) -> None:
    office.workbook(NOVEMBER, 11)
    office.settings["WDH_DATABASE__URI"] = database
    with closing(psycopg2.connect(database)) as connection, connection, connection.cursor() as cursor:
        cursor.execute("DROP TABLE trustee_performance")
    done = office.call("--execute")
    assert (done.code, done.outcome, "make schema" in done.out) == (30, "failed", True)


def test_the_script_leaves_the_table_as_the_execution_does(office_with_database: Office, psql_program: Path) -> None:
    office = office_with_database
    rows = [
        ("P1", "1.2亿"),
        ("P'2", 200.0),
        ('P"3', 0.0),
        ("NULL", 5.0),
        ("计划\\4", 7.0),
        [2024, 10, "P5", "C1", 0.9, 5.0, 1.0],
    ]
    office.workbook(NOVEMBER, 11, rows)
    office.call("--accept", "other_months=1")
    script = office.newest("plans/*/*/plan.sql")
    uri = office.settings["WDH_DATABASE__URI"]
    subprocess.run([str(psql_program), "-q", "-f", str(script), uri], check=True, capture_output=True)
    by_script = query(office, f"SELECT {RECORD} FROM trustee_performance ORDER BY 1, 2, 3")
    query_all = query(office, "SELECT via, outcome, inserted FROM wdh_load")
    done = office.call("--execute", "--accept", "other_months=1")
    assert query_all == [("plan.sql", "loaded", 6)]
    assert done.outcome == "unchanged"
    with closing(psycopg2.connect(uri)) as connection, connection, connection.cursor() as cursor:
        cursor.execute("TRUNCATE trustee_performance")
    office.call("--execute", "--accept", "other_months=1")
    assert query(office, f"SELECT {RECORD} FROM trustee_performance ORDER BY 1, 2, 3") == by_script


def test_the_script_of_a_blocked_plan_refuses(office_with_database: Office, psql_program: Path) -> None:
    office = office_with_database
    office.workbook(NOVEMBER, 11, [("P1", 1.0), (None, 2.0)])
    office.call()
    script, uri = office.newest("plans/*/*/plan.sql"), office.settings["WDH_DATABASE__URI"]
    done = subprocess.run([str(psql_program), "-f", str(script), uri], capture_output=True, text=True, check=False)
    assert (done.returncode, plans(office)) == (3, [])
    assert "blocked" in done.stderr


def test_v1_v2_v1_again_loads_three_times(office_with_database: Office) -> None:
    office = office_with_database
    for scale in (1.0, 2.0, 1.0):
        office.workbook(NOVEMBER, 11, [("P1", scale)])
        assert office.call("--execute").outcome == "loaded"
    assert [str(row[2]) for row in plans(office)] == ["1.00"]


@pytest.mark.parametrize("password", ["p@ss/w:o%rd"])
def test_a_password_never_shows_up(office_with_database: Office, password: str) -> None:
    office = office_with_database
    office.workbook(NOVEMBER, 11)
    with closing(psycopg2.connect(office.settings.pop("WDH_DATABASE__URI"))) as connection:
        name = connection.info.dbname
        host = connection.info.host
    done = office.call(
        "--execute",
        WDH_DATABASE__HOST=host,
        WDH_DATABASE__USER="postgres",
        WDH_DATABASE__PASSWORD=password,
        WDH_DATABASE__DB=name,
    )
    assert (done.code, done.outcome) == (0, "loaded")
    everything = done.out + done.err + "".join(p.read_text() for p in office.output.rglob("*.json"))
    assert password not in everything
    assert "p%40ss" not in everything


def test_a_workbook_of_headers_only_never_empties_its_month(office_with_database: Office) -> None:
    office = office_with_database
    office.workbook(OCTOBER, 10)
    office.workbook(NOVEMBER, 11)
    office.call("--execute", "--max-files", "2")
    office.workbook("2024年11月受托业绩V2.xlsx", 11, [])
    done = office.call("--execute", "--max-files", "2", "--merge-key", "report_date")
    assert (done.code, done.outcome, len(plans(office))) == (30, "blocked", 4)


@pytest.mark.parametrize(
    ("spoil", "wanted"),
    [
        ("ALTER TABLE trustee_performance ADD COLUMN remark text", "column remark has no default"),
        ("ALTER TABLE trustee_performance ALTER return_rate TYPE numeric(8,2)", "return_rate is numeric(8,2)"),
        ("ALTER TABLE trustee_performance DROP COLUMN fund_scale", "column fund_scale numeric(18,2) is missing"),
        (
            "CREATE TABLE child (d date, p varchar(50), c varchar(20), "
            "FOREIGN KEY (d, p, c) REFERENCES trustee_performance ON DELETE CASCADE)",
            "child refers to it",
        ),
    ],
)
def test_the_script_refuses_a_table_that_the_loader_would_refuse(
    office_with_database: Office, psql_program: Path, spoil: str, wanted: str
) -> None:
    office = office_with_database
    office.workbook(NOVEMBER, 11)
    office.call()
    script, uri = office.newest("plans/*/*/plan.sql"), office.settings["WDH_DATABASE__URI"]
    with closing(psycopg2.connect(uri)) as connection, connection, connection.cursor() as cursor:
        cursor.execute(spoil)
    done = subprocess.run([str(psql_program), "-f", str(script), uri], capture_output=True, text=True, check=False)
    assert (done.returncode, query(office, "SELECT count(*) FROM trustee_performance")) == (3, [(0,)])
    assert wanted in done.stderr
