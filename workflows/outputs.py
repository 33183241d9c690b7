"""How every output is written: whole or not at all, so that whoever waits for a name never reads half a file.

Files hold what workbooks hold: they and the folders made for them are their owner's only, unless WDH_OUTPUT_MODE says
more.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import IO

from workflows.errors import SettingsError
from workflows.settings import get_settings


@contextmanager
def writing(path: Path) -> Iterator[IO[bytes]]:
    """A stream that becomes ``path`` when the block ends well, and nothing otherwise; folders are made.

    Raises OSError as the file system does.
    """
    make_folder(path.parent)
    # A name of its own in the same folder: others may be writing the same. Short: ``path``'s own may be the longest.
    unfinished = path.with_name(f".{secrets.token_hex(8)}.unfinished")
    try:
        with _opened(unfinished, "xb") as stream:
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
    make_folder(path.parent)
    unfinished = path.with_name(f".{secrets.token_hex(8)}.unfinished")
    try:
        with _opened(unfinished, "xb") as stream:
            stream.write(content)
        # A link is made whole and fails where the name is taken; renaming would replace what is there.
        os.link(unfinished, path)
    except FileExistsError:
        return False
    except OSError:
        # Some network shares have no links. Who reads meanwhile finds too little, and says so.
        return _written_at_once(path, content)
    finally:
        unfinished.unlink(missing_ok=True)
    return True


def _written_at_once(path: Path, content: bytes) -> bool:
    try:
        with _opened(path, "xb") as stream:
            stream.write(content)
    except FileExistsError:
        return False
    return True


def appending(path: Path) -> AbstractContextManager[IO[bytes]]:
    """A stream at the end of ``path``, whose folder exists."""
    return _opened(path, "ab")


@contextmanager
def _opened(path: Path, how: str) -> Iterator[IO[bytes]]:
    mode = _mode()
    is_new = not path.exists()
    with open(path, how, opener=lambda name, flags: os.open(name, flags, 0o600)) as stream:
        # Whatever the umask; not made so at once, as the umask could only narrow it.
        if is_new and mode != 0o600:
            path.chmod(mode)
        yield stream


def make_folder(folder: Path) -> None:
    """Make ``folder`` and those above it where they are missing; who may read files may look into them."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    mode = _mode()
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
        folder.chmod(mode | (mode & 0o444) >> 2)


def _mode() -> int:
    try:
        return get_settings().output_mode
    except SettingsError:
        # That the settings are wrong is reported in a file, too.
        return 0o600
