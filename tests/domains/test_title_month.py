from __future__ import annotations

from datetime import date

import pytest

from workflows.domains.title_month import odd_title
from workflows.sources.cells import TitleCell

NOVEMBER = date(2024, 11, 1)


def named(*texts: str) -> date | None:
    titles = [TitleCell(row, 0, text) for row, text in enumerate(texts, 1)]
    odd = odd_title(titles, NOVEMBER)
    return odd[1] if odd else None


@pytest.mark.parametrize(
    "text",
    [
        "2024年10月受托业绩报告",
        "２０２４ 年 １０ 月",
        "24年10月份",
        "2024年\u200b10月",
        "报告期: 2024-10",
        "报告期：2024.10",
        "月度 202410",
    ],
)
def test_a_title_of_another_month_is_odd(text: str) -> None:
    assert named(text) == date(2024, 10, 1)


@pytest.mark.parametrize(
    "text",
    [
        "2024年11月受托业绩报告",
        "受托业绩报告",
        "编制日期: 2024年12月5日",
        "打印于 2024-12-05",
        "20241205",
        "2024年1月至11月累计",
        "2024年1-11月",
        "文号 2024100",
        "单位: 万元",
    ],
)
def test_a_title_that_names_the_files_month_a_day_a_span_or_nothing_is_not_odd(text: str) -> None:
    assert named(text) is None


def test_one_title_that_names_the_files_month_is_enough() -> None:
    assert named("2024年10月环比", "2024年11月受托业绩") is None


def test_the_first_title_that_disagrees_is_the_one_pointed_at() -> None:
    odd = odd_title([TitleCell(1, 0, "报告"), TitleCell(2, 3, "2024年9月"), TitleCell(3, 0, "2024年8月")], NOVEMBER)
    assert odd == (TitleCell(2, 3, "2024年9月"), date(2024, 9, 1))
