"""Look through the data folder: every file there, with what its name says or why it is no candidate."""

from __future__ import annotations

import functools
import os
import stat
import unicodedata
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from workflows.errors import SourceError, SourceFolderNotFoundError, Words, reason_of
from workflows.sources.candidates import Candidate, Discovery, Rejected
from workflows.sources.entries import Catalogue, DiscoverySource
from workflows.sources.file_rules import FileRules
from workflows.sources.filenames import NO_MATCH, parse_name

# Control, invisible and direction-turning characters, undecodable bytes, line and paragraph separators.
_UNSHOWABLE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_ELSEWHERE = Words(
    "指向已查看的文件夹, 或指向上级文件夹", "leads to a folder that is looked through elsewhere, or to one above"
)


class DataSourceConnector:
    """Finds the workbooks of domains below ``base_dir``, which is looked through once."""

    def __init__(self, base_dir: Path, catalogue: Catalogue) -> None:
        self._base_dir = base_dir
        self._catalogue = catalogue

    @functools.cached_property
    def _seen(self) -> list[_File | Rejected]:
        return list(_walk(self._base_dir, self._catalogue.discovery))

    def discover(self, domain: str) -> Discovery:
        """Every file below the base folder, and every folder that was not entered; the order is by path.

        Raises ParameterError for an unknown domain, SourceFolderNotFoundError without the base folder, and
        SourceError for a folder that cannot be listed: it could hold the newest file.
        """
        source = self._catalogue.domain(domain)
        if not os.path.isdir(self._base_dir):  # noqa: PTH112 - Path.is_dir raises where this says no
            raise SourceFolderNotFoundError(
                f"{self._base_dir}: "
                + Words(
                    "没有这个文件夹; 在 WDH_DATA_BASE_DIR 中写明工作簿所在的文件夹",
                    "there is no such folder; WDH_DATA_BASE_DIR says where workbooks are looked for",
                )
            )
        rules = self._catalogue.discovery
        candidates: list[Candidate] = []
        rejected: list[Rejected] = []
        for found in self._seen:
            file = found if isinstance(found, Rejected) else _classify(found, rules, source)
            if isinstance(file, Candidate):
                candidates.append(file)
            else:
                rejected.append(file)
        candidates.sort(key=lambda file: file.path)
        rejected.sort(key=lambda file: file.path)
        return Discovery(str(self._base_dir), source, tuple(candidates), tuple(rejected))


def locate(base_dir: Path, path: str) -> Path:
    """Where the file lies whose ``path`` is in NFC: some disks hold names decomposed (NFD).

    The path as it is when there is no such file; opening that tells.
    """
    direct = base_dir / path
    if direct.exists():
        return direct
    place = base_dir
    for part in path.split("/"):
        below = place / part
        if not below.exists() and place.is_dir():
            twins = sorted(name for name in os.listdir(place) if unicodedata.normalize("NFC", name) == part)  # noqa: PTH208
            below = place / twins[0] if twins else below
        place = below
    return place if place.exists() else direct


@dataclass(frozen=True, slots=True)
class _Folder:
    """A folder to be listed; ``parts`` are the names below the base, in NFC."""

    place: str
    parts: tuple[str, ...]

    def shown(self, name: str = "") -> str:
        return "/".join((*self.parts, _showable(name))) if name else "/".join(self.parts) + "/"


@dataclass(frozen=True, slots=True)
class _File:
    folder: _Folder
    name: str
    entry: os.DirEntry[str]


def _walk(base_dir: Path, rules: DiscoverySource) -> Iterator[_File | Rejected]:
    """All files, and the folders not entered. A folder is listed once, under its real name where it has one."""
    pending, links = deque([_Folder(str(base_dir), ())]), deque[_Folder]()
    # A link to a folder above would bring in everything beside the data.
    visited = {_folder_id(str(above)) for above in base_dir.resolve().parents}
    while pending or links:
        # Links last, so that a real folder is never known by the name of a link to it.
        folder = pending.popleft() if pending else links.popleft()
        identity = _folder_id(folder.place)
        if identity in visited:
            yield Rejected(folder.shown(), str(_ELSEWHERE))
            continue
        visited.add(identity)
        for name, entry in _listing(folder):
            if not _is_folder(entry):
                yield _File(folder, name, entry)
                continue
            below = _Folder(entry.path, (*folder.parts, name))
            reason = _why_not_entered(name, len(below.parts), rules)
            if reason:
                yield Rejected(f"{folder.shown(name)}/", reason)
            else:
                (links if entry.is_symlink() else pending).append(below)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link to itself; as a file it is listed with this reason
        return False


def _folder_id(place: str) -> tuple[int, int]:
    try:
        found = os.stat(place)  # noqa: PTH116 - texts here: thousands of Path objects cost more than the listing
    except OSError as error:
        raise _unlistable(place, error) from None
    return found.st_dev, found.st_ino


def _listing(folder: _Folder) -> Sequence[tuple[str, os.DirEntry[str]]]:
    """The entries with their names in NFC, in order of these."""
    try:
        with os.scandir(folder.place) as entries:
            named = [(unicodedata.normalize("NFC", entry.name), entry) for entry in entries]
    except OSError as error:
        raise _unlistable(folder.place, error) from None
    return sorted(named, key=lambda item: (item[0], item[1].name))


def _unlistable(place: str, error: OSError) -> SourceError:
    return SourceError(
        f"{place}: "
        + Words(
            f"无法列出文件夹 ({reason_of(error).chinese})", f"this folder cannot be listed: {reason_of(error).english}"
        )
    )


def _why_not_entered(name: str, depth: int, rules: DiscoverySource) -> str | None:
    why: Words | None = None
    if hidden := _unshowable(name):
        why = Words(f"文件夹名含{hidden.chinese}", f"the name holds {hidden.english}")
    elif excluded := _matching(name, rules.excluded_folders):
        why = Words(f"已排除的文件夹 ({excluded})", f"an excluded folder ({excluded})")
    elif depth > rules.max_depth:
        why = Words(f"层数超过 max_depth {rules.max_depth}", f"deeper than max_depth {rules.max_depth}")
    return None if why is None else str(Words(f"未进入: {why.chinese}", f"not entered: {why.english}"))


def _classify(file: _File, rules: DiscoverySource, wanted: FileRules) -> Candidate | Rejected:
    path, reason = file.folder.shown(file.name), _why_no_workbook(file.name, rules)
    try:
        found = file.entry.stat()
    except OSError as error:
        reason_unseen = reason_of(error)
        unseen = Words(f"无法查看 ({reason_unseen.chinese})", f"cannot be looked at: {reason_unseen.english}")
        return Rejected(path, reason or str(unseen), 0 if reason else 1)
    size_bytes, mtime_ns = found.st_size, found.st_mtime_ns
    if not reason and not stat.S_ISREG(found.st_mode):
        reason = str(Words("不是普通文件", "no regular file"))  # reading a pipe would wait for ever
    if reason:
        return Rejected(path, reason, 0, size_bytes, mtime_ns)
    dated = parse_name(wanted, file.name, file.folder.parts)
    if isinstance(dated, str):
        return Rejected(path, dated, 1 if dated == NO_MATCH else 2, size_bytes, mtime_ns)
    found_at = dated.version, dated.in_version_folder
    return Candidate(path, size_bytes, mtime_ns, dated.period, dated.part, *found_at)


def _why_no_workbook(name: str, rules: DiscoverySource) -> str | None:
    if hidden := _unshowable(name):
        return str(Words(f"文件名含{hidden.chinese}", f"the name holds {hidden.english}"))
    if ignored := _matching(name, rules.ignored_patterns):
        return str(Words(f"忽略 ({ignored})", f"ignored ({ignored})"))
    ending = os.path.splitext(name)[1]  # noqa: PTH122
    if ending.lower() in rules.extensions:
        return None
    wanted = ", ".join(rules.extensions)
    return str(
        Words(
            f"不是工作簿: {ending or '没有扩展名'}, 应为 {wanted}",
            f"no workbook: {ending or 'no ending'}, wanted {wanted}",
        )
    )


def _matching(name: str, patterns: Sequence[str]) -> str | None:
    folded = name.casefold()
    return next((pattern for pattern in patterns if fnmatchcase(folded, pattern.casefold())), None)


def _unshowable(name: str) -> Words | None:
    """The first character that a listing or a log cannot show, by its number."""
    if name.isprintable():
        return None
    odd = next((char for char in name if unicodedata.category(char) in _UNSHOWABLE), None)
    if odd is None:
        return None
    return Words(f"无法显示的字符 U+{ord(odd):04X}", f"the unprintable character U+{ord(odd):04X}")


def _showable(name: str) -> str:
    if _unshowable(name) is None:
        return name
    return "".join(
        char.encode("unicode_escape").decode() if unicodedata.category(char) in _UNSHOWABLE else char for char in name
    )
