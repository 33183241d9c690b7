"""Codes that are shown otherwise than they are stored, or that may have lost their zeros (pure)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from workflows.domains.findings import Problem
from workflows.sources.cells import Cell, FormattedNumber

_EXPONENT = re.compile(r"(?:0|#)+(?:\.(?P<places>[0#]+))?E[+-]", re.IGNORECASE)
_SCIENTIFIC_TEXT = re.compile(r"\d(?:\.\d+)?E\+\d{1,3}")


def code_doubts(cells: Sequence[Cell], codes: Sequence[str | None], odd: Sequence[int]) -> list[Problem]:
    """Cautions on a column's ``cells`` and the ``codes`` that they are; ``odd`` are the rows of those not kept as text.

    A number may be one of the texts without its zeros: then both say so, each naming the other. Empty where all cells
    are texts, or all numbers.
    """
    numbers = {index: code for index in odd if (code := codes[index]) and _is_number(cells[index])}
    found = {index: doubt for index, code in numbers.items() if (doubt := _shown(index, cells[index], code))}
    found |= {index: doubt for index in odd if (doubt := _looks_shortened(index, codes[index], cells[index]))}
    if numbers and len(numbers) < len(cells):
        found |= {doubt.row_index: doubt for doubt in _beside_texts(cells, codes, numbers)}
    return [found[index] for index in sorted(found)]


def _is_number(cell: Cell) -> bool:
    return isinstance(cell, (int, float)) and not isinstance(cell, bool)


def _shown(index: int, cell: Cell, code: str) -> Problem | None:
    match = _EXPONENT.search(cell.number_format) if isinstance(cell, FormattedNumber) else None
    if match is None or not isinstance(cell, float):
        return None
    return Problem(index, "code_shown_otherwise", f"{cell:.{len(match['places'] or '')}E} / {code}")


def _looks_shortened(index: int, code: str | None, cell: Cell) -> Problem | None:
    """A text such as 1E+05 was a longer number once."""
    if code and isinstance(cell, str) and _SCIENTIFIC_TEXT.fullmatch(code):
        return Problem(index, "code_shown_otherwise", f"{code} / {float(code):.0f}")
    return None


def _beside_texts(cells: Sequence[Cell], codes: Sequence[str | None], numbers: dict[int, str]) -> Iterator[Problem]:
    texts = {index: code for index, code in enumerate(codes) if code and isinstance(cells[index], str)}
    by_value: dict[float, list[int]] = {}
    for index, code in texts.items():
        if code.isascii() and (code.isdigit() or _SCIENTIFIC_TEXT.fullmatch(code)):
            by_value.setdefault(float(code), []).append(index)
    padded = [index for index, code in texts.items() if code.startswith("0") and code.isascii() and code.isdigit()]
    longest = max(padded, key=lambda index: len(texts[index]), default=None)
    for index, code in numbers.items():
        others = [other for other in by_value.get(float(code), ()) if texts[other] != code] if code.isdigit() else []
        if others:
            yield Problem(index, "code_spelled_twice", f"{code} / {texts[others[0]]}", beside=others[0])
            yield from (
                Problem(other, "code_spelled_twice", f"{texts[other]} / {code}", beside=index) for other in others
            )
        elif longest is not None and code.isdigit() and len(code) < len(texts[longest]):
            yield Problem(index, "code_zeros_lost", f"{code} / {texts[longest]}", beside=longest)
