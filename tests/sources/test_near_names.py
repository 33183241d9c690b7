"""Files that look like a domain's, and the names under which they would be taken."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from workflows.errors import NoFilesFoundError
from workflows.sources.candidates import Candidate, Discovery, Rejected
from workflows.sources.catalogue import load_catalogue
from workflows.sources.entries import DomainSource
from workflows.sources.filenames import FileDate, parse_name
from workflows.sources.near_names import _models, fitting_name, near_miss
from workflows.sources.periods import parse_periods
from workflows.sources.selection import NotChosen, select

_CATALOGUE = load_catalogue(Path(__file__).parents[2] / "workflows/sources/data_sources.yml")
TRUSTEE, SCALES, LEDGERS = (
    _CATALOGUE.domain(name) for name in ("trustee_performance", "annuity_performance", "annual_award")
)
ODD = "2024年11月受托业绩报告(最终版).xlsx"
SCALES_OF_NOVEMBER = "202411/收集数据/数据采集/【for年金机构经营分析】24年11月年金规模收入数据 1111.xlsx"


def seen(rules: DomainSource, *paths: str) -> Discovery:
    """As a look at the folder sorts them."""
    candidates, rejected = [], []
    for path in paths:
        *folders, name = path.split("/")
        found = parse_name(rules, name, folders)
        if isinstance(found, FileDate):
            at = found.version, found.in_version_folder
            candidates.append(Candidate(path, 1, 1, found.period, found.part, *at))
        else:
            rejected.append(Rejected(path, found, 1))
    return Discovery("/data", rules, tuple(candidates), tuple(rejected))


def near(discovery: Discovery) -> dict[str, tuple[str, str]]:
    found = [miss for file in discovery.rejected if (miss := near_miss(file, discovery))]
    return {miss.path: (f"{miss.month:%Y-%m}", miss.would_be) for miss in found}


def misses(discovery: Discovery, period: str | None = None) -> Iterator[NotChosen]:
    selection = select(discovery, TRUSTEE.select, parse_periods(period) if period else None)
    return (each for each in selection.not_chosen if each.month)


def test_among_thousands_of_files_near_misses_are_compared_with_few_names_made_once() -> None:
    parts = [chr(0x4E00 + number) + chr(0x4F00 + number) for number in range(200)]
    months = [f"2024年{month:02}月受托业绩_{part}.xlsx" for month in (10, 11) for part in parts]
    odd = [f"2024年12月受托业绩报告(最终版{number}).xlsx" for number in range(30)]
    _models.cache_clear()
    assert len(near(seen(TRUSTEE, *months, *odd))) == 30
    assert _models.cache_info().misses == 1
    assert len(_models(seen(TRUSTEE, *months))) == 51


@pytest.mark.parametrize(
    ("rules", "there", "odd", "month", "would_be"),
    [
        (TRUSTEE, "2024年10月受托业绩报告.xlsx", ODD, "2024-11", "2024年11月受托业绩报告.xlsx"),
        (TRUSTEE, "202410受托业绩V2.xlsx", ODD, "2024-11", "202411受托业绩V2.xlsx"),
        (TRUSTEE, "2024-9受托业绩.xls", "受托业绩 2024-11 终稿.xls", "2024-11", "2024-11受托业绩.xls"),
        (TRUSTEE, "2024年11月受托业绩报告.xlsx", ODD, "2024-11", "2024年11月受托业绩报告V2.xlsx"),
        (TRUSTEE, "2024年11月受托业绩报告V4.xlsx", ODD, "2024-11", "2024年11月受托业绩报告V5.xlsx"),
        (TRUSTEE, "a/2024年11月受托业绩报告.xlsx", f"b/{ODD}", "2024-11", "b/2024年11月受托业绩报告V2.xlsx"),
        (
            SCALES,
            SCALES_OF_NOVEMBER,
            "202412/收集数据/数据采集/24年12月年金规模数据.xlsx",
            "2024-12",
            "202412/收集数据/数据采集/【for年金机构经营分析】24年12月年金规模收入数据 1111.xlsx",
        ),
        (
            LEDGERS,
            "202411/收集数据/业务收集/台账登记.xlsx",
            "202411/收集数据/业务收集/台帐登记(最终).xlsx",
            "2024-11",
            "202411/收集数据/业务收集/V2/台账登记.xlsx",
        ),
        (
            LEDGERS,
            "202411/收集数据/业务收集/台账登记.xlsx",
            "202411/收集数据/业务收集/台账_登记.xlsx",
            "2024-11",
            "202411/收集数据/业务收集/V2/台账登记.xlsx",
        ),
        (
            LEDGERS,
            "202411/收集数据/业务收集/台账登记.xlsx",
            "202412/收集数据/台账登记.xlsx",
            "",
            "",
        ),
    ],
)
def test_a_name_that_would_be_taken_is_built_of_one_that_is(
    rules: DomainSource, there: str, odd: str, month: str, would_be: str
) -> None:
    assert near(seen(rules, there, odd)) == ({odd: (month, would_be)} if month else {})


def test_the_suggested_name_is_taken_before_what_is_there() -> None:
    there = ("2024年11月受托业绩报告.xlsx", "V3/2024年11月受托业绩报告.xlsx", ODD)
    would_be = near(seen(TRUSTEE, *there))[ODD][1]
    renamed = seen(TRUSTEE, *there[:2], would_be)
    assert [file.path for file in select(renamed, TRUSTEE.select, None).chosen] == [would_be]


def test_without_a_file_that_is_taken_the_catalogues_example_is_the_model() -> None:
    assert near(seen(TRUSTEE, ODD)) == {ODD: ("2024-11", "2024年11月受托业绩报告.xlsx")}


@pytest.mark.parametrize(
    "other",
    [
        "2024年11月年金规模.xlsx",
        "11月受托业绩报告(最终版).xlsx",
        "2024年11月至2024年12月受托业绩报告.xlsx",
        "2024年13月受托业绩报告.xlsx",
        "2024年11月中标流失清单.xlsx",
    ],
)
def test_a_file_of_other_words_or_of_no_single_month_looks_like_none(other: str) -> None:
    assert near(seen(TRUSTEE, "2024年11月受托业绩报告.xlsx", other)) == {}


def test_what_the_catalogue_excludes_is_not_meant() -> None:
    reply = "202411/收集数据/数据采集/回复 24年11月年金规模收入数据.xlsx"
    assert near(seen(SCALES, SCALES_OF_NOVEMBER, reply)) == {}


def test_near_misses_of_months_before_the_runs_are_not_its_business() -> None:
    files = ("2024年12月受托业绩报告.xlsx", ODD, "2025年1月受托业绩报告(最终版).xlsx")
    assert [each.month for each in misses(seen(TRUSTEE, *files))] == ["2025-01"]
    assert [each.month for each in misses(seen(TRUSTEE, *files), "2024-11..2024-12")] == ["2024-11", "2025-01"]


def test_a_month_is_written_as_wide_as_in_the_example() -> None:
    nothing = Discovery("/data", SCALES, ())
    assert fitting_name(nothing, date(2025, 2, 1)) == "202502/收集数据/数据采集/25年2月年金规模收入数据.xlsx"


def test_a_near_miss_says_in_both_languages_what_to_do() -> None:
    (miss,) = misses(seen(TRUSTEE, "2024年11月受托业绩报告.xlsx", ODD))
    assert miss.near_sentence == (
        f"{ODD} 看起来是 2024-11 的文件, 但未选用: 文件名不符合此领域的命名; "
        "改为此名即可: 2024年11月受托业绩报告V2.xlsx",
        f"{ODD} looks like 2024-11 but is not taken: the name is not one of this domain's; "
        "a name that would be: 2024年11月受托业绩报告V2.xlsx",
    )


def test_where_no_file_is_taken_a_near_miss_is_said_with_the_right_name_and_another_with_its_reason() -> None:
    with pytest.raises(NoFilesFoundError) as caught:
        select(seen(TRUSTEE, ODD, "说明.xlsx"), TRUSTEE.select, None)
    said = [line for line in str(caught.value).splitlines() if line.startswith(f"  {ODD}: ")]
    assert [line.rpartition("; ")[2] for line in said] == [
        "可选用的文件名 / a name that would be: 2024年11月受托业绩报告.xlsx"
    ]
    assert str(caught.value).count("a name that would be: ") == 1
