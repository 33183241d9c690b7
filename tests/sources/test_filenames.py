from __future__ import annotations

import unicodedata
from datetime import date

import pytest

from workflows.settings import Settings
from workflows.sources.catalogue import load_catalogue
from workflows.sources.filenames import NO_MATCH, FileDate, parse_name

PATTERN = load_catalogue(Settings.model_fields["data_sources_config"].default).domain("trustee_performance").pattern


def dated(name: str, *folders: str) -> FileDate:
    found = parse_name(PATTERN, name, folders)
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
    assert isinstance(parse_name(PATTERN, name), str)


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
    assert parse_name(PATTERN, name) == NO_MATCH


def test_december_is_never_read_as_january_even_by_a_careless_pattern() -> None:
    found = parse_name(r"(?P<year>\d{4})年(?P<month>[1-9]|1[0-2])", "2024年12月.xlsx")
    assert isinstance(found, str)


def test_a_thirteenth_month_is_never_january_even_by_a_careless_pattern() -> None:
    found = parse_name(r"(?P<year>\d{4})(?P<month>0?[1-9]|1[0-2])", "202413.xlsx")
    assert isinstance(found, str)


def test_the_end_of_a_longer_number_is_no_year() -> None:
    assert isinstance(parse_name(r"(?P<year>\d\d)年(?P<month>\d\d)", "1924年11月.xlsx"), str)


def test_a_day_may_follow_a_month_of_two_digits() -> None:
    found = parse_name(r"(?P<year>20\d\d)(?P<month>\d\d)", "20241130.xlsx")
    assert found == FileDate(date(2024, 11, 1), "", 1)


def test_a_pattern_may_leave_its_groups_empty() -> None:
    found = parse_name(r"(?P<year>20\d\d)年(?P<month>\d\d)?", "2024年.xlsx")
    assert found == "'' is no month: 1 to 12 wanted"


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
    assert parse_name(PATTERN, "2024年11月受托业绩V12345678901.xlsx") == "'12345678901' is no version"


def test_a_part_tells_two_files_of_one_month_apart() -> None:
    found = dated("2024年12月受托业绩_平安_V2.xlsx")
    assert (found.part, found.version) == ("平安", 2)
