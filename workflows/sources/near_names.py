"""Files that look like a domain's and are not taken, and the names under which they would be (pure)."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher

from workflows.sources.candidates import Candidate, Discovery, Rejected
from workflows.sources.file_rules import FileRules
from workflows.sources.filenames import FileDate, excluded_by, match_folder, parse_name

_MONTH = re.compile(r"(?<!\d)(20\d\d|\d\d(?=\s*年))\s*[-年_.]?\s*(0?[1-9]|1[0-2])(?!\d)", re.ASCII)
_WORDS = re.compile(r"[^\W\d_年月日]+")
_VERSION_MARK = re.compile(r"v(?=\d)", re.IGNORECASE)
# How much of the shorter name has to stand in the other, in its order.
_ALIKE = 0.7
# With how many wordings a name is compared, the newest files' first.
_MODELS = 50


@dataclass(frozen=True, slots=True)
class NearMiss:
    """A workbook that looks like one of ``month`` and is not taken.

    ``would_be`` is the path under which it would be: by the domain's own rules, before every file that is there; empty
    where none is known.
    """

    path: str
    month: date
    would_be: str


def near_miss(file: Rejected, discovery: Discovery) -> NearMiss | None:
    """What ``file`` looks like: a name is compared with those that are taken, and with the catalogue's example."""
    rules = discovery.rules
    *folders, name = file.path.split("/")
    if not file.nearness or excluded_by(rules, name) or (month := _month_of(rules, name, folders)) is None:
        return None
    models = [model for model in _models(discovery) if _alike(name, model.rpartition("/")[2])]
    if not models:
        return None
    would_be = next((path for model in models for path in _renamed(file.path, model, month, discovery)), "")
    return NearMiss(file.path, month, would_be)


def fitting_name(discovery: Discovery, month: date | None) -> str:
    """A name that would be taken: an example's, of ``month`` where one is given; empty where nothing gives one."""
    for model in _models(discovery):
        path = model if month is None else _dated(discovery.rules, model, month)
        if isinstance(parse_name(discovery.rules, *_split(path)), FileDate):
            return path
    return ""


# Asked for each near miss; there may be as many of these as there are files.
@functools.lru_cache(maxsize=8)
def _models(discovery: Discovery) -> list[str]:
    """Paths that are taken, one of each wording, newest first and plain versions before others, as many as near misses
    are compared with; the example last."""
    ordered = sorted(discovery.candidates, key=lambda file: (file.version, -file.period.toordinal(), file.path))
    by_wording: dict[str, str] = {}
    for path in (file.path for file in ordered):
        if len(by_wording) < _MODELS:
            by_wording.setdefault(_wording(path.rpartition("/")[2]), path)
    if example := discovery.rules.example:
        by_wording.setdefault(_wording(example.rpartition("/")[2]), example)
    return list(by_wording.values())


@functools.lru_cache(maxsize=8)
def _by_period(discovery: Discovery) -> dict[date, list[Candidate]]:
    found: dict[date, list[Candidate]] = {}
    for file in discovery.candidates:
        found.setdefault(file.period, []).append(file)
    return found


@functools.lru_cache(maxsize=1024)
def _wording(name: str) -> str:
    stem = unicodedata.normalize("NFKC", name).rpartition(".")[0].casefold()
    return "".join(_WORDS.findall(_VERSION_MARK.sub("", stem)))


def _alike(name: str, model: str) -> bool:
    ours, theirs = _wording(name), _wording(model)
    shorter = min(len(ours), len(theirs))
    blocks = SequenceMatcher(None, ours, theirs, autojunk=False).get_matching_blocks()
    return shorter > 1 and sum(block.size for block in blocks) >= _ALIKE * shorter


def _month_of(rules: FileRules, name: str, folders: Sequence[str]) -> date | None:
    """The one month that the name tells, or else its folder."""
    told = {(int(year) % 100, int(month)) for year, month in _MONTH.findall(unicodedata.normalize("NFKC", name))}
    in_folder = match_folder(rules, folders)
    if not told and in_folder is not None:
        said = in_folder.groupdict()
        if str(said.get("year")).isdigit() and str(said.get("month")).isdigit() and 1 <= int(said["month"]) <= 12:
            told = {(int(said["year"]) % 100, int(said["month"]))}
    if len(told) != 1:
        return None
    ((year, month),) = told
    return date(2000 + year, month, 1)


def _renamed(path: str, model: str, month: date, discovery: Discovery) -> Iterator[str]:
    """Paths that are taken for ``month`` before all that is there, the plainest first."""
    rules = discovery.rules
    dated = _dated(rules, model, month)
    folder = path.rpartition("/")[0] if match_folder(rules, _split(path)[1]) else dated.rpartition("/")[0]
    ending = "." + path.rpartition(".")[2]
    stem, _, own_ending = dated.rpartition("/")[2].rpartition(".")
    there = _by_period(discovery).get(month, [])
    for name in (stem + ending, f"{stem}.{own_ending}"):
        plain = f"{folder}/{name}" if folder else name
        found = parse_name(rules, *_split(plain))
        if not isinstance(found, FileDate) or found.period != month:
            continue
        rivals = [file for file in there if file.part == found.part]
        if all(_outranks(found, rival) for rival in rivals):
            yield plain
            continue
        version = max(rival.version for rival in rivals) + 1
        for versioned in _versions(rules, plain, version):
            again = parse_name(rules, *_split(versioned))
            if isinstance(again, FileDate) and (again.period, again.part, again.version) == (
                month,
                found.part,
                version,
            ):
                yield versioned


def _outranks(found: FileDate, rival: Candidate) -> bool:
    return (found.version, found.in_version_folder) > (rival.version, rival.in_version_folder)


def _versions(rules: FileRules, path: str, version: int) -> Iterator[str]:
    """The same as a later version: in its name, else in a version folder."""
    folder, slash, name = path.rpartition("/")
    stem, _, ending = name.rpartition(".")
    match = re.search(rules.pattern, name)
    if match and match.groupdict().get("version"):
        yield f"{folder}{slash}{name[: match.start('version')]}{version}{name[match.end('version') :]}"
    yield from (f"{folder}{slash}{stem}{before}V{version}.{ending}" for before in ("", "_", " "))
    yield f"{folder}{slash}V{version}/{name}"


def _dated(rules: FileRules, path: str, month: date) -> str:
    """``path`` with the year and month of its name and folders set to ``month``, as wide as they were written."""
    folder, slash, name = unicodedata.normalize("NFKC", path).rpartition("/")
    in_name = re.search(rules.pattern, name) or (rules.supplement and re.search(rules.supplement, name))
    if in_name:
        name = _set(name, in_name, month)
    if rules.folder_pattern is not None and (in_folder := re.search(rules.folder_pattern, folder)):
        folder = _set(folder, in_folder, month)
    return f"{folder}{slash}{name}"


def _set(text: str, match: re.Match[str], month: date) -> str:
    spans = []
    for group in ("year", "month"):
        if match.re.groupindex.get(group) and match[group]:
            digits = match[group].strip()
            number = f"{month:%Y}"[-len(digits) :] if group == "year" else f"{month.month:0{len(digits)}}"
            # 2024年9月 is written without a zero; 202409 and 2024-09 with one.
            if group == "month" and text[match.end(group) :].lstrip().startswith("月"):
                number = str(month.month)
            spans.append((match.start(group), match.end(group), number))
    for start, end, number in sorted(spans, reverse=True):
        text = text[:start] + number + text[end:]
    return text


def _split(path: str) -> tuple[str, list[str]]:
    *folders, name = path.split("/")
    return name, folders
