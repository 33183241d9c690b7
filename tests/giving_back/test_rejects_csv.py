"""Findings as CSV: for Excel to open right, and never to run."""

from __future__ import annotations

import csv
import io

import pytest

from workflows.domains.findings import Finding
from workflows.giving_back.rejects_csv import harmless, write_csv


def written(*values: str) -> bytes:
    stream = io.BytesIO()
    write_csv(
        stream, [Finding("reject", "f.xlsx", "表", 6, "E", "收益率", "rate", value, "c", "m") for value in values]
    )
    return stream.getvalue()


def test_it_begins_with_a_bom_and_a_header_line() -> None:
    assert written().decode("utf-8") == "\ufefflevel,file,sheet,row,column,header,field,value,code,message\r\n"


@pytest.mark.parametrize("text", ["=1+1", '=HYPERLINK("http://x")', "+cmd|x", "-1+cmd|x", "@SUM(A1)", "\t=1", "＝1+1"])
def test_a_text_that_a_spreadsheet_would_run_is_made_harmless(text: str) -> None:
    assert harmless(text) == f"'{text}"


@pytest.mark.parametrize("text", ["-0.01", "+5", "-1,234.50", "-5%", "-1.2e-05", "待定", "", "a=b"])
def test_numbers_and_plain_texts_stay_as_they_are(text: str) -> None:
    assert harmless(text) == text


def test_quotes_commas_and_line_breaks_are_read_back_as_they_were() -> None:
    value = 'a,"b"\nc'
    assert next(csv.DictReader(io.StringIO(written(value).decode("utf-8-sig"), newline="")))["value"] == value


def test_a_text_that_utf_8_cannot_hold_is_shown_escaped() -> None:
    assert "\\ud800" in written("\ud800").decode("utf-8-sig")
