"""A load taken back: what it wrote goes, what it deleted comes back bit for bit, or it is refused naming what stands
in the way."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from psycopg2.extensions import connection as Connection  # noqa: N812

from tests.fixtures.both_ways import Psql
from tests.fixtures.loads import COLUMNS, FEBRUARY, JANUARY, Lines, content, entry, month_spec, row, run, workbook
from tests.fixtures.tables import PERFORMANCE
from workflows.errors import UndoRefusedError, WorkflowError
from workflows.plan.comparison import BatchShape
from workflows.plan.load_spec import LoadSpec
from workflows.plan.render.script import ScriptedLoad, write_script
from workflows.plan.sql import load_statements
from workflows.settings import DatabaseSettings
from workflows.warehouse.altering import missing_columns
from workflows.warehouse.compare import compare
from workflows.warehouse.execution import LoadOrder, execute
from workflows.warehouse.history import history_lines
from workflows.warehouse.ledger import last_loads
from workflows.warehouse.undo import images_kept, loads_to_take_back, prune_images, standing_load, undo_spec

EVERYTHING = "SELECT * FROM performance"
SPEC = month_spec(JANUARY, files=(workbook(),))
GROUPS = replace(SPEC, primary_key=(), merge_key=("report_date",), periods=(), replaces="groups_of_rows")

Undo = Callable[..., str]


def last(connection: Connection) -> str:
    (newest,) = content(connection, "SELECT load_id FROM wdh_load ORDER BY sequence DESC LIMIT 1")[0]
    return str(newest)


def prepared(connection: Connection, load_id: str, lines: Sequence[str] | None, spec: LoadSpec = SPEC) -> LoadSpec:
    try:
        load = standing_load(connection, load_id)
        return undo_spec(connection, spec, load, () if lines is None else COLUMNS)
    finally:
        connection.rollback()


@pytest.fixture(params=["loader", "plan.sql"])
def undo(
    request: pytest.FixtureRequest, connection: Connection, database_settings: DatabaseSettings, psql: Psql
) -> Undo:
    """``undo(load_id, lines)``: the message of an undo that was refused, empty if it was done; ``lines`` are the
    load's own records, None where they cannot be had."""

    def attempt(load_id: str, lines: Sequence[str] | None = None) -> str:
        try:
            spec = prepared(connection, load_id, lines)
        except UndoRefusedError as error:
            return str(error)
        statements = load_statements(spec, entry(spec.undo.deleted if spec.undo else 0))
        if request.param == "loader":
            try:
                execute(database_settings, LoadOrder(statements, Lines(lines or ())))
            except WorkflowError as error:
                return str(error)
            return ""
        out = io.BytesIO()
        write_script(out, [ScriptedLoad(statements, Lines(lines or ()).copy_chunks())])
        done = psql(out.getvalue())
        assert bool(done.stderr) == bool(done.returncode), done.stderr
        return done.stderr

    return attempt


@pytest.fixture(params=["with a key", "without a key"])
def spec(request: pytest.FixtureRequest, connection: Connection) -> LoadSpec:
    """Loads of a table with a key, or of one whose rows have none."""
    if request.param == "with a key":
        return SPEC
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE performance DROP CONSTRAINT performance_pkey")
    connection.commit()
    return GROUPS


FIRST = [row(JANUARY, "P1"), row(JANUARY, "P2"), row(JANUARY, "P3")]
SECOND = [row(JANUARY, "P1"), row(JANUARY, "P2", "0.07"), row(JANUARY, "P4")]


def test_what_a_restatement_changed_comes_back_bit_for_bit(spec: LoadSpec, connection: Connection, undo: Undo) -> None:
    run(connection, spec, *FIRST)
    before = content(connection, EVERYTHING)
    run(connection, spec, *SECOND)
    assert undo(last(connection), SECOND) == ""
    assert content(connection, EVERYTHING) == before


def test_a_first_load_leaves_nothing(spec: LoadSpec, connection: Connection, undo: Undo) -> None:
    run(connection, spec, *FIRST)
    assert undo(last(connection), FIRST) == ""
    assert content(connection, EVERYTHING) == []


def test_an_undo_is_taken_back_and_again(spec: LoadSpec, connection: Connection, undo: Undo) -> None:
    run(connection, spec, *FIRST)
    one = content(connection, EVERYTHING)
    run(connection, spec, *SECOND)
    second, two = last(connection), content(connection, EVERYTHING)
    for wanted in (one, two, one, two):
        taken_back = wanted == one
        assert undo(second if taken_back else last(connection)) == ""
        assert content(connection, EVERYTHING) == wanted


def test_a_load_that_was_taken_back_is_not_taken_back_twice(connection: Connection, undo: Undo) -> None:
    run(connection, SPEC, *FIRST)
    first = last(connection)
    undo(first)
    assert f"was taken back already, by load {last(connection)}" in undo(first)


def test_a_load_in_the_middle_is_taken_back_if_nothing_touched_its_rows(connection: Connection, undo: Undo) -> None:
    run(connection, SPEC, *FIRST)
    first = last(connection)
    run(connection, month_spec(FEBRUARY, files=(workbook(month=FEBRUARY),)), row(FEBRUARY, "P1"))
    assert undo(first, FIRST) == ""
    assert content(connection, "SELECT report_date FROM performance") == [("2024-02-01",)]


def test_a_later_load_that_changed_its_rows_is_named_with_them(
    spec: LoadSpec, connection: Connection, undo: Undo
) -> None:
    run(connection, spec, *FIRST)
    first = last(connection)
    run(connection, spec, *SECOND)
    said = undo(first, FIRST)
    assert f"load {first} cannot be taken back: 它写入的 3 行中只有 1 行还是原样" in said
    assert f"deleted or changed by load {last(connection)}" in said
    assert "2024-01-01 | P2" in said if spec.primary_key else "2024-01-01" in said


def test_once_the_later_load_is_taken_back_the_earlier_one_can_be(
    spec: LoadSpec, connection: Connection, undo: Undo
) -> None:
    run(connection, spec, *FIRST)
    first = last(connection)
    run(connection, spec, *SECOND)
    assert undo(last(connection), SECOND) == ""
    assert undo(first, FIRST) == ""
    assert content(connection, EVERYTHING) == []


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("DELETE FROM performance WHERE plan_code = 'P4'", "no load did that, somebody else deleted or changed them"),
        ("UPDATE performance SET return_rate = 9 WHERE plan_code = 'P4'", "were changed since, by no load"),
        ("ALTER TABLE performance ADD COLUMN remark text DEFAULT ''", "the table has other columns than it had then"),
        ("DELETE FROM wdh_before_performance WHERE plan_code = 'P3'", "images of 1 are kept: the others were pruned"),
    ],
)
def test_what_others_did_since_is_named(connection: Connection, undo: Undo, statement: str, said: str) -> None:
    run(connection, SPEC, *FIRST)
    run(connection, SPEC, *SECOND)
    with connection.cursor() as cursor:
        cursor.execute(statement)
    connection.commit()
    before = content(connection, EVERYTHING)
    assert said in undo(last(connection), SECOND)
    assert content(connection, EVERYTHING) == before


def test_a_key_that_somebody_else_gave_to_another_row_is_named(connection: Connection, undo: Undo) -> None:
    run(connection, SPEC, *FIRST)
    run(connection, SPEC, *SECOND)
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO performance VALUES ('2024-01-01', 'P3', 1, 'by hand')")
    connection.commit()
    said = undo(last(connection), SECOND)
    assert "1 row(s) that would come back have a key that another row holds now, of no load" in said
    assert "2024-01-01 | P3" in said


def test_without_its_records_a_row_changed_by_hand_cannot_be_told(connection: Connection, undo: Undo) -> None:
    run(connection, SPEC, *FIRST)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE performance SET return_rate = 9 WHERE plan_code = 'P3'")
    connection.commit()
    assert undo(last(connection)) == ""


def test_equal_rows_come_back_as_often_as_they_were(connection: Connection, undo: Undo) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE performance DROP CONSTRAINT performance_pkey")
    connection.commit()
    twice = [row(JANUARY, "P1"), row(JANUARY, "P1"), row(JANUARY, "P1")]
    run(connection, GROUPS, *twice)
    before = content(connection, EVERYTHING)
    run(connection, GROUPS, row(JANUARY, "P1"))
    second = last(connection)
    assert len(content(connection)) == 1
    assert undo(second, [row(JANUARY, "P1")]) == ""
    assert content(connection, EVERYTHING) == before


def test_a_load_that_changed_nothing_or_is_not_known_has_nothing_to_take_back(
    connection: Connection, undo: Undo
) -> None:
    run(connection, SPEC, *FIRST)
    run(connection, SPEC, *FIRST)
    assert "changed nothing: there is nothing to take back" in undo(last(connection))
    assert "is not in the ledger of this database" in undo("no such load")


def test_a_load_without_images_says_why_it_cannot_be_taken_back(connection: Connection, undo: Undo) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE wdh_before_performance")
    connection.commit()
    run(connection, SPEC, *FIRST)
    run(connection, SPEC, *SECOND)
    assert "kept no images" in undo(last(connection))


def test_an_undo_is_compared_as_any_load(spec: LoadSpec, connection: Connection) -> None:
    run(connection, spec, *FIRST)
    run(connection, spec, *SECOND)
    undone = prepared(connection, last(connection), SECOND, spec)
    found = compare(connection, load_statements(undone, entry(2)), Lines(SECOND), BatchShape())
    kinds = sorted((change.kind, change.key["plan_code"]) for change in found.changes if "plan_code" in change.key)
    if spec.primary_key:
        assert kinds == [("added", "P3"), ("changed", "P2"), ("removed", "P4")]
    assert (found.effect.unchanged, bool(found.changes)) == (0, True)


def test_the_ledger_says_what_an_undo_took_back_and_that_it_can_be_taken_back_itself(
    connection: Connection, undo: Undo
) -> None:
    run(connection, SPEC, *FIRST)
    run(connection, SPEC, *SECOND)
    second = last(connection)
    undo(second, SECOND)
    columns = "undoes, deleted, inserted, outcome, can_undo"
    rows = content(connection, f"SELECT {columns} FROM wdh_load WHERE undoes IS NOT NULL")
    assert rows == [(second, "2", "2", "loaded", "True")]


def lines_of(connection: Connection) -> str:
    loads = last_loads(connection, "performance")
    found = "\n".join(history_lines("performance", loads, {}, images_kept(connection, "performance")))
    connection.rollback()
    return found


def test_the_history_says_of_each_load_whether_it_can_be_taken_back(connection: Connection, undo: Undo) -> None:
    run(connection, SPEC, *FIRST)
    run(connection, SPEC, *SECOND)
    second = last(connection)
    run(connection, SPEC, *SECOND)
    undo(second, SECOND)
    said = lines_of(connection)
    assert (
        f"taken back by {last(connection)}; 可再撤销 that can be taken back: make undo LOAD={last(connection)}" in said
    )
    assert said.count("可撤销 / can be taken back: make undo LOAD=") == 2
    assert said.count("nothing to take back") == 1


def test_after_pruning_only_the_last_loads_can_be_taken_back(connection: Connection, undo: Undo) -> None:
    run(connection, SPEC, *FIRST)
    run(connection, SPEC, *SECOND)
    second = last(connection)
    run(connection, SPEC, *FIRST)
    third = last(connection)
    removed, oldest = prune_images(connection, "performance", 1)
    connection.commit()
    assert (removed, oldest and oldest.load_id) == (2, third)
    assert lines_of(connection).count("its images were pruned") == 1
    assert undo(third, FIRST) == ""
    assert "the others were pruned" in undo(second, SECOND)


def test_what_a_table_and_its_images_lack_is_said_and_makes_them_fit(connection: Connection, undo: Undo) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE performance DROP COLUMN load_sequence")
        cursor.execute("ALTER TABLE wdh_before_performance DROP COLUMN load_sequence")
        statements = missing_columns(connection, PERFORMANCE)
        for statement in statements:
            cursor.execute(statement)
    connection.commit()
    assert [statement.split(" ADD ")[1] for statement in statements] == ['COLUMN "load_sequence" bigint'] * 2
    run(connection, SPEC, *FIRST)
    run(connection, SPEC, *SECOND)
    assert undo(last(connection), SECOND) == ""


def test_equal_rows_that_an_undo_joined_stay_when_it_is_taken_back(connection: Connection, undo: Undo) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE performance DROP CONSTRAINT performance_pkey")
    connection.commit()
    run(connection, GROUPS, *[row(JANUARY, "P1")] * 3)
    run(connection, GROUPS, *[row(JANUARY, "P1")] * 2)
    second, two = last(connection), content(connection, EVERYTHING)
    assert undo(second, [row(JANUARY, "P1")] * 2) == ""
    assert undo(last(connection)) == ""
    assert content(connection, EVERYTHING) == two


def test_provenance_changed_by_hand_is_named(spec: LoadSpec, connection: Connection, undo: Undo) -> None:
    run(connection, spec, *FIRST)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE performance SET data_source = 'another.xlsx' WHERE plan_code = 'P3'")
    connection.commit()
    assert "1 row(s) that it wrote were changed since, by no load" in undo(last(connection), FIRST)


def test_a_row_that_was_changed_back_by_hand_comes_back_with_its_own_provenance(
    spec: LoadSpec, connection: Connection, undo: Undo
) -> None:
    run(connection, spec, *FIRST)
    before = content(connection, EVERYTHING)
    run(connection, spec, *(line.replace(",0.05,2024", ",0.06,V2") for line in FIRST))
    with connection.cursor() as cursor:
        cursor.execute("UPDATE performance SET return_rate = 0.05")
    connection.commit()
    assert undo(last(connection)) == ""
    assert content(connection, EVERYTHING) == before


@pytest.mark.parametrize("again", ["the workbook", "another workbook"])
def test_an_append_that_was_brought_back_is_not_appended_again(connection: Connection, undo: Undo, again: str) -> None:
    append = replace(SPEC, mode="append")
    run(connection, append, *FIRST)
    first = last(connection)
    undo(first, FIRST)
    undo(last(connection))
    if again == "the workbook":
        assert run(connection, append, *FIRST).left_out == [("2024-01.xlsx", "受托业绩")]
    else:
        with pytest.raises(WorkflowError, match=f"load {first} appended its period from another workbook"):
            run(connection, replace(append, files=(workbook("V2.xlsx"),)), row(JANUARY, "P9", source="V2.xlsx"))
        connection.rollback()
    assert len(content(connection)) == 3


def test_an_append_may_be_loaded_again_after_its_undo(connection: Connection, undo: Undo) -> None:
    append = replace(SPEC, mode="append")
    run(connection, append, *FIRST)
    undo(last(connection), FIRST)
    assert run(connection, append, *FIRST).effect.inserted == 3


def test_what_a_kept_undo_brought_back_is_kept_by_pruning(connection: Connection, undo: Undo) -> None:
    run(connection, SPEC, *FIRST)
    run(connection, SPEC, *SECOND)
    after = content(connection, EVERYTHING)
    undo(last(connection), SECOND)
    prune_images(connection, "performance", 1)
    connection.commit()
    assert undo(last(connection)) == ""
    assert content(connection, EVERYTHING) == after


def test_an_undo_whose_images_were_removed_says_so(connection: Connection, undo: Undo) -> None:
    run(connection, SPEC, *FIRST)
    run(connection, SPEC, *SECOND)
    second = last(connection)
    undo(second, SECOND)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM wdh_before_performance WHERE load_sequence = 1")
    connection.commit()
    assert "it brought 2 row(s) back, and images of 0 are kept: the others were pruned" in undo(last(connection))


def test_loads_whose_rows_would_take_a_key_in_turn_are_taken_back_too(connection: Connection) -> None:
    """P3 went with the second load, came with the third and was changed by the fourth."""
    third = [row(JANUARY, "P3", "0.03")]
    keys = replace(SPEC, merge_key=SPEC.primary_key, periods=(), files=())
    run(connection, SPEC, *FIRST)
    run(connection, SPEC, *SECOND)
    second = last(connection)
    run(connection, keys, *third)
    run(connection, keys, row(JANUARY, "P3", "0.04"))
    numbers = [load.sequence for load, _ in loads_to_take_back(connection, second, lambda _: SPEC, with_later=True)]
    assert numbers == [4, 3, 2]


def test_an_undo_that_gave_a_key_back_stands_in_the_way_itself(connection: Connection, undo: Undo) -> None:
    """P3 of the first load went with the second; the fourth took the third's away, and the first's came back."""
    keys = replace(SPEC, merge_key=SPEC.primary_key, periods=(), files=())
    run(connection, SPEC, *FIRST)
    run(connection, SPEC, row(JANUARY, "P1"), row(JANUARY, "P2"))
    second = last(connection)
    run(connection, keys, row(JANUARY, "P3", "0.03"))
    run(connection, SPEC, row(JANUARY, "P1"), row(JANUARY, "P2"))
    fourth = last(connection)
    undo(second, [])
    numbers = [load.sequence for load, _ in loads_to_take_back(connection, fourth, lambda _: SPEC, with_later=True)]
    assert numbers == [5, 4]
