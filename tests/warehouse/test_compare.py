"""What a comparison says, and that it leaves nothing behind."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from typing import Any

import psycopg2
import pytest
from psycopg2.extensions import connection as Connection  # noqa: N812

from tests.fixtures.loads import (
    COLUMNS,
    FEBRUARY,
    JANUARY,
    JANUARY_FILE,
    Lines,
    content,
    counts,
    entry,
    look,
    month_spec,
    performance_spec,
    row,
    run,
    workbook,
)
from workflows.errors import AlreadyLoadedError, TableMismatchError, TableNotFoundError
from workflows.plan import comparison
from workflows.plan.changes import Comparison
from workflows.plan.comparison import BatchShape
from workflows.plan.load_spec import LoadSpec
from workflows.plan.sql import load_statements
from workflows.records.accounts import SheetColumn
from workflows.warehouse.compare import compare
from workflows.warehouse.loader import load

SHAPE = BatchShape(
    {"2024-01": 3}, {(JANUARY_FILE, ""): workbook(columns={"return_rate": SheetColumn(letter="E", header="收益率")})}
)
BEFORE = (row(JANUARY, "P1", "0.01"), row(JANUARY, "P2"), row(JANUARY, "P3"), row(FEBRUARY, "P1"))
AFTER = (row(JANUARY, "P1", "0.02"), row(JANUARY, "P2", source="other.xlsx"), row(JANUARY, "P4\"',\\%s", "null"))


def effect(found: Comparison) -> tuple[int | None, ...]:
    return found.effect.added, found.effect.changed, found.effect.removed, found.effect.unchanged


def test_a_restated_month_adds_changes_removes_and_leaves_alone(connection: Connection) -> None:
    run(connection, performance_spec(), *BEFORE)
    assert effect(look(connection, month_spec(JANUARY), *AFTER)) == (1, 1, 1, 1)


def test_by_the_whole_key_nothing_is_removed(connection: Connection) -> None:
    run(connection, performance_spec(), *BEFORE)
    assert effect(look(connection, performance_spec(), *AFTER)) == (1, 1, 0, 1)


def test_a_change_names_its_cell_and_both_values(connection: Connection) -> None:
    run(connection, performance_spec(), *BEFORE)
    (change,) = [
        found for found in look(connection, month_spec(JANUARY), *AFTER, shape=SHAPE).changes if found.kind == "changed"
    ]
    assert change.key == {"report_date": "2024-01-01", "plan_code": "P1"}
    (cell,) = change.cells
    assert (cell.header, cell.field, cell.old, cell.new) == ("收益率", "return_rate", "0.010000", "0.020000")


def test_effects_are_told_by_month(connection: Connection) -> None:
    run(connection, performance_spec(), *BEFORE)
    months = look(connection, month_spec(JANUARY), *AFTER, shape=SHAPE).months
    assert {month: found.model_dump() for month, found in months.items()} == {
        "2024-01": {"added": 1, "changed": 1, "removed": 1, "unchanged": 1, "growth": {}}
    }


def test_a_row_that_differs_only_in_provenance_is_unchanged(connection: Connection) -> None:
    run(connection, performance_spec(), row(JANUARY, "P1", source="old.xlsx"))
    assert effect(look(connection, performance_spec(), row(JANUARY, "P1", source="new.xlsx"))) == (0, 0, 0, 1)


def test_an_empty_value_and_zero_differ(connection: Connection) -> None:
    run(connection, performance_spec(), row(JANUARY, "P1", "null"))
    assert effect(look(connection, performance_spec(), row(JANUARY, "P1", "0"))) == (0, 1, 0, 0)


@pytest.mark.parametrize("spec", [month_spec(JANUARY), performance_spec()])
def test_the_comparison_is_what_the_load_then_does(connection: Connection, spec: LoadSpec) -> None:
    run(connection, performance_spec(), *BEFORE)
    found = look(connection, spec, *AFTER).effect
    assert None not in (found.added, found.changed, found.removed)
    done = run(connection, spec, *AFTER)
    assert counts(done) == (
        (found.changed or 0) + (found.removed or 0),
        (found.changed or 0) + (found.added or 0),
        found.unchanged,
    )


@pytest.mark.parametrize(
    "spec",
    [month_spec(JANUARY), performance_spec(), performance_spec(merge_key=("plan_code",), periods=(JANUARY, FEBRUARY))],
)
def test_a_role_without_temporary_tables_is_told_the_same(
    connection: Connection, without_temporary_tables: Connection, spec: LoadSpec
) -> None:
    run(connection, performance_spec(), *BEFORE)
    found = look(without_temporary_tables, spec, *AFTER, shape=SHAPE)
    *notes, last = found.notes
    assert "the server's log holds it" in last
    assert found.altered(notes=notes) == look(connection, spec, *AFTER, shape=SHAPE)


def test_nothing_is_left_in_the_database(connection: Connection, database: str) -> None:
    catalogue = "SELECT oid, relname FROM pg_class UNION ALL SELECT oid, nspname FROM pg_namespace"
    run(connection, performance_spec(), *BEFORE)
    with closing(psycopg2.connect(database)) as other:
        before = content(other, catalogue)
        other.rollback()
        look(connection, month_spec(JANUARY, files=(workbook(),)), *AFTER)
        assert content(other, catalogue) == before


def test_writers_and_readers_are_never_kept_waiting(
    connection: Connection, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(connection, performance_spec(), *BEFORE)
    written: list[Any] = []

    def lines(*_: Any) -> Any:
        """A foreign writer at the moment in which the rows are compared."""
        with closing(psycopg2.connect(database, options="-c lock_timeout=200")) as writer, writer.cursor() as cursor:
            cursor.execute("UPDATE performance SET data_source = 'elsewhere'")
            written.append(cursor.rowcount)
            writer.commit()
        return original(*_)

    original = comparison.row_change
    monkeypatch.setattr(comparison, "row_change", lines)
    look(connection, month_spec(JANUARY), *AFTER)
    assert set(written) == {4}


def test_a_writer_who_holds_the_table_does_not_stop_a_comparison(connection: Connection, database: str) -> None:
    run(connection, performance_spec(), *BEFORE)
    with closing(psycopg2.connect(database)) as writer, writer.cursor() as cursor:
        cursor.execute("LOCK TABLE performance IN EXCLUSIVE MODE")
        assert effect(look(connection, month_spec(JANUARY), *AFTER)) == (1, 1, 1, 1)


def test_an_append_adds_what_was_not_appended_before(connection: Connection) -> None:
    spec = performance_spec(mode="append", files=(workbook(),))
    assert effect(look(connection, spec, *AFTER)) == (3, 0, 0, 0)
    run(connection, spec, *(line.replace("other.xlsx", JANUARY_FILE) for line in AFTER))
    found = look(connection, spec, *(line.replace("other.xlsx", JANUARY_FILE) for line in AFTER))
    assert effect(found) == (0, 0, 0, 0)


def test_an_append_that_would_meet_its_own_keys_says_so(connection: Connection) -> None:
    run(connection, performance_spec(), *BEFORE)
    (note,) = look(connection, performance_spec(mode="append"), *AFTER).notes
    assert "待追加的行中有 2 行" in note and "2 of the rows to append" in note


def test_an_append_that_the_ledger_refuses_is_refused(connection: Connection) -> None:
    run(connection, performance_spec(mode="append", files=(workbook(),)), row(JANUARY, "P1"))
    with pytest.raises(AlreadyLoadedError):
        look(connection, performance_spec(mode="append", files=(workbook(rules="new"),)), row(JANUARY, "P1"))


def test_a_plan_that_was_applied_can_still_be_compared(connection: Connection) -> None:
    run(connection, performance_spec(), *BEFORE)
    statements = load_statements(performance_spec(), replace(entry(4), once=True))
    assert content(connection, "SELECT plan_id FROM wdh_load") == [(statements.recorded.plan_id,)]
    assert effect(compare(connection, statements, Lines(BEFORE), BatchShape())) == (0, 0, 0, 4)


def test_the_ledgers_last_entry_is_part_of_it(connection: Connection) -> None:
    assert look(connection, month_spec(JANUARY), *AFTER).last_sequence == 0
    run(connection, performance_spec(), *BEFORE)
    assert look(connection, month_spec(JANUARY), *AFTER).last_sequence > 0


def test_keys_that_stand_twice_in_the_table_make_the_effect_unknown(connection: Connection) -> None:
    run(connection, performance_spec(), *BEFORE)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE performance DROP CONSTRAINT performance_pkey")
        cursor.execute("INSERT INTO performance SELECT * FROM performance")
    connection.commit()
    found = look(connection, month_spec(JANUARY), *AFTER)
    assert effect(found) == (None, None, None, None)
    assert "3 key(s) stand in the table more than once" in found.notes[0]


def test_a_missing_unique_key_is_named_with_its_ddl(connection: Connection) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE performance DROP CONSTRAINT performance_pkey")
    connection.commit()
    (note,) = look(connection, month_spec(JANUARY), *AFTER).notes
    assert note.endswith('ALTER TABLE "performance" ADD UNIQUE ("report_date", "plan_code");')


def test_a_missing_table_is_named_with_its_ddl(connection: Connection) -> None:
    with pytest.raises(TableNotFoundError, match='CREATE TABLE IF NOT EXISTS "nowhere"'):
        look(connection, month_spec(JANUARY, table="nowhere"), *AFTER)


@pytest.mark.parametrize(
    ("change", "ddl"),
    [
        ("DROP return_rate", 'ADD COLUMN "return_rate" numeric(8,6);'),
        ("ADD 备注 text", 'DROP COLUMN "备注";'),
        ("ALTER plan_code TYPE text", 'ALTER COLUMN "plan_code" TYPE varchar(50) USING "plan_code"::varchar(50);'),
    ],
)
def test_columns_that_do_not_fit_are_named_with_the_ddl(connection: Connection, change: str, ddl: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE performance {change}")
    connection.commit()
    with pytest.raises(TableMismatchError) as caught:
        look(connection, month_spec(JANUARY), *AFTER)
    assert f'ALTER TABLE "performance" {ddl}' in str(caught.value)


def test_the_comparison_of_plain_mappings_needs_no_provenance(connection: Connection) -> None:
    load("performance", [dict(zip(COLUMNS, (JANUARY, "P1", None, "x"), strict=True))], pk=COLUMNS[:2], conn=connection)
    connection.commit()
    assert effect(look(connection, performance_spec(), row(JANUARY, "P1", "null"))) == (0, 0, 0, 1)
