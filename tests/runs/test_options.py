from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.reading import entry
from workflows.domains.trustee_performance import DOMAIN
from workflows.errors import CatalogueError, ParameterError
from workflows.plan.gates import COUNTS
from workflows.runs.accepting import accepted_by_domain, parse_accepted
from workflows.runs.ids import new_run_id
from workflows.runs.options import RunOptions, check_headers, check_keys, effective_plan_only, overridden, parse_options
from workflows.sources.entries import Overrides
from workflows.sources.periods import parse_periods
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
        ({"max_files": "-1"}, "1 to 20 wanted"),
        ({"max_files": "X1"}, "a whole number was wanted"),
        ({"mode": "merge"}, "--mode"),
        ({"pk": "a,,b"}, "^--pk: "),
        ({"merge_key": "a,,b"}, "^--merge-key: "),
        ({"pk": "a,a"}, "--pk"),
        ({"accept_rejects": "-1"}, "--accept-rejects"),
        ({"accept": "rejects"}, "NAME=N wanted, as in rejects=4,deleted=50"),
        ({"accept": "rejects=x"}, "NAME=N wanted, as in rejects=4,deleted=50"),
        ({"accept": "rejects=4=5"}, "NAME=N wanted, as in rejects=4,deleted=50"),
        ({"accept": "rejcts=4"}, "did you mean rejects"),
        (
            {"accept": "nothing=4"},
            re.escape("; ".join(f"{name} ({meaning})" for name, meaning in COUNTS.items())) + "$",
        ),
        ({"accept": "rejects=4", "accept_rejects": "5"}, "two numbers are given for rejects"),
        ({"period": "March"}, "--period"),
        ({"max_deleted_rows": "many"}, "--max-deleted-rows"),
        ({"max_deleted_rows": "-1"}, "--max-deleted-rows"),
        ({"max_deleted_rows": "５"}, "--max-deleted-rows"),
        ({"max_deleted_ratio": "20"}, "--max-deleted-ratio"),
    ],
)
def test_a_wrong_flag_is_named(flags: dict[str, Any], flag: str) -> None:
    with pytest.raises(ParameterError, match=flag):
        parse_options(given(**flags), 20)


def test_the_limit_of_max_files_is_a_setting() -> None:
    assert [parse_options(given(max_files=text), 21).max_files for text in ("1", "+1", "21")] == [1, 1, 21]


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
        (("plan_cod",), ("plan_cod",), "plan_code\\W+it has "),
        (("report_date", "return_rate"), ("report_date",), "return_rate may be empty"),
        (("report_date",), ("plan_code",), "must contain the merge key"),
    ],
)
def test_keys_that_the_record_cannot_bear_are_refused(
    primary: tuple[str, ...], merge: tuple[str, ...], wanted: str
) -> None:
    with pytest.raises(ParameterError, match=wanted):
        check_keys(overridden(entry(), Overrides(primary_key=primary, merge_key=merge)), DOMAIN)


def test_a_merge_key_beside_the_primary_key_is_refused_with_both() -> None:
    with pytest.raises(
        ParameterError, match=r"^--pk \(report_date, plan_code\): .*must contain the merge key \(nothing\)"
    ):
        overridden(
            entry(primary_key=("report_date", "plan_code"), merge_key=("plan_code",)), Overrides(merge_key=("nothing",))
        )


def test_an_entry_that_the_command_line_makes_wrong_is_refused_with_each_fault() -> None:
    said = Overrides(gates={"min_rows": -1, "max_deleted_rows": -1})
    with pytest.raises(ParameterError, match=r"^min_rows: .*; max_deleted_rows: "):
        overridden(entry(), said)


def test_a_described_column_is_the_catalogues_fault_whatever_is_said() -> None:
    source = entry(primary_key="none", merge_key=("report_date",), described_by=("nothing",))
    with pytest.raises(CatalogueError, match=r"described_by\[0\]"):
        check_keys(source, DOMAIN, Overrides(primary_key=("report_date",)), "c.yml")


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


def test_counts_of_several_domains_are_each_of_one_that_is_loaded() -> None:
    accepted = {"a.rejects": 4, "b.rejects": 5, "b.deleted": 6}
    assert accepted_by_domain(("a", "b"), accepted) == {"a": {"rejects": 4}, "b": {"rejects": 5, "deleted": 6}}
    assert accepted_by_domain((), {"c.rejects": 4}) == {"c": {"rejects": 4}}
    with pytest.raises(ParameterError, match="of which domain is rejects=4"):
        accepted_by_domain(("a", "b"), parse_accepted("rejects=4"))
    with pytest.raises(ParameterError, match=r"of c, which is not loaded \(a, b is\)"):
        accepted_by_domain(("a", "b"), {"c.rejects": 4})


def test_every_flag_arrives_in_the_options() -> None:
    flags = given(
        max_files="3",
        period="2024-01..2024-03",
        mode="append",
        sheet="业绩",
        pk="a,b",
        merge_key="a",
        accept="deleted=5",
        accept_rejects="4",
        execute=True,
        compare=True,
        max_deleted_rows="7",
        max_group_shrink="0.5",
    )
    assert parse_options(flags, 3) == RunOptions(
        domains=("d",),
        max_files=3,
        periods=parse_periods("2024-01..2024-03"),
        mode="append",
        plan_only=False,
        compare=True,
        accepted={"d": {"deleted": 5, "rejects": 4}},
        said=Overrides(
            primary_key=("a", "b"),
            merge_key=("a",),
            sheet="业绩",
            gates={"max_deleted_rows": 7, "max_group_shrink": "0.5"},
        ),
    )


def test_a_primary_key_of_none_means_that_rows_have_none() -> None:
    assert parse_options(given(pk=" none ", merge_key="a"), 20).said.primary_key == ()


@pytest.mark.parametrize("flag", ["sheet", "pk", "merge_key", "allow_empty"])
def test_a_flag_of_one_domain_is_refused_of_several_and_of_all(flag: str) -> None:
    flags = given(**{flag: True if flag == "allow_empty" else "a"})
    for domains in ("a,b", "all"):
        with pytest.raises(ParameterError, match=rf"^--{flag.replace('_', '-')}: "):
            parse_options(flags | {"domain": domains}, 20)
    parse_options(flags, 20)


WRONG_MERGE_KEY = {"primary_key": ("report_date", "nothing"), "merge_key": ("nothing",)}


@pytest.mark.parametrize(
    ("said", "error", "text"),
    [
        (None, ParameterError, "--pk: "),
        (Overrides(primary_key=("report_date", "nothing")), ParameterError, "--pk: "),
        (Overrides(merge_key=("nothing",)), CatalogueError, "domains.trustee_performance.primary_key[1]"),
        (Overrides(sheet="1"), CatalogueError, "domains.trustee_performance.primary_key[1]"),
    ],
)
def test_a_wrong_key_is_the_flags_fault_or_the_catalogues(
    said: Overrides | None, error: type[Exception], text: str
) -> None:
    with pytest.raises(error) as caught:
        check_keys(entry(**WRONG_MERGE_KEY), DOMAIN, said, "c.yml")
    assert text in str(caught.value)
    assert error is ParameterError or str(caught.value).startswith("c.yml")
    assert ", ".join(DOMAIN.business_columns) in str(caught.value)


@pytest.mark.parametrize(
    ("said", "error", "text"),
    [
        (Overrides(merge_key=("nothing",)), ParameterError, "--merge-key: "),
        (Overrides(primary_key=("report_date", "plan_code")), ParameterError, "--merge-key: "),
        (Overrides(sheet="1"), CatalogueError, "domains.trustee_performance.merge_key[0]"),
    ],
)
def test_a_wrong_merge_key_is_said_by_who_says_what_is_replaced(
    said: Overrides, error: type[Exception], text: str
) -> None:
    with pytest.raises(error) as caught:
        check_keys(entry(primary_key="none", merge_key=("nothing",)), DOMAIN, said, "c.yml")
    assert text in str(caught.value)


@pytest.mark.parametrize(
    ("said", "place"),
    [
        ({"headers": {"nothing": ["x"]}}, "domains.trustee_performance.headers"),
        ({"ignored_headers": ("规模",)}, "domains.trustee_performance.ignored_headers"),
        ({"fill_down": ("nothing",)}, "domains.trustee_performance.fill_down"),
    ],
)
def test_names_that_no_field_has_are_refused_with_their_place(said: dict[str, Any], place: str) -> None:
    with pytest.raises(CatalogueError) as caught:
        check_headers(entry(**said), DOMAIN, Path("c.yml"))
    assert str(caught.value).startswith("c.yml") and place in str(caught.value)
    check_headers(entry(), DOMAIN, Path("c.yml"))
