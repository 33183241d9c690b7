"""What a workbook's name and folders say: month, part, version (pure)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase

from workflows.errors import Words
from workflows.sources.file_rules import FileRules

NO_MATCH = str(Words("文件名不符合此领域的命名", "the name is not one of this domain's"))

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
    excluded = excluded_by(rules, name)
    if excluded is not None:
        return str(Words(f"按目录排除 ({excluded})", f"excluded ({excluded})"))
    matches = [re.search(each, normalised) for each in (rules.pattern, rules.supplement) if each is not None]
    found = [("name", match) for match in matches if match is not None]
    if not found:
        return NO_MATCH
    groups = {group: text for _, match in found for group, text in _texts(match).items()}
    if rules.folder_pattern is not None:
        in_folder = match_folder(rules, folders)
        if in_folder is None:
            place = _place(folders)[-_MOST_SHOWN:]
            return str(
                Words(
                    f"文件名符合, 但所在文件夹 {place!r} 不是此领域的",
                    f"the name fits, but its folder {place!r} is none of this domain's",
                )
            )
        found.append(("folder", in_folder))
    try:
        period = _period(found)
    except _NoMonthError as error:
        return str(error)
    version = groups.get("version")
    if version is not None and not _VERSION.fullmatch(version):
        return str(Words(f"{version[:20]!r} 不是版本号", f"{version[:20]!r} is no version"))
    of_folder = next((number for folder in reversed(folders) if (number := _version_of(folder)) is not None), None)
    number = int(version) if version is not None else 1 if of_folder is None else of_folder
    part = " ".join(filter(None, (groups.get("part", ""), SUPPLEMENT if rules.supplements(name) else "")))
    return FileDate(period, part, number, version is None and of_folder is not None)


def excluded_by(rules: FileRules, name: str) -> str | None:
    """The first shell pattern of ``exclude`` that the name fits."""
    return next((each for each in rules.exclude if _fits(_normalised(name), each)), None)


def match_folder(rules: FileRules, folders: Sequence[str]) -> re.Match[str] | None:
    """How ``folders`` fit the domain's; without a rule every folder does, and says nothing."""
    return re.search("" if rules.folder_pattern is None else rules.folder_pattern, _place(folders))


def _place(folders: Sequence[str]) -> str:
    return "/".join(_folder(folder) for folder in folders if _version_of(folder) is None)


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
            raise _no(what, "")
        if len({number for _, number in said}) > 1:
            told = ", ".join(f"its {where} says the {what} {number}" for where, number in sorted(said))
            zh = ", ".join(f"{_WHERE[where]}写的{_WHAT[what]}是 {number}" for where, number in sorted(said))
            raise _NoMonthError(Words(f"{zh}: 无法确定月份", f"{told}: which month it is of cannot be told"))
    return date(min(years)[1], min(months)[1], 1)


_WANTED = {"year": Words("应为 20xx 或两位数字", "20xx or two digits"), "month": Words("应为 1 至 12", "1 to 12")}
_WHERE, _WHAT = {"name": "文件名", "folder": "文件夹"}, {"year": "年份", "month": "月份"}


def _no(what: str, text: str) -> _NoMonthError:
    wanted = _WANTED[what]
    chinese = f"{text[:20]!r} 不是{_WHAT[what]}: {wanted.chinese}" if text else f"没有{_WHAT[what]}: {wanted.chinese}"
    return _NoMonthError(Words(chinese, f"{text[:20]!r} is no {what}: {wanted.english} wanted"))


def _goes_on(text: str) -> _NoMonthError:
    return _NoMonthError(
        Words(f"{text} 前后还有数字: 无法确定月份", f"the digits around {text} go on: no month can be told")
    )


def _year(match: re.Match[str]) -> Iterator[int]:
    text = _texts(match).get("year")
    if text is None:
        return
    if not re.fullmatch(r"(?:20)?\d\d", text, re.ASCII):
        raise _no("year", text)
    if match.string[: match.start("year")][-1:].isdigit():
        raise _goes_on(f"{text}…")
    yield 2000 + int(text[-2:])


def _month(match: re.Match[str]) -> Iterator[int]:
    text = _texts(match).get("month")
    if text is None:
        return
    if not re.fullmatch(r"0?[1-9]|1[0-2]", text):
        raise _no("month", text)
    if _is_cut_short(text, match.string[match.end("month") :]):
        raise _goes_on(f"…{text}")
    yield int(text)


def _is_cut_short(month: str, after: str) -> bool:
    if not after[:1].isdigit():
        return False
    return len(month) != 2 or _DAY_AFTER_MONTH.match(after) is None


def _version_of(folder: str) -> int | None:
    """The version that a folder such as ``V2`` stands for; None for any other."""
    match = _FOLDER_VERSION.fullmatch(_normalised(folder).strip())
    return int(match[1]) if match else None
