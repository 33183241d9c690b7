r"""Record lines -> lines of COPY's text format, mostly by replacing bytes (pure).

The format is ``FORMAT text, DELIMITER ',', NULL 'null'``: a record line without its brackets and quotes is almost that
already. Pieces with a backslash (JSON escapes with it, and so does COPY), with commas in texts, with the text "null" or
with warnings are parsed line by line. Every psql ends such data with ``\.``, which no line of it can look like.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

import orjson

_LINE_END = b",[]],\n["
_ROWS_PER_PIECE = 500
_ESCAPES = str.maketrans({"\\": "\\\\", ",": "\\,", "\n": "\\n", "\r": "\\r"})


def copy_chunks(pieces: Iterable[bytes], fields: int) -> Iterator[bytes]:
    """Pieces of whole record lines (ending in ``,\\n``) of so many fields -> pieces of COPY's lines.

    The last field of a record is its list of warnings, which becomes JSON text.
    """
    for piece in pieces:
        if not piece:
            continue
        lines = piece.count(b"\n")
        # n lines have n-1 inner boundaries; each must carry no warnings for the plain way to be right.
        if (
            b"\\" not in piece
            and b'"null"' not in piece
            and piece.count(b",") == lines * fields
            and piece.endswith(b",[]],\n")
            and piece.count(_LINE_END) == lines - 1
        ):
            bare = piece[1 : -len(b",[]],\n")].replace(_LINE_END, b",[]\n")
            yield bare.translate(None, b'"') + b",[]\n"
        else:
            yield _parsed(piece)


def copy_field(text: str) -> str:
    """A text as a field that is never taken for NULL, for two fields, or for the end of a line or of the data."""
    # An escape that stands for the letter itself: what is compared with NULL is the field as it is written.
    return "nul\\l" if text == "null" else text.translate(_ESCAPES)


def lines_of_rows(rows: Iterable[Iterable[Any]]) -> Iterator[bytes]:
    """Rows of plain values -> COPY's lines, a piece for some hundreds of them."""
    pending = iter(rows)
    while batch := list(islice(pending, _ROWS_PER_PIECE)):
        yield "".join(",".join(map(_field, row)) + "\n" for row in batch).encode()


def _parsed(piece: bytes) -> bytes:
    records = orjson.loads(b"[" + piece.removesuffix(b",\n") + b"]")
    return "".join(",".join(map(_field, record)) + "\n" for record in records).encode()


def _field(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return str(value)
    return copy_field(value if isinstance(value, str) else orjson.dumps(value).decode())
