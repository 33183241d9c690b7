"""unresolved.csv: for a spreadsheet to open right, and never to run."""

from __future__ import annotations

import csv
import io

from workflows.companies.resolver import Answer, RowKeys
from workflows.giving_back.companies_csv import COLUMNS, write_unresolved
from workflows.records.company_ids import Unresolved


def written(*found: Unresolved) -> list[dict[str, str]]:
    stream = io.BytesIO()
    write_unresolved(stream, found, {("a.xlsx", "表"): "I"})
    assert stream.getvalue().startswith("\ufeffname,problem,".encode())
    return list(csv.DictReader(io.StringIO(stream.getvalue().decode("utf-8-sig"), newline="")))


def customer(row: RowKeys, *rows: int, file: str = "a.xlsx") -> Unresolved:
    found = Unresolved(Answer("INABCDEFGHABCDEFGH", "temporary"), row.customer_name or "")
    found.know(row)
    for number in rows:
        found.add((file, "表"), number)
    return found


def test_without_a_customer_it_is_a_header_line() -> None:
    assert written() == []


def test_cells_are_named_as_excel_does_with_the_rest_counted() -> None:
    found = customer(RowKeys("P1", None, "甲", "甲"), 5, 6, 7, 9)
    found.more_rows = 3
    (line,) = written(found)
    assert line["cells"] == "a.xlsx!表!I5:I7; a.xlsx!表!I9; … 3 more rows"
    assert tuple(line) == COLUMNS


def test_a_workbook_whose_column_is_not_known_is_shown_by_its_rows() -> None:
    (line,) = written(customer(RowKeys("P1", None, "甲", None), 5, file="b.xlsx"))
    assert (line["workbooks"], line["cells"]) == ("b.xlsx", "b.xlsx!表!A5")


def test_no_cell_is_a_formula() -> None:
    row = RowKeys("=P1", "@1", "=HYPERLINK(1)", "+cmd|x")
    (line,) = written(customer(row, 5, file="=a.xlsx"))
    assert not [text for text in line.values() if text.startswith(("=", "@", "+"))]
    assert line["name"] == "'=HYPERLINK(1)"


def test_a_bare_account_number_is_written_so_that_a_spreadsheet_keeps_its_digits() -> None:
    (line,) = written(customer(RowKeys(None, "123456789012345678", "甲", None), 5))
    assert line["account_numbers"] == "C123456789012345678"
