"""Text from workbooks and file names, made fit to be read on a page (pure).

Escaping is the templates' work; here is what escaping leaves alone: texts too long to read, and characters that
cannot be seen or that turn the text around them.
"""

from __future__ import annotations

import unicodedata

# Long enough to recognise a value; 32,767 characters fit into one Excel cell.
SHOWN_CHARACTERS = 160
# Controls, format characters (direction marks among them), surrogates, unassigned, line and paragraph separators.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Cn", "Co", "Zl", "Zp"})


def shown(value: object, limit: int = SHOWN_CHARACTERS) -> str:
    """``value`` as at most ``limit`` characters and the count of the rest, unseen characters as ``⟨U+202E⟩``.

    None is empty.
    """
    text = "" if value is None else str(value)
    rest = len(text) - limit
    cut = text[:limit] if rest > 0 else text
    if not cut.isprintable():
        cut = "".join(map(_seen, cut))
    return f"{cut}… (+{rest:,})" if rest > 0 else cut


def _seen(char: str) -> str:
    return f"⟨U+{ord(char):04X}⟩" if unicodedata.category(char) in _UNSEEN else char


def number(value: int | None) -> str:
    """``12,345``; an unknown number is ``?``, which is no zero."""
    return "?" if value is None else f"{value:,}"


def amount(text: str) -> str:
    """A fixed-point decimal with thousands separators; every digit stays."""
    sign, digits = ("−", text[1:]) if text.startswith("-") else ("", text)
    whole, point, fraction = digits.partition(".")
    return f"{sign}{int(whole or 0):,}{point}{fraction}"
