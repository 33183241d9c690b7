from __future__ import annotations

from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from tests.fixtures.reading import entry
from workflows.domains.trustee_performance import DOMAIN
from workflows.errors import ParameterError
from workflows.runs.ids import new_run_id
from workflows.runs.options import check_keys, effective_plan_only, overridden, parse_options
from workflows.sources.entries import Overrides
from workflows.tasks import LoadDomain


def given(**flags: Any) -> dict[str, Any]:
    """A command line with these flags, as Luigi hands it over."""
    return LoadDomain(domain="d", **flags).param_kwargs


@pytest.mark.parametrize(
    ("execute", "plan_only", "plans"),
    [(False, False, True), (False, True, True), (True, False, False), (True, True, False)],
)
def test_execute_wins_over_plan_only_and_planning_is_the_default(execute: bool, plan_only: bool, plans: bool) -> None:
    assert effective_plan_only(execute, plan_only) is plans


def test_empty_flags_mean_as_the_catalogue_says() -> None:
    options = parse_options(given(), 20)
    assert (options.said, options.periods, options.accepted) == (Overrides(), None, {})


def test_keys_are_lists_of_columns() -> None:
    said = parse_options(given(pk=" a, b ", merge_key="a"), 20).said
    assert (said.primary_key, said.merge_key) == (("a", "b"), ("a",))


def test_a_flag_that_is_called_as_a_gate_stands_for_that_gate() -> None:
    said = parse_options(given(max_deleted_rows="5", max_deleted_ratio="0.29", allow_empty=True), 20).said
    gates = overridden(entry(), said).gates
    assert (gates.max_deleted_rows, gates.max_deleted_ratio, gates.allow_empty) == (5, Decimal("0.29"), True)


def test_zero_is_a_limit_and_no_limit_is_none() -> None:
    said = parse_options(given(max_deleted_rows="0"), 20).said
    assert overridden(entry(), said).gates.max_deleted_rows == 0
    assert overridden(entry(), parse_options(given(), 20).said).gates.max_deleted_rows is None


def test_what_the_command_line_does_not_say_stays_as_the_catalogue_says() -> None:
    source = entry(merge_key=("report_date",), sheet="业绩")
    assert overridden(source, parse_options(given(), 20).said) == source


def test_a_primary_key_alone_is_its_own_merge_key_unless_the_catalogue_names_a_subset() -> None:
    said = parse_options(given(pk="report_date,plan_code"), 20).said
    assert overridden(entry(), said).merge_key == ("report_date", "plan_code")
    assert overridden(entry(merge_key=("report_date",)), said).merge_key == ("report_date",)


@pytest.mark.parametrize(
    ("flags", "flag"),
    [
        ({"max_files": "0"}, "--max-files"),
        ({"max_files": "-1"}, "--max-files"),
        ({"max_files": "1.5"}, "--max-files"),
        ({"max_files": "21"}, "--max-files"),
        ({"mode": "merge"}, "--mode"),
        ({"pk": "a,,b"}, "--pk"),
        ({"pk": "a,a"}, "--pk"),
        ({"accept_rejects": "-1"}, "--accept-rejects"),
        ({"accept": "rejects"}, "NAME=N wanted, as in rejects=4,deleted=50"),
        ({"accept": "rejects=x"}, "NAME=N wanted, as in rejects=4,deleted=50"),
        ({"accept": "rejcts=4"}, "did you mean rejects"),
        ({"accept": "rejects=4", "accept_rejects": "5"}, "two numbers are given for rejects"),
        ({"period": "March"}, "--period"),
        ({"max_deleted_rows": "many"}, "--max-deleted-rows"),
        ({"max_deleted_rows": "-1"}, "--max-deleted-rows"),
        ({"max_deleted_ratio": "20"}, "--max-deleted-ratio"),
    ],
)
def test_a_wrong_flag_is_named(flags: dict[str, Any], flag: str) -> None:
    with pytest.raises(ParameterError, match=flag):
        parse_options(given(**flags), 20)


def test_the_limit_of_max_files_is_a_setting() -> None:
    assert parse_options(given(max_files="21"), 21).max_files == 21


def test_rows_may_be_said_to_have_no_key() -> None:
    said = parse_options(given(pk="none", merge_key="report_date"), 20).said
    source = overridden(entry(), said)
    assert (source.primary_key, source.merge_key) == ((), ("report_date",))
    check_keys(source, DOMAIN)


def test_rows_without_a_key_need_a_merge_key() -> None:
    with pytest.raises(ParameterError, match=r"--pk none: 需要 --merge-key.* / needs a --merge-key"):
        overridden(entry(), parse_options(given(pk="none"), 20).said)


def test_a_key_for_one_run_describes_its_rows_itself() -> None:
    keyless = entry(primary_key=(), merge_key=("report_date",), described_by=("plan_code",))
    said = parse_options(given(pk="report_date,plan_code"), 20).said
    assert overridden(keyless, said).described_by == ()


@pytest.mark.parametrize(
    ("primary", "merge", "wanted"),
    [
        (("nothing",), ("nothing",), "no column 'nothing'"),
        (("report_date", "return_rate"), ("report_date",), "return_rate may be empty"),
        (("report_date",), ("plan_code",), "must contain the merge key"),
    ],
)
def test_keys_that_the_record_cannot_bear_are_refused(
    primary: tuple[str, ...], merge: tuple[str, ...], wanted: str
) -> None:
    with pytest.raises(ParameterError, match=wanted):
        check_keys(overridden(entry(), Overrides(primary_key=primary, merge_key=merge)), DOMAIN)


def test_run_ids_sort_by_time_whatever_the_zone() -> None:
    early = new_run_id(datetime(2024, 11, 30, 8, tzinfo=timezone.utc), "ff")
    late = new_run_id(datetime(2024, 11, 30, 10, tzinfo=timezone(timedelta(hours=1))), "00")
    assert early == "20241130T080000Z-ff"
    assert early < late


def test_counts_are_accepted_by_name_and_rejects_by_their_short_form_too() -> None:
    assert parse_options(given(accept="rejects=4, deleted=50"), 20).accepted == {"d": {"rejects": 4, "deleted": 50}}
    assert parse_options(given(accept_rejects="4", accept="deleted=50"), 20).accepted == {
        "d": {"rejects": 4, "deleted": 50}
    }
    assert parse_options(given(accept_rejects="4", accept="rejects=4"), 20).accepted == {"d": {"rejects": 4}}
