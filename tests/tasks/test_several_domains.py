"""Several domains of one run: one plan, one transaction, one receipt, and a workbook that is opened once."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

import workflows
from tests.fixtures.proxy import losing_the_answer_to_commit
from tests.fixtures.two_domains import BOTH, TwoDomains
from workflows.errors import ParameterError
from workflows.runs.choosing import catalogue
from workflows.settings import get_settings
from workflows.warehouse.__main__ import main

BAD = {**BOTH, "收入": [("P1", 1), ("P2", "待定"), ("P3", 3)]}
LEDGER = {"受托": [("P1", 1), ("P2", 2)], "投资": [("P3", 3)]}


def test_a_plan_of_several_domains_is_one_document_with_a_part_for_each(two_domains: TwoDomains) -> None:
    done = two_domains.call()
    assert (done.code, done.outcome) == (0, "planned")
    plan = two_domains.document()
    assert [(part.domain, part.table, part.records) for part in plan.parts] == [
        ("plan_incomes", "incomes", 3),
        ("plan_scales", "scales", 2),
    ]
    assert plan.is_as_sealed
    assert two_domains.both() == (0, 0)
    assert sorted(path.name for path in two_domains.output.glob("plans/*/*/*")) == [
        "plan.html",
        "plan.json",
        "plan.sql",
    ]


def test_the_order_in_which_domains_are_named_makes_no_other_work(two_domains: TwoDomains) -> None:
    first = two_domains.call("--domain", "plan_scales,plan_incomes", "--run-id", "x")
    second = two_domains.call("--domain", " plan_incomes , plan_scales", "--run-id", "x")
    assert (first.code, second.code) == (0, 0)
    assert len(list(two_domains.output.glob("plans/*/*/plan.json"))) == 1


def test_an_execution_loads_all_in_one_transaction_under_one_run(two_domains: TwoDomains) -> None:
    done = two_domains.call("--execute", "--run-id", "monthly")
    assert (done.code, done.outcome, two_domains.both()) == (0, "loaded", (2, 3))
    ledger = two_domains.sql("SELECT load_id, domain, inserted, xmin::text FROM wdh_load")
    assert [row[:3] for row in ledger] == [
        ("monthly:plan_incomes", "plan_incomes", "3"),
        ("monthly:plan_scales", "plan_scales", "2"),
    ]
    assert len({row[3] for row in ledger}) == 1
    receipt = two_domains.document("receipt")
    assert [part.load_id for part in receipt.parts] == ["monthly:plan_incomes", "monthly:plan_scales"]
    assert (receipt.outcome, receipt.is_as_sealed) == ("loaded", True)


def test_the_same_run_again_finds_its_receipt_and_loads_nothing(two_domains: TwoDomains) -> None:
    two_domains.call("--execute", "--run-id", "x")
    assert two_domains.call("--execute", "--run-id", "x").outcome == "loaded"
    assert len(two_domains.sql("SELECT load_id FROM wdh_load")) == 2
    assert two_domains.call("--execute").outcome == "unchanged"


def test_the_summary_tells_of_each_part(two_domains: TwoDomains) -> None:
    out = two_domains.call("--execute").out
    assert "Domains: plan_incomes,plan_scales" in out
    assert "Part 1 of 2: plan_incomes, loaded" in out
    assert "Part 2 of 2: plan_scales, loaded" in out
    assert out.count("Files: 1 chosen") == 2
    assert out.count("Receipt: ") == 1


def test_the_summary_for_programs_has_a_part_for_each(two_domains: TwoDomains, tmp_path: Path) -> None:
    two_domains.call(WDH_SUMMARY_JSON=str(tmp_path / "summary.json"))
    found = json.loads((tmp_path / "summary.json").read_bytes())
    assert (found["outcome"], found["domain"], found["records"]) == ("planned", "plan_incomes,plan_scales", 5)
    assert [part["domain"] for part in found["parts"]] == ["plan_incomes", "plan_scales"]


def test_the_page_tells_of_each_part_and_of_the_whole(two_domains: TwoDomains) -> None:
    two_domains.call()
    page = two_domains.office.newest("plans/*/*/plan.html").read_text(encoding="utf-8")
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert {"run", "plan_incomes-outcome", "plan_scales-outcome", "plan_scales-files", "signing"} <= set(ids)
    assert page.count("<!DOCTYPE") == 1
    assert "&lt;section" not in page
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(ids)


def test_a_workbook_that_both_read_is_opened_once(two_domains: TwoDomains, opened_books: list[str]) -> None:
    two_domains.call()
    assert opened_books == ["202411/收集数据/规模收入.xlsx"]
    two_domains.call("--execute")
    assert len(opened_books) == 1


def test_only_what_is_not_read_yet_is_read(two_domains: TwoDomains, opened_books: list[str]) -> None:
    two_domains.call("--domain", "plan_scales")
    two_domains.call()
    assert (len(opened_books), len(list(two_domains.output.glob("processed/*/*/*.json")))) == (2, 2)


def test_a_run_of_one_domain_is_told_as_ever(two_domains: TwoDomains) -> None:
    done = two_domains.call("--domain", "plan_scales", "--execute", "--run-id", "alone")
    assert "Domain: plan_scales" in done.out
    assert "Part " not in done.out
    document = json.loads(two_domains.office.newest("receipts/plan_scales/*/receipt.json").read_bytes())
    assert (document["domain"], document["load_id"]) == ("plan_scales", "alone")


# --- all of them


def test_all_are_those_that_have_files_and_the_others_are_said(two_domains: TwoDomains) -> None:
    done = two_domains.call("--domain", "all", "--execute")
    assert (done.code, two_domains.both()) == (0, (2, 3))
    assert "Skipped: plan_ledgers 没有文件 / has no file" in done.out
    # Paths of this machine are for logs.
    assert two_domains.document("receipt").skipped == {"plan_ledgers": "没有此领域的文件 / no file is this domain's"}
    assert "plan_ledgers" in two_domains.office.newest("receipts/*/*/receipt.html").read_text(encoding="utf-8")


def test_all_where_one_has_files_says_which_have_none(two_domains: TwoDomains) -> None:
    shutil.rmtree(two_domains.data / "202411")
    two_domains.workbook(LEDGER, "台账登记.xlsx")
    done = two_domains.call("--domain", "all", "--execute")
    assert (done.code, len(two_domains.rows("plan_ledgers"))) == (0, 3)
    assert done.out.count("Skipped: ") == 2


def test_all_without_any_file_fails_naming_each(two_domains: TwoDomains) -> None:
    shutil.rmtree(two_domains.data / "202411")
    done = two_domains.call("--domain", "all")
    assert (done.code, done.outcome) == (30, "failed")
    assert all(f"{name}: " in done.out for name in ("plan_scales", "plan_incomes", "plan_ledgers"))


def test_one_that_is_named_has_to_have_files(two_domains: TwoDomains) -> None:
    done = two_domains.call("--domain", "plan_scales,plan_ledgers", "--execute")
    assert (done.code, two_domains.both()) == (30, (0, 0))
    assert "没有此领域的文件 / no file is this domain's" in done.out


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (("--domain", "plan_scales,plan_scales"), "distinct domains"),
        (("--domain", "plan_scales,,plan_incomes"), "distinct domains"),
        (("--domain", "plan_scales,all"), "beside it none is named"),
        (("--domain", "plan_scales,plan_nothing"), "the catalogue has no domain 'plan_nothing'"),
        (("--sheet", "规模"), "--sheet: 只能用于一个领域"),
        (("--pk", "plan_code"), "--pk: 只能用于一个领域"),
        (("--allow-empty",), "--allow-empty: 只能用于一个领域"),
        (("--accept", "rejects=1"), "of which domain is rejects=1? Write <domain>.rejects=1"),
        (("--accept-rejects", "1"), "of which domain is rejects=1"),
        (("--accept", "plan_ledgers.rejects=1"), "is of plan_ledgers, which is not loaded"),
        (("--accept", "plan_scales.reject=1"), "no gate counts 'reject'; did you mean rejects?"),
    ],
)
def test_what_cannot_be_meant_of_several_is_refused(two_domains: TwoDomains, flags: tuple[str, ...], said: str) -> None:
    done = two_domains.call(*flags)
    assert (done.code, said in done.out) == (30, True), done.out


def test_two_domains_of_one_table_are_refused_naming_both(two_domains: TwoDomains) -> None:
    catalogue = two_domains.office.folder / "data_sources.yml"
    catalogue.write_text(catalogue.read_text(encoding="utf-8").replace("table: incomes", "table: scales"))
    done = two_domains.call()
    assert "plan_scales and plan_incomes load one table, scales" in done.out


# --- blocked, accepted, refused


def test_one_part_that_is_blocked_blocks_all_and_is_named(two_domains: TwoDomains) -> None:
    two_domains.workbook(BAD)
    planned, executed = two_domains.call(), two_domains.call("--execute")
    assert (planned.code, planned.outcome) == (0, "blocked")
    assert (executed.code, executed.outcome, two_domains.both()) == (30, "blocked", (0, 0))
    assert "plan_incomes is blocked, and plan_scales with it:" in executed.out
    assert "收入!C3" in executed.out


def test_a_count_is_accepted_of_the_part_that_it_is_said_of(two_domains: TwoDomains) -> None:
    two_domains.workbook(BAD)
    done = two_domains.call("--execute", "--accept", "plan_incomes.rejects=1")
    assert (done.code, two_domains.both()) == (0, (2, 2))
    assert two_domains.call("--execute", "--accept", "plan_scales.rejects=1").code == 30


def test_a_single_domain_takes_its_own_name_before_a_count(two_domains: TwoDomains) -> None:
    two_domains.workbook(BAD)
    flags = ("--domain", "plan_incomes", "--execute", "--accept", "plan_incomes.rejects=1")
    assert two_domains.call(*flags).code == 0


def test_what_the_second_table_refuses_leaves_the_first_as_it_was(two_domains: TwoDomains) -> None:
    two_domains.sql("ALTER TABLE scales ADD CHECK (plan_code <> 'P2')")
    done = two_domains.call("--execute")
    assert (done.code, two_domains.both()) == (30, (0, 0))
    assert two_domains.sql("SELECT load_id FROM wdh_load") == []


def test_problems_of_each_domain_have_a_folder_of_its_own(two_domains: TwoDomains) -> None:
    two_domains.workbook({"规模": [("P1", "待定")], "收入": [("P1", "待定")]})
    two_domains.call()
    found = sorted(path.relative_to(path.parents[2]).as_posix() for path in two_domains.output.glob("plans/*/*/*/*/*"))
    assert found == [
        "problems/plan_incomes/rejects.csv",
        "problems/plan_incomes/规模收入.问题.xlsx",
        "problems/plan_scales/rejects.csv",
        "problems/plan_scales/规模收入.问题.xlsx",
    ]


# --- compared, saved, applied


@pytest.fixture
def saved(two_domains: TwoDomains) -> Path:
    """A plan of both, compared with empty tables, kept elsewhere."""
    done = two_domains.call("--compare")
    assert (done.code, done.outcome) == (0, "planned")
    return Path(shutil.copy(two_domains.office.newest("plans/*/*/plan.json"), two_domains.office.folder / "saved.json"))


def test_a_saved_plan_is_verified_and_applied_as_a_whole_and_once(two_domains: TwoDomains, saved: Path) -> None:
    verified = two_domains.apply(saved)
    assert (verified.code, verified.outcome, two_domains.both()) == (0, "verified", (0, 0))
    applied = two_domains.apply(saved, "--execute")
    assert (applied.code, applied.outcome, two_domains.both()) == (0, "loaded", (2, 3))
    assert [part.effect.added for part in two_domains.document("receipt").parts] == [3, 2]
    again = two_domains.apply(saved, "--execute")
    assert (again.code, "applied by load" in again.out) == (30, True)


@pytest.mark.parametrize("table", ["scales", "incomes"])
def test_a_saved_plan_holds_for_none_once_one_table_moved(two_domains: TwoDomains, saved: Path, table: str) -> None:
    values = "'2024-11-01', 'P1', 7, 'x', 'x', 1, '[]'"
    two_domains.sql(f"INSERT INTO {table} VALUES ({values})")
    before = two_domains.both()
    done = two_domains.apply(saved, "--execute")
    assert (done.code, two_domains.both()) == (30, before)
    assert "P1" in done.out


@pytest.mark.parametrize("change", ["drop", "reorder", "records"])
def test_a_saved_plan_whose_parts_were_edited_is_refused(two_domains: TwoDomains, saved: Path, change: str) -> None:
    document = json.loads(saved.read_bytes())
    if change == "drop":
        del document["parts"][0]
    elif change == "reorder":
        document["parts"].reverse()
    else:
        document["parts"][1]["records"] = 1
    saved.write_text(json.dumps(document), encoding="utf-8")
    done = two_domains.apply(saved, "--execute")
    assert (done.code, two_domains.both()) == (30, (0, 0))
    assert "its seal is broken" in done.out


def test_a_part_taken_out_of_a_saved_plan_is_no_plan_by_itself(two_domains: TwoDomains, saved: Path) -> None:
    part = json.loads(saved.read_bytes())["parts"][0]
    saved.write_text(json.dumps(part), encoding="utf-8")
    done = two_domains.apply(saved, "--execute")
    assert (done.code, "its seal is broken" in done.out, two_domains.both()) == (30, True, (0, 0))


def test_a_blocked_part_makes_the_saved_plan_none_that_can_be_applied(two_domains: TwoDomains) -> None:
    two_domains.workbook(BAD)
    assert two_domains.call("--compare").outcome == "blocked"
    done = two_domains.apply(two_domains.office.newest("plans/*/*/plan.json"), "--execute")
    assert "--plan-file: plan_incomes 计划被" in done.out


def test_a_changed_workbook_refuses_the_saved_plan_once_however_many_read_it(
    two_domains: TwoDomains, saved: Path
) -> None:
    two_domains.workbook({**BOTH, "规模": [("P1", 5)]})
    done = two_domains.apply(saved, "--execute")
    assert (done.code, two_domains.both()) == (30, (0, 0))
    assert done.out.count("规模收入.xlsx 内容已变") == 1


# --- plan.sql, and a COMMIT without an answer


def psql(two_domains: TwoDomains, program: Path, script: Path) -> subprocess.CompletedProcess[str]:
    dsn = two_domains.office.settings["WDH_DATABASE__URI"]
    return subprocess.run([program, "-qAt", "-f", script, dsn], capture_output=True, encoding="utf-8", check=False)


def test_psql_loads_what_the_script_says_in_one_transaction(two_domains: TwoDomains, psql_program: Path) -> None:
    two_domains.call()
    script = two_domains.office.newest("plans/*/*/plan.sql")
    text = script.read_text(encoding="utf-8")
    assert (text.count("\nBEGIN "), text.count("\nCOMMIT;")) == (1, 1)
    done = psql(two_domains, psql_program, script)
    assert (done.returncode, done.stderr, two_domains.both()) == (0, "", (2, 3))
    ids = [row[0] for row in two_domains.sql("SELECT load_id FROM wdh_load")]
    assert [load_id.split(":")[1] for load_id in ids] == ["plan_incomes", "plan_scales"]
    assert len({load_id.split(":")[0] for load_id in ids}) == 1
    assert two_domains.sql("SELECT count(DISTINCT xmin::text) FROM wdh_load") == [("1",)]
    assert two_domains.call("--execute").outcome == "unchanged"


def test_psql_loads_nothing_where_the_second_table_refuses(two_domains: TwoDomains, psql_program: Path) -> None:
    two_domains.call()
    two_domains.sql("ALTER TABLE scales ADD CHECK (plan_code <> 'P2')")
    done = psql(two_domains, psql_program, two_domains.office.newest("plans/*/*/plan.sql"))
    assert (done.returncode, two_domains.both()) == (3, (0, 0))


def test_the_script_of_a_blocked_plan_refuses_naming_the_part(two_domains: TwoDomains, psql_program: Path) -> None:
    two_domains.workbook(BAD)
    two_domains.call()
    done = psql(two_domains, psql_program, two_domains.office.newest("plans/*/*/plan.sql"))
    assert (done.returncode, two_domains.both()) == (3, (0, 0))
    assert "this plan is blocked: plan_incomes: " in done.stderr


def test_a_lost_commit_is_looked_up_for_every_part(two_domains: TwoDomains) -> None:
    with losing_the_answer_to_commit(two_domains.office.settings["WDH_DATABASE__URI"]) as dsn:
        done = two_domains.call("--execute", WDH_DATABASE__URI=dsn)
    assert (done.code, done.outcome, two_domains.both()) == (0, "loaded", (2, 3))
    assert len(two_domains.sql("SELECT load_id FROM wdh_load")) == 2


# --- the other commands, and Python


def test_the_history_of_each_table_says_that_it_was_loaded_with_others(two_domains: TwoDomains) -> None:
    two_domains.call("--execute", "--run-id", "monthly")
    flags = ("history", "--domain", "plan_scales,plan_incomes")
    done = two_domains.office.command("python", "-m", "workflows.warehouse", *flags)
    assert (done.code, done.out.count("Loads of ")) == (0, 2)
    assert done.out.count("与运行 monthly 的其他表同一事务 in one transaction") == 2


def test_what_would_be_chosen_is_listed_domain_by_domain(two_domains: TwoDomains) -> None:
    flags = ("discover", "--domain", "plan_scales,plan_incomes")
    done = two_domains.office.command("python", "-m", "workflows.sources", *flags)
    assert (done.code, done.out.count("2024-11 V1  202411/收集数据/规模收入.xlsx")) == (0, 2)
    assert [line for line in done.out.splitlines() if line.startswith("Domain: ")] == [
        "Domain: plan_scales",
        "Domain: plan_incomes",
    ]


def test_a_plan_of_several_domains_is_shown_as_its_run_did(two_domains: TwoDomains) -> None:
    said = two_domains.call().out
    path = two_domains.office.newest("plans/*/*/plan.json")
    done = two_domains.office.command("python", "-m", "workflows.plan", "show", str(path))
    assert (done.code, "Part 1 of 2: plan_incomes, planned" in done.out) == (0, True)
    assert done.out.strip() in said


@pytest.fixture
def python(two_domains: TwoDomains, monkeypatch: pytest.MonkeyPatch) -> Iterator[TwoDomains]:
    """The same with settings that are this process's."""
    for name, value in two_domains.office.settings.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(two_domains.office.folder)
    get_settings.cache_clear()
    catalogue.cache_clear()
    yield two_domains
    get_settings.cache_clear()
    catalogue.cache_clear()


def test_python_plans_and_loads_several_domains_as_one(python: TwoDomains) -> None:
    plan = workflows.plan(["plan_scales", "plan_incomes"])
    assert (plan.outcome, [part.domain for part in plan.parts]) == ("planned", ["plan_incomes", "plan_scales"])
    assert python.document() == plan
    assert workflows.plan(["all"], execute=True).outcome == "loaded"
    assert python.both() == (2, 3)
    assert workflows.plan("plan_scales").domain == "plan_scales"


def test_python_says_which_domain_an_option_is_of(python: TwoDomains) -> None:
    python.workbook(BAD)
    accepted = workflows.plan(["plan_scales", "plan_incomes"], accept={"plan_incomes.rejects": 1})
    assert accepted.outcome == "planned"
    with pytest.raises(ParameterError, match="of which domain is rejects=1"):
        workflows.plan(["plan_scales", "plan_incomes"], accept={"rejects": 1})
    with pytest.raises(ParameterError, match="are of one domain"):
        workflows.plan(["plan_scales", "plan_incomes"], sheet="规模")


def test_the_tables_of_several_domains_are_made_together(
    python: TwoDomains, capsys: pytest.CaptureFixture[str]
) -> None:
    python.sql("DROP TABLE scales, incomes")
    assert main(["apply-schema", "--domain", "plan_scales,plan_incomes"]) == 0
    assert python.both() == (0, 0)
    assert capsys.readouterr().out.count("and the ledger are there") == 2
    assert main(["apply-schema", "--domain", "plan_scales,nothing"]) == 1


# --- several sheets


def test_several_sheets_of_one_workbook_add_up_and_each_is_accounted_for(two_domains: TwoDomains) -> None:
    two_domains.workbook(LEDGER, "台账登记.xlsx")
    done = two_domains.call("--domain", "plan_ledgers", "--execute")
    assert (done.code, done.outcome) == (0, "loaded")
    assert two_domains.rows("plan_ledgers") == [("P1", "1.00"), ("P2", "2.00"), ("P3", "3.00")]
    assert two_domains.sql("SELECT plan_code, source_sheet, source_row FROM ledgers") == [
        ("P1", "受托", "2"),
        ("P2", "受托", "3"),
        ("P3", "投资", "2"),
    ]
    (part,) = two_domains.document("receipt").parts
    assert [(file.sheet, file.rows_read, file.records) for file in part.files] == [("受托", 2, 2), ("投资", 1, 1)]
    assert two_domains.sql("SELECT sheet, records FROM wdh_load_file") == [("受托", "2"), ("投资", "1")]
    assert "Files: 1 chosen" in done.out
    assert "from 1 workbook into ledgers" in done.out


def test_several_sheets_open_their_workbook_once(two_domains: TwoDomains, opened_books: list[str]) -> None:
    two_domains.workbook(LEDGER, "台账登记.xlsx")
    two_domains.call("--domain", "plan_ledgers")
    assert opened_books == ["202411/收集数据/台账登记.xlsx"]


def test_a_sheet_of_the_list_that_is_missing_is_refused_naming_it(two_domains: TwoDomains) -> None:
    two_domains.workbook({"受托": LEDGER["受托"]}, "台账登记.xlsx")
    done = two_domains.call("--domain", "plan_ledgers", "--execute")
    assert (done.code, two_domains.rows("plan_ledgers")) == (30, [])
    assert "no sheet '投资'; found '受托'" in done.out


def test_a_sheet_named_twice_by_name_and_place_is_refused(two_domains: TwoDomains) -> None:
    catalogue = two_domains.office.folder / "data_sources.yml"
    catalogue.write_text(catalogue.read_text(encoding="utf-8").replace("[受托, 投资]", "[受托, 0]"), encoding="utf-8")
    two_domains.workbook(LEDGER, "台账登记.xlsx")
    done = two_domains.call("--domain", "plan_ledgers")
    assert (done.code, "two of the catalogue's sheets are '受托'" in done.out) == (30, True)


def test_the_sheets_problems_are_given_back_sheet_by_sheet(two_domains: TwoDomains) -> None:
    two_domains.workbook({"受托": [("P1", "待定")], "投资": [("P3", 3), ("P4", "未知")]}, "台账登记.xlsx")
    two_domains.call("--domain", "plan_ledgers")
    (part,) = two_domains.document().parts
    assert [(finding.sheet, finding.place) for finding in part.rejects] == [("受托", "C2"), ("投资", "C3")]
    assert [Path(given.path).name for given in part.given_back.workbooks] == [
        "台账登记.受托.问题.xlsx",
        "台账登记.投资.问题.xlsx",
    ]


def test_a_changed_value_names_the_cell_of_its_own_sheet(two_domains: TwoDomains) -> None:
    two_domains.workbook(LEDGER, "台账登记.xlsx")
    two_domains.call("--domain", "plan_ledgers", "--execute")
    two_domains.workbook({"受托": LEDGER["受托"], "投资": [("P3", 4)]}, "台账登记.xlsx")
    two_domains.call("--domain", "plan_ledgers", "--compare")
    (part,) = two_domains.document().parts
    assert [cell.cell for change in part.changes for cell in change.cells] == ["202411/收集数据/台账登记.xlsx!投资!C2"]


def test_an_append_leaves_out_the_sheet_that_was_loaded_and_no_other(two_domains: TwoDomains) -> None:
    two_domains.workbook(LEDGER, "台账登记.xlsx")
    catalogue = two_domains.office.folder / "data_sources.yml"
    text = catalogue.read_text(encoding="utf-8")
    catalogue.write_text(text.replace("[受托, 投资]", "[受托]"), encoding="utf-8")
    two_domains.call("--domain", "plan_ledgers", "--mode", "append", "--execute")
    catalogue.write_text(text, encoding="utf-8")
    done = two_domains.call("--domain", "plan_ledgers", "--mode", "append", "--execute")
    assert (done.code, two_domains.rows("plan_ledgers")) == (0, [("P1", "1.00"), ("P2", "2.00"), ("P3", "3.00")])
    (part,) = two_domains.document("receipt").parts
    assert [(file.sheet, file.left_out) for file in part.files] == [("受托", True), ("投资", False)]


def test_one_key_with_two_values_in_two_sheets_is_refused_with_both_places(two_domains: TwoDomains) -> None:
    two_domains.workbook({"受托": [("P1", 1)], "投资": [("P1", 2)]}, "台账登记.xlsx")
    done = two_domains.call("--domain", "plan_ledgers", "--execute")
    assert (done.code, two_domains.rows("plan_ledgers")) == (30, [])
    assert "受托 row 2" in done.out
    assert "投资 row 2" in done.out


# --- version folders


def test_each_domain_takes_the_highest_version_folder_that_holds_a_file_of_it(two_domains: TwoDomains) -> None:
    two_domains.workbook(LEDGER, "台账登记.xlsx", folder="V1")
    two_domains.workbook({**BOTH, "规模": [("P9", 9)]}, folder="V2")
    done = two_domains.call("--domain", "all", "--execute")
    assert done.code == 0
    taken = {part.domain: {file.path for file in part.files} for part in two_domains.document("receipt").parts}
    assert taken == {
        "plan_incomes": {"202411/收集数据/V2/规模收入.xlsx"},
        "plan_ledgers": {"202411/收集数据/V1/台账登记.xlsx"},
        "plan_scales": {"202411/收集数据/V2/规模收入.xlsx"},
    }
