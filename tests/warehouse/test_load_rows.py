"""``load()`` as callers with rows in hand use it: a domain's records, their dumps, models of their own, mappings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from enum import IntEnum
from pathlib import Path
from typing import Any

import pytest
from psycopg2.extensions import connection as Connection  # noqa: N812
from pydantic import BaseModel

from tests.fixtures.loads import as_run, content
from tests.workbooks import xlsx
from workflows.domains.domain import PROVENANCE
from workflows.domains.trustee_performance import DOMAIN, TrusteePerformance, process
from workflows.errors import PlanError
from workflows.sources.workbook import read_excel_rows
from workflows.warehouse.loader import LoadResult, Row, load

TABLE, KEY = DOMAIN.name, list(DOMAIN.primary_key)
HEADERS = ("报告期", "计划代码", "公司代码", "收益率", "净值", "规模")
# The second has a warning: its scale is below its net asset value.
SHEET: list[tuple[str | float | None, ...]] = [
    HEADERS,
    ("2024-11", "P1", "C1", 0.05, 1.25, 100.0),
    ("2024-11", "P2", "C1", None, 1.25, 1.0),
]


@pytest.fixture
def workbook(tmp_path: Path) -> str:
    path = tmp_path / "2024年11月.xlsx"
    path.write_bytes(xlsx(SHEET))
    return str(path)


@pytest.fixture
def records(workbook: str) -> list[TrusteePerformance]:
    return process(read_excel_rows(workbook), workbook)


def counts(result: LoadResult) -> tuple[int | None, int | None, int | None]:
    return result["deleted"], result["inserted"], result["unchanged"]


def test_the_rows_of_a_workbook_are_read_processed_and_loaded(connection: Connection, workbook: str) -> None:
    result = load(TABLE, process(read_excel_rows(workbook), workbook), pk=KEY, conn=connection)
    assert {name: result[name] for name in ("mode", "table", "deleted", "inserted", "batches")} == {
        "mode": "delete_insert",
        "table": TABLE,
        "deleted": 0,
        "inserted": 2,
        "batches": 1,
    }
    query = f"SELECT report_date, plan_code, return_rate, data_source, source_row FROM {TABLE}"
    assert content(connection, query) == [
        ("2024-11-01", "P1", "0.050000", workbook, "2"),
        ("2024-11-01", "P2", None, workbook, "3"),
    ]


def test_a_record_s_warnings_are_loaded_as_json(connection: Connection, records: list[TrusteePerformance]) -> None:
    load(TABLE, records, pk=KEY, conn=connection)
    query = f"SELECT plan_code, validation_warnings -> 0 ->> 'code' FROM {TABLE}"
    assert content(connection, query) == [("P1", None), ("P2", "scale_below_net_asset_value")]


@pytest.mark.parametrize("as_rows", [list, iter, lambda found: [each.model_dump() for each in found]])
def test_the_same_records_again_change_nothing(
    connection: Connection, records: list[TrusteePerformance], as_rows: Any
) -> None:
    load(TABLE, as_rows(records), pk=KEY, conn=connection)
    assert counts(load(TABLE, as_rows(records), pk=KEY, conn=connection)) == (0, 0, 2)


@pytest.mark.parametrize(
    "changes",
    [{"data_source": "other.xlsx"}, {"source_sheet": "other"}, {"source_row": 99}, {"validation_warnings": []}],
)
@pytest.mark.parametrize("dumped", [False, True])
def test_provenance_makes_no_two_records_differ(
    connection: Connection, records: list[TrusteePerformance], changes: dict[str, Any], dumped: bool
) -> None:
    load(TABLE, records, pk=KEY, conn=connection)
    before = content(connection, f"SELECT {', '.join(PROVENANCE)} FROM {TABLE}")
    moved: Sequence[Row] = [record.model_copy(update=changes) for record in records]
    if dumped:
        moved = [record.model_dump() for record in moved if isinstance(record, BaseModel)]
    assert counts(load(TABLE, moved, pk=KEY, conn=connection)) == (0, 0, 2)
    assert content(connection, f"SELECT {', '.join(PROVENANCE)} FROM {TABLE}") == before


def test_a_changed_value_replaces_the_record(connection: Connection, records: list[TrusteePerformance]) -> None:
    load(TABLE, records, pk=KEY, conn=connection)
    restated = [records[0].model_copy(update={"fund_scale": Decimal(120)}), records[1]]
    assert counts(load(TABLE, restated, pk=KEY, conn=connection)) == (1, 1, 1)


def test_records_are_appended(connection: Connection, records: list[TrusteePerformance]) -> None:
    assert counts(load(TABLE, records, "append", conn=connection)) == (0, 2, 0)


def test_a_plan_of_records_asks_no_database_and_guesses_nothing(records: list[TrusteePerformance]) -> None:
    planned = load(TABLE, records, pk=KEY)
    assert (*counts(planned), planned["batches"]) == (None, None, None, 1)


def test_the_statements_that_a_plan_of_records_shows_are_those_that_run(
    connection: Connection, records: list[TrusteePerformance]
) -> None:
    planned, done = load(TABLE, records, pk=KEY), load(TABLE, records, pk=KEY, conn=connection)
    assert as_run(planned, done) == [step["sql"] for step in done["steps"]]
    rows = {step["operation"]: step["rows"] for step in done["steps"] if step["rows"] is not None}
    assert rows == {"copy": 2, "delete": 0, "insert": 2}


def test_a_plan_looks_at_the_first_row_only() -> None:
    def rows() -> Iterator[dict[str, int]]:
        yield {"a": 1}
        raise AssertionError("a second row was asked for")

    assert load("t", rows(), pk=["a"])["table"] == "t"


def test_records_are_loaded_in_the_caller_s_transaction(
    connection: Connection, records: list[TrusteePerformance]
) -> None:
    load(TABLE, records, pk=KEY, conn=connection)
    connection.rollback()
    assert content(connection, f"SELECT plan_code FROM {TABLE}") == []


class Level(IntEnum):
    HIGH = 3


class Place(BaseModel):
    city: str


class Own(BaseModel):
    """A model that knows nothing of provenance."""

    day: date
    level: Level
    data_source: str
    place: Place


def test_all_columns_of_another_model_decide(connection: Connection) -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE own (day date PRIMARY KEY, level integer, data_source text, place jsonb)")
    first = Own(day=date(2024, 1, 1), level=Level.HIGH, data_source="a", place=Place(city="北京"))
    assert counts(load("own", [first], pk=["day"], conn=connection)) == (0, 1, 0)
    assert content(connection, "SELECT level, place ->> 'city' FROM own") == [("3", "北京")]
    assert counts(load("own", [first], pk=["day"], conn=connection)) == (0, 0, 1)
    moved = first.model_copy(update={"data_source": "b"})
    assert counts(load("own", [moved], pk=["day"], conn=connection)) == (1, 1, 0)


def test_a_provenance_column_can_be_part_of_the_key(connection: Connection, records: list[TrusteePerformance]) -> None:
    key = [*KEY, "data_source"]
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {TABLE} DROP CONSTRAINT {TABLE}_pkey")
    load(TABLE, records, pk=key, conn=connection)
    elsewhere = [record.model_copy(update={"data_source": "other.xlsx"}) for record in records]
    assert counts(load(TABLE, elsewhere, pk=key, conn=connection)) == (0, 2, 0)


@pytest.mark.parametrize(("rows", "found"), [([("a", 1)], "tuple"), ({"a": 1}, "str"), (Place(city="x"), "tuple")])
def test_what_is_no_row_is_refused_by_its_type(rows: Any, found: str) -> None:
    with pytest.raises(PlanError, match=f"a mapping or a model; found {found}"):
        load("t", rows, pk=["a"])


def test_a_record_of_another_kind_among_the_rows_is_refused(
    connection: Connection, records: list[TrusteePerformance]
) -> None:
    with pytest.raises(PlanError, match=r"row 2 differs from the first in its columns: .*city"):
        load(TABLE, [records[0], Place(city="x")], pk=KEY, conn=connection)


def test_a_value_inside_a_list_that_json_cannot_hold_is_refused_naming_its_column(connection: Connection) -> None:
    with pytest.raises(PlanError, match="column plan_code: a Decimal cannot be loaded"):
        load("performance", [{"plan_code": [Decimal(1)]}], pk=["plan_code"], conn=connection)


GROUPED = 'business."账户明细"'


def details(*amounts: str, kind: str = "企年受托") -> list[dict[str, Any]]:
    return [
        {
            **{"月度": date(2024, 1, 1), "业务类型": kind, "计划代码": "P1", "客户名称": None},
            **{"流失_含待遇支付": Decimal(amount), "data_source": "x", "source_sheet": "y", "source_row": 1},
        }
        for amount in amounts
    ]


def test_rows_without_a_key_are_loaded_by_their_groups(connection: Connection) -> None:
    load(GROUPED, details("1", "1", "2", kind="企年投资"), merge_key=["月度", "业务类型"], conn=connection)
    assert counts(load(GROUPED, details("1", "1", "2"), merge_key=["月度", "业务类型"], conn=connection)) == (0, 3, 0)
    again = load(GROUPED, details("2", "3", "1"), pk=None, merge_key=["月度", "业务类型"], conn=connection)
    assert counts(again) == (1, 1, 2)
    assert len(content(connection, f"SELECT * FROM {GROUPED}")) == 6


def test_a_plan_of_rows_without_a_key_is_what_is_executed(connection: Connection) -> None:
    planned = load(GROUPED, details("1", "1"), merge_key=["月度", "业务类型"])
    done = load(GROUPED, details("1", "1"), merge_key=["月度", "业务类型"], conn=connection)
    assert as_run(planned, done) == [step["sql"] for step in done["steps"]]


def test_rows_with_neither_key_are_not_loaded(connection: Connection) -> None:
    with pytest.raises(PlanError, match="or it would delete all"):
        load(GROUPED, details("1"), conn=connection)
    with pytest.raises(PlanError, match="merge key column 机构 不在其中 / not among"):
        load(GROUPED, details("1"), merge_key=["机构"], conn=connection)
