"""How every output is written: whole or not at all, so that whoever waits for a name never reads half a file."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


@contextmanager
def writing(path: Path) -> Iterator[IO[bytes]]:
    """A stream that becomes ``path`` when the block ends well, and nothing otherwise; folders are made.

    Raises OSError as the file system does.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    # A name of its own in the same folder: others may be writing the same. Short: ``path``'s own may be the longest.
    unfinished = path.with_name(f".{secrets.token_hex(8)}.unfinished")
    try:
        with unfinished.open("wb") as stream:
            yield stream
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def write(path: Path, content: bytes) -> None:
    """Make ``path`` hold ``content``."""
    with writing(path) as stream:
        stream.write(content)


def write_once(path: Path, content: bytes) -> bool:
    """Make ``path`` hold ``content`` unless it exists; whether this call made it. Of several at once one does."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{secrets.token_hex(8)}.unfinished")
    try:
        unfinished.write_bytes(content)
        # A link is made whole and fails where the name is taken; renaming would replace what is there.
        os.link(unfinished, path)
    except FileExistsError:
        return False
    finally:
        unfinished.unlink(missing_ok=True)
    return True
