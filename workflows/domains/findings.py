"""What was found wrong or odd, as values: a reject stops its row, a caution travels with it (pure).

The codes are those of ``finding_codes``; a domain declares cautions of its own as ``Code`` beside its rules.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal, NamedTuple

from workflows.domains.finding_codes import CODES, REMEDIES
from workflows.errors import Words, of_both
from workflows.sources.cells import Cell, FormattedNumber
from workflows.sources.shown import shown_by


class Code(NamedTuple):
    """A caution of a domain's own: its meaning, and what the provider is to do, each in Chinese and English.

    No text holds `` / `` or ``: ``, which hold a message together.
    """

    chinese: str
    english: str
    advice: str
    advised: str


OwnCodes = Mapping[str, Code]
"""A domain's own cautions by their code."""

_NONE_OWN: OwnCodes = {}
_WRITTEN_OUT = 1e21
_PLACES = re.compile(r"\.([0#?]+)")


class Problem(NamedTuple):
    """A finding before its coordinates are known: ``row_index`` counts the rows below the header from 0.

    ``role`` names which of a field's columns is at fault; the most telling one unless given. ``beside`` is another row
    whose cell in the same column it is about.
    """

    row_index: int
    code: str
    detail: str | Words = ""
    role: str = ""
    beside: int | None = None


Level = Literal["reject", "caution", "note"]
"""What a finding does: a reject keeps its row out, a caution travels with it, a note is about the file."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One cell (or row, when ``column`` is empty; or file, when ``row`` is 0) and what is the matter with it.

    ``row`` is Excel's row number, ``column`` Excel's letter, ``header`` the text above, ``value`` the raw cell
    as text, ``code`` one of ``CODES`` or of its domain's own, ``message`` plain words in Chinese and English.
    ``advice`` is what to do about a domain's own code, in both; of the others ``REMEDIES`` says it.
    """

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
    advice: str = ""

    @property
    def place(self) -> str:
        """Excel's name of the cell, or the row's number where the whole row is meant: ``C12``, ``12``."""
        return f"{self.column}{self.row}"

    @property
    def meaning(self) -> tuple[str, str]:
        """The code's meaning in Chinese and in English."""
        chinese, _, rest = self.message.partition(" / ")
        return CODES.get(self.code, (chinese, rest.partition(": ")[0] or chinese))

    @property
    def detail(self) -> str:
        """What the message says beyond the meaning of its code."""
        meant, told = self.meaning, of_both(self.message)
        if all(text.startswith(f"{meaning}: ") for text, meaning in zip(told, meant, strict=True)):
            return str(Words(*(text[len(meaning) + 2 :] for text, meaning in zip(told, meant, strict=True))))
        return self.message.removeprefix(" / ".join(meant)).removeprefix(": ")

    @property
    def remedy(self) -> tuple[str, str]:
        """What the provider is to do, in Chinese and in English."""
        advice, _, advised = self.advice.partition(" / ")
        return REMEDIES.get(self.code, (advice, advised))


def message(code: str, detail: str | Words = "", own: OwnCodes = _NONE_OWN) -> str:
    """``中文 / English: detail`` of a code, which may be one of a domain's ``own``; a detail in two languages
    stands with each."""
    chinese, english = own[code][:2] if code in own else CODES[code]
    if isinstance(detail, Words):
        return f"{chinese}: {detail.chinese} / {english}: {detail.english}"
    return f"{chinese} / {english}" + (f": {detail}" if detail else "")


def advice(code: str, own: OwnCodes) -> str:
    """``中文 / English``: what to do about one of a domain's ``own`` codes; empty for all others."""
    return f"{own[code].advice} / {own[code].advised}" if code in own else ""


def shown(cell: Cell) -> str:
    """A raw cell as short text for a report: numbers as Excel keeps them (15 digits), percents as it shows them, long
    texts cut at 200."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        digits = format(cell, ".15g")
        if isinstance(cell, FormattedNumber) and shown_by(cell, cell.number_format).percent:
            places = _PLACES.search(cell.number_format)
            return f"{Decimal(digits).scaleb(2):.{len(places[1]) if places else 0}f}%"
        # As Excel shows it in a wide column: 1234567890123460, not 1.23456789012346e+15.
        return format(Decimal(digits), "f") if abs(cell) < _WRITTEN_OUT else digits
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ")
    text = str(cell)
    return text if len(text) <= 200 else text[:199] + "…"
