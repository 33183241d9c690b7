"""What others are shown of a task that failed: on the scheduler's page, and in luigi's e-mails."""

from __future__ import annotations

import pickle
from typing import Any, cast

import luigi
import pytest
from luigi import notifications
from luigi.interface import _WorkerSchedulerFactory
from luigi.scheduler import Scheduler

import workflows.tasks
from tests.fixtures.runs import Office
from workflows.errors import ConflictError, ParameterError, PlanBlockedError, PlanOutdatedError, WorkflowError
from workflows.tasks import LoadDomain, LoadWarehouse

TASKS: list[Any] = [getattr(workflows.tasks, name) for name in workflows.tasks.__all__]


def test_every_task_is_asked() -> None:
    assert len([task for task in TASKS if issubclass(task, luigi.Task)]) == len(TASKS) >= 8


@pytest.mark.parametrize("task", TASKS, ids=[task.__name__ for task in TASKS])
def test_a_failure_is_shown_by_its_own_words_and_a_defect_by_where_it_happened(task: Any) -> None:
    assert task.on_failure(None, ParameterError("--pk: not this one")) == "--pk: not this one"
    cell = "1.23亿"
    try:
        raise ZeroDivisionError(f"of {cell}")
    except ZeroDivisionError as error:
        shown = task.on_failure(None, error)
    assert "Traceback" in shown and "test_failures_shown.py" in shown and "ZeroDivisionError" in shown
    assert cell not in shown and "all of it lies below WDH_OUTPUT_DIR in runs/" in shown


@pytest.mark.parametrize(
    "error",
    [
        PlanBlockedError("2 rows\n  a.xlsx!B2 'geheim'", outside="2 rows"),
        ConflictError("2 keys differ:\n  geheim | C1: 1 and 2"),
        PlanOutdatedError("2 rows changed:\n  geheim: was 1, is 2\nplan again"),
    ],
)
def test_an_error_that_lists_rows_is_counted_outside_and_whole_inside(error: WorkflowError) -> None:
    sent = pickle.loads(pickle.dumps(error))
    shown = LoadWarehouse(domain="d", mode="append", step="load", run_id="run-1").on_failure(sent)
    assert shown.startswith("2 ") and "geheim" not in shown and "runs/run-1/" in shown
    assert "geheim" in str(sent)


@pytest.fixture
def blocked(office_with_database: Office) -> tuple[Any, str]:
    """A blocked execution's task, and what the page shows of it."""
    seen: list[tuple[Any, str]] = []
    rows = [("P1", 100.0), (None, 5.0), ("P3", "geheim"), ("PDUP", 1.0), ("PDUP", 2.0)]
    office_with_database.workbook("2024年11月受托业绩报告.xlsx", 11, rows)
    shown = LoadWarehouse.on_failure

    def watched(task: Any, error: BaseException) -> str:
        seen.append((task, shown(task, error)))
        return seen[-1][1]

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(LoadWarehouse, "on_failure", watched)
        assert office_with_database.call("--execute").outcome == "blocked"
    return seen[0]


def test_a_blocked_load_shows_counts_and_where_the_list_lies_but_no_cell(blocked: tuple[Any, str]) -> None:
    task, shown = blocked
    assert (
        "BLOCKED by max_reject_ratio" in shown
        and "2024年11月受托业绩报告.xlsx: 记录 1, 拒收 4 / 1 records, 4 rejected" in shown
    )
    assert "not_a_number: 1" in shown and "duplicate_conflict: 2" in shown and "problems/rejects.csv" in shown
    assert "geheim" not in shown and "PDUP" not in shown
    # The first of these name the task in graphs, in the log and for luigi-grep.
    assert task.task_id.startswith("LoadWarehouse_trustee_performa_delete_insert_2024_11_")


def test_an_email_holds_neither_a_row_nor_a_password(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[str] = []
    monkeypatch.setattr(notifications, "send_error_email", lambda _subject, message, _to: sent.append(message))
    monkeypatch.setattr("sys.argv", ["luigi", "LoadDomain", "--scheduler-url=http://me:geheim@host:8082/"])
    task = LoadWarehouse(domain="d", mode="append", step="load", run_id="run-1")
    worker: Any = _WorkerSchedulerFactory().create_worker(cast(Any, Scheduler)(), 1)  # type: ignore[no-untyped-call]
    worker._email_task_failure(task, task.on_failure(ConflictError("2 keys differ:\n  geheim | C1: 1 and 2")))
    (message,) = sent
    assert "--scheduler-url=http://host:8082/" in message and "2 keys differ" in message and "geheim" not in message


def test_a_task_is_named_by_what_was_said_of_it() -> None:
    task = LoadDomain(domain="trustee_performance", period="2024-10", execute=True, run_id="r1")
    assert task.task_id.startswith("LoadDomain_trustee_performa_True_2024_10_")
    assert repr(task) == "LoadDomain(domain=trustee_performance, period=2024-10, execute=True, run_id=r1)"
    assert LoadDomain.from_str_params(task.to_str_params()) == task  # type: ignore[no-untyped-call]
    other = LoadDomain(domain="trustee_performance", period="2024-10", execute=True, run_id="r1", accept="rejects=1")
    assert other.task_id != task.task_id
