"""Records <-> JSON targets: one valid document that also streams line by line.

::

    {"meta":{…},"records":[          line 1
    ["2024-11-01","P001",…,[]],      one record a line, an array in the order of meta.fields
    ["2024-11-01","P002",…,[]]
    ],"rejects":[                    one finding a line, like the warnings
    ],"warnings":[
    ],"touched":[                    the records' cells that rules changed, those that are alike as one line
    ],"overrides":[                  only of several workbooks: the records that lost against another's
    ],"counts":{…}}                  the last line

A line break inside a JSON text is always escaped, so a raw one separates lines and the section marks cannot be
forged by any cell. A truncated document lacks its last line and is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from io import SEEK_END
from itertools import islice
from pathlib import Path
from typing import IO, Any, Generic, TypeVar

import orjson

from workflows import outputs
from workflows.domains.findings import Finding
from workflows.domains.touches import Touched
from workflows.errors import TargetDamagedError, Words
from workflows.frozen import Frozen
from workflows.records.accounts import Override

MetaT = TypeVar("MetaT", bound=Frozen)
CountsT = TypeVar("CountsT", bound=Frozen)

_META = b'{"meta":'
_REJECTS, _WARNINGS = b'\n],"rejects":[', b'\n],"warnings":['
_TOUCHED, _OVERRIDES = b'\n],"touched":[', b'\n],"overrides":['
_COUNTS = b'\n],"counts":'
_HEAD_END = b',"records":['
# Records encoded per call: more gain nothing.
_ROWS_PER_CALL = 1000
# The pieces handed to COPY. While the server works on one the next is made, if the socket's buffer takes it whole:
# with 128 KB each side waits for the other, and a COPY takes a fifth longer.
CHUNK_BYTES = 64 * 1024


def record_lines(columns: Sequence[Sequence[Any]]) -> Iterator[bytes]:
    """Columns of JSON-able values -> pieces of whole record lines, each line ending in ``,\\n``."""
    rows = zip(*columns, strict=True)
    while batch := list(islice(rows, _ROWS_PER_CALL)):
        yield lines_of(batch)


def lines_of(batch: Sequence[Sequence[Any]]) -> bytes:
    """Records (one at least) -> whole record lines, each ending in ``,\\n``."""
    encoded = orjson.dumps(batch)
    # Each boundary between records reads `],[`; should a text hold that too, the batch goes line by line.
    if encoded.count(b"],[") == len(batch) - 1:
        return encoded[1:-1].replace(b"],[", b"],\n[") + b",\n"
    return b"".join(orjson.dumps(row) + b",\n" for row in batch)


def write_document(
    stream: IO[bytes],
    meta: Frozen,
    lines: Iterable[bytes],
    rejects: Iterable[Finding],
    warnings: Iterable[Finding],
    counts: Callable[[], Frozen],
    touched: Iterable[Touched] = (),
    overrides: Iterable[Override] | None = None,
) -> None:
    """Write one document; ``lines`` are pieces of whole record lines as ``record_lines`` makes them.

    ``counts`` is asked last, when every line has been written.
    """
    stream.write(_META + meta.model_dump_json().encode() + _HEAD_END)
    _write_list(stream, lines)
    sections: tuple[tuple[bytes, Iterable[Finding | Touched]], ...] = (
        (_REJECTS, rejects),
        (_WARNINGS, warnings),
        (_TOUCHED, touched),
    )
    for mark, found in sections:
        stream.write(mark)
        _write_list(stream, (orjson.dumps(each) + b",\n" for each in found))
    if overrides is not None:
        stream.write(_OVERRIDES)
        _write_list(stream, (each.model_dump_json().encode() + b",\n" for each in overrides))
    stream.write(_COUNTS + counts().model_dump_json().encode() + b"}\n")


def _write_list(stream: IO[bytes], pieces: Iterable[bytes]) -> None:
    """Pieces of lines ending in ``,\\n``, without the comma after the very last."""
    stream.write(b"\n")
    held = b""
    for piece in pieces:
        stream.write(held)
        held = piece
    stream.write(held.removesuffix(b",\n"))


class RecordFile(Generic[MetaT, CountsT]):
    """A processed or merged document on disk, read in pieces; nothing larger than a piece is held.

    Opening reads the meta line and the sections after the records, as the models ``meta`` and ``counts``, but for what
    was touched and overridden, which few ask for. Raises TargetDamagedError when the file is missing, truncated or no
    such document.
    """

    def __init__(self, path: Path, meta: type[MetaT], counts: type[CountsT]) -> None:
        self.path = path
        try:
            with outputs.reading(path) as stream:
                head = stream.readline().rstrip()
                self._start = stream.tell()
                size = stream.seek(0, SEEK_END)
                # Every list begins on the line after its mark, so an empty one ends right there.
                counts_at = _last(stream, _COUNTS, 0, size)
                self._end = _last(stream, _REJECTS, 0, counts_at)
                touched_at = _last(stream, _TOUCHED, self._end, counts_at)
                overrides_at = _last(stream, _OVERRIDES, touched_at, counts_at)
                if not (head.startswith(_META) and head.endswith(_HEAD_END) and 0 < self._end < touched_at < counts_at):
                    raise ValueError("not a document of records")
                self._touched = (touched_at + len(_TOUCHED), counts_at if overrides_at < 0 else overrides_at)
                self._overrides = (overrides_at + len(_OVERRIDES), counts_at) if overrides_at >= 0 else (0, 0)
                findings = _between(stream, self._end + len(_REJECTS) - 1, touched_at)
                last = _between(stream, counts_at + len(_COUNTS), size)
            self.meta = meta.model_validate_json(head[len(_META) : -len(_HEAD_END)])
            sections = orjson.loads(b'{"rejects":' + findings + b'],"counts":' + last)
            self.rejects = [Finding(**each) for each in sections["rejects"]]
            self.warnings = [Finding(**each) for each in sections["warnings"]]
            self.counts = counts.model_validate(sections["counts"])
        except FileNotFoundError:
            raise TargetDamagedError(
                f"{path}: " + Words("缺失; 请重新运行", "missing; run again to make it anew")
            ) from None
        except (ValueError, KeyError, TypeError) as error:
            raise TargetDamagedError(
                f"{path}: "
                + Words(
                    "不是完整的记录文件; 请删除后重新运行",
                    f"not a complete document of records ({type(error).__name__}); delete it and run again",
                )
            ) from None

    def touched(self) -> list[Touched]:
        """The records' cells that rules changed, by field and in the order of their first rows."""
        with outputs.reading(self.path) as stream:
            lines = _between(stream, *self._touched)
        return [Touched(**each) for each in orjson.loads(b"[" + lines + b"]")]

    def overrides(self, limit: int) -> list[Override]:
        """The first records that lost against another workbook's, by file and row."""
        with outputs.reading(self.path) as stream:
            start, end = self._overrides
            # Behind the break after the mark; that before the next mark is the last line's.
            stream.seek(start + 1)
            found: list[Override] = []
            while len(found) < limit and stream.tell() < end:
                found.append(Override.model_validate_json(stream.readline().rstrip(b",\n")))
            return found

    def chunks(self) -> Iterator[bytes]:
        """The record lines in pieces of about 64 KB, each of whole lines that end in ``,\\n``."""
        with outputs.reading(self.path) as stream:
            stream.seek(self._start)
            left = self._end - self._start
            while left > 0:
                piece = stream.read(min(CHUNK_BYTES, left))
                left -= len(piece)
                if left > 0:
                    rest = stream.readline()
                    left -= len(rest)
                    piece += rest
                    if left < 0:  # the line break before the next section belongs to that section's mark
                        piece = piece[:left]
                yield piece if piece.endswith(b",\n") else piece.rstrip(b"\n") + b",\n"

    def lines(self) -> Iterator[bytes]:
        """Each record line without its comma and line break."""
        for piece in self.chunks():
            yield from piece.split(b",\n")[:-1]


def _last(stream: IO[bytes], mark: bytes, start: int, end: int) -> int:
    """Where the last ``mark`` of those that begin from ``start`` to before ``end`` does, or -1; read from the end."""
    while 0 <= start < end:
        begin = max(start, end - CHUNK_BYTES)
        at = _between(stream, begin, end + len(mark) - 1).rfind(mark)
        if at >= 0:
            return begin + at
        end = begin
    return -1


def _between(stream: IO[bytes], start: int, end: int) -> bytes:
    stream.seek(start)
    return stream.read(max(0, end - start))
