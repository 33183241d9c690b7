"""What goes wrong around a run ends in one message, never in a stack trace, and last on its stream."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.fixtures.runs import Finished, Office

NOVEMBER = "2024年11月受托业绩报告.xlsx"
# The system's administrator may write anywhere: without these rights he is like everybody else.
LIKE_ANYBODY = ("setpriv", "--bounding-set=-dac_override,-dac_read_search") if os.geteuid() == 0 else ()


def told(done: Finished, code: int) -> str:
    """What was said, once, by a run that failed with ``code``."""
    assert "Traceback" not in done.out + done.err
    assert (done.code, done.outcome, done.out.count("\nFAILED ")) == (code, "failed", 1)
    return done.out


@pytest.fixture
def taken_port() -> Iterator[int]:
    """A port at which nobody answers, taken for the length of the test."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        yield holder.getsockname()[1]


def test_no_scheduler_at_the_address(office: Office, taken_port: int) -> None:
    office.workbook(NOVEMBER, 11)
    for where in (
        ("--scheduler-port", str(taken_port)),
        ("--scheduler-url", f"http://u:geheim@localhost:{taken_port}/"),
    ):
        done = office.run(scheduler=where)
        said = told(done, 35)
        assert f"http://localhost:{taken_port}/: 没有任务调度器应答 / no luigid answers there" in said
        assert "make scheduler" in said and "geheim" not in said + done.err


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        (("LoadDomian",), "LoadDomain"),
        (("ApplyPlans",), "ApplyPlan"),
        (("LoadDomain", "--maxfiles", "2"), "--max-files"),
        (("LoadDomain", "--exekute"), "--execute"),
        (("LoadDomain", "--compre=true"), "--compare"),
        (("ApplyPlan", "--planfile", "x"), "--plan-file"),
    ],
)
def test_a_mistyped_task_or_flag_is_the_last_line_with_the_nearest_one(
    office: Office, typed: Sequence[str], meant: str
) -> None:
    done = office.command("luigi", "--module", "workflows.tasks", *typed, "--local-scheduler")
    assert (done.code, done.out) == (2, "")
    (line,) = done.err.splitlines()
    assert typed[-1].partition("=")[0] in line or typed[1] in line
    assert f"did you mean {meant}?" in line


def test_luigi_run_as_a_module_says_the_same(office: Office) -> None:
    done = office.command("python", "-m", "luigi", "--module", "workflows.tasks", "LoadDomian", "--local-scheduler")
    assert (done.code, "did you mean LoadDomain?" in done.err, "Traceback" in done.err) == (2, True, False)


def test_a_word_that_is_no_flag_and_a_flag_without_its_value(office: Office) -> None:
    assert office.run("plan").err.splitlines()[-1].startswith("'plan': 多余的参数")
    (line,) = office.run("--period").err.splitlines()
    assert "argument --period: expected one argument" in line


def test_a_number_of_workers_that_is_none(office: Office) -> None:
    done = office.run("--workers", "two")
    assert (done.code, done.err) == (2, "--workers: 应为整数 / a whole number wanted, 'two' found\n")


def test_flags_may_still_be_shortened(office: Office) -> None:
    office.workbook(NOVEMBER, 11)
    assert office.run("--exec", "--comp").err.count("there is no such") == 0


def test_a_mysql_address_is_refused_before_anything_is_read(office: Office) -> None:
    office.workbook(NOVEMBER, 11)
    for flags in ((), ("--compare",), ("--execute",)):
        done = office.call(*flags, WDH_DATABASE__URI="mysql://loader:geheim@db/pensions")
        assert "WDH_DATABASE__URI: 只支持 PostgreSQL" in told(done, 30)
        assert "mysql:// found" in done.out and "geheim" not in done.out + done.err


def test_an_output_folder_that_may_not_be_written(office: Office) -> None:
    office.workbook(NOVEMBER, 11)
    office.output.mkdir(mode=0o500)
    done = office.below(LIKE_ANYBODY)
    assert f"{office.output}" in told(done, 30) and "cannot be written: permission denied; ask its owner" in done.out


@pytest.mark.parametrize("there", ["folder", "file in it"])
def test_a_run_folder_of_somebody_else(office: Office, there: str) -> None:
    office.workbook(NOVEMBER, 11)
    theirs = office.output / "runs" / "shared"
    theirs.mkdir(parents=True)
    if there != "folder":
        (theirs / "run.json").write_text("{}")
    theirs.chmod(0)
    try:
        said = told(office.below(LIKE_ANYBODY, "--run-id", "shared"), 30)
    finally:
        theirs.chmod(0o700)
    assert str(theirs) in said


def on_a_full_disk(office: Office, size_kb: int) -> Finished:
    """A planning run whose output folder is a disk of that size."""
    office.output.mkdir(exist_ok=True)
    disk = f'mount -t tmpfs -o size={size_kb}k none "$WDH_OUTPUT_DIR" && exec "$@"'
    before = ("unshare", "--map-root-user", "--mount", "sh", "-c", disk, "sh")
    if shutil.which("unshare") is None or subprocess.run([*before[:3], "true"], check=False).returncode:
        pytest.skip("this system lets nobody mount a small disk")
    return office.below(before, WDH_OUTPUT_DIR=str(office.output))


@pytest.mark.parametrize("size_kb", [8, 12, 32, 48, 64])
def test_a_full_disk_wherever_it_fills_up(office: Office, size_kb: int) -> None:
    office.workbook(NOVEMBER, 11, [(f"P{n}", float(n)) for n in range(150)])
    said = told(on_a_full_disk(office, size_kb), 30)
    assert "无法写入: 磁盘已满; 请腾出空间" in said
    assert "cannot be written: the disk is full; free some space" in said


def test_a_message_that_cannot_be_kept_is_on_stderr(office: Office) -> None:
    office.workbook(NOVEMBER, 11, [(f"P{n}", float(n)) for n in range(150)])
    done = on_a_full_disk(office, 8)
    assert "summary.txt: 无法写入: 磁盘已满" in done.err
    assert done.out.strip() in done.err


def test_a_summary_that_stdout_does_not_take_is_on_stderr(office: Office) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no disk that is always full")
    office.workbook(NOVEMBER, 11)
    done = office.below(("sh", "-c", 'exec "$@" >/dev/full', "sh"))
    assert (done.code, done.out, done.err.count("Outcome: planned")) == (0, "", 1)
    assert "stdout cannot be written: 磁盘已满 / the disk is full" in done.err and "Traceback" not in done.err


def test_a_reader_that_stops_early_is_no_error(office: Office) -> None:
    office.workbook(NOVEMBER, 11)
    done = office.below(("sh", "-c", '"$@" | true', "sh"))
    assert done.code == 0
    assert "Traceback" not in done.err and "BrokenPipe" not in done.err


def test_the_schedulers_port_is_taken(office: Office, taken_port: int) -> None:
    done = office.command("python", "-m", "workflows.telling", "scheduler", "--port", str(taken_port))
    assert (done.code, done.out) == (1, "")
    (line,) = done.err.splitlines()
    assert f"port {taken_port} of this machine cannot be had" in line
    assert f"make plan SCHEDULER=127.0.0.1:{taken_port}" in line
