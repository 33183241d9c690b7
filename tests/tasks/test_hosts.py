"""Several hosts that share a run: on one machine here, in networks of their own by ``make test-hosts``."""

from __future__ import annotations

import signal
import subprocess
import time
from contextlib import closing
from http.client import RemoteDisconnected
from pathlib import Path
from typing import Any
from urllib.error import URLError

import psycopg2
import pytest
from luigi.worker import TaskStatusReporter

from tests.fixtures.loads import content
from tests.fixtures.luigid import task_list
from tests.fixtures.runs import Finished, Office
from workflows.errors import SchedulerNotFoundError
from workflows.tasks import shared_scheduler
from workflows.tasks.shared_scheduler import LossyReporter, SharedScheduler

FILES = tuple(f"2024年{month}月受托业绩报告.xlsx" for month in (10, 11))


def hosts(office: Office, scheduler: tuple[str, ...], *environments: dict[str, str]) -> list[Finished]:
    """The same command on a host for each of these environments, begun at once."""
    begun = [begin(office, scheduler, **environment) for environment in environments]
    return [ended(process) for process in begun]


def begin(office: Office, scheduler: tuple[str, ...], **environment: str) -> subprocess.Popen[str]:
    flags = ("--module", "workflows.tasks", "LoadDomain", "--domain", "trustee_performance", "--execute")
    shared = ("--max-files", "2", "--run-id", "shared", *scheduler)
    return office.begin("luigi", *flags, *shared, **environment)


def ended(process: subprocess.Popen[str]) -> Finished:
    out, err = process.communicate(timeout=120)
    return Finished(process.returncode, out, err)


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
    # To luigid it is the task of all hosts.
    assert "Informed scheduler" not in blind.err
    assert len(list(two_months.output.glob("receipts/*/*/receipt.json"))) == 1
    run = two_months.output / "runs/shared"
    told = sorted(outcomes(path) for path in run.glob("*/summary.txt"))
    assert told == ["Outcome: failed", "Outcome: loaded", "Outcome: loaded"]
    assert outcomes(run / "summary.txt") == "Outcome: loaded"


class Luigid:
    """What a luigid answers, or does not, request by request."""

    raises = (URLError,)

    def __init__(self, *answers: bytes | Exception) -> None:
        self.answers, self.asked = list(answers), 0

    def fetch(self, _url: str, _body: object, _timeout: float) -> str:
        self.asked += 1
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer.decode()


def scheduler_of(luigid: Luigid) -> SharedScheduler:
    scheduler = SharedScheduler("http://luigid.example:8082")
    scheduler._fetcher = luigid
    return scheduler


def test_what_luigids_page_would_show_is_lost_while_it_is_away_and_the_task_goes_on() -> None:
    luigid = Luigid(URLError("refused"), b'{"response": null}')
    luigis: Any = TaskStatusReporter
    reporter = LossyReporter(luigis(scheduler_of(luigid), "task", "worker", None))
    reporter.update_status_message("loading: 10 of 20 rows")
    reporter.update_progress_percentage(50)
    assert luigid.asked == 1, "a luigid that is away is not asked for each of a load's messages"


@pytest.mark.parametrize("away", [URLError("refused"), RemoteDisconnected("restarted"), TimeoutError()])
def test_a_luigid_that_comes_back_is_asked_again_and_nobody_hears_of_it(
    away: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared_scheduler, "_BETWEEN_ATTEMPTS_S", 0)
    luigid = Luigid(away, away, away, away, b'{"response": {"enabled": true}}')
    assert scheduler_of(luigid).is_pause_enabled() == {"enabled": True}


def test_a_luigid_that_stays_away_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SharedScheduler, "_patience", 0)
    with pytest.raises(
        SchedulerNotFoundError, match=r"http://luigid.example:8082: .*does not answer any more \(.*refu"
    ):
        scheduler_of(Luigid(URLError("refused"))).prune()


@pytest.mark.long
def test_a_run_that_failed_can_be_run_again_at_once_under_its_id_when_it_is_mended(
    two_months: Office, scheduler: tuple[str, ...]
) -> None:
    """What retry_count would take away."""
    with closing(psycopg2.connect(two_months.settings["WDH_DATABASE__URI"])) as connection, connection:
        connection.autocommit = True
        connection.cursor().execute("ALTER TABLE trustee_performance RENAME TO away")
        failed = hosts(two_months, scheduler, {}, {})
        assert [(done.code, done.outcome) for done in failed] == [(30, "failed")] * 2
        connection.cursor().execute("ALTER TABLE away RENAME TO trustee_performance")
    (mended,) = hosts(two_months, scheduler, {})
    assert (mended.code, mended.outcome) == (0, "loaded")


@pytest.mark.long
def test_a_host_that_is_told_to_leave_says_that_others_are_still_at_work(
    two_months: Office, scheduler: tuple[str, ...]
) -> None:
    with closing(psycopg2.connect(two_months.settings["WDH_DATABASE__URI"])) as holder:
        holder.cursor().execute("LOCK TABLE trustee_performance")
        begun = [begin(two_months, scheduler) for _ in range(2)]
        while not content(
            holder, "SELECT FROM pg_locks WHERE relation = 'trustee_performance'::regclass AND NOT granted"
        ):
            time.sleep(0.1)
        running = next(iter(task_list(int(scheduler[-1]), "RUNNING").values()))["worker_running"]
        leaving, loading = sorted(begun, key=lambda process: f"pid={process.pid})" in running)
        time.sleep(2)
        leaving.send_signal(signal.SIGUSR1)
        left = ended(leaving)
        holder.rollback()
        loaded = ended(loading)
    assert (left.code, left.outcome) == (10, "unfinished") and "run shared: 本主机已退出" in left.out
    assert (loaded.code, loaded.outcome) == (0, "loaded")
