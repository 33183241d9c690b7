"""Settings: what is given is read, and a name that nothing reads is a mistake."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fixtures.runs import Office
from workflows.errors import SettingsError
from workflows.settings import get_settings, setting_names


@pytest.fixture(autouse=True)
def settings_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Settings are read in a folder of the test's own, as by a new process."""
    monkeypatch.chdir(tmp_path)
    get_settings.cache_clear()
    yield
    get_settings.cache_clear()


def refusal() -> str:
    with pytest.raises(SettingsError) as caught:
        get_settings()
    return str(caught.value)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("WDH_DATABSE__URI", "WDH_DATABASE__URI"),
        ("WDH_DATABASE_URI", "WDH_DATABASE__URI"),
        ("WDH_DATABASE__PASWORD", "WDH_DATABASE__PASSWORD"),
        ("WDH_OUTPUT_DRI", "WDH_OUTPUT_DIR"),
        ("wdh_max_file_limit", "WDH_MAX_FILES_LIMIT"),
    ],
)
@pytest.mark.parametrize("place", ["environment", ".env"])
def test_an_unknown_name_is_refused_with_the_nearest_one_and_without_its_value(
    typed: str, meant: str, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if place == ".env":
        Path(".env").write_text(f"# ours\n\n{typed}=geheim\n", encoding="utf-8")
    else:
        monkeypatch.setenv(typed, "geheim")
    said = refusal()
    assert typed in said and f"did you mean {meant}?" in said and "geheim" not in said
    assert (f"{Path('.env').resolve()}:3" if place == ".env" else "in the environment") in said


def test_a_name_like_no_other_is_refused_with_all_that_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WDH_XYZZY_QQQQ", "1")
    said = refusal()
    assert all(name in said for name in setting_names())


def test_every_mistake_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WDH_DATA_BASE", "1")
    Path(".env").write_text("WDH_DATABASE__HOTS=h\n", encoding="utf-8")
    assert refusal().startswith("settings: 2 mistakes\n")


def test_a_line_of_env_that_says_nothing_is_refused_with_its_number() -> None:
    Path(".env").write_text("WDH_OUTPUT_DIR=out\nWDH_DATA_BASE_DIR data\n", encoding="utf-8")
    assert ".env:2: 无法识别 / cannot be read; NAME=value wanted" in refusal()


def test_an_env_file_in_another_encoding_is_refused() -> None:
    Path(".env").write_bytes("WDH_DATA_BASE_DIR=数据\n".encode("gbk"))
    assert "不是 UTF-8 文本" in refusal()


def test_other_programs_names_are_theirs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGPASSWORT", "x")
    Path(".env").write_text("OUTPUT_DRI=x\nexport WDH_OUTPUT_DIR=mine\n", encoding="utf-8")
    assert get_settings().output_dir == Path("mine")


def test_an_env_file_of_windows_editor_is_read_from_its_first_name() -> None:
    Path(".env").write_bytes(b"\xef\xbb\xbfWDH_OUTPUT_DIR=mine\r\n")
    assert get_settings().output_dir == Path("mine")


@pytest.mark.parametrize("group", ['{"urri": "geheim"}', "{geheim"])
def test_a_group_given_as_json_is_read_as_strictly(group: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WDH_DATABASE", group)
    said = refusal()
    assert "WDH_DATABASE" in said and "geheim" not in said


def test_a_run_with_an_unknown_setting_touches_nothing_and_says_so(office: Office) -> None:
    office.workbook("2024年11月受托业绩报告.xlsx", 11)
    done = office.run("--execute", WDH_DATABSE__URI="postgresql://u:geheim@nowhere/x")
    assert (done.code, done.outcome) == (30, "failed")
    assert "did you mean WDH_DATABASE__URI?" in done.out
    assert "geheim" not in done.out + done.err and "Traceback" not in done.out + done.err


@pytest.mark.parametrize("address", ["s3://bucket/reports", "gs://bucket", "hdfs://user:geheim@host/x", "file:///srv"])
def test_an_output_folder_in_another_kind_of_store_is_refused_and_made_no_folder_here(
    address: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("WDH_OUTPUT_DIR", address)
    said = refusal()
    assert "WDH_OUTPUT_DIR: 只能写入文件夹 / a folder" in said and f"{address.partition(':')[0]}:// found" in said
    assert "geheim" not in said and not list(tmp_path.iterdir())


@pytest.mark.parametrize("folder", ["C:/reports", "/srv/a:b/reports", "./output"])
def test_an_output_folder_may_hold_a_colon_or_a_drive(folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WDH_OUTPUT_DIR", folder)
    assert get_settings().output_dir == Path(folder)


def test_a_run_into_another_kind_of_store_fails_at_its_start(office: Office) -> None:
    done = office.run(WDH_OUTPUT_DIR="s3://bucket/reports")
    assert (done.code, done.outcome) == (30, "failed")
    assert "s3:// found" in done.out and not (office.folder / "s3:").exists()
