"""What is printed: colours on a terminal, plain stable text anywhere else."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import IO

from workflows.errors import WorkflowError, reason_of
from workflows.plan.render.lines import Line, coloured, path_in, plain
from workflows.settings import get_settings


def say(text: str) -> None:
    """Print to stdout at once; characters that the terminal cannot show are replaced, never an error.

    What stdout does not take, as its disk is full, goes to stderr; nothing where nobody reads on, as behind ``head``.
    """
    encoding = sys.stdout.encoding or "utf-8"
    said = text.encode(encoding, "replace").decode(encoding).rstrip("\n") + "\n"
    try:
        sys.stdout.write(said)
        sys.stdout.flush()
    except OSError as error:
        # Python would try again to write what is left at its end, and fail.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):
            sys.stderr.write(f"{said}标准输出无法写入 / stdout cannot be written: {reason_of(error)}\n")


def is_terminal(stream: IO[str]) -> bool:
    """Whether somebody is looking: a terminal that can move its cursor and show what we draw."""
    encoding = (getattr(stream, "encoding", None) or "").lower().replace("-", "")
    return stream.isatty() and os.environ.get("TERM") != "dumb" and encoding in ("utf8", "gb18030", "gbk", "cp936")


def say_lines(lines: Iterable[Line]) -> None:
    """The lines of a summary: in colours and with links where somebody is looking, else as plain text."""
    if not is_terminal(sys.stdout):
        say(plain(lines))
        return
    from rich.console import Console

    # Never wrapped by us: a path is there to be copied.
    Console(highlight=False, markup=False, emoji=False).print(coloured(_linked(lines)), soft_wrap=True)


def _linked(lines: Iterable[Line]) -> Iterator[Line]:
    """Lines that name what lies below WDH_OUTPUT_DIR, with its address: no other path is opened by a click, whatever a
    workbook wrote."""
    try:
        below = get_settings().output_dir.resolve()
    except WorkflowError:
        yield from lines
        return
    for line in lines:
        link = ""
        with contextlib.suppress(OSError, ValueError):  # a text that no path can be
            path = (below / path_in(line.text)).resolve()
            if path != below and path.is_relative_to(below) and path.exists():
                link = path.as_uri()
        yield replace(line, link=link)
