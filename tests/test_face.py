"""The face of the package, as a notebook uses it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import workflows
from tests.fixtures.runs import Office
from tests.workbooks import HEADERS, xlsx
from workflows.errors import ParameterError, PlanBlockedError, RowsRejectedError
from workflows.runs.choosing import catalogue
from workflows.settings import get_settings

KEY = ["report_date", "plan_code", "company_code"]


@pytest.fixture
def book(tmp_path: Path) -> Path:
    path = tmp_path / "2024年11月受托业绩报告.xlsx"
    path.write_bytes(xlsx([HEADERS, [2024, 11, "P1", "C1", 0.05, 1.25, 100.0]]))
    return path


@pytest.fixture
def here(office_with_database: Office, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    """An office whose settings are this process's."""
    office = office_with_database
    monkeypatch.chdir(office.folder)
    monkeypatch.setenv("WDH_DATABASE__URI", office.settings["WDH_DATABASE__URI"])
    get_settings.cache_clear()
    catalogue.cache_clear()
    yield office
    get_settings.cache_clear()
    catalogue.cache_clear()


def test_every_name_is_there_and_says_how_it_is_used() -> None:
    for name in workflows.__all__:
        assert callable(getattr(workflows, name))
        assert name in dir(workflows)


def test_importing_the_package_loads_no_driver_and_no_scheduler() -> None:
    code = "import sys, workflows; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"luigi", "psycopg2", "pydantic", "openpyxl"} & set(loaded)


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'upload'"):
        workflows.upload  # noqa: B018


def test_rows_become_records_and_records_statements(book: Path) -> None:
    records = workflows.process(workflows.read_excel_rows(book), book.name)
    shown = workflows.load("trustee_performance", records, pk=KEY)
    assert (shown["table"], shown["mode"], shown["deleted"], shown["batches"]) == (
        "trustee_performance",
        "delete_insert",
        None,
        1,
    )


def test_rows_that_fail_raise_with_the_good_records_attached(book: Path) -> None:
    book.write_bytes(
        xlsx([HEADERS, [2024, 11, "P1", "C1", 0.05, 1.25, 100.0], [2024, 11, None, "C1", 0.05, 1.25, 1.0]])
    )
    with pytest.raises(RowsRejectedError) as refused:
        workflows.process(workflows.read_excel_rows(book), book.name)
    assert (len(refused.value.records), len(refused.value.rejects)) == (1, 1)


def test_a_run_is_planned_compared_and_loaded_without_luigi(here: Office) -> None:
    here.workbook("2024年11月受托业绩报告.xlsx", 11)
    here.workbook("2024年10月受托业绩报告.xlsx", 10)
    plan = workflows.plan("trustee_performance", max_files=2)
    assert (plan.outcome, plan.records, plan.effect.added) == ("planned", 4, None)
    assert here.plan() == plan
    assert workflows.plan("trustee_performance", max_files=2, compare=True).effect.added == 4
    assert workflows.plan("trustee_performance", max_files=2, execute=True).outcome == "loaded"
    assert workflows.plan("trustee_performance", max_files=2, execute=True).outcome == "unchanged"
    assert here.receipt().outcome == "unchanged"


def test_options_are_those_of_the_command_line(here: Office) -> None:
    here.workbook("2024年11月受托业绩报告.xlsx", 11, [("P1", 1.0), (None, 1.0)])
    assert workflows.plan("trustee_performance", min_rows=5, accept={"rejects": 1}).blocked_by[0].gate == "min_rows"
    with pytest.raises(PlanBlockedError, match="1 of 2 data rows are rejected"):
        workflows.plan("trustee_performance", execute=True)
    with pytest.raises(ParameterError, match="--max-files"):
        workflows.plan("trustee_performance", max_files=21)
    with pytest.raises(ParameterError, match="min_row"):
        workflows.plan("trustee_performance", min_row=5)
    with pytest.raises(ParameterError, match="no column 'nothing'"):
        workflows.plan("trustee_performance", primary_key=["nothing"])


def test_the_package_of_that_name_can_still_be_imported() -> None:
    import workflows.plan.model as model

    assert workflows.plan.model is model  # type: ignore[attr-defined]
