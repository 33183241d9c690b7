"""What is printed: colours on a terminal, plain stable text anywhere else."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from typing import IO

from workflows.plan.render.lines import Line, coloured, plain


def say(text: str) -> None:
    """Print to stdout at once; characters that the terminal cannot show are replaced, never an error."""
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(text.encode(encoding, "replace").decode(encoding).rstrip("\n") + "\n")
    sys.stdout.flush()


def is_terminal(stream: IO[str]) -> bool:
    """Whether somebody is looking: a terminal that can move its cursor and show what we draw."""
    encoding = (getattr(stream, "encoding", None) or "").lower().replace("-", "")
    return stream.isatty() and os.environ.get("TERM") != "dumb" and encoding in ("utf8", "gb18030", "gbk", "cp936")


def say_lines(lines: Iterable[Line]) -> None:
    """The lines of a summary: in colours where somebody is looking, else as plain text."""
    if not is_terminal(sys.stdout):
        say(plain(lines))
        return
    from rich.console import Console

    # Never wrapped by us: a path is there to be copied.
    Console(highlight=False, markup=False, emoji=False).print(coloured(lines), soft_wrap=True)
