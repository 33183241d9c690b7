"""The frozen choice: which bytes of which files a run works on."""

from __future__ import annotations

import functools
import hashlib
import itertools
import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import ConfigDict

from workflows.errors import UnreadableWorkbookError, Words, reason_of
from workflows.frozen import Frozen
from workflows.sources.candidates import Candidate
from workflows.sources.discovery import locate
from workflows.stages import Stage

_DIGEST_LENGTH = 16
_READ_BYTES = 1 << 20
_IDENTITY = {"path", "sha256", "period", "part", "version", "sheet"}


class SnapshotFile(Frozen):
    """One sheet of a chosen workbook. ``path`` is relative to the data folder, POSIX, NFC; ``period`` a month's first
    day; ``sheet`` a name, or a place counted from 0; ``size`` in bytes."""

    model_config = ConfigDict(strict=True)

    path: str
    sha256: str
    size: int
    period: date
    part: str
    version: int
    sheet: str | int


class Snapshot(Frozen):
    """The files of a domain's run, newest period first, then by part, then by sheet as the catalogue lists them."""

    model_config = ConfigDict(strict=True)

    domain: str
    files: tuple[SnapshotFile, ...]

    @functools.cached_property
    def digest(self) -> str:
        """16 hex digits over the domain and each file's path, sha256, period, part, version and sheet.

        Neither modification times nor what was not selected count; every machine finds the same.
        """
        identity = {
            "domain": self.domain,
            "files": [file.model_dump(mode="json", include=_IDENTITY) for file in self.files],
        }
        return hashlib.sha256(_canonical(identity)).hexdigest()[:_DIGEST_LENGTH]


class Hashes:
    """The sha256 and size of files below ``base_dir``, each read once however many domains choose it."""

    def __init__(self, base_dir: Path) -> None:
        self._base_dir = base_dir
        self._known: dict[str, tuple[str, int]] = {}

    def of(self, path: str) -> tuple[str, int]:
        """Raises UnreadableWorkbookError for a file that cannot be opened."""
        if path not in self._known:
            with Stage("hashing", path):
                self._known[path] = _hash(self._base_dir, path)
        return self._known[path]


def freeze(chosen: Sequence[Candidate], sheets: Sequence[str | int], domain: str, hashes: Hashes) -> Snapshot:
    """The chosen files by their bytes, each with all of ``sheets``; order is kept. Raises as ``hashes``."""
    files = []
    for candidate, sheet in itertools.product(chosen, sheets):
        sha256, size = hashes.of(candidate.path)
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
            path,
            Words(
                f"无法打开 ({reason_of(error).chinese}); 是否正被其他程序使用?",
                f"cannot be opened: {reason_of(error).english}. Is it open in another program?",
            ),
        ) from None
    return digest.hexdigest(), size


def _canonical(content: Any) -> bytes:
    return json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
