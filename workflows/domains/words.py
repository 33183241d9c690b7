"""Lists of words in files beside the domains, which operators add to without touching Python.

One word a line; lines that are empty or begin with ``#`` say nothing.
"""

from __future__ import annotations

import functools
from pathlib import Path

from workflows.errors import CatalogueError

_FOLDER = Path(__file__).parent / "lists"


@functools.cache
def words(name: str) -> tuple[str, ...]:
    """The words of ``lists/<name>.txt`` in the file's order.

    Raises CatalogueError naming the line of each word that stands there twice.
    """
    path = _FOLDER / f"{name}.txt"
    lines: dict[str, int] = {}
    problems = []
    for number, line in enumerate(path.read_text(encoding="utf-8-sig").splitlines(), start=1):
        word = line.strip()
        if not word or word.startswith("#"):
            continue
        if word in lines:
            problems.append(
                (f"line {number}", f"{word} 已在第 {lines[word]} 行 / stands in line {lines[word]} already")
            )
        lines.setdefault(word, number)
    if problems:
        raise CatalogueError(str(path), problems)
    return tuple(lines)
