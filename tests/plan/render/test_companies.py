"""How company ids were found, as the summary and the page say it."""

from __future__ import annotations

from tests.fixtures.plans import BLOCK, a_plan
from workflows.giving_back.problems import GivenBack
from workflows.plan.model import Plan
from workflows.plan.render.companies import company_lines, company_ways
from workflows.plan.render.page import render_page
from workflows.plan.render.summary import blocked
from workflows.records.accounts import CompanyAccount

ACCOUNT = CompanyAccount(
    ways={"override:plan_code": 1, "index:customer_name": 3, "temporary": 2, "none": 4}, unresolved=3
)


def plan(account: CompanyAccount | None = ACCOUNT, where: str | None = "plans/x/unresolved.csv") -> Plan:
    return a_plan(companies=account, given_back=GivenBack(unresolved_csv=where))


def texts(plan: Plan) -> list[str]:
    return [line.text for line in company_lines(plan)]


def test_the_ways_are_a_sum_and_the_list_is_named() -> None:
    assert texts(plan()) == [
        "公司编号: 10 条记录 = 人工指定：计划代码 1 + 索引：客户名称 3 + 临时编号 2 + 无名称，无编号 4 / "
        "Company ids: 10 records = 1 override by plan_code + 3 index by customer_name + 2 temporary id"
        " + 4 no name, no id",
        "  3 个客户（6 条记录）找不到公司 / no company for 3 customer(s) in 6 records: plans/x/unresolved.csv",
    ]


def test_where_every_customer_is_known_there_is_no_list() -> None:
    assert texts(plan(CompanyAccount(ways={"index:plan_code": 2}, unresolved=0), None)) == [
        "公司编号: 2 条记录 = 索引：计划代码 2 / Company ids: 2 records = 2 index by plan_code"
    ]
    assert texts(plan(None)) == []


def test_a_list_that_was_not_written_is_said_to_be_missing() -> None:
    assert texts(plan(where=None))[1].endswith("unresolved.csv (未能写出 / not written)")
    assert "the list could not be written" in render_page(plan(where=None), "plan.json")


def test_only_temporary_ids_are_work_as_rows_without_a_name_are_usual() -> None:
    assert [(way.way, way.is_known, way.is_work) for way in company_ways(plan())][1:] == [
        ("index:customer_name", True, False),
        ("temporary", False, True),
        ("none", False, False),
    ]


def test_the_page_links_the_list_and_names_the_ways_in_both_languages() -> None:
    page = render_page(plan(), "plan.json")
    assert 'plans/x/unresolved.csv"' in page
    assert "人工指定：计划代码" in page and "override by plan_code" in page
    assert "How company ids were found" not in render_page(plan(None), "plan.json")


def test_a_refused_execution_names_the_list_too() -> None:
    assert "plans/x/unresolved.csv" in blocked([plan().altered(blocked_by=[BLOCK])])
