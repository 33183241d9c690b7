"""The kinds of column that domains are made of, and the pydantic types behind them (pure).

A record model declares each business field as ``Annotated[type, kind]``: the type says what is valid, the kind
says which headers feed it, how cells are cleaned and which PostgreSQL type keeps it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import Field, StringConstraints


@dataclass(frozen=True, slots=True)
class MonthColumn:
    """A first-of-month date, from one ``period`` column or from ``year`` and ``month``."""

    year: tuple[str, ...] = ()
    month: tuple[str, ...] = ()
    period: tuple[str, ...] = ()

    sql_type = "date"

    def roles(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Each source column by role, with the headers that name it."""
        yield from (("year", self.year), ("month", self.month), ("period", self.period))


@dataclass(frozen=True, slots=True)
class CodeColumn:
    """An identifying text such as a plan code, ``max_length`` characters at most."""

    headers: tuple[str, ...]
    max_length: int

    @property
    def sql_type(self) -> str:
        """``varchar`` of the declared length."""
        return f"varchar({self.max_length})"

    def roles(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """The one source column."""
        yield ("value", self.headers)


@dataclass(frozen=True, slots=True)
class NumberColumn:
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
    def sql_type(self) -> str:
        """``numeric`` of the declared precision and scale."""
        return f"numeric({self.precision},{self.scale})"

    def roles(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """The one source column."""
        yield ("value", self.headers)


Kind = MonthColumn | CodeColumn | NumberColumn

ReportMonth = date
PlanCode = Annotated[str, StringConstraints(min_length=1, max_length=50)]
CompanyCode = Annotated[str, StringConstraints(min_length=1, max_length=20)]
# Constraints stand inside Optional: outside it pydantic falls back to Python and takes twice as long. Bounds rather
# than max_digits and decimal_places: cleaning has cut each number to its column's scale already, so that a bound says
# the same, and counting digits takes a tenth of the time of reading and validating.
Rate = Annotated[Decimal, Field(ge=-1, le=10)]
Money = Annotated[Decimal, Field(ge=0, lt=10**16)]
UnitPrice = Annotated[Decimal, Field(gt=0, lt=10**14)]
