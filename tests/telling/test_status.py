"""``make status`` as people run it: a real folder, a real ledger."""

from __future__ import annotations

import json
from pathlib import Path

from tests.fixtures.runs import Finished, Office

OCTOBER, NOVEMBER = "2024年10月受托业绩报告.xlsx", "2024年11月受托业绩报告.xlsx"


def status(office: Office, domain: str = "trustee_performance") -> Finished:
    return office.command("python", "-m", "workflows.telling", "status", "--domain", domain)


def months(office: Office) -> dict[str, dict[str, object]]:
    content = json.loads((office.output / "status" / "trustee_performance.json").read_bytes())
    return {str(each["period"])[:7]: each for each in content["months"]}


def test_the_ledger_is_held_against_the_folder(office_with_database: Office) -> None:
    office = office_with_database
    office.workbook(OCTOBER, 10)
    office.workbook(NOVEMBER, 11, [("P1", 1.0), *[(f"P{n}", 1.0) for n in range(2, 40)], ("P0", "x")])
    assert office.call("--execute", "--max-files", "2").code == 0
    office.workbook("2024年10月受托业绩报告V2.xlsx", 10, [("P1", 5.0)])
    office.workbook("2024年12月受托业绩报告.xlsx", 12)
    done = status(office)
    assert done.code == 0, done.err
    found = months(office)
    assert {month: found[month]["state"] for month in ("2024-10", "2024-11", "2024-12", "2025-01")} == {
        "2024-10": "newer",
        "2024-11": "loaded",
        "2024-12": "to_load",
        "2025-01": "missing",
    }
    assert "2024-10  有新版本 newer workbook: V2 2024年10月受托业绩报告V2.xlsx" in done.out
    assert f"V1 {NOVEMBER}: 39 行 rows，1 行被拒 rejected" in done.out
    problems = Path(next(line for line in done.out.splitlines() if "问题清单" in line).partition(": ")[2])
    assert list(problems.glob("*.xlsx"))


def test_the_page_says_the_same_first_what_needs_somebody(office_with_database: Office) -> None:
    office_with_database.workbook(NOVEMBER, 11)
    office_with_database.call("--execute")
    done = status(office_with_database)
    page = Path(done.out.splitlines()[-1].removeprefix("Page: ")).read_text(encoding="utf-8")
    assert page.index('id="todo"') < page.index('id="calendar"') < page.index('id="months"')
    assert "2024-12" in page.partition('id="calendar"')[0]
    assert NOVEMBER not in page.partition('id="calendar"')[0].partition('id="todo"')[2]


def test_without_a_database_it_says_that_what_is_loaded_is_not_known(office: Office) -> None:
    office.workbook(NOVEMBER, 11)
    done = status(office)
    assert done.code == 0, done.err
    assert "what is loaded is not known" in done.out
    assert months(office)["2024-11"]["state"] == "unknown"


def test_a_domain_that_the_catalogue_lacks_is_named(office: Office) -> None:
    done = status(office, "trustee")
    assert (done.code, done.err.startswith("error: ")) == (1, True)
    assert "trustee_performance" in done.err


def test_all_domains_are_told_one_after_the_other(office: Office) -> None:
    office.workbook(NOVEMBER, 11)
    done = status(office, "all")
    assert done.code == 0, done.err
    assert "trustee_performance → trustee_performance" in done.out


def test_a_domain_whose_table_is_not_made_yet_has_nothing_loaded_and_hides_no_other(
    office_with_database: Office,
) -> None:
    office = office_with_database
    office.workbook(NOVEMBER, 11)
    office.call("--execute")
    done = status(office, "annual_award,trustee_performance")
    assert done.code == 0, done.err
    assert "annual_award →" in done.out
    assert months(office)["2024-11"]["state"] == "loaded"
