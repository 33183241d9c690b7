"""What bad input gets: one clear message, a non-zero exit, no stack trace, nothing written to a database."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fixtures.runs import HEADERS, Office

NOVEMBER = "2024年11月受托业绩报告.xlsx"


def refused(office: Office, *flags: str, **environment: str) -> str:
    """Run, expect a clean failure, and give what it printed."""
    done = office.call(*flags, **environment)
    assert done.code not in (0, 40), done.err
    assert done.outcome in ("failed", "blocked")
    assert "Traceback" not in done.out + done.err
    return done.out


@pytest.mark.parametrize(
    ("flags", "wanted"),
    [
        (("--domain", "nothing"), "trustee_performance"),
        (("--mode", "upsert"), "delete_insert or append"),
        (("--max-files", "0"), "--max-files"),
        (("--max-files", "x"), "a whole number"),
        (("--max-files", "21"), "WDH_MAX_FILES_LIMIT"),
        (("--period", "2024-13"), "--period"),
        (("--period", "2023-01"), "2023-01"),
        (("--pk", "report_date,nothing"), "'nothing'"),
        (("--pk", "report_date,return_rate"), "return_rate may be empty"),
        (("--merge-key", "plan_code", "--pk", "report_date,company_code"), "must contain the merge key"),
        (("--accept-rejects", "some"), "--accept-rejects"),
        (("--sheet", "没有"), "受托业绩"),
        (("--sheet", "7"), "受托业绩"),
    ],
)
def test_a_wrong_flag_is_named_with_what_was_wanted(office: Office, flags: tuple[str, ...], wanted: str) -> None:
    office.workbook(NOVEMBER, 11)
    assert wanted in refused(office, *flags)


def test_a_missing_domain_is_asked_for(office: Office) -> None:
    assert "--domain: 缺少" in refused(office, "--domain", "")


def test_an_empty_folder_names_itself_and_the_pattern(office: Office) -> None:
    said = refused(office)
    assert str(office.data) in said
    assert "受托业绩" in said


def test_near_misses_are_named_when_no_file_matches(office: Office) -> None:
    office.workbook("202413受托业绩.xlsx", 11)
    assert "202413受托业绩.xlsx" in refused(office)


def test_a_missing_folder_is_an_error_and_not_a_warning(office: Office) -> None:
    office.data.rmdir()
    assert "WDH_DATA_BASE_DIR" in refused(office)


def test_two_files_of_equal_rank_are_both_named(office: Office) -> None:
    office.workbook(f"a/{NOVEMBER}", 11)
    office.workbook(f"b/{NOVEMBER}", 11)
    said = refused(office)
    assert f"a/{NOVEMBER}" in said
    assert f"b/{NOVEMBER}" in said


def test_a_missing_column_is_named_with_those_found(office: Office) -> None:
    office.workbook(NOVEMBER, 11, [[2024, 11, "C1", 0.05, 1.0, 1.0]], [name for name in HEADERS if name != "计划代码"])
    said = refused(office)
    assert "计划代码" in said
    assert "公司代码" in said


@pytest.mark.parametrize("content", [b"", b"hello", b"PK\x03\x04 truncated"])
def test_an_unreadable_workbook_is_named(office: Office, content: bytes) -> None:
    (office.data / NOVEMBER).write_bytes(content)
    assert NOVEMBER in refused(office)


def test_a_truncated_workbook_is_named(office: Office) -> None:
    path = office.workbook(NOVEMBER, 11)
    path.write_bytes(path.read_bytes()[:-200])
    assert NOVEMBER in refused(office)


def test_execution_without_a_database_names_the_choices(office: Office) -> None:
    office.workbook(NOVEMBER, 11)
    said = refused(office, "--execute")
    assert "embedded:<dir>" in said
    assert "WDH_DATABASE__HOST" in said


def test_a_server_that_does_not_answer_is_named_without_its_password(office: Office) -> None:
    office.workbook(NOVEMBER, 11)
    said = refused(office, "--execute", WDH_DATABASE__URI="postgresql://loader:geheim@127.0.0.1:1/warehouse")
    assert "127.0.0.1" in said
    assert "geheim" not in said


def test_a_wrong_catalogue_reports_every_mistake_with_its_path(office: Office, tmp_path: Path) -> None:
    broken = tmp_path / "catalogue.yml"
    broken.write_text("domains:\n  trustee_performance:\n    pattern: '('\n    select: newest\n", encoding="utf-8")
    said = refused(office, WDH_DATA_SOURCES_CONFIG=str(broken))
    for path in ("domains.trustee_performance.pattern", "domains.trustee_performance.select"):
        assert path in said


def test_a_wrong_setting_is_named(office: Office) -> None:
    assert "WDH_MAX_FILES_LIMIT" in refused(office, WDH_MAX_FILES_LIMIT="many")


def test_a_failed_run_exits_non_zero_without_the_projects_configuration(office: Office) -> None:
    office.settings["LUIGI_CONFIG_PATH"] = str(office.folder / "missing.cfg")
    done = office.run()
    assert done.code == 30


def test_a_failure_in_a_forked_worker_is_reported_once(office: Office) -> None:
    (office.data / NOVEMBER).write_bytes(b"hello")
    done = office.run("--workers", "2")
    assert (done.code, done.outcome, done.out.count("FAILED ProcessFile")) == (30, "failed", 1)
