"""What is printed: tables on a terminal, plain stable text anywhere else."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import IO

from workflows.plan.model import Plan


def say(text: str) -> None:
    """Print to stdout at once; characters that the terminal cannot show are replaced, never an error."""
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(text.encode(encoding, "replace").decode(encoding).rstrip("\n") + "\n")
    sys.stdout.flush()


def is_terminal(stream: IO[str]) -> bool:
    """Whether somebody is looking: a terminal that can move its cursor and show what we draw."""
    encoding = (getattr(stream, "encoding", None) or "").lower().replace("-", "")
    return stream.isatty() and os.environ.get("TERM") != "dumb" and encoding in ("utf8", "gb18030", "gbk", "cp936")


def say_summary(summary: str, plan: Plan, report: Path, page: str) -> None:
    """The summary of a run: as tables where somebody is looking, else ``summary`` as it is.

    NO_COLOR is honoured (by rich).
    """
    if not is_terminal(sys.stdout):
        say(summary)
        return
    from rich.console import Console

    from workflows.plan.render.tables import summary_tables

    Console(highlight=False, markup=False, emoji=False).print(summary_tables(plan, str(report), page))
