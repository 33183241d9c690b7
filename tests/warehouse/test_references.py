"""Rows that facts refer to come before them in the same transaction, by the loader and by psql from the same text."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace

import psycopg2
import pytest
from psycopg2.errors import InsufficientPrivilege
from psycopg2.extensions import connection as Connection  # noqa: N812

from tests.fixtures.both_ways import Psql
from tests.fixtures.loads import JANUARY, Lines, content, month_order, row
from tests.fixtures.plans import a_plan
from tests.fixtures.tables import PERFORMANCE
from workflows.domains.references import CountDistinct, First, Reference
from workflows.errors import PlanOutdatedError, WorkflowError
from workflows.plan.reference_sql import reference_statements
from workflows.plan.references import reference_inserts
from workflows.plan.render.script import ScriptedLoad, write_script
from workflows.plan.sql import load_statements
from workflows.records.references import ReferenceRow, ReferenceRows
from workflows.settings import DatabaseSettings
from workflows.warehouse import execution
from workflows.warehouse.execution import LoadOrder, execute_together
from workflows.warehouse.references import check_references, look_up_references
from workflows.warehouse.roles import grant_role
from workflows.warehouse.schema import apply_schema
from workflows.warehouse.table_check import check_table

PLANS = Reference(
    'm."年金计划"', {"计划代码": "plan_code"}, {"计划名称": First("name"), "客户数": CountDistinct("customer")}
)
LINES = Reference("m.lines", {"line": "line"}, {"name": First("name")})
FACTS = (row(JANUARY, "P1"), row(JANUARY, "P2"))
TABLE = 'SELECT "计划代码", "计划名称", "客户数" FROM m."年金计划"'

Load = Callable[..., str]
"""``load(*orders)``: the message of loads that failed together, empty if they loaded."""


@pytest.fixture
def referring(connection: Connection) -> Connection:
    """The tables of references, and facts that cannot be without them; P1 is there."""
    apply_schema(connection, [replace(PERFORMANCE, table="income")], [PLANS, LINES])
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO m.\"年金计划\" VALUES ('P1', '旧名', 9)")
        for table in ("performance", "income"):
            cursor.execute(f'ALTER TABLE {table} ADD FOREIGN KEY (plan_code) REFERENCES m."年金计划"')
    connection.commit()
    return connection


def plans(*rows: ReferenceRow) -> ReferenceRows:
    return ReferenceRows(PLANS, rows)


def lines(*rows: ReferenceRow) -> ReferenceRows:
    return ReferenceRows(LINES, rows)


def order(
    *references: ReferenceRows, load_id: str = "x", table: str = "performance", facts: Sequence[str] = FACTS
) -> LoadOrder:
    found = tuple(each.reference for each in references)
    made = month_order(load_id, Lines(facts), len(facts), table=table, references=found)
    statements = load_statements(made.statements.spec, replace(made.statements.recorded, domain=table))
    return replace(made, statements=statements, references=references)


def adding(orders: Sequence[LoadOrder]) -> bytes:
    statements = reference_statements(
        reference_inserts([each.references for each in orders]), orders[0].statements.spec
    )
    out = io.BytesIO()
    write_script(out, [ScriptedLoad(each.statements, each.rows.copy_chunks()) for each in orders], statements)
    return out.getvalue()


@pytest.fixture(params=["loader", "plan.sql"])
def load(request: pytest.FixtureRequest, database: str, psql: Psql) -> Load:
    """Loads carried out together by the loader, and by psql."""

    def by_loader(*orders: LoadOrder) -> str:
        try:
            execute_together(settings(database), orders)
        except WorkflowError as error:
            return str(error)
        return ""

    def by_psql(*orders: LoadOrder) -> str:
        done = psql(adding(orders))
        assert bool(done.stderr) == bool(done.returncode), done.stderr
        return done.stderr

    return by_loader if request.param == "loader" else by_psql


def settings(dsn: str, attempts: int = 1) -> DatabaseSettings:
    return DatabaseSettings.model_validate({"uri": dsn, "attempts": attempts})


def table(connection: Connection, query: str = TABLE) -> list[tuple[str | None, ...]]:
    connection.rollback()
    found: list[tuple[str | None, ...]] = content(connection, query)
    return found


def facts(connection: Connection) -> list[tuple[str | None, ...]]:
    return table(connection, "SELECT plan_code FROM performance")


def test_new_keys_come_before_the_facts_and_a_row_that_is_there_stays(referring: Connection, load: Load) -> None:
    assert load(order(plans(("P1", "甲计划", 3), ("P2", "乙计划", 1)))) == ""
    assert table(referring) == [("P1", "旧名", "9"), ("P2", "乙计划", "1")]
    assert facts(referring) == [("P1",), ("P2",)]


def test_a_load_that_is_refused_adds_nothing(referring: Connection, load: Load) -> None:
    given = order(plans(("P2", "乙计划", 1)), facts=[row(JANUARY, "P9")])
    assert "performance_plan_code_fkey" in load(given)
    assert (table(referring), facts(referring)) == ([("P1", "旧名", "9")], [])


@pytest.mark.parametrize("name", ["a,b", "a\\b", "null", "a\nb", '"a"', "\\.", "", None])
def test_every_text_arrives_as_it_is(referring: Connection, load: Load, name: str | None) -> None:
    assert load(order(plans(("P2", name, 1)))) == ""
    assert table(referring) == [("P1", "旧名", "9"), ("P2", name, "1")]


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        ('ALTER TABLE m."年金计划" RENAME TO x', 'there is no table "m"."年金计划"'),
        ('ALTER TABLE m."年金计划" DROP COLUMN "计划名称"', 'lacks the column "计划名称"'),
        ('ALTER TABLE m."年金计划" ALTER "客户数" TYPE text', 'column "客户数" of "m"."年金计划" is text'),
        ('ALTER TABLE m."年金计划" DROP CONSTRAINT "年金计划_pkey" CASCADE', "ADD UNIQUE"),
        ('ALTER TABLE m."年金计划" SET UNLOGGED', "only permanent ones are"),
    ],
)
def test_a_table_that_cannot_take_rows_is_refused_with_what_would_mend_it(
    referring: Connection, load: Load, damage: str, message: str
) -> None:
    with referring.cursor() as cursor:
        cursor.execute("ALTER TABLE performance DROP CONSTRAINT performance_plan_code_fkey")
        cursor.execute("ALTER TABLE income DROP CONSTRAINT income_plan_code_fkey")
        cursor.execute(damage)
    referring.commit()
    found = load(order(plans(("P2", "乙计划", 1))))
    # psql's messages quote names only where they have to be.
    assert message.replace('"', "") in found.replace('"', "")
    assert ("make schema" in found) == message.startswith("there is no table")
    assert facts(referring) == []


def test_a_trigger_that_keeps_a_row_out_is_refused(referring: Connection, load: Load) -> None:
    with referring.cursor() as cursor:
        cursor.execute("CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'")
        cursor.execute('CREATE TRIGGER t BEFORE INSERT ON m."年金计划" FOR EACH ROW EXECUTE FUNCTION nothing()')
        cursor.execute("ALTER TABLE performance DROP CONSTRAINT performance_plan_code_fkey")
    referring.commit()
    assert "did not keep 1 row(s)" in load(order(plans(("P2", "乙计划", 1))))
    assert facts(referring) == []


def test_loads_of_one_transaction_share_what_they_refer_to(referring: Connection, load: Load) -> None:
    income = order(plans(("P2", None, 1)), lines(("L1", "线")), load_id="x:income", table="income")
    performance = order(plans(("P2", "乙计划", 4), ("P3", "丙计划", 1)), load_id="x:performance")
    assert load(income, performance) == ""
    assert table(referring) == [("P1", "旧名", "9"), ("P2", "乙计划", "1"), ("P3", "丙计划", "1")]
    assert table(referring, "SELECT * FROM m.lines") == [("L1", "线")]


def test_the_receipt_tells_what_was_added_what_was_known_and_what_differs(referring: Connection, database: str) -> None:
    (done,) = execute_together(settings(database), [order(plans(("P1", "甲计划", 3), ("P2", "乙计划", 1)))])
    ((account,), effect) = done.references, done.references[0].effect
    assert effect is not None
    assert (account.keys, effect.added, effect.known) == (2, (("P2", "乙计划", 1),), 1)
    assert [(each.key, each.column, each.there, each.here) for each in effect.differences] == [
        ({"计划代码": "P1"}, "计划名称", "旧名", "甲计划")
    ]


def test_the_script_and_the_loader_run_the_same_text(referring: Connection) -> None:
    given = [order(plans(("P2", "乙计划", 1)), lines(("L1", "线")))]
    statements = reference_statements(reference_inserts([given[0].references]), given[0].statements.spec)
    assert statements is not None
    script = adding(given).decode()
    places = [script.index(f"\n-- {each.operation}\n{each.sql};\n") for each in statements]
    assert max(places) < script.index("\n-- settings\n")


def test_looking_up_tells_the_same_and_changes_nothing(
    referring: Connection, without_temporary_tables: Connection
) -> None:
    with referring.cursor() as cursor:
        role = without_temporary_tables.info.options.rpartition("=")[2]
        cursor.execute(f"GRANT USAGE ON SCHEMA m TO {role}; GRANT SELECT ON ALL TABLES IN SCHEMA m TO {role}")
    referring.commit()
    ((account,),) = look_up_references(without_temporary_tables, [[plans(("P1", "甲计划", 3), ("P2", "a,\"'\\b", 1))]])
    assert account.effect is not None
    assert (account.effect.added, account.effect.known, account.effect.different) == ((("P2", "a,\"'\\b", 1),), 1, 1)
    assert table(referring) == [("P1", "旧名", "9")]


def test_an_approved_plan_adds_nothing_that_it_does_not_list(referring: Connection, database: str) -> None:
    given = order(plans(("P1", "甲计划", 3), ("P2", "乙计划", 1)))
    (accounts,) = look_up_references(referring, [given.references])
    approved = replace(given, approved=a_plan(references=accounts))
    referring.rollback()
    with referring.cursor() as cursor:
        cursor.execute('DELETE FROM m."年金计划"')
    referring.commit()
    with pytest.raises(PlanOutdatedError, match=r"1 new row\(s\) planned, 2 now \(P1\)"):
        execute_together(settings(database), [approved])
    assert table(referring) == []


def test_what_somebody_else_added_since_a_plan_was_approved_is_left_and_told(
    referring: Connection, database: str
) -> None:
    given = order(plans(("P1", "旧名", 3), ("P2", "乙计划", 1)))
    (accounts,) = look_up_references(referring, [given.references])
    referring.rollback()
    with referring.cursor() as cursor:
        cursor.execute("INSERT INTO m.\"年金计划\" VALUES ('P2', '别名', 0)")
    referring.commit()
    (done,) = execute_together(settings(database), [replace(given, approved=a_plan(references=accounts))])
    assert done.references[0].effect is not None
    assert (done.references[0].effect.new, done.references[0].effect.different) == (0, 1)
    assert table(referring)[1] == ("P2", "别名", "0")


# --- rights


def test_what_is_granted_is_enough_to_add_and_no_more(referring: Connection, database: str) -> None:
    role = f"role of {referring.info.dbname}"
    grant_role(referring, role, "performance", [PLANS])
    referring.commit()
    dsn = psycopg2.extensions.make_dsn(database, user=role)
    execute_together(settings(dsn), [order(plans(("P2", "乙计划", 1)))])
    assert len(table(referring)) == 2
    with closing(psycopg2.connect(dsn)) as own, own.cursor() as cursor:
        for statement in ('DELETE FROM m."年金计划"', 'UPDATE m."年金计划" SET "计划名称" = \'\''):
            with pytest.raises(InsufficientPrivilege):
                cursor.execute(statement)
            own.rollback()
    with referring.cursor() as cursor:
        cursor.execute(f'DROP OWNED BY "{role}"; DROP ROLE "{role}"')
    referring.commit()


def test_make_schema_again_leaves_what_is_there(referring: Connection) -> None:
    apply_schema(referring, [], [PLANS, LINES])
    check_references(referring, [PLANS, LINES])
    assert table(referring) == [("P1", "旧名", "9")]


# --- at once


@pytest.mark.parametrize("ends", ["commit", "rollback"])
def test_whoever_comes_second_waits_and_then_finds_the_key_or_adds_it(
    referring: Connection, database: str, load: Load, ends: str
) -> None:
    with closing(psycopg2.connect(database)) as other, other.cursor() as cursor, ThreadPoolExecutor(1) as pool:
        cursor.execute("INSERT INTO m.\"年金计划\" VALUES ('P2', '先到', 7)")
        loading = pool.submit(load, order(plans(("P1", "旧名", 9), ("P2", "后到", 1))))
        while not table(referring, "SELECT FROM pg_locks WHERE NOT granted AND locktype = 'transactionid'"):
            assert not loading.done(), loading.result()
        getattr(other, ends)()
        assert loading.result(timeout=60) == ""
    expected = ("P2", "先到", "7") if ends == "commit" else ("P2", "后到", "1")
    assert table(referring) == [("P1", "旧名", "9"), expected]
    assert facts(referring) == [("P1",), ("P2",)]


def test_loaders_that_add_the_same_keys_at_once_never_wait_in_a_circle_and_leave_each_once(
    referring: Connection, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    together = threading.Barrier(2)

    def meet(connection: Connection, spec: object) -> None:
        # Both have begun before either adds a row.
        check_table(connection, spec)  # type: ignore[arg-type]
        together.wait(timeout=30)

    monkeypatch.setattr(execution, "check_table", meet)

    def load(number: int) -> list[tuple[int, int]]:
        # The domains bring the same keys the other way round, beside some of their own.
        first, second = [f"R{number // 2}-{each}" for each in range(3)], [f"S{number // 2}-{each}" for each in range(3)]
        if number % 2:
            first, second = second, first
        orders = [
            order(
                plans(*((code, code, number) for code in reversed(codes))),
                lines(*((code, code) for code in codes)),
                load_id=f"r{number}:{name}",
                table=name,
                facts=[row(JANUARY, code) for code in codes],
            )
            for name, codes in (("income", first), ("performance", second))
        ]
        done = execute_together(settings(database), orders)
        return [(each.effect.new, each.keys) for load in done for (each,) in [load.references[:1]] if each.effect]

    for number in range(0, 20, 2):
        with ThreadPoolExecutor(2) as pool:
            found = [count for counts in pool.map(load, (number, number + 1)) for count in counts]
        # Each key was added by one of the two, and known to the other.
        assert sum(new for new, _keys in found) == 6
        assert sum(keys for _new, keys in found) == 12
    assert len(table(referring)) == 1 + 60
    assert len(table(referring, "SELECT * FROM m.lines")) == 60
