"""Outputs appear whole or not at all."""

from __future__ import annotations

import ast
import errno
import os
import stat
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import ValidationError

from workflows import outputs
from workflows.settings import Settings, get_settings


def test_a_file_appears_when_all_of_it_is_written(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b.json"
    with outputs.writing(path) as stream:
        stream.write(b"whole")
        assert not path.exists()
    assert path.read_bytes() == b"whole"


def test_a_failure_leaves_what_was_there_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "b.json"
    outputs.write(path, b"before")
    with pytest.raises(ValueError, match="half"), outputs.writing(path) as stream:
        stream.write(b"ha")
        raise ValueError("half")
    assert [(each.name, each.read_bytes()) for each in tmp_path.iterdir()] == [("b.json", b"before")]


def test_a_name_as_long_as_file_systems_allow_can_be_written(tmp_path: Path) -> None:
    outputs.write(tmp_path / ("x" * 250 + ".json"), b"")
    assert outputs.write_once(tmp_path / ("y" * 250 + ".json"), b"")


def test_the_first_of_two_writers_wins(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    assert (outputs.write_once(path, b"first"), outputs.write_once(path, b"second")) == (True, False)
    assert [(each.name, each.read_bytes()) for each in tmp_path.iterdir()] == [("run.json", b"first")]


def test_a_share_without_links_holds_what_the_first_of_two_wrote(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_source: object, _link: object) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    test_the_first_of_two_writers_wins(tmp_path)


def test_a_zip_file_which_is_written_by_going_back_in_it_is_whole(tmp_path: Path) -> None:
    """Appended to, it was broken: what was written last stood last."""
    with outputs.writing(tmp_path / "a.zip") as stream, zipfile.ZipFile(stream, "w") as package:
        package.writestr("a.xml", "<a/>")
        with package.open("b.xml", "w") as member:
            member.write(b"<b/>")
    with zipfile.ZipFile(tmp_path / "a.zip") as package:
        assert (package.testzip(), package.read("b.xml")) == (None, b"<b/>")


@pytest.fixture
def umask(request: pytest.FixtureRequest) -> Iterator[None]:
    before = os.umask(request.param)
    yield
    os.umask(before)


def modes(folder: Path) -> set[int]:
    """Of what is written below ``folder`` in each way."""
    outputs.write(folder / "new" / "deep" / "a", b"")
    outputs.write_once(folder / "new" / "deep" / "b", b"")
    with outputs.appending(folder / "new" / "deep" / "c") as stream:
        stream.write(b"")
    return {stat.S_IMODE((folder / "new" / "deep" / name).stat().st_mode) for name in "abc"}


@pytest.mark.parametrize("umask", [0, 0o022], indirect=True)
@pytest.mark.usefixtures("umask")
def test_what_is_written_can_be_read_by_nobody_else(tmp_path: Path) -> None:
    assert modes(tmp_path) == {0o600}
    assert {stat.S_IMODE(folder.stat().st_mode) for folder in (tmp_path / "new", tmp_path / "new" / "deep")} == {0o700}


@pytest.mark.parametrize("umask", [0, 0o077], indirect=True)
@pytest.mark.usefixtures("umask")
@pytest.mark.parametrize(("setting", "file", "folder"), [("640", 0o640, 0o750), ("0664", 0o664, 0o775)])
def test_a_setting_lets_others_read_whatever_the_umask_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, setting: str, file: int, folder: int
) -> None:
    monkeypatch.setenv("WDH_OUTPUT_MODE", setting)
    get_settings.cache_clear()
    assert modes(tmp_path) == {file}
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == folder
    get_settings.cache_clear()


@pytest.mark.parametrize("setting", ["rw-r-----", "777", "040", "6400"])
def test_a_mode_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch, setting: str) -> None:
    monkeypatch.setenv("WDH_OUTPUT_MODE", setting)
    with pytest.raises(ValidationError, match="three digits wanted"):
        Settings()


def test_a_folder_that_exists_keeps_what_its_owner_allows(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    outputs.write(tmp_path / "a", b"")
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o755


_OTHERS = {
    # What these open is no output: workbooks, lists and queries of the user's, the package's own files, a plan that
    # somebody names, the terminal.
    "command.py",
    "settings.py",
    "companies/csv_rows.py",
    "companies/index.py",
    "companies/overrides.py",
    "giving_back/annotated.py",
    "giving_back/give_back.py",
    "giving_back/splicing.py",
    "plan/__main__.py",
    "runs/fetch_index.py",
    "runs/origins.py",
    "runs/reading.py",
    "runs/rules.py",
    "runs/saved_plan.py",
    "telling/console.py",
    "telling/progress_bars.py",
    "telling/scheduler.py",
    "telling/status.py",
}
_TOUCHES = {
    *("open", "read_bytes", "read_text", "write_bytes", "write_text", "exists", "is_file", "unlink", "rename"),
    *("makedirs", "copyfile", "copytree", "rmtree"),
    *("replace_file", "glob", "rglob", "iterdir", "stat", "mkdir", "rmdir", "utime", "walk", "touch"),
}
_ROOMS = ("companies", "giving_back", "plan", "records", "runs", "tasks", "telling")
_ROOT = Path(outputs.__file__).parent


@pytest.mark.parametrize(
    "path",
    [path for room in _ROOMS for path in sorted((_ROOT / room).rglob("*.py"))],
    ids=lambda path: path.relative_to(_ROOT).as_posix(),
)
def test_whatever_lies_below_the_output_folder_is_touched_by_outputs_only(path: Path) -> None:
    if path.relative_to(_ROOT).as_posix() in _OTHERS:
        return
    calls = (node.func for node in ast.walk(ast.parse(path.read_bytes())) if isinstance(node, ast.Call))
    found = [
        f"{path}:{call.lineno}: {ast.unparse(call)}"
        for call in calls
        if (isinstance(call, ast.Name) and call.id == "open")
        or (
            isinstance(call, ast.Attribute)
            and call.attr in _TOUCHES
            and not (isinstance(call.value, ast.Name) and call.value.id == "outputs")
        )
    ]
    assert not found
