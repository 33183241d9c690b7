"""Headers and columns as people make them, in real workbooks: hidden, nameless, over several rows, merged downwards."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlwt
from openpyxl.utils.cell import column_index_from_string, range_boundaries

from tests.fixtures.reading import chosen, rules
from tests.workbooks import HEADERS, Value, part_of, with_parts
from workflows import process, read_excel_rows
from workflows.domains.trustee_performance import DOMAIN
from workflows.errors import HeaderError, MissingColumnsError
from workflows.records.accounts import FileAccount
from workflows.records.validation import Validated, account, validate_workbook

Rows = Sequence[Sequence[Value]]
Make = Callable[..., bytes]


def row(plan: str = "P1", scale: Value = 100.0) -> list[Value]:
    return [2024, 11, plan, "C1", 0.05, 1.25, scale]


def xlsx(rows: Rows, merged: Sequence[str] = (), hidden: str = "") -> bytes:
    book = openpyxl.Workbook()
    page = book.worksheets[0]
    for cells in rows:
        page.append(list(cells))
    for where in merged:
        page.merge_cells(where)
    for letter in hidden:
        page.column_dimensions[letter].hidden = True
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def xls(rows: Rows, merged: Sequence[str] = (), hidden: str = "") -> bytes:
    book = xlwt.Workbook()
    page = book.add_sheet("Sheet")
    for index, cells in enumerate(rows):
        for column, cell in enumerate(cells):
            if cell is not None:
                page.write(index, column, cell)
    for where in merged:
        left, top, right, bottom = (bound or 0 for bound in range_boundaries(where))
        page.merge(top - 1, bottom - 1, left - 1, right - 1)
    for letter in hidden:
        page.col(column_index_from_string(letter) - 1).hidden = True
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def exactly(rows: Rows, **around: Any) -> bytes:
    return xlsx(rows, **around)


@pytest.fixture(params=[xlsx, exactly, xls], ids=["direct", "openpyxl", "xlrd"])
def make(request: pytest.FixtureRequest) -> Make:
    made: Make = request.param
    return made


def read(make: Make, rows_: Rows, entry: dict[str, Any] | None = None, **around: Any) -> Validated:
    engine = "openpyxl" if make is exactly else None
    return validate_workbook(make(rows_, **around), chosen(), DOMAIN, rules(engine=engine, **(entry or {})))


def values(found: Validated, name: str) -> list[Any]:
    return list(found.evaluated.columns[name])


def told(found: Validated) -> FileAccount:
    return account(found, DOMAIN, rules())


def test_hidden_columns_are_left_out_of_the_header(make: Make) -> None:
    found = read(make, [[*HEADERS, "规模"], [*row(scale=1.0), 2.0]], hidden="G")
    assert values(found, "fund_scale") == ["2.00"]
    assert "hidden column(s) not read: G '规模'" in told(found).notes


def test_a_needed_column_that_is_hidden_is_missing(make: Make) -> None:
    with pytest.raises(MissingColumnsError, match="missing plan_code"):
        read(make, [HEADERS, row()], hidden="C")


def test_a_nameless_column_of_remarks_is_ignored_and_listed(make: Make) -> None:
    found = read(make, [HEADERS, [*row(), "已核对"], row("P2")])
    assert values(found, "plan_code") == ["P1", "P2"]
    assert told(found).ignored_headers == ("H (no header)",)


def test_a_nameless_column_of_numbers_is_refused_with_its_letter(make: Make) -> None:
    with pytest.raises(HeaderError, match=r"H1 in the header row is blank, but column H .* holds data in H3"):
        read(make, [HEADERS, [*row(), "已核对"], [*row("P2"), 5.0]])


TWO_ROWS: Rows = [["年", "月", "计划代码", "公司代码", "业绩", None, None], [*[None] * 4, "收益率(%)", "净值", "规模"]]


@pytest.mark.parametrize(
    "merged", [(), ("E1:G1",), ("A1:A2", "B1:B2", "C1:C2", "D1:D2", "E1:G1")], ids=["plain", "group", "all"]
)
def test_a_header_of_two_rows_is_read(make: Make, merged: Sequence[str]) -> None:
    found = read(make, [*TWO_ROWS, row(), row("P2")], merged=merged)
    assert (values(found, "plan_code"), values(found, "source_row")) == (["P1", "P2"], [3, 4])
    assert values(found, "return_rate") == ["0.000500", "0.000500"]
    assert told(found).columns["return_rate"].unit_from == "E2"


def test_a_header_of_three_rows_with_units_is_read(make: Make) -> None:
    rows: Rows = [[None] * 7, *TWO_ROWS, [None, None, "-", "-", None, "元", "万元"], row()]
    merged = ["A2:A3", "B2:B3", "C2:C3", "D2:D3", "E2:G2", "E3:E4"]
    found = read(make, rows, merged=merged)
    assert (values(found, "fund_scale"), values(found, "source_row")) == (["1000000.00"], [5])


def test_a_number_below_the_first_row_of_a_header_is_refused_with_its_cell(make: Make) -> None:
    with pytest.raises(HeaderError, match=r"sheet '\w+': the header spans rows 1 and 2, and C2 is neither"):
        read(make, [TWO_ROWS[0], [None, None, 7.0, None, "收益率", "净值", "规模"], row()])


def test_a_name_over_two_columns_of_data_is_refused_with_its_range(make: Make) -> None:
    header: list[Value] = [*HEADERS[:2], "计划代码", None, *HEADERS[3:]]
    rows: Rows = [header, [2024, 11, "P1", "甲", "C1", 0.05, 1.25, 100.0]]
    with pytest.raises(HeaderError, match="C1:D1 names 2 columns, all of which hold data; unmerge it"):
        read(make, rows, merged=["C1:D1"])


GROUPED: Rows = [
    HEADERS,
    [2024, 11, "P1", "C1", 0.05, 1.25, 100.0],
    [None, None, "P2", None, 0.05, 1.25, 200.0],
    [None, None, "P3", "C2", 0.05, 1.25, 300.0],
]


def test_what_is_merged_downwards_counts_for_every_row_that_it_covers(make: Make) -> None:
    found = read(make, GROUPED, merged=["A2:A4", "B2:B4", "D2:D3"])
    assert values(found, "report_date") == ["2024-11-01"] * 3
    assert values(found, "company_code") == ["C1", "C1", "C2"]
    assert found.evaluated.counts.add_up


def test_blank_rows_below_a_merged_cell_stay_blank(make: Make) -> None:
    found = read(make, [*GROUPED, [], [None, None, "P4", "C3"]], merged=["A2:A6", "B2:B6", "D2:D3"])
    assert values(found, "plan_code") == ["P1", "P2", "P3", "P4"]
    assert found.evaluated.counts.blank_rows == 1


def test_a_record_of_two_rows_that_are_merged_throughout_is_one(make: Make) -> None:
    merged = [f"{letter}{top}:{letter}{top + 1}" for letter in "ABCDEFG" for top in (2, 4)]
    found = read(make, [HEADERS, row(), [], row("P2"), []], merged=merged)
    assert (values(found, "plan_code"), values(found, "fund_scale")) == (["P1", "P2"], ["100.00", "100.00"])


def test_an_amount_that_is_merged_over_several_rows_is_rejected_in_each(make: Make) -> None:
    rows: Rows = [HEADERS, row(), [2024, 11, "P2", "C1", None, 1.3, None], row("P3")]
    found = read(make, rows, merged=["E2:E3", "G2:G3"])
    assert [(each.place, each.code) for each in found.evaluated.rejects] == [
        ("G2", "merged_amount"),
        ("G3", "merged_amount"),
    ]
    assert values(found, "plan_code") == ["P3"]


def test_a_price_or_rate_that_is_merged_over_several_rows_is_that_of_each(make: Make) -> None:
    rows: Rows = [HEADERS, row(), [2024, 11, "P2", "C1", None, None, 5.0]]
    found = read(make, rows, merged=["E2:E3", "F2:F3"])
    assert (values(found, "return_rate"), values(found, "net_asset_value")) == (["0.050000"] * 2, ["1.2500"] * 2)


def test_a_number_that_is_merged_over_columns_is_refused_with_its_range(make: Make) -> None:
    with pytest.raises(HeaderError, match="F3:G3 is merged over several columns and holds one number"):
        read(make, [HEADERS, row(), [2024, 11, "P2", "C1", 0.05, 3.0, None]], merged=["F3:G3"])


def test_words_that_are_merged_over_columns_are_read_as_they_stand(make: Make) -> None:
    rows: Rows = [HEADERS, row(), [2024, 11, "P2", "C1", "-", None, None], ["合计", *[None] * 5, 100.0]]
    found = read(make, rows, merged=["E3:G3", "A4:D4"])
    assert (values(found, "fund_scale"), found.evaluated.counts.totals_rows) == (["100.00", None], 1)


def test_something_else_below_a_merged_cell_is_refused_with_its_cell() -> None:
    content = xlsx([HEADERS, row(), row("P2")])
    below = part_of(content, "xl/worksheets/sheet1.xml").replace(
        b"</sheetData>", b'</sheetData><mergeCells count="1"><mergeCell ref="C2:C3"/></mergeCells>'
    )
    with pytest.raises(HeaderError, match="C2:C3 is merged, and C3 below it holds something else"):
        validate_workbook(with_parts(content, {"xl/worksheets/sheet1.xml": below}), chosen(), DOMAIN, rules())


def test_rows_as_dicts_hold_what_is_merged_into_them(tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_bytes(xlsx(GROUPED, merged=["A2:A4", "B2:B4", "D2:D3"]))
    records = process(read_excel_rows(tmp_path / "a.xlsx"), "a.xlsx")
    assert [record.model_dump()["company_code"] for record in records] == ["C1", "C1", "C2"]
    assert {record.model_dump()["report_date"] for record in records} == {date(2024, 11, 1)}
