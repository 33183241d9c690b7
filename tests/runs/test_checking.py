"""What `make check` finds before any run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import pytest
import yaml

from tests.fixtures.runs import Finished, Office
from workflows.domains.domain import Domain, Record
from workflows.domains.fields import CodeColumn, MonthColumn, PlanCode, ReportMonth
from workflows.domains.trustee_performance import DOMAIN
from workflows.errors import CatalogueError, ParameterError
from workflows.runs.checking import domain_problems
from workflows.runs.options import check_keys
from workflows.sources.catalogue import load_catalogue
from workflows.sources.entries import DomainSource, Overrides

NOVEMBER = "2024年11月受托业绩报告.xlsx"
_SHIPPED = Path(__file__).parents[2] / "workflows" / "sources" / "data_sources.yml"


def entry(**changes: Any) -> DomainSource:
    return load_catalogue(_SHIPPED).domain("trustee_performance").altered(**changes)


def problems(source: DomainSource, domain: Domain = DOMAIN) -> list[str]:
    return [f"{place}: {text}" for place, text in domain_problems("trustee_performance", source, domain)]


def office_check(office: Office, **changes: Any) -> Finished:
    """``check`` with the shipped entry of one domain, which says something else."""
    content = yaml.safe_load(_SHIPPED.read_text(encoding="utf-8"))
    content["domains"] = {"trustee_performance": content["domains"]["trustee_performance"] | changes}
    own = office.folder / "catalogue.yml"
    own.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    return office.command("python", "-m", "workflows.telling", "check", WDH_DATA_SOURCES_CONFIG=str(own))


def test_the_shipped_entry_is_right() -> None:
    assert problems(entry()) == []


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        (
            {"primary_key": ("report_date", "plan_cod"), "merge_key": ("report_date",)},
            ("domains.trustee_performance.primary_key[1]: ", "no column 'plan_cod'", "did you mean plan_code?"),
        ),
        (
            {"primary_key": ("report_date", "return_rate"), "merge_key": ("report_date",)},
            ("domains.trustee_performance.primary_key[1]: ", "return_rate may be empty"),
        ),
        (
            {"required_columns": ("plan_code", "收益律")},
            ("domains.trustee_performance.required_columns[1]: ", "'收益律'", "did you mean 收益率?"),
        ),
    ],
)
def test_a_key_that_the_record_lacks_is_named_by_its_place(changes: dict[str, Any], wanted: Sequence[str]) -> None:
    (said,) = problems(entry(**changes))
    assert all(text in said for text in wanted)


def test_required_columns_may_be_called_by_any_header() -> None:
    assert problems(entry(required_columns=("计划代码", "Fund_Scale", "规模"))) == []


class _Twice(Record):
    report_date: Annotated[ReportMonth, MonthColumn(period=("报告期",))]
    plan_code: Annotated[PlanCode, CodeColumn(headers=("计划代码",), max_length=50)]
    company_code: Annotated[PlanCode, CodeColumn(headers=("公司代码", "计划代码"), max_length=50)]


def test_a_header_that_two_fields_of_one_kind_claim_is_a_mistake() -> None:
    (said,) = problems(entry(required_columns=()), replace(DOMAIN, record=_Twice, derived={}))
    assert "'计划代码' is claimed more than once: plan_code.value、company_code.value" in said


def test_what_a_module_says_of_fields_that_there_are_none_of_is_a_mistake() -> None:
    found = problems(entry(), replace(DOMAIN, period_field="report_dat", name="other"))
    assert any("period_field: " in text and "did you mean report_date?" in text for text in found)
    assert any("its module calls itself 'other'" in text for text in found)


def test_a_key_of_the_catalogue_is_never_called_by_a_flag_that_nobody_gave() -> None:
    wrong = entry(primary_key=("report_date", "nothing"), merge_key=("report_date",))
    with pytest.raises(
        CatalogueError, match=r"c.yml: 1 处错误 / 1 problem\(s\)\n  domains.trustee_performance.primary_key\[1\]: "
    ):
        check_keys(wrong, DOMAIN, Overrides(), "c.yml")
    with pytest.raises(ParameterError, match=r"^--pk: "):
        check_keys(wrong, DOMAIN, Overrides(primary_key=wrong.primary_key), "c.yml")


def test_a_run_with_a_wrong_key_in_the_catalogue_names_its_place(office: Office) -> None:
    office.workbook(NOVEMBER, 11)
    office_check(office, primary_key=["report_date", "nothing"])
    done = office.call(WDH_DATA_SOURCES_CONFIG=str(office.folder / "catalogue.yml"))
    assert "domains.trustee_performance.primary_key[1]: " in done.out and "--pk" not in done.out


def test_a_catalogue_that_is_right_passes(office: Office) -> None:
    office.workbook(NOVEMBER, 11)
    done = office_check(office)
    assert (done.code, done.err) == (0, "")
    assert "1 个文件符合 / files match, newest 2024-11" in done.out
    assert "没有发现错误 / nothing wrong was found" in done.out
    assert not office.output.exists()


def test_a_pattern_that_matches_none_of_the_workbooks_is_named_with_the_nearest(office: Office) -> None:
    office.workbook(NOVEMBER, 11)
    done = office_check(office, pattern=r"^(?P<year>20\d\d)年(?P<month>\d+)月管理费")
    assert done.code == 1
    assert "domains.trustee_performance.pattern: 没有文件符合 / matches none of the 1 workbook(s)" in done.out
    assert NOVEMBER in done.out


def test_a_folder_without_any_workbook_is_no_mistake_of_the_pattern(office: Office) -> None:
    done = office_check(office)
    assert (done.code, "no workbook of this domain" in done.out) == (0, True)


def test_a_missing_data_folder_is_named_with_its_setting(office: Office) -> None:
    office.data.rmdir()
    done = office_check(office)
    assert (done.code, "WDH_DATA_BASE_DIR: " in done.out) == (1, True)


def test_every_mistake_is_counted_and_told_at_once(office: Office) -> None:
    office.workbook(NOVEMBER, 11)
    done = office_check(office, primary_key=["report_date", "nothing"], required_columns=["a", "b"])
    assert (done.code, "4 mistake(s)" in done.out) == (1, True), done.out


def test_wrong_settings_are_one_message(office: Office) -> None:
    office.settings["WDH_DATABSE__URI"] = "x"
    done = office_check(office)
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("error: settings: WDH_DATABSE__URI") and "Traceback" not in done.err


def test_a_table_that_fits_is_right_and_one_that_lacks_a_column_is_named(office_with_database: Office) -> None:
    office = office_with_database
    office.workbook(NOVEMBER, 11)
    assert office_check(office).code == 0
    missing = office_check(office, table="another_table")
    assert missing.code == 1
    assert (
        "domains.trustee_performance.table: 数据库中没有表 another_table; 请运行 make schema / "
        "there is no table another_table in this database" in missing.out
    )


def test_a_database_that_does_not_answer_is_named_once_and_without_its_password(office: Office) -> None:
    office.workbook(NOVEMBER, 11)
    office.settings["WDH_DATABASE__URI"] = "postgresql://u:geheim@127.0.0.1:1/x"
    done = office_check(office)
    assert (done.code, done.out.count("WDH_DATABASE__URI: ")) == (1, 1)
    assert "geheim" not in done.out + done.err


def test_a_header_of_the_catalogue_that_another_field_claims_is_a_mistake(office: Office) -> None:
    office.workbook(NOVEMBER, 11)
    done = office_check(office, headers={"fund_scale": ["净值"], "nothing": ["x"]})
    assert done.code == 1
    assert "domains.trustee_performance.headers.fund_scale: '净值' names net_asset_value, too" in done.out
    assert "domains.trustee_performance.headers.nothing: " in done.out


def test_the_shipped_catalogue_is_right_where_only_some_domains_have_workbooks(office: Office) -> None:
    office.workbook(NOVEMBER, 11)
    done = office.command("python", "-m", "workflows.telling", "check")
    assert (done.code, done.out.count("no workbook of this domain") > 0) == (0, True), done.out


def test_an_example_that_would_not_be_taken_is_a_mistake() -> None:
    (found,) = problems(entry(example="2024年13月受托业绩.xlsx"), DOMAIN)
    assert "would not be taken" in found and "'13' is no month" in found
