"""The files that were seen, month by month."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from workflows.settings import get_settings
from workflows.sources.__main__ import main
from workflows.sources.candidates import Candidate, Discovery, Rejected
from workflows.sources.discovery_page import discovery_page
from workflows.sources.file_rules import FileRules
from workflows.sources.months_seen import LeftOut, gaps, left_out, month_ranges, months_seen
from workflows.sources.periods import parse_periods
from workflows.sources.selection import NotChosen, Selection, select

RULES = FileRules(pattern="(?P<year>..)(?P<month>..)", select="latest_by_mtime")


def candidate(path: str, year: int, month: int, version: int = 1, part: str = "") -> Candidate:
    return Candidate(path, 10, 0, date(year, month, 1), part, version)


def discovery(*candidates: Candidate, rejected: tuple[Rejected, ...] = ()) -> Discovery:
    return Discovery("data", RULES, candidates, rejected)


NEW, OLD = candidate("v2.xlsx", 2024, 2, version=2), candidate("v1.xlsx", 2024, 2)
EARLIER = candidate("earlier.xlsx", 2023, 11)
SEEN = discovery(EARLIER, OLD, NEW)
TAKEN = Selection((NEW,), (NotChosen("v1.xlsx", "V1 is lower than V2: v2.xlsx"), NotChosen("earlier.xlsx", "older")))


def test_months_run_from_the_first_to_the_last_across_the_year() -> None:
    months = months_seen(SEEN, TAKEN)
    assert [(f"{month.period:%Y-%m}", month.state) for month in months] == [
        ("2023-11", "there"),
        ("2023-12", "gap"),
        ("2024-01", "gap"),
        ("2024-02", "chosen"),
    ]


def test_gaps_are_the_months_without_a_file() -> None:
    assert gaps(months_seen(SEEN, TAKEN)) == [date(2023, 12, 1), date(2024, 1, 1)]


def test_the_highest_version_comes_first_and_the_others_say_why_not() -> None:
    files = months_seen(SEEN, TAKEN)[-1].files
    assert [(seen.file.path, seen.reason) for seen in files] == [
        ("v2.xlsx", ""),
        ("v1.xlsx", "V1 is lower than V2: v2.xlsx"),
    ]


def test_parts_of_a_month_stand_in_order() -> None:
    seen = discovery(candidate("b.xlsx", 2024, 1, part="b"), candidate("a.xlsx", 2024, 1, part="a"))
    assert [file.file.part for file in months_seen(seen, None)[0].files] == ["a", "b"]


def test_months_that_were_asked_for_and_not_taken_are_told_from_those_without_a_file() -> None:
    two_parts = (candidate("a.xlsx", 2023, 11, part="a"), candidate("b.xlsx", 2023, 11, part="b"))
    seen, asked = discovery(*two_parts, OLD, NEW), parse_periods("2023-10..2024-02")
    chosen = select(seen, "latest_by_year_month_and_version", asked, 1)
    assert left_out(seen, chosen, asked, 1) == LeftOut(
        not_taken=(date(2023, 11, 1),),
        without_file=(date(2023, 10, 1), date(2023, 12, 1), date(2024, 1, 1)),
        max_files=1,
        files_needed=3,
    )


def test_without_a_period_no_month_is_left_out() -> None:
    assert left_out(SEEN, TAKEN, None, 1) == LeftOut()


def test_months_that_follow_each_other_are_a_range() -> None:
    months = [date(2023, 11, 1), date(2023, 12, 1), date(2024, 1, 1), date(2024, 3, 1)]
    assert month_ranges(months) == "2023-11..2024-01, 2024-03"


def test_nothing_dated_is_no_month() -> None:
    assert months_seen(discovery(rejected=(Rejected("x.txt", "no workbook"),)), None) == []


def test_the_page_shows_gaps_near_misses_and_reasons() -> None:
    seen = discovery(EARLIER, OLD, NEW, rejected=(Rejected("2024年13月.xlsx", "'13' is no month", 2),))
    page = discovery_page("trustee_performance", seen, TAKEN)
    for text in ("2 months missing in between", "2024年13月.xlsx", "&#39;13&#39; is no month", "V1 is lower than V2"):
        assert text in page


def test_the_page_escapes_names_and_shows_what_cannot_be_seen() -> None:
    page = discovery_page("x", discovery(candidate("<b>\u202e.xlsx", 2024, 1)), None, "first <line>\nsecond")
    assert "&lt;b&gt;⟨U+202E⟩.xlsx" in page
    assert "first &lt;line&gt;\nsecond" in page


def test_discover_prints_the_months_and_writes_the_page(office_data: None, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["discover", "--domain", "trustee_performance"]) == 0
    out = capsys.readouterr().out
    assert "Months: 2024-09 to 2024-11, missing in between: 2024-10" in out
    page = get_settings().output_dir / "discovery" / "trustee_performance.html"
    assert f"Page: {page.resolve()}" in out
    assert "2024年9月受托业绩报告.xlsx" in page.read_text(encoding="utf-8")


def test_a_choice_that_cannot_be_made_is_explained_on_the_page_too(
    office_data: None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["discover", "--domain", "trustee_performance", "--period", "2024-10"]) == 1
    assert "no file of 2024-10" in capsys.readouterr().err
    page = get_settings().output_dir / "discovery" / "trustee_performance.html"
    assert "no file of 2024-10" in page.read_text(encoding="utf-8")


@pytest.fixture
def office_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Two months with a gap between them; what lies in the files plays no part."""
    for month in (9, 11):
        path = tmp_path / "data" / f"2024年{month}月受托业绩报告.xlsx"
        path.parent.mkdir(exist_ok=True)
        path.touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WDH_DATA_BASE_DIR", "data")
    monkeypatch.setenv("WDH_OUTPUT_DIR", "output")
    get_settings.cache_clear()
    yield
    get_settings.cache_clear()
