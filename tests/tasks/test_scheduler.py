"""The same runs against a real luigid."""

from __future__ import annotations

import os
import socket
import subprocess
import sysconfig
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fixtures.runs import Office

_ROOT = Path(__file__).resolve().parents[2]
NOVEMBER = "2024年11月受托业绩报告.xlsx"


@pytest.fixture
def scheduler(tmp_path: Path) -> Iterator[tuple[str, ...]]:
    """The flags that reach a luigid of this test's own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    program = Path(sysconfig.get_path("scripts")) / "luigid"
    state = ("--state-path", str(tmp_path / "state.pickle"))
    with subprocess.Popen(
        [str(program), "--address", "127.0.0.1", "--port", str(port), *state],
        cwd=tmp_path,
        env={**os.environ, "LUIGI_CONFIG_PATH": str(_ROOT / "luigi.cfg")},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as daemon:
        for _ in range(200):
            with socket.socket() as client:
                if client.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield ("--scheduler-host", "127.0.0.1", "--scheduler-port", str(port))
        daemon.terminate()


def test_two_runs_in_a_row_against_luigid_both_report(office: Office, scheduler: tuple[str, ...]) -> None:
    office.workbook(NOVEMBER, 11)
    first = office.run(scheduler=scheduler)
    second = office.run(scheduler=scheduler)
    assert [(first.code, first.outcome), (second.code, second.outcome)] == [(0, "planned"), (0, "planned")]


def test_two_workers_load_against_luigid(office_with_database: Office, scheduler: tuple[str, ...]) -> None:
    office = office_with_database
    office.workbook(NOVEMBER, 11)
    office.workbook("2024年10月受托业绩报告.xlsx", 10)
    done = office.run("--execute", "--max-files", "2", "--workers", "2", scheduler=scheduler)
    assert (done.code, done.outcome) == (0, "loaded")


def test_a_failed_run_can_be_run_again_at_once_when_it_is_mended(office: Office, scheduler: tuple[str, ...]) -> None:
    (office.data / NOVEMBER).write_bytes(b"hello")
    assert office.run(scheduler=scheduler).code == 30
    office.workbook(NOVEMBER, 11)
    assert office.run(scheduler=scheduler).outcome == "planned"
