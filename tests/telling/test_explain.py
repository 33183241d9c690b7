"""``make explain``: from a figure to its cell, its load, and what it was before; real workbooks, a real PostgreSQL."""

from __future__ import annotations

import json
from contextlib import closing
from typing import Any

import openpyxl
import psycopg2
import pytest

from tests.fixtures.runs import HEADERS, Finished, Office

NOVEMBER = "2024年11月受托业绩报告.xlsx"


def explain(office: Office, *flags: str) -> Finished:
    return office.command("python", "-m", "workflows.telling", "explain", "--domain", "trustee_performance", *flags)


def told(office: Office, *flags: str) -> dict[str, Any]:
    done = explain(office, *flags, "--json")
    assert done.code == 0, done.out + done.err
    found: dict[str, Any] = json.loads(done.out)
    return found


def workbook(office: Office, *rows: tuple[str, object]) -> None:
    """November with the scale in 万元 and the rate as a percent."""
    book = openpyxl.Workbook()
    page = book.worksheets[0]
    page.title = "受托业绩"
    page.append([*HEADERS[:-1], "规模(万元)"])
    for plan, scale in rows:
        page.append([2024, 11, plan, "C1", 0.05, 1.25, scale])
        page.cell(page.max_row, 5).number_format = "0.00%"
    office.data.mkdir(exist_ok=True)
    book.save(office.data / NOVEMBER)


@pytest.fixture
def restated(office_with_database: Office) -> Office:
    office = office_with_database
    workbook(office, ("P1", 1.5), ("P2", 2))
    assert office.call("--execute", WDH_ACTOR="王小明").code == 0
    workbook(office, ("P1", 1.75), ("P2", 2))
    assert office.call("--execute", WDH_ACTOR="李四").code == 0
    return office


def test_a_figure_leads_to_its_cell_unit_and_load_and_to_what_it_was(restated: Office) -> None:
    found = told(restated, "--key", "2024-11,P1,C1", "--column", "fund_scale")
    now, before = found["rows"]
    assert (now["stands"], before["stands"]) == (True, False)
    (cell,) = now["cells"]
    assert (cell["value"], cell["raw"], cell["unit"]) == ("17500.00", "1.75", "万元")
    assert cell["cell"] == f"{NOVEMBER}!受托业绩!G2"
    assert cell["header"] == "规模(万元)"
    assert [row["written"]["by"].split()[0] for row in (now, before)] == ["李四", "王小明"]
    assert before["gone"]["load_id"] == now["written"]["load_id"]
    assert before["cells"][0]["value"] == "15000.00"
    assert "was changed since" in before["missing"][0]
    assert before["cells"][0]["raw"] == ""


def test_the_number_format_is_told_where_it_matters(restated: Office) -> None:
    (cell,) = told(restated, "--key", "2024-11,P1,C1", "--column", "return_rate")["rows"][0]["cells"]
    assert (cell["raw"], cell["number_format"]) == ("0.05", "0.00%")


def test_a_cell_leads_to_the_row_that_it_became(restated: Office) -> None:
    found = told(restated, "--cell", f"{NOVEMBER}!受托业绩!G2")
    assert [row["key"]["plan_code"] for row in found["rows"]] == ["P1", "P1"]
    assert [cell["field"] for cell in found["rows"][0]["cells"]] == ["fund_scale"]


def test_other_columns_name_all_rows_that_match(restated: Office) -> None:
    found = told(restated, "--key", "company_code=C1,fund_scale=20000.00")
    assert [row["key"]["plan_code"] for row in found["rows"]] == ["P2"]


def test_a_rejected_row_is_explained_by_what_was_wrong(office_with_database: Office) -> None:
    office = office_with_database
    workbook(office, ("P1", 1.5), ("P2", "待定"))
    assert office.call("--execute", "--accept-rejects", "1").code == 0
    found = told(office, "--cell", f"{NOVEMBER}!受托业绩!G3")
    assert (found["rows"], [finding["code"] for finding in found["findings"]]) == ([], ["not_a_number"])
    assert "拒收 rejected" in explain(office, "--cell", f"{NOVEMBER}!受托业绩!G3").out


def test_what_is_gone_is_said(restated: Office) -> None:
    (restated.data / NOVEMBER).unlink()
    (now, *_) = told(restated, "--key", "2024-11,P1,C1")["rows"]
    assert "is not in the data folder any more" in now["missing"][0]
    assert next(cell["value"] for cell in now["cells"] if cell["field"] == "fund_scale") == "17500.00"


def test_a_row_of_somebody_else_is_called_so(restated: Office) -> None:
    with closing(psycopg2.connect(restated.settings["WDH_DATABASE__URI"])) as connection:
        with connection.cursor() as cursor:
            cursor.execute("UPDATE trustee_performance SET load_sequence = NULL WHERE plan_code = 'P2'")
        connection.commit()
    (row,) = told(restated, "--key", "2024-11,P2,C1")["rows"]
    assert (row["written"], "no load of ours wrote this row" in row["missing"][0]) == (None, True)


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (("--key", "2024-11,P1"), "report_date, plan_code, company_code wanted (3 values)"),
        (("--key", "colour=red"), "has no column colour"),
        (("--cell", "G14"), "file!sheet!G14 wanted"),
        (("--key", "2024-11,P1,C1", "--column", "scale"), "has no column scale"),
        ((), "is wanted, and one of them only"),
    ],
)
def test_a_wrong_question_is_answered_with_what_is_wanted(restated: Office, flags: tuple[str, ...], said: str) -> None:
    done = explain(restated, *flags)
    assert (done.code, said in done.err) == (1, True), done.err


def test_a_key_that_never_was_is_said(restated: Office) -> None:
    done = explain(restated, "--key", "2024-11,P9,C1")
    assert (done.code, "no such row is in the table" in done.out) == (1, True)
