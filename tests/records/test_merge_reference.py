"""Whatever meets, and however often digests of other keys do: the merge comes to what the slow, obvious way says."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fixtures.plans import plan_file
from tests.reference.merge_reference import FIELDS, Records, Reference, Wanted
from workflows.errors import ConflictError
from workflows.records.merge import merge
from workflows.records.merge_rules import Conflicts, Merged, MergeRules
from workflows.sources.filenames import SUPPLEMENT
from workflows.sources.keys import Scope

MONTHS = ("2024-10-01", "2024-11-01")
KEYS: tuple[tuple[str, ...], ...] = (
    ("month", "plan"),
    ("plan",),
    ("month", "plan", "company"),
    ("company", "note"),
    (),
)
# What is nearly the same: texts with what separates values, blanks, and the words of JSON.
TEXTS = st.sampled_from(["1", "1.0", "a,b", '"],["', "null", "年"])
ROWS = st.lists(
    st.tuples(st.sampled_from(MONTHS), TEXTS, st.none() | TEXTS, st.sampled_from("12"), st.none() | TEXTS), max_size=9
)
PLACES = st.tuples(
    st.sampled_from(MONTHS), st.sampled_from(["", "甲", SUPPLEMENT]), st.integers(1, 2), st.booleans(), st.booleans()
)


def files_of(found: list[tuple[Any, Any]], key: tuple[str, ...]) -> list[Records]:
    """The documents; some are a second sheet of the one before."""
    files: list[Records] = []
    for number, ((period, part, version, is_sheet, knows_key), rows) in enumerate(found):
        file = plan_file(1, path=f"{number}.xlsx", period=date.fromisoformat(period), part=part, version=version)
        if is_sheet and files:
            file = files[-1].meta.file.altered(sheet=f"第{number}页")
        files.append(Records(file, rows, key if knows_key else ()))
    return files


def what_came(files: list[Records], merged: Merged) -> Wanted:
    kept = [
        [int(line.rsplit(b",", 1)[1][:-1]) for line in outcome.kept(file.lines())]
        for file, outcome in zip(files, merged.outcomes, strict=True)
    ]
    at_of = {(file.meta.file.path, file.meta.file.sheet): at for at, file in enumerate(files)}
    return Wanted(
        kept,
        [each.rejects for each in merged.outcomes],
        [[key for _, key in sorted(each.rejected_keys.items())] for each in merged.outcomes],
        [each.duplicate_rows for each in merged.outcomes],
        [each.collapsed for each in merged.outcomes],
        [each.overridden for each in merged.outcomes],
        [
            (
                *(each.loser.file, each.loser.row, at_of[each.loser.file, each.loser.sheet]),
                *(tuple(each.key.values()), str(each.winner), str(each.loser), each.winner_rows, each.loser_rows),
            )
            for each in merged.overrides
        ],
        [(tuple(group.key.values()), group.rows, group.file) for group in merged.groups],
    )


CASES = {
    "found": st.lists(st.tuples(PLACES, ROWS), max_size=5),
    "key": st.sampled_from(KEYS),
    "scope": st.sampled_from(["keys", "months", "groups"]),
    "conflicts": st.sampled_from(["latest", "fail"]),
    "lines_at_once": st.sampled_from([1, 3, 1000]),
}


def check(
    found: list[tuple[Any, Any]], key: tuple[str, ...], scope: Scope, conflicts: Conflicts, lines_at_once: int
) -> None:
    files = files_of(found, key)
    merge_key = key if scope == "keys" and key else ("month", "company") if scope == "groups" else ("month",)
    rules = MergeRules(key, FIELDS[:5], "month", scope, conflicts, merge_key)
    wanted = Reference(files, rules).wanted
    try:
        # Two bits: most lines share their digest with another key's.
        merged = merge(files, rules, lambda values: hash(values) & 3, lines_at_once)
    except ConflictError as error:
        first, *named = str(error).split("\n  ")
        shown = [line for line in named if not line.startswith("…")]
        assert first.startswith(f"{len(wanted.undecided)} ")
        assert len(shown) == min(5, len(wanted.undecided))
        assert set(shown) <= set(wanted.undecided)
    else:
        assert not wanted.undecided
        assert what_came(files, merged) == wanted
        assert len(merged.overrides) == len(wanted.overrides)


@settings(max_examples=40, deadline=None)
@given(**CASES)
def test_files_come_to_what_the_slow_way_says(**case: Any) -> None:
    check(**case)


@pytest.mark.long
@settings(max_examples=3_000, deadline=None)
@given(**CASES)
def test_thousands_of_cases_come_to_what_the_slow_way_says(**case: Any) -> None:
    check(**case)


def test_the_first_keys_that_nothing_decides_are_named_however_few_lines_are_looked_at_together() -> None:
    files = [
        Records(plan_file(1, path=name), [("2024-10-01", f"P{number}", None, name, None) for number in range(30)], ())
        for name in ("a", "b")
    ]
    rules = MergeRules(("plan",), FIELDS[:5], "month", "keys", "latest")
    with pytest.raises(ConflictError) as caught:
        merge(files, rules, lines_at_once=1)
    lines = str(caught.value).split("\n  ")
    assert lines[0].startswith("30 ")
    assert [line.partition(":")[0] for line in lines[1:]] == [
        *(f"P{number}" for number in range(5)),
        "… 另有 25 / and 25 more",
    ]
