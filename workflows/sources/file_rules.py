"""Which of the files below the data folder are a domain's: the keys of the catalogue that say so (pure)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from typing import Annotated, Literal

from pydantic import AfterValidator, ConfigDict, StringConstraints, ValidationInfo, field_validator

from workflows.errors import Words
from workflows.frozen import Frozen

Strategy = Literal["latest_by_year_month_and_version", "latest_by_mtime"]

_NEEDED_GROUPS = ("year", "month")


def _compiles(pattern: str) -> str:
    # A block in YAML ends with a line break, which no name holds.
    pattern = pattern.strip()
    normalised = unicodedata.normalize("NFKC", pattern)
    if pattern != normalised:
        odd = next((a for a, b in zip(pattern, normalised, strict=False) if a != b), pattern)
        raise ValueError(
            str(
                Words(
                    f"{odd!r} 不会匹配: 名称按 NFKC 归一后比较",
                    f"{odd!r} matches nothing: names are compared after NFKC, where it is written otherwise",
                )
            )
        )
    try:
        re.compile(pattern)
    except (re.error, RecursionError, OverflowError) as error:
        raise ValueError(f"不是正则表达式 / not a regular expression (re: {error})") from None
    return pattern


_Pattern = Annotated[str, AfterValidator(_compiles)]
_ShellPattern = Annotated[str, StringConstraints(min_length=1)]


class FileRules(Frozen):
    """What a domain's files are called, where they lie, and which one stands for a month.

    ``pattern`` and ``supplement`` are searched in a file's name, ``folder_pattern`` in its folder's path below the data
    folder without version folders (``202411/收集数据/数据采集``, always with ``/``), all after NFKC. A file that
    ``supplement`` fits is the month's supplement, whether or not ``pattern`` does. ``exclude`` are shell patterns of
    names. ``example`` is the path of a file that is taken, for people; empty where none is given.
    """

    model_config = ConfigDict(strict=True)

    # Before those that have to say what it does not.
    folder_pattern: _Pattern | None = None
    pattern: _Pattern
    supplement: _Pattern | None = None
    exclude: tuple[_ShellPattern, ...] = ()
    select: Strategy
    example: str = ""

    @field_validator("pattern")
    @classmethod
    def _says_the_month(cls, pattern: str, info: ValidationInfo) -> str:
        # Beside a folder's pattern that is wrong itself nobody knows what is missing.
        if "folder_pattern" in info.data:
            found = {*_groups(pattern), *_groups(info.data["folder_pattern"] or "")}
            missing = [group for group in _NEEDED_GROUPS if group not in found]
            if missing:
                raise ValueError(
                    f"缺少命名分组 / the named group(s) {', '.join(missing)} are missing, as in (?P<year>20\\d\\d); "
                    "they may stand in folder_pattern"
                )
        return pattern

    @field_validator("supplement")
    @classmethod
    def _tells_files_apart(cls, supplement: str | None) -> str | None:
        if supplement == "":
            raise ValueError("表达式不能为空 / an expression wanted: an empty one is found in every name")
        return supplement

    @property
    def patterns(self) -> list[tuple[str, str]]:
        """The regular expressions that there are, by their key."""
        named = (("pattern", self.pattern), ("folder_pattern", self.folder_pattern), ("supplement", self.supplement))
        return [(name, pattern) for name, pattern in named if pattern is not None]

    def supplements(self, path: str) -> bool:
        """Whether the file at ``path`` completes its month's rather than standing for all of it."""
        name = unicodedata.normalize("NFKC", path.rpartition("/")[2])
        return self.supplement is not None and re.search(self.supplement, name) is not None


def _groups(pattern: str) -> Collection[str]:
    return re.compile(pattern).groupindex
