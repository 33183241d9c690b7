from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from tests.fixtures.loads import FEBRUARY, JANUARY, entry, month_spec, performance_spec, workbook
from workflows.errors import IdentifierError, PlanError
from workflows.plan.load_spec import MODES, LoadSpec
from workflows.plan.sql import load_statements
from workflows.sources.gate_rules import GateSource


def operations(spec: LoadSpec) -> list[str]:
    return [statement.operation for statement in load_statements(spec, entry(1))]


def deletion(spec: LoadSpec) -> str:
    delete = load_statements(spec).changing.delete
    return delete.sql if delete else ""


def test_the_steps_of_a_delete_insert_stage_before_they_lock() -> None:
    assert operations(performance_spec(files=(workbook(),), gates=GateSource(max_deleted_rows=1))) == [
        *("settings", "leftovers", "stage", "copy", "key", "check", "lock", "table", "files", "left", "moved"),
        *("number", "unique", "guard", "left_behind", "magnitude", "before", "delete", "insert"),
        *("ledger", "ledger_files", "stands", "recorded", "tidy"),
    ]


def test_the_steps_of_an_append_delete_nothing() -> None:
    assert operations(performance_spec(mode="append", files=(workbook(),))) == [
        *("settings", "leftovers", "stage", "copy", "key", "check", "lock", "table", "files"),
        *("refuse", "leave_out", "moved", "number", "magnitude", "before", "insert"),
        *("ledger", "ledger_files", "stands", "recorded", "tidy"),
    ]


def test_a_load_without_an_entry_does_not_touch_the_ledger() -> None:
    spec = performance_spec(mode="append", files=(workbook(),))
    assert not [statement.sql for statement in load_statements(spec) if "wdh_load" in statement.sql]


def test_a_load_that_has_to_be_recorded_needs_an_entry() -> None:
    with pytest.raises(PlanError, match="no entry for the ledger"):
        assert load_statements(performance_spec()).recorded


def test_what_is_decided_for_a_compared_plan_begins_with_whether_it_was_applied() -> None:
    deciding = load_statements(performance_spec(files=(workbook(),)), replace(entry(1), once=True)).deciding
    assert [statement.operation for statement in deciding] == ["once", "files", "left", "moved", "number"]


def test_replacing_months_deletes_what_the_batch_does_not_hold_exactly_so() -> None:
    assert deletion(month_spec(JANUARY, FEBRUARY)) == (
        'DELETE FROM :"wdh_schema"."performance" AS target\n'
        "WHERE target.\"report_date\" IN (DATE '2024-01-01', DATE '2024-02-01')\n"
        "  AND NOT EXISTS (SELECT FROM pg_temp.wdh_staging AS staged "
        'WHERE target."report_date" = staged."report_date" AND target."plan_code" = staged."plan_code" '
        'AND (target."return_rate") IS NOT DISTINCT FROM (staged."return_rate"))'
    )


def test_replacing_keys_deletes_what_differs_under_a_staged_key() -> None:
    assert deletion(performance_spec()) == (
        'DELETE FROM :"wdh_schema"."performance" AS target\n'
        'WHERE target."report_date" = ANY (ARRAY(SELECT DISTINCT "report_date" FROM pg_temp.wdh_staging))\n'
        "  AND EXISTS (SELECT FROM pg_temp.wdh_staging AS staged "
        'WHERE target."report_date" = staged."report_date" AND target."plan_code" = staged."plan_code" '
        'AND (target."return_rate") IS DISTINCT FROM (staged."return_rate"))'
    )


def test_only_the_copy_knows_its_rows_beforehand() -> None:
    planned = load_statements(performance_spec(), entry(5)).planned()
    assert {step.operation: step.rows for step in planned if step.rows is not None} == {"copy": 5}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"mode": "upsert"}, f"unknown mode 'upsert'; .* / known: {', '.join(MODES)}$"),
        ({"described_by": ("x",)}, "described_by .* / column x"),
        ({"mode": "append", "files": (workbook(),), "path_column": "nowhere"}, "append of workbooks needs the column"),
        ({"columns": ()}, "no columns"),
        ({"columns": ("report_date", "report_date")}, "named twice in report_date, report_date$"),
        ({"business_columns": ("report_date", "plan_code", "x")}, "business column x"),
        ({"primary_key": ("id",)}, "primary key column id"),
        ({"merge_key": ("return_rate",)}, "merge key column return_rate"),
        ({"primary_key": (), "merge_key": ()}, "needs a primary key"),
        ({"merge_key": ()}, "needs a primary key and a merge key"),
        ({"merge_key": ("report_date",)}, "needs the periods"),
        ({"merge_key": ("report_date",), "periods": (date(2024, 1, 1),), "period_column": None}, "needs the periods"),
    ],
)
def test_a_load_that_cannot_mean_what_is_wanted_is_refused(changes: dict[str, object], message: str) -> None:
    with pytest.raises(PlanError, match=message):
        load_statements(performance_spec(**changes))


def test_a_name_that_the_server_would_cut_is_refused_in_the_plan() -> None:
    with pytest.raises(IdentifierError):
        load_statements(performance_spec(table="业" * 22))
