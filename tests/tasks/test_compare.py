"""``--compare``, as people run it."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from tests.fixtures.loads import content
from tests.fixtures.runs import Finished, Office

OCTOBER, NOVEMBER = "2024年10月受托业绩报告.xlsx", "2024年11月受托业绩报告.xlsx"
BY_MONTH = ("--merge-key", "report_date")


def rows(office: Office, query: str = "SELECT plan_code, fund_scale FROM trustee_performance") -> list[tuple[str, ...]]:
    with contextlib.closing(psycopg2.connect(office.settings["WDH_DATABASE__URI"])) as connection:
        found: list[tuple[str, ...]] = content(connection, query)
        return found


@pytest.fixture
def restated(office_with_database: Office) -> Office:
    """November is loaded, then restated: P1 changed, P2 vanished, P3 is new."""
    office = office_with_database
    with contextlib.closing(psycopg2.connect(office.settings["WDH_DATABASE__URI"])) as connection:
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO trustee_performance SELECT '2024-11-01', 'P' || n, 'C1', 0.05, 1.25, scale, true, %s,"
                " '受托业绩', n + 2, '[]' FROM unnest(ARRAY[0, 1, 2], ARRAY[50, 100, 200]) AS loaded (n, scale)",
                (NOVEMBER,),
            )
        connection.commit()
    office.workbook(NOVEMBER, 11, [("P0", 50.0), ("P1", 120.0), ("P3", 300.0)])
    return office


def test_a_restated_month_is_shown_row_by_row(restated: Office) -> None:
    done = restated.run("--compare", *BY_MONTH)
    assert (done.code, done.outcome) == (0, "planned")
    shown = done.out[done.out.index("与表对比") : done.out.index("各步 SQL")]
    assert shown.splitlines() == [
        "与表对比: 新增 1, 修改 1, 删除 1, 不变 1 / "
        "Compared with the table: 1 added, 1 changed, 1 removed, 1 unchanged",
        "  2024-11: 新增 1, 修改 1, 删除 1, 不变 1 / 1 added, 1 changed, 1 removed, 1 unchanged",
        "  修改 changed 2024-11-01 | P1 | C1",
        f"    规模(元) fund_scale 100.00 -> 120.00  ({NOVEMBER}!受托业绩!G3)",
        "  删除 removed 2024-11-01 | P2 | C1  (原为 was 2024年11月受托业绩报告.xlsx!受托业绩 row 4)",
        "  新增 added 2024-11-01 | P3 | C1  (2024年11月受托业绩报告.xlsx!受托业绩 row 4)",
    ]


def test_the_plan_holds_the_effect_and_the_changes(restated: Office) -> None:
    restated.call("--compare", *BY_MONTH)
    plan = restated.plan()
    assert plan.effect.model_dump(exclude_none=True) == {"added": 1, "changed": 1, "removed": 1, "unchanged": 1}
    assert [(change.kind, change.key["plan_code"]) for change in plan.changes] == [
        ("changed", "P1"),
        ("removed", "P2"),
        ("added", "P3"),
    ]


def test_comparing_changes_nothing_and_writes_no_ledger_row(restated: Office) -> None:
    before = rows(restated), rows(restated, "SELECT * FROM wdh_load")
    restated.call("--compare", *BY_MONTH)
    assert (rows(restated), rows(restated, "SELECT * FROM wdh_load")) == before


def test_executing_records_the_effect_found_under_the_lock(restated: Office) -> None:
    done = restated.call("--compare", "--execute", *BY_MONTH)
    assert (done.code, done.outcome) == (0, "loaded")
    assert restated.receipt().effect.model_dump() == {
        "deleted": 2,
        "inserted": 2,
        "unchanged": 1,
        "added": 1,
        "changed": 1,
        "removed": 1,
    }
    assert rows(restated, "SELECT added, changed, removed FROM wdh_load") == [("1", "1", "1")]


def test_a_comparison_tells_by_how_much_a_months_sum_grows(office_with_database: Office) -> None:
    office = office_with_database
    office.workbook("2024年11月受托业绩报告.xlsx", 11, [("P1", 100.0), ("P2", 50.0)])
    office.call("--execute")
    office.workbook("2024年11月受托业绩报告V2.xlsx", 11, [("P1", 120.0), ("P3", 7.0)])
    office.call("--compare", "--merge-key", "report_date")
    plan = office.plan()
    assert plan.comparison is not None
    assert plan.comparison.months["2024-11"].growth == {"fund_scale": "-23.00"}
    page = office.newest("plans/*/*/plan.html").read_text(encoding="utf-8")
    assert "127.00" in page
    assert "150.00</small>" in page


def test_every_comparison_looks_anew(restated: Office) -> None:
    restated.call("--compare", *BY_MONTH)
    restated.call("--execute", *BY_MONTH)
    restated.call("--compare", *BY_MONTH)
    assert restated.plan().effect.model_dump(exclude_none=True) == {
        "added": 0,
        "changed": 0,
        "removed": 0,
        "unchanged": 3,
    }


def test_a_comparison_without_a_database_names_the_choices(office: Office) -> None:
    office.workbook(NOVEMBER, 11)
    done = office.call("--compare")
    assert (done.code, done.outcome) == (30, "failed")
    assert "WDH_DATABASE__URI" in done.out


def refusal(done: Finished) -> str:
    assert done.code == 30
    assert "Traceback" not in done.out + done.err
    return done.out


@pytest.mark.parametrize("flags", [("--max-deleted-rows", "1"), ("--max-deleted-ratio", "0.5")])
def test_a_guard_on_the_command_line_blocks_the_plan_and_the_load(restated: Office, flags: tuple[str, str]) -> None:
    assert restated.call("--compare", *BY_MONTH, *flags).outcome == "blocked"
    before = rows(restated)
    assert "2 of the 3 rows in scope would be deleted" in refusal(restated.call("--execute", *BY_MONTH, *flags))
    assert rows(restated) == before


def test_a_guard_that_is_not_reached_lets_the_load_through(restated: Office) -> None:
    assert restated.call("--execute", *BY_MONTH, "--max-deleted-rows", "2").outcome == "loaded"


def test_an_empty_batch_is_refused_unless_it_is_meant(restated: Office) -> None:
    restated.workbook(NOVEMBER, 11, [])
    assert "--allow-empty" in refusal(restated.call("--execute", *BY_MONTH))
    assert restated.call("--execute", "--allow-empty", *BY_MONTH).outcome == "loaded"
    assert rows(restated) == []


def test_an_empty_batch_that_is_meant_is_still_guarded(restated: Office) -> None:
    restated.workbook(NOVEMBER, 11, [])
    refusal(restated.call("--execute", "--allow-empty", *BY_MONTH, "--max-deleted-ratio", "0.9"))
    assert len(rows(restated)) == 3


def test_a_comparison_leaves_no_script_that_would_load_whatever_moved_since(office_with_database: Office) -> None:
    office = office_with_database
    office.workbook(NOVEMBER, 11)
    planned, compared = office.call(), office.call("--compare")
    assert [path.parent.name for path in office.output.glob("plans/*/*/plan.sql")] == [_run_of(planned.out)]
    assert ("Script: " in planned.out, "Script: " in compared.out) == (True, False)
    assert Path(re.search("Script: (.*)", planned.out)[1]).is_file()  # type: ignore[index]


def _run_of(summary: str) -> str:
    found = re.search(r"Plan: .*/([^/]+)/plan\.json", summary)
    assert found
    return found[1]


def test_values_stand_with_the_unit_that_they_are_in_whatever_the_sheets_header_says(
    office_with_database: Office,
) -> None:
    office = office_with_database
    headers = ("年", "月", "计划代码", "公司代码", "收益率(%)", "净值", "规模(万元)")
    office.workbook(NOVEMBER, 11, [[2024, 11, "P1", "C1", 1.5, 1.25, 60525.388]], headers)
    assert office.call("--execute").outcome == "loaded"
    again: list[list[Any]] = [[2024, 11, "P1", "C1", 60, 1.25, 60526], [2024, None, "合计", None, None, None, 70000]]
    office.workbook(NOVEMBER, 11, again, headers)
    for flags in (("--compare",), ("--compare", "--execute")):
        out = office.call(*flags).out
        assert "规模(元) fund_scale 605253880.00 -> 605260000.00" in out
        assert "收益率(小数) return_rate 0.015000 -> 0.600000" in out
        assert "合计 700000000(元), 各行之和 rows sum to 605260000(元)" in out
        assert "beyond 50 %: 0.600000(小数)" in out
    (change,) = office.receipt().changes
    assert [cell.header for cell in change.cells] == ["收益率(小数)", "规模(元)"]
    pages = [office.newest(f"{place}/*/*/{name}.html") for place, name in (("plans", "plan"), ("receipts", "receipt"))]
    for page in pages:
        text = page.read_text(encoding="utf-8")
        changes = text[text.index('id="changes"') :]
        assert "规模(元)" in changes
        assert "万元" not in changes[: changes.index("</section>")]
