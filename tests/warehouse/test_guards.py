"""A guard is judged beforehand, by a comparison in Python, and under the lock, by PostgreSQL: always alike."""

from __future__ import annotations

from contextlib import nullcontext
from decimal import Decimal
from typing import Any

import pytest
from psycopg2.extensions import connection as Connection  # noqa: N812

from tests.fixtures.loads import JANUARY, look, month_spec, row, run
from workflows.errors import GuardTrippedError
from workflows.plan.gates import closed_gates
from workflows.plan.judges import BatchFacts
from workflows.sources.gate_rules import GateSource


@pytest.mark.parametrize(
    ("deleted", "ratio", "blocks"),
    [
        (29, "0.29", False),  # as floats 0.29 * 100 is less than 29
        (29, "0.28", True),
        (29, "0.28999999999999999999999999999999", True),
        (29, "0.29000000000000000000000000000001", False),
        (58, "0.58", False),
        (7, "0.07", False),  # as floats 0.07 * 100 is more than 7
        (7, "0.06", True),
        (30, repr(0.1 + 0.2), False),
        (30, "0.29999999999999999", True),  # as a float this is 0.3
        (1, "0", True),
        (1, "1E-2", False),
        (100, "1", False),
    ],
)
def test_a_ratio_of_100_rows_is_judged_alike_by_python_and_postgresql(
    connection: Connection, deleted: int, ratio: str, blocks: bool
) -> None:
    lines = [row(JANUARY, f"P{number}") for number in range(100)]
    run(connection, month_spec(JANUARY), *lines)
    guards = GateSource(max_deleted_ratio=Decimal(ratio), empty="allow")
    spec, left = month_spec(JANUARY, gates=guards), lines[deleted:]
    found = look(connection, spec, *left)
    facts = BatchFacts(files=(), records=len(left), scope="months", effect=found.effect)
    assert [block.gate for block in closed_gates(guards, facts, {})] == ["max_deleted_ratio"] * blocks
    with pytest.raises(GuardTrippedError, match=f"{deleted} of the 100 rows") if blocks else nullcontext():
        assert run(connection, spec, *left).effect.deleted == deleted


@pytest.mark.parametrize(("accepted", "refused"), [(3, False), (2, True), (4, True)])
def test_accepted_deletions_are_those_and_no_others_under_the_lock(
    connection: Connection, accepted: int, refused: bool
) -> None:
    lines = [row(JANUARY, f"P{number}") for number in range(5)]
    run(connection, month_spec(JANUARY), *lines)
    spec = month_spec(JANUARY, gates=GateSource(max_deleted_rows=1), accepted={"deleted": accepted})
    with pytest.raises(GuardTrippedError, match="3 of the 5 rows") if refused else nullcontext():
        assert run(connection, spec, *lines[3:]).effect.deleted == 3
    connection.rollback()


def test_another_number_than_what_is_accepted_is_refused_where_no_limit_is_set(connection: Connection) -> None:
    run(connection, month_spec(JANUARY), row(JANUARY, "P1"), row(JANUARY, "P2"))
    with pytest.raises(GuardTrippedError, match="accepted 2"):
        run(connection, month_spec(JANUARY, accepted={"deleted": 2}), row(JANUARY, "P1"))


@pytest.mark.parametrize(
    ("limits", "blocks"),
    [
        ({"max_deleted_rows": 3}, False),
        ({"max_deleted_rows": 2}, True),
        ({"max_deleted_rows": 2, "max_deleted_ratio": Decimal(1)}, True),
        ({"max_deleted_rows": 3, "max_deleted_ratio": Decimal("0.5")}, True),
        ({"max_deleted_rows": 3, "max_deleted_ratio": Decimal("0.6")}, False),
    ],
)
def test_either_limit_is_enough_to_refuse_and_its_own_number_passes(
    connection: Connection, limits: dict[str, Any], blocks: bool
) -> None:
    lines = [row(JANUARY, f"P{number}") for number in range(5)]
    run(connection, month_spec(JANUARY), *lines)
    spec = month_spec(JANUARY, gates=GateSource(**limits))
    with pytest.raises(GuardTrippedError, match="3 of the 5 rows") if blocks else nullcontext():
        assert run(connection, spec, *lines[3:]).effect.deleted == 3
