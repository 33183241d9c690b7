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
from workflows.errors import AmbiguousSheetError, HeaderError, SheetNotFoundError
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
    assert "1 个隐藏行按数据读取 / 1 hidden row(s) are read as data" in account(found, DOMAIN, INCLUDE).notes


def test_hidden_rows_are_skipped_and_counted_where_the_catalogue_says_so(make: Make) -> None:
    found = validated(make({"S": TABLE}, hidden_rows=[3]), rules=SKIP)
    assert (plans(found), found.evaluated.counts.hidden_rows) == (["P1", "P3"], 1)
    assert found.evaluated.columns["source_row"] == [2, 4]
    assert found.evaluated.counts.add_up


def test_a_bad_row_that_is_hidden_and_skipped_is_no_reject() -> None:
    rows = [*TABLE, row(""), ["合计", *[None] * 5, 1.0]]
    found = validated(xlsx({"S": rows}, hidden_rows=[5, 6]), rules=SKIP)
    assert (found.evaluated.rejects, found.evaluated.cautions) == ([], [])


@pytest.mark.parametrize("rules", [INCLUDE, SKIP])
@pytest.mark.parametrize("sheet", [0, "0", "auto"])
def test_a_hidden_older_version_is_not_looked_at(make: Make, sheet: str | int, rules: ReadingRules) -> None:
    found = validated(make({"Old": [HEADERS, row("OLD")], "New": TABLE}, hidden=["Old"]), sheet, rules)
    assert plans(found) == ["P1", "P2", "P3"]
    assert "未查看 1 个隐藏的工作表 / 1 hidden sheet(s) not looked at" in account(found, DOMAIN, rules).notes


def test_a_hidden_sheet_is_read_if_it_is_named(make: Make) -> None:
    found = validated(make({"Old": [HEADERS, row("OLD")], "New": TABLE}, hidden=["Old"]), "Old")
    assert (plans(found), list(account(found, DOMAIN, INCLUDE).notes)) == (["OLD"], [])


def test_a_hidden_sheet_that_is_skipped_cannot_be_named() -> None:
    with pytest.raises(SheetNotFoundError, match="found 'New'"):
        validated(xlsx({"Old": TABLE, "New": TABLE}, hidden=["Old"]), "Old", SKIP)


def test_auto_takes_the_sheet_whose_header_fits(make: Make) -> None:
    found = validated(make({"封面": COVER, "清单": PLANS_ONLY, "业绩": TABLE}), "auto")
    assert found.table.sheet == "业绩"
    assert "other sheets passed over: '封面', '清单'" in account(found, DOMAIN, INCLUDE).notes


def test_a_list_of_plans_without_figures_is_no_second_table() -> None:
    plans_of_the_month: Rows = [HEADERS[:4], [2024, 11, "P9", "C1"]]
    assert plans(validated(xlsx({"清单": plans_of_the_month, "业绩": TABLE}), "auto")) == ["P1", "P2", "P3"]
    assert plans(validated(xlsx({"清单": plans_of_the_month}), "auto")) == ["P9"]


@pytest.mark.parametrize(
    "other",
    [
        [HEADERS, row("P4")],
        [HEADERS, row("P1", 101.0)],
        [HEADERS, row("P1"), row("P1")],
        [HEADERS, row("")],
        [["单位：万元"], HEADERS, row("P1")],
    ],
    ids=["other rows", "another figure", "a row twice", "rows in doubt", "another unit"],
)
def test_two_sheets_that_fit_are_refused_with_their_names(make: Make, other: Rows) -> None:
    with pytest.raises(AmbiguousSheetError, match=r"'业绩' \(header row 1\), '补充' .*`sheet: 业绩`") as raised:
        validated(make({"业绩": TABLE, "补充": other}), "auto")
    assert raised.value.fitting == ("业绩", "补充")
    assert plans(validated(make({"业绩": TABLE, "补充": other}), "业绩")) == ["P1", "P2", "P3"]


@pytest.mark.parametrize("order", [("业绩", "节选"), ("节选", "业绩")])
def test_a_sheet_whose_rows_all_stand_in_the_other_is_passed_over(make: Make, order: tuple[str, str]) -> None:
    sheets: dict[str, Rows] = {"业绩": TABLE, "节选": [["单位：元"], HEADERS, row("P3"), row("P1")]}
    found = validated(make({name: sheets[name] for name in order}), "auto")
    assert (found.table.sheet, plans(found)) == ("业绩", ["P1", "P2", "P3"])
    assert "other sheets passed over: '节选'" in found.table.notes


def test_of_two_equal_sheets_the_first_is_read(make: Make) -> None:
    assert validated(make({"业绩": TABLE, "副本": TABLE}), "auto").table.sheet == "业绩"


def test_a_sheet_that_fits_but_cannot_be_read_is_not_passed_over() -> None:
    with pytest.raises(HeaderError, match=r"sheet '补充': H1 in the header row is blank.*data in H2"):
        validated(xlsx({"业绩": TABLE, "补充": [HEADERS, [*row("P4"), 5.0]]}), "auto")


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


@pytest.mark.parametrize(("sheet", "names"), [(0, ["封面"]), ("auto", ["封面", "业绩", "副本"])])
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
    assert (mapped, found.table.sheet) == (names, names[min(1, len(names) - 1)])
