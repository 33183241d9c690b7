"""Several hosts that share a run: on one machine here, in networks of their own by ``make test-hosts``."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fixtures.runs import Finished, Office

FILES = tuple(f"2024年{month}月受托业绩报告.xlsx" for month in (10, 11))


def hosts(office: Office, scheduler: tuple[str, ...], *environments: dict[str, str]) -> list[Finished]:
    """The same command on a host for each of these environments, begun at once."""
    flags = ("--module", "workflows.tasks", "LoadDomain", "--domain", "trustee_performance", "--execute")
    shared = ("--max-files", "2", "--run-id", "shared", *scheduler)
    begun = [office.begin("luigi", *flags, *shared, **environment) for environment in environments]
    said = [process.communicate(timeout=120) for process in begun]
    return [Finished(process.returncode, *told) for process, told in zip(begun, said, strict=True)]


def outcomes(summary: Path) -> str:
    return "".join(line for line in summary.read_text(encoding="utf-8").splitlines() if line.startswith("Outcome: "))


@pytest.fixture
def two_months(office_with_database: Office) -> Office:
    """An office with a database and a workbook of each of two months."""
    for month, name in enumerate(FILES, 10):
        office_with_database.workbook(name, month)
    return office_with_database


def test_hosts_that_share_a_run_all_say_that_it_is_loaded_and_one_that_cannot_read_the_data_harms_none(
    two_months: Office, scheduler: tuple[str, ...], tmp_path: Path
) -> None:
    *shared, blind = hosts(two_months, scheduler, {}, {}, {"WDH_DATA_BASE_DIR": str(tmp_path / "not mounted")})
    assert [(done.code, done.outcome) for done in shared] == [(0, "loaded")] * 2
    assert (blind.code, blind.outcome) == (30, "failed") and "not mounted" in blind.out
    assert len(list(two_months.output.glob("receipts/*/*/receipt.json"))) == 1
    run = two_months.output / "runs/shared"
    told = sorted(outcomes(path) for path in run.glob("*/summary.txt"))
    assert told == ["Outcome: failed", "Outcome: loaded", "Outcome: loaded"]
    assert outcomes(run / "summary.txt") == "Outcome: loaded"
