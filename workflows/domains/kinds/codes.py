"""Codes: NFKC, trimmed, upper case, separators kept (pure)."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from workflows.domains.findings import Problem, shown
from workflows.domains.kinds.choices import Spellings
from workflows.domains.kinds.code_doubts import code_doubts
from workflows.domains.kinds.kind import Cleaned, OneColumn
from workflows.domains.row_words import is_placeholder, stands_for_all, totals_word
from workflows.domains.touches import CORRECTED, PREFIX_REMOVED, Touch
from workflows.sources.cells import Cell, ErrorCell, FormattedNumber

_INVISIBLE = re.compile("[\u200b-\u200f\u2060\ufeff\u202a-\u202e]")
# What a number format is made of: a quoted text, an escaped character, padding (dropped), any other character.
_TOKENS = re.compile(r'"([^"]*)"|\\(.)|[_*].|(.)')
# What is looked at more closely although all its characters are a code's.
_NO_CODES = r"(?:SUB|GRAND)?TOTAL|(?:ALL|SUM|AVG|AVERAGE|N/A)\Z|\d[.\d]*E\+\d+\Z"
# A double keeps 15 significant decimal digits; Excel fills the rest with zeros.
_EXCEL_DIGITS = 15


@dataclass(frozen=True, slots=True)
class CodeColumn(OneColumn):
    """An identifying text such as a plan code, ``max_length`` characters at most.

    ``corrections`` is a list of codes that are known to be written wrongly; one letter or more ``without`` which the
    table keeps the code are taken off its start. A code of which a number cell has always ``lost_digits`` is refused in
    one. What does not look as the pattern ``usual`` does is loaded with a caution.
    """

    headers: tuple[str, ...]
    max_length: int
    corrections: Spellings | None = None
    without: str = ""
    lost_digits: bool = False
    usual: str = ""

    identifies = True

    @property
    def sql_type(self) -> str:
        """``varchar`` of the declared length."""
        return f"varchar({self.max_length})"

    def clean_cells(self, cells: Sequence[Cell], _unit: str | None) -> Cleaned:
        """Each cell as a code."""
        given = [cell if type(cell) is str else "" for cell in cells]
        texts: list[str | None] = list(given)
        problems: list[Problem] = []
        # Nearly every code is written as it will be kept, which a pattern tells in a third of the time.
        matches = map(_as_kept(self.max_length).fullmatch, given)
        odd = [index for index, match in enumerate(matches) if match is None]
        for index in odd:
            text, problem = self._read(cells[index])
            texts[index] = text
            if problem:
                problems.append(Problem(index, problem[0], "".join(problem[1:])))
        if self.corrections is None and not self.without and not self.usual:
            return Cleaned(texts, problems, code_doubts(cells, texts, odd) if odd else ())
        return self._as_meant(cells, texts, problems, code_doubts(cells, texts, odd))

    def _read(self, cell: Cell) -> tuple[str | None, tuple[str, ...]]:
        if self.lost_digits and isinstance(cell, (int, float)) and not isinstance(cell, bool):
            return None, ("code_digits_lost",)
        return self._checked(cell)

    def _as_meant(
        self, cells: Sequence[Cell], texts: list[str | None], problems: list[Problem], doubts: Sequence[Problem]
    ) -> Cleaned:
        """The codes without their prefix, and those that are known to be wrong as they should be."""
        known = self.corrections.spellings if self.corrections else {}
        usual = re.compile(self.usual or ".*")
        distinct = set(filter(None, texts))
        unusual = {text for text in distinct if usual.fullmatch(text) is None}
        bare = {text: text.removeprefix(self.without) for text in distinct}
        meant = {text: known.get(code, code) for text, code in bare.items()}
        odd = [Problem(i, "unusual_code", text[:60]) for i, text in enumerate(texts) if text in unusual and text]
        # Of several on one cell the last is told, and doubts can block.
        cautions = [*odd, *doubts]
        touches: list[Touch] = []
        changed = {text for text in distinct if meant[text] != text}
        for index in [index for index, text in enumerate(texts) if text in changed]:
            text = str(texts[index])
            if not meant[text]:
                problems.append(Problem(index, "not_a_code"))
            texts[index] = meant[text] or None
            rule = CORRECTED if meant[text] != bare[text] else PREFIX_REMOVED
            touches.append(Touch(index, rule, shown(cells[index])))
        return Cleaned(texts, sorted(problems), cautions, touches)

    def _checked(self, cell: Cell) -> tuple[str | None, tuple[str, ...]]:
        """The code (None for a blank), or None and the problem's code with its detail."""
        text, code = _code_of(cell)
        if code:
            return None, (code,)
        if not text or is_placeholder(text):
            return None, ()
        if totals_word(text) or stands_for_all(text):
            return None, ("totals_word",)
        if len(text) > self.max_length:
            return None, ("code_too_long", f"{len(text)} > {self.max_length}")
        return text, ()


@functools.cache
def _as_kept(max_length: int) -> re.Pattern[str]:
    """A code that cleaning leaves as it is. Few begin or end as what is none does, and only those are looked at."""
    rest = rf"[0-9A-Z_./()#:+-]{{0,{max_length - 1}}}"
    begins = rf"(?:[B-FH-MO-RU-Z]|(?!{_NO_CODES})[0-9A-Z])"
    return re.compile(rf"{begins}{rest}(?<=[0-9A-KM-RT-Z])|{begins}{rest}(?<=[LS])(?<!TOTAL)(?<!TOTALS)")


def _code_of(cell: Cell) -> tuple[str, str]:
    if cell is None:
        return "", ""
    if isinstance(cell, ErrorCell):
        return "", "error_cell"
    if isinstance(cell, (int, float)) and not isinstance(cell, bool):
        return _code_of_number(cell)
    if not isinstance(cell, str):
        return "", "not_a_code"
    text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", cell)).strip().lstrip("'").upper()
    # A line break or control character inside a code is never part of it, and would break line-wise formats.
    return (text, "") if text.isprintable() else ("", "not_a_code")


def _code_of_number(cell: float) -> tuple[str, str]:
    """The digits of a whole number, with the zeros that its number format shows."""
    if not float(cell).is_integer() or cell < 0:
        return "", "not_a_code"
    digits = str(int(cell))
    if len(digits) > _EXCEL_DIGITS:
        return "", "code_digits_lost"
    if isinstance(cell, FormattedNumber):
        digits = _as_shown(digits, cell.number_format)
    return digits, ""


def _as_shown(digits: str, number_format: str) -> str:
    """The digits as a format of zeros and literals shows them: 1234 is ``P001-234`` under ``"P"000-000``.

    Under any other format (a percent, a thousands separator) they stay as they are.
    """
    tokens = [match.groups() for match in _TOKENS.finditer(number_format)]
    zeros = sum(plain == "0" for _quoted, _escaped, plain in tokens)
    if zeros < 2 or any(plain and plain not in "0-/ " for _quoted, _escaped, plain in tokens):
        return digits
    padded = digits.zfill(zeros)
    shown, rest = [], list(padded[len(padded) - zeros :])
    surplus = padded[: len(padded) - zeros]
    for quoted, escaped, plain in tokens:
        if plain == "0":
            shown.append(surplus + rest.pop(0))
            surplus = ""
        else:
            shown.append(quoted or escaped or plain or "")
    return "".join(shown).strip().upper()
