"""Which sheet is read, and what becomes of hidden sheets and rows."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence

import openpyxl
import pytest
import xlwt

from tests.fixtures.reading import chosen
from tests.fixtures.reading import rules as reading
from tests.workbooks import HEADERS, Value
from workflows.domains import mapping
from workflows.domains.domain import Domain
from workflows.domains.trustee_performance import DOMAIN
from workflows.errors import HeaderError, SheetNotFoundError
from workflows.records import sheet_choice
from workflows.records.validation import ReadingRules, Validated, account, validate_workbook
from workflows.sources.cells import SheetTable

INCLUDE, SKIP = reading(), reading(hidden="skip")
Rows = Sequence[Sequence[Value]]
Make = Callable[..., bytes]


def row(plan: str, scale: float = 100.0) -> list[Value]:
    return [2024, 11, plan, "C1", 0.05, 1.25, scale]


TABLE: Rows = [HEADERS, row("P1"), row("P2"), row("P3")]
COVER: Rows = [["说明"], ["本表为受托业绩"]]
PLANS_ONLY: Rows = [["计划代码", "公司代码"], ["P1", "C1"]]


def xlsx(sheets: Mapping[str, Rows], hidden: Sequence[str] = (), hidden_rows: Sequence[int] = ()) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        page = book.create_sheet(name)
        for cells in rows:
            page.append(list(cells))
        page.sheet_state = "hidden" if name in hidden else "visible"
        for number in hidden_rows:
            page.row_dimensions[number].hidden = True
    book.active = next(i for i, name in enumerate(sheets) if name not in hidden)
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def xls(sheets: Mapping[str, Rows], hidden: Sequence[str] = (), hidden_rows: Sequence[int] = ()) -> bytes:
    book = xlwt.Workbook()
    for name, rows in sheets.items():
        page = book.add_sheet(name)
        page.visibility = int(name in hidden)
        for index, cells in enumerate(rows):
            for column, cell in enumerate(cells):
                page.write(index, column, cell)
        for number in hidden_rows:
            page.row(number - 1).hidden = True
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def validated(content: bytes, sheet: str | int = 0, rules: ReadingRules = INCLUDE) -> Validated:
    return validate_workbook(content, chosen("a", sheet=sheet), DOMAIN, rules)


def plans(found: Validated) -> list[str]:
    return list(found.evaluated.columns["plan_code"])


@pytest.fixture(params=[xlsx, xls], ids=["xlsx", "xls"])
def make(request: pytest.FixtureRequest) -> Make:
    made: Make = request.param
    return made


def test_hidden_rows_are_data_and_counted_unless_told_otherwise(make: Make) -> None:
    found = validated(make({"S": TABLE}, hidden_rows=[3]))
    assert plans(found) == ["P1", "P2", "P3"]
    assert "1 hidden row(s) are read as data" in account(found, DOMAIN, INCLUDE).notes


def test_hidden_rows_are_skipped_and_counted_where_the_catalogue_says_so(make: Make) -> None:
    found = validated(make({"S": TABLE}, hidden_rows=[3]), rules=SKIP)
    assert (plans(found), found.evaluated.counts.hidden_rows) == (["P1", "P3"], 1)
    assert found.evaluated.columns["source_row"] == [2, 4]
    assert found.evaluated.counts.add_up


def test_a_bad_row_that_is_hidden_and_skipped_is_no_reject() -> None:
    rows = [*TABLE, row(""), ["合计", *[None] * 5, 1.0]]
    found = validated(xlsx({"S": rows}, hidden_rows=[5, 6]), rules=SKIP)
    assert (found.evaluated.rejects, found.evaluated.cautions) == ([], [])


def test_skipped_sheets_are_as_if_they_were_not_there(make: Make) -> None:
    content = make({"Old": [HEADERS, row("OLD")], "New": TABLE}, hidden=["Old"])
    assert plans(validated(content, 0)) == ["OLD"]
    skipped = validated(content, 0, SKIP)
    assert plans(skipped) == ["P1", "P2", "P3"]
    assert "1 hidden sheet(s) not looked at" in account(skipped, DOMAIN, SKIP).notes


def test_a_hidden_sheet_that_is_skipped_cannot_be_named() -> None:
    with pytest.raises(SheetNotFoundError, match="found 'New'"):
        validated(xlsx({"Old": TABLE, "New": TABLE}, hidden=["Old"]), "Old", SKIP)


def test_auto_takes_the_first_sheet_whose_header_matches(make: Make) -> None:
    found = validated(make({"封面": COVER, "清单": PLANS_ONLY, "业绩": TABLE, "副本": TABLE}), "auto")
    assert found.table.sheet == "业绩"
    assert "sheet: auto passed over '封面', '清单'" in account(found, DOMAIN, INCLUDE).notes


def test_auto_passes_over_hidden_sheets_only_where_they_are_skipped() -> None:
    content = xlsx({"Old": TABLE, "New": TABLE}, hidden=["Old"])
    assert validated(content, "auto").table.sheet == "Old"
    assert validated(content, "auto", SKIP).table.sheet == "New"


def test_a_workbook_is_opened_once_however_many_sheets_are_tried(make: Make, opened_books: list[str]) -> None:
    validated(make({"封面": COVER, "清单": PLANS_ONLY, "业绩": TABLE}), "auto", SKIP)
    assert opened_books == ["a"]


def test_auto_passes_over_a_chart() -> None:
    book = openpyxl.Workbook()
    book.create_chartsheet("图", 0)
    for cells in TABLE:
        book.worksheets[0].append(list(cells))
    written = io.BytesIO()
    book.save(written)
    assert validated(written.getvalue(), "auto").table.sheet == "Sheet"
    assert validated(written.getvalue(), 0, SKIP).table.sheet == "Sheet"


def test_auto_without_a_match_names_every_sheet_and_why() -> None:
    with pytest.raises(HeaderError, match=r"(?s)'封面'.*'清单': .*missing report_date"):
        validated(xlsx({"封面": COVER, "清单": PLANS_ONLY}), "auto")


def test_a_sheet_that_is_called_auto_can_be_named() -> None:
    assert validated(xlsx({"业绩": TABLE, "auto": TABLE}), "auto").table.sheet == "auto"


@pytest.mark.parametrize(("sheet", "names"), [(0, ["封面"]), ("auto", ["封面", "业绩"])])
def test_the_headers_of_a_sheet_are_mapped_once(
    monkeypatch: pytest.MonkeyPatch, sheet: str | int, names: list[str]
) -> None:
    mapped: list[str] = []

    def counted(domain: Domain, table: SheetTable, source: mapping.Source) -> mapping.ColumnMap:
        mapped.append(table.sheet)
        return mapping.map_columns(domain, table, source)

    monkeypatch.setattr(sheet_choice, "map_columns", counted)
    first = PLANS_ONLY if sheet == "auto" else TABLE
    found = validated(xlsx({"封面": first, "业绩": TABLE, "副本": TABLE}), sheet)
    assert (mapped, found.table.sheet) == (names, names[-1])
