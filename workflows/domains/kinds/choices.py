"""Choices: one of the values of a list, or another spelling of one (pure)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

from workflows.domains.kinds.kind import BLANK, EachCell, Reading
from workflows.domains.kinds.texts import TextColumn, written
from workflows.domains.row_words import is_placeholder
from workflows.domains.touches import ALIAS
from workflows.sources.cells import Cell, squeezed


class Spellings(Protocol):
    """A list that says which value each spelling stands for."""

    @property
    def file(self) -> str:
        """The list's name, for a message."""

    @property
    def spellings(self) -> Mapping[str, str]:
        """Value by spelling, which is without blanks and of half width."""


@dataclass(frozen=True, slots=True)
class ChoiceColumn(EachCell):
    """One of the values of ``choices``, which ``aliases`` may be written otherwise.

    A value that is not among them is a reject, or is kept with a caution where the column says so of the ``unknown``.
    """

    headers: tuple[str, ...]
    choices: Spellings
    max_length: int
    aliases: Spellings | None = None
    unknown: Literal["reject", "caution"] = "reject"

    @property
    def sql_type(self) -> str:
        """``varchar`` of the declared length."""
        return f"varchar({self.max_length})"

    def read(self, cell: Cell) -> Reading:
        """The value of the list that the cell names; blanks and the width of letters do not matter."""
        text = written(cell)
        if isinstance(text, Reading):
            return text
        plain = squeezed(text)
        if is_placeholder(plain.upper()):
            return BLANK
        if plain in self.choices.spellings:
            return Reading(self.choices.spellings[plain])
        if self.aliases is not None and plain in self.aliases.spellings:
            return Reading(self.aliases.spellings[plain], rule=ALIAS)
        kept = TextColumn((), self.max_length).read(cell) if self.unknown == "caution" else Reading()
        return kept if kept.code else Reading(kept.value, "not_in_list", f"{text[:60]} ({self.choices.file})")
