"""What a workbook's styles say of cells: number formats, and which of them are struck through."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element


@dataclass(frozen=True, slots=True)
class Styles:
    """By cell style (``s="3"`` is entry 3): the id of its number format; and those whose font is struck through.

    ``declared`` are the codes of the formats that the file declares, by id.
    """

    format_ids: tuple[int, ...] = ()
    declared: dict[int, str] = field(default_factory=dict)
    struck: frozenset[int] = frozenset()


def styles_of(root: Element) -> Styles:
    """The styles of cells. Those of tables and conditions stand elsewhere, and say nothing of them."""
    listed = next(each_of(root, "numFmts"), ())
    declared = {number_of(each, "numFmtId"): each.get("formatCode", "") for each in listed}
    cell_styles = [*next(each_of(root, "cellXfs"), ())]
    struck = {index for index, font in enumerate(next(each_of(root, "fonts"), ())) if _is_struck(font)}
    return Styles(
        tuple(number_of(style, "numFmtId") for style in cell_styles),
        declared,
        frozenset(index for index, style in enumerate(cell_styles) if struck and number_of(style, "fontId") in struck),
    )


def _is_struck(font: Element) -> bool:
    return any(each.get("val", "1") not in ("0", "false") for each in each_of(font, "strike"))


def each_of(root: Element, name: str) -> Iterator[Element]:
    """The descendants of a local name, whatever their namespace."""
    return (each for each in root.iter() if each.tag.rpartition("}")[2] == name)


def number_of(element: Element, name: str) -> int:
    """An attribute as a number, 0 without one."""
    text = element.get(name, "0")
    return int(text) if text.isdecimal() else 0
