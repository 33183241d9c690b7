"""Saved plans: verified, applied once, refused when anything moved."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.postgres import cloned_database
from tests.fixtures.reading import SHIPPED
from tests.fixtures.runs import Finished, Office
from workflows.errors import SavedPlanError
from workflows.runs.saved_plan import choose_saved, read_plan
from workflows.settings import get_settings

OCTOBER, NOVEMBER = "2024年10月受托业绩报告.xlsx", "2024年11月受托业绩报告.xlsx"
BY_MONTH = ("--merge-key", "report_date")


def scales(office: Office) -> list[tuple[str, ...]]:
    return office.sql("SELECT plan_code, fund_scale FROM trustee_performance")


APPLY_PLAN = ("--module", "workflows.tasks", "ApplyPlan")


def command(plan: Path, *flags: str) -> tuple[str, ...]:
    return ("luigi", *APPLY_PLAN, "--local-scheduler", "--plan-file", str(plan), *flags)


def apply(office: Office, plan: Path, *flags: str) -> Finished:
    return office.luigi(*APPLY_PLAN, "--plan-file", str(plan), *flags)


def refusal(done: Finished) -> str:
    assert (done.code, done.outcome) == (30, "failed")
    assert "Traceback" not in done.out + done.err
    return done.out


@pytest.fixture
def office(office_with_database: Office) -> Office:
    """An office whose workbook was compared with an empty table."""
    office = office_with_database
    office.workbook(NOVEMBER, 11, [("P1", 100.0), ("P2", 200.0)])
    assert office.call("--compare", *BY_MONTH).code == 0
    # The plan is kept outside the output folder.
    shutil.copy(office.newest("plans/*/*/plan.json"), office.folder / "approved.json")
    return office


@pytest.fixture
def saved(office: Office) -> Path:
    """A plan made of November's workbook and an empty table."""
    return office.folder / "approved.json"


def test_a_saved_plan_is_verified_and_changes_nothing(office: Office, saved: Path) -> None:
    done = apply(office, saved)
    assert (done.code, done.outcome, scales(office)) == (0, "verified", [])


def test_a_saved_plan_is_applied_as_planned(office: Office, saved: Path) -> None:
    done = office.command(*command(saved, "--execute"))
    assert (done.code, done.outcome) == (0, "loaded")
    assert scales(office) == [("P1", "100.00"), ("P2", "200.00")]
    assert office.sql("SELECT via, plan_id FROM wdh_load") == [("ApplyPlan", json.loads(saved.read_text())["plan_id"])]


def test_a_plan_is_applied_at_most_once_and_can_always_be_shown(office: Office, saved: Path) -> None:
    apply(office, saved, "--execute")
    assert "was applied by load" in refusal(apply(office, saved))
    office.sql("DELETE FROM trustee_performance")
    assert "was applied by load" in refusal(apply(office, saved, "--execute"))
    assert scales(office) == []
    shown = office.command("python", "-m", "workflows.plan", "show", str(saved))
    assert (shown.code, "Compared with the table: 2 added" in shown.out) == (0, True)


def test_the_receipt_of_an_applied_plan_is_no_plan(office: Office, saved: Path) -> None:
    apply(office, saved, "--execute")
    assert "is the receipt of load" in refusal(apply(office, office.newest("receipts/*/*/receipt.json")))


def test_the_same_inputs_can_be_planned_and_applied_again(office: Office, saved: Path) -> None:
    apply(office, saved, "--execute")
    office.sql("DELETE FROM trustee_performance")
    office.call("--compare", *BY_MONTH)
    assert apply(office, office.newest("plans/*/*/plan.json"), "--execute").outcome == "loaded"
    assert len(scales(office)) == 2


def test_rows_that_moved_since_are_named(office: Office, saved: Path) -> None:
    office.sql(
        "INSERT INTO trustee_performance SELECT '2024-11-01', code, 'C1', NULL, NULL, 1, true, 'x', 'x', 1, '[]'"
        " FROM unnest(ARRAY['P1', 'P7']) AS code",
    )
    for flags in ((), ("--execute",)):
        said = refusal(apply(office, saved, *flags))
        assert "2 row(s) of trustee_performance changed since the plan was made" in said
        assert "2024-11-01 | P1 | C1: 原定新增，现将修改" in said
        assert "was to be left alone, would be removed now" in said
    assert len(scales(office)) == 2


def test_a_later_load_outside_the_scope_does_not_matter(office: Office, saved: Path) -> None:
    office.workbook(OCTOBER, 10, [("P1", 7.0)])
    assert office.call("--execute", "--period", "2024-10", *BY_MONTH).outcome == "loaded"
    assert apply(office, saved, "--execute").outcome == "loaded"


def test_a_workbook_that_changed_is_named(office: Office, saved: Path) -> None:
    office.workbook(NOVEMBER, 11, [("P1", 101.0), ("P2", 200.0)])
    assert f"{NOVEMBER} 内容已变" in refusal(apply(office, saved, "--execute"))


def test_a_workbook_that_is_gone_is_named(office: Office, saved: Path) -> None:
    (office.data / NOVEMBER).unlink()
    assert f"{NOVEMBER} 无法读取" in refusal(apply(office, saved, "--execute"))


def test_rules_that_changed_are_named(office: Office, saved: Path) -> None:
    office.settings["WDH_WORKBOOK_ENGINE"] = "openpyxl"
    assert "the rules of reading and merging changed" in refusal(apply(office, saved, "--execute"))


def test_a_newer_workbook_does_not_change_what_a_saved_plan_loads(office: Office, saved: Path) -> None:
    office.workbook("2024年12月受托业绩报告.xlsx", 12, [("P9", 9.0)])
    assert apply(office, saved, "--execute").outcome == "loaded"
    assert [code for code, _ in scales(office)] == ["P1", "P2"]


def test_a_saved_plan_can_be_applied_after_the_output_folder_was_cleaned(office: Office, saved: Path) -> None:
    shutil.rmtree(office.output)
    assert apply(office, saved, "--execute").outcome == "loaded"


def test_an_edited_plan_is_refused(office: Office, saved: Path) -> None:
    document = json.loads(saved.read_text())
    document["comparison"]["changes"][0]["cells"][0]["new"] = "1.00"
    saved.write_text(json.dumps(document))
    assert "was edited since it was made" in refusal(apply(office, saved, "--execute"))
    assert scales(office) == []


@pytest.mark.parametrize(
    "edit",
    [
        {"table": "elsewhere"},
        {"records": 3},
        {"warnings_omitted": 1},
        {"effect": {"added": 1, "changed": 0, "removed": 0, "unchanged": 0}},
        {"database": "postgresql://elsewhere/db"},
        {"seal": "0" * 32},
    ],
)
def test_whatever_is_edited_breaks_the_seal(saved: Path, edit: dict[str, Any]) -> None:
    document = json.loads(saved.read_text()) | edit
    with pytest.raises(SavedPlanError, match="was edited"):
        read_plan(json.dumps(document).encode(), "a.json")


def test_another_layout_of_the_same_document_is_no_edit(saved: Path) -> None:
    assert read_plan(json.dumps(json.loads(saved.read_text())).encode(), "a.json")


def test_the_seal_is_on_the_terminal_and_on_the_page(office: Office, saved: Path) -> None:
    seal = json.loads(saved.read_text())["seal"]
    assert f"Seal: {seal}" in office.command("python", "-m", "workflows.plan", "show", str(saved)).out
    assert seal in office.newest("plans/*/*/plan.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("table: trustee_performance", "table: elsewhere", "the catalogue's table is elsewhere now"),
        ("max_reject_ratio: 0.05", "max_reject_ratio: 0.5", "the catalogue's gates"),
        ("other_months: block", "other_months: allow", "the catalogue's other_months is allow now"),
        ("owns_rows: false", "owns_rows: true", "the catalogue's owns_rows is True now, False was planned"),
    ],
)
def test_a_catalogue_that_changed_is_named(office: Office, saved: Path, old: str, new: str, said: str) -> None:
    text = SHIPPED.read_text(encoding="utf-8")
    assert old in text
    (office.folder / "catalogue.yml").write_text(text.replace(old, new), encoding="utf-8")
    office.settings["WDH_DATA_SOURCES_CONFIG"] = "catalogue.yml"
    assert said in refusal(apply(office, saved, "--execute"))


def test_only_plans_that_compared_can_be_applied(saved: Path) -> None:
    document = json.loads(saved.read_text())
    saved.write_text(json.dumps({**document, "comparison": None}))
    with pytest.raises(SavedPlanError, match="without --compare"):
        read_plan(saved.read_bytes(), "a.json")


def test_a_blocked_plan_cannot_be_applied(saved: Path) -> None:
    document = json.loads(saved.read_text())
    block = {"gate": "max_deleted_rows", "message": "too many", "found": "2", "limit": "1"}
    saved.write_text(json.dumps({**document, "blocked_by": [block]}))
    with pytest.raises(SavedPlanError, match="blocked by max_deleted_rows"):
        read_plan(saved.read_bytes(), "a.json")


@pytest.mark.parametrize("content_of_file", [None, "{}", "hello"])
def test_a_file_that_is_no_plan_is_named(tmp_path: Path, content_of_file: str | None) -> None:
    path = tmp_path / "a.json"
    if content_of_file is not None:
        path.write_text(content_of_file)
    with pytest.raises(SavedPlanError, match=str(path)):
        choose_saved("run", path, False, get_settings())


def test_a_missing_plan_file_is_asked_for(office: Office) -> None:
    assert "--plan-file: 缺少" in refusal(office.luigi(*APPLY_PLAN))


def test_two_appliers_at_once_apply_once(office: Office, saved: Path) -> None:
    scripts = [office.begin(*command(saved, "--execute")) for _ in range(2)]
    outcomes = sorted(_outcome(script) for script in scripts)
    assert outcomes == ["failed", "loaded"]
    assert len(office.sql("SELECT load_id FROM wdh_load")) == 1


def _outcome(script: subprocess.Popen[str]) -> str:
    out, _ = script.communicate(timeout=120)
    return next(line for line in out.splitlines() if line.startswith("Outcome: ")).removeprefix("Outcome: ")


def test_a_plan_is_applied_to_no_other_database_than_it_was_compared_with(
    office: Office, saved: Path, postgres_server: str
) -> None:
    compared_with = json.loads(saved.read_text())["comparison"]["table"]
    assert compared_with["table"] == "public.trustee_performance"
    document = json.loads(saved.read_text())
    with cloned_database(postgres_server, "another") as dsn:
        office.settings["WDH_DATABASE__URI"] = dsn
        for flags in ((), ("--execute",)):
            said = refusal(apply(office, saved, *flags))
            assert f"compared with public.trustee_performance of database {compared_with['database']}" in said
            assert "this is public.trustee_performance of database another" in said
        assert scales(office) == []
    assert json.loads(saved.read_text()) == document


def printed_paths(said: str) -> list[Path]:
    """What the last lines of a summary, and what goes back, name as lying somewhere."""
    named = re.findall(r"^(?:Plan|Receipt|Script|Page): (.*)$", said, re.MULTILINE)
    assert named
    return [Path(text) for text in named]


@pytest.mark.parametrize("flags", [("--compare", *BY_MONTH), BY_MONTH, ("--execute", *BY_MONTH)])
def test_every_path_that_a_run_prints_exists(office: Office, flags: tuple[str, ...]) -> None:
    said = office.call(*flags).out
    assert [path for path in printed_paths(said) if not path.exists()] == []
    assert ("Script: " in said) is (flags == BY_MONTH)


def test_every_path_that_verifying_and_showing_a_plan_prints_exists(office: Office, saved: Path) -> None:
    verified = apply(office, saved).out
    assert [path for path in printed_paths(verified) if not path.exists()] == []
    office.call(*BY_MONTH)
    for plan in (saved, office.newest("plans/*/*/plan.json")):
        shown = office.command("python", "-m", "workflows.plan", "show", str(plan)).out
        assert [path for path in printed_paths(shown) if not path.exists()] == []
        assert ("Script: " in shown) is (plan != saved)


def test_progress_says_that_a_comparison_compares_and_a_verification_verifies(office: Office, saved: Path) -> None:
    apply(office, saved)
    told = [path.read_text(encoding="utf-8") for path in office.output.glob("runs/*/*/progress.jsonl")]
    works = {json.loads(line)["work"] for text in told for line in text.splitlines() if '"staging"' in line}
    assert works == {"comparing", "verifying"}


def test_times_are_those_of_the_readers_zone(office: Office, saved: Path) -> None:
    apply(office, saved, "--execute")
    office.settings["TZ"] = "Asia/Shanghai"
    ((loaded,),) = office.sql(
        "SELECT to_char(committed_at AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM-DD HH24:MI:SS') FROM wdh_load"
    )
    history = office.command("python", "-m", "workflows.warehouse", "history", "--domain", "trustee_performance")
    assert f"{loaded}+0800  已载入 loaded" in history.out
    assert f" at {loaded}+0800" in refusal(office.command(*command(saved)))
