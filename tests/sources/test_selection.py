from __future__ import annotations

import random
from datetime import date

import pytest

from workflows.errors import AmbiguousVersionError, NoFilesFoundError, ParameterError
from workflows.sources.candidates import Candidate, Discovery, Rejected
from workflows.sources.file_rules import FileRules, Strategy
from workflows.sources.periods import PeriodRange, parse_periods
from workflows.sources.selection import Selection, select

RULES = FileRules(pattern="(?P<year>..)(?P<month>..)", select="latest_by_mtime")
STRATEGIES: tuple[Strategy, ...] = ("latest_by_year_month_and_version", "latest_by_mtime")


def workbook(month: str, part: str = "", version: int = 1, mtime_ns: int = 0, folder: str = "") -> Candidate:
    name = f"{folder}{month}{part}V{version}.xlsx"
    return Candidate(name, 100, mtime_ns, date.fromisoformat(f"{month}-01"), part, version)


def choose(
    *files: Candidate,
    max_files: int = 1,
    period: str | None = None,
    strategy: Strategy = "latest_by_year_month_and_version",
    rejected: tuple[Rejected, ...] = (),
) -> Selection:
    discovery = Discovery("/data", RULES, files, rejected)
    return select(discovery, strategy, parse_periods(period) if period else None, max_files)


def chosen(selection: Selection) -> list[str]:
    return [file.path for file in selection.chosen]


def reasons(selection: Selection) -> dict[str, str]:
    return {file.path: file.reason for file in selection.not_chosen}


MONTHS = [workbook(f"2024-{month:02}") for month in range(1, 13)]


def test_the_newest_month_is_taken() -> None:
    assert chosen(choose(*MONTHS)) == ["2024-12V1.xlsx"]


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_several_files_are_the_newest_months_newest_first(strategy: Strategy) -> None:
    selection = choose(*MONTHS, max_files=3, strategy=strategy)
    assert chosen(selection) == ["2024-12V1.xlsx", "2024-11V1.xlsx", "2024-10V1.xlsx"]


def test_the_order_in_which_files_were_seen_does_not_matter() -> None:
    shuffled = random.Random(3).sample(MONTHS, len(MONTHS))
    assert choose(*shuffled, max_files=5) == choose(*MONTHS, max_files=5)


def test_the_year_counts_before_the_month() -> None:
    assert chosen(choose(workbook("2023-12"), workbook("2024-01"))) == ["2024-01V1.xlsx"]


def test_fewer_months_than_max_files_are_all_taken() -> None:
    assert len(choose(*MONTHS[:2], max_files=20).chosen) == 2


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_version_10_beats_version_9(strategy: Strategy) -> None:
    files = [workbook("2024-11", version=version, mtime_ns=-version) for version in (9, 10, 2)]
    assert chosen(choose(*files, strategy=strategy)) == ["2024-11V10.xlsx"]


def test_lower_versions_are_listed_with_their_winner() -> None:
    selection = choose(workbook("2024-11"), workbook("2024-11", version=2))
    assert reasons(selection) == {"2024-11V1.xlsx": "V1 低于 V2: 2024-11V2.xlsx / V1 is lower than V2: 2024-11V2.xlsx"}


def test_each_part_of_a_month_has_its_own_version() -> None:
    files = [workbook("2024-11", "平安"), workbook("2024-11", "平安", 2), workbook("2024-11", "国寿")]
    assert chosen(choose(*files, max_files=2)) == ["2024-11国寿V1.xlsx", "2024-11平安V2.xlsx"]


@pytest.mark.parametrize("strategy", ["latest_by_year_month_and_version"])
def test_two_files_equal_in_month_part_and_version_are_an_error_naming_both(strategy: Strategy) -> None:
    files = [workbook("2024-11", folder="a/"), workbook("2024-11", folder="b/", mtime_ns=5)]
    with pytest.raises(AmbiguousVersionError, match=r"a/2024-11V1\.xlsx and b/2024-11V1\.xlsx"):
        choose(*files, strategy=strategy)


def test_every_tie_is_named_at_once() -> None:
    files = [workbook(month, folder=folder) for month in ("2024-11", "2024-10") for folder in ("a/", "b/")]
    with pytest.raises(AmbiguousVersionError, match=r"2024-11 V1: .*; 2024-10 V1: "):
        choose(*files, max_files=2)


def test_a_tie_below_the_highest_version_decides_nothing() -> None:
    files = [workbook("2024-11", folder="a/"), workbook("2024-11", folder="b/"), workbook("2024-11", version=2)]
    assert chosen(choose(*files)) == ["2024-11V2.xlsx"]


def test_a_tie_in_a_month_that_is_not_taken_stops_nobody() -> None:
    files = [workbook("2024-10", folder="a/"), workbook("2024-10", folder="b/"), workbook("2024-11")]
    assert chosen(choose(*files)) == ["2024-11V1.xlsx"]


def test_by_mtime_the_file_modified_last_wins_a_tie() -> None:
    files = [workbook("2024-11", mtime_ns=2, folder="a/"), workbook("2024-11", mtime_ns=1, folder="b/")]
    selection = choose(*files, strategy="latest_by_mtime")
    assert chosen(selection) == ["a/2024-11V1.xlsx"]
    assert reasons(selection) == {
        "b/2024-11V1.xlsx": "修改时间早于 a/2024-11V1.xlsx / modified earlier than a/2024-11V1.xlsx"
    }


def test_by_mtime_too_the_month_comes_first() -> None:
    files = [workbook("2024-10", mtime_ns=9), workbook("2024-11", mtime_ns=1)]
    assert chosen(choose(*files, strategy="latest_by_mtime")) == ["2024-11V1.xlsx"]


def test_equal_modification_times_are_still_ambiguous() -> None:
    with pytest.raises(AmbiguousVersionError):
        choose(workbook("2024-11", folder="a/"), workbook("2024-11", folder="b/"), strategy="latest_by_mtime")


def test_a_month_is_never_split() -> None:
    files = [workbook("2024-11"), workbook("2024-10", "a"), workbook("2024-10", "b"), workbook("2024-09")]
    assert chosen(choose(*files, max_files=2)) == ["2024-11V1.xlsx"]


def test_a_newest_month_with_more_parts_than_max_files_is_refused_naming_them() -> None:
    with pytest.raises(ParameterError, match=r"2024-11 has 2 parts.*--max-files 2 \(2024-11aV1.xlsx, 2024-11bV1.xlsx"):
        choose(workbook("2024-11", "a"), workbook("2024-11", "b"))


def test_older_months_are_listed_with_their_reason() -> None:
    selection = choose(*MONTHS[:3], max_files=2)
    assert reasons(selection) == {
        "2024-01V1.xlsx": "2024-01 早于 --max-files 2 所取的月份 / 2024-01 is older than what --max-files 2 takes"
    }


def test_a_period_chooses_that_month() -> None:
    assert chosen(choose(*MONTHS, period="2024-03")) == ["2024-03V1.xlsx"]


def test_a_range_of_periods_includes_both_ends() -> None:
    selection = choose(*MONTHS, period="2024-01..2024-03", max_files=20)
    assert chosen(selection) == ["2024-03V1.xlsx", "2024-02V1.xlsx", "2024-01V1.xlsx"]


def test_max_files_caps_a_range_too() -> None:
    assert chosen(choose(*MONTHS, period="2024-01..2024-03", max_files=2)) == ["2024-03V1.xlsx", "2024-02V1.xlsx"]


def test_months_outside_the_period_are_listed_with_their_reason() -> None:
    selection = choose(*MONTHS[:2], period="2024-01")
    assert reasons(selection) == {
        "2024-02V1.xlsx": "2024-02 不在 --period 2024-01 内 / 2024-02 is outside --period 2024-01"
    }


def test_every_file_seen_is_either_chosen_or_listed() -> None:
    rejected = (Rejected("~$x.xlsx", "ignored (~$*)"), Rejected("说明.docx", "no workbook"))
    files = [*MONTHS, workbook("2024-12", version=2), workbook("2024-12", "", 3)]
    selection = choose(*files, max_files=4, rejected=rejected)
    assert sorted([*chosen(selection), *reasons(selection)]) == sorted(
        [*(file.path for file in files), "~$x.xlsx", "说明.docx"]
    )


def test_no_candidate_names_folder_and_nearest_misses_and_never_a_regular_expression() -> None:
    rejected = (
        Rejected("a.docx", "no workbook", 0),
        Rejected("规模.xlsx", "another name", 1),
        Rejected("202413.xlsx", "no month", 2),
    )
    with pytest.raises(NoFilesFoundError) as caught:
        choose(rejected=rejected)
    assert str(caught.value).splitlines() == [
        "/data: 没有此领域的文件 / no file is this domain's",
        "  202413.xlsx: no month",
        "  规模.xlsx: another name",
    ]


def test_an_empty_folder_says_so() -> None:
    with pytest.raises(NoFilesFoundError, match="no workbook of any name"):
        choose()


def test_many_near_misses_are_counted() -> None:
    with pytest.raises(NoFilesFoundError, match="and 2 more"):
        choose(rejected=tuple(Rejected(f"{number}.xlsx", "another name", 1) for number in range(7)))


def test_a_period_without_files_names_the_months_nearest_to_it() -> None:
    with pytest.raises(
        NoFilesFoundError,
        match=r"no file of 2025-01 .*\n  最近的月份: 2024-12, 2024-11.* / nearest months: 2024-12, 2024-11",
    ):
        choose(*MONTHS, period="2025-01")


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2024-03", date(2024, 3, 1), date(2024, 3, 1)),
        ("2024-3", date(2024, 3, 1), date(2024, 3, 1)),
        ("2023-12..2024-02", date(2023, 12, 1), date(2024, 2, 1)),
    ],
)
def test_periods_are_months_or_ranges_of_months(text: str, first: date, last: date) -> None:
    assert parse_periods(text) == PeriodRange(first, last)


@pytest.mark.parametrize(
    "text",
    ["", "2024", "2024-13", "2024-00", "0000-01", "202403", "2024-01..", "..2024-01", "2024-01..2024-02..x", "x"],
)
def test_anything_else_is_no_period(text: str) -> None:
    with pytest.raises(ParameterError, match="--period"):
        parse_periods(text)


def test_a_range_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(ParameterError, match="ends before it begins"):
        parse_periods("2024-03..2024-01")


@pytest.mark.parametrize("text", ["2024-03", "2024-01..2024-03"])
def test_a_range_reads_as_it_was_written(text: str) -> None:
    assert str(parse_periods(text)) == text


def in_version_folder(month: str, version: int, part: str = "") -> Candidate:
    name = f"V{version}/{month}{part}.xlsx"
    return Candidate(name, 100, 0, date.fromisoformat(f"{month}-01"), part, version, in_version_folder=True)


def test_the_highest_version_folder_wins_over_the_folder_itself() -> None:
    selection = choose(workbook("2024-11"), in_version_folder("2024-11", 1))
    assert chosen(selection) == ["V1/2024-11.xlsx"]
    says = "以版本文件夹中的为准: V1/2024-11.xlsx / lies beside the version folder of V1/2024-11.xlsx"
    assert reasons(selection) == {"2024-11V1.xlsx": says}


def test_a_version_folder_without_the_part_leaves_that_to_the_next_lower_one() -> None:
    files = [in_version_folder("2024-11", version, part) for version, part in ((1, "a"), (1, "b"), (2, "a"))]
    assert chosen(choose(*files, max_files=2)) == ["V2/2024-11a.xlsx", "V1/2024-11b.xlsx"]


def test_two_files_in_one_version_folder_are_ambiguous() -> None:
    twin = Candidate("V1/other.xlsx", 1, 0, date(2024, 11, 1), "", 1, in_version_folder=True)
    with pytest.raises(AmbiguousVersionError, match=r"V1/2024-11\.xlsx and V1/other\.xlsx"):
        choose(in_version_folder("2024-11", 1), twin)


def test_a_supplement_is_taken_with_its_month_and_does_not_count() -> None:
    supplement = workbook("2024-12", "supplement")
    assert chosen(choose(*MONTHS, supplement)) == ["2024-12V1.xlsx", "2024-12supplementV1.xlsx"]
    assert len(chosen(choose(*MONTHS, supplement, max_files=2))) == 3


def test_a_month_of_a_supplement_alone_is_a_month() -> None:
    assert chosen(choose(*MONTHS[:11], workbook("2024-12", "supplement"))) == ["2024-12supplementV1.xlsx"]


@pytest.mark.parametrize("latest", ["a/", "b/", "c/"])
def test_by_mtime_the_last_modified_wins_wherever_it_lies(latest: str) -> None:
    files = [workbook("2024-11", mtime_ns=9 if folder == latest else 1, folder=folder) for folder in ("c/", "a/", "b/")]
    selection = choose(*files, strategy="latest_by_mtime")
    assert chosen(selection) == [f"{latest}2024-11V1.xlsx"]
    assert len(selection.not_chosen) == 2


@pytest.mark.parametrize(("strategy", "hint"), [(STRATEGIES[0], True), (STRATEGIES[1], False)])
def test_a_tie_names_its_month_and_part_and_the_strategy_that_would_decide(strategy: Strategy, hint: bool) -> None:
    files = [workbook("2024-11", part="平安", mtime_ns=7, folder=folder) for folder in ("a/", "b/")]
    with pytest.raises(AmbiguousVersionError, match=r"2024-11 平安 V1: .* and ") as caught:
        choose(*files, strategy=strategy)
    assert ("select: latest_by_mtime" in str(caught.value)) is hint


def test_what_is_not_chosen_is_listed_newest_month_first_then_by_part_and_version() -> None:
    files = [
        workbook("2024-09"),
        workbook("2024-10", part="B", version=1),
        workbook("2024-10", part="A", version=1),
        workbook("2024-10", part="A", version=2),
        workbook("2024-11"),
    ]
    listed = [file.path for file in choose(*files).not_chosen]
    assert listed == [files[3].path, files[2].path, files[1].path, files[0].path]


def test_a_file_that_was_never_one_is_listed_with_its_reason() -> None:
    selection = choose(workbook("2024-11"), rejected=(Rejected("备份.zip", "no workbook"),))
    assert reasons(selection) == {"备份.zip": "no workbook"}


NAMED = FileRules(
    pattern=r"^(?P<year>20\d\d)年(?P<month>\d+)月报\.xlsx$", select="latest_by_mtime", example="2024年11月报.xlsx"
)


@pytest.mark.parametrize(
    ("files", "period", "said"),
    [
        ([Candidate("2024年9月报.xlsx", 1, 1, date(2024, 9, 1), "", 1)], "2024-10", "nearest months: 2024-09"),
        ([Candidate("2024年9月报.xlsx", 1, 1, date(2024, 9, 1), "", 1)], "2024-10", "taken: 2024年10月报.xlsx"),
        ([], None, "2 other file(s) and folder(s) seen"),
        ([], None, "taken: 2024年11月报.xlsx"),
        ([], "2024-08", "taken: 2024年8月报.xlsx"),
    ],
)
def test_where_nothing_fits_the_nearest_months_and_a_right_name_are_said(
    files: list[Candidate], period: str | None, said: str
) -> None:
    rejected = (Rejected("a.zip", "no"), Rejected("b.zip", "no"))
    with pytest.raises(NoFilesFoundError) as caught:
        select(
            Discovery("/data", NAMED, tuple(files), rejected), STRATEGIES[0], parse_periods(period) if period else None
        )
    assert said in str(caught.value)
    assert ("nearest months" in str(caught.value)) is bool(files)
