"""Two hosts of one run, each in a network namespace of its own; luigid and PostgreSQL in a third, with a bridge.

``make test-hosts``. With HOSTS_TABLE=file a row of docs/scaling.md's table is added there for each fault.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sysconfig
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import psycopg2
import pytest

from tests.fixtures.loads import content
from tests.fixtures.network import served_in
from tests.fixtures.runs import Finished, Office
from tests.fixtures.tables import TRUSTEE_PERFORMANCE
from workflows.warehouse.schema import apply_schema

pytestmark = pytest.mark.hosts

# Fourteen.
MONTHS = [(2023, 11), (2023, 12), *((2024, month) for month in range(1, 13))]
PLANS = 40
# luigid takes 30 s to call a host dead, those that wait look every two, and a load takes a while itself.
WITHIN_S = 40.0
STAGES = ("read", "merge", "copy", "commit", "committed", "told")
_ROOT = Path(__file__).parents[2]
_HALTING = Path(__file__).parents[1] / "fixtures" / "halting"
_FAKETIME = Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1")
_HUB = f"wdh{os.getpid()}"
_ADDRESS = {"hub": "10.214.0.1", "a": "10.214.0.11", "b": "10.214.0.12"}


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The way past the network to a server with the domain's table; hosts are beside it on a bridge."""
    if os.geteuid() != 0 or not all(map(shutil.which, ("ip", "nsenter", "unshare"))):
        pytest.skip("hosts in networks of their own need root and the programs ip, nsenter and unshare")
    names = [_HUB, f"{_HUB}a", f"{_HUB}b"]
    try:
        for name in names:
            ip("netns", "add", name)
            ip("-n", name, "link", "set", "lo", "up")
        ip("-n", _HUB, "link", "add", "br0", "type", "bridge")
        ip("-n", _HUB, "address", "add", f"{_ADDRESS['hub']}/24", "dev", "br0")
        ip("-n", _HUB, "link", "set", "br0", "up")
        for host in "ab":
            ip("link", "add", "eth0", "netns", f"{_HUB}{host}", "type", "veth", "peer", "name", host, "netns", _HUB)
            ip("-n", f"{_HUB}{host}", "address", "add", f"{_ADDRESS[host]}/24", "dev", "eth0")
            ip("-n", f"{_HUB}{host}", "link", "set", "eth0", "up")
            ip("-n", _HUB, "link", "set", "dev", host, "up", "master", "br0")
        with served_in(_HUB, _ADDRESS["hub"], "10.214.0.0/24", [TRUSTEE_PERFORMANCE]) as near:
            yield near
    finally:
        for name in names:
            subprocess.run(["ip", "netns", "delete", name], capture_output=True, check=False)


@dataclass
class Hosts:
    """The hosts' office on storage that all of them see, their luigid, and the table."""

    office: Office
    near: str
    state: Path
    luigid: subprocess.Popen[bytes] | None = None
    begun: list[subprocess.Popen[str]] = field(default_factory=list)

    def start_luigid(self) -> None:
        program = Path(sysconfig.get_path("scripts")) / "luigid"
        command = [str(program), "--address", _ADDRESS["hub"], "--port", "8082", "--state-path", str(self.state)]
        self.luigid = subprocess.Popen(
            ["ip", "netns", "exec", _HUB, *command],
            env={**os.environ, "LUIGI_CONFIG_PATH": str(_ROOT / "luigi.cfg")},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        here = f"echo >/dev/tcp/{_ADDRESS['hub']}/8082"
        answers = ["ip", "netns", "exec", _HUB, "bash", "-c", here]
        while subprocess.run(answers, capture_output=True, check=False).returncode != 0:
            time.sleep(0.1)

    def stop_luigid(self, how: signal.Signals) -> None:
        if self.luigid is not None:
            self.luigid.send_signal(how)
            self.luigid.wait()

    def begin(self, host: str, before: Sequence[str] = (), **environment: str) -> subprocess.Popen[str]:
        """The load, on that host."""
        luigi = str(Path(sysconfig.get_path("scripts")) / "luigi")
        flags = ["--module", "workflows.tasks", "LoadDomain", "--domain", "trustee_performance", "--execute"]
        shared = ["--max-files", str(len(MONTHS)), "--run-id", "shared", "--scheduler-host", _ADDRESS["hub"]]
        process = subprocess.Popen(
            ["ip", "netns", "exec", f"{_HUB}{host}", *before, luigi, *flags, *shared, "--scheduler-port", "8082"],
            cwd=self.office.folder,
            env=self.office._environment(environment),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            start_new_session=True,
        )
        self.begun.append(process)
        return process

    def begin_halting(self, host: str, stage: str, **environment: str) -> tuple[subprocess.Popen[str], Path]:
        """The load on a host that stands still at that stage by now, and the file that lets it go on."""
        until = self.office.folder / f"{host}-may-go-on"
        more = {"HALT_AT": stage, "HALT_UNTIL": str(until), "PYTHONPATH": str(_HALTING), **environment}
        process = self.begin(host, **more)
        at = Path(f"{until}.at")
        while not at.exists():
            assert process.poll() is None, process.communicate()
            time.sleep(0.1)
        return process, until

    def wait_for_hosts(self, number: int) -> None:
        """Until as many hosts are at work on the run."""
        while len(list(self.office.output.glob("runs/shared/*-*/"))) < number:
            time.sleep(0.1)
        time.sleep(2)

    def lost_and_doubled(self) -> tuple[int, int]:
        with closing(psycopg2.connect(self.near)) as connection:
            rows = content(connection, "SELECT report_date, plan_code, fund_scale FROM trustee_performance")
        wanted = {(year, month, plan) for year, month in MONTHS for plan in range(PLANS)}
        return len(wanted) - len(set(rows)), len(rows) - len(set(rows))

    def loads(self) -> int:
        with closing(psycopg2.connect(self.near)) as connection:
            return len(content(connection, "SELECT load_id FROM wdh_load"))


@pytest.fixture
def hosts(office: Office, server: str, tmp_path: Path) -> Iterator[Hosts]:
    """Fourteen workbooks, an empty table, a new luigid; nothing runs yet."""
    for year, month in MONTHS:
        rows = [(year, month, f"P{plan}", "C1", 0.05, 1.25, 100.0 + plan) for plan in range(PLANS)]
        office.workbook(f"{year}年{month}月受托业绩报告.xlsx", month, rows)
    office.settings["WDH_DATABASE__URI"] = f"postgresql://postgres@{_ADDRESS['hub']}/postgres"
    office.settings["WDH_MAX_FILES_LIMIT"] = "20"
    with closing(psycopg2.connect(server)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE client_addr IS NOT NULL")
        cursor.execute("DROP TABLE trustee_performance, wdh_load_file, wdh_load CASCADE")
        apply_schema(connection, [TRUSTEE_PERFORMANCE])
        connection.commit()
    for host in "ab":
        ip("-n", _HUB, "link", "set", "dev", host, "master", "br0")
    found = Hosts(office, server, tmp_path / "state.pickle")
    found.start_luigid()
    yield found
    found.stop_luigid(signal.SIGKILL)
    for process in found.begun:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def ended(process: subprocess.Popen[str], within: float = 300) -> Finished:
    out, err = process.communicate(timeout=within)
    return Finished(process.returncode, out, err)


def told(done: Finished) -> str:
    return f"{done.code} {done.outcome}"


def record(hosts: Hosts, fault: str, ends: Sequence[str], seconds: float) -> None:
    """A row of the table, and what holds for each: nothing is lost, nothing doubled, one load stands in the ledger."""
    lost, doubled = hosts.lost_and_doubled()
    if table := os.environ.get("HOSTS_TABLE"):
        with Path(table).open("a", encoding="utf-8") as stream:
            stream.write(f"| {fault} | {' | '.join(ends)} | {seconds:.0f} | {lost} / {doubled} |\n")
    assert (lost, doubled, hosts.loads()) == (0, 0, 1)


def cut_off(host: str) -> None:
    """Packets to and from the host vanish; nobody is told."""
    ip("-n", _HUB, "link", "set", "dev", host, "nomaster")


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("fault", ["killed", "powered off", "cut off"])
def test_what_a_host_was_at_is_taken_up_by_the_other(hosts: Hosts, stage: str, fault: str) -> None:
    lame, until = hosts.begin_halting("a", stage)
    other = hosts.begin("b")
    hosts.wait_for_hosts(2)
    began = time.monotonic()
    if fault != "killed":
        cut_off("a")
    if fault == "cut off":
        until.touch()
    else:
        os.killpg(lame.pid, signal.SIGKILL)
    done = ended(other)
    seconds = time.monotonic() - began
    first = told(ended(lame)) if fault == "cut off" else "killed" if fault == "killed" else "no power"
    record(hosts, f"{fault} at: {stage}", [first, told(done)], seconds)
    assert told(done) == "0 loaded", done.out + done.err
    assert first in ("killed", "no power", "35 failed", "30 failed", "0 loaded")
    assert seconds < WITHIN_S + float(os.environ.get("HOSTS_SLACK", "20"))


@pytest.mark.parametrize("fault", ["killed", "powered off"])
def test_a_host_that_is_gone_during_its_commit_loses_and_doubles_nothing(hosts: Hosts, fault: str) -> None:
    with closing(psycopg2.connect(hosts.near)) as connection, connection.cursor() as cursor:
        cursor.execute(
            "CREATE OR REPLACE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS"
            " 'BEGIN IF NEW.plan_code = ''P0'' THEN PERFORM pg_sleep(1); END IF; RETURN NULL; END';"
            "CREATE CONSTRAINT TRIGGER dawdle AFTER INSERT ON trustee_performance DEFERRABLE INITIALLY DEFERRED"
            " FOR EACH ROW EXECUTE FUNCTION dawdle()"
        )
        connection.commit()
    lame, until = hosts.begin_halting("a", "commit")
    other = hosts.begin("b")
    hosts.wait_for_hosts(2)
    until.touch()
    with closing(psycopg2.connect(hosts.near)) as connection:
        connection.autocommit = True
        dawdling = "SELECT pid FROM pg_stat_activity WHERE query = 'COMMIT' AND wait_event = 'PgSleep'"
        while not content(connection, dawdling):
            time.sleep(0.05)
    began = time.monotonic()
    if fault == "powered off":
        cut_off("a")
    os.killpg(lame.pid, signal.SIGKILL)
    done = ended(other)
    first = "no power" if fault == "powered off" else fault
    record(hosts, f"{fault} during COMMIT", [first, told(done)], time.monotonic() - began)
    assert told(done) == "0 loaded", done.out + done.err


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL], ids=["restarted", "killed"])
@pytest.mark.parametrize("stage", ["read", "copy", "committed"])
def test_a_luigid_that_is_away_for_eight_seconds_costs_nothing(hosts: Hosts, stage: str, how: signal.Signals) -> None:
    first, until = hosts.begin_halting("a", stage)
    second = hosts.begin("b")
    hosts.wait_for_hosts(2)
    began = time.monotonic()
    hosts.stop_luigid(how)
    until.touch()
    time.sleep(8)
    hosts.start_luigid()
    codes = [told(ended(process)) for process in (first, second)]
    word = "restarted" if how == signal.SIGTERM else "killed, its state lost"
    record(hosts, f"luigid {word}, away for 8 s at: {stage}", codes, time.monotonic() - began)
    assert codes == ["0 loaded", "0 loaded"]


@pytest.mark.parametrize(("stage", "said"), [("copy", "0 loaded"), ("read", "35 failed")])
def test_a_luigid_that_is_gone_for_good_ends_a_run_but_no_load(hosts: Hosts, stage: str, said: str) -> None:
    first, until = hosts.begin_halting("a", stage)
    second = hosts.begin("b")
    hosts.wait_for_hosts(2)
    began = time.monotonic()
    hosts.stop_luigid(signal.SIGTERM)
    until.touch()
    done = [ended(process) for process in (first, second)]
    if stage == "copy":
        record(hosts, "luigid gone for good at: copy", [told(each) for each in done], time.monotonic() - began)
    else:
        assert all("does not answer any more" in each.out for each in done) and hosts.loads() == 0
    assert [told(each) for each in done] == [said] * 2


@pytest.mark.skipif(not _FAKETIME.exists(), reason="needs libfaketime (apt-get install faketime)")
def test_hosts_whose_clocks_are_400_days_apart_load_as_any(hosts: Hosts) -> None:
    began = time.monotonic()
    clock = {"LD_PRELOAD": str(_FAKETIME), "FAKETIME": "+400d", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
    both = (
        hosts.begin("a", ["env", *(f"{name}={value}" for name, value in clock.items())], PYTHONPATH=str(_HALTING)),
        hosts.begin("b"),
    )
    done = [ended(process) for process in both]
    codes = [told(each) for each in done]
    record(hosts, "clocks 400 days apart", codes, time.monotonic() - began)
    assert codes == ["0 loaded", "0 loaded"], done[0].err


def test_a_host_with_other_rules_is_refused_with_the_reason(hosts: Hosts) -> None:
    first, until = hosts.begin_halting("a", "merge")
    began = time.monotonic()
    other = ended(hosts.begin("b", WDH_WORKBOOK_ENGINE="openpyxl"))
    until.touch()
    done = ended(first)
    record(hosts, "other rules on one", [told(done), told(other)], time.monotonic() - began)
    assert (told(done), told(other)) == ("0 loaded", "30 failed")
    assert "rules of reading and merging" in other.out


def test_a_host_whose_output_is_full_fails_alone(hosts: Hosts) -> None:
    folder = hosts.office.output / "processed"
    folder.mkdir(parents=True)
    began = time.monotonic()
    full = ["unshare", "-m", "sh", "-c", f'mount -t tmpfs -o size=4k none "{folder}" && exec "$@"', "sh"]
    first, second = hosts.begin("a", full), hosts.begin("b")
    codes = [told(ended(process)) for process in (first, second)]
    record(hosts, "output full on one", codes, time.monotonic() - began)
    assert codes[1] == "0 loaded" and codes[0] in ("30 failed", "0 loaded")
