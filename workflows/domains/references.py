"""What a domain's facts refer to: rows of other tables, made of the facts themselves (pure).

A domain declares them; each table, which is named with its schema, gets the rows whose keys are new, before the facts::

    Reference(
        table='mapping."年金计划"',
        key={"年金计划号": "计划代码"},
        columns={
            "计划名称": First("计划名称"),
            "主拓代码": OfLargest("机构代码", by="期末资产规模"),
            "管理资格": Joined("业务类型"),
        },
    )

``key`` and ``columns`` name the table's columns, their values the domain's fields. Domains that refer to one table may
fill different columns of it: those that their own facts know nothing of are ``unknown``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class First:
    """The field's first value that is not empty, in the order of the records. ``steady``: every batch would say it."""

    field: str
    steady: bool = True


@dataclass(frozen=True, slots=True)
class OfLargest:
    """The field's value in the row where the number ``by`` is largest; of equal ones the first.

    Rows whose field is empty say nothing. Where no row has a number, the first value stands.
    """

    field: str
    by: str


@dataclass(frozen=True, slots=True)
class Joined:
    """The field's distinct values, sorted, with ``between`` them."""

    field: str
    between: str = "+"


@dataclass(frozen=True, slots=True)
class CountDistinct:
    """How many distinct values the field has."""

    field: str


@dataclass(frozen=True, slots=True, eq=False)
class Listed:
    """What a list says of the field's first value, whatever the facts call it; ``names`` is the list by value."""

    field: str
    names: Callable[[], Mapping[str, str]]


Aggregate = First | OfLargest | Joined | CountDistinct | Listed
"""How many rows of one key become one value; None where no row says anything, and 0 where that is a count."""


@dataclass(frozen=True, eq=False)
class Reference:
    """A table that facts refer to: a row per distinct ``key`` of theirs. Who lacks a part of it refers to nothing.

    Both map the table's columns: ``key`` to fields, ``columns`` to how many rows become one value. ``unknown`` are
    columns of the table that stay empty, as these facts do not know them.
    """

    table: str
    key: Mapping[str, str]
    columns: Mapping[str, Aggregate]
    unknown: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The table's columns, those of the key first."""
        return (*self.key, *self.columns)

    @property
    def knows_sizes(self) -> bool:
        """Whether it can tell the largest row: what it says goes before what facts without sizes say."""
        return any(isinstance(how, OfLargest) for how in self.columns.values())

    def sql_type(self, name: str) -> str:
        """The PostgreSQL type of one of the columns, the same whichever domain says it."""
        return "integer" if isinstance(self.columns.get(name), CountDistinct) else "varchar(255)"
