"""The merged document: the files in the order of the snapshot, the records in the order of their months."""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path

import pytest

from tests.fixtures.plans import plan_file
from tests.fixtures.reading import records_of
from workflows.errors import AccountingError
from workflows.records.documents import (
    MergedFile,
    ProcessedCounts,
    ProcessedFile,
    ProcessedMeta,
    merged_file,
    processed_file,
)
from workflows.records.json_files import record_lines, write_document
from workflows.records.merge_rules import MergeRules
from workflows.records.merged import write_merged

RULES = MergeRules(
    ("report_date", "plan_code"),
    ("report_date", "plan_code"),
    "report_date",
    scope="keys",
    conflicts="latest",
)
FIELDS = ("report_date", "plan_code", "source_row", "validation_warnings")


def processed(folder: Path, month: str, part: str = "", rejected: tuple[dict[str, str], ...] = ()) -> ProcessedFile:
    """The document of one workbook of ``month`` with two records."""
    file = plan_file(
        1, path=f"{month}{part}.xlsx", period=date.fromisoformat(month), part=part, rows_read=2, totals_rows=0
    )
    meta = ProcessedMeta(domain="d", fields=FIELDS, file=file)
    counts = ProcessedCounts(
        months={month: 2}, sums={}, unique_key=("report_date", "plan_code"), rejected_keys=rejected
    )
    path = folder / f"{month}{part}.json"
    with path.open("wb") as stream:
        lines = record_lines([[month] * 2, [f"P{part}1", f"P{part}2"], [2, 3], [[], []]])
        write_document(stream, meta, lines, [], [], lambda: counts)
    return processed_file(path)


@pytest.fixture
def merged(tmp_path: Path) -> MergedFile:
    """Three workbooks, the newest first, as a snapshot has them."""
    sources = [
        processed(tmp_path, "2024-12-01", "b"),
        processed(tmp_path, "2024-12-01", "a"),
        processed(tmp_path, "2024-11-01"),
    ]
    path = tmp_path / "merged.json"
    with path.open("wb") as stream:
        write_merged(stream, "d", "snapshot", sources, RULES)
    return merged_file(path)


def test_records_come_oldest_first_for_the_index(merged: MergedFile) -> None:
    found = [(record["report_date"], record["plan_code"]) for record in records_of(merged)]
    assert found == sorted(found)


def test_files_stay_newest_first(merged: MergedFile) -> None:
    assert [file.path for file in merged.counts.files] == [
        "2024-12-01b.xlsx",
        "2024-12-01a.xlsx",
        "2024-11-01.xlsx",
    ]


@pytest.mark.parametrize("records", [1, 3])
def test_a_file_whose_account_is_not_what_was_written_of_it_is_refused(tmp_path: Path, records: int) -> None:
    source = processed(tmp_path, "2024-12-01")
    source.meta = source.meta.altered(file=source.meta.file.altered(records=records, rows_read=records))
    with pytest.raises(AccountingError, match="2 records written"):
        write_merged(io.BytesIO(), "d", "snapshot", [source], RULES)


def test_an_account_that_does_not_add_up_is_refused(tmp_path: Path) -> None:
    source = processed(tmp_path, "2024-12-01")
    source.meta = source.meta.altered(file=source.meta.file.altered(rows_read=3))
    with pytest.raises(AccountingError, match="do not add up"):
        write_merged(io.BytesIO(), "d", "snapshot", [source], RULES)


def test_keys_of_rejected_rows_are_those_of_the_runs_primary_key_and_once(tmp_path: Path) -> None:
    whole = {"report_date": "2024-12-01", "plan_code": "P9", "company_code": "C1"}
    half = {"report_date": "2024-12-01"}
    source = processed(tmp_path, "2024-12-01", rejected=(whole, half, {**whole, "company_code": "C2"}))
    path = tmp_path / "merged.json"
    with path.open("wb") as stream:
        write_merged(stream, "d", "snapshot", [source], RULES)
    assert merged_file(path).counts.rejected_keys == (("2024-12-01", "P9"),)
