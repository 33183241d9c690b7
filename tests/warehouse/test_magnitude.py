"""A month that moved by a power of ten against the newest earlier month: most likely its unit was misread."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg2.extensions import connection as Connection  # noqa: N812

from tests.fixtures.both_ways import Attempt
from tests.fixtures.loads import FEBRUARY, JANUARY, content, look, month_spec, performance_spec, row, run, workbook
from tests.fixtures.plans import a_plan
from workflows.plan.comparison import moved_since
from workflows.plan.load_spec import LoadSpec
from workflows.plan.magnitude import Magnitudes, factor_between, moved_within
from workflows.sources.gate_rules import GateSource

MARCH = date(2024, 3, 1)
CODES = [f"P{number:02d}" for number in range(10)]
BY_KEY = performance_spec(files=(workbook("feb.xlsx", FEBRUARY),))
BY_MONTH = month_spec(FEBRUARY, files=(workbook("feb.xlsx", FEBRUARY),))
APPEND = performance_spec(mode="append", files=(workbook("feb.xlsx", FEBRUARY),))
EVERY_MODE = pytest.mark.parametrize("spec", [BY_KEY, BY_MONTH, APPEND], ids=["by key", "by month", "append"])


def month(when: date, *rates: str) -> list[str]:
    """One row per rate: P00, P01 and so on."""
    return [row(when, f"P{number:02d}", rate, source=f"{when}.xlsx") for number, rate in enumerate(rates)]


def found(magnitudes: Magnitudes | None) -> list[tuple[str, str, int, int, int]]:
    assert magnitudes is not None
    return [(each.before, each.month, each.factor, each.moved, each.shared) for each in magnitudes.columns]


@pytest.fixture
def january(connection: Connection) -> Connection:
    """Ten rows of 0.01."""
    run(connection, performance_spec(), *month(JANUARY, *["0.01"] * 10))
    return connection


@EVERY_MODE
def test_a_month_in_another_unit_is_refused_with_column_months_factor_and_a_key(
    attempt: Attempt, january: Connection, spec: LoadSpec
) -> None:
    refused = attempt(spec, *month(FEBRUARY, *["1.1"] * 10))
    assert "10 of the 10 keys that 2024-02 shares with 2024-01 moved by a factor near 100 in return_rate" in refused
    assert "(as P00: 0.010000 -> 1.100000)" in refused
    assert "2024-02 与 2024-01 共有的 10 个主键中，10 个的 return_rate 变为约 100 倍" in refused
    assert "--accept magnitude_moved=10" in refused
    assert len(content(january)) == 10


@pytest.mark.parametrize(("accepted", "loads"), [(10, True), (9, False), (11, False), (0, False)])
def test_exactly_the_keys_that_were_accepted_may_have_moved(
    attempt: Attempt, january: Connection, accepted: int, loads: bool
) -> None:
    spec = performance_spec(accepted={"magnitude_moved": accepted})
    refused = attempt(spec, *month(FEBRUARY, *["1.1"] * 10))
    assert bool(refused) is not loads
    assert f"--accept magnitude_moved={accepted} was given, but 10 are counted" in refused or loads


def test_a_number_that_was_accepted_is_refused_where_nothing_moved(attempt: Attempt, january: Connection) -> None:
    spec = performance_spec(accepted={"magnitude_moved": 10})
    assert "was given, but 0 are counted" in attempt(spec, *month(FEBRUARY, *["0.02"] * 10))


def test_a_catalogue_that_only_warns_loads_and_tells(january: Connection) -> None:
    done = run(january, performance_spec(gates=GateSource(magnitude_moved="warn")), *month(FEBRUARY, *["1.1"] * 10))
    assert found(done.moved) == [("2024-01", "2024-02", 100, 10, 10)]


@pytest.mark.parametrize(
    ("rates", "expected"),
    [
        (["1"] * 8 + ["0.01"] * 2, [(100, 8, 10)]),
        (["1"] * 7 + ["0.01"] * 3, []),
        (["1"] * 9, []),
        (["1"] * 9 + ["null"], []),
        (["1"] * 9 + ["0"], []),
        (["0"] * 4 + ["1"] * 10, [(100, 10, 10)]),
        (["10"] * 10, [(1_000, 10, 10)]),
        (["90"] * 10, [(10_000, 10, 10)]),
        (["0.0001"] * 10, [(-100, 10, 10)]),
        (["0.00001"] * 10, [(-1_000, 10, 10)]),
        (["0.000001"] * 10, [(-10_000, 10, 10)]),
        (["0.5"] * 10, [(100, 10, 10)]),
        (["0.499999"] * 10, []),
        (["2"] * 10, [(100, 10, 10)]),
        (["2.000001"] * 10, []),
        (["-1"] * 10, []),
        (["1"] * 5 + ["10"] * 5, []),
        (["0.1"] * 10, []),
    ],
)
def test_four_of_five_keys_of_at_least_ten_have_to_move_by_the_same_factor(
    connection: Connection, rates: list[str], expected: list[tuple[int, int, int]]
) -> None:
    run(connection, performance_spec(), *month(JANUARY, *["0.01"] * 14))
    looked = look(connection, performance_spec(), *month(FEBRUARY, *rates)).moved
    assert [each[2:] for each in found(looked)] == expected


def test_zero_and_nothing_in_the_earlier_month_prove_nothing_either(connection: Connection) -> None:
    run(connection, performance_spec(), *month(JANUARY, *["0", "null"], *["0.01"] * 9))
    assert found(look(connection, performance_spec(), *month(FEBRUARY, *["1"] * 11)).moved) == []


def test_the_newest_earlier_month_counts_be_it_the_tables_or_the_batchs(january: Connection) -> None:
    run(january, performance_spec(gates=GateSource(magnitude_moved="warn")), *month(FEBRUARY, *["1"] * 10))
    assert found(look(january, performance_spec(), *month(MARCH, *["1"] * 10)).moved) == []
    batch = [*month(FEBRUARY, *["0.02"] * 10), *month(MARCH, *["2"] * 10)]
    assert found(look(january, performance_spec(), *batch).moved) == [("2024-02", "2024-03", 100, 10, 10)]


def test_a_few_late_corrections_of_the_earlier_month_do_not_hide_its_other_rows(january: Connection) -> None:
    batch = [row(JANUARY, "P00", "0.011"), *month(FEBRUARY, *["1"] * 10)]
    assert found(look(january, performance_spec(), *batch).moved) == [("2024-01", "2024-02", 100, 10, 10)]


def test_a_first_month_and_other_keys_have_nothing_to_be_held_against(january: Connection) -> None:
    assert found(look(january, performance_spec(), *month(date(2023, 12, 1), *["1"] * 10)).moved) == []
    others = [row(FEBRUARY, f"Q{number}", "1") for number in range(10)]
    assert found(look(january, performance_spec(), *others).moved) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"period_column": None},
        {"primary_key": ("report_date",), "merge_key": ("report_date",)},
        {"business_columns": ("report_date", "plan_code")},
    ],
    ids=["no month", "nothing but the month in the key", "no figures"],
)
def test_without_a_month_in_the_key_or_without_figures_nothing_is_asked(changes: dict[str, Any]) -> None:
    assert performance_spec(**changes).figures == ()


def test_a_plan_holds_for_what_it_said_had_moved(january: Connection) -> None:
    batch = month(FEBRUARY, *["1"] * 10)
    saved = a_plan().compared(look(january, performance_spec(), *batch))
    assert moved_since(saved, look(january, performance_spec(), *batch)) == []
    with january.cursor() as cursor:
        cursor.execute("UPDATE performance SET return_rate = 1 WHERE plan_code = 'P00'")
        january.commit()
    assert "a power of ten" in "".join(moved_since(saved, look(january, performance_spec(), *batch)))


def test_what_a_load_finds_under_its_lock_counts(meanwhile: Any, connection: Connection) -> None:
    late = f"INSERT INTO performance SELECT '{JANUARY}', 'P0' || n, 0.01, 'x' FROM generate_series(0, 9) AS n"
    loading = meanwhile(late, performance_spec(), *month(FEBRUARY, *["1"] * 10))
    assert "10 of the 10 keys" in loading.result()


def test_without_temporary_tables_the_same_is_found(january: Connection, without_temporary_tables: Connection) -> None:
    staged = look(january, performance_spec(), *month(FEBRUARY, *["1"] * 10)).moved
    assert staged is not None
    assert staged.keys == 10
    assert look(without_temporary_tables, performance_spec(), *month(FEBRUARY, *["1"] * 10)).moved == staged


RATES = st.sampled_from(
    ["null", "0", "0.01", "0.010001", "0.5", "0.499999", "1", "2", "2.000001", "-1", "-0.01", "0.0001", "10", "99.9"]
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    old=st.lists(RATES, min_size=9, max_size=14),
    new=st.lists(RATES, min_size=9, max_size=14),
    most=st.tuples(RATES, RATES),
)
def test_a_batch_by_itself_is_judged_alike_by_python_and_postgresql(
    connection: Connection, old: list[str], new: list[str], most: tuple[str, str]
) -> None:
    before, after = [*[most[0]] * 12, *old[:4]], [*[most[1]] * 11, *new[:5]]
    batch = [*month(JANUARY, *before), *month(FEBRUARY, *after)]
    told = look(connection, performance_spec(), *batch).moved
    rows = [
        (when, (f"P{number:02d}",), (None if rate == "null" else f"{Decimal(rate):.6f}",))
        for when, rates in (("2024-01", before), ("2024-02", after))
        for number, rate in enumerate(rates)
    ]
    assert moved_within(rows, {"2024-01": len(before), "2024-02": len(after)}, ["return_rate"]) == told


def test_figures_of_any_length_are_compared_exactly() -> None:
    assert factor_between(Decimal(2), Decimal(100)) == 100
    assert factor_between(Decimal(2), Decimal("99." + "9" * 60)) is None
    assert factor_between(Decimal(2), Decimal("400." + "0" * 60 + "1")) is None
    assert factor_between(Decimal(-2), Decimal(-100)) == 100
