from __future__ import annotations

import socket

from psycopg2.extensions import connection as Connection  # noqa: N812

from tests.fixtures.loads import FEBRUARY, FEBRUARY_FILE, JANUARY, month_spec, row, run, workbook
from tests.fixtures.runs import Office
from workflows.warehouse.history import history_lines
from workflows.warehouse.ledger import files_of, last_loads


def lines(connection: Connection, limit: int = 20) -> list[str]:
    loads = last_loads(connection, "performance", limit)
    return list(history_lines("performance", loads, files_of(connection, [load.load_id for load in loads])))


def test_loads_are_listed_newest_first_with_what_they_changed_and_their_files(connection: Connection) -> None:
    run(connection, month_spec(JANUARY, files=(workbook(),)), row(JANUARY, "P1"))
    run(connection, month_spec(FEBRUARY, files=(workbook(FEBRUARY_FILE, FEBRUARY, part="平安", rejects=2),)),
        row(FEBRUARY, "P1"))  # fmt: skip
    found = lines(connection)
    assert found[0] == "performance 的载入, 最新的在前 / Loads of performance, newest first"
    assert [line for line in found if line.startswith("    ")] == [
        "    2024-02 平安 V1 2024-02.xlsx [受托业绩]: 1 行 records, 2 行被拒 rejected",
        "    2024-01 V1 2024-01.xlsx [受托业绩]: 1 行 records",
    ]
    assert found.count("  1 行: 删除 0, 写入 1, 未变 0 / 1 records: 0 deleted, 1 inserted, 0 unchanged") == 2


def test_the_list_is_cut_at_its_limit(connection: Connection) -> None:
    for _ in range(3):
        run(connection, month_spec(JANUARY), row(JANUARY, "P1"))
    assert sum(" 已载入 loaded  " in line or " 无变化 unchanged  " in line for line in lines(connection, 2)) == 2


def test_an_empty_ledger_says_so(connection: Connection) -> None:
    assert lines(connection) == ["台账中没有 performance 的载入 / no load of performance is in the ledger"]


def test_the_command_lists_what_was_loaded(office_with_database: Office) -> None:
    office = office_with_database
    office.workbook("2024年11月受托业绩报告.xlsx", 11)
    office.run("--execute", WDH_ACTOR="王小明")
    done = office.command("python", "-m", "workflows.warehouse", "history", "--domain", "trustee_performance")
    assert done.code == 0, done.err
    assert "2024-11 V1 2024年11月受托业绩报告.xlsx [受托业绩]: 2 行 records" in done.out
    assert f"by 王小明 (postgres) on {socket.gethostname()} via luigi, delete_insert" in done.out
