"""Texts as they are written: case and width kept, only the blanks around them taken off (pure)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from workflows.domains.kinds.kind import BLANK, EachCell, Reading
from workflows.domains.row_words import named_total
from workflows.sources.cells import Cell, ErrorCell, is_blank

# PostgreSQL keeps no NUL, and half of a surrogate pair is no character.
_NO_TEXT = re.compile("[\x00\ud800-\udfff]")
# A double keeps 15 significant decimal digits; Excel fills the rest with zeros.
_EXCEL_DIGITS = 15


@dataclass(frozen=True, slots=True)
class TextColumn(EachCell):
    """A text of ``max_length`` characters at most; of any length where that is None.

    One that ``identifies`` says what its row is about where there is no code, as a customer's name does: a totals word
    is then none.
    """

    headers: tuple[str, ...]
    max_length: int | None = None
    identifies: bool = False

    takes_any_text = True

    @property
    def sql_type(self) -> str:
        """``varchar`` of the declared length, or ``text``."""
        return "text" if self.max_length is None else f"varchar({self.max_length})"

    def read(self, cell: Cell) -> Reading:
        """The text without blanks around it; a number or a date as it is typed."""
        text = written(cell)
        if isinstance(text, Reading):
            return text
        if self.identifies and named_total(text):
            return Reading(code="totals_word")
        if self.max_length is not None and len(text) > self.max_length:
            return Reading(code="text_too_long", detail=f"{len(text)} > {self.max_length}")
        return Reading(text)


def written(cell: Cell) -> str | Reading:
    """The text that a cell holds, not empty; or, where it holds none, the reading that says why."""
    if isinstance(cell, str) and (text := cell.strip()) and text.isprintable():
        return text  # nearly every one
    if isinstance(cell, ErrorCell):
        return Reading(code="error_cell")
    if is_blank(cell):
        return BLANK
    if isinstance(cell, str):
        text = cell.strip().strip("\u200b\ufeff").strip()
        return Reading(code="not_a_text") if _NO_TEXT.search(text) else text
    if isinstance(cell, bool):
        return str(cell).upper()
    if isinstance(cell, float):
        return _digits(cell)
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell == datetime(cell.year, cell.month, cell.day) else cell.isoformat(sep=" ")
    return str(cell)


def _digits(cell: float) -> str | Reading:
    if not cell.is_integer():
        return format(cell, ".15g")
    digits = str(int(cell))
    return Reading(code="code_digits_lost") if len(digits.lstrip("-")) > _EXCEL_DIGITS else digits
