"""What a cell can hold, whichever engine read it, and where it stands (pure).

Every number is a float, as in the file format; every date is a ``datetime``. A number whose format matters
(a percent, or zeros that the format shows) is a ``FormattedNumber``, which still is a float.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from enum import IntEnum
from typing import TypeAlias

from workflows.errors import Words


@dataclass(frozen=True, slots=True)
class ErrorCell:
    """An Excel error such as ``#N/A`` or ``#DIV/0!``; never a blank, never text. ``code`` as Excel shows it."""

    code: str

    def __str__(self) -> str:
        return self.code


UNCACHED = ErrorCell("#UNCACHED")
"""A formula whose value was never computed: the file was written by a program and not opened in Excel since."""


class FormattedNumber(float):
    """A number and the number format of its cell, as written in the workbook (``0.00%``, ``000000``)."""

    __slots__ = ("number_format",)
    number_format: str

    def __new__(cls, value: float, number_format: str) -> FormattedNumber:
        """``value`` as stored (0.05 for a cell that shows 5 %)."""
        number = super().__new__(cls, value)
        number.number_format = number_format
        return number


class MergedNumber(FormattedNumber):
    """A number in a cell that is merged over several rows which hold something: each of them holds this."""

    __slots__ = ()


_INVISIBLE = re.compile("[\\s\u200b-\u200f\u2060\ufeff\u202a-\u202e]+")

Cell: TypeAlias = "str | float | bool | datetime | time | timedelta | ErrorCell | None"


@dataclass(frozen=True, slots=True)
class Header:
    """One column of the header.

    ``index`` counts from 0 at column A; ``letter`` is Excel's; ``text`` as in the file; ``name`` normalised
    and without its unit; ``unit`` in one spelling (``%``, ``元``, ``万元``, ``亿元``) or None. ``row`` is the Excel
    number of the cell that holds the name; ``groups`` are the headings above it, normalised, the nearest first.
    """

    index: int
    letter: str
    text: str
    name: str
    unit: str | None = None
    row: int = 1
    groups: tuple[str, ...] = ()
    is_hidden: bool = False

    @property
    def place(self) -> str:
        """Excel's name of the cell that holds the name."""
        return f"{self.letter}{self.row}"


@dataclass(frozen=True, slots=True)
class TitleCell:
    """A cell above the header as text; ``row`` is Excel's number, ``column`` counts from 0."""

    row: int
    column: int
    text: str

    @property
    def place(self) -> str:
        """Excel's name of the cell."""
        return f"{column_letter(self.column)}{self.row}"


class Reach(IntEnum):
    """How far a statement of a unit reaches; the smaller, the nearer to the column."""

    COLUMN = 1
    GROUP = 2
    SHEET = 3


@dataclass(frozen=True, slots=True)
class UnitStatement:
    """A unit that something around the cells states (``sources.units``), and where: ``A2``, or in words.

    ``columns`` are those that it stands above, None for all. ``about`` is the text before it in its clause; it counts
    only for a column of that name where it is ``named``. ``is_exact`` says that it is meant for its column alone.
    """

    unit: str
    place: str
    text: str
    reach: Reach
    columns: range | None = None
    about: str = ""
    named: bool = False
    is_exact: bool = False


Merged: TypeAlias = tuple[int, int, int, int]
"""A merged range as (top, left, bottom, right), all from 0."""


@dataclass(frozen=True, slots=True)
class SheetContent:
    """A sheet as an engine read it: ``rows[i]`` is Excel row ``i + 1``, ``rows[i][j]`` column ``j`` from A.

    Rows may differ in length; trailing blank rows are left off. ``reason`` says why this engine was used.
    ``notes`` are warnings about the file as a whole (for example a misleading ending). ``hidden_rows`` are the
    Excel numbers of rows that the sheet does not show, by a filter or otherwise; ``hidden_columns`` count from 0.
    ``merged`` are the ranges of several rows, and those of the first rows, where titles stand; ``comments`` are by row
    and column from 0. ``totals_rows`` are the Excel numbers of the totals rows of Excel's own tables.
    """

    sheet: str
    engine: str
    reason: str
    rows: Sequence[Sequence[Cell]]
    notes: tuple[str, ...] = ()
    hidden_rows: frozenset[int] = frozenset()
    merged: tuple[Merged, ...] = ()
    comments: Mapping[tuple[int, int], str] = field(default_factory=dict)
    hidden_columns: frozenset[int] = frozenset()
    totals_rows: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class SheetTable:
    """A sheet whose header row was found: ``rows[i]`` is Excel row ``first_row + i``.

    ``rows`` end with the last non-blank row; ``titles`` are the cells above the header, with their places;
    ``header_row`` is the first that holds a name, and ``header_height`` counts the rows from it to the first of data;
    ``units_row`` is Excel's number of a row of units among them, or 0; ``units`` is what is stated around the cells.
    ``doubts`` are (column, message): what refuses the sheet where the column is read, or whichever is (None).
    """

    sheet: str
    engine: str
    reason: str
    header_row: int
    headers: tuple[Header, ...]
    rows: Sequence[Sequence[Cell]]
    titles: tuple[TitleCell, ...] = ()
    notes: tuple[str, ...] = field(default=())
    hidden_rows: frozenset[int] = frozenset()
    header_height: int = 1
    units_row: int = 0
    units: tuple[UnitStatement, ...] = ()
    hidden_columns: frozenset[int] = frozenset()
    doubts: tuple[tuple[int | None, Words], ...] = ()
    totals_rows: frozenset[int] = frozenset()

    @property
    def first_row(self) -> int:
        """The Excel number of ``rows[0]``."""
        return self.header_row + self.header_height

    @property
    def title_texts(self) -> tuple[str, ...]:
        """The texts above the header."""
        return tuple(title.text for title in self.titles)


def squeezed(text: str) -> str:
    """A text as it is compared: NFKC, without any space, line break or invisible character."""
    return _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))


def is_blank(cell: Cell) -> bool:
    """Whether a cell shows nothing: no value, or a text of spaces and invisible characters only."""
    return cell is None or (isinstance(cell, str) and not _INVISIBLE.sub("", cell))


def column_letter(index: int) -> str:
    """Excel's letters of the column ``index``, counted from 0: 0 is A, 26 is AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def column_index(letters: str) -> int:
    """The column, counted from 0, of Excel's letters: A is 0, AA is 26."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1
