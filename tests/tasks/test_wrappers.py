"""Tasks of one's own that require ours: what is natural in Luigi ends, and tells the truth."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.fixtures.luigid import flags, running_luigid
from tests.fixtures.runs import Finished, Office

pytestmark = pytest.mark.long

OCTOBER, NOVEMBER = "2024年10月受托业绩报告.xlsx", "2024年11月受托业绩报告.xlsx"
MONTHLY = """
import luigi
from workflows.tasks import LoadDomain

class Monthly(luigi.WrapperTask):
    def requires(self):
        return [LoadDomain(domain="trustee_performance", period=month) for month in ("2024-10", "2024-11")]
"""
BUILD = f"""
{MONTHLY}
if __name__ == "__main__":
    found = [luigi.build([Monthly()], local_scheduler=True, detailed_summary=True).status.name for _ in range(2)]
    print("BUILT", *found)
"""


@pytest.fixture
def two_months(office: Office) -> Office:
    """An office with two months and a module of its own tasks."""
    office.workbook(OCTOBER, 10)
    office.workbook(NOVEMBER, 11)
    (office.folder / "monthly.py").write_text(BUILD, encoding="utf-8")
    office.settings["PYTHONPATH"] = str(office.folder)
    return office


def outcomes(done: Finished) -> list[str]:
    """What each summary of a command says."""
    return [line for line in done.out.splitlines() if line.startswith("Outcome: ")]


def run_monthly(office: Office, *more: str, scheduler: Sequence[str] = ("--local-scheduler",)) -> Finished:
    """The wrapper, run by the real command."""
    return office.command("luigi", "--module", "monthly", "Monthly", *more, *scheduler)


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_wrapper_ends_and_each_of_its_runs_tells_its_own(two_months: Office, workers: str) -> None:
    done = run_monthly(two_months, "--workers", workers)
    assert (done.code, outcomes(done)) == (0, ["Outcome: planned"] * 2), done.err
    plans = [path.parent.name for path in two_months.output.glob("plans/*/*/plan.json")]
    runs = sorted(path.name for path in two_months.output.glob("runs/*"))
    assert sorted(plans) == runs and len(runs) == 2


def test_a_wrapper_ends_against_luigid(two_months: Office, tmp_path: Path) -> None:
    with running_luigid(tmp_path) as port:
        done = run_monthly(two_months, "--workers", "2", scheduler=flags(port))
    assert (done.code, outcomes(done)) == (0, ["Outcome: planned"] * 2), done.err


def test_the_same_task_built_twice_in_one_process_is_one_run(two_months: Office) -> None:
    done = two_months.command("python", "monthly.py")
    assert "BUILT SUCCESS SUCCESS" in done.out, done.err
    assert len(outcomes(done)) == 2
    assert len(list(two_months.output.glob("plans/*/*/plan.json"))) == 2


def test_each_of_several_runs_of_a_process_tells_its_own_failure(two_months: Office) -> None:
    (two_months.data / OCTOBER).write_bytes(b"hello")
    done = run_monthly(two_months)
    assert done.code == 30
    assert sorted(outcomes(done)) == ["Outcome: failed", "Outcome: planned"]
    told = sorted(path.read_text(encoding="utf-8") for path in two_months.output.glob("runs/*/summary.txt"))
    assert [OCTOBER in text for text in told if "Outcome: failed" in text] == [True]
    assert [NOVEMBER in text for text in told if "Outcome: planned" in text] == [True]


def test_a_build_that_failed_says_so_at_its_end_and_the_next_one_takes_what_was_mended(two_months: Office) -> None:
    (two_months.folder / "builds.py").write_text(
        "import luigi, pathlib, shutil\n"
        "from workflows.tasks import LoadDomain\n"
        f"bad, good = pathlib.Path('data/{NOVEMBER}'), pathlib.Path('good.xlsx')\n"
        "shutil.copy(bad, good)\n"
        "for name in ('broken', 'broken', 'mended'):\n"
        "    bad.write_bytes(b'hello') if name == 'broken' else shutil.copy(good, bad)\n"
        "    done = luigi.build([LoadDomain(domain='trustee_performance')], local_scheduler=True, log_level='ERROR')\n"
        "    print('Outcome: BUILT', name, done)\n",
        encoding="utf-8",
    )
    done = two_months.command("python", "builds.py")
    said = [line.removeprefix("Outcome: ") for line in outcomes(done)]
    failed = ["failed", "BUILT broken False"]
    assert said == [*failed, *failed, "planned", "BUILT mended True"], done.out + done.err
    assert done.out.count("FAILED ProcessFile") == 2
    assert len(list(two_months.output.glob("runs/*/summary.txt"))) == 3


def test_a_run_that_is_found_done_tells_its_summary_again_and_runs_nothing(two_months: Office) -> None:
    first, second = (two_months.run("--run-id", "monthly") for _ in range(2))
    assert [(done.code, done.outcome) for done in (first, second)] == [(0, "planned")] * 2
    assert "1 complete ones were encountered" in second.err and "ran successfully" not in second.err


def test_a_mark_of_other_work_or_without_its_plan_tells_nothing(two_months: Office) -> None:
    two_months.call("--run-id", "monthly")
    two_months.newest("plans/*/monthly/plan.json").unlink()
    assert two_months.call("--run-id", "monthly").outcome == "planned"
    assert two_months.newest("plans/*/monthly/plan.json").exists()


def test_a_task_that_requires_a_run_reads_its_report(two_months: Office) -> None:
    (two_months.folder / "reader.py").write_text(
        "import luigi\n"
        "from workflows.tasks import LoadDomain\n"
        "class Read(luigi.Task):\n"
        "    def requires(self):\n"
        "        return LoadDomain(domain='trustee_performance')\n"
        "    def output(self):\n"
        "        return luigi.LocalTarget('read.txt')\n"
        "    def run(self):\n"
        "        with self.output().open('w') as to, self.input().open() as plan:\n"
        "            to.write(plan.read())\n",
        encoding="utf-8",
    )
    done = two_months.command("luigi", "--module", "reader", "Read", "--local-scheduler")
    assert done.code == 0, done.err
    assert (two_months.folder / "read.txt").read_bytes() == two_months.newest("plans/*/*/plan.json").read_bytes()
