"""Rows that an earlier load of the same month and part wrote, and that a load by keys would leave in the table."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from psycopg2.extensions import connection as Connection  # noqa: N812

from tests.fixtures.both_ways import Attempt
from tests.fixtures.loads import FEBRUARY, FEBRUARY_FILE, JANUARY, content, look, performance_spec, row, run, workbook
from tests.fixtures.plans import a_plan
from workflows.errors import GuardTrippedError
from workflows.plan.comparison import moved_since
from workflows.plan.left_rows import LeftRows
from workflows.plan.left_sql import refuse_left_behind
from workflows.plan.load_spec import LoadSpec
from workflows.records.accounts import FileAccount
from workflows.sources.gate_rules import GateSource

V1, V2 = "V1/2024-01.xlsx", "V2/2024-01.xlsx"
WARN = GateSource(left_behind="warn")


def keys_of(*files: FileAccount, **changes: Any) -> LoadSpec:
    """A load of these workbooks that replaces its own keys."""
    return performance_spec(files=files, **changes)


def of(path: str, month: date = JANUARY, **changes: Any) -> FileAccount:
    return workbook(path, month, sha256=f"sha of {path}", **changes)


def rows(source: str, *codes: str, month: date = JANUARY) -> list[str]:
    return [row(month, code, source=source) for code in codes]


def found(left: list[LeftRows] | None) -> list[tuple[str, str, str, str, int, list[str]]]:
    return [(each.kind, each.month, each.path, each.batch, each.rows, each.keys) for each in left or []]


@pytest.fixture
def january(connection: Connection) -> Connection:
    """P1 to P3 were loaded from V1."""
    run(connection, keys_of(of(V1)), *rows(V1, "P1", "P2", "P3"))
    return connection


def test_rows_of_an_earlier_version_that_the_batch_does_not_hold_are_told_by_workbook(january: Connection) -> None:
    left = look(january, keys_of(of(V2)), *rows(V2, "P1")).left
    assert found(left) == [("left_behind", "2024-01", V1, V2, 2, ["2024-01-01 | P2", "2024-01-01 | P3"])]


def test_a_load_that_would_leave_rows_behind_is_refused_and_offers_both_ways(
    attempt: Attempt, january: Connection
) -> None:
    before = content(january)
    january.commit()
    refused = attempt(keys_of(of(V2)), *rows(V2, "P1"))
    assert f"2 row(s) of 2024-01 came from {V1} and are not in {V2}" in refused
    assert f"2024-01 有 2 行来自 {V1}，{V2} 中没有" in refused
    assert "--merge-key report_date" in refused
    assert "--accept left_behind=2" in refused
    assert content(january) == before


@pytest.mark.parametrize(("accepted", "loads"), [(2, True), (1, False), (3, False), (0, False)])
def test_exactly_what_was_accepted_is_left(attempt: Attempt, january: Connection, accepted: int, loads: bool) -> None:
    january.commit()
    refused = attempt(keys_of(of(V2), accepted={"left_behind": accepted}), *rows(V2, "P1"))
    assert bool(refused) is not loads
    assert f"--accept left_behind={accepted} was given, but 2 row(s)" in refused or loads


def test_an_accepted_number_is_refused_where_nothing_is_left(attempt: Attempt, january: Connection) -> None:
    january.commit()
    refused = attempt(keys_of(of(V2), accepted={"left_behind": 2}), *rows(V2, "P1", "P2", "P3"))
    assert "--accept left_behind=2 was given, but 0 row(s)" in refused


def test_a_catalogue_that_only_warns_loads_and_the_receipt_tells_what_is_left(january: Connection) -> None:
    done = run(january, keys_of(of(V2), gates=WARN), *rows(V2, "P1"))
    assert [(each.kind, each.rows) for each in done.left or []] == [("left_behind", 2)]
    assert len(content(january)) == 3


def test_the_same_path_with_fewer_rows_leaves_rows_behind_too(attempt: Attempt, january: Connection) -> None:
    january.commit()
    refused = attempt(keys_of(of(V1)), *rows(V1, "P1"))
    assert f"2 row(s) of 2024-01 came from an earlier load of {V1} and are no longer in it" in refused


def test_a_row_of_another_month_counts_if_the_same_months_workbook_wrote_it(january: Connection) -> None:
    run(january, keys_of(of(V1)), *rows(V1, "P1", "P2", "P3"), *rows(V1, "P9", month=date(2023, 8, 1)))
    left = look(january, keys_of(of(V2)), *rows(V2, "P1", "P2", "P3")).left
    assert found(left) == [("left_behind", "2023-08", V1, V2, 1, ["2023-08-01 | P9"])]


def test_rows_of_another_part_or_month_are_nobodys_business(january: Connection) -> None:
    run(january, keys_of(of("B.xlsx", part="B")), *rows("B.xlsx", "P8"))
    run(january, keys_of(of(FEBRUARY_FILE, FEBRUARY)), *rows(FEBRUARY_FILE, "P1", month=FEBRUARY))
    assert look(january, keys_of(of(V2)), *rows(V2, "P1", "P2", "P3")).left == []
    left = look(january, keys_of(of("B2.xlsx", part="B")), *rows("B2.xlsx", "P7")).left
    assert found(left) == [("left_behind", "2024-01", "B.xlsx", "B2.xlsx", 1, ["2024-01-01 | P8"])]


def test_months_and_parts_of_one_batch_are_told_apart(january: Connection) -> None:
    run(january, keys_of(of(FEBRUARY_FILE, FEBRUARY)), *rows(FEBRUARY_FILE, "P1", "P2", month=FEBRUARY))
    again = of("V2/2024-02.xlsx", FEBRUARY)
    batch = [*rows(V2, "P1", "P2"), *rows(again.path, "P1", month=FEBRUARY)]
    left = look(january, keys_of(again, of(V2)), *batch).left
    assert found(left) == [
        ("left_behind", "2024-01", V1, V2, 1, ["2024-01-01 | P3"]),
        ("left_behind", "2024-02", FEBRUARY_FILE, again.path, 1, ["2024-02-01 | P2"]),
    ]


def test_a_key_that_the_batch_rejects_is_kept_and_does_not_block(attempt: Attempt, january: Connection) -> None:
    spec = keys_of(of(V2), rejected_keys=(("2024-01-01", "P2"), ("2024-01-01", "P3"), ("2024-01-01", "P4")))
    left = look(january, spec, *rows(V2, "P1")).left
    assert found(left) == [("kept_rejected", "2024-01", V1, V2, 2, ["2024-01-01 | P2", "2024-01-01 | P3"])]
    january.commit()
    assert attempt(spec, *rows(V2, "P1")) == ""
    assert len(content(january)) == 3


def test_rows_whose_source_no_load_knows_are_told_and_do_not_block(attempt: Attempt, january: Connection) -> None:
    with january.cursor() as cursor:
        cursor.execute(
            "INSERT INTO performance VALUES ('2024-01-01', 'P5', 1, 'by hand'), ('2024-02-01', 'P5', 1, 'by hand')"
        )
        january.commit()
    spec = keys_of(of(V2))
    left = look(january, spec, *rows(V2, "P1", "P2", "P3")).left
    assert found(left) == [("unknown_source", "2024-01", "by hand", "", 1, ["2024-01-01 | P5"])]
    january.commit()
    assert attempt(spec, *rows(V2, "P1", "P2", "P3")) == ""


def test_rows_of_a_load_that_was_undone_have_no_known_source(january: Connection) -> None:
    with january.cursor() as cursor:
        cursor.execute(
            "INSERT INTO wdh_load (load_id, sequence, plan_id, domain, table_name, mode, primary_key, merge_key,"
            " snapshot, outcome, via, records, deleted, inserted, unchanged, undoes)"
            " SELECT 'undo', 1000, 'undo', domain, table_name,"
            " mode, primary_key, merge_key, '', 'loaded', 'undo', 0, 0, 0, 0, load_id FROM wdh_load"
        )
        january.commit()
    left = look(january, keys_of(of(V2)), *rows(V2, "P1")).left
    assert [(each.kind, each.rows) for each in left or []] == [("unknown_source", 2)]


@pytest.mark.parametrize(
    "changes",
    [
        {"merge_key": ("report_date",), "periods": (JANUARY,)},
        {"mode": "append"},
        {"files": ()},
    ],
    ids=["months are replaced", "append", "no workbooks"],
)
def test_nothing_is_left_behind_where_keys_are_not_what_is_replaced(
    connection: Connection, changes: dict[str, Any]
) -> None:
    run(connection, keys_of(of(V1)), *rows(V1, "P1", "P2", "P3"))
    spec = replace(keys_of(of(V2)), **changes)
    assert look(connection, spec, *rows(V2, "P4")).left == []
    assert run(connection, spec, *rows(V2, "P4")).left == []


def test_a_plan_holds_for_the_very_rows_that_it_said_would_stay(january: Connection) -> None:
    spec = keys_of(of(V2))
    planned = look(january, spec, *rows(V2, "P1"))
    saved = a_plan().compared(planned)
    assert moved_since(saved, look(january, spec, *rows(V2, "P1"))) == []
    with january.cursor() as cursor:
        cursor.execute("UPDATE performance SET plan_code = 'P4' WHERE plan_code = 'P3'")
        january.commit()
    moved = "\n".join(moved_since(saved, look(january, spec, *rows(V2, "P1"))))
    assert "计划时 planned 2 行 / 2 row(s) (2024-01-01 | P2, 2024-01-01 | P3)" in moved
    assert "现为 now 2 行 / 2 row(s) (2024-01-01 | P2, 2024-01-01 | P4)" in moved


def test_a_plan_holds_for_the_rows_beyond_those_that_it_names_too(connection: Connection) -> None:
    codes = [f"P{number}" for number in range(1, 9)]
    run(connection, keys_of(of(V1)), *rows(V1, *codes))
    spec = keys_of(of(V2))
    saved = a_plan().compared(look(connection, spec, *rows(V2, "P1")))
    with connection.cursor() as cursor:
        cursor.execute("UPDATE performance SET plan_code = 'P9' WHERE plan_code = 'P8'")
        connection.commit()
    assert "7 row(s)" in "\n".join(moved_since(saved, look(connection, spec, *rows(V2, "P1"))))


def test_a_month_column_with_a_percent_sign_is_named_as_it_is() -> None:
    named = {"columns": ("月%s", "plan_code", "data_source"), "business_columns": ("月%s", "plan_code")}
    spec = keys_of(
        of(V2), **named, primary_key=("月%s", "plan_code"), merge_key=("月%s", "plan_code"), period_column="月%s"
    )
    assert "--merge-key 月%%s" in refuse_left_behind(spec)


def test_what_a_load_finds_under_its_lock_counts(meanwhile: Any, connection: Connection) -> None:
    run(connection, keys_of(of(V1)), *rows(V1, "P1"))
    late = f"INSERT INTO performance VALUES ('2024-01-01', 'P7', 1, '{V1}')"
    loading = meanwhile(late, keys_of(of(V2)), *rows(V2, "P1"))
    assert f"1 row(s) of 2024-01 came from {V1}" in loading.result()


def test_without_temporary_tables_the_same_rows_are_found(
    january: Connection, without_temporary_tables: Connection
) -> None:
    spec = keys_of(of(V2), rejected_keys=(("2024-01-01", "P2"),))
    staged = look(january, spec, *rows(V2, "P1")).left
    assert len(staged or []) == 2
    assert look(without_temporary_tables, spec, *rows(V2, "P1")).left == staged


@pytest.mark.parametrize("blocks", [True, False])
def test_a_name_with_percent_signs_and_quotes_is_said_as_it_is(connection: Connection, blocks: bool) -> None:
    odd = "100% '收益' {x} %1$s.xlsx"
    run(connection, keys_of(of(odd)), *rows(odd, "P1", "P2"))
    spec = keys_of(of(V2), gates=GateSource() if blocks else WARN)
    with pytest.raises(GuardTrippedError) if blocks else nullcontext() as raised:
        run(connection, spec, *rows(V2, "P1"))
    assert raised is None or f"1 row(s) of 2024-01 came from {odd} and are not in {V2}" in str(raised.value)
    connection.rollback()
