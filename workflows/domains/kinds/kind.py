"""What every kind of column answers; whatever tells one kind from another stands in its class (pure)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from types import NoneType
from typing import Any, NamedTuple

from workflows.domains.findings import Problem, shown
from workflows.domains.touches import Rule, Touch
from workflows.sources.cells import Cell


@dataclass(frozen=True, slots=True)
class Given:
    """A field's raw cells over ``count`` rows: a column for each role that a header names, in the order of roles.

    ``unit`` is what the column is read in, ``row_units`` the same of each row where a column of units says it;
    ``file_month`` is the month of a sheet that need not name one, ``period`` the file's, where it is known.
    """

    by_role: Mapping[str, Sequence[Cell]]
    unit: str | None
    count: int
    file_month: date | None = None
    row_units: Sequence[str | None] | None = None
    period: date | None = None


class Cleaned(NamedTuple):
    """A value per row in a list of its own (None for a blank and for a problem), and what is wrong with which rows.

    ``cautions`` are odd and loaded all the same; ``touches`` are cells that mean another value than they say.
    """

    values: list[Any]
    problems: list[Problem]
    cautions: Sequence[Problem] = ()
    touches: Sequence[Touch] = ()


class Reading(NamedTuple):
    """One cell as a value (None for a blank), or the ``code`` of what is wrong with it.

    With a value the code is a caution. ``rule`` is what made the value another than the cell says.
    """

    value: Any = None
    code: str = ""
    detail: str = ""
    rule: Rule | None = None


BLANK = Reading()


class Kind(ABC):
    """A kind of column. Whether a blank, or no column at all, is allowed says the type of its field: ``... | None``."""

    __slots__ = ()

    identifies = False
    """Whether a row that holds a valid value here is neither blank nor a totals row."""

    takes_any_text = False
    """Whether any text is a valid value, so that one tells nothing of its row."""

    @property
    @abstractmethod
    def sql_type(self) -> str:
        """The PostgreSQL type of the column, as PostgreSQL writes it."""

    @property
    def units(self) -> Collection[str | None]:
        """The units that a header may carry; None is none."""
        return (None,)

    def hears(self, _unit: str) -> bool:
        """Whether a unit that is stated for many columns is meant for such a one, be it one of ``units`` or not."""
        return False

    @property
    def default(self) -> Any:
        """What a blank becomes, and every row of a sheet without such a column; None leaves it empty."""
        return None

    @property
    def value_unit(self) -> str:
        """What the column's values are in, for people; empty where there is nothing to say."""
        return ""

    def with_unit(self, value: object) -> str:
        """One of the column's values as people read it: ``605253880.00(元)``."""
        return f"{value}({self.value_unit})" if self.value_unit else str(value)

    @property
    def additive(self) -> bool:
        """Whether the column's sum means something; ``amount`` and ``scale`` are asked only then."""
        return False

    @property
    def scale(self) -> int:
        """How many digits after the point are kept."""
        return 0

    @abstractmethod
    def roles(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Each source column by role, the most telling last, with the headers that name it."""

    def known_as(self) -> str:
        """The headers, as a message names them."""
        return " or ".join(header for _role, headers in self.roles() for header in headers)

    def is_fed(self, roles: Collection[str], _file_month: date | None) -> bool:
        """Whether the columns that a sheet has, or the file's month, are enough to make values of."""
        return bool(roles)

    @abstractmethod
    def clean(self, given: Given) -> Cleaned:
        """The cells as values that the field's type can validate."""

    def jsonable(self, values: Sequence[Any]) -> Sequence[Any]:
        """Valid values as the document keeps them."""
        return values

    def amount(self, _cell: Cell, _unit: str | None) -> Decimal | None:
        """What one cell adds to the column's sum, exactly; None where that cannot be told."""
        return None


class OneColumn(Kind):
    """A kind that one column feeds, named by ``headers``."""

    __slots__ = ()

    headers: tuple[str, ...]

    def roles(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """The one source column."""
        yield ("value", self.headers)

    def clean(self, given: Given) -> Cleaned:
        """Where no column feeds the field all its cells are blank."""
        return self.clean_cells(given.by_role.get("value", [None] * given.count), given.unit)

    @abstractmethod
    def clean_cells(self, cells: Sequence[Cell], unit: str | None) -> Cleaned:
        """Each cell as a value, under a header of ``unit``."""


class EachCell(OneColumn):
    """A kind that reads each cell by itself; a text that stands in many rows is read once."""

    __slots__ = ()

    @abstractmethod
    def read(self, cell: Cell) -> Reading:
        """What one cell that is not None says."""

    def clean_cells(self, cells: Sequence[Cell], _unit: str | None) -> Cleaned:
        """Each cell as it reads."""
        texts: dict[Cell, Reading] = {cell: self.read(cell) for cell in set(cells) if type(cell) is str}
        texts[None] = BLANK
        # Numbers that are equal may be shown differently, and True equals 1.
        found = [texts[cell] if cell is None or type(cell) is str else self.read(cell) for cell in cells]
        return _cleaned(cells, found, texts.values())


def _cleaned(cells: Sequence[Cell], found: Sequence[Reading], texts: Collection[Reading]) -> Cleaned:
    problems: list[Problem] = []
    cautions: list[Problem] = []
    touches: list[Touch] = []
    if not set(map(type, cells)) <= {str, NoneType} or any(reading.code or reading.rule for reading in texts):
        for index, (value, code, detail, rule) in enumerate(found):
            if code:
                (problems if value is None else cautions).append(Problem(index, code, detail))
            if rule is not None:
                touches.append(Touch(index, rule, shown(cells[index])))
    return Cleaned([reading.value for reading in found], problems, cautions, touches)
