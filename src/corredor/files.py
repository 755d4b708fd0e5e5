"""Files that are written whole or not at all, and locks that end with the process that holds them.

Floor 0: it imports nothing of ours.
"""

from __future__ import annotations

import errno
import os
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

__all__ = ["locked", "replacing", "try_lock", "write_atomically"]

_LOOK = 0.02  # seconds between two looks at a lock that another process holds


@contextmanager
def replacing(path: Path, *, durable: bool = False) -> Iterator[Path]:
    """Write a file beside its place, and put it there when the block ends without a fault.

    A reader, or a crash, finds the old file or the new one, never a part. Several processes may
    write the same file at once; the last one to end wins.

    Parameters
    ----------
    path
        The file. Its folder is made where it is missing.
    durable
        Wait until the file is on the disk, so that it also outlives a power cut.

    Yields
    ------
    Path
        Where to write. Its name is ``.<name>.<random>.tmp``.

    Raises
    ------
    OSError
        When the folder cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name[:100]}.{uuid.uuid4().hex}.tmp")
    try:
        yield temporary
        if durable:
            _to_disk(temporary, os.O_RDWR)
        os.replace(temporary, path)
        if durable:
            with suppress(OSError):  # not every system opens a folder
                _to_disk(path.parent, os.O_RDONLY)
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def write_atomically(path: Path, content: bytes | str, *, durable: bool = False) -> Path:
    """Write a whole file (text as UTF-8) in one step; see :func:`replacing`. Returns its path."""
    with replacing(path, durable=durable) as temporary:
        temporary.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def _to_disk(path: Path, flags: int) -> None:
    handle = os.open(path, flags)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def try_lock(handle: Any) -> bool:
    """Lock an open file if nobody holds it; the system lets it go with the file.

    Raises
    ------
    OSError
        When the file system knows no locks.
    """
    try:
        import fcntl
    except ImportError:  # Windows
        import msvcrt

        try:
            msvcrt.locking(handle.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
        except OSError:
            return False
        return True
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in (errno.EWOULDBLOCK, errno.EACCES):
            return False
        raise
    return True


@contextmanager
def locked(path: Path, *, timeout: float | None = None) -> Iterator[None]:
    """Hold a lock file during a block; others who want it wait.

    Parameters
    ----------
    path
        The lock file; it is made where it is missing, and stays.
    timeout
        Seconds to wait at most; None: as long as it takes.

    Raises
    ------
    TimeoutError
        When another process held it all that time.
    OSError
        When the file cannot be opened, or the file system knows no locks.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    deadline = None if timeout is None else time.monotonic() + timeout
    with path.open("a+b") as handle:
        while not try_lock(handle):
            if deadline is not None and time.monotonic() > deadline:
                raise TimeoutError(f"another process holds {path}")
            time.sleep(_LOOK)
        yield
