from __future__ import annotations

import hashlib
import os
import unicodedata
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from workflows.errors import UnreadableWorkbookError
from workflows.sources.candidates import Candidate
from workflows.sources.snapshot import Hashes, Snapshot, SnapshotFile, freeze

NOVEMBER = Candidate("V2/2024年11月.xlsx", 3, 1, date(2024, 11, 1), "平安", 2)
OCTOBER = Candidate("2024年10月.xlsx", 3, 1, date(2024, 10, 1))


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    (folder / "V2").mkdir(parents=True)
    (folder / NOVEMBER.path).write_bytes(b"nov")
    (folder / OCTOBER.path).write_bytes(b"oct")
    return folder


@pytest.fixture
def snapshot(data: Path) -> Snapshot:
    return freeze([NOVEMBER, OCTOBER], (0,), "trustee_performance", Hashes(data))


def test_a_snapshot_holds_each_files_bytes_and_identity(snapshot: Snapshot) -> None:
    assert snapshot.files[0] == SnapshotFile(
        path="V2/2024年11月.xlsx",
        sha256=hashlib.sha256(b"nov").hexdigest(),
        size=3,
        period=date(2024, 11, 1),
        part="平安",
        version=2,
        sheet=0,
    )


def test_a_snapshot_keeps_the_order_of_the_choice(snapshot: Snapshot) -> None:
    assert [file.path for file in snapshot.files] == [NOVEMBER.path, OCTOBER.path]


def test_the_digest_is_the_same_on_every_machine() -> None:
    file = SnapshotFile(
        path="a.xlsx", sha256="00", size=1, period=date(2024, 11, 1), part="平安", version=1, sheet="业绩"
    )
    canonical = (
        '{"domain":"d","files":[{"part":"平安","path":"a.xlsx","period":"2024-11-01","sha256":"00",'
        '"sheet":"业绩","version":1}]}'
    )
    assert Snapshot(domain="d", files=(file,)).digest == hashlib.sha256(canonical.encode()).hexdigest()[:16]


def test_touching_a_file_keeps_the_digest(snapshot: Snapshot, data: Path) -> None:
    os.utime(data / OCTOBER.path, (1, 1))
    again = freeze([NOVEMBER, replace(OCTOBER, mtime_ns=99, size_bytes=99)], (0,), "trustee_performance", Hashes(data))
    assert again.digest == snapshot.digest


def test_changed_bytes_change_the_digest(snapshot: Snapshot, data: Path) -> None:
    (data / OCTOBER.path).write_bytes(b"OCT")
    assert freeze([NOVEMBER, OCTOBER], (0,), "trustee_performance", Hashes(data)).digest != snapshot.digest


@pytest.mark.parametrize("change", [{"period": date(2024, 9, 1)}, {"part": "x"}, {"version": 3}])
def test_what_a_name_says_is_in_the_digest(snapshot: Snapshot, data: Path, change: dict[str, object]) -> None:
    changed = replace(OCTOBER, **change)  # type: ignore[arg-type]
    assert freeze([NOVEMBER, changed], (0,), "trustee_performance", Hashes(data)).digest != snapshot.digest


def test_the_first_sheet_and_a_sheet_called_0_differ(snapshot: Snapshot, data: Path) -> None:
    assert freeze([NOVEMBER, OCTOBER], ("0",), "trustee_performance", Hashes(data)).digest != snapshot.digest


def test_two_domains_that_choose_the_same_files_do_not_share_a_snapshot(snapshot: Snapshot, data: Path) -> None:
    assert freeze([NOVEMBER, OCTOBER], (0,), "other", Hashes(data)).digest != snapshot.digest


def test_a_decomposed_name_on_disk_is_frozen(data: Path) -> None:
    composed = "É.xlsx"
    (data / unicodedata.normalize("NFD", composed)).write_bytes(b"nfd")
    frozen = freeze([replace(OCTOBER, path=composed)], (0,), "trustee_performance", Hashes(data))
    assert frozen.files[0].sha256 == hashlib.sha256(b"nfd").hexdigest()


def test_a_file_that_vanished_is_an_error_naming_it(data: Path) -> None:
    (data / OCTOBER.path).unlink()
    with pytest.raises(UnreadableWorkbookError, match=r"10月\.xlsx: 无法打开 \(不存在\); .* / cannot be opened"):
        freeze([OCTOBER], (0,), "trustee_performance", Hashes(data))


def test_a_file_that_several_domains_choose_is_read_once(data: Path) -> None:
    hashes = Hashes(data)
    first = freeze([NOVEMBER], (0,), "trustee_performance", hashes)
    (data / NOVEMBER.path).unlink()
    assert freeze([NOVEMBER], ("收入",), "other", hashes).files[0].sha256 == first.files[0].sha256


def test_each_sheet_of_a_file_is_one_of_the_snapshots(data: Path) -> None:
    frozen = freeze([NOVEMBER, OCTOBER], ("受托", "投资"), "trustee_performance", Hashes(data))
    assert [(file.path, file.sheet) for file in frozen.files] == [
        (NOVEMBER.path, "受托"),
        (NOVEMBER.path, "投资"),
        (OCTOBER.path, "受托"),
        (OCTOBER.path, "投资"),
    ]
