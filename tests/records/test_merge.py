from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import orjson
import pytest

from tests.fixtures.plans import plan_file
from workflows.errors import ConflictError
from workflows.records.accounts import Override, Place, SheetColumn
from workflows.records.documents import ProcessedCounts, ProcessedMeta
from workflows.records.merge import _sharing_months, merge
from workflows.records.merge_rules import Conflicts, FileOutcome, Merged, MergeRules
from workflows.records.merged import kept_chunks
from workflows.sources.keys import Scope

FIELDS = ("report_date", "plan_code", "amount", "data_source", "source_row", "validation_warnings")
OCTOBER, NOVEMBER = "2024-10-01", "2024-11-01"


class File:
    """Records in memory, as a processed document holds them, in pieces of two lines.

    ``looked_into`` tells whether lines were parsed.
    """

    def __init__(self, name: str, period: str, rows: list[tuple[str, str, str]], version: int = 1) -> None:
        columns = {"plan_code": SheetColumn(letter="C", header="计划代码")}
        month = date.fromisoformat(period)
        file = plan_file(1, path=name, sheet="S", period=month, version=version, columns=columns, records=len(rows))
        self.meta = ProcessedMeta(domain="d", fields=FIELDS, file=file)
        self._lines = [
            orjson.dumps([month, code, amount, name, number, []])
            for number, (month, code, amount) in enumerate(rows, start=2)
        ]
        months = [row[0] for row in rows]
        keys = {row[:2] for row in rows}
        self.counts = ProcessedCounts(
            months={month: months.count(month) for month in sorted(set(months))},
            sums={},
            unique_key=("report_date", "plan_code") if len(keys) == len(rows) else (),
        )
        self.looked_into = False

    def chunks(self) -> Iterator[bytes]:
        for at in range(0, len(self._lines), 2):
            yield b"".join(line + b",\n" for line in self._lines[at : at + 2])

    def lines(self) -> Iterator[bytes]:
        self.looked_into = True
        yield from self._lines


def rules(conflicts: Conflicts = "latest", scope: Scope = "keys") -> MergeRules:
    return MergeRules(
        ("report_date", "plan_code"), ("report_date", "plan_code", "amount"), "report_date", scope, conflicts
    )


def kept(file: File, outcome: FileOutcome) -> list[int]:
    lines = b"".join(kept_chunks(file, outcome)).splitlines()
    return [orjson.loads(line.rstrip(b","))[4] for line in lines]


def merged_rows(files: list[File], merged: Merged) -> list[list[int]]:
    return [kept(file, outcome) for file, outcome in zip(files, merged.outcomes, strict=True)]


def test_files_of_different_months_pass_as_bytes() -> None:
    files = [File("n", NOVEMBER, [(NOVEMBER, "P1", "1")]), File("o", OCTOBER, [(OCTOBER, "P1", "1")])]
    merged = merge(files, rules())
    assert (merged_rows(files, merged), [file.looked_into for file in files]) == ([[2], [2]], [False, False])


def test_files_that_share_months_through_others_are_looked_into_together() -> None:
    months = [(NOVEMBER,), (OCTOBER, "2024-09-01"), (NOVEMBER, OCTOBER), (), ("2024-08-01",)]
    files = [File(str(n), NOVEMBER, [(month, "P1", "1") for month in found]) for n, found in enumerate(months)]
    assert _sharing_months(files) == [[0, 1, 2], [3], [4]]


def test_a_third_file_joins_the_months_of_two_whichever_of_them_comes_first() -> None:
    months = [(OCTOBER,), (NOVEMBER,), (OCTOBER, NOVEMBER)]
    files = [File(str(n), NOVEMBER, [(month, "P1", "1") for month in found]) for n, found in enumerate(months)]
    assert _sharing_months(files) == [[0, 1, 2]]


def test_identical_rows_of_one_file_collapse_onto_the_lowest_row() -> None:
    file = File("n", NOVEMBER, [(NOVEMBER, "P1", "1"), (NOVEMBER, "P2", "1"), (NOVEMBER, "P1", "1")])
    merged = merge([file], rules())
    assert (kept(file, merged.outcomes[0]), merged.outcomes[0].duplicate_rows) == ([2, 3], 1)


def test_differing_rows_of_one_file_are_all_rejects_naming_the_others() -> None:
    file = File("n", NOVEMBER, [(NOVEMBER, "P1", "1"), (NOVEMBER, "P2", "1"), (NOVEMBER, "P1", "2")])
    outcome = merge([file], rules()).outcomes[0]
    assert kept(file, outcome) == [3]
    assert [(r.row, r.code, r.column) for r in outcome.rejects] == [
        (2, "duplicate_conflict", "C"),
        (4, "duplicate_conflict", "C"),
    ]
    assert "row(s) 4" in outcome.rejects[0].message


def test_the_same_key_in_two_files_is_kept_once_with_the_newer_provenance() -> None:
    files = [File("v2", NOVEMBER, [(NOVEMBER, "P1", "1")], 2), File("v1", NOVEMBER, [(NOVEMBER, "P1", "1")], 1)]
    merged = merge(files, rules())
    assert merged_rows(files, merged) == [[2], []]
    assert (merged.outcomes[1].collapsed, list(merged.overrides)) == (1, [])


@pytest.mark.parametrize("newest_first", [True, False])
def test_the_later_version_wins_and_the_override_names_both_places(newest_first: bool) -> None:
    files = [File("v10", NOVEMBER, [(NOVEMBER, "P1", "2")], 10), File("v9", NOVEMBER, [(NOVEMBER, "P1", "1")], 9)]
    merged = merge(files if newest_first else files[::-1], rules())
    assert list(merged.overrides) == [
        Override(
            key={"report_date": NOVEMBER, "plan_code": "P1"},
            winner=Place(file="v10", sheet="S", row=2),
            loser=Place(file="v9", sheet="S", row=2),
        )
    ]
    assert sum(outcome.overridden for outcome in merged.outcomes) == 1


def test_a_later_period_beats_a_higher_version() -> None:
    files = [File("n", NOVEMBER, [(OCTOBER, "P1", "2")], 1), File("o", OCTOBER, [(OCTOBER, "P1", "1")], 7)]
    assert merged_rows(files, merge(files, rules())) == [[2], []]


def test_files_of_equal_rank_that_disagree_fail_naming_both_rows() -> None:
    files = [File("a", NOVEMBER, [(NOVEMBER, "P1", "1")]), File("b", NOVEMBER, [(NOVEMBER, "P1", "2")])]
    with pytest.raises(ConflictError, match=r"P1: a!S row 2 and b!S row 2"):
        merge(files, rules())


def test_conflicts_fail_refuses_what_latest_would_decide() -> None:
    files = [File("v2", NOVEMBER, [(NOVEMBER, "P1", "1")], 2), File("v1", NOVEMBER, [(NOVEMBER, "P1", "2")], 1)]
    with pytest.raises(ConflictError, match="conflicts: fail"):
        merge(files, rules("fail"))


def test_a_row_outside_its_files_period_is_a_reject_where_periods_are_replaced() -> None:
    file = File("n", NOVEMBER, [(NOVEMBER, "P1", "1"), (OCTOBER, "P1", "1")])
    outcome = merge([file], rules(scope="months")).outcomes[0]
    assert (kept(file, outcome), [r.code for r in outcome.rejects]) == ([2], ["period_mismatch"])


def test_a_row_outside_its_files_period_is_loaded_where_keys_are_replaced() -> None:
    file = File("n", NOVEMBER, [(NOVEMBER, "P1", "1"), (OCTOBER, "P1", "1")])
    assert kept(file, merge([file], rules()).outcomes[0]) == [2, 3]


def test_a_stray_row_that_is_rejected_overrides_nothing() -> None:
    files = [File("n", NOVEMBER, [(OCTOBER, "P1", "2")]), File("o", OCTOBER, [(OCTOBER, "P1", "1")])]
    merged = merge(files, rules(scope="months"))
    assert (merged_rows(files, merged), list(merged.overrides)) == ([[], [2]], [])


def test_files_linked_through_a_third_are_looked_into_together() -> None:
    files = [
        File("a", NOVEMBER, [(NOVEMBER, "P1", "1")]),
        File("b", OCTOBER, [(OCTOBER, "P2", "1")]),
        File("c", "2024-12-01", [(NOVEMBER, "P1", "9"), (OCTOBER, "P2", "9")]),
    ]
    assert merged_rows(files, merge(files, rules())) == [[], [], [2, 3]]


def test_no_files_merge_to_nothing() -> None:
    assert merge([], rules()).outcomes == []


def test_a_key_without_the_month_is_merged_across_months() -> None:
    files = [File("n", NOVEMBER, [(NOVEMBER, "P1", "2")]), File("o", OCTOBER, [(OCTOBER, "P1", "1")])]
    by_plan = MergeRules(("plan_code",), ("report_date", "plan_code", "amount"), "report_date", "keys", "latest")
    merged = merge(files, by_plan)
    assert (merged_rows(files, merged), len(merged.overrides)) == ([[2], []], 1)


def test_a_thousand_conflicting_rows_name_only_some_of_the_others() -> None:
    file = File("n", NOVEMBER, [(NOVEMBER, "P1", str(number)) for number in range(1000)])
    outcome = merge([file], rules()).outcomes[0]
    assert len(outcome.rejects) == 1000
    assert outcome.rejects[0].message.endswith("row(s) 3, 4, 5, 6, 7 and 994 more")


def digested(files: list[File], rules: MergeRules) -> int:
    """Of how many lines the merge takes a digest."""
    keys: list[object] = []

    def digest(key: object) -> int:
        keys.append(key)
        return hash(key)

    merge(files, rules, digest)
    return len(keys)


@pytest.mark.parametrize(
    ("month", "unique_key", "scope", "is_looked_into"),
    [
        (NOVEMBER, ("report_date", "plan_code"), "months", False),
        (OCTOBER, ("report_date", "plan_code"), "months", True),
        (OCTOBER, ("report_date", "plan_code"), "keys", False),
        (NOVEMBER, ("plan_code",), "keys", False),
        (NOVEMBER, ("plan_code", "amount"), "keys", True),
        (NOVEMBER, (), "keys", True),
    ],
)
def test_a_file_alone_passes_unseen_only_if_its_keys_differ_and_its_months_are_its_own_where_that_matters(
    month: str, unique_key: tuple[str, ...], scope: Scope, is_looked_into: bool
) -> None:
    file = File("n", NOVEMBER, [(month, "P1", "1")])
    file.counts = file.counts.altered(unique_key=unique_key)
    assert digested([file], rules(scope=scope)) == is_looked_into


def test_files_that_share_no_month_pass_unseen_and_those_whose_keys_have_none_do_not() -> None:
    files = [File("n", NOVEMBER, [(NOVEMBER, "P1", "1")]), File("o", OCTOBER, [(OCTOBER, "P1", "1")])]
    by_plan = MergeRules(("plan_code",), ("report_date", "plan_code", "amount"), "report_date", "keys", "latest")
    assert (digested(files, rules()), digested(files, by_plan), digested(files[:1], by_plan)) == (0, 2, 1)
    files[0].counts = files[0].counts.altered(unique_key=("plan_code",))
    assert digested(files[:1], by_plan) == 0


def test_a_row_outside_its_files_period_is_named_with_its_cell_and_both_months() -> None:
    file = File("n", NOVEMBER, [(NOVEMBER, f"P{number}", "1") for number in range(3)] + [(OCTOBER, "P1", "1")])
    outcome = merge([file], rules(scope="months")).outcomes[0]
    (reject,) = outcome.rejects
    assert (kept(file, outcome), reject.row, reject.field, reject.value) == ([2, 3, 4], 5, "report_date", OCTOBER)
    assert reject.message.endswith("2024-10 in 2024-11")


def test_a_stray_row_takes_no_part_in_what_its_key_comes_to_and_hides_no_row_after_it() -> None:
    rows = [(OCTOBER, "P1", "1"), (OCTOBER, "P1", "2"), (NOVEMBER, "P1", "1"), (NOVEMBER, "P1", "2")]
    file = File("n", NOVEMBER, rows)
    outcome = merge([file], rules(scope="months"), lambda key: 1).outcomes[0]
    assert [(reject.row, reject.code) for reject in outcome.rejects] == [
        (2, "period_mismatch"),
        (3, "period_mismatch"),
        (4, "duplicate_conflict"),
        (5, "duplicate_conflict"),
    ]


def test_what_goes_is_counted_by_its_month_whatever_the_reason() -> None:
    """A plan's months and sums are those of the rows that stay."""
    old = [(OCTOBER, "P1", "1"), (OCTOBER, "P1", "1"), (NOVEMBER, "P2", "1"), (NOVEMBER, "P3", "1")]
    files = [
        File(
            "n", NOVEMBER, [(NOVEMBER, "P2", "1"), (NOVEMBER, "P3", "2"), (NOVEMBER, "P4", "1"), (NOVEMBER, "P4", "2")]
        ),
        File("o", OCTOBER, old),
    ]
    merged = merge(files, rules())
    assert [each.months_gone for each in merged.outcomes] == [{NOVEMBER: 2}, {OCTOBER: 1, NOVEMBER: 2}]
    for file, outcome in zip(files, merged.outcomes, strict=True):
        gone = [orjson.loads(line)[4] for line in outcome.dropped(file.lines())]
        assert sorted(gone + kept(file, outcome)) == [2, 3, 4, 5]
    strays = merge([File("n", NOVEMBER, [(OCTOBER, "P1", "1")])], rules(scope="months"))
    assert strays.outcomes[0].months_gone == {OCTOBER: 1}


def test_rows_that_lost_are_told_by_file_and_row_though_the_sheets_of_a_workbook_take_turns() -> None:
    codes = ("P1", "P2", "P3", "P4", "P5")
    new = File("a", "2024-12-01", [(NOVEMBER, code, "9") for code in codes])
    first = File("z", NOVEMBER, [(NOVEMBER, "P1", "1"), (NOVEMBER, "Q1", "1"), (NOVEMBER, "P3", "1")])
    second = File(
        "z",
        NOVEMBER,
        [
            (NOVEMBER, "Q2", "1"),
            (NOVEMBER, "P2", "1"),
            (NOVEMBER, "Q3", "1"),
            (NOVEMBER, "P4", "1"),
            (NOVEMBER, "Q4", "1"),
        ],
    )
    second.meta = second.meta.altered(file=second.meta.file.altered(sheet="T"))
    before = File("b", OCTOBER, [(NOVEMBER, "P5", "1")])
    merged = merge([new, first, second, before], rules())
    assert [(str(each.loser), str(each.winner)) for each in merged.overrides] == [
        ("b!S row 2", "a!S row 6"),
        ("z!S row 2", "a!S row 2"),
        ("z!T row 3", "a!S row 3"),
        ("z!S row 4", "a!S row 4"),
        ("z!T row 5", "a!S row 5"),
    ]
    assert [each.overridden for each in merged.outcomes] == [0, 2, 2, 1]


def test_keys_that_nothing_decides_are_named_in_the_order_of_the_first_file() -> None:
    codes = [f"P{number}" for number in range(7)]
    files = [
        File("a", NOVEMBER, [(NOVEMBER, code, "1") for code in codes]),
        File("b", NOVEMBER, [(NOVEMBER, code, "2") for code in reversed(codes)]),
    ]
    with pytest.raises(ConflictError) as caught:
        merge(files, rules())
    first, *named = str(caught.value).split("\n  ")
    assert first.startswith("7 个键") and "7 key(s)" in first
    assert [line.partition(":")[0] for line in named[:-1]] == [f"{NOVEMBER} | P{number}" for number in range(5)]
    assert named[-1] == "… 另有 2 / and 2 more"
    files = [File(name, NOVEMBER, [(NOVEMBER, f"P{n}", name) for n in range(5)]) for name in ("a", "b")]
    with pytest.raises(ConflictError, match=r"b!S row 6$"):
        merge(files, rules())
