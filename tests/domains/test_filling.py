"""What rules put into cells: it is filled before it is missed, known cell by cell, and counted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any

import pytest

from workflows.domains.domain import Cautions, Columns, Domain, Filling, Record
from workflows.domains.evaluate import Evaluated, evaluate
from workflows.domains.fields import CodeColumn, Money, MonthColumn, NumberColumn, PlanCode, ReportMonth, TextColumn
from workflows.domains.findings import Code
from workflows.domains.mapping import Source, map_columns
from workflows.domains.touches import Rule, TouchCount, Touched
from workflows.errors import MissingColumnsError
from workflows.sources.cells import Cell, SheetTable
from workflows.sources.headers import headers_of

BY_TYPE = Rule("plan_by_type", "按类型补填计划代码", "the plan by its type")
BY_PLAN = Rule("branch_by_plan", "按计划取机构", "the branch by the plan")
HEADERS = ("月度", "类型", "计划代码", "名称", "费用")


class Filled(Record):
    month: Annotated[ReportMonth, MonthColumn(period=("月度",))]
    kind: Annotated[str | None, TextColumn(headers=("类型",), max_length=10)]
    plan: Annotated[PlanCode, CodeColumn(headers=("计划代码",), max_length=20, without="F")]
    name: Annotated[str | None, TextColumn(headers=("名称",), max_length=20)]
    fee: Annotated[Money, NumberColumn(headers=("费用",), precision=18, scale=2, blank=0)]
    branch: str


def plan_by_type(columns: Columns, _count: int) -> list[str | None]:
    return [{"集合": "AN001"}.get(kind) for kind in columns["kind"]]


def name_by_plan(columns: Columns, _count: int) -> list[str | None]:
    return [f"of {plan}" if plan else None for plan in columns["plan"]]


def odd(columns: Columns) -> Cautions:
    for index, branch in enumerate(columns["branch"]):
        if branch == "B of P9":
            yield index, "nine", "branch"
            yield index, "nine", "name"


DOMAIN = Domain(
    "filled",
    Filled,
    ("month", "plan"),
    "month",
    derived={"branch": Filling(BY_PLAN, lambda columns, _count: [f"B of {plan}" for plan in columns["plan"]])},
    cautions=odd,
    codes={"nine": Code("第九", "the ninth", "请核对", "check it")},
    fillings={
        "plan": Filling(BY_TYPE, plan_by_type),
        "name": Filling(Rule("name_by_plan", "名", "name"), name_by_plan, also=("0",)),
    },
)


def evaluated(*rows: Sequence[Cell], headers: Sequence[str] = HEADERS, domain: Domain = DOMAIN) -> Evaluated:
    table = SheetTable("S", "direct", "plain", 1, headers_of(headers), rows)
    source = Source("f.xlsx", date(2024, 11, 1))
    return evaluate(domain, table, map_columns(domain, table, source), source)


def column(found: Evaluated, name: str) -> Sequence[Any]:
    return found.columns[name]


def test_a_blank_is_filled_before_it_is_missed_and_a_value_is_left_alone() -> None:
    found = evaluated(["2024-11", "集合", None, "甲", 1.0], ["2024-11", "集合", "P1", "甲", 1.0])
    assert (column(found, "plan"), found.rejects) == (["AN001", "P1"], [])


def test_a_blank_for_which_no_rule_has_a_value_is_missed() -> None:
    found = evaluated(["2024-11", "其他", None, "甲", 1.0])
    assert [(reject.row, reject.column, reject.code) for reject in found.rejects] == [(2, "C", "missing_value")]


def test_a_cell_with_a_problem_is_not_mended_by_filling_it() -> None:
    found = evaluated(["2024-11", "集合", 1.5, "甲", 1.0])
    assert [reject.code for reject in found.rejects] == ["not_a_code"]


def test_a_later_rule_sees_what_an_earlier_one_filled() -> None:
    assert column(evaluated(["2024-11", "集合", None, None, 1.0]), "name") == ["of AN001"]


def test_a_rule_fills_what_stands_for_a_blank_too() -> None:
    assert column(evaluated(["2024-11", "集合", "P1", 0.0, 1.0]), "name") == ["of P1"]


def test_a_default_fills_blanks_and_a_missing_column() -> None:
    assert column(evaluated(["2024-11", "集合", "P1", "甲", None]), "fee") == ["0.00"]
    assert column(evaluated(["2024-11", "集合", "P1", "甲"], headers=HEADERS[:4]), "fee") == ["0.00"]
    with pytest.raises(MissingColumnsError, match="missing plan"):
        evaluated(["2024-11"], headers=("月度", "类型"))


def test_every_touched_cell_says_its_rule_what_stood_there_and_what_it_became() -> None:
    found = evaluated(
        ["2024-11", "集合", None, "0", None],
        ["2024-11", "集合", "x y", "甲", 1.0],
        ["2024-11", "集合", None, "甲", None],
        ["2024-11", "集合", "F7", "甲", 2.0],
    )
    assert found.touched == [
        Touched("plan", "plan_by_type", None, "AN001", "2,4"),
        Touched("plan", "prefix_removed", "F7", "7", "5"),
        Touched("name", "name_by_plan", "0", "of AN001", "2"),
        Touched("fee", "default", None, "0.00", "2,4"),
        Touched("branch", "branch_by_plan", None, "B of AN001", "2,4"),
        Touched("branch", "branch_by_plan", None, "B of X Y", "3"),
        Touched("branch", "branch_by_plan", None, "B of 7", "5"),
    ]
    assert found.touch_counts[0] == TouchCount("plan", BY_TYPE, 2)
    assert [count.cells for count in found.touch_counts] == [2, 1, 1, 2, 4]


def test_cells_of_rejected_blank_and_totals_rows_are_not_counted() -> None:
    found = evaluated(
        ["2024-11", "集合", "P1", "甲", 1.0],
        [None, None, None, None, None],
        ["合计", "集合", None, None, None],
        ["十三月", "集合", None, "甲", None],
    )
    assert (found.counts.blank_rows, found.counts.totals_rows, found.counts.rejected_rows) == (1, 1, 1)
    assert [(each.field, each.rows) for each in found.touched] == [("branch", "2")]


def test_unbroken_rows_are_written_as_a_span() -> None:
    rows: list[list[Cell]] = [["2024-11", "集合", None, "甲", 1.0] for _ in range(4)]
    assert evaluated(*rows, ["2024-11", "集合", "P1", "甲", 1.0], rows[0]).touched[0].rows == "2-5,7"


def test_a_caution_of_the_domains_own_carries_its_texts_also_for_a_field_without_a_header() -> None:
    found = evaluated(["2024-11", "集合", "P9", "甲", 1.0])
    on_branch, on_name = sorted(found.cautions, key=lambda caution: caution.field)
    assert (on_branch.code, on_branch.column, on_branch.message) == ("nine", "", "第九 / the ninth: B of P9")
    assert (on_name.column, on_name.value, on_name.detail) == ("D", "甲", "甲")
    assert (on_name.meaning, on_name.remedy) == (("第九", "the ninth"), ("请核对", "check it"))
