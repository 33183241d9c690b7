"""Lines that are said at the end of a run: one text and one style each, joined where nobody looks, coloured else."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from workflows.errors import Words
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
    """One line; whatever a workbook wrote in it is shown and never acts on a terminal. ``link`` is the address that a
    terminal opens for it, where it can."""

    text: str
    style: Style = "plain"
    link: str = ""

    def __str__(self) -> str:
        return visible(self.text)


def in_both(chinese: str, english: str, style: Style = "plain") -> Line:
    """One line in both languages; the blanks before the first stand before both."""
    return Line(str(Words(chinese, english)), style)


def and_more(count: int, indent: str = "  ", chinese: str = "", english: str = "") -> Line:
    """How many are not listed."""
    return in_both(f"{indent}… 另有 {count}{chinese}", f"and {count} more{english}", "dim")


def plain(lines: Iterable[Line]) -> str:
    """The lines as stable text, between two rules."""
    return "\n".join([_RULE, *map(str, lines), _RULE])


def coloured(lines: Iterable[Line]) -> Text:
    """The same for a terminal (rich draws it and honours NO_COLOR)."""
    from rich.text import Text

    listed = [Line(_RULE, "dim"), *lines, Line(_RULE, "dim")]
    return Text("\n").join(_drawn(line) for line in listed)


def _drawn(line: Line) -> Text:
    from rich.style import Style as Look
    from rich.text import Text

    drawn = Text(str(line), _COLOURS[line.style])
    if line.link:
        # Neither the label before the path nor the blanks are underlined by the terminal.
        drawn.stylize(Look(link=line.link), start=len(drawn) - len(path_in(str(line))))
    return drawn


def path_in(text: str) -> str:
    """What a line that is about a path would hold as such: all behind its label (``Page: ``), else all of it."""
    return text.strip().rpartition(": ")[2]
