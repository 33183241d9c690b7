"""Rows as mappings -> lines of COPY's text format, for callers that have none already (pure)."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, time
from decimal import Decimal
from typing import Any, NoReturn

from workflows.errors import PlanError
from workflows.records.copy_feed import copy_field

_ROWS_PER_CHUNK = 500
"""A chunk of ordinary rows is then some tens of kilobytes: few calls, little memory."""


def lines_of_mappings(rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> Iterator[bytes]:
    """UTF-8 lines of ``rows`` as ``records.copy_feed`` makes them, in the order of ``columns``; None is ``null``.

    Raises PlanError for a row whose names are not ``columns``, and for a value that has no plain form.
    """
    wanted = set(columns)
    lines: list[str] = []
    for number, row in enumerate(rows, start=1):
        if row.keys() != wanted:
            different = ", ".join(sorted(map(str, row.keys() ^ wanted)))
            raise PlanError(f"row {number} differs from the first in its columns: {different}")
        lines.append(",".join(_field(row[column], column) for column in columns))
        if len(lines) == _ROWS_PER_CHUNK:
            yield ("\n".join(lines) + "\n").encode()
            lines.clear()
    if lines:
        yield ("\n".join(lines) + "\n").encode()


def _field(value: Any, column: str) -> str:
    match value:
        case None:
            return "null"
        case str():
            text = value
        case bool():
            text = "true" if value else "false"
        case Decimal():
            text = format(value, "f")
        # An enumeration's member, or numpy's number, shows itself otherwise.
        case int():
            text = int.__repr__(value)
        case float():
            text = float.__repr__(value)
        case date() | time():
            text = value.isoformat()
        case list() | tuple() | dict():
            text = json.dumps(value, ensure_ascii=False, default=functools.partial(_refuse, column))
        case _:
            _refuse(column, value)
    return copy_field(text)


def _refuse(column: str, value: Any) -> NoReturn:
    raise PlanError(f"column {column}: a {type(value).__name__} cannot be loaded")
