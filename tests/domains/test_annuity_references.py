"""What the four domains' facts refer to: declared with fields that they have, and gathered as the page says."""

from __future__ import annotations

from typing import Any

import pytest

from workflows.domains.domain import Domain
from workflows.domains.references import OfLargest
from workflows.domains.registry import get_domain
from workflows.plan.identifiers import split_table
from workflows.records.json_files import record_lines
from workflows.records.references import References

FOUR = ["annuity_performance", "annuity_income", "annual_award", "annual_loss"]


@pytest.mark.parametrize("domain", [get_domain(name) for name in FOUR], ids=lambda domain: domain.name)
def test_every_reference_is_made_of_fields_that_the_domain_has(domain: Domain) -> None:
    assert domain.references
    for reference in domain.references:
        numbers = [how.by for how in reference.columns.values() if isinstance(how, OfLargest)]
        fields = {*reference.key.values(), *(how.field for how in reference.columns.values()), *numbers}
        assert fields <= set(domain.columns), reference.table
        assert not set(reference.key) & set(reference.columns)


def found(*records: dict[str, str]) -> dict[str, list[dict[str, Any]]]:
    """The rows of each table that such records of annuity_performance refer to."""
    domain = get_domain("annuity_performance")
    columns: list[list[Any]] = [[record.get(name) for record in records] for name in domain.columns]
    columns[-1] = [[] for _record in records]
    references = References(domain.references, domain.columns)
    assert b"".join(references.seen(record_lines(columns))) == b"".join(record_lines(columns))
    return {
        split_table(each.reference.table)[-1]: [dict(zip(each.reference.names, row, strict=True)) for row in each.rows]
        for each in references.rows()
    }


def test_references_are_what_the_page_says_of_them() -> None:
    row = {"计划代码": "P0001", "计划名称": "甲计划", "计划类型": "单一计划", "company_id": "C1", "客户名称": "甲公司"}
    tables = found(
        {**row, "业务类型": "企年受托", "机构代码": "G01", "期末资产规模": "5.0000", "产品线代码": "PL202"},
        {**row, "业务类型": "企年投资", "机构代码": "G04", "期末资产规模": "30.0000", "产品线代码": "PL201"},
        {
            **row,
            "计划代码": "P0002",
            "业务类型": "企年投资",
            "机构代码": "G04",
            "机构名称": "广州",
            "期末资产规模": "7.0000",
        },
    )
    assert tables["年金计划"][0] == {
        "计划代码": "P0001",
        "计划名称": "甲计划",
        "计划类型": "单一计划",
        "机构代码": "G04",
        "业务类型": "企年受托+企年投资",
    }
    assert tables["客户明细"] == [
        {"company_id": "C1", "客户名称": "甲公司", "机构代码": "G04", "计划数": 2, "机构数": 2}
    ]
    assert tables["产品线"] == [
        {"产品线代码": "PL202", "产品线": "企年受托"},
        {"产品线代码": "PL201", "产品线": "企年投资"},
    ]
    assert tables["组合计划"] == []


def test_a_branch_has_its_own_name_whatever_the_facts_call_it() -> None:
    tables = found({"机构代码": "G04", "机构名称": "广州"}, {"机构代码": "G00", "机构名称": "没有这个机构"})
    assert tables["组织架构"] == [
        {"机构代码": "G04", "机构名称": "广东"},
        {"机构代码": "G00", "机构名称": "总部"},
    ]


def test_the_domains_agree_on_the_columns_of_each_table() -> None:
    tables: dict[str, list[tuple[object, set[tuple[str, str]]]]] = {}
    for reference in (each for name in FOUR for each in get_domain(name).references):
        columns = {(name, reference.sql_type(name)) for name in (*reference.names, *reference.unknown)}
        tables.setdefault(reference.table, []).append((tuple(reference.key), columns))
    assert len(tables) == 5
    for table, found in tables.items():
        assert all(each == found[0] for each in found), table
