"""Groups of rows: each comes from one workbook of a run, and rows without a key never collapse."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import chain
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fixtures.plans import plan_file
from workflows.errors import ConflictError
from workflows.records.accounts import GroupRows, Place, SheetColumn
from workflows.records.documents import ProcessedCounts, ProcessedMeta
from workflows.records.merge import merge
from workflows.records.merge_rules import Conflicts, Merged, MergeRules
from workflows.records.merged import kept_chunks
from workflows.sources.filenames import SUPPLEMENT
from workflows.sources.keys import Scope

FIELDS = ("月度", "业务类型", "计划代码", "期末资产规模", "data_source", "source_row", "validation_warnings")
NOVEMBER, DECEMBER = "2024-11-01", "2024-12-01"
CORPORATE, INVESTED = "企年受托", "企年投资"
Row = tuple["str | None", ...]


class Sheet:
    """The records of a sheet in memory: month, kind of business, plan and amount of each."""

    def __init__(
        self, path: str, rows: Sequence[Row], period: str = DECEMBER, part: str = "", version: int = 1, sheet: str = "S"
    ) -> None:
        columns = {"业务类型": SheetColumn(letter="B", header="业务类型")}
        places: dict[str, Any] = {"period": date.fromisoformat(period), "part": part, "version": version}
        file = plan_file(1, path=path, sheet=sheet, columns=columns, records=len(rows), **places)
        self.meta = ProcessedMeta(domain="d", fields=FIELDS, file=file)
        self._lines = [orjson.dumps([*row, path, number, []]) for number, row in enumerate(rows, start=2)]
        self.counts = ProcessedCounts(months=dict(Counter(str(row[0]) for row in rows)), sums={}, unique_key=())

    def chunks(self) -> Iterator[bytes]:
        yield b"".join(line + b",\n" for line in self._lines)

    def lines(self) -> Iterator[bytes]:
        yield from self._lines


def rules(scope: Scope = "groups", conflicts: Conflicts = "latest", primary_key: tuple[str, ...] = ()) -> MergeRules:
    return MergeRules(primary_key, FIELDS[:4], "月度", scope, conflicts, ("月度", "业务类型"))


def row(kind: str | None = CORPORATE, plan: str = "P1", amount: str | None = "1.0000", month: str = DECEMBER) -> Row:
    return month, kind, plan, amount


def kept(sheets: Sequence[Sheet], merged: Merged) -> list[list[Any]]:
    """What goes on of each sheet, in order, without its provenance."""
    return [
        [orjson.loads(line.rstrip(b","))[:4] for line in b"".join(kept_chunks(sheet, outcome)).splitlines()]
        for sheet, outcome in zip(sheets, merged.outcomes, strict=True)
    ]


def test_rows_without_a_key_never_collapse_within_a_workbook_nor_across_several() -> None:
    sheets = [Sheet("a.xlsx", [row()] * 2, part="甲"), Sheet("b.xlsx", [row(), row(plan="P2")], part="乙")]
    merged = merge(sheets, rules("months"))
    assert [len(lines) for lines in kept(sheets, merged)] == [2, 2]
    assert [(each.duplicate_rows, each.collapsed, each.rejects) for each in merged.outcomes] == [(0, 0, [])] * 2


def test_a_supplement_replaces_the_groups_that_it_brings_and_leaves_the_others() -> None:
    main = Sheet("main.xlsx", [row(), row(), row(INVESTED), row(INVESTED, "P2")], version=3)
    more = Sheet("补充.xlsx", [row(INVESTED, "P9")], part=SUPPLEMENT)
    merged = merge([main, more], rules())
    assert kept([main, more], merged) == [[list(row()), list(row())], [list(row(INVESTED, "P9"))]]
    assert merged.groups == [
        GroupRows(key={"月度": DECEMBER, "业务类型": CORPORATE}, rows=2, file="main.xlsx"),
        GroupRows(key={"月度": DECEMBER, "业务类型": INVESTED}, rows=1, file="补充.xlsx"),
    ]
    (override,) = merged.overrides
    assert override.key == {"月度": DECEMBER, "业务类型": INVESTED}
    assert (override.winner, override.winner_rows) == (Place(file="补充.xlsx", sheet="S", row=2), 1)
    assert (override.loser, override.loser_rows) == (Place(file="main.xlsx", sheet="S", row=4), 2)
    assert merged.outcomes[0].overridden == 2


def test_the_later_period_counts_before_a_supplement_and_that_before_a_version() -> None:
    winners = []
    for one, other in (
        (Sheet("later", [row()]), Sheet("supplement", [row()], NOVEMBER, SUPPLEMENT, 9)),
        (Sheet("supplement", [row()], part=SUPPLEMENT), Sheet("version", [row()], version=9)),
        (Sheet("higher", [row()], part="a", version=2), Sheet("lower", [row()], part="b")),
    ):
        for pair in ([one, other], [other, one]):
            winners += [group.file for group in merge(pair, rules()).groups]
    assert winners == ["later"] * 2 + ["supplement"] * 2 + ["higher"] * 2


def test_two_workbooks_of_equal_rank_are_refused_naming_both() -> None:
    sheets = [Sheet("甲.xlsx", [row()], part="甲"), Sheet("乙.xlsx", [row(INVESTED), row(), row()], part="乙")]
    with pytest.raises(ConflictError) as caught:
        merge(sheets, rules())
    assert "1 group(s) come from several workbooks and neither workbook is the later one" in str(caught.value)
    assert "2024-12-01 | 企年受托: 甲.xlsx!S row 2 (1 rows) and 乙.xlsx!S row 3 (2 rows)" in str(caught.value)


def test_where_conflicts_fail_a_group_of_two_workbooks_is_refused_whatever_their_rank() -> None:
    with pytest.raises(ConflictError, match="conflicts: fail is set"):
        merge([Sheet("a", [row()]), Sheet("b", [row()], version=2)], rules(conflicts="fail"))


def test_the_sheets_of_one_workbook_add_up_and_lose_together() -> None:
    first = Sheet("old.xlsx", [row(), row()], NOVEMBER, sheet="受托")
    second = Sheet("old.xlsx", [row(), row(INVESTED)], NOVEMBER, sheet="投资")
    assert [group.rows for group in merge([first, second], rules()).groups] == [3, 1]
    merged = merge([first, second, Sheet("new.xlsx", [row()])], rules())
    assert [(group.rows, group.file) for group in merged.groups] == [(1, "new.xlsx"), (1, "old.xlsx")]
    assert [each.overridden for each in merged.outcomes] == [2, 1, 0]
    assert [override.loser_rows for override in merged.overrides] == [3]


@pytest.mark.parametrize("scope", ["groups", "months"])
def test_a_blank_in_the_merge_key_is_a_missing_value_and_named_with_its_cell(scope: Scope) -> None:
    sheet = Sheet("a.xlsx", [row(), row(None), row()])
    merged = merge([sheet], rules(scope))
    (reject,) = merged.outcomes[0].rejects
    assert (reject.code, reject.row, reject.place, reject.field) == ("missing_value", 3, "B3", "业务类型")
    assert (reject.value, "业务类型 says what a load replaces" in reject.message) == ("", True)
    assert merged.outcomes[0].months_gone == {DECEMBER: 1}
    assert len(kept([sheet], merged)[0]) == 2
    assert [group.rows for group in merged.groups] == ([2] if scope == "groups" else [])


def test_a_row_of_another_month_is_a_reject_only_where_months_are_replaced() -> None:
    sheet = Sheet("a.xlsx", [row(), row(month=NOVEMBER)])
    outcome = merge([sheet], rules("months")).outcomes[0]
    (reject,) = outcome.rejects
    assert (reject.code, reject.row, reject.field) == ("period_mismatch", 3, "月度")
    assert outcome.months_gone == {NOVEMBER: 1}
    merged = merge([sheet], rules())
    assert merged.outcomes[0].rejects == []
    assert [group.key["月度"] for group in merged.groups] == [NOVEMBER, DECEMBER]


def test_rows_with_a_key_keep_their_own_checks_where_groups_are_replaced() -> None:
    sheets = [
        Sheet("a.xlsx", [row(), row(), row(plan="P2"), row(plan="P2", amount="2.0000")], NOVEMBER),
        Sheet("b.xlsx", [row(INVESTED)]),
    ]
    merged = merge(sheets, rules(primary_key=FIELDS[:3]))
    outcome = merged.outcomes[0]
    assert (outcome.duplicate_rows, [reject.code for reject in outcome.rejects]) == (1, ["duplicate_conflict"] * 2)
    assert [(group.rows, group.file) for group in merged.groups] == [(1, "a.xlsx"), (1, "b.xlsx")]


def test_groups_whose_texts_begin_alike_up_to_a_comma_are_others() -> None:
    sheet = Sheet("a.xlsx", [row("甲,一"), row("甲,二"), row("甲"), row("甲,一"), row('甲",二')])
    assert [(group.key["业务类型"], group.rows) for group in merge([sheet], rules()).groups] == [
        ('甲",二', 1),
        ("甲", 1),
        ("甲,一", 2),
        ("甲,二", 1),
    ]


def test_groups_that_lose_at_the_same_row_of_two_sheets_are_both_told_with_their_numbers_of_rows() -> None:
    sheets = [
        Sheet("old.xlsx", [row(), row()], NOVEMBER, sheet="受托"),
        Sheet("old.xlsx", [row(INVESTED)], NOVEMBER, sheet="投资"),
        Sheet("new.xlsx", [row(INVESTED), row(), row(INVESTED)], sheet="一"),
        Sheet("new.xlsx", [row(INVESTED)], sheet="二"),
    ]
    merged = merge(sheets, rules())
    told = [(str(each.loser), each.loser_rows, str(each.winner), each.winner_rows) for each in merged.overrides]
    assert told == [
        ("old.xlsx!受托 row 2", 2, "new.xlsx!一 row 3", 1),
        ("old.xlsx!投资 row 2", 1, "new.xlsx!一 row 2", 3),
    ]
    assert [each.months_gone for each in merged.outcomes] == [{DECEMBER: 2}, {DECEMBER: 1}, {}, {}]


TEXTS = st.one_of(st.text(alphabet='a,"\\[] \n甲', max_size=4), st.sampled_from([CORPORATE, INVESTED]))
ROWS = st.lists(st.tuples(st.sampled_from([NOVEMBER, DECEMBER]), TEXTS, TEXTS, TEXTS), max_size=8)


@given(files=st.lists(ROWS, min_size=1, max_size=3))
def test_groups_are_what_a_plain_dictionary_says_whatever_the_texts_hold(files: list[list[Row]]) -> None:
    sheets = [Sheet(f"{number}.xlsx", rows, version=number) for number, rows in enumerate(files)]
    wanted: dict[tuple[str | None, ...], list[list[str | None]]] = {}
    for rows in files:
        own: dict[tuple[str | None, ...], list[list[str | None]]] = {}
        for found in rows:
            own.setdefault(found[:2], []).append(list(found))
        wanted |= own
    merged = merge(sheets, rules())
    assert {tuple(group.key.values()): group.rows for group in merged.groups} == {
        key: len(rows) for key, rows in wanted.items()
    }
    assert sorted(chain(*kept(sheets, merged))) == sorted(chain(*wanted.values()))
