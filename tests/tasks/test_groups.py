"""Tables whose rows have no key, from workbook to table: planned, compared, approved, loaded."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import psycopg2
import pytest
import yaml

from tests.fixtures.reading import SHIPPED
from tests.fixtures.runs import Office

TABLE = 'business."业绩明细"'
MAIN, MORE = "2024年11月受托业绩.xlsx", "2024年11月受托业绩_补充.xlsx"
ROWS = f"SELECT company_code, plan_code, fund_scale FROM {TABLE}"


def line(code: str, company: str, scale: float, month: int = 11) -> list[Any]:
    return [2024, month, code, company, 0.05, 1.25, scale]


@pytest.fixture
def grouped(office_with_database: Office) -> Office:
    """An office whose catalogue says that rows have no key, and replaces groups of month and company."""
    office = office_with_database
    entries = yaml.safe_load(SHIPPED.read_text(encoding="utf-8"))
    entries["domains"]["trustee_performance"] |= {
        "table": TABLE,
        "primary_key": "none",
        "merge_key": ["report_date", "company_code"],
        "replaces": "groups_of_rows",
        "described_by": ["plan_code"],
        "supplement": "补充",
    }
    (office.folder / "catalogue.yml").write_text(yaml.safe_dump(entries, allow_unicode=True), encoding="utf-8")
    office.settings["WDH_DATA_SOURCES_CONFIG"] = "catalogue.yml"
    made = office.command("python", "-m", "workflows.warehouse", "apply-schema", "--domain", "trustee_performance")
    assert made.code == 0, made.err
    office.workbook(MAIN, 11, [line("P1", "C1", 100), line("P1", "C1", 100), line("P2", "C1", 5), line("P1", "C2", 7)])
    return office


def rows(office: Office, query: str = ROWS) -> Any:
    return office.sql(query)


LOADED = [("C1", "P1", "100.00"), ("C1", "P1", "100.00"), ("C1", "P2", "5.00"), ("C2", "P1", "7.00")]


def test_equal_rows_are_loaded_as_they_stand_and_the_same_again_changes_nothing(grouped: Office) -> None:
    assert grouped.call("--execute").outcome == "loaded"
    assert rows(grouped) == LOADED
    assert grouped.call("--execute").outcome == "unchanged"
    receipt = grouped.receipt()
    assert [(*group.key.values(), group.before, group.rows) for group in receipt.groups] == [
        ("2024-11-01", "C1", 3, 3),
        ("2024-11-01", "C2", 1, 1),
    ]


def test_a_plan_lists_the_groups_and_asks_nothing_of_the_table(grouped: Office) -> None:
    done = grouped.call()
    assert "Groups: 2 replaced, no other is touched" in done.out
    assert f"  2024-11-01 | C1: 3 行 rows  ({MAIN})" in done.out
    assert "主键 primary key 无 none; 替换范围 merge key report_date, company_code" in done.out
    page = grouped.newest("plans/*/*/plan.html").read_text(encoding="utf-8")
    assert "whole groups are replaced: those that this batch names" in page
    assert "equal rows are several" in page


def test_a_supplement_replaces_its_groups_and_leaves_those_of_the_main_file(grouped: Office) -> None:
    grouped.call("--execute")
    grouped.workbook(MORE, 11, [line("P9", "C2", 1), line("P8", "C2", 2)])
    done = grouped.call("--execute", "--max-files", "2")
    assert done.outcome == "loaded", done.out
    assert rows(grouped) == [*LOADED[:3], ("C2", "P8", "2.00"), ("C2", "P9", "1.00")]
    (override,) = grouped.receipt().overrides
    assert (override.winner.file, override.winner_rows, override.loser.file) == (MORE, 2, MAIN)
    assert f"2024-11-01 | C2: 采用 {MORE}!受托业绩 row 2 (2 行 rows) over 放弃 {MAIN}!受托业绩 row 5" in done.out


def test_a_comparison_pairs_by_what_describes_a_row_and_is_applied_as_approved(grouped: Office) -> None:
    grouped.call("--execute")
    grouped.workbook(MAIN, 11, [line("P1", "C1", 100), line("P2", "C1", 6), line("P1", "C2", 7)])
    compared = grouped.call("--compare")
    assert "Compared with the table: 0 added, 1 changed, 1 removed, 2 unchanged" in compared.out
    assert "  删除 removed 2024-11-01 | C1 | P1" in compared.out
    assert "  修改 changed 2024-11-01 | C1 | P2" in compared.out
    assert f"  2024-11-01 | C1: 3 -> 2 行 rows  ({MAIN})" in compared.out
    saved = grouped.newest("plans/*/*/plan.json")
    page = saved.with_suffix(".html").read_text(encoding="utf-8")
    assert 'id="groups"' in page
    apply = ("--module", "workflows.tasks", "ApplyPlan", "--plan-file", str(saved), "--execute")
    assert grouped.luigi(*apply).outcome == "loaded"
    assert rows(grouped) == [("C1", "P1", "100.00"), ("C1", "P2", "6.00"), ("C2", "P1", "7.00")]


def test_a_saved_plan_is_refused_once_one_more_equal_row_stands_there(grouped: Office) -> None:
    grouped.call("--execute")
    grouped.workbook(MAIN, 11, [line("P1", "C1", 100), line("P2", "C1", 5), line("P1", "C2", 7)])
    grouped.call("--compare")
    saved = grouped.newest("plans/*/*/plan.json")
    with contextlib.closing(psycopg2.connect(grouped.settings["WDH_DATABASE__URI"])) as connection, connection:
        connection.cursor().execute(
            f"INSERT INTO {TABLE} SELECT * FROM {TABLE} WHERE plan_code = 'P1' AND company_code = 'C1' LIMIT 1"
        )
    done = grouped.luigi("--module", "workflows.tasks", "ApplyPlan", "--plan-file", str(saved), "--execute")
    assert "原定删除，现将删除 2 行" in done.out
    assert len(rows(grouped)) == 5


def test_the_script_of_a_plan_loads_the_same(grouped: Office, psql_program: Path) -> None:
    grouped.call()
    script = grouped.newest("plans/*/*/plan.sql")
    done = grouped.command(
        str(psql_program), "--no-psqlrc", "--file", str(script), grouped.settings["WDH_DATABASE__URI"]
    )
    assert done.code == 0, done.err
    assert rows(grouped) == LOADED


def test_a_group_that_shrinks_too_much_blocks_until_it_is_accepted(grouped: Office) -> None:
    grouped.call("--execute")
    grouped.workbook(MAIN, 11, [line("P1", "C1", 100), line("P1", "C2", 7)])
    blocked = grouped.call("--compare", "--max-group-shrink", "0.5")
    assert blocked.outcome == "blocked"
    assert "--accept shrunk_groups=1" in blocked.out
    refused = grouped.call("--execute", "--max-group-shrink", "0.5")
    assert "2024-11-01 | C1: 3 -> 1" in refused.out
    assert rows(grouped) == LOADED
    accepted = grouped.call("--execute", "--max-group-shrink", "0.5", "--accept", "shrunk_groups=1")
    assert accepted.outcome == "loaded"


def test_a_row_that_says_no_group_blocks_as_any_reject_does(grouped: Office) -> None:
    grouped.workbook(MAIN, 11, [line("P1", "C1", 100), line("P2", "", 5)])
    done = grouped.call("--execute")
    assert "rejects_in_replaced_periods" in done.out
    assert rows(grouped) == []
