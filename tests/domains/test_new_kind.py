"""A kind of column that nothing else knows, from header to record: a new kind is one class."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated

import pytest

from workflows.domains.domain import Domain, Record
from workflows.domains.evaluate import Evaluated, evaluate
from workflows.domains.fields import CodeColumn, MonthColumn, PlanCode, ReportMonth
from workflows.domains.findings import Problem
from workflows.domains.kinds.kind import Cleaned, OneColumn
from workflows.domains.mapping import Source, map_columns
from workflows.errors import HeaderError, MissingColumnsError
from workflows.sources.cells import Cell, SheetTable
from workflows.sources.headers import headers_of


@dataclass(frozen=True, slots=True)
class YesNoColumn(OneColumn):
    """是 or 否."""

    headers: tuple[str, ...]

    sql_type = "boolean"

    def clean_cells(self, cells: Sequence[Cell], _unit: str | None) -> Cleaned:
        known = {"是": True, "否": False}
        values = [known.get(str(cell)) for cell in cells]
        odd = [index for index, cell in enumerate(cells) if cell is not None and values[index] is None]
        return Cleaned(values, [Problem(index, "out_of_range", str(cells[index])) for index in odd])


class Assessed(Record):
    month: Annotated[ReportMonth, MonthColumn(period=("月度",))]
    plan_code: Annotated[PlanCode, CodeColumn(headers=("计划代码",), max_length=50)]
    portfolio: Annotated[PlanCode | None, CodeColumn(headers=("组合代码",), max_length=50)]
    counts: Annotated[bool, YesNoColumn(headers=("考核有效",))]
    renewed: Annotated[bool | None, YesNoColumn(headers=("续约",))]


class Echoed(Assessed):
    echo: Annotated[bool | None, YesNoColumn(headers=("考核有效", "有效"))]


DOMAIN = Domain("assessed", Assessed, ("month", "plan_code"), "month", derived={})
ECHOED = Domain("echoed", Echoed, ("month", "plan_code"), "month", derived={})
HEADERS = ("月度", "计划代码", "组合代码", "考核有效")


def evaluated(
    *rows: Sequence[Cell],
    headers: Sequence[str] = HEADERS,
    required: tuple[str, ...] = (),
    domain: Domain = DOMAIN,
) -> Evaluated:
    table = SheetTable("S", "direct", "plain", 1, headers_of(headers), rows)
    source = Source("f.xlsx", date(2024, 11, 1), required=required)
    return evaluate(domain, table, map_columns(domain, table, source), source)


def test_its_values_become_records_and_false_is_one() -> None:
    found = evaluated(["2024-11", "P1", "F1", "是"], ["2024-11", "P2", "F2", "否"])
    assert (found.columns["counts"], found.typed["counts"]) == ([True, False], [True, False])
    assert (found.rejects, found.counts.records) == ([], 2)


def test_its_problems_and_its_blanks_are_rejects_with_their_cells() -> None:
    found = evaluated(["2024-11", "P1", "F1", "也许"], ["2024-11", "P2", "F2", None])
    assert [(reject.row, reject.column, reject.code, reject.value) for reject in found.rejects] == [
        (2, "D", "out_of_range", "也许"),
        (3, "D", "missing_value", ""),
    ]


def test_its_column_may_be_missing_only_where_the_field_may_be_empty() -> None:
    found = evaluated(["2024-11", "P1", "F1", "是"])
    assert (found.columns["renewed"], found.typed["renewed"]) == ([None], [None])
    with pytest.raises(MissingColumnsError, match=r"missing counts \(考核有效\); found"):
        evaluated(["2024-11", "P1", "F1"], headers=HEADERS[:3])


@pytest.mark.parametrize("name", ["续约", "renewed"])
def test_its_column_is_missed_where_the_catalogue_requires_it(name: str) -> None:
    with pytest.raises(MissingColumnsError, match=r"missing renewed \(续约\)"):
        evaluated(["2024-11", "P1", "F1", "是"], required=(name,))


def test_a_unit_in_its_header_does_not_fit() -> None:
    with pytest.raises(HeaderError, match=r"D '考核有效\(元\)': a unit of '元' does not fit counts"):
        evaluated(["2024-11", "P1", "F1", "是"], headers=(*HEADERS[:3], "考核有效(元)"))


def test_it_says_the_type_of_its_columns() -> None:
    assert (DOMAIN.sql_type("counts"), DOMAIN.is_nullable("counts")) == ("boolean", False)


def test_one_header_feeds_every_field_that_names_it() -> None:
    found = evaluated(["2024-11", "P1", "F1", "否"], domain=ECHOED)
    assert (found.columns["counts"], found.columns["echo"], found.sources.ignored) == ([False], [False], ())


def test_two_columns_for_one_of_its_fields_are_an_error() -> None:
    with pytest.raises(HeaderError, match=r"D '考核有效' and E '有效' of sheet 'S' both name echo"):
        evaluated(["2024-11", "P1", "F1", "是", "否"], headers=(*HEADERS, "有效"), domain=ECHOED)


def test_a_code_may_be_blank_where_its_field_says_so() -> None:
    found = evaluated(["2024-11", "P1", None, "是"], ["2024-11", None, "F2", "是"])
    assert found.columns["portfolio"] == [None]
    assert [(reject.row, reject.column, reject.code) for reject in found.rejects] == [(3, "B", "missing_value")]


def test_the_column_of_a_code_may_be_missing_where_its_field_may_be_empty() -> None:
    found = evaluated(["2024-11", "P1", "是"], headers=("月度", "计划代码", "考核有效"))
    assert found.columns["portfolio"] == [None]


def test_a_row_with_any_valid_code_is_no_totals_row_and_one_without_is_not_saved_by_its_flag() -> None:
    found = evaluated(["合计", None, "F1", "是"], ["合计", None, None, "是"])
    assert (found.counts.totals_rows, [reject.row for reject in found.rejects]) == (1, [2, 2])
