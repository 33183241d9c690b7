"""Lines that are said at the end of a run: one text and one style each, joined where nobody looks, coloured else."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from workflows.pages.text import visible

if TYPE_CHECKING:
    from rich.text import Text

Style = Literal["plain", "strong", "good", "changed", "bad", "dim"]
_RULE = "=" * 100
_COLOURS: dict[Style, str] = {
    "plain": "",
    "strong": "bold",
    "good": "bold green",
    "changed": "yellow",
    "bad": "bold red",
    "dim": "bright_black",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One line; whatever a workbook wrote in it is shown and never acts on a terminal."""

    text: str
    style: Style = "plain"

    def __str__(self) -> str:
        return visible(self.text)


def plain(lines: Iterable[Line]) -> str:
    """The lines as stable text, between two rules."""
    return "\n".join([_RULE, *map(str, lines), _RULE])


def coloured(lines: Iterable[Line]) -> Text:
    """The same for a terminal (rich draws it and honours NO_COLOR)."""
    from rich.text import Text

    listed = [Line(_RULE, "dim"), *lines, Line(_RULE, "dim")]
    return Text("\n").join(Text(str(line), _COLOURS[line.style]) for line in listed)
