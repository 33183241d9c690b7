from __future__ import annotations

import hashlib
import os
import stat
import unicodedata
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from workflows.errors import SnapshotError, UnreadableWorkbookError
from workflows.sources.candidates import Candidate
from workflows.sources.selection import NotChosen
from workflows.sources.snapshot import (
    Snapshot,
    SnapshotFile,
    freeze,
    read_not_selected,
    read_snapshot,
    write_snapshot,
)

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
    return freeze([NOVEMBER, OCTOBER], 0, "trustee_performance", data)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "snapshots"


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
    again = freeze([NOVEMBER, replace(OCTOBER, mtime_ns=99, size_bytes=99)], 0, "trustee_performance", data)
    assert again.digest == snapshot.digest


def test_changed_bytes_change_the_digest(snapshot: Snapshot, data: Path) -> None:
    (data / OCTOBER.path).write_bytes(b"OCT")
    assert freeze([NOVEMBER, OCTOBER], 0, "trustee_performance", data).digest != snapshot.digest


@pytest.mark.parametrize("change", [{"period": date(2024, 9, 1)}, {"part": "x"}, {"version": 3}])
def test_what_a_name_says_is_in_the_digest(snapshot: Snapshot, data: Path, change: dict[str, object]) -> None:
    changed = replace(OCTOBER, **change)  # type: ignore[arg-type]
    assert freeze([NOVEMBER, changed], 0, "trustee_performance", data).digest != snapshot.digest


def test_the_first_sheet_and_a_sheet_called_0_differ(snapshot: Snapshot, data: Path) -> None:
    assert freeze([NOVEMBER, OCTOBER], "0", "trustee_performance", data).digest != snapshot.digest


def test_two_domains_that_choose_the_same_files_do_not_share_a_snapshot(snapshot: Snapshot, data: Path) -> None:
    assert freeze([NOVEMBER, OCTOBER], 0, "other", data).digest != snapshot.digest


def test_a_decomposed_name_on_disk_is_frozen(data: Path) -> None:
    composed = "É.xlsx"
    (data / unicodedata.normalize("NFD", composed)).write_bytes(b"nfd")
    frozen = freeze([replace(OCTOBER, path=composed)], 0, "trustee_performance", data)
    assert frozen.files[0].sha256 == hashlib.sha256(b"nfd").hexdigest()


def test_a_file_that_vanished_is_an_error_naming_it(data: Path) -> None:
    (data / OCTOBER.path).unlink()
    with pytest.raises(UnreadableWorkbookError, match=r"2024年10月\.xlsx: cannot be opened: No such file"):
        freeze([OCTOBER], 0, "trustee_performance", data)


@pytest.mark.parametrize("sheet", [0, "0", "业绩"])
def test_a_snapshot_reads_back_as_written(data: Path, folder: Path, sheet: str | int) -> None:
    snapshot = freeze([NOVEMBER, OCTOBER], sheet, "trustee_performance", data)
    write_snapshot(folder, snapshot, [])
    assert read_snapshot(folder, snapshot.digest) == snapshot


def test_a_snapshot_is_written_once(snapshot: Snapshot, folder: Path) -> None:
    write_snapshot(folder, snapshot, [])
    before = (folder / f"{snapshot.digest}.json").stat()
    write_snapshot(folder, snapshot, [NotChosen("a.xlsx", "older")])
    after = (folder / f"{snapshot.digest}.json").stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_what_was_not_selected_is_fresh_at_every_run(snapshot: Snapshot, folder: Path) -> None:
    write_snapshot(folder, snapshot, [NotChosen("a.xlsx", "older")])
    write_snapshot(folder, snapshot, [NotChosen("b.xlsx", "lower version")])
    assert read_not_selected(folder, snapshot.digest) == [{"path": "b.xlsx", "reason": "lower version"}]


def test_nothing_but_the_two_documents_is_left_behind(snapshot: Snapshot, folder: Path) -> None:
    write_snapshot(folder, snapshot, [])
    assert sorted(path.name for path in folder.iterdir()) == [
        f"{snapshot.digest}.json",
        f"{snapshot.digest}.not_selected.json",
    ]


def test_a_write_that_fails_leaves_nothing(snapshot: Snapshot, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(self: Path, target: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(OSError, match="No space left"):
        write_snapshot(folder, snapshot, [])
    assert list(folder.iterdir()) == []


def test_other_users_of_a_shared_folder_can_read_a_snapshot(snapshot: Snapshot, folder: Path) -> None:
    before = os.umask(0o022)
    try:
        write_snapshot(folder, snapshot, [])
    finally:
        os.umask(before)
    mode = stat.S_IMODE((folder / f"{snapshot.digest}.json").stat().st_mode)
    assert mode & stat.S_IROTH


def test_a_damaged_snapshot_is_mended_by_the_next_run(snapshot: Snapshot, folder: Path) -> None:
    write_snapshot(folder, snapshot, [])
    (folder / f"{snapshot.digest}.json").write_bytes(b"{")
    write_snapshot(folder, snapshot, [])
    assert read_snapshot(folder, snapshot.digest) == snapshot


def test_a_truncated_snapshot_is_refused(snapshot: Snapshot, folder: Path) -> None:
    write_snapshot(folder, snapshot, [])
    path = folder / f"{snapshot.digest}.json"
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(SnapshotError, match="damaged"):
        read_snapshot(folder, snapshot.digest)


def test_a_changed_snapshot_is_refused(snapshot: Snapshot, folder: Path) -> None:
    write_snapshot(folder, snapshot, [])
    path = folder / f"{snapshot.digest}.json"
    path.write_text(path.read_text("utf-8").replace("2024-10-01", "2024-09-01"), "utf-8")
    with pytest.raises(SnapshotError, match="its content has the digest"):
        read_snapshot(folder, snapshot.digest)


def test_a_missing_snapshot_names_its_path(folder: Path) -> None:
    with pytest.raises(SnapshotError, match=r"0123456789abcdef\.json: the snapshot cannot be read"):
        read_snapshot(folder, "0123456789abcdef")


def test_what_is_no_digest_never_becomes_a_path(folder: Path) -> None:
    with pytest.raises(SnapshotError, match="is no snapshot's digest"):
        read_snapshot(folder, "../../etc/passwd")


@pytest.mark.parametrize("content", [b"{", b"[1]", b'[{"path": 3}]'])
def test_a_damaged_listing_is_refused(snapshot: Snapshot, folder: Path, content: bytes) -> None:
    write_snapshot(folder, snapshot, [])
    (folder / f"{snapshot.digest}.not_selected.json").write_bytes(content)
    with pytest.raises(SnapshotError, match="damaged"):
        read_not_selected(folder, snapshot.digest)
