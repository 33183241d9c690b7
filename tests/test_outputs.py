"""Outputs appear whole or not at all."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from workflows import outputs


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


def test_other_users_of_a_shared_folder_can_read_what_is_written(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        outputs.write(tmp_path / "a", b"")
        outputs.write_once(tmp_path / "b", b"")
    finally:
        os.umask(before)
    assert all(stat.S_IMODE((tmp_path / name).stat().st_mode) & stat.S_IROTH for name in "ab")
