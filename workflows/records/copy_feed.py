"""Record lines -> CSV for COPY, mostly by replacing bytes (pure).

A record line is almost CSV already: texts stand in double quotes, numbers and booleans bare, ``null`` is what
COPY is told NULL looks like. Only the brackets, the empty list of warnings at the end and backslash escapes
differ; pieces with a backslash or with warnings are parsed line by line.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from typing import Any

import orjson

_LINE_END = b",[]],\n["


def csv_chunks(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Pieces of whole record lines (ending in ``,\\n``) -> pieces of CSV lines.

    The last field of a record is its list of warnings, which becomes JSON text.
    """
    for piece in pieces:
        if not piece:
            continue
        lines = piece.count(b"\n")
        # n lines have n-1 inner boundaries; each must carry no warnings for the plain way to be right.
        if b"\\" not in piece and piece.endswith(b",[]],\n") and piece.count(_LINE_END) == lines - 1:
            yield piece[1 : -len(b",[]],\n")].replace(_LINE_END, b',"[]"\n') + b',"[]"\n'
        else:
            yield _parsed(piece)


def _parsed(piece: bytes) -> bytes:
    text = io.StringIO()
    for record in orjson.loads(b"[" + piece.removesuffix(b",\n") + b"]"):
        text.write(",".join(map(_field, record)) + "\n")
    return text.getvalue().encode()


def _field(value: Any) -> str:
    """One CSV field: every text is quoted, so that the text ``null`` is never taken for NULL."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return str(value)
    text = value if isinstance(value, str) else orjson.dumps(value).decode()
    return '"' + text.replace('"', '""') + '"'
