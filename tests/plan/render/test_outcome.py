"""One sentence and the buckets of a plan."""

from __future__ import annotations

import pytest

from tests.fixtures.plans import a_plan, a_receipt
from workflows.plan.render.outcome import Bucket, buckets, headline
from workflows.plan.render.page import slices


def _rows(plan: object) -> dict[str, int | None]:
    return {bucket.english: bucket.rows for bucket in buckets(plan)}  # type: ignore[arg-type]


def test_a_plan_that_asked_nothing_knows_its_records_and_rejects() -> None:
    assert _rows(a_plan()) == {"to load": 6, "rejected": 1}


def test_a_receipt_tells_what_was_done() -> None:
    assert _rows(a_receipt()) == {"inserted": 4, "deleted": 1, "unchanged": 2, "rejected": 1}


def test_the_sentence_names_records_months_files_table_and_rejects() -> None:
    assert headline(a_plan())[1] == (
        "Would load 6 records of 3 months (2024-10 to 2024-12) from 3 workbooks into trustee_performance; "
        "1 row rejected"
    )


def test_one_of_anything_is_singular() -> None:
    plan = a_plan(records=1, files=a_plan().files[:1], periods=["2024-12"], reject_rows=0)
    assert headline(plan)[1] == "Would load 1 record of 2024-12 from 1 workbook into trustee_performance"


def test_slices_fill_the_bar() -> None:
    drawn = slices([Bucket("added", "", "", 3), Bucket("removed", "", "", 0), Bucket("rejected", "", "", 1)])
    assert [(s.bucket.kind, s.start, s.width) for s in drawn] == [("added", 0.0, 75.0), ("rejected", 75.0, 25.0)]


def test_one_row_among_many_is_still_seen() -> None:
    drawn = slices([Bucket("added", "", "", 200_000), Bucket("rejected", "", "", 1)])
    assert drawn[1].width == pytest.approx(0.5, abs=0.01)


def test_nothing_to_draw_is_no_bar() -> None:
    assert slices([Bucket("added", "", "", 0), Bucket("unchanged", "", "", None)]) == []
