"""The known name that a mistyped one was meant to be (pure)."""

from __future__ import annotations

import difflib
import sys
from collections.abc import Iterable


def nearest(name: str, known: Iterable[str]) -> str:
    """The closest of the ``known`` names, upper and lower case being one; empty where none is close."""
    spelt = {each.casefold(): each for each in known}
    found = difflib.get_close_matches(name.casefold(), spelt, 1)
    return spelt[found[0]] if found else ""


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """``是否想写 DOMAIN？ / did you mean DOMAIN?`` with a blank before it; empty where no known name is close."""
    found = nearest(name, known)
    return f" 是否想写 {found}？ / did you mean {found}?" if found else ""


def _main(said: str, *words: str) -> None:
    """For the Makefile, before anything is installed: ``SAID NAME … -- KNOWN …``, a sentence for each name."""
    end = words.index("--")
    names, known = words[:end], words[end + 1 :]
    listed = f" 已有 / known: {', '.join(known)}"
    sys.stdout.write("; ".join(f"{name}: {said}.{did_you_mean(name, known) or listed}" for name in names) + "\n")


if __name__ == "__main__":
    _main(*sys.argv[1:])
