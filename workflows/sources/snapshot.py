"""The frozen choice: which bytes of which files a run works on, in a file named by its digest."""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from workflows.errors import SnapshotError, UnreadableWorkbookError
from workflows.sources.candidates import Candidate
from workflows.sources.discovery import locate
from workflows.sources.selection import NotChosen

_DIGEST_LENGTH = 16
_DIGEST = re.compile(rf"[0-9a-f]{{{_DIGEST_LENGTH}}}")
_READ_BYTES = 1 << 20
_IDENTITY = {"path", "sha256", "period", "part", "version", "sheet"}


class SnapshotFile(BaseModel):
    """One chosen workbook. ``path`` is relative to the data folder, POSIX, NFC; ``period`` a month's first day;
    ``sheet`` a name, or a place counted from 0; ``size`` in bytes."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    path: str
    sha256: str
    size: int
    period: date
    part: str
    version: int
    sheet: str | int


class Snapshot(BaseModel):
    """The files of a run, newest period first, then by part."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    domain: str
    files: tuple[SnapshotFile, ...]

    @property
    def digest(self) -> str:
        """16 hex digits over the domain and each file's path, sha256, period, part, version and sheet.

        Neither modification times nor what was not selected count; every machine finds the same.
        """
        identity = {
            "domain": self.domain,
            "files": [file.model_dump(mode="json", include=_IDENTITY) for file in self.files],
        }
        return hashlib.sha256(_canonical(identity)).hexdigest()[:_DIGEST_LENGTH]


def freeze(chosen: Sequence[Candidate], sheet: str | int, domain: str, base_dir: Path) -> Snapshot:
    """Hash the bytes of the chosen files, which lie below ``base_dir``; order is kept.

    Raises UnreadableWorkbookError for a file that cannot be opened.
    """
    files = []
    for candidate in chosen:
        sha256, size = _hash(base_dir, candidate.path)
        files.append(
            SnapshotFile(
                path=candidate.path,
                sha256=sha256,
                size=size,
                period=candidate.period,
                part=candidate.part,
                version=candidate.version,
                sheet=sheet,
            )
        )
    return Snapshot(domain=domain, files=tuple(files))


def write_snapshot(folder: Path, snapshot: Snapshot, not_selected: Sequence[NotChosen]) -> None:
    """Write ``<digest>.json``, once, and ``<digest>.not_selected.json``, anew at every call; both atomically.

    A damaged ``<digest>.json`` is mended: its name says what it has to hold.
    """
    folder.mkdir(parents=True, exist_ok=True)
    others = [{"path": file.path, "reason": file.reason} for file in not_selected]
    _replace(_not_selected_path(folder, snapshot.digest), _document(others))
    path, content = _snapshot_path(folder, snapshot.digest), _document(snapshot.model_dump(mode="json"))
    if not path.exists() or path.read_bytes() != content:
        _replace(path, content)


def read_snapshot(folder: Path, digest: str) -> Snapshot:
    """The snapshot of that digest; raises SnapshotError if it is missing, damaged or another one."""
    path = _snapshot_path(folder, digest)
    try:
        snapshot = Snapshot.model_validate_json(_read(path))
    except ValidationError as error:
        raise _damaged(path, f"{error.error_count()} mistake(s), the first: {error.errors()[0]['msg']}") from None
    if snapshot.digest != digest:
        raise _damaged(path, f"its content has the digest {snapshot.digest}")
    return snapshot


def read_not_selected(folder: Path, digest: str) -> list[dict[str, str]]:
    """``path`` and ``reason`` of every file that was seen and not taken when this snapshot was last chosen.

    Raises SnapshotError if the listing is missing or damaged.
    """
    path = _not_selected_path(folder, digest)
    try:
        return TypeAdapter(list[dict[str, str]]).validate_json(_read(path))
    except ValidationError as error:
        raise _damaged(path, str(error.errors()[0]["msg"])) from None


def _hash(base_dir: Path, path: str) -> tuple[str, int]:
    """The sha256 and the size of what was hashed."""
    digest, size = hashlib.sha256(), 0
    try:
        with locate(base_dir, path).open("rb") as stream:
            while block := stream.read(_READ_BYTES):
                digest.update(block)
                size += len(block)
    except OSError as error:
        raise UnreadableWorkbookError(
            path, f"cannot be opened: {error.strerror}. Is it open in another program?"
        ) from None
    return digest.hexdigest(), size


def _canonical(content: Any) -> bytes:
    return json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def _document(content: Any) -> bytes:
    return (json.dumps(content, sort_keys=True, ensure_ascii=False, indent=1) + "\n").encode()


def _snapshot_path(folder: Path, digest: str) -> Path:
    if not _DIGEST.fullmatch(digest):
        raise SnapshotError(f"{digest!r} is no snapshot's digest: {_DIGEST_LENGTH} hex digits wanted")
    return folder / f"{digest}.json"


def _not_selected_path(folder: Path, digest: str) -> Path:
    return _snapshot_path(folder, digest).with_suffix(".not_selected.json")


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise SnapshotError(f"{path}: the snapshot cannot be read: {error.strerror}; run LoadDomain again") from None


def _damaged(path: Path, found: str) -> SnapshotError:
    return SnapshotError(f"{path}: the snapshot is damaged ({found}); run LoadDomain again")


def _replace(path: Path, content: bytes) -> None:
    # A name of its own in the same folder: another run may be writing the same snapshot.
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        temporary.write_bytes(content)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
