"""Company ids in real runs: which company each row gets, what is left for operators, and what merges again."""

from __future__ import annotations

import csv
import re
import shutil
import sysconfig
from pathlib import Path

import pytest
from psycopg2.extensions import connection as Connection  # noqa: N812

from tests.fixtures.companies import KNOWN, ROWS, SALT, CompanyOffice
from tests.fixtures.loads import content
from workflows.domains.registry import get_domain
from workflows.plan.build import table_columns
from workflows.warehouse.schema import TableDefinition, apply_schema

_TEMPORARY = re.compile("IN[A-Z2-7]{16}")


def test_each_row_gets_the_company_that_answers_first(companies: CompanyOffice) -> None:
    done = companies.call()
    assert (done.code, done.outcome) == (0, "planned"), done.out + done.err
    ids = companies.ids()
    assert ids[:5] == ["C9", "C7", "C1", "C2", "C3"]
    assert all(_TEMPORARY.fullmatch(found or "") for found in ids[5:8])
    assert (ids[5] == ids[6], ids[6] == ids[7], ids[8]) == (True, False, None)


def test_the_plan_counts_the_ways_and_lists_what_is_unresolved(companies: CompanyOffice) -> None:
    done = companies.call()
    plan = companies.office.plan()
    assert plan.companies is not None
    assert plan.companies.ways == {**{f"index:{kind}": 1 for kind, _key, _id in KNOWN}, "temporary": 3, "none": 1}
    assert plan.companies.records == plan.records == len(ROWS)
    assert "Company ids: 9 records = 1 index by plan_code + 1 index by account_number" in done.out
    where = plan.given_back.unresolved_csv or ""
    assert f"no company for 3 customer(s) in 4 records: {where}" in done.out
    assert (companies.output / where).parent == companies.office.newest("plans/*/*/plan.json").parent
    page = companies.office.newest("plans/*/*/plan.html").read_text(encoding="utf-8")
    assert where in page and "索引：客户名称" in page


def test_unresolved_csv_names_the_rows_and_cells_most_rows_first(companies: CompanyOffice) -> None:
    companies.call()
    first, second, third = companies.unresolved()
    place = "2024年11月规模.xlsx!规模明细!"
    assert (first["name"], first["rows"], first["plan_codes"]) == ("戊公司", "2", "P0003; P0002")
    assert (first["account_names"], first["cells"]) == ("戊公司; 戊公司-养老", f"{place}E7:E8")
    assert (first["workbooks"], first["company_id"]) == ("2024年11月规模.xlsx", companies.ids()[5])
    # A spreadsheet would run the name, and lose the number's last digits.
    assert (second["name"], second["account_numbers"]) == ("'@丁公司", "C76543210987654321")
    assert (third["name"], third["problem"], third["company_id"]) == ("", "no name, no company id 无名称，无编号", "")


def test_which_company_answered_for_which_keys_and_by_what_lies_beside_the_merged_document(
    companies: CompanyOffice,
) -> None:
    companies.call()
    text = companies.office.newest("merged/*/*.companies.csv").read_text(encoding="utf-8-sig")
    found = {line["account_name"]: line for line in csv.DictReader(text.splitlines())}
    assert len(found) == len(text.splitlines()) - 2
    assert (found["乙公司-转"]["company_id"], found["乙公司-转"]["way"]) == ("C2", "index:account_name")
    assert (found["戊公司-养老"]["customer_name"], found["戊公司-养老"]["way"]) == ("戊公司", "temporary")
    assert (found[""]["plan_code"], found[""]["company_id"], found[""]["way"]) == ("P0002", "", "none")
    assert "'@丁公司" in found


def test_without_a_salt_a_run_fails_at_its_start_and_names_the_setting(companies_outside: CompanyOffice) -> None:
    companies = companies_outside
    done = companies.office.run("--domain", "customer_amounts", WDH_COMPANY_ID_SALT="")
    assert (done.code, done.outcome) == (30, "failed")
    assert "WDH_COMPANY_ID_SALT is missing" in done.out
    assert not list(companies.output.glob("processed/**/*.json"))


def test_a_salt_that_is_too_short_is_refused_and_not_shown(companies_outside: CompanyOffice) -> None:
    done = companies_outside.office.run("--domain", "customer_amounts", WDH_COMPANY_ID_SALT="guessable")
    assert done.code != 0
    assert "WDH_COMPANY_ID_SALT" in done.out + done.err
    assert "guessable" not in done.out + done.err


def test_without_an_index_a_run_fails_at_its_start_and_says_how_to_make_one(companies: CompanyOffice) -> None:
    (companies.folder / "company_index.json").unlink()
    done = companies.call()
    assert (done.code, done.outcome) == (30, "failed")
    assert "make fetch-index" in done.out and "WDH_COMPANY_INDEX" in done.out
    assert not list(companies.output.glob("processed/**/*.json"))


def test_wrong_overrides_fail_at_the_start_with_their_lines(companies: CompanyOffice) -> None:
    companies.overrides_file.write_text("计划代码:\n  P0001: C1\n  p0001: C2\n", encoding="utf-8")
    done = companies.call()
    assert (done.code, done.outcome) == (30, "failed")
    assert "line 3: 计划代码 P0001 已在第 2 行 / stands in line 2 already" in done.out
    assert not list(companies.output.glob("processed/**/*.json"))


def test_another_domain_needs_neither_salt_nor_index(companies: CompanyOffice) -> None:
    companies.office.workbook("2024年11月受托业绩报告.xlsx", 11)
    del companies.office.settings["WDH_DATA_SOURCES_CONFIG"], companies.office.settings["WDH_COMPANY_ID_SALT"]
    (companies.folder / "company_index.json").unlink()
    done = companies.office.call()
    assert (done.code, done.outcome) == (0, "planned")
    assert companies.office.plan().companies is None
    assert "Company ids" not in done.out


def _override(companies: CompanyOffice) -> dict[str, str]:
    companies.overrides_file.write_text("客户名称:\n  戊公司（已转出）: C5\n", encoding="utf-8")
    return {}


def _index(companies: CompanyOffice) -> dict[str, str]:
    companies.known([*KNOWN, ("customer_name", "戊公司", "C5")])
    return {}


def _salt(_companies: CompanyOffice) -> dict[str, str]:
    return {"WDH_COMPANY_ID_SALT": "another salt of the tests"}


@pytest.mark.parametrize("change", [_override, _index, _salt])
def test_changed_answers_merge_again_and_read_nothing_again(companies: CompanyOffice, change: object) -> None:
    companies.call()
    before = companies.ids()
    read = {path: path.stat().st_mtime_ns for path in companies.output.glob("processed/**/*.json")}
    environment = change(companies)  # type: ignore[operator]
    done = companies.call(**environment)
    assert done.code == 0, done.out
    after = companies.ids()
    assert {path: path.stat().st_mtime_ns for path in companies.output.glob("processed/**/*.json")} == read
    assert before[:5] == after[:5] and before[5] != after[5]
    if change is not _salt:
        assert after[5:7] == ["C5", "C5"]


def test_the_same_answers_merge_nothing_again(companies: CompanyOffice) -> None:
    companies.call()
    merged = {path: path.stat().st_mtime_ns for path in companies.output.glob("merged/**/*")}
    companies.known(list(reversed(KNOWN)))
    companies.overrides_file.write_text("# nothing yet\n客户名称:\n", encoding="utf-8")
    companies.call()
    assert {path: path.stat().st_mtime_ns for path in companies.output.glob("merged/**/*")} == merged


def test_two_hosts_give_the_same_ids_and_the_same_list(companies_outside: CompanyOffice) -> None:
    companies = companies_outside
    companies.call()
    here = companies.ids()
    listed = companies.office.newest("plans/*/*/unresolved.csv").read_bytes()
    shutil.copytree(companies.folder, companies.folder.with_name("另一台"), ignore=shutil.ignore_patterns("output"))
    there = companies.folder.with_name("另一台")
    done = companies.office.command(
        "python", "-c", "import os, sys; os.chdir(sys.argv[1]); os.execvp(sys.argv[2], sys.argv[2:])", str(there),
        # The environment's own, which need not be on the path.
        str(Path(sysconfig.get_path("scripts")) / "luigi"),
        *("--module", "workflows.tasks", "LoadDomain", "--domain", "customer_amounts", "--local-scheduler"),
    )  # fmt: skip
    assert done.code == 0, done.out + done.err
    companies.office.output = companies.output = there / "output"
    assert companies.ids() == here
    assert companies.office.newest("plans/*/*/unresolved.csv").read_bytes() == listed


def test_a_host_with_another_index_is_refused_and_told_what_differs(companies: CompanyOffice) -> None:
    assert companies.call("--run-id", "shared").code == 0
    companies.known([*KNOWN, ("customer_name", "戊公司", "C5")])
    done = companies.call("--run-id", "shared")
    assert (done.code, done.outcome) == (30, "failed")
    assert "holds other work" in done.out and "index of known companies: " in done.out
    assert "salt of" not in done.out


def test_the_salt_stands_in_nothing_that_a_run_writes_or_prints(companies_outside: CompanyOffice) -> None:
    companies = companies_outside
    done = companies.office.run("--domain", "customer_amounts")
    files = [path for path in [*companies.output.rglob("*"), companies.folder / "company_index.json"] if path.is_file()]
    assert len(files) > 5
    assert not [path for path in files if SALT.encode() in path.read_bytes()]
    assert SALT not in done.out + done.err


def test_a_merged_document_and_its_list_are_the_same_bytes_wherever_they_are_made(
    companies: CompanyOffice, tmp_path: Path
) -> None:
    companies.call()
    first = {path.name: path.read_bytes() for path in companies.output.glob("merged/*/*")}
    companies.call(WDH_OUTPUT_DIR=str(tmp_path / "elsewhere"))
    assert {path.name: path.read_bytes() for path in (tmp_path / "elsewhere").glob("merged/*/*")} == first


def test_which_company_says_who_answers_for_a_row(companies: CompanyOffice) -> None:
    def ask(*keys: str) -> str:
        done = companies.office.command("python", "-m", "workflows.runs", "which-company", *keys)
        assert done.code == 0, done.err
        return done.out.strip()

    assert ask("--customer-name", "甲公司-已转出") == "C1 [index:customer_name] 甲公司"
    assert ask("--plan-code", "P0009", "--customer-name", "甲公司") == "C9 [index:plan_code] 甲公司"
    assert re.fullmatch(r"IN[A-Z2-7]{16} \[temporary\] 戊公司", ask("--customer-name", "戊公司"))
    assert ask("--plan-code", "P0002") == "no company [none]"


@pytest.fixture
def companies_with_table(companies: CompanyOffice, database: str, connection: Connection) -> CompanyOffice:
    """The office's database has the domain's table."""
    domain = get_domain("customer_amounts")
    apply_schema(connection, [TableDefinition(domain.name, table_columns(domain), domain.primary_key)])
    connection.commit()
    companies.office.settings["WDH_DATABASE__URI"] = database
    return companies


def test_ids_are_loaded_and_a_changed_override_loads_just_its_rows(
    companies_with_table: CompanyOffice, connection: Connection
) -> None:
    companies = companies_with_table
    assert companies.call("--execute").outcome == "loaded"
    receipt = companies.office.newest("receipts/*/*/receipt.json")
    assert receipt.with_name("unresolved.csv").exists()
    _override(companies)
    assert companies.call("--execute").outcome == "loaded"
    effect = companies.office.receipt().effect
    assert (effect.deleted, effect.inserted, effect.unchanged) == (2, 2, 7)
    loaded = content(connection, "SELECT line, company_id FROM customer_amounts WHERE line <> '8'")
    assert [found for _line, found in loaded] == ["C9", "C7", "C1", "C2", "C3", "C5", "C5", None]


def test_a_saved_plan_is_refused_once_answers_changed(companies_with_table: CompanyOffice) -> None:
    companies = companies_with_table
    assert companies.call("--compare").outcome == "planned"
    plan = companies.office.newest("plans/*/*/plan.json")
    _override(companies)
    flags = ("--module", "workflows.tasks", "ApplyPlan", "--plan-file", str(plan), "--execute")
    done = companies.office.luigi(*flags)
    assert (done.code, done.outcome) == (30, "failed")
    assert "the saved plan no longer holds" in done.out and "overrides of companies: " in done.out
    companies.overrides_file.unlink()
    assert companies.office.luigi(*flags).outcome == "loaded"


def test_a_list_that_cannot_be_written_fails_no_run_and_is_named(companies: CompanyOffice) -> None:
    companies.call()
    companies.office.newest("merged/*/*.unresolved.csv").unlink()
    done = companies.call()
    assert (done.code, done.outcome) == (0, "planned")
    assert "NOT WRITTEN: unresolved.csv" in done.out
