"""What a comparison says of rows without a key: equal ones with their number, and what is a change of what."""

from __future__ import annotations

from typing import Any

import pytest
from psycopg2.extensions import connection as Connection  # noqa: N812

from tests.fixtures.details import FEBRUARY, INVESTED, detail, details_spec, lines
from tests.fixtures.loads import JANUARY_FILE, look, run, workbook
from tests.fixtures.plans import a_plan
from workflows.plan import comparison
from workflows.plan.changes import Comparison
from workflows.plan.comparison import BatchShape, moved_since
from workflows.plan.model import Plan
from workflows.records.accounts import SheetColumn

SPEC, BY_PLAN = details_spec(), details_spec(described_by=("计划代码",))
SHAPE = BatchShape(
    {"2024-01": 3},
    {
        (JANUARY_FILE, "规模明细"): workbook(
            columns={"流失_含待遇支付": SheetColumn(letter="N", header="流失（含待遇支付）")}
        )
    },
    ("流失_含待遇支付",),
)


def listed(found: Comparison) -> list[tuple[Any, ...]]:
    """Kind, number of rows, plan code and the values old -> new of 流失_含待遇支付."""
    return [
        (
            change.kind,
            change.rows,
            change.key.get("计划代码") or next(c.old or c.new for c in change.cells if c.field == "计划代码"),
            *((cell.old, cell.new) for cell in change.cells if cell.field == "流失_含待遇支付"),
        )
        for change in found.changes
    ]


def test_equal_rows_that_come_and_go_are_one_change_with_their_number(connection: Connection) -> None:
    run(connection, SPEC, *lines(*[detail()] * 5, detail("P2")))
    found = look(connection, SPEC, *lines(*[detail()] * 2, detail("P2"), *[detail("P3", "7.0000")] * 2))
    assert listed(found) == [
        ("removed", 3, "P1", ("1.0000", None)),
        ("added", 2, "P3", (None, "7.0000")),
    ]
    effect = found.effect
    assert (effect.added, effect.changed, effect.removed, effect.unchanged) == (2, 0, 3, 3)
    assert found.months["2024-01"].removed == 3


def test_a_removed_and_an_added_row_of_one_name_are_one_change(connection: Connection) -> None:
    run(connection, SPEC, *lines(detail(), detail("P2"), detail(month=FEBRUARY), detail(kind=INVESTED)))
    found = look(connection, BY_PLAN, *lines(detail(amount="1.5000"), detail("P2")), shape=SHAPE)
    (change,) = found.changes
    assert (change.kind, change.key) == ("changed", {"月度": "2024-01-01", "业务类型": "企年受托", "计划代码": "P1"})
    assert [(cell.old, cell.new, cell.cell) for cell in change.cells] == [
        ("1.0000", "1.5000", "2024-01.xlsx!规模明细!N2")
    ]
    assert (found.effect.changed, found.effect.added, found.effect.removed) == (1, 0, 0)
    assert found.months["2024-01"].growth == {"流失_含待遇支付": "0.5000"}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ((detail(), detail(amount="2.0000")), (detail(), detail(amount="3.0000"))),
        ((detail(),), (detail(amount="3.0000"), detail(amount="4.0000"))),
        ((detail(), detail()), (detail(amount="3.0000"),)),
        ((detail(),), (detail(amount="3.0000"),) * 2),
    ],
    ids=["one of two", "one became two", "two equal ones became one", "one became two equal ones"],
)
def test_where_a_name_stands_for_several_rows_nothing_is_a_change_of_another(
    connection: Connection, before: Any, after: Any
) -> None:
    run(connection, SPEC, *lines(*before))
    found = look(connection, BY_PLAN, *lines(*after))
    assert {change.kind for change in found.changes} == {"added", "removed"}
    assert found.effect.changed == 0


def test_blank_names_are_a_name_too(connection: Connection) -> None:
    by_name = details_spec(described_by=("客户名称",))
    run(connection, SPEC, *lines(detail(name=None), detail(name="乙公司", amount="2.0000")))
    found = look(
        connection, by_name, *lines(detail(name=None, amount="9.0000"), detail(name="乙公司", amount="2.0000"))
    )
    assert [(change.kind, change.key["客户名称"]) for change in found.changes] == [("changed", None)]


def test_a_role_without_temporary_tables_is_told_the_same(
    connection: Connection, without_temporary_tables: Connection
) -> None:
    run(connection, SPEC, *lines(*[detail()] * 3, detail("P2"), detail("P4", name=None)))
    batch = lines(detail(), detail("P2", "3.0000"), *[detail("P3")] * 2, detail("P4", name=None))
    told, same = look(without_temporary_tables, BY_PLAN, *batch), look(connection, BY_PLAN, *batch)
    assert listed(told) == listed(same) != []
    assert (told.digest, told.effect) == (same.digest, same.effect)


def test_the_digest_knows_how_many_equal_rows_come(connection: Connection) -> None:
    twice, thrice = (look(connection, SPEC, *lines(*[detail()] * number)) for number in (2, 3))
    assert twice.digest != thrice.digest


def test_what_moved_since_a_plan_was_made_is_said_with_its_number(connection: Connection) -> None:
    run(connection, SPEC, *lines(*[detail()] * 3))
    batch = lines(detail())
    saved: Plan = a_plan().compared(look(connection, BY_PLAN, *batch))
    run(connection, SPEC, *lines(*[detail()] * 4))
    first, *moved = moved_since(saved, look(connection, BY_PLAN, *batch))
    assert "1 row(s) of" in first
    assert moved == [
        "  2024-01-01 | 企年受托 | P1: 原定删除 2 行，现将删除 3 行"
        "（表中为 客户名称 甲公司, 流失_含待遇支付 1.0000） / "
        "was to be removed (2 rows), would be removed (3 rows) now"
        " (the table has 客户名称 甲公司, 流失_含待遇支付 1.0000)"
    ]


def test_an_append_lists_every_row_as_added(connection: Connection) -> None:
    run(connection, SPEC, *lines(detail()))
    found = look(connection, details_spec(mode="append"), *lines(detail(), detail()))
    assert [(change.kind, change.rows) for change in found.changes] == [("added", 1), ("added", 1)]


def test_wide_changes_are_listed_up_to_a_number_of_cells_and_counted_beyond(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comparison, "CELLS_LISTED", 5)
    found = look(connection, SPEC, *lines(*[detail(f"P{number}") for number in range(4)]))
    assert (len(found.changes), found.changes_omitted, found.effect.added) == (2, 2, 4)


def test_several_rows_of_one_name_are_all_held_against_what_was_approved(connection: Connection) -> None:
    run(connection, SPEC, *lines(detail(), detail("P2"), detail("P3")))
    saved = a_plan().compared(look(connection, SPEC, *lines(detail())))
    run(connection, SPEC, *lines(detail(), detail("P3")))
    first, moved = moved_since(saved, look(connection, SPEC, *lines(detail())))
    assert "1 row(s) of" in first
    assert moved.startswith("  2024-01-01 | 企年受托: 原定删除、删除，现将删除")
