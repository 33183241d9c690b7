"""Month by month: what is loaded, what the folder holds beyond that, what is missing and what comes next."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timezone

import pytest

from workflows.runs.status import DomainStatus, Gap, LoadedPart, PartStatus, Place, State, domain_status, due, with_gaps
from workflows.sources.candidates import Candidate
from workflows.warehouse.ledger import in_effect

TODAY = date(2024, 12, 5)
OCTOBER, NOVEMBER, DECEMBER = date(2024, 10, 1), date(2024, 11, 1), date(2024, 12, 1)


def seen(path: str, period: date, version: int = 1, part: str = "") -> Candidate:
    return Candidate(path, 10, 0, period, part, version)


def loaded(
    path: str, period: date, version: int = 1, part: str = "", sha256: str = "aa", rejects: int = 0
) -> LoadedPart:
    at = datetime(2024, 12, 1, tzinfo=timezone.utc)
    return LoadedPart(
        period=period, part="", load_id=f"load of {path}", path=path, sha256=sha256, version=version, records=5,
        rejects=rejects, committed_at=at, by="wang@host",
    )  # fmt: skip


def found(
    there: Sequence[Candidate] = (),
    in_ledger: Sequence[LoadedPart] | None = (),
    digests: dict[str, str] | None = None,
    expected_day: int | None = 10,
    day: date = TODAY,
) -> DomainStatus:
    by_place: dict[Place, list[Candidate]] = {}
    for file in there:
        by_place.setdefault(Place(file.period, file.part), []).append(file)
    return domain_status("d", "t", day, expected_day, by_place, digests or {}, in_ledger)


def states(status: DomainStatus) -> list[tuple[str, str, str]]:
    return [(f"{each.period:%m}", each.part, each.state) for each in status.months]


def only(status: DomainStatus, period: date = NOVEMBER) -> PartStatus:
    (part,) = [each for each in status.months if each.period == period]
    return part


def test_a_workbook_that_is_loaded_as_it_lies_there_needs_nothing() -> None:
    part = only(found([seen("a.xlsx", NOVEMBER)], [loaded("a.xlsx", NOVEMBER)], {"a.xlsx": "aa"}))
    assert (part.state, part.needs_somebody) == ("loaded", False)


def test_rows_that_are_still_rejected_need_somebody() -> None:
    part = only(found([seen("a.xlsx", NOVEMBER)], [loaded("a.xlsx", NOVEMBER, rejects=3)], {"a.xlsx": "aa"}))
    assert (part.state, part.needs_somebody) == ("loaded", True)


@pytest.mark.parametrize(
    ("file", "digest", "state"),
    [
        (seen("a.xlsx", NOVEMBER), "bb", "changed"),
        (seen("a V2.xlsx", NOVEMBER, 2), "bb", "newer"),
        (seen("renamed.xlsx", NOVEMBER), "aa", "loaded"),
    ],
)
def test_other_bytes_than_those_that_were_loaded_are_told(file: Candidate, digest: str, state: str) -> None:
    part = only(found([file], [loaded("a.xlsx", NOVEMBER)], {file.path: digest}))
    assert (part.state, part.there) == (state, (file.path,))


def test_a_lower_version_than_the_loaded_one_is_nothing_new() -> None:
    part = only(found([seen("a.xlsx", NOVEMBER)], [loaded("a V2.xlsx", NOVEMBER, 2, sha256="cc")], {"a.xlsx": "aa"}))
    assert part.state == "loaded"


def test_what_was_loaded_stays_loaded_when_its_workbook_is_gone() -> None:
    assert only(found([], [loaded("a.xlsx", NOVEMBER)])).state == "loaded"


def test_two_workbooks_of_equal_rank_are_no_choice() -> None:
    part = only(found([seen("a.xlsx", NOVEMBER), seen("b.xlsx", NOVEMBER)]))
    assert (part.state, part.there) == ("ambiguous", ("a.xlsx", "b.xlsx"))


def test_a_month_without_a_workbook_is_missing_once_its_day_is_past() -> None:
    status = found([seen("a.xlsx", date(2024, 9, 1))])
    assert states(status) == [
        ("09", "", "to_load"),
        ("10", "", "missing"),
        ("11", "", "expected"),
        ("12", "", "expected"),
    ]
    assert (status.next_period, status.next_due) == (NOVEMBER, date(2024, 12, 10))
    assert only(status, OCTOBER).due == date(2024, 11, 10)


def test_on_its_day_a_workbook_is_not_late_yet() -> None:
    assert only(found([seen("a.xlsx", OCTOBER)], day=date(2024, 12, 10))).state == "expected"
    assert only(found([seen("a.xlsx", OCTOBER)], day=date(2024, 12, 11))).state == "missing"


def test_with_every_month_there_the_next_is_the_following_one() -> None:
    status = found([seen("a.xlsx", NOVEMBER), seen("b.xlsx", DECEMBER)])
    assert (status.next_period, status.next_due) == (date(2025, 1, 1), date(2025, 2, 10))


def test_a_provider_who_reported_last_month_is_missed_in_this_one() -> None:
    there = [
        seen("a.xlsx", OCTOBER, part="甲"),
        seen("b.xlsx", OCTOBER, part="乙"),
        seen("c.xlsx", NOVEMBER, part="甲"),
    ]
    assert states(found(there, day=date(2024, 12, 20)))[:4] == [
        ("10", "乙", "to_load"),
        ("10", "甲", "to_load"),
        ("11", "乙", "missing"),
        ("11", "甲", "to_load"),
    ]


def test_nobody_waits_for_a_supplement_in_the_month_after_one() -> None:
    there = [seen("a.xlsx", OCTOBER), seen("补充.xlsx", OCTOBER, part="supplement"), seen("b.xlsx", NOVEMBER)]
    assert [(month, part) for month, part, _ in states(found(there, day=date(2024, 12, 20)))] == [
        ("10", ""),
        ("10", "supplement"),
        ("11", ""),
        ("12", ""),
    ]


def test_without_a_database_nothing_is_said_to_be_loaded_or_not() -> None:
    status = found([seen("a.xlsx", NOVEMBER)], None)
    assert (status.known, only(status).state) == (False, "unknown")


def test_nothing_seen_and_nothing_loaded_is_no_month() -> None:
    assert found().months == ()


@pytest.mark.parametrize(
    ("period", "expected_day", "day"),
    [
        (NOVEMBER, 10, date(2024, 12, 10)),
        (DECEMBER, 31, date(2025, 1, 31)),
        (date(2025, 1, 1), 31, date(2025, 2, 28)),
        (NOVEMBER, None, DECEMBER),
    ],
)
def test_a_workbook_is_due_in_the_month_after(period: date, expected_day: int | None, day: date) -> None:
    assert due(period, expected_day) == day


def test_what_was_taken_back_does_not_stand_unless_that_was_taken_back_too() -> None:
    assert list(in_effect({"a": None, "b": None, "undo b": "b"})) == ["a", "undo b"]
    assert list(in_effect({"a": None, "undo a": "a", "redo a": "undo a"})) == ["a", "redo a"]


def a_part(period: date, state: State = "missing", part: str = "") -> PartStatus:
    return PartStatus(period=period, part=part, state=state)


def test_months_that_are_missing_in_a_row_are_one_whatever_their_order() -> None:
    months = [
        a_part(OCTOBER, "loaded"),
        a_part(NOVEMBER),
        a_part(DECEMBER),
        a_part(date(2025, 1, 1)),
        a_part(date(2025, 3, 1)),
    ]
    gap = Gap(months[1], months[3], 3)
    assert with_gaps(months) == [months[0], gap, months[4]]
    assert with_gaps(reversed(months)) == [months[4], gap, months[0]]
    other = a_part(DECEMBER, part="乙")
    assert with_gaps([months[1], other]) == [months[1], other]
    assert with_gaps([]) == []
