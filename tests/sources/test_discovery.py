from __future__ import annotations

import os
import unicodedata
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
import yaml

from workflows.errors import ParameterError, SourceError, SourceFolderNotFoundError
from workflows.settings import Settings
from workflows.sources.candidates import Candidate, Discovery, Rejected
from workflows.sources.catalogue import load_catalogue
from workflows.sources.discovery import DataSourceConnector, locate
from workflows.sources.entries import Catalogue

SHIPPED: Path = Settings.model_fields["data_sources_config"].default
NOVEMBER = "2024年11月受托业绩报告.xlsx"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    return folder


@pytest.fixture
def discover(data: Path) -> Callable[[], Discovery]:
    return lambda: DataSourceConnector(data, load_catalogue(SHIPPED)).discover("trustee_performance")


def put(folder: Path, path: str) -> Path:
    file = folder / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"a workbook")
    return file


def paths(discovery: Discovery) -> list[str]:
    return [file.path for file in discovery.candidates]


def reasons(discovery: Discovery) -> dict[str, str]:
    return {file.path: file.reason for file in discovery.rejected}


def catalogue_of(tmp_path: Path, **discovery: object) -> Catalogue:
    content = yaml.safe_load(SHIPPED.read_bytes())
    content["discovery"].update(discovery)
    path = tmp_path / "data_sources.yml"
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    return load_catalogue(path)


def test_a_workbook_is_found_with_what_its_name_and_folder_say(data: Path, discover: Callable[[], Discovery]) -> None:
    file = put(data, "数据采集/V2/2024年12月受托业绩_平安.xlsx")
    os.utime(file, ns=(0, 1_700_000_000_000_000_000))
    assert discover().candidates == (
        Candidate(
            path="数据采集/V2/2024年12月受托业绩_平安.xlsx",
            size_bytes=10,
            mtime_ns=1_700_000_000_000_000_000,
            period=date(2024, 12, 1),
            part="平安",
            version=2,
            in_version_folder=True,
        ),
    )


def test_every_file_that_is_no_candidate_has_its_reason(data: Path, discover: Callable[[], Discovery]) -> None:
    for name in ("2024年11月年金规模.xlsx", "说明.docx", "无", "202413受托业绩.xlsx", "~$" + NOVEMBER, ".~" + NOVEMBER):
        put(data, name)
    assert reasons(discover()) == {
        "2024年11月年金规模.xlsx": "文件名不符合此领域的命名 / the name is not one of this domain's",
        "说明.docx": "不是工作簿: .docx, 应为 .xlsx, .xlsm, .xls / no workbook: .docx, wanted .xlsx, .xlsm, .xls",
        "无": "不是工作簿: 没有扩展名, 应为 .xlsx, .xlsm, .xls / no workbook: no ending, wanted .xlsx, .xlsm, .xls",
        "202413受托业绩.xlsx": "'13' 不是月份: 应为 1 至 12 / '13' is no month: 1 to 12 wanted",
        "~$" + NOVEMBER: "忽略 (~$*) / ignored (~$*)",
        ".~" + NOVEMBER: "忽略 (.*) / ignored (.*)",
    }


def test_near_misses_are_told_from_other_files(data: Path, discover: Callable[[], Discovery]) -> None:
    for name in ("a.docx", "b.xlsx", "202413受托业绩.xlsx"):
        put(data, name)
    assert [(file.path, file.nearness) for file in discover().rejected] == [
        ("202413受托业绩.xlsx", 2),
        ("a.docx", 0),
        ("b.xlsx", 1),
    ]


def test_a_rejected_file_keeps_its_size(data: Path, discover: Callable[[], Discovery]) -> None:
    put(data, "说明.docx")
    assert [file.size_bytes for file in discover().rejected] == [10]


def test_endings_count_in_either_case(data: Path, discover: Callable[[], Discovery]) -> None:
    put(data, "2024年11月受托业绩.XLSX")
    assert paths(discover()) == ["2024年11月受托业绩.XLSX"]


def test_files_come_in_the_order_of_their_paths(data: Path, discover: Callable[[], Discovery]) -> None:
    names = ["b/202401受托业绩.xlsx", "202403受托业绩.xlsx", "a/202402受托业绩.xlsx"]
    for name in names:
        put(data, name)
    assert paths(discover()) == sorted(names)


def test_an_excluded_folder_is_not_entered_but_named(data: Path, discover: Callable[[], Discovery]) -> None:
    put(data, f"V1/备份/{NOVEMBER}")
    put(data, f"BACKUP/{NOVEMBER}")
    assert discover().rejected == (
        Rejected("BACKUP/", "未进入: 已排除的文件夹 (backup) / not entered: an excluded folder (backup)"),
        Rejected("V1/备份/", "未进入: 已排除的文件夹 (备份) / not entered: an excluded folder (备份)"),
    )


def test_folders_beyond_the_depth_are_not_even_listed(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(data, f"a/b/c/{NOVEMBER}")
    listed: list[str] = []
    scandir = os.scandir

    def spy(place: str) -> object:
        listed.append(Path(place).name)
        return scandir(place)

    monkeypatch.setattr(os, "scandir", spy)
    found = DataSourceConnector(data, catalogue_of(tmp_path, max_depth=1)).discover("trustee_performance")
    assert (listed, reasons(found)) == (
        ["data", "a"],
        {"a/b/": "未进入: 层数超过 max_depth 1 / not entered: deeper than max_depth 1"},
    )


def test_depth_0_is_the_data_folder_alone(data: Path, tmp_path: Path) -> None:
    put(data, NOVEMBER)
    put(data, "a/202412受托业绩.xlsx")
    found = DataSourceConnector(data, catalogue_of(tmp_path, max_depth=0)).discover("trustee_performance")
    assert paths(found) == [NOVEMBER]


def test_a_missing_data_folder_is_an_error_naming_the_setting(tmp_path: Path) -> None:
    connector = DataSourceConnector(tmp_path / "nowhere", load_catalogue(SHIPPED))
    with pytest.raises(SourceFolderNotFoundError, match=r"nowhere: .*WDH_DATA_BASE_DIR"):
        connector.discover("trustee_performance")


def test_a_file_is_no_data_folder(tmp_path: Path) -> None:
    connector = DataSourceConnector(put(tmp_path, "data.xlsx"), load_catalogue(SHIPPED))
    with pytest.raises(SourceFolderNotFoundError):
        connector.discover("trustee_performance")


def test_an_unknown_domain_is_refused(data: Path) -> None:
    with pytest.raises(ParameterError, match="trustee_performance"):
        DataSourceConnector(data, load_catalogue(SHIPPED)).discover("trustee")


def test_a_folder_that_cannot_be_listed_is_an_error(
    data: Path, discover: Callable[[], Discovery], monkeypatch: pytest.MonkeyPatch
) -> None:
    put(data, f"closed/{NOVEMBER}")
    scandir = os.scandir

    # Tests may run as root, whom no permission stops.
    def refuse(place: str) -> object:
        if place.endswith("closed"):
            raise PermissionError(13, "Permission denied")
        return scandir(place)

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(
        SourceError, match=r"closed: 无法列出文件夹 .* / this folder cannot be listed: permission denied"
    ):
        discover()


def test_an_empty_folder_holds_nothing(discover: Callable[[], Discovery]) -> None:
    found = discover()
    assert (found.candidates, found.rejected) == ((), ())


def test_links_in_a_circle_end(data: Path, discover: Callable[[], Discovery]) -> None:
    put(data, f"a/{NOVEMBER}")
    (data / "a" / "back").symlink_to(data, target_is_directory=True)
    (data / "a" / "above").symlink_to(data.parent, target_is_directory=True)
    assert paths(discover()) == [f"a/{NOVEMBER}"]


def test_a_folder_is_known_by_its_own_name_rather_than_a_links(data: Path, discover: Callable[[], Discovery]) -> None:
    put(data, f"z/{NOVEMBER}")
    (data / "a").symlink_to(data / "z", target_is_directory=True)
    found = discover()
    assert paths(found) == [f"z/{NOVEMBER}"]
    assert [file.path for file in found.rejected] == ["a/"]


def test_a_linked_folder_elsewhere_is_looked_through(
    data: Path, tmp_path: Path, discover: Callable[[], Discovery]
) -> None:
    put(tmp_path / "share", NOVEMBER)
    (data / "V2").symlink_to(tmp_path / "share", target_is_directory=True)
    assert [(file.path, file.version) for file in discover().candidates] == [(f"V2/{NOVEMBER}", 2)]


@pytest.mark.parametrize("target", ["nowhere.xlsx", NOVEMBER])
def test_a_link_to_nothing_or_to_itself_is_a_near_miss(
    data: Path, discover: Callable[[], Discovery], target: str
) -> None:
    (data / NOVEMBER).symlink_to(target)
    found = discover()
    assert found.candidates == ()
    assert [(file.path, file.nearness) for file in found.rejected] == [(NOVEMBER, 1)]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes in this file system")
def test_a_pipe_is_no_workbook(data: Path, discover: Callable[[], Discovery]) -> None:
    os.mkfifo(data / NOVEMBER)
    assert reasons(discover()) == {NOVEMBER: "不是普通文件 / no regular file"}


@pytest.mark.parametrize(
    ("name", "shown", "number"),
    [
        ("2024年11月受托业绩\n.xlsx", "2024年11月受托业绩\\n.xlsx", "000A"),
        ("2024年11月受托业绩_a\x1b.xlsx", "2024年11月受托业绩_a\\x1b.xlsx", "001B"),
        ("2024年11月受托业绩\u202e.xlsx", "2024年11月受托业绩\\u202e.xlsx", "202E"),
    ],
)
def test_a_name_with_control_characters_is_never_a_candidate(
    data: Path, discover: Callable[[], Discovery], name: str, shown: str, number: str
) -> None:
    put(data, name)
    assert reasons(discover()) == {
        shown: f"文件名含无法显示的字符 U+{number} / the name holds the unprintable character U+{number}"
    }


def test_a_folder_with_control_characters_is_not_entered(data: Path, discover: Callable[[], Discovery]) -> None:
    put(data, f"a\tb/{NOVEMBER}")
    says = "未进入: 文件夹名含无法显示的字符 U+0009 / not entered: the name holds the unprintable character U+0009"
    assert reasons(discover()) == {"a\\tb/": says}


def test_a_name_that_is_no_utf_8_is_listed_but_no_candidate(data: Path, discover: Callable[[], Discovery]) -> None:
    try:
        (data / os.fsdecode(b"\xff" + NOVEMBER.encode())).write_bytes(b"")
    except OSError:
        pytest.skip("this file system holds valid names only")
    assert list(reasons(discover())) == ["\\udcff" + NOVEMBER]


def test_an_ideographic_space_is_nothing_odd(data: Path, discover: Callable[[], Discovery]) -> None:
    put(data, "2024年11月\u3000受托业绩.xlsx")
    assert len(discover().candidates) == 1


def test_a_decomposed_name_is_listed_composed_and_still_opens(data: Path, discover: Callable[[], Discovery]) -> None:
    composed = "Société/2024年11月受托业绩_É.xlsx"
    file = put(data, unicodedata.normalize("NFD", composed))
    assert paths(discover()) == [composed]
    assert locate(data, composed).samefile(file)


def test_a_file_that_is_not_there_is_located_where_it_should_be(data: Path) -> None:
    assert locate(data, "a/b.xlsx") == data / "a/b.xlsx"


def test_the_discovery_names_folder_and_pattern(data: Path, discover: Callable[[], Discovery]) -> None:
    found = discover()
    assert (found.folder, "受托业绩" in found.rules.pattern) == (str(data), True)


def catalogue_with(tmp_path: Path, **entry: object) -> Catalogue:
    content = yaml.safe_load(SHIPPED.read_bytes())
    content["domains"]["trustee_performance"].update(entry)
    path = tmp_path / "data_sources.yml"
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    return load_catalogue(path)


@pytest.fixture
def ledgers(tmp_path: Path) -> Catalogue:
    return catalogue_with(
        tmp_path,
        pattern="台账登记",
        folder_pattern=r"^(?P<year>20\d\d)(?P<month>\d\d)/收集数据/业务收集$",
        exclude=["*回复*"],
        example="202411/收集数据/业务收集/台账登记.xlsx",
    )


def test_a_file_is_dated_by_its_folder_and_has_its_version_folders_version(data: Path, ledgers: Catalogue) -> None:
    put(data, "202411/收集数据/业务收集/台账登记.xlsx")
    put(data, "202411/收集数据/业务收集/V2/台账登记.xlsx")
    found = DataSourceConnector(data, ledgers).discover("trustee_performance")
    assert [(file.path, file.version, file.in_version_folder) for file in found.candidates] == [
        ("202411/收集数据/业务收集/V2/台账登记.xlsx", 2, True),
        ("202411/收集数据/业务收集/台账登记.xlsx", 1, False),
    ]


def test_what_lies_elsewhere_or_is_excluded_or_not_meant_is_listed_with_its_reason(
    data: Path, ledgers: Catalogue
) -> None:
    put(data, "202411/收集数据/数据采集/台账登记.xlsx")
    put(data, "202411/收集数据/业务收集/回复 台账登记.xlsx")
    put(data, "202411/收集数据/业务收集/台账登记.eml")
    put(data, "202411/收集数据/业务收集/【截至2月汇总】26年企年受托投资中标流失清单 20260305.xlsx")
    found = DataSourceConnector(data, ledgers).discover("trustee_performance")
    assert found.candidates == ()
    assert {file.path.split("/")[-1]: (file.reason, file.nearness) for file in found.rejected} == {
        "台账登记.xlsx": (
            "文件名符合, 但所在文件夹 '202411/收集数据/数据采集' 不是此领域的 / "
            "the name fits, but its folder '202411/收集数据/数据采集' is none of this domain's",
            2,
        ),
        "回复 台账登记.xlsx": ("按目录排除 (*回复*) / excluded (*回复*)", 2),
        "台账登记.eml": ("不是工作簿: .eml, 应为 .xlsx, .xlsm, .xls / no workbook: .eml, wanted .xlsx, .xlsm, .xls", 0),
        "【截至2月汇总】26年企年受托投资中标流失清单 20260305.xlsx": (
            "文件名不符合此领域的命名 / the name is not one of this domain's",
            1,
        ),
    }


def test_several_domains_look_at_the_folder_once(data: Path, ledgers: Catalogue) -> None:
    put(data, NOVEMBER)
    connector = DataSourceConnector(data, ledgers)
    before = connector.discover("trustee_performance")
    put(data, "202411/收集数据/业务收集/台账登记.xlsx")
    after = connector.discover("trustee_performance")
    assert (after.candidates, after.rejected) == (before.candidates, before.rejected)
