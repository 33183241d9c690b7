"""Number cells -> fixed-point decimal text of exactly the column's scale (pure).

Percent and units come from the cell, else from the header, never from the magnitude.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime, time, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any, NamedTuple

from workflows.domains.fields import NumberColumn
from workflows.domains.findings import Problem
from workflows.sources.cells import Cell, ErrorCell, FormattedNumber

# Powers of ten that a header's unit stands for; None where the header names none.
UNIT_POWERS: dict[str | None, int] = {None: 0, "%": -2, "元": 0, "万": 4, "万元": 4, "亿": 8, "亿元": 8}
RATE_UNITS = frozenset({None, "%"})
AMOUNT_UNITS = frozenset(UNIT_POWERS) - {"%"}

# What providers write where there is no number.
BLANKS = frozenset(
    {"", "-", "--", "---", "—", "——", "–", "/", "\\", "无", "暂无", "不适用", "N/A", "NA", "NONE", "NULL"}
)

_NUMBER = re.compile(
    r"(?P<open>\()?(?P<sign>[+-])?(?P<currency>[¥$€£])?(?P<inner>[+-])?"
    r"(?P<digits>(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d*)?|\.\d+)(?P<exponent>E[+-]?\d{1,3})?"
    r"(?:(?P<unit>万亿|万|亿)元?|(?P<yuan>元))?(?P<percent>%)?(?P<close>\))?"
)
_TEXT_POWERS = {"元": 0, "万": 4, "亿": 8, "万亿": 12}
_INVISIBLE = re.compile("[\u200b-\u200f\u2060\ufeff\u202a-\u202e\\s]+")
# NFKC leaves the minus signs alone; providers' spreadsheets hold several.
_MINUS = str.maketrans({"−": "-", "‐": "-", "‑": "-", "‒": "-"})
_EXACT = Context(prec=60)
# Half a unit of the 15th significant digit stays below .001 of the last kept digit up to here.
_FAST_LIMIT = 1e12


class ParsedNumber(NamedTuple):
    """A number as the cell says it; ``power`` is the cell's own power of ten, None when it names none."""

    number: Decimal
    power: int | None


class Numbers(NamedTuple):
    """Fixed-point texts (None for blanks and for problems) and what is wrong with the others."""

    texts: list[str | None]
    problems: list[Problem]


def clean_numbers(cells: Sequence[Cell], column: NumberColumn, unit: str | None) -> Numbers:
    """Each cell as fixed-point text: scaled by its unit, rounded half up, never ``-0``.

    A float is taken as the 15 significant digits that Excel keeps. The formatted float is that same text unless
    the digits to be cut lie near a tie; those, and everything that is not a plain float, go the exact way.
    """
    power = UNIT_POWERS[unit]
    texts = _formatted(cells, column.scale, power)
    problems: list[Problem] = []
    for index in [index for index, text in enumerate(texts) if text is None]:
        parsed = parse_number(cells[index], column, unit)
        if isinstance(parsed, ParsedNumber):
            own = power if parsed.power is None else parsed.power
            texts[index] = fixed_point(parsed.number, own, column.scale)
        elif parsed is not None:
            problems.append(Problem(index, parsed))
    return Numbers(texts, problems)


def _formatted(cells: Sequence[Cell], scale: int, power: int) -> list[str | None]:
    """The texts of those floats whose formatting is exact; None for all other cells."""
    template, factor = f"%.{scale}f", float(10**scale)
    zero, ten = template % 0, float(10 ** abs(power))
    values: Sequence[Any] = cells
    if power > 0:
        values = [cell * ten if type(cell) is float else cell for cell in cells]
    elif power < 0:
        values = [cell / ten if type(cell) is float else cell for cell in cells]
    elif FormattedNumber in set(map(type, cells)):
        # Without a power to apply, a percent format or shown zeros change nothing.
        values = [float(cell) if type(cell) is FormattedNumber else cell for cell in cells]
    return [
        (template % value if scaled > 0.5 else zero)
        if type(value) is float and (scaled := abs(value) * factor) < _FAST_LIMIT and not 0.499 < scaled % 1.0 < 0.501
        else None
        for value in values
    ]


def float_digits(value: float) -> Decimal:
    """The decimal that Excel shows for a stored double: its 15 significant digits."""
    return Decimal(format(value, ".15g"))


def fixed_point(number: Decimal, power: int, scale: int) -> str:
    """``number`` times ten to the ``power``, rounded half up to ``scale`` digits, as plain digits."""
    scaled = number.scaleb(power, context=_EXACT)
    # Beyond 40 digits no column can hold the value, and the bounds will say so.
    if scaled.is_finite() and scaled.adjusted() < 40:
        scaled = scaled.quantize(Decimal(1).scaleb(-scale), rounding=ROUND_HALF_UP, context=_EXACT)
    return format(scaled if scaled else abs(scaled), "f")


def parse_number(cell: Cell, column: NumberColumn, unit: str | None = None) -> ParsedNumber | str | None:
    """A cell under a header of ``unit`` as a number; None for a blank; the reject code where it is neither."""
    if isinstance(cell, ErrorCell):
        return "error_cell"
    if isinstance(cell, FormattedNumber):
        # A percent format shows the stored fraction; the header's (%) must not divide it again.
        return ParsedNumber(float_digits(cell), 0 if column.rate and cell.shows_percent else None)
    if isinstance(cell, (bool, datetime, time, timedelta)) or cell is None:
        return None if cell is None else "not_a_number"
    if isinstance(cell, (int, float)):
        return ParsedNumber(float_digits(cell) if isinstance(cell, float) else Decimal(cell), None)
    return parse_number_text(cell, column, unit)


def parse_number_text(text: str, column: NumberColumn, unit: str | None = None) -> ParsedNumber | str | None:
    """``(1,234.56)``, ``1.2亿``, ``5.12%``, ``¥300万元``, full-width digits …; None for the usual blanks.

    A cell's own unit (元 too) wins over the header's. A currency sign alone under a header of 万元 could mean
    either, and is the reject ``ambiguous_unit``.
    """
    plain = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).translate(_MINUS).upper().lstrip("'")
    if plain in BLANKS:
        return None
    match = _NUMBER.fullmatch(plain)
    if match is None or bool(match["open"]) != bool(match["close"]) or (match["sign"] and match["inner"]):
        return "not_a_number"
    if (column.rate and (match["unit"] or match["yuan"])) or (not column.rate and match["percent"]):
        return "not_a_number"
    number = Decimal(match["digits"].replace(",", "") + (match["exponent"] or ""))
    if match["open"] or "-" in (match["sign"], match["inner"]):
        number = -number
    own = match["unit"] or match["yuan"]
    if match["currency"] and not own and UNIT_POWERS[unit] > 0:
        return "ambiguous_unit"
    power = -2 if match["percent"] else _TEXT_POWERS[own] if own else None
    return ParsedNumber(number, power)
