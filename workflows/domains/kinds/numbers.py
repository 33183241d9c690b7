"""Numbers: fixed-point decimal text of exactly the column's scale (pure).

Percent and units come from the cell, else from the header, never from the magnitude.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any, NamedTuple

from workflows.domains.findings import Problem
from workflows.domains.kinds.kind import Cleaned, OneColumn
from workflows.sources.cells import Cell, ErrorCell, FormattedNumber, squeezed

# Powers of ten that a header's unit stands for; None where the header names none.
_UNIT_POWERS: dict[str | None, int] = {None: 0, "%": -2, "元": 0, "万": 4, "万元": 4, "亿": 8, "亿元": 8}
_RATE_UNITS = frozenset({None, "%"})
_AMOUNT_UNITS = frozenset(_UNIT_POWERS) - {"%"}

# What providers write where there is no number.
_BLANKS = frozenset(
    {"", "-", "--", "---", "—", "——", "–", "/", "\\", "无", "暂无", "不适用", "N/A", "NA", "NONE", "NULL"}
)

_NUMBER = re.compile(
    r"(?P<open>\()?(?P<sign>[+-])?(?P<currency>[¥$€£])?(?P<inner>[+-])?"
    r"(?P<digits>(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d*)?|\.\d+)(?P<exponent>E[+-]?\d{1,3})?"
    r"(?:(?P<unit>万亿|万|亿)元?|(?P<yuan>元))?(?P<percent>%)?(?P<close>\))?"
)
_TEXT_POWERS = {"元": 0, "万": 4, "亿": 8, "万亿": 12}
# NFKC leaves the minus signs alone; providers' spreadsheets hold several.
_MINUS = str.maketrans({"−": "-", "‐": "-", "‑": "-", "‒": "-"})
_EXACT = Context(prec=60)
# Half a unit of the 15th significant digit stays below .001 of the last kept digit up to here.
_FAST_LIMIT = 1e12


class ParsedNumber(NamedTuple):
    """A number as the cell says it, times ten to the ``power`` of its own unit or else of its header's."""

    number: Decimal
    power: int


@dataclass(frozen=True, slots=True)
class NumberColumn(OneColumn):
    """A decimal of ``precision`` digits, ``scale`` of them after the point.

    A ``rate`` may carry a percent sign (in the cell, its number format or the header); an amount may carry 万 or
    亿 (in the cell or the header). ``additive`` columns are summed against totals rows.
    """

    headers: tuple[str, ...]
    precision: int
    scale: int
    rate: bool = False
    additive: bool = False

    @property
    def units(self) -> Collection[str | None]:
        """Percent or money."""
        return _RATE_UNITS if self.rate else _AMOUNT_UNITS

    @property
    def sql_type(self) -> str:
        """``numeric`` of the declared precision and scale."""
        return f"numeric({self.precision},{self.scale})"

    def clean_cells(self, cells: Sequence[Cell], unit: str | None) -> Cleaned:
        """Each cell as fixed-point text: scaled by its unit, rounded half up, never ``-0``.

        A float is taken as the 15 significant digits that Excel keeps. The formatted float is that same text unless
        the digits to be cut lie near a tie; those, and everything that is not a plain float, go the exact way.
        """
        texts = _formatted(cells, self.scale, _UNIT_POWERS[unit])
        problems: list[Problem] = []
        for index in [index for index, text in enumerate(texts) if text is None]:
            parsed = parse_number(cells[index], self, unit)
            if isinstance(parsed, ParsedNumber):
                texts[index] = fixed_point(*parsed, self.scale)
            elif parsed is not None:
                problems.append(Problem(index, parsed))
        return Cleaned(texts, problems)

    def amount(self, cell: Cell, unit: str | None) -> Decimal | None:
        """What the cell says, before it is rounded to the column's scale or refused by its bounds."""
        parsed = parse_number(cell, self, unit)
        if not isinstance(parsed, ParsedNumber) or not parsed.number.is_finite():
            return None
        return parsed.number.scaleb(parsed.power, context=_EXACT)


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


def fixed_point(number: Decimal, power: int, scale: int) -> str:
    """``number`` times ten to the ``power``, rounded half up to ``scale`` digits, as plain digits."""
    scaled = number.scaleb(power, context=_EXACT)
    # Beyond 40 digits no column can hold the value, and the bounds will say so.
    if scaled.is_finite() and scaled.adjusted() < 40:
        scaled = scaled.quantize(Decimal(1).scaleb(-scale), rounding=ROUND_HALF_UP, context=_EXACT)
    return format(scaled if scaled else abs(scaled), "f")


def parse_number(cell: Cell, column: NumberColumn, unit: str | None = None) -> ParsedNumber | str | None:
    """A cell under a header of ``unit`` as a number; None for a blank; the reject code where it is neither."""
    if cell is None:
        return None
    if isinstance(cell, str):
        return parse_number_text(cell, column, unit)
    if isinstance(cell, ErrorCell):
        return "error_cell"
    if isinstance(cell, bool) or not isinstance(cell, (int, float)):
        return "not_a_number"
    # A percent format shows the stored fraction; the header's (%) must not divide it again.
    as_stored = column.rate and isinstance(cell, FormattedNumber) and cell.shows_percent
    # Excel shows 15 significant digits of a double.
    digits = Decimal(format(cell, ".15g") if isinstance(cell, float) else cell)
    return ParsedNumber(digits, 0 if as_stored else _UNIT_POWERS[unit])


def parse_number_text(text: str, column: NumberColumn, unit: str | None = None) -> ParsedNumber | str | None:
    """``(1,234.56)``, ``1.2亿``, ``5.12%``, ``¥300万元``, full-width digits …; None for the usual blanks.

    A cell's own unit (元 too) wins over the header's. A currency sign alone under a header of 万元 could mean
    either, and is the reject ``ambiguous_unit``.
    """
    plain = squeezed(text).translate(_MINUS).upper().lstrip("'")
    if plain in _BLANKS:
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
    if match["currency"] and not own and _UNIT_POWERS[unit] > 0:
        return "ambiguous_unit"
    power = -2 if match["percent"] else _TEXT_POWERS[own] if own else _UNIT_POWERS[unit]
    return ParsedNumber(number, power)
