"""Records <-> JSON targets: one valid document that also streams line by line.

::

    {"meta":{…},"records":[          line 1
    ["2024-11-01","P001",…,[]],      one record a line, an array in the order of meta.fields
    ["2024-11-01","P002",…,[]]
    ],"rejects":[                    one finding a line, like the warnings
    ],"warnings":[
    ],"touched":[                    the records' cells that rules changed, those that are alike as one line
    ],"counts":{…}}                  the last line

A line break inside a JSON text is always escaped, so a raw one separates lines and the section marks cannot be
forged by any cell. A truncated document lacks its last line and is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import IO, Any, Generic, TypeVar

import orjson

from workflows import outputs
from workflows.domains.findings import Finding
from workflows.domains.touches import Touched
from workflows.errors import TargetDamagedError, Words
from workflows.frozen import Frozen

MetaT = TypeVar("MetaT", bound=Frozen)
CountsT = TypeVar("CountsT", bound=Frozen)

_META = b'{"meta":'
_REJECTS, _WARNINGS = b'\n],"rejects":[', b'\n],"warnings":['
_TOUCHED, _COUNTS = b'\n],"touched":[', b'\n],"counts":'
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
    was touched, which few ask for. Raises TargetDamagedError when the file is missing, truncated or no such document.
    """

    def __init__(self, path: Path, meta: type[MetaT], counts: type[CountsT]) -> None:
        self.path = path
        try:
            with outputs.viewing(path) as view:
                self._start = view.find(b"\n") + 1
                head = view[: self._start].rstrip()
                # Every list begins on the line after its mark, so an empty one ends right there.
                self._end = view.rfind(_REJECTS)
                self._touched = (view.rfind(_TOUCHED) + len(_TOUCHED), view.rfind(_COUNTS))
                findings = view[self._end + len(_REJECTS) - 1 : self._touched[0] - len(_TOUCHED)]
                last = view[self._touched[1] + len(_COUNTS) :]
            if not head.startswith(_META) or not head.endswith(_HEAD_END) or not 0 < self._end < self._touched[1]:
                raise ValueError("not a document of records")
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
            stream.seek(self._touched[0])
            lines = stream.read(self._touched[1] - self._touched[0])
        return [Touched(**each) for each in orjson.loads(b"[" + lines + b"]")]

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
