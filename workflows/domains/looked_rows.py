"""What is known of a sheet's rows before they are told apart, and what they are found to be (pure)."""

from __future__ import annotations

import functools
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from workflows.domains.field_columns import FieldColumn
from workflows.domains.set_aside import Reason
from workflows.sources.cells import SheetTable
from workflows.sources.columns import FilledRows


class Stranger(NamedTuple):
    """Why a row as a whole is rejected: the column to point at, its text, and the code."""

    column: int
    text: str
    code: str


@dataclass(slots=True)
class RowKinds:
    """Rows by their index: ``totals`` with their word, ``others`` that are set aside, with why.

    ``strangers`` are rejected as a whole: texts that are neither data nor understood, and likely totals. ``another``
    is the row of another table's header, and ``begins`` the first of its titles: what lies below is none of this
    table's. ``texts`` are those of the rows that hold nothing else.
    """

    totals: dict[int, str] = field(default_factory=dict)
    others: dict[int, Reason] = field(default_factory=dict)
    strangers: dict[int, Stranger] = field(default_factory=dict)
    another: int | None = None
    begins: int | None = None
    texts: dict[int, dict[int, str]] = field(default_factory=dict)

    def set_aside(self, rows: Iterable[int], reason: Reason) -> None:
        """Take more rows for no records, unless they are known for none already."""
        for row in rows:
            if row not in self.totals:
                self.others.setdefault(row, reason)
                self.strangers.pop(row, None)


@dataclass(frozen=True)
class Looked:
    """What is known of a sheet's rows: ``numbers`` are Excel's; ``known`` are the normalised names of headers."""

    table: SheetTable
    rows: FilledRows
    numbers: Sequence[int]
    fields: Mapping[str, FieldColumn]
    known: Collection[str]

    @functools.cached_property
    def codes(self) -> list[FieldColumn]:
        """The fields that say what a row is about."""
        return [found for found in self.fields.values() if found.kind.identifies]

    def given(self, index: int) -> list[Any]:
        """The codes that a row itself says, None for each that it does not."""
        return [code.typed[index] if code.is_given[index] else None for code in self.codes]

    def follows(self, index: int) -> bool:
        """Whether a row stands directly below the one before it."""
        above = self.numbers[index - 1] if index else self.table.first_row - 1
        return self.numbers[index] == above + 1
