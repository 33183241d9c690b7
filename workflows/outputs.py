"""How every output is written and read: whole or not at all, so that whoever waits for a name never reads half a file.

Nothing else opens, lists or removes what lies below WDH_OUTPUT_DIR: another kind of store would be met here.

Files hold what workbooks hold: they and the folders made for them are their owner's only, unless WDH_OUTPUT_MODE says
more.
"""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from workflows.errors import OutputError, SettingsError, Words
from workflows.settings import get_settings

_MAKE_ROOM = Words(
    "请腾出空间, 或把 WDH_OUTPUT_DIR 设到另一个磁盘, 再运行",
    "free some space, or set WDH_OUTPUT_DIR to another disk; then run again",
)
_WHAT_TO_DO = {
    errno.ENOSPC: _MAKE_ROOM,
    errno.EDQUOT: _MAKE_ROOM,
    errno.EROFS: Words("请把 WDH_OUTPUT_DIR 设到可写的磁盘", "set WDH_OUTPUT_DIR to one that can be written"),
    errno.EACCES: Words("请联系其属主, 或另设 WDH_OUTPUT_DIR", "ask its owner, or set another WDH_OUTPUT_DIR"),
}
_LOOK = Words("请检查 WDH_OUTPUT_DIR", "look at WDH_OUTPUT_DIR")


@contextmanager
def _told(path: Path, opened: Path | None = None) -> Iterator[None]:
    """What the system says of writing ``path``, by way of ``opened``, comes out as an OutputError."""
    try:
        yield
    except OutputError:
        raise
    except OSError as error:
        # A write names no file; another file's error is that of what the block reads.
        if opened is not None and error.filename not in (None, str(opened)):
            raise
        raise OutputError(path, error, _WHAT_TO_DO.get(error.errno or 0, _LOOK)) from None


@contextmanager
def writing(path: Path) -> Iterator[IO[bytes]]:
    """A stream that becomes ``path`` when the block ends well, and nothing otherwise; folders are made.

    Raises OutputError.
    """
    # A name of its own in the same folder: others may be writing the same. Short: ``path``'s own may be the longest.
    unfinished = path.with_name(f".{secrets.token_hex(8)}.unfinished")
    make_folder(path.parent)
    try:
        with _told(path, unfinished):
            with _opened(unfinished, "xb") as stream:
                yield stream
            unfinished.replace(path)
    finally:
        # In a folder that is not ours this fails as what came before did.
        with suppress(OSError):
            unfinished.unlink()


def write(path: Path, content: bytes) -> None:
    """Make ``path`` hold ``content``; raises OutputError."""
    with writing(path) as stream:
        stream.write(content)


def write_once(path: Path, content: bytes) -> bool:
    """Make ``path`` hold ``content`` unless it exists; whether this call made it. Of several at once one does.

    Raises OutputError.
    """
    make_folder(path.parent)
    with _told(path):
        return _written_once(path, content)


def _written_once(path: Path, content: bytes) -> bool:
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
        with suppress(OSError):
            unfinished.unlink()
    return True


def _written_at_once(path: Path, content: bytes) -> bool:
    try:
        with _opened(path, "xb") as stream:
            stream.write(content)
    except FileExistsError:
        return False
    return True


@contextmanager
def appending(path: Path) -> Iterator[IO[bytes]]:
    """A stream at the end of ``path``, whose folder exists; raises OutputError."""
    with _told(path, path), _opened(path, "ab") as stream:
        yield stream


@contextmanager
def _opened(path: Path, how: str) -> Iterator[IO[bytes]]:
    mode = _mode()
    is_new = not path.exists()
    with open(path, how, opener=lambda name, flags: os.open(name, flags, 0o600)) as stream:
        # Whatever the umask; not made so at once, as the umask could only narrow it.
        if is_new and mode != 0o600:
            path.chmod(mode)
        yield stream


def exists(path: Path) -> bool:
    """Whether ``path`` was written."""
    return path.exists()


def read(path: Path) -> bytes:
    """What ``path`` holds; raises OSError."""
    return path.read_bytes()


@contextmanager
def reading(path: Path) -> Iterator[IO[bytes]]:
    """A stream of what ``path`` holds, which can seek; raises OSError."""
    with path.open("rb") as stream:
        yield stream


def found(folder: Path, pattern: str) -> list[Path]:
    """What lies below ``folder`` under names of that pattern, newest first; nothing where there is no such folder."""
    return sorted(folder.glob(pattern), key=written_at, reverse=True)


def everything(folder: Path) -> Iterator[Path]:
    """Every file below ``folder``; a folder that is empty once its files were taken is removed."""
    for name, _, files in os.walk(folder, topdown=False):
        yield from (Path(name, file) for file in files)
        with suppress(OSError):
            Path(name).rmdir()


def written_at(path: Path) -> float:
    """When ``path`` was written or used last, in seconds since 1970; raises OSError."""
    return path.stat().st_mtime


def use(path: Path) -> None:
    """Make ``path`` as young as if it had been written now; raises OSError."""
    os.utime(path)


def remove(path: Path) -> None:
    """Let ``path`` be gone; raises OSError."""
    path.unlink()


def rename(path: Path, name: str) -> None:
    """Let ``path`` be called ``name`` in its folder; raises OSError."""
    path.rename(path.with_name(name))


def make_folder(folder: Path) -> None:
    """Make ``folder`` and those above it where they are missing; who may read files may look into them.

    Raises OutputError.
    """
    with _told(folder):
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
