"""The life of the connection in the load task; psycopg2 is mocked, so no server is needed.

A mocked connection has no table to look at and no rows to load: what would ask it is replaced where ``execution`` finds
it, once, below. What these do to a real database is tested in tests/warehouse.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from unittest.mock import MagicMock, patch

import luigi
import psycopg2
import pytest
from luigi.task_register import Register

from tests.fixtures.runs import Office
from workflows.errors import DataWarehouseLoaderError
from workflows.plan.changes import Effect
from workflows.plan.model import Plan
from workflows.plan.run import Run
from workflows.runs.choosing import choose
from workflows.runs.options import RunOptions
from workflows.runs.run_json import claim
from workflows.settings import get_settings
from workflows.tasks import LoadWarehouse
from workflows.warehouse import execution
from workflows.warehouse.loader import LoadDone

DONE = LoadDone(Effect(deleted=1, inserted=2, unchanged=0))


@pytest.fixture(autouse=True)
def _fresh_process(office: Office, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Settings of this test, and none of Luigi's instances of the test before."""
    monkeypatch.setenv("WDH_DATA_BASE_DIR", str(office.data))
    monkeypatch.setenv("WDH_OUTPUT_DIR", str(office.output))
    monkeypatch.setenv("WDH_DATABASE__URI", "postgresql://loader:geheim@127.0.0.1/warehouse")
    get_settings.cache_clear()
    Register.clear_instance_cache()  # type: ignore[no-untyped-call]
    yield
    get_settings.cache_clear()


def chosen(office: Office, *, execute: bool = True) -> Run:
    office.workbook("2024年11月受托业绩报告.xlsx", 11)
    options = RunOptions(domains=("trustee_performance",), plan_only=not execute)
    return claim(choose("executing" if execute else "planning", options, get_settings()))


def built(task: LoadWarehouse) -> bool:
    """Run the task and what it requires in this process; whether it succeeded."""
    return bool(luigi.build([task], local_scheduler=True, no_lock=True, log_level="CRITICAL"))  # type: ignore[no-untyped-call]


@pytest.fixture
def connect() -> Iterator[MagicMock]:
    """``psycopg2.connect``, mocked, of a database whose ledger does not know the load, and whose table is right."""
    with (
        patch.object(psycopg2, "connect") as mocked,
        patch.object(execution, "find_this_load", return_value=None),
        patch.object(execution, "check_table"),
    ):
        mocked.return_value.autocommit = False
        yield mocked


@pytest.fixture
def carry_out() -> Iterator[MagicMock]:
    """The load itself; it succeeds unless told otherwise."""
    with patch.object(execution, "carry_out", return_value=DONE) as mocked:
        yield mocked


def test_execution_opens_one_connection_loads_commits_and_closes(
    office: Office, connect: MagicMock, carry_out: MagicMock
) -> None:
    assert built(LoadWarehouse.of(chosen(office)))
    connection = connect.return_value
    assert connect.call_count == 1
    assert carry_out.call_args.args[0] is connection
    assert carry_out.call_args.args[1].spec.primary_key == ("report_date", "plan_code", "company_code")
    assert [call[0] for call in connection.method_calls if call[0] in ("commit", "rollback", "close")] == [
        "commit",
        "close",
    ]


@pytest.mark.parametrize("error", [DataWarehouseLoaderError("no"), RuntimeError("a defect")])
def test_a_failing_load_is_rolled_back_and_the_connection_closed(
    office: Office, connect: MagicMock, carry_out: MagicMock, error: Exception
) -> None:
    carry_out.side_effect = error
    assert not built(LoadWarehouse.of(chosen(office)))
    connection = connect.return_value
    assert (connection.rollback.called, connection.commit.called, connection.close.called) == (True, False, True)
    assert not list(office.output.glob("receipts/**/*.json"))


@pytest.mark.usefixtures("carry_out")
def test_a_failing_commit_leaves_no_receipt_and_closes(office: Office, connect: MagicMock) -> None:
    connect.return_value.commit.side_effect = psycopg2.errors.ForeignKeyViolation("deferred")
    assert not built(LoadWarehouse.of(chosen(office)))
    assert connect.return_value.close.called
    assert not list(office.output.glob("receipts/**/*.json"))


def test_planning_never_connects(office: Office, connect: MagicMock) -> None:
    task = LoadWarehouse.of(chosen(office, execute=False))
    assert built(task)
    assert not connect.called
    plan = Plan.model_validate_json(Path(task.output().path).read_bytes())
    assert (plan.plan_only, plan.effect.deleted) == (True, None)


def test_plan_and_execution_are_different_tasks(office: Office) -> None:
    executing, planning = chosen(office), chosen(office, execute=False)
    assert LoadWarehouse.of(executing).task_id != LoadWarehouse.of(planning).task_id
