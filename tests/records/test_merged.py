"""The merged document: the files in the order of the snapshot, the records in the order of their months."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from workflows.records.json_files import RecordFile, record_lines, write_document
from workflows.records.merge import MergeRules
from workflows.records.merged import write_merged

RULES = MergeRules(
    ("report_date", "plan_code"),
    ("report_date", "plan_code"),
    "report_date",
    replaces_periods=False,
    conflicts="latest",
)
FIELDS = ["report_date", "plan_code", "source_row", "validation_warnings"]


def processed(folder: Path, month: str, part: str = "") -> RecordFile:
    """The document of one workbook of ``month`` with two records."""
    meta: dict[str, Any] = {
        **dict.fromkeys(("sha256", "sheet", "engine", "engine_reason", "rules"), "x"),
        **{"file": f"{month}{part}.xlsx", "period": month, "part": part, "version": 1, "header_row": 1},
        **{"fields": FIELDS, "columns": {}, "ignored_headers": [], "notes": []},
    }
    counts = {
        **dict.fromkeys(("rejected_rows", "blank_rows", "totals_rows", "hidden_rows"), 0),
        **{"rows_read": 2, "records": 2, "months": {month: 2}, "sums": {}, "unique_key": ["report_date", "plan_code"]},
    }
    path = folder / f"{month}{part}.json"
    with path.open("wb") as stream:
        lines = record_lines([[month] * 2, [f"P{part}1", f"P{part}2"], [2, 3], [[], []]])
        write_document(stream, meta, lines, [], [], counts)
    return RecordFile(path)


@pytest.fixture
def merged(tmp_path: Path) -> RecordFile:
    """Three workbooks, the newest first, as a snapshot has them."""
    sources = [
        processed(tmp_path, "2024-12-01", "b"),
        processed(tmp_path, "2024-12-01", "a"),
        processed(tmp_path, "2024-11-01"),
    ]
    path = tmp_path / "merged.json"
    with path.open("wb") as stream:
        write_merged(stream, "d", "snapshot", sources, RULES)
    return RecordFile(path)


def test_records_come_oldest_first_for_the_index(merged: RecordFile) -> None:
    found = [(record["report_date"], record["plan_code"]) for record in merged.records()]
    assert found == sorted(found)


def test_files_stay_newest_first(merged: RecordFile) -> None:
    assert [file["path"] for file in merged.counts["files"]] == [
        "2024-12-01b.xlsx",
        "2024-12-01a.xlsx",
        "2024-11-01.xlsx",
    ]
