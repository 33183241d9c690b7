"""Text from workbooks and file names, made fit to be read on a page (pure).

Escaping is the templates' work; here is what escaping leaves alone: texts too long to read, and characters that
cannot be seen or that turn the text around them.
"""

from __future__ import annotations

import unicodedata
from datetime import datetime

# Long enough to recognise a value; 32,767 characters fit into one Excel cell.
SHOWN_CHARACTERS = 160
# Controls, format characters (direction marks among them), surrogates, unassigned, line and paragraph separators.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Cn", "Co", "Zl", "Zp"})


def shown(value: object, limit: int = SHOWN_CHARACTERS) -> str:
    """``value`` as at most ``limit`` characters and the count of the rest, unseen characters as ``⟨U+202E⟩``.

    None is empty.
    """
    return shown_lines("" if value is None else str(value), limit).replace("\n", "⟨U+000A⟩")


def shown_lines(text: str, limit: int = 6000) -> str:
    """``text`` like ``shown``, its line breaks kept: statements, and messages of several lines."""
    rest = len(text) - limit
    return visible(text[:limit]) + f"… (+{rest:,})" if rest > 0 else visible(text)


def visible(text: str) -> str:
    """``text`` with every unseen character but the line break as its number."""
    # Statements are long, and their line breaks are all that needs a second look.
    if text.replace("\n", "").isprintable():
        return text
    return "".join(f"⟨U+{ord(char):04X}⟩" if char != "\n" and _is_unseen(char) else char for char in text)


def _is_unseen(char: str) -> bool:
    return unicodedata.category(char) in _UNSEEN


def number(value: int | None) -> str:
    """``12,345``; an unknown number is ``?``, which is no zero."""
    return "?" if value is None else f"{value:,}"


def local_time(when: datetime) -> str:
    """``2025-01-15 17:15:02+0800``: a moment in the zone of whoever reads, by this machine's clock (or TZ)."""
    return f"{when.astimezone():%Y-%m-%d %H:%M:%S%z}"
