"""What a workbook's name and folders say: month, part, version (pure)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

NO_MATCH = "the name does not match the domain's pattern"

_FOLDER_VERSION = re.compile(r"v(\d{1,9})", re.IGNORECASE | re.ASCII)
# Nine digits hold a date written as a version and fit the ledger's integer column.
_VERSION = re.compile(r"\d{1,9}", re.ASCII)
_DAY_AFTER_MONTH = re.compile(r"(?:0[1-9]|[12]\d|3[01])(?!\d)", re.ASCII)


@dataclass(frozen=True, slots=True)
class FileDate:
    """``period`` is the first day of the month; ``part`` is empty and ``version`` 1 where nothing says otherwise."""

    period: date
    part: str
    version: int


def expression(text: str) -> str:
    """A regular expression for names after NFKC; a block in YAML ends with a line break, which no name holds.

    Raises ValueError.
    """
    pattern = text.strip()
    normalised = unicodedata.normalize("NFKC", pattern)
    if pattern != normalised:
        odd = next((a for a, b in zip(pattern, normalised, strict=False) if a != b), pattern)
        raise ValueError(f"{odd!r} matches nothing: names are compared after NFKC, where it is written otherwise")
    try:
        re.compile(pattern)
    except (re.error, RecursionError, OverflowError) as error:
        raise ValueError(f"not a regular expression: {error}") from None
    return pattern


def parse_name(pattern: str, name: str, folders: Sequence[str] = ()) -> FileDate | str:
    """The month, part and version of the file ``name`` in ``folders`` (outermost first), or why there is none.

    The name is searched in NFKC: full-width digits are digits. Years of two digits are 20xx. A month that is
    followed by another digit was cut short (the 1 of 12月) and is none, unless a day of two digits follows.
    The name's version wins over that of a folder such as ``V2``; among folders the innermost wins.
    """
    normalised = unicodedata.normalize("NFKC", name)
    match = re.search(pattern, normalised)
    if match is None:
        return NO_MATCH
    groups = {group: text.strip() for group, text in match.groupdict().items() if text and text.strip()}
    period = _period(groups.get("year", ""), groups.get("month", ""))
    if isinstance(period, str):
        return period
    before = normalised[: match.start("year")][-1:]
    if before.isdigit() or _is_cut_short(groups["month"], normalised[match.end("month") :]):
        return f"the digits around {groups['year']}…{groups['month']} go on: no month can be told"
    version = groups.get("version")
    if version is not None and not _VERSION.fullmatch(version):
        return f"{version[:20]!r} is no version"
    number = _folder_version(folders) if version is None else int(version)
    return FileDate(period, groups.get("part", ""), number)


def _period(year: str, month: str) -> date | str:
    if not re.fullmatch(r"(?:20)?\d\d", year, re.ASCII):
        return f"{year[:20]!r} is no year: 20xx or two digits wanted"
    if not re.fullmatch(r"0?[1-9]|1[0-2]", month):
        return f"{month[:20]!r} is no month: 1 to 12 wanted"
    return date(2000 + int(year[-2:]), int(month), 1)


def _is_cut_short(month: str, after: str) -> bool:
    if not after[:1].isdigit():
        return False
    return len(month) != 2 or _DAY_AFTER_MONTH.match(after) is None


def _folder_version(folders: Sequence[str]) -> int:
    for folder in reversed(folders):
        match = _FOLDER_VERSION.fullmatch(unicodedata.normalize("NFKC", folder).strip())
        if match:
            return int(match[1])
    return 1
