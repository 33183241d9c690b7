"""run.json: written once, read by everybody, refused for other work."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.reading import chosen, entry
from workflows.errors import OtherWorkError, OutputError, RunDamagedError
from workflows.plan.run import Choice, Run, in_table_order
from workflows.runs import run_json
from workflows.runs.paths import run_dir
from workflows.settings import get_settings
from workflows.sources.entries import Overrides
from workflows.sources.gate_rules import GateSource
from workflows.sources.selection import NotChosen
from workflows.sources.snapshot import Snapshot


@pytest.fixture(autouse=True)
def _output(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("WDH_OUTPUT_DIR", str(tmp_path))
    get_settings.cache_clear()
    run_json._read.cache_clear()
    yield
    get_settings.cache_clear()


def a_run(choice: dict[str, Any] | None = None, **changes: Any) -> Run:
    values: dict[str, Any] = {
        "domain": "trustee_performance",
        "source": entry(),
        "said": Overrides(gates={"max_deleted_ratio": 0.29}),
        "snapshot": Snapshot(domain="trustee_performance", files=(chosen("a.xlsx"), chosen("b.xlsx", sheet="业绩"))),
        "rules": "0123",
    }
    return Run(**({"id": "nightly", "parts": (Choice(**(values | (choice or {}))),), "plan_only": True} | changes))


def test_what_was_decided_reads_back_as_it_was() -> None:
    run = a_run({"not_selected": (NotChosen("c.xlsx", "older"),)})
    assert run_json.claim(run) == run
    assert run_json.read_run("nightly") == run


def test_the_same_work_of_another_host_shares_what_the_first_wrote() -> None:
    first = run_json.claim(a_run({"not_selected": (NotChosen("c.xlsx", "older"),)}))
    assert run_json.claim(a_run()) == first


@pytest.mark.parametrize(
    ("other", "said"),
    [
        (a_run(plan_only=False), "execute: False there, True here"),
        (a_run(compare=True), "compare: False there, True here"),
        (a_run(approved="abc"), "saved plan: None there, abc here"),
        (a_run({"mode": "append"}), "mode: delete_insert there, append here"),
        (a_run({"accepted": {"rejects": 4}}), "accepted: {} there, {'rejects': 4} here"),
        (a_run({"source": entry(sheet="0")}), "sheet: auto there, 0 here"),
        (a_run({"rules": "4567"}), "rules of reading and merging: 0123 there, 4567 here"),
        (a_run({"source": entry(owns_rows=True)}), "owns_rows: False there, True here"),
        (a_run({"source": entry(gates=GateSource(min_rows=5))}), "min_rows: None there, 5 here"),
        (
            a_run({"snapshot": Snapshot(domain="trustee_performance", files=(chosen("new.xlsx"),))}),
            "files: a.xlsx (000000000000), b.xlsx (000000000000) there, new.xlsx (000000000000) here",
        ),
        (
            a_run(
                {
                    "snapshot": Snapshot(
                        domain="trustee_performance",
                        files=(chosen("a.xlsx"), *(chosen(f"{n}.xlsx") for n in range(1, 8))),
                    )
                }
            ),
            "files: b.xlsx (000000000000) there, "
            + ", ".join(f"{n}.xlsx (000000000000)" for n in range(1, 6))
            + " … +2 here",
        ),
    ],
)
def test_other_work_under_the_same_id_is_refused_saying_which_holds_it(other: Run, said: str) -> None:
    run_json.claim(a_run())
    with pytest.raises(OtherWorkError, match=r"--run-id nightly: 已用于其他工作.* / holds other work") as refused:
        run_json.claim(other)
    assert f"  {said}" in str(refused.value).split("\n")
    assert run_json.read_run("nightly") == a_run()


def test_what_was_said_as_the_catalogue_has_it_is_no_other_work() -> None:
    run_json.claim(a_run())
    assert run_json.claim(a_run({"said": Overrides(primary_key=entry().primary_key)})) == a_run()


def test_an_output_folder_that_takes_nothing_is_named(tmp_path: Path) -> None:
    (tmp_path / "runs").write_bytes(b"no folder")
    with pytest.raises(OutputError, match=r"上级不是文件夹; 请检查 .* / cannot be written: .*; look at WDH_OUTPUT"):
        run_json.claim(a_run())


def test_of_many_at_once_one_writes_and_all_agree() -> None:
    runs = [a_run({"accepted": {"rejects": number % 2}}) for number in range(8)]
    outcomes: list[str] = []

    def attempt(run: Run) -> None:
        try:
            outcomes.append(str(run_json.claim(run).parts[0].accepted["rejects"]))
        except OtherWorkError:
            outcomes.append("refused")

    threads = [threading.Thread(target=attempt, args=(run,)) for run in runs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes)[:4] in (["0"] * 4, ["1"] * 4)
    assert outcomes.count("refused") == 4


@pytest.mark.parametrize(
    ("old", "new"), [("2024-11-01", "2024-10-01"), ('"mode": "delete_insert"', '"mode": "append"'), ("}", "")]
)
def test_a_changed_or_damaged_file_is_refused(old: str, new: str) -> None:
    run_json.claim(a_run())
    path = run_dir("nightly") / "run.json"
    path.write_text(path.read_text("utf-8").replace(old, new), "utf-8")
    with pytest.raises(RunDamagedError, match="is damaged"):
        run_json.read_run("nightly")


def test_a_missing_file_names_its_path() -> None:
    with pytest.raises(RunDamagedError, match=r"gone/run\.json: 无法读取 .* / cannot be read"):
        run_json.read_run("gone")


def test_nothing_unfinished_is_left_behind() -> None:
    run_json.claim(a_run())
    run_json.claim(a_run())
    assert [path.name for path in run_dir("nightly").iterdir()] == ["run.json"]


def several(*second: dict[str, Any], **changes: Any) -> Run:
    """A run of two domains, the second one changed."""
    other = {"domain": "annuity_income", "source": entry(table="incomes"), **(second[0] if second else {})}
    return a_run(parts=in_table_order([*a_run().parts, *a_run(other).parts]), **changes)


def test_a_run_of_several_domains_reads_back_as_it_was_in_the_order_of_its_tables() -> None:
    run_json.claim(several())
    held = run_json.read_run("nightly")
    assert held == several()
    assert [part.source.table for part in held.parts] == ["incomes", "trustee_performance"]
    assert [held.load_id(part) for part in held.parts] == ["nightly:annuity_income", "nightly:trustee_performance"]


def test_other_work_of_one_of_several_domains_is_refused_naming_it() -> None:
    run_json.claim(several())
    with pytest.raises(OtherWorkError, match=r"annuity_income\.accepted: \{\} there, \{'rejects': 1\} here"):
        run_json.claim(several({"accepted": {"rejects": 1}}))
    with pytest.raises(
        OtherWorkError, match="domain: annuity_income,trustee_performance there, trustee_performance here"
    ):
        run_json.claim(a_run())


def test_a_domain_that_was_skipped_makes_no_other_work() -> None:
    first = run_json.claim(several(skipped={"annual_award": "no file"}))
    assert run_json.claim(several()) == first


def test_a_workbook_knows_everybody_who_reads_it() -> None:
    readings = several().workbooks["a.xlsx"]
    assert [part.domain for part, _ in readings] == ["annuity_income", "trustee_performance"]
