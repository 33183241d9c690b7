"""Rows without a key: the groups that a batch names become equal to it as multisets, by the loader and by psql."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import closing
from decimal import Decimal

import psycopg2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from psycopg2.extensions import connection as Connection  # noqa: N812

from tests.fixtures.both_ways import Attempt
from tests.fixtures.details import CORPORATE, FEBRUARY, INVESTED, JANUARY, Detail, detail, details_spec, held, lines
from tests.fixtures.loads import content, counts, look, run, workbook
from tests.fixtures.postgres import cloned_database
from tests.fixtures.tables import DETAILS
from workflows.errors import TableMismatchError
from workflows.sources.gate_rules import GateSource
from workflows.warehouse.schema import apply_schema

SPEC = details_spec()
TWICE = (detail(), detail(), detail("P2", "5.0000"))
LEDGER = "SELECT outcome, deleted, inserted, unchanged FROM wdh_load ORDER BY sequence DESC LIMIT 1"
Meanwhile = Callable[..., "Future[str]"]


def alter(connection: Connection, statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
    connection.commit()


def test_two_equal_rows_are_two_rows(connection: Connection, attempt: Attempt) -> None:
    assert attempt(SPEC, *lines(*TWICE)) == ""
    assert held(connection) == Counter(TWICE)


@pytest.mark.parametrize("rows", [TWICE, (detail(name=None, amount=None),) * 3], ids=["values", "blanks"])
def test_loading_the_same_again_changes_nothing(
    connection: Connection, attempt: Attempt, rows: tuple[Detail, ...]
) -> None:
    run(connection, SPEC, *lines(*rows))
    before = content(connection, 'SELECT ctid FROM business."账户明细"')
    connection.rollback()
    assert attempt(SPEC, *lines(*rows, source="again.xlsx")) == ""
    assert content(connection, LEDGER) == [("unchanged", "0", "0", "3")]
    assert content(connection, 'SELECT ctid FROM business."账户明细"') == before


def test_of_three_equal_rows_one_vanishes(connection: Connection, attempt: Attempt) -> None:
    run(connection, SPEC, *lines(*[detail()] * 3))
    connection.rollback()
    assert attempt(SPEC, *lines(*[detail()] * 2)) == ""
    assert content(connection, LEDGER) == [("loaded", "1", "0", "2")]
    assert held(connection) == Counter({detail(): 2})


def test_a_restated_value_replaces_one_row_and_leaves_its_equals(connection: Connection, attempt: Attempt) -> None:
    run(connection, SPEC, *lines(*TWICE))
    connection.rollback()
    restated = (detail(), detail(amount="1.0001"), detail("P2", "5.0000"))
    assert attempt(SPEC, *lines(*restated)) == ""
    assert content(connection, LEDGER) == [("loaded", "1", "1", "2")]
    assert held(connection) == Counter(restated)


def test_groups_that_the_batch_does_not_name_are_never_touched(connection: Connection, attempt: Attempt) -> None:
    others = (detail(kind=INVESTED), detail(month=FEBRUARY), detail(month=FEBRUARY))
    run(connection, SPEC, *lines(*TWICE, *others))
    connection.rollback()
    # Both values of either column are named, the pair (February, 企年受托) is not.
    batch = (detail("P9"), detail("P8", month=FEBRUARY, kind=INVESTED))
    assert attempt(SPEC, *lines(*batch)) == ""
    assert held(connection) == Counter((*batch, *others))


def test_a_loader_that_waits_replaces_what_the_first_one_left(connection: Connection, meanwhile: Meanwhile) -> None:
    first = "INSERT INTO {} SELECT '2024-01-01', '企年受托', 'P1', '甲公司', 1, 'x', 'y', 2 FROM generate_series(1, 3)"
    locked = f"LOCK {DETAILS.table} IN SHARE ROW EXCLUSIVE MODE; {first.format(DETAILS.table)}"
    assert meanwhile(locked, SPEC, *lines(*TWICE)).result() == ""
    assert content(connection, LEDGER) == [("loaded", "1", "1", "2")]
    assert held(connection) == Counter(TWICE)


def test_an_append_adds_every_row_also_to_its_equals(connection: Connection, attempt: Attempt) -> None:
    run(connection, SPEC, *lines(*TWICE))
    connection.rollback()
    assert attempt(details_spec(mode="append", files=(workbook(),)), *lines(*TWICE)) == ""
    assert held(connection) == Counter(TWICE * 2)


def test_whole_months_are_replaced_where_the_catalogue_says_so(connection: Connection, attempt: Attempt) -> None:
    run(connection, SPEC, *lines(*TWICE, detail(month=FEBRUARY)))
    connection.rollback()
    by_month = details_spec(replaces="file_months", merge_key=("月度",), periods=(JANUARY,))
    assert attempt(by_month, *lines(detail(kind=INVESTED))) == ""
    assert held(connection) == Counter((detail(kind=INVESTED), detail(month=FEBRUARY)))


def test_a_blank_in_the_merge_key_would_be_in_no_scope_and_is_refused(connection: Connection, attempt: Attempt) -> None:
    assert "NULL in the merge key 月度, 业务类型" in attempt(SPEC, *lines(detail()), "2024-01-01,null,P1,null,1,x,y,2")
    assert held(connection) == Counter()


def test_a_merge_key_that_may_be_empty_in_the_table_is_refused_with_what_would_mend_it(
    connection: Connection, attempt: Attempt
) -> None:
    alter(connection, 'ALTER TABLE business."账户明细" ALTER "业务类型" DROP NOT NULL')
    assert "业务类型" in (message := attempt(SPEC, *lines(detail())))
    assert "merge key may be NULL" in message
    with pytest.raises(TableMismatchError, match='ALTER COLUMN "业务类型" SET NOT NULL'):
        look(connection, SPEC, *lines(detail()))


NOTHING = "CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';"
QUIET = NOTHING + 'CREATE TRIGGER quiet BEFORE {} ON business."账户明细" FOR EACH ROW EXECUTE FUNCTION nothing()'


@pytest.mark.parametrize(
    ("attack", "says"),
    [
        (QUIET.format("INSERT"), "2 row(s) of the batch are missing, 1 in scope where 3 belong"),
        (QUIET.format("DELETE"), "0 row(s) of the batch are missing, 5 in scope where 3 belong"),
    ],
)
def test_triggers_that_do_otherwise_are_noticed(
    connection: Connection, attempt: Attempt, attack: str, says: str
) -> None:
    run(connection, SPEC, *lines(detail(), detail("P7"), detail("P8")))
    alter(connection, attack)
    assert says in attempt(SPEC, *lines(*TWICE))
    assert held(connection) == Counter((detail(), detail("P7"), detail("P8")))


def test_a_trigger_that_alters_what_is_inserted_is_noticed(connection: Connection, attempt: Attempt) -> None:
    alter(
        connection,
        "CREATE FUNCTION other() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN NEW.\"客户名称\" := 'x'; RETURN NEW; END $$;"
        'CREATE TRIGGER other BEFORE INSERT ON business."账户明细" FOR EACH ROW EXECUTE FUNCTION other()',
    )
    assert "3 row(s) of the batch are missing, 3 in scope where 3 belong" in attempt(SPEC, *lines(*TWICE))


@pytest.mark.parametrize(("limit", "refused"), [(2, ""), (1, "2 of the 3 rows in scope would be deleted")])
def test_the_guards_count_rows_of_the_difference(
    connection: Connection, attempt: Attempt, limit: int, refused: str
) -> None:
    run(connection, SPEC, *lines(*[detail()] * 3))
    connection.rollback()
    spec = details_spec(gates=GateSource(max_deleted_rows=limit))
    message = attempt(spec, *lines(detail(), detail("P2")))
    assert (message == "") == (refused == "")
    assert refused in message


@pytest.mark.parametrize(
    ("ratio", "accepted", "refused"),
    [
        ("0.5", None, ""),
        ("0.49", None, "1 group(s) would lose more than 0.49 of their rows"),
        ("0.49", 1, ""),
        ("0.49", 2, "accepted 2"),
        (None, 1, "accepted 1"),
    ],
)
def test_a_group_may_lose_no_more_than_its_limit_also_under_the_lock(
    connection: Connection, attempt: Attempt, ratio: str | None, accepted: int | None, refused: str
) -> None:
    run(connection, SPEC, *lines(*[detail()] * 4, *[detail(kind=INVESTED)] * 2, *[detail(month=FEBRUARY)] * 9))
    connection.rollback()
    gates = GateSource(max_group_shrink=None if ratio is None else Decimal(ratio))
    spec = details_spec(gates=gates, accepted={} if accepted is None else {"shrunk_groups": accepted})
    message = attempt(spec, *lines(detail(), detail(), *[detail(kind=INVESTED)] * 3))
    assert (message == "") == (refused == "")
    assert refused in message


def test_a_refusal_names_the_group_with_both_numbers(connection: Connection, attempt: Attempt) -> None:
    run(connection, SPEC, *lines(*[detail()] * 4))
    connection.rollback()
    message = attempt(details_spec(gates=GateSource(max_group_shrink=Decimal(0))), *lines(detail()))
    assert "2024-01-01 | 企年受托: 4 -> 1" in message


def test_a_load_knows_the_groups_that_it_replaces_as_they_were(connection: Connection) -> None:
    run(connection, SPEC, *lines(*[detail()] * 4, detail(month=FEBRUARY)))
    batch = lines(detail(), detail(kind=INVESTED), detail(kind=INVESTED))
    wanted = [("2024-01-01", CORPORATE, 4, 1), ("2024-01-01", INVESTED, 0, 2)]
    for found in (look(connection, SPEC, *batch).groups, run(connection, SPEC, *batch).groups):
        assert [(*group.key.values(), group.before, group.rows) for group in found] == wanted


def test_rows_with_a_key_may_be_replaced_by_group_too(connection: Connection, attempt: Attempt) -> None:
    keyed = details_spec(primary_key=("月度", "业务类型", "计划代码"))
    run(connection, keyed, *lines(detail("P1"), detail("P2"), detail("P1", kind=INVESTED)))
    connection.rollback()
    batch = (detail("P2", "9.0000"), detail("P3"))
    assert attempt(keyed, *lines(*batch)) == ""
    assert held(connection) == Counter((*batch, detail("P1", kind=INVESTED)))
    assert "KEY" in attempt(keyed, *lines(detail(), detail())).upper()


def test_rows_of_partitions_are_told_apart_though_they_stand_in_equal_places(
    connection: Connection, attempt: Attempt
) -> None:
    alter(
        connection,
        'ALTER TABLE business."账户明细" RENAME TO "one"; CREATE TABLE business."账户明细" (LIKE business."one")'
        ' PARTITION BY LIST ("业务类型"); CREATE TABLE business.a PARTITION OF business."账户明细" FOR VALUES IN'
        " ('企年受托'); CREATE TABLE business.b PARTITION OF business.\"账户明细\" DEFAULT",
    )
    run(connection, SPEC, *lines(detail("P1"), detail("P2"), detail("P1", kind=INVESTED), detail("P2", kind=INVESTED)))
    connection.rollback()
    batch = (detail("P2"), detail("P1", kind=INVESTED), detail("P2", kind=INVESTED))
    assert attempt(SPEC, *lines(*batch)) == ""
    assert held(connection) == Counter(batch)


def test_the_schema_has_no_key_but_columns_that_are_never_null_and_an_index(connection: Connection) -> None:
    index = "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = '账户明细'"
    assert content(connection, index) == [
        (
            "账户明细_merge_key",
            'CREATE INDEX "账户明细_merge_key" ON business."账户明细" USING btree ("月度", "业务类型")',
        )
    ]
    never = "SELECT attname FROM pg_attribute WHERE attrelid = 'business.\"账户明细\"'::regclass AND attnotnull"
    assert ("业务类型",) in content(connection, never)
    assert ("客户名称",) not in content(connection, never)


def test_an_index_that_serves_is_not_made_twice(connection: Connection) -> None:
    alter(
        connection,
        'DROP INDEX business."账户明细_merge_key";'
        ' CREATE INDEX other ON business."账户明细" ("业务类型", "月度", "计划代码")',
    )
    apply_schema(connection, [DETAILS])
    assert content(connection, "SELECT indexname FROM pg_indexes WHERE tablename = '账户明细'") == [("other",)]


KINDS = st.sampled_from(["企年受托", "企年投资"])
DETAILS_DRAWN = st.builds(
    detail,
    code=st.sampled_from(["P1", "null", "a,b", ""]),
    amount=st.sampled_from(["1.0000", "-0.0001", None]),
    name=st.sampled_from(["甲公司", "", None]),
    month=st.sampled_from([JANUARY, FEBRUARY]),
    kind=KINDS,
)
BATCH = st.lists(DETAILS_DRAWN, min_size=1, max_size=12)


def after(before: Counter[Detail], batch: list[Detail]) -> Counter[Detail]:
    """The model: the groups that the batch names are its rows, the others stay."""
    named = {row[:2] for row in batch}
    kept = {row: number for row, number in before.items() if row[:2] not in named}
    return Counter(kept) + Counter(batch)


@pytest.fixture(scope="module")
def shared(postgres_server: str) -> Iterator[Connection]:
    with cloned_database(postgres_server, "multisets") as dsn, closing(psycopg2.connect(dsn)) as connection:
        yield connection


def check_against_a_counter(shared: Connection, before: list[Detail], batch: list[Detail]) -> None:
    alter(shared, 'TRUNCATE business."账户明细"')
    run(shared, SPEC, *lines(*before))
    was = held(shared)
    assert was == Counter(before)
    compared = look(shared, SPEC, *lines(*batch)).effect
    done = run(shared, SPEC, *lines(*batch))
    wanted = after(was, batch)
    assert held(shared) == wanted
    deleted, inserted = (was - wanted).total(), (wanted - was).total()
    assert counts(done) == (deleted, inserted, len(batch) - inserted)
    assert (compared.added, compared.removed, compared.changed) == (inserted, deleted, 0)


@settings(max_examples=25, deadline=None)
@given(before=BATCH, batch=BATCH)
def test_a_load_does_to_the_table_what_a_counter_says(
    shared: Connection, before: list[Detail], batch: list[Detail]
) -> None:
    check_against_a_counter(shared, before, batch)


@pytest.mark.long
@settings(max_examples=400, deadline=None)
@given(before=BATCH, batch=BATCH)
def test_many_loads_do_to_the_table_what_a_counter_says(
    shared: Connection, before: list[Detail], batch: list[Detail]
) -> None:
    check_against_a_counter(shared, before, batch)
