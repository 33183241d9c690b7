from __future__ import annotations

import unicodedata
from datetime import date
from typing import Any

import pytest

from workflows.settings import Settings
from workflows.sources.catalogue import load_catalogue
from workflows.sources.file_rules import FileRules
from workflows.sources.filenames import NO_MATCH, FileDate, is_supplement, parse_name

SHIPPED = load_catalogue(Settings.model_fields["data_sources_config"].default).domain("trustee_performance")


def rules(pattern: str, **changes: Any) -> FileRules:
    return FileRules(pattern=pattern, select="latest_by_year_month_and_version", **changes)


def dated(name: str, *folders: str) -> FileDate:
    found = parse_name(SHIPPED, name, folders)
    assert isinstance(found, FileDate), found
    return found


@pytest.mark.parametrize(
    ("name", "month"),
    [
        ("2024年11月受托业绩报告.xlsx", date(2024, 11, 1)),
        ("2024年1月受托业绩报告.xlsx", date(2024, 1, 1)),
        ("2024年12月受托业绩报告.xlsm", date(2024, 12, 1)),
        ("202412受托业绩V2.xlsx", date(2024, 12, 1)),
        ("202401受托业绩.xlsx", date(2024, 1, 1)),
        ("2024-9受托业绩.xls", date(2024, 9, 1)),
        ("2024_09_受托业绩.xls", date(2024, 9, 1)),
        ("2024.10受托业绩.XLSX", date(2024, 10, 1)),
        ("24年12月受托业绩报告.xlsx", date(2024, 12, 1)),
        ("2024 年 3 月份 受托业绩报表.xlsx", date(2024, 3, 1)),
        ("２０２４年１１月受托业绩（V2）.xlsx", date(2024, 11, 1)),
    ],
)
def test_a_workbook_is_dated_by_its_name(name: str, month: date) -> None:
    assert dated(name).period == month


@pytest.mark.parametrize(
    "name",
    [
        "202413受托业绩.xlsx",
        "202400受托业绩.xlsx",
        "2024年13月受托业绩报告.xlsx",
        "2024年0月受托业绩报告.xlsx",
        "2024-123受托业绩.xlsx",
        "20249受托业绩.xlsx",
        "2024年1-11月受托业绩报告.xlsx",
        "12024年11月受托业绩报告.xlsx",
        "1924年11月受托业绩报告.xlsx",
        "2412受托业绩.xlsx",
    ],
)
def test_what_is_no_month_is_never_dated(name: str) -> None:
    assert isinstance(parse_name(SHIPPED, name), str)


@pytest.mark.parametrize(
    "name",
    [
        "2024年11月年金规模.xlsx",
        "2024年11月受托业绩报告 - 副本.xlsx",
        "2024年11月受托业绩报告_副本.xlsx",
        "2024年11月受托业绩报告_final.xlsx",
        "2024年11月受托业绩报告(1).xlsx",
        "受托业绩报告.xlsx",
    ],
)
def test_files_of_another_kind_and_copies_do_not_match(name: str) -> None:
    assert parse_name(SHIPPED, name) == NO_MATCH


def test_december_is_never_read_as_january_even_by_a_careless_pattern() -> None:
    found = parse_name(rules(r"(?P<year>\d{4})年(?P<month>[1-9]|1[0-2])"), "2024年12月.xlsx")
    assert isinstance(found, str)


def test_a_thirteenth_month_is_never_january_even_by_a_careless_pattern() -> None:
    found = parse_name(rules(r"(?P<year>\d{4})(?P<month>0?[1-9]|1[0-2])"), "202413.xlsx")
    assert isinstance(found, str)


def test_the_end_of_a_longer_number_is_no_year() -> None:
    assert isinstance(parse_name(rules(r"(?P<year>\d\d)年(?P<month>\d\d)"), "1924年11月.xlsx"), str)


def test_a_day_may_follow_a_month_of_two_digits() -> None:
    found = parse_name(rules(r"(?P<year>20\d\d)(?P<month>\d\d)"), "20241130.xlsx")
    assert found == FileDate(date(2024, 11, 1), "", 1)


def test_a_pattern_may_leave_its_groups_empty() -> None:
    found = parse_name(rules(r"(?P<year>20\d\d)年(?P<month>\d\d)?"), "2024年.xlsx")
    assert found == "没有月份: 应为 1 至 12 / '' is no month: 1 to 12 wanted"


def test_a_decomposed_name_is_read_like_a_composed_one() -> None:
    name = unicodedata.normalize("NFD", "2024年11月受托业绩_É.xlsx")
    assert dated(name).part == "É"


@pytest.mark.parametrize(
    ("name", "version"),
    [
        ("2024年11月受托业绩报告.xlsx", 1),
        ("2024年11月受托业绩报告V2.xlsx", 2),
        ("2024年11月受托业绩报告_v10.xlsx", 10),
        ("2024年11月受托业绩报告（V3）.xlsx", 3),
    ],
)
def test_a_name_gives_a_version_or_it_is_the_first(name: str, version: int) -> None:
    assert dated(name).version == version


@pytest.mark.parametrize(
    ("folders", "version"),
    [(("数据采集", "V2"), 2), (("数据采集", "v10"), 10), (("Ｖ３",), 3), (("V1", "V4", "平安"), 4), (("Vorlage",), 1)],
)
def test_a_folder_gives_the_version_where_the_name_has_none(folders: tuple[str, ...], version: int) -> None:
    assert dated("2024年11月受托业绩报告.xlsx", *folders).version == version


def test_the_names_version_wins_over_the_folders() -> None:
    assert dated("2024年11月受托业绩报告V3.xlsx", "数据采集", "V2").version == 3


def test_a_version_that_no_ledger_could_hold_is_none() -> None:
    assert parse_name(SHIPPED, "2024年11月受托业绩V12345678901.xlsx") == (
        "'12345678901' 不是版本号 / '12345678901' is no version"
    )


def test_a_part_tells_two_files_of_one_month_apart() -> None:
    found = dated("2024年12月受托业绩_平安_V2.xlsx")
    assert (found.part, found.version) == ("平安", 2)


MONTHS_FOLDER = r"^(?P<year>20\d\d)(?P<month>\d\d)/收集数据/业务收集$"
LEDGERS = rules("台账登记", folder_pattern=MONTHS_FOLDER)
SCALES = rules(
    r"^(?:.*?(?P<year>\d\d)年(?P<month>\d{1,2})月)?.*规模.*收入.*\.xlsx$",
    folder_pattern=r"^(?P<year>20\d\d)(?P<month>\d\d)/收集数据/数据采集$",
    supplement=r"采集-补充.*\.xlsx$",
    exclude=("*回复*", "~$*", "*.eml"),
)
COLLECTED = ("202411", "收集数据", "数据采集")


def test_the_month_may_stand_in_the_folder_alone() -> None:
    assert parse_name(LEDGERS, "台账登记.xlsx", ("202411", "收集数据", "业务收集")) == FileDate(
        date(2024, 11, 1), "", 1
    )


def test_a_version_folder_is_no_part_of_the_folders_path() -> None:
    found = parse_name(LEDGERS, "台账登记.xlsx", ("202411", "收集数据", "业务收集", "V2"))
    assert found == FileDate(date(2024, 11, 1), "", 2, in_version_folder=True)


@pytest.mark.parametrize(
    "folders",
    [
        (),
        ("202411",),
        ("202411", "收集数据"),
        ("202411", "收集数据", "业务收集", "旧"),
        ("旧", "202411", "收集数据", "业务收集"),
    ],
)
def test_the_anchors_of_a_folders_pattern_are_the_data_folder_and_the_files_own(folders: tuple[str, ...]) -> None:
    found = parse_name(LEDGERS, "台账登记.xlsx", folders)
    assert isinstance(found, str)
    assert "is none of this domain's" in found


def test_a_solidus_in_a_folders_name_separates_nothing() -> None:
    assert isinstance(parse_name(LEDGERS, "台账登记.xlsx", ("202411／收集数据／业务收集",)), str)


def test_digits_in_full_width_are_digits_in_a_folder_too() -> None:
    found = parse_name(LEDGERS, "台账登记.xlsx", ("２０２４１１", "收集数据", "业务收集"))
    assert found == FileDate(date(2024, 11, 1), "", 1)


@pytest.mark.parametrize("month", ["202413", "202400", "12024110", "2024111"])
def test_a_folder_that_is_no_month_dates_nothing(month: str) -> None:
    assert isinstance(parse_name(LEDGERS, "台账登记.xlsx", (month, "收集数据", "业务收集")), str)


def test_a_name_may_say_the_month_of_its_folder_again() -> None:
    found = parse_name(SCALES, "【for年金机构经营分析】24年11月年金规模收入数据 1111.xlsx", COLLECTED)
    assert found == FileDate(date(2024, 11, 1), "", 1)


def test_a_name_of_another_month_than_its_folder_is_refused_with_both() -> None:
    found = parse_name(SCALES, "24年10月年金规模收入数据.xlsx", COLLECTED)
    assert found == (
        "文件夹写的月份是 11, 文件名写的月份是 10: 无法确定月份 / "
        "its folder says the month 11, its name says the month 10: which month it is of cannot be told"
    )


def test_a_name_of_another_year_than_its_folder_is_refused_with_both() -> None:
    found = parse_name(SCALES, "23年11月年金规模收入数据.xlsx", COLLECTED)
    assert found == (
        "文件夹写的年份是 2024, 文件名写的年份是 2023: 无法确定月份 / "
        "its folder says the year 2024, its name says the year 2023: which month it is of cannot be told"
    )


def test_the_year_may_stand_in_the_folder_and_the_month_in_the_name() -> None:
    split = rules(r"(?P<month>\d{1,2})月", folder_pattern=r"(?P<year>20\d\d)")
    assert parse_name(split, "3月.xlsx", ("2024",)) == FileDate(date(2024, 3, 1), "", 1)


@pytest.mark.parametrize("name", ["回复：24年11月年金规模收入数据.xlsx", "~$24年11月年金规模收入数据.xlsx", "回复.EML"])
def test_what_is_excluded_is_never_dated_and_names_its_pattern(name: str) -> None:
    found = parse_name(SCALES, name, COLLECTED)
    assert isinstance(found, str)
    assert found.startswith("按目录排除 (") and " / excluded (" in found


def test_a_similar_name_that_is_not_meant_does_not_match() -> None:
    name = "【截至2月汇总】26年企年受托投资中标流失清单 20260305.xlsx"
    assert parse_name(LEDGERS, name, ("202602", "收集数据", "业务收集")) == NO_MATCH


def test_a_supplement_is_a_part_of_its_own() -> None:
    found = parse_name(SCALES, "24年11月采集-补充企年投资收入.xlsx", COLLECTED)
    assert found == FileDate(date(2024, 11, 1), "supplement", 1)


def test_a_supplement_whose_name_fits_the_pattern_too_is_one_nevertheless() -> None:
    found = parse_name(SCALES, "24年11月规模收入采集-补充.xlsx", COLLECTED)
    assert isinstance(found, FileDate)
    assert is_supplement(found.part)


def test_a_supplement_that_says_no_month_itself_has_that_of_its_name_or_folder() -> None:
    named = rules(r"(?P<year>20\d\d)(?P<month>\d\d)", supplement="补充")
    assert parse_name(named, "202411收入补充.xlsx") == FileDate(date(2024, 11, 1), "supplement", 1)
    assert isinstance(parse_name(named, "收入补充.xlsx"), str)


def test_a_part_has_a_supplement_of_its_own() -> None:
    parts = rules(r"(?P<year>20\d\d)(?P<month>\d\d)", supplement=r"(?P<year>20\d\d)(?P<month>\d\d)_(?P<part>\w+)补充")
    found = parse_name(parts, "202411_平安补充.xlsx")
    assert found == FileDate(date(2024, 11, 1), "平安 supplement", 1)
    assert is_supplement("平安 supplement")
    assert not is_supplement("平安")
