"""Numbers: fixed-point decimal text of exactly the column's scale (pure).

Percent and units come from the cell or its number format, else from what the sheet states, never from the magnitude.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any, NamedTuple

from workflows.domains.findings import Problem
from workflows.domains.kinds.kind import Cleaned, Given, OneColumn
from workflows.sources.cells import Cell, ErrorCell, FormattedNumber, MergedNumber, squeezed
from workflows.sources.shown import PLAIN, Shown, sections_of, shown_by
from workflows.sources.units import MONEY_POWERS, PERCENT, is_rate

# Powers of ten that a column's unit stands for; None where nothing states one.
_UNIT_POWERS: dict[str | None, int] = {None: 0, PERCENT: -2} | dict(MONEY_POWERS.items())
_RATE_UNITS: tuple[str | None, ...] = (None, PERCENT)
_AMOUNT_UNITS: tuple[str | None, ...] = (None, *MONEY_POWERS)

# What providers write where there is no number.
BLANKS = frozenset(
    {"", "-", "--", "---", "—", "——", "–", "/", "\\", "无", "暂无", "不适用", "N/A", "NA", "NONE", "NULL"}
)

_NUMBER = re.compile(
    r"(?P<open>\()?(?P<sign>[+-])?(?P<currency>[¥$€£])?(?P<inner>[+-])?"
    r"(?P<digits>(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d*)?|\.\d+)(?P<exponent>E[+-]?\d{1,3})?"
    r"(?P<unit>(?:万亿|百万|千万|[千万亿])元?|元)?(?P<percent>%)?(?P<close>\))?"
)
_OTHER_CURRENCIES = frozenset("$€£")
# NFKC leaves the minus signs alone; providers' spreadsheets hold several.
_MINUS = str.maketrans({"−": "-", "‐": "-", "‑": "-", "‒": "-"})
_EXACT = Context(prec=60)
_PERCENT_OF_FRACTION = Shown(percent=True)
# Half a unit of the 15th significant digit stays below .001 of the last kept digit up to here.
_FAST_LIMIT = 1e12
_FIFTEEN_DIGITS = 1e15


class ParsedNumber(NamedTuple):
    """A number as the cell says it, times ten to the ``power`` of its own unit or else of its header's."""

    number: Decimal
    power: int


@dataclass(frozen=True, slots=True)
class NumberColumn(OneColumn):
    """A decimal of ``precision`` digits, ``scale`` of them after the point.

    A ``rate`` may carry a percent sign, an amount 万 or 亿: in the cell, its number format, the header, or wherever the
    sheet states its units. ``additive`` columns are summed against totals rows. A price ``per_unit`` of a fund is in
    yuan unless its own column says otherwise: what a title says of amounts is not said of it.
    An amount may be ``kept_in`` another unit than 元: where the sheet states a unit it is converted exactly, and where
    nothing does the numbers are in that unit already. A ``blank`` is what a blank cell, or none at all, stands for.
    """

    headers: tuple[str, ...]
    precision: int
    scale: int
    rate: bool = False
    additive: bool = False
    per_unit: bool = False
    kept_in: str | None = None
    blank: int | None = None

    @property
    def default(self) -> str | None:
        """The ``blank`` as fixed-point text."""
        return None if self.blank is None else fixed_point(Decimal(self.blank), 0, self.scale)

    @property
    def value_unit(self) -> str:
        """Rates are kept as fractions, amounts in 元 unless another unit is said."""
        return "小数" if self.rate else self.kept_in or "元"

    def power_of(self, unit: str | None) -> int:
        """The power of ten that a number in ``unit`` is to be taken times; without a unit it is as the column is."""
        return 0 if unit is None else _UNIT_POWERS[unit] - _UNIT_POWERS[self.kept_in]

    @property
    def units(self) -> Collection[str | None]:
        """Percent or money."""
        return _RATE_UNITS if self.rate else _AMOUNT_UNITS

    def hears(self, unit: str) -> bool:
        """Percents are meant for rates, all else for amounts; prices only hear of another currency."""
        return is_rate(unit) == self.rate and not (self.per_unit and _UNIT_POWERS.get(unit, 0))

    @property
    def sql_type(self) -> str:
        """``numeric`` of the declared precision and scale."""
        return f"numeric({self.precision},{self.scale})"

    def clean(self, given: Given) -> Cleaned:
        """The column as a whole, or the rows of each unit for themselves where the rows say theirs."""
        if given.row_units is None:
            return OneColumn.clean(self, given)
        rows: dict[str | None, list[int]] = {}
        for index, unit in enumerate(given.row_units):
            rows.setdefault(unit, []).append(index)
        values: list[Any] = [None] * given.count
        problems: list[Problem] = []
        for unit, indexes in rows.items():
            found = self.clean_cells([given.by_role["value"][index] for index in indexes], unit)
            for index, value in zip(indexes, found.values, strict=True):
                values[index] = value
            problems += [problem._replace(row_index=indexes[problem.row_index]) for problem in found.problems]
        return Cleaned(values, sorted(problems))

    def clean_cells(self, cells: Sequence[Cell], unit: str | None) -> Cleaned:
        """Each cell as fixed-point text: scaled by its unit, rounded half up, never ``-0``.

        A float is taken as the 15 significant digits that Excel keeps. The formatted float is that same text unless
        the digits to be cut lie near a tie; those, and everything that is not a plain float, go the exact way.
        """
        texts: list[str | None] = [None] * len(cells)
        if unit in self.units:
            texts = _formatted(cells, self, self.power_of(unit))
        problems: list[Problem] = []
        for index in [index for index, text in enumerate(texts) if text is None and cells[index] is not None]:
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


def _formatted(cells: Sequence[Cell], column: NumberColumn, power: int) -> list[str | None]:
    """The texts of those floats whose formatting is exact; None for all other cells."""
    template, factor = f"%.{column.scale}f", float(10**column.scale)
    zero, ten = template % 0, float(10 ** abs(power))
    values: Sequence[Any] = cells
    if power > 0:
        values = [cell * ten if type(cell) is float else cell for cell in cells]
    elif power < 0:
        values = [cell / ten if type(cell) is float else cell for cell in cells]
    elif FormattedNumber in set(map(type, cells)):
        # Without a power to apply, a percent format of rates or shown zeros change nothing.
        codes = {cell.number_format for cell in cells if isinstance(cell, FormattedNumber)}
        bare = {code for code in codes if _is_as_stored(code, column.rate)}
        if codes == bare:
            values = [float(cell) if type(cell) is FormattedNumber else cell for cell in cells]
        elif bare:
            values = [
                float(cell) if type(cell) is FormattedNumber and cell.number_format in bare else cell for cell in cells
            ]
    texts: list[str | None] = [
        (template % value if scaled > 0.5 else zero)
        if type(value) is float and (scaled := abs(value) * factor) < _FAST_LIMIT and not 0.499 < scaled % 1.0 < 0.501
        else None
        for value in values
    ]
    if power == 0:
        for index in [index for index, text in enumerate(texts) if text is None and type(values[index]) is float]:
            value = values[index]
            # Digits that are read as the same number are all that it has, if they are 15 at most; sums of billions are.
            if abs(value) * factor < _FIFTEEN_DIGITS and float(text := template % value) == value:
                texts[index] = text
    return texts


def _is_as_stored(code: str, rate: bool) -> bool:
    """Whether a number under the format ``code`` means the number that is stored, where no unit is stated."""
    return all(shown in (PLAIN, _PERCENT_OF_FRACTION if rate else PLAIN) for _condition, shown in sections_of(code))


def fixed_point(number: Decimal, power: int, scale: int) -> str:
    """``number`` times ten to the ``power``, rounded half up to ``scale`` digits, as plain digits."""
    scaled = number.scaleb(power, context=_EXACT)
    # Beyond 40 digits no column can hold the value, and the bounds will say so.
    if scaled.is_finite() and scaled.adjusted() < 40:
        scaled = scaled.quantize(Decimal(1).scaleb(-scale), rounding=ROUND_HALF_UP, context=_EXACT)
    return format(scaled if scaled else abs(scaled), "f")


def parse_number(cell: Cell, column: NumberColumn, unit: str | None = None) -> ParsedNumber | str | None:
    """A cell of a column in ``unit`` as a number; None for a blank; the reject code where it is neither."""
    if cell is None:
        return None
    if isinstance(cell, str):
        return parse_number_text(cell, column, unit)
    if isinstance(cell, ErrorCell):
        return "error_cell"
    if isinstance(cell, bool) or not isinstance(cell, (int, float)):
        return "not_a_number"
    if isinstance(cell, MergedNumber) and column.additive:
        return "merged_amount"
    # Excel shows 15 significant digits of a double.
    digits = Decimal(format(cell, ".15g") if isinstance(cell, float) else cell)
    if unit not in column.units:
        return "unit_mismatch"
    if not isinstance(cell, FormattedNumber):
        return ParsedNumber(digits, column.power_of(unit))
    power = _power_shown(shown_by(cell, cell.number_format), column, unit)
    return power if isinstance(power, str) else ParsedNumber(digits, power)


def _power_shown(shown: Shown, column: NumberColumn, unit: str | None) -> int | str:
    """The power of ten that a stored number is to be taken times, as its format shows it; else the reject code.

    The format's own unit wins over the column's. A number that is shown divided by thousands, while nothing says in
    which unit, could mean either.
    """
    if shown.currency:
        return "other_currency"
    if shown.percent or shown.unit:
        own = PERCENT if shown.percent else shown.unit
        if own not in column.units:
            return "unit_mismatch"
        # A real percent sign shows the stored fraction; a stated % must not divide it again.
        return 0 if shown.percent else column.power_of(own) - shown.scaled
    if shown.scaled and unit is None:
        return "ambiguous_unit"
    return column.power_of(unit) - shown.scaled


def parse_number_text(text: str, column: NumberColumn, unit: str | None = None) -> ParsedNumber | str | None:
    """``(1,234.56)``, ``1.2亿``, ``5.12%``, ``¥300万元``, full-width digits …; None for the usual blanks.

    A cell's own unit (元 too) wins over the column's. A currency sign alone in a column of 万元 could mean
    either, and is the reject ``ambiguous_unit``.
    """
    plain = squeezed(text).translate(_MINUS).upper().lstrip("'")
    if plain in BLANKS:
        return None
    match = _NUMBER.fullmatch(plain)
    if match is None or bool(match["open"]) != bool(match["close"]) or (match["sign"] and match["inner"]):
        return "not_a_number"
    if match["currency"] in _OTHER_CURRENCIES:
        return "other_currency"
    if (column.rate and match["unit"]) or (not column.rate and match["percent"]):
        return "not_a_number"
    number = Decimal(match["digits"].replace(",", "") + (match["exponent"] or ""))
    if match["open"] or "-" in (match["sign"], match["inner"]):
        number = -number
    own = PERCENT if match["percent"] else match["unit"] and match["unit"].removesuffix("元") + "元"
    if own:
        return ParsedNumber(number, column.power_of(own))
    if unit not in column.units:
        return "unit_mismatch"
    if match["currency"] and _UNIT_POWERS[unit or column.kept_in] > 0:
        return "ambiguous_unit"
    return ParsedNumber(number, column.power_of(unit))
