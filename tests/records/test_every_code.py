"""One failing row for each code, in a real workbook, through reading, validating and merging."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from tests.fixtures.reading import chosen, rules
from tests.workbooks import HEADERS, Value, raw_xlsx, xlsx
from workflows.domains.finding_codes import CAUTION_CODES, CODES, REJECT_CODES, REMEDIES
from workflows.domains.trustee_performance import DOMAIN
from workflows.records.documents import MergedFile, merged_file, processed_file
from workflows.records.merge_rules import MergeRules
from workflows.records.merged import write_merged
from workflows.records.validation import validate_workbook, write_validated
from workflows.sources.keys import Scope

GOOD: list[Value] = [2024, 11, "P0", "C1", 0.05, 1.25, 100.0]
Found = list[tuple[str, int, str, str]]


def row(**cells: Value) -> list[Value]:
    names = ("year", "month", "plan", "company", "rate", "value", "scale")
    return [cells.get(name, usual) for name, usual in zip(names, [*GOOD[:2], "P1", *GOOD[3:]], strict=True)]


REJECTED: list[tuple[str, str, list[Value]]] = [
    ("missing_value", "C", row(plan=None)),
    ("not_a_number", "E", row(rate="待定")),
    ("not_a_code", "C", row(plan=12.5)),
    ("totals_word", "C", row(plan="甲公司小计")),
    ("not_a_record", "A", ["以上数据未经审计", *[None] * 6]),
    ("code_digits_lost", "C", row(plan=1234567890123456)),
    ("code_too_long", "D", row(company="x" * 21)),
    ("invalid_month", "B", row(month="十三月")),
    ("ambiguous_month", "B", row(year=None, month=2024.1)),
    ("several_months", "B", row(year=None, month="2024年10月1日-2024年11月30日")),
    ("month_conflict", "B", row(year=2023, month="2024年11月")),
    ("out_of_range", "F", row(value=0)),
    ("other_currency", "G", row(scale="$100")),
]
ODD: list[tuple[str, str, list[Value]]] = [
    ("return_rate_large", "E", row(rate=0.51)),
    ("scale_below_net_asset_value", "G", row(scale=1.0)),
    ("period_mismatch", "B", row(month=10)),
    ("totals_mismatch", "G", [None, None, "合计", None, None, None, 1.0]),
]


def merged(folder: Path, content: bytes, *, scope: Scope = "keys") -> MergedFile:
    processed, path = folder / "processed.json", folder / "merged.json"
    with processed.open("wb") as stream:
        write_validated(stream, validate_workbook(content, chosen(), DOMAIN, rules()), DOMAIN, rules())
    merge_rules = MergeRules(DOMAIN.primary_key, DOMAIN.business_columns, "report_date", scope, "latest")
    made = io.BytesIO()
    write_merged(made, DOMAIN.name, "snapshot", [processed_file(processed)], merge_rules)
    path.write_bytes(made.getvalue())
    return merged_file(path)


def rejects(document: MergedFile) -> Found:
    return [(found.code, found.row, found.column, found.message) for found in document.rejects]


@pytest.mark.parametrize(("code", "column", "cells"), REJECTED, ids=[case[0] for case in REJECTED])
def test_a_row_is_rejected(tmp_path: Path, code: str, column: str, cells: list[Value]) -> None:
    ((found, number, letter, text),) = rejects(merged(tmp_path, xlsx([HEADERS, GOOD, cells])))
    assert (found, number, letter) == (code, 3, column)
    assert [said.startswith(wanted) for said, wanted in zip(text.split(" / "), CODES[code], strict=True)] == [True] * 2


def test_an_error_cell_rejects_its_row(tmp_path: Path) -> None:
    header = "".join(
        f'<c r="{c}1" t="inlineStr"><is><t>{h}</t></is></c>' for c, h in zip("ABCDEFG", HEADERS, strict=True)
    )
    cells = '<c r="A2"><v>2024</v></c><c r="B2"><v>11</v></c><c r="C2" t="inlineStr"><is><t>P1</t></is></c>'
    cells += '<c r="D2" t="inlineStr"><is><t>C1</t></is></c><c r="E2" t="e"><v>#N/A</v></c>'
    content = raw_xlsx(f'<row r="1">{header}</row><row r="2">{cells}</row>')
    assert [found[:3] for found in rejects(merged(tmp_path, content))] == [("error_cell", 2, "E")]


def test_a_currency_sign_under_a_header_in_wan_rejects_its_row(tmp_path: Path) -> None:
    found = rejects(merged(tmp_path, xlsx([[*HEADERS[:6], "规模(万元)"], GOOD, row(scale="¥5")])))
    assert [(code, number, column) for code, number, column, _text in found] == [("ambiguous_unit", 3, "G")]


def test_rows_of_one_key_that_differ_are_rejected_naming_each_other(tmp_path: Path) -> None:
    found = rejects(merged(tmp_path, xlsx([HEADERS, row(), row(scale=5.0)])))
    assert [(code, number) for code, number, _column, _text in found] == [
        ("duplicate_conflict", 2),
        ("duplicate_conflict", 3),
    ]
    assert [text.rpartition(": ")[2] for *_place, text in found] == ["row(s) 3", "row(s) 2"]


def test_another_month_is_a_reject_where_whole_periods_are_replaced(tmp_path: Path) -> None:
    found = rejects(merged(tmp_path, xlsx([HEADERS, GOOD, row(month=10)]), scope="months"))
    assert [(code, number, column) for code, number, column, _text in found] == [("period_mismatch", 3, "B")]


@pytest.mark.parametrize(("code", "column", "cells"), ODD, ids=[case[0] for case in ODD])
def test_a_row_is_loaded_with_a_caution(tmp_path: Path, code: str, column: str, cells: list[Value]) -> None:
    document = merged(tmp_path, xlsx([HEADERS, GOOD, cells]))
    (found,) = document.warnings
    assert (found.code, found.row, found.column) == (code, 3, column)
    assert document.rejects == []


def test_a_caution_carries_the_raw_value(tmp_path: Path) -> None:
    document = merged(tmp_path, xlsx([HEADERS, row(plan=None, rate="3%"), row(rate="51%")]))
    assert [(found.row, found.value) for found in document.warnings] == [(3, "51%")]


def test_a_title_of_another_month_is_a_caution_at_its_cell(tmp_path: Path) -> None:
    document = merged(tmp_path, xlsx([["", "2024年10月受托业绩"], HEADERS, GOOD]))
    (found,) = document.warnings
    assert (found.code, found.row, found.column) == ("title_month_mismatch", 1, "B")
    assert found.message.endswith("2024-10 in 2024-11")


def test_no_code_goes_without_a_row_here() -> None:
    elsewhere = {
        "ambiguous_unit",
        "merged_amount",
        "unused_lookalike",
        "unit_mismatch",
        "error_cell",
        "duplicate_conflict",
        "period_mismatch",
        "title_month_mismatch",
        "struck_through",
        "code_shown_otherwise",
        "code_zeros_lost",
        "code_spelled_twice",
        "file_note",
    }
    # In tests/domains/kinds: no column of this domain is of such a kind.
    of_other_kinds = {
        "text_too_long",
        "not_a_text",
        "not_in_list",
        "not_a_whole_number",
        "not_a_flag",
        "invalid_day",
        "later_month",
        "unusual_code",
    }
    assert {case[0] for case in [*REJECTED, *ODD]} | elsewhere | of_other_kinds == set(CODES) | set(DOMAIN.codes)


def test_every_code_says_what_to_do() -> None:
    assert list(REMEDIES) == list(REJECT_CODES | CAUTION_CODES)


def test_a_summary_shows_totals_and_collapsed_rows_and_they_add_up(tmp_path: Path) -> None:
    rows = [HEADERS, row(), row(), row(plan=None), [None] * 7, row(plan="P2"), ["合计", *[None] * 5, 200.0]]
    (file,) = merged(tmp_path, xlsx(rows)).counts.files
    names = ("rows_read", "records", "rejects", "blank_rows", "totals_rows", "duplicate_rows")
    assert [getattr(file, name) for name in names] == [6, 2, 1, 1, 1, 1]
