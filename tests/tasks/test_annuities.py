"""A month of the pension managers' workbooks through the real tasks, under the shipped catalogue."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.fixtures.companies import SALT
from tests.fixtures.runs import Office
from workflows.companies.index import FetchedRow
from workflows.domains import value_lists
from workflows.records.documents import processed_file
from workflows.runs.fetch_index import Fetched, fetch_index

PLACE = "202501/收集数据/数据采集/V1/【for年金机构经营分析】25年1月年金规模收入数据 0211.xlsx"
PERFORMANCE: list[list[Any]] = [
    [
        "月度",
        "业务类型",
        "计划类型",
        "计划代码",
        "组合代码",
        "客户名称",
        "期末资产规模",
        "流失(含待遇支付)",
        "机构",
        "备注",
    ],
    [202501, "企年受托", "单一计划", "1P0290", "F7", "甲公司-已转出", 33e9, -5.5, "深圳", None],
    [202501, "企年投资", "集合计划", None, None, None, 1.25, None, "火星", None],
    [202501, "企年投资", "集合计划", None, None, None, 1.25, None, "火星", None],
]
INCOME: list[list[Any]] = [
    ["月度", "业务类型", "计划类型", "计划号", "计划名称", "组合代码", "客户名称", "固费", "机构", "机构名称"],
    ["2025年1月", "企年受托", "单一计划", None, "乙公司企业年金计划", None, 0, -1.5, "G01", "北京"],
]


@pytest.fixture
def annuities(office: Office) -> Office:
    """An office with one workbook of two sheets, a salt, and an index of one company."""
    office.settings |= {"WDH_COMPANY_ID_SALT": SALT}
    known = [FetchedRow(2, "customer_name", "甲公司", "C0001")]
    fetch_index(Fetched("known.csv", known), office.folder / "company_index.json", datetime.now(timezone.utc))
    save(office.data / PLACE, {"规模明细": PERFORMANCE, "收入明细": INCOME})
    return office


def save(path: Path, sheets: dict[str, list[list[Any]]]) -> None:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        page = book.create_sheet(name)
        for row in rows:
            page.append(row)
    path.parent.mkdir(parents=True, exist_ok=True)
    book.save(path)


def touched(office: Office) -> dict[str, int]:
    """The plan's counts by field and rule."""
    return {f"{each.field} {each.rule}": each.cells for file in office.plan().files for each in file.touched}


def test_a_plan_counts_what_rules_did_and_names_an_unknown_branch(annuities: Office) -> None:
    done = annuities.call("--domain", "annuity_performance")
    assert (done.code, done.outcome) == (0, "planned"), done.out + done.err
    assert touched(annuities) == {
        "计划代码 corrected": 1,
        "计划代码 plan_code_by_type": 2,
        "组合代码 prefix_removed": 1,
        "组合代码 portfolio_code_by_type": 2,
        "客户名称 name_normalised": 1,
        "机构代码 branch_by_name": 3,
        "产品线代码 product_line_by_type": 3,
    }
    assert "计划代码: 2 × 空白计划代码按计划类型补填" in done.out
    assert [(w.row, w.code, w.value, w.remedy[1]) for w in annuities.plan().warnings] == [
        (row, "unknown_branch", "火星", "check the branch; a new one is added to branches.csv by those who keep it")
        for row in (3, 4)
    ]
    page = annuities.newest("plans/*/*/plan.html").read_text(encoding="utf-8")
    assert "按机构名称取机构代码" in page and "an unknown branch, taken for G00" in page


def test_the_document_says_of_every_touched_cell_what_stood_there(annuities: Office) -> None:
    annuities.call("--domain", "annuity_income")
    found = processed_file(annuities.newest("processed/*/*/*.json")).touched()
    assert (
        "没有“浮费”列，各行均为 0.0000 / no column for 浮费: it is 0.0000 in every row"
        in annuities.plan().files[0].notes
    )
    assert [(each.field, each.rule, each.before, each.after, each.rows) for each in found] == [
        ("计划代码", "plan_code_by_type", None, "AN002", "2"),
        ("组合代码", "portfolio_code_by_type", None, "QTAN002", "2"),
        ("客户名称", "customer_by_single_plan", "0", "乙公司", "2"),
        ("产品线代码", "product_line_by_type", None, "PL202", "2"),
        *((fee, "default", None, "0.0000", "2") for fee in ("浮费", "回补", "税")),
    ]


@pytest.mark.parametrize("folder", ["202412/收集数据/数据采集", "202501/收集数据/业务收集", "202501/数据采集"])
def test_a_workbook_elsewhere_or_of_another_month_than_its_folder_is_not_taken(annuities: Office, folder: str) -> None:
    (annuities.data / folder).mkdir(parents=True)
    (annuities.data / PLACE).rename(annuities.data / folder / PLACE.rpartition("/")[2])
    assert annuities.call("--domain", "annuity_performance").outcome == "failed"


def test_a_list_with_a_mistake_stops_the_run_before_a_workbook_is_opened(
    annuities: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    branches = value_lists.BRANCHES
    lines: Sequence[str] = (value_lists.FOLDER / branches.file).read_text(encoding="utf-8").splitlines()
    (tmp_path / branches.file).write_text("\n".join([*lines, "北京,G38"]), encoding="utf-8")
    monkeypatch.setattr(value_lists, "FOLDER", tmp_path)
    monkeypatch.setattr(value_lists, "LISTS", (branches,))
    monkeypatch.delitem(branches.__dict__, "rows", raising=False)
    done = annuities.call("--domain", "annuity_performance")
    assert (done.outcome, annuities.processed()) == ("failed", {})
    assert "FAILED LoadDomain" in done.out
    assert f"line {len(lines) + 1}: 北京 stands in line 4 already" in done.out
