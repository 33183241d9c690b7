"""The pension managers' tables, whose rows have no key, made and loaded under the shipped catalogue."""

from __future__ import annotations

import contextlib
from datetime import datetime, timezone
from typing import Any

import openpyxl
import psycopg2
import pytest

from tests.fixtures.companies import SALT
from tests.fixtures.loads import content
from tests.fixtures.runs import Office
from workflows.companies.index import FetchedRow
from workflows.runs.fetch_index import Fetched, fetch_index

FOLDER = "202501/收集数据/数据采集/"
MAIN, MORE = FOLDER + "25年1月年金规模收入数据.xlsx", FOLDER + "25年1月年金规模收入数据采集-补充企年投资收入.xlsx"
PERFORMANCE = ["月度", "业务类型", "计划类型", "计划代码", "客户名称", "期末资产规模", "流失(含待遇支付)", "机构"]
INCOME = ["月度", "业务类型", "计划类型", "计划号", "计划名称", "客户名称", "固费", "机构", "机构名称"]
BOTH = ("--domain", "annuity_performance,annuity_income")
SIZES = 'SELECT "业务类型", "计划代码", "客户名称", "期末资产规模", "流失_含待遇支付" FROM business."规模明细"'
FEES = 'SELECT "业务类型", "计划代码", "固费", "浮费" FROM business."收入明细"'
TWICE = [202501, "企年投资", "集合计划", None, None, 1.25, None, "北京"]


@pytest.fixture
def annuities(office_with_database: Office) -> Office:
    """An office with both tables made, and one workbook of both sheets."""
    office = office_with_database
    office.settings["WDH_COMPANY_ID_SALT"] = SALT
    known = [FetchedRow(2, "customer_name", "甲公司", "C0001")]
    fetch_index(Fetched("known.csv", known), office.folder / "company_index.json", datetime.now(timezone.utc))
    for domain in BOTH[1].split(","):
        made = office.command("python", "-m", "workflows.warehouse", "apply-schema", "--domain", domain)
        assert made.code == 0, made.err
    save(
        office,
        MAIN,
        规模明细=[PERFORMANCE, [202501, "企年受托", "单一计划", "P0001", "甲公司", 33e9, -5.5, "深圳"], TWICE, TWICE],
        收入明细=[
            INCOME,
            [202501, "企年受托", "单一计划", "P0001", "甲公司企业年金计划", "甲公司", -1.5, "G01", "北京"],
            *[[202501, "企年投资", "集合计划", "P0002", "乙计划", None, 2, "G01", "北京"]] * 2,
        ],
    )
    return office


def save(office: Office, path: str, **sheets: list[list[Any]]) -> None:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        page = book.create_sheet(name)
        for row in rows:
            page.append(row)
    (office.data / path).parent.mkdir(parents=True, exist_ok=True)
    book.save(office.data / path)


def rows(office: Office, query: str) -> Any:
    with contextlib.closing(psycopg2.connect(office.settings["WDH_DATABASE__URI"])) as connection:
        return content(connection, query)


ENTRUSTED = ("企年受托", "P0001", "甲公司", "33000000000.0000", "-5.5000")
INVESTED = ("企年投资", "AN001", None, "1.2500", None)
FEES_LOADED = [("企年受托", "P0001", "-1.5000", "0.0000"), *[("企年投资", "P0002", "2.0000", "0.0000")] * 2]


def test_both_tables_are_loaded_in_one_run_with_their_equal_rows_and_again_without_a_change(annuities: Office) -> None:
    done = annuities.call(*BOTH, "--execute")
    assert done.code == 0, done.out + done.err
    assert rows(annuities, SIZES) == [ENTRUSTED, INVESTED, INVESTED]
    assert rows(annuities, FEES) == FEES_LOADED
    again = annuities.call(*BOTH, "--execute")
    assert "unchanged" in again.out
    outcomes = "SELECT outcome, deleted, inserted, unchanged FROM wdh_load"
    assert rows(annuities, outcomes) == [("loaded", "0", "3", "0")] * 2 + [("unchanged", "0", "0", "3")] * 2


def test_a_supplement_takes_over_its_kind_of_business_and_nothing_else(annuities: Office) -> None:
    assert annuities.call("--domain", "annuity_income", "--execute").outcome == "loaded"
    save(
        annuities,
        MORE,
        收入明细=[INCOME, [202501, "企年投资", "集合计划", "P0003", "丙计划", None, 7, "G01", "北京"]],
    )
    done = annuities.call("--domain", "annuity_income", "--execute")
    assert done.outcome == "loaded", done.out
    assert rows(annuities, FEES) == [FEES_LOADED[0], ("企年投资", "P0003", "7.0000", "0.0000")]
    (override,) = annuities.receipt().overrides
    assert (override.winner.file, override.loser_rows) == (MORE, 2)
