"""The four domains as declared: their tables, their size, and what the page says of single columns."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest

import workflows.domains
from tests.fixtures.reading import SHIPPED
from workflows.domains.evaluate import Evaluated, evaluate
from workflows.domains.finding_codes import CODES
from workflows.domains.mapping import Source, map_columns
from workflows.domains.registry import get_domain
from workflows.errors import MissingColumnsError
from workflows.sources.catalogue import load_catalogue
from workflows.sources.cells import Cell, ErrorCell, SheetTable
from workflows.sources.headers import headers_of

_FOLDER = Path(workflows.domains.__file__).parent
FOUR = ("annuity_performance", "annuity_income", "annual_award", "annual_loss")
JANUARY = date(2025, 1, 1)
USUAL: dict[str, dict[str, Cell]] = {
    "annuity_performance": {"月度": 202501.0, "业务类型": "企年受托", "计划类型": "单一计划", "计划代码": "P0001"},
    "annuity_income": {"月度": 202501.0, "业务类型": "企年受托", "计划类型": "单一计划", "计划号": "P0001"},
    "annual_award": {"上报月份": 202501.0, "业务类型": "受托", "客户全称": "甲公司"},
    "annual_loss": {"上报月份": 202501.0, "业务类型": "受托", "客户全称": "甲公司"},
}


def evaluated(name: str, *rows: dict[str, Cell], without: Sequence[str] = ()) -> Evaluated:
    """Rows that are usual but for what is given."""
    domain = get_domain(name)
    headers = [h for h in dict.fromkeys(h for row in (USUAL[name], *rows) for h in row) if h not in without]
    cells = [[{**USUAL[name], **row}.get(header) for header in headers] for row in rows]
    table = SheetTable("S", "direct", "plain", 1, headers_of(headers, domain.known_headers), cells)
    source = Source("f.xlsx", JANUARY)
    return evaluate(domain, table, map_columns(domain, table, source), source)


def one(name: str, column: str, **cells: Any) -> Any:
    """What a single row keeps in a column."""
    found = evaluated(name, cells)
    assert found.rejects == [], found.rejects
    return found.columns[column][0]


def codes(name: str, **cells: Any) -> list[str]:
    return [reject.code for reject in evaluated(name, cells).rejects]


@pytest.mark.parametrize("name", FOUR)
def test_a_domain_takes_no_more_lines_than_fit_on_two_screens(name: str) -> None:
    assert len((_FOLDER / f"{name}.py").read_text(encoding="utf-8").splitlines()) <= 120


@pytest.mark.parametrize("name", FOUR)
def test_the_shipped_catalogue_knows_it_and_its_keys_are_columns(name: str) -> None:
    source, columns = load_catalogue(SHIPPED).domain(name), get_domain(name).business_columns
    assert (source.primary_key, source.replaces) == ((), "groups_of_rows")
    assert {*source.merge_key, *source.described_by} <= set(columns)
    assert not any(get_domain(name).is_nullable(column) for column in source.merge_key)


NUMERIC, TEXT = "numeric(18,4)", "varchar(255)"


def test_the_table_of_performance_is_the_pages() -> None:
    domain = get_domain("annuity_performance")
    assert [(name, domain.sql_type(name)) for name in domain.business_columns] == [
        ("月度", "date"),
        *(
            (name, TEXT)
            for name in ("业务类型", "计划类型", "计划代码", "计划名称", "组合类型", "组合代码", "组合名称")
        ),
        *((name, TEXT) for name in ("客户名称", "年金账户名")),
        *((name, NUMERIC) for name in ("期初资产规模", "期末资产规模", "供款", "流失_含待遇支付", "流失", "待遇支付")),
        ("投资收益", NUMERIC),
        ("当期收益率", "numeric(10,6)"),
        *((name, TEXT) for name in ("机构名称", "机构代码", "产品线代码")),
        ("年金账户号", "varchar(50)"),
        ("子企业号", "varchar(50)"),
        ("子企业名称", TEXT),
        ("集团企业客户号", "varchar(50)"),
        ("集团企业客户名称", TEXT),
        ("company_id", "varchar(50)"),
    ]


def test_fees_are_never_null_and_the_days_of_ledgers_may_be() -> None:
    income, award = get_domain("annuity_income"), get_domain("annual_award")
    assert [income.is_nullable(fee) for fee in ("固费", "浮费", "回补", "税")] == [False] * 4
    assert (award.sql_type("中标日期"), award.is_nullable("中标日期")) == ("date", True)
    assert (get_domain("annual_loss").sql_type("流失日期"), award.sql_type("考核有效")) == ("date", "integer")
    assert (award.sql_type("业务类型"), award.sql_type("产品线代码"), award.sql_type("备注")) == (
        "varchar(20)",
        "varchar(10)",
        "text",
    )


@pytest.mark.parametrize(("kind", "code"), [("集合计划", "AN001"), ("单一计划", "AN002")])
def test_a_blank_plan_code_is_its_types(kind: str, code: str) -> None:
    assert one("annuity_performance", "计划代码", 计划代码=None, 计划类型=kind) == code


def test_a_blank_plan_code_of_another_type_is_missed() -> None:
    assert codes("annuity_performance", 计划代码=None, 计划类型="职业年金") == ["missing_value"]


@pytest.mark.parametrize(
    ("business", "kind", "code"),
    [
        ("职年受托", "单一计划", "QTAN003"),
        ("职年投资", "集合计划", "QTAN003"),
        ("企年受托", "集合计划", "QTAN001"),
        ("企年投资", "单一计划", "QTAN002"),
        ("企年投资", "职业年金", None),
    ],
)
def test_a_blank_portfolio_code_is_its_business_types_or_else_its_plan_types(
    business: str, kind: str, code: str | None
) -> None:
    assert one("annuity_performance", "组合代码", 组合代码=None, 业务类型=business, 计划类型=kind) == code


def test_an_unknown_branch_is_the_head_office_and_a_caution_that_names_it() -> None:
    found = evaluated("annuity_performance", {"机构": "火星"}, {"机构": None}, {"机构": " 深圳 分公司"})
    assert found.columns["机构代码"] == ["G00", "G00", "G05"]
    assert [(c.row, c.code, c.value, c.detail) for c in found.cautions] == [(2, "unknown_branch", "火星", "火星")]


def test_a_later_month_is_refused_and_an_earlier_one_a_caution() -> None:
    found = evaluated("annuity_performance", {"月度": "2025年2月"}, {"月度": 202412.0}, {"月度": "２０２５０１"})
    assert [(r.row, r.code) for r in found.rejects] == [(2, "later_month")]
    assert (found.columns["月度"], [c.code for c in found.cautions]) == (
        ["2024-12-01", "2025-01-01"],
        ["period_mismatch"],
    )


def test_numbers_have_lost_digits_of_long_codes_and_odd_ones_are_cautions() -> None:
    group = "C12345678901234567"
    assert codes("annuity_performance", 子企业号=123.0) == ["code_digits_lost"]
    found = evaluated("annuity_performance", {"集团企业客户号": group, "子企业号": "1" * 18}, {"集团企业客户号": "c12"})
    assert (found.columns["年金账户号"], found.columns["集团企业客户号"]) == ([group[1:], "12"], [group, "C12"])
    assert [(c.row, c.code) for c in found.cautions] == [(3, "unusual_code")]


@pytest.mark.parametrize(("name", "header"), [("annuity_performance", "业务类型"), ("annual_loss", "业务类型")])
def test_an_unknown_business_type_is_refused(name: str, header: str) -> None:
    assert codes(name, **{header: "信托"}) == ["not_in_list"]


def test_an_unknown_plan_type_is_refused_where_rows_are_replaced_by_it_and_else_a_caution() -> None:
    assert codes("annuity_income", 计划类型="信托") == ["not_in_list"]
    found = evaluated("annual_award", {"计划类型": "信托"})
    assert (found.columns["计划类型"], [c.code for c in found.cautions]) == (["信托"], ["not_in_list"])


@pytest.mark.parametrize(
    ("cells", "name"),
    [
        ({"客户名称": None}, "甲公司"),
        ({"客户名称": 0.0}, "甲公司"),
        ({"客户名称": "空白"}, "甲公司"),
        ({"客户名称": "乙公司"}, "乙公司"),
        ({"客户名称": None, "计划类型": "集合计划"}, None),
        ({"客户名称": None, "计划类型": "职业年金"}, None),
        ({"客户名称": None, "计划名称": "甲公司年金"}, None),
        ({"客户名称": 0.0, "计划名称": "甲公司年金"}, "0"),
    ],
)
def test_the_blank_customer_of_a_single_plan_is_named_by_the_plan(cells: dict[str, Cell], name: str | None) -> None:
    found = evaluated("annuity_income", {"计划名称": "甲公司企业年金计划", **cells})
    assert found.columns["客户名称"] == [name]
    assert [c.code for c in found.cautions] == (["customer_is_zero"] if name == "0" else [])


def test_what_a_blank_customer_was_filled_with_does_not_look_as_written() -> None:
    rows: list[dict[str, Cell]] = [{"计划名称": "甲公司企业年金计划", "客户名称": name} for name in (None, "空白", 0.0)]
    found = evaluated("annuity_income", *rows)
    assert found.columns["年金账户名"] == [None, "空白", "0"]
    assert [(t.rule, t.before, t.after) for t in found.touched if t.field == "客户名称"] == [
        ("customer_by_single_plan", before, "甲公司") for before in (None, "空白", "0")
    ]


def test_a_code_of_no_branch_is_a_caution() -> None:
    found = evaluated("annuity_income", {"机构": "G99"}, {"机构": "G01"}, {"机构": None})
    assert (found.columns["机构代码"], [(c.row, c.code) for c in found.cautions]) == (
        ["G99", "G01", None],
        [(2, "unknown_branch_code")],
    )


def test_a_file_of_2026_has_one_fee_and_the_others_are_zero() -> None:
    found = evaluated("annuity_income", {"固费": -1.5})
    assert [found.columns[fee] for fee in ("固费", "浮费", "回补", "税")] == [["-1.5000"], *[["0.0000"]] * 3]


@pytest.mark.parametrize(
    ("header", "cell", "kept"),
    [
        ("计划规模", 1.5, "1.5000"),
        ("计划规模(万元)", 15000.0, "1.5000"),
        ("计划规模（元）", 150000000.0, "1.5000"),
        ("计划规模", "3000万元", "0.3000"),
    ],
)
def test_sums_of_ledgers_are_in_hundreds_of_millions_whatever_the_sheet_states(
    header: str, cell: Cell, kept: str
) -> None:
    assert evaluated("annual_award", {header: cell}).columns["计划规模"] == [kept]


def test_what_ledgers_call_types_is_theirs_and_known_as_an_alias() -> None:
    found = evaluated("annual_loss", {"业务类型": "投管", "计划类型": "单一"})
    assert (found.columns["业务类型"], found.columns["计划类型"], found.columns["产品线代码"]) == (
        ["企年投资"],
        ["单一计划"],
        ["PL201"],
    )
    assert [(t.field, t.before) for t in found.touched if t.rule == "alias"] == [
        ("业务类型", "投管"),
        ("计划类型", "单一"),
    ]


def test_a_wrong_cell_that_feeds_two_fields_is_one_finding() -> None:
    found = evaluated("annuity_performance", {"客户名称": ErrorCell("#N/A"), "计划名称": ErrorCell("#N/A")})
    assert sorted((reject.header, reject.code) for reject in found.rejects) == [
        ("客户名称", "error_cell"),
        ("计划名称", "error_cell"),
    ]


def test_a_ledgers_row_is_about_its_customer_and_no_total_for_what_its_remark_says() -> None:
    found = evaluated("annual_loss", {"备注": "两个计划合计", "计划规模": 2.0}, {"客户全称": "合计", "计划规模": 2.0})
    assert (found.counts.records, found.counts.totals_rows, found.rejects) == (1, 1, [])


def test_a_ledger_goes_back_over_earlier_months_and_only_a_later_one_is_odd() -> None:
    found = evaluated("annual_award", {"上报月份": 202411.0}, {"上报月份": 202501.0}, {"上报月份": 202502.0})
    assert [(c.row, c.code) for c in found.cautions] == [(4, "period_mismatch")]


@pytest.mark.parametrize("name", FOUR)
def test_a_sheet_without_a_column_that_it_needs_is_refused(name: str) -> None:
    with pytest.raises(MissingColumnsError, match="missing 业务类型"):
        evaluated(name, {}, without=("业务类型",))


@pytest.mark.parametrize("name", (*FOUR, "trustee_performance"))
def test_texts_of_a_domains_codes_can_be_told_apart_in_a_message(name: str) -> None:
    own = get_domain(name).codes
    assert not set(own) & set(CODES)
    assert [text for code in own.values() for text in code if " / " in text or ": " in text or not text] == []
