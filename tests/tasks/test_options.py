from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

import pytest

from workflows.errors import ParameterError
from workflows.tasks.options import check_keys, effective_plan_only, parse_options
from workflows.tasks.run_ids import new_run_id

COLUMNS = ("report_date", "plan_code", "rate")


@dataclass
class Given:
    """A command line."""

    domain: str = "d"
    max_files: str = "1"
    period: str = ""
    mode: str = "delete_insert"
    sheet: str = ""
    execute: bool = False
    plan_only: bool = False
    pk: str = ""
    merge_key: str = ""
    accept_rejects: str = ""
    compare: bool = False
    max_deleted_rows: str = ""
    max_deleted_ratio: str = ""
    allow_empty: bool = False


@pytest.mark.parametrize(
    ("execute", "plan_only", "plans"),
    [(False, False, True), (False, True, True), (True, False, False), (True, True, False)],
)
def test_execute_wins_over_plan_only_and_planning_is_the_default(execute: bool, plan_only: bool, plans: bool) -> None:
    assert effective_plan_only(execute, plan_only) is plans


def test_empty_flags_mean_as_the_catalogue_says() -> None:
    options = parse_options(Given(), 20)
    assert (options.sheet, options.primary_key, options.merge_key, options.periods) == (None, None, None, None)


def test_keys_are_lists_of_columns() -> None:
    options = parse_options(Given(pk=" a, b ", merge_key="a"), 20)
    assert (options.primary_key, options.merge_key) == (("a", "b"), ("a",))


@pytest.mark.parametrize(
    ("given", "flag"),
    [
        (Given(max_files="0"), "--max-files"),
        (Given(max_files="-1"), "--max-files"),
        (Given(max_files="1.5"), "--max-files"),
        (Given(max_files="21"), "--max-files"),
        (Given(mode="merge"), "--mode"),
        (Given(pk="a,,b"), "--pk"),
        (Given(pk="a,a"), "--pk"),
        (Given(accept_rejects="-1"), "--accept-rejects"),
        (Given(period="March"), "--period"),
        (Given(max_deleted_rows="many"), "--max-deleted-rows"),
        (Given(max_deleted_rows="-1"), "--max-deleted-rows"),
        (Given(max_deleted_ratio="20"), "--max-deleted-ratio"),
    ],
)
def test_a_wrong_flag_is_named(given: Given, flag: str) -> None:
    with pytest.raises(ParameterError, match=flag):
        parse_options(given, 20)


@pytest.mark.parametrize("text", ["0.29", "0.29999999999999999", "1E-7"])
def test_a_ratio_is_taken_exactly(text: str) -> None:
    assert str(parse_options(Given(max_deleted_ratio=text), 20).max_deleted_ratio) == text


def test_the_limit_of_max_files_is_a_setting() -> None:
    assert parse_options(Given(max_files="21"), 21).max_files == 21


@pytest.mark.parametrize(
    ("primary", "merge", "wanted"),
    [
        (("nothing",), ("nothing",), "no column 'nothing'"),
        (("report_date", "rate"), ("report_date",), "rate may be empty"),
        (("report_date",), ("plan_code",), "must contain the merge key"),
    ],
)
def test_keys_that_the_record_cannot_bear_are_refused(
    primary: tuple[str, ...], merge: tuple[str, ...], wanted: str
) -> None:
    with pytest.raises(ParameterError, match=wanted):
        check_keys(COLUMNS, ("rate",), primary, merge)


def test_run_ids_sort_by_time_whatever_the_zone() -> None:
    early = new_run_id(datetime(2024, 11, 30, 8, tzinfo=timezone.utc), "ff")
    late = new_run_id(datetime(2024, 11, 30, 10, tzinfo=timezone(timedelta(hours=1))), "00")
    assert early == "20241130T080000Z-ff"
    assert early < late
