"""Findings of a merged document as they are given back: by workbook and by cell (pure)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from workflows.domains.findings import CODES, REMEDIES

Level = Literal["reject", "caution", "note"]
LEVEL_NAMES: dict[Level, str] = {"reject": "拒收 Rejected", "caution": "提示 Caution", "note": "说明 Note"}


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding. ``column`` is Excel's letter, empty for a whole row; ``row`` 0 is the file as a whole."""

    level: Level
    file: str
    sheet: str
    row: int
    column: str
    header: str
    field: str
    value: str
    code: str
    message: str

    @property
    def place(self) -> str:
        """The cell to look at, as Excel names it; empty for the file as a whole."""
        return f"{self.column or 'A'}{self.row}" if self.row else ""

    @property
    def detail(self) -> str:
        """What the message says beyond the meaning of its code."""
        chinese, english = CODES.get(self.code, ("", ""))
        return self.message.removeprefix(f"{chinese} / {english}").removeprefix(": ")

    @property
    def meaning(self) -> tuple[str, str]:
        """The code's meaning in Chinese and in English."""
        return CODES.get(self.code, (self.message, self.message))

    @property
    def remedy(self) -> tuple[str, str]:
        """What the provider is to do, in Chinese and in English."""
        return REMEDIES.get(self.code, ("", ""))


def problems_of(rejects: Iterable[Mapping[str, Any]], warnings: Iterable[Mapping[str, Any]]) -> list[Problem]:
    """The findings of a merged document, in its order: rejects first."""
    return [
        *(Problem("reject", **finding) for finding in rejects),
        *(Problem("caution", **finding) for finding in warnings),
    ]


def by_file(problems: Iterable[Problem]) -> dict[str, list[Problem]]:
    """The problems of each workbook from top to bottom, in the workbooks' order of appearance."""
    grouped: dict[str, list[Problem]] = {}
    for problem in problems:
        grouped.setdefault(problem.file, []).append(problem)
    for found in grouped.values():
        found.sort(key=lambda problem: (problem.row, len(problem.column), problem.column, problem.level != "reject"))
    return grouped


def notes_of(file: Mapping[str, Any]) -> list[Problem]:
    """What the file's summary says about the workbook as a whole, as problems without a place."""
    return [
        Problem("note", file["path"], file["sheet"], 0, "", "", "", "", "file_note", note) for note in file["notes"]
    ]
