"""What a workbook's name and folders say: month, part, version (pure)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase

from workflows.sources.file_rules import FileRules

NO_MATCH = "the name does not match the domain's pattern"

SUPPLEMENT = "supplement"
"""The part of a file that adds to its month's others."""

_FOLDER_VERSION = re.compile(r"v(\d{1,9})", re.IGNORECASE | re.ASCII)
# Nine digits hold a date written as a version and fit the ledger's integer column.
_VERSION = re.compile(r"\d{1,9}", re.ASCII)
_DAY_AFTER_MONTH = re.compile(r"(?:0[1-9]|[12]\d|3[01])(?!\d)", re.ASCII)
_MOST_SHOWN = 60


@dataclass(frozen=True, slots=True)
class FileDate:
    """``period`` is the first day of the month; ``part`` is empty and ``version`` 1 where nothing says otherwise.

    ``in_version_folder`` where a folder such as ``V1`` says the version.
    """

    period: date
    part: str
    version: int
    in_version_folder: bool = False


class _NoMonthError(ValueError):
    """Why no month can be told."""


def is_supplement(part: str) -> bool:
    """Whether a file of this part adds to its month's others rather than being one of them."""
    return part.rsplit(" ", maxsplit=1)[-1] == SUPPLEMENT


def parse_name(rules: FileRules, name: str, folders: Sequence[str] = ()) -> FileDate | str:
    """The month, part and version of the file ``name`` in ``folders`` (outermost first), or why there is none.

    Both are searched in NFKC: full-width digits are digits. Years of two digits are 20xx. A month that is
    followed by another digit was cut short (the 1 of 12月) and is none, unless a day of two digits follows.
    Where name and folder both say a year or a month they have to agree.
    The name's version wins over that of a folder such as ``V2``; among folders the innermost wins.
    """
    normalised = _normalised(name)
    excluded = next((each for each in rules.exclude if _fits(normalised, each)), None)
    if excluded is not None:
        return f"excluded ({excluded})"
    matches = [re.search(each, normalised) for each in (rules.pattern, rules.supplement) if each is not None]
    found = [("name", match) for match in matches if match is not None]
    if not found:
        return NO_MATCH
    groups = {group: text for _, match in found for group, text in _texts(match).items()}
    if rules.folder_pattern is not None:
        place = "/".join(_folder(folder) for folder in folders if _version_of(folder) is None)
        in_folder = re.search(rules.folder_pattern, place)
        if in_folder is None:
            return f"the name fits, but its folder {place[-_MOST_SHOWN:]!r} does not match the domain's folder_pattern"
        found.append(("folder", in_folder))
    try:
        period = _period(found)
    except _NoMonthError as error:
        return str(error)
    version = groups.get("version")
    if version is not None and not _VERSION.fullmatch(version):
        return f"{version[:20]!r} is no version"
    of_folder = next((number for folder in reversed(folders) if (number := _version_of(folder)) is not None), None)
    number = int(version) if version is not None else 1 if of_folder is None else of_folder
    part = " ".join(filter(None, (groups.get("part", ""), SUPPLEMENT if rules.supplements(name) else "")))
    return FileDate(period, part, number, version is None and of_folder is not None)


def _normalised(text: str) -> str:
    return unicodedata.normalize("NFKC", text)


def _folder(name: str) -> str:
    # A full-width solidus is part of a folder's name, and separates nothing.
    return _normalised(name).replace("/", "\N{FULLWIDTH SOLIDUS}")


def _fits(name: str, shell_pattern: str) -> bool:
    return fnmatchcase(name.casefold(), _normalised(shell_pattern).casefold())


def _texts(match: re.Match[str]) -> dict[str, str]:
    return {group: text.strip() for group, text in match.groupdict().items() if text and text.strip()}


def _period(found: Sequence[tuple[str, re.Match[str]]]) -> date:
    """The month that all matches agree on."""
    years = {(where, year) for where, match in found for year in _year(match)}
    months = {(where, month) for where, match in found for month in _month(match)}
    for what, said in (("year", years), ("month", months)):
        if not said:
            raise _NoMonthError(f"'' is no {what}: {_WANTED[what]} wanted")
        if len({number for _, number in said}) > 1:
            told = ", ".join(f"its {where} says the {what} {number}" for where, number in sorted(said))
            raise _NoMonthError(f"{told}: which month it is of cannot be told")
    return date(min(years)[1], min(months)[1], 1)


_WANTED = {"year": "20xx or two digits", "month": "1 to 12"}


def _year(match: re.Match[str]) -> Iterator[int]:
    text = _texts(match).get("year")
    if text is None:
        return
    if not re.fullmatch(r"(?:20)?\d\d", text, re.ASCII):
        raise _NoMonthError(f"{text[:20]!r} is no year: {_WANTED['year']} wanted")
    if match.string[: match.start("year")][-1:].isdigit():
        raise _NoMonthError(f"the digits around {text}… go on: no month can be told")
    yield 2000 + int(text[-2:])


def _month(match: re.Match[str]) -> Iterator[int]:
    text = _texts(match).get("month")
    if text is None:
        return
    if not re.fullmatch(r"0?[1-9]|1[0-2]", text):
        raise _NoMonthError(f"{text[:20]!r} is no month: {_WANTED['month']} wanted")
    if _is_cut_short(text, match.string[match.end("month") :]):
        raise _NoMonthError(f"the digits around …{text} go on: no month can be told")
    yield int(text)


def _is_cut_short(month: str, after: str) -> bool:
    if not after[:1].isdigit():
        return False
    return len(month) != 2 or _DAY_AFTER_MONTH.match(after) is None


def _version_of(folder: str) -> int | None:
    """The version that a folder such as ``V2`` stands for; None for any other."""
    match = _FOLDER_VERSION.fullmatch(_normalised(folder).strip())
    return int(match[1]) if match else None
