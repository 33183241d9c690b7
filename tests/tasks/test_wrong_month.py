"""A workbook of the wrong month never overwrites that month unseen."""

from __future__ import annotations

import pytest

from tests.fixtures.runs import Office

AUGUST = [("P1", 100.0), ("P2", 200.0)]
WRONG = "2025年1月受托业绩报告.xlsx"


def scales(office: Office) -> list[tuple[str, ...]]:
    return office.sql("SELECT report_date, plan_code, fund_scale FROM trustee_performance")


@pytest.fixture
def august_loaded(office_with_database: Office) -> Office:
    office = office_with_database
    office.workbook("2024年8月受托业绩报告.xlsx", 8, AUGUST)
    assert office.call("--execute").outcome == "loaded"
    office.workbook(WRONG, 8, [("P1", 1.0), ("P2", 2.0)])
    return office


def test_augusts_rows_in_januarys_workbook_do_not_replace_august(august_loaded: Office) -> None:
    before = scales(august_loaded)
    done = august_loaded.call("--execute")
    assert (done.code, done.outcome) == (30, "blocked")
    assert "BLOCKED by max_other_months_ratio" in done.out
    assert f"2024-08 in {WRONG}: 2" in done.out
    assert "--accept other_months=2" in done.out
    assert scales(august_loaded) == before


def test_they_do_where_exactly_these_are_accepted(august_loaded: Office) -> None:
    assert august_loaded.call("--execute", "--accept", "other_months=3").outcome == "blocked"
    assert august_loaded.call("--execute", "--accept", "other_months=2").outcome == "loaded"
    assert [scale for _, _, scale in scales(august_loaded)] == ["1.00", "2.00"]


def test_a_few_late_corrections_are_ordinary(office_with_database: Office) -> None:
    office = office_with_database
    rows = [[2024, 11, f"P{n}", "C1", 0.05, 1.25, 1.0] for n in range(19)]
    office.workbook("2024年11月受托业绩报告.xlsx", 11, [*rows, [2024, 10, "P1", "C1", 0.05, 1.25, 1.0]])
    assert office.call("--execute").outcome == "loaded"
    assert office.receipt().files[0].other_months == {"2024-10": 1}


def test_where_months_are_replaced_a_stray_stays_a_reject(august_loaded: Office) -> None:
    done = august_loaded.call("--execute", "--merge-key", "report_date")
    assert done.outcome == "blocked"
    assert "[period_mismatch]" in done.out
    assert "max_other_months_ratio" not in done.out


def test_a_ledger_of_several_months_is_loaded_where_the_catalogue_says_so(august_loaded: Office) -> None:
    from tests.fixtures.reading import SHIPPED

    text = SHIPPED.read_text(encoding="utf-8").replace("other_months: block", "other_months: allow")
    (august_loaded.folder / "catalogue.yml").write_text(text, encoding="utf-8")
    august_loaded.settings["WDH_DATA_SOURCES_CONFIG"] = "catalogue.yml"
    assert august_loaded.call("--execute").outcome == "loaded"
