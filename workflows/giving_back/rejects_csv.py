"""Findings -> CSV for machines, which Excel opens right and never runs."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from dataclasses import fields
from typing import IO

from workflows.domains.findings import Finding

# Excel, and some others also in full width, take a text that begins with these for a formula.
_RISKY = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_NUMBER = re.compile(r"[+-]?[\d.,]+(?:[eE][+-]?\d+)?%?")


def write_csv(stream: IO[bytes], problems: Iterable[Finding]) -> None:
    """All ``problems`` below one header line: UTF-8 with BOM, lines ended as RFC 4180 says."""
    text = io.TextIOWrapper(stream, encoding="utf-8-sig", errors="backslashreplace", newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    # What to do follows from the code, for those who ask; other columns would move if it stood here.
    names = [field.name for field in fields(Finding) if field.name != "advice"]
    writer.writerow(names)
    writer.writerows([harmless(getattr(problem, name)) for name in names] for problem in problems)
    text.detach()


def harmless(value: str | int) -> str | int:
    """A text that a spreadsheet would take for a formula gets an apostrophe in front; numbers stay as they are."""
    if isinstance(value, str) and value.startswith(_RISKY) and not _NUMBER.fullmatch(value):
        return f"'{value}"
    return value
