"""Where log files lie: a folder of this machine, or of an object store.

Everything that lists, hashes or reads input goes through a ``Place``, so that bounds, names and
hashes are the same wherever the bytes come from. Nothing is ever written to one.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from functools import partial
from pathlib import Path
from typing import Final, Protocol, runtime_checkable

from detector.errors import Unreadable
from detector.sources.limits import MAX_RATIO, RATIO_FREE_BYTES
from detector.sources.text import printable

# What has become a pipe since it was listed is not waited for.
_SAFELY: Final = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC
_BLOCK: Final = 512
Mark = tuple[int, ...]
"""Inode, size and time of change (ns) of a file: what tells its contents apart cheaply.

Here the time of change of the inode comes last: it is that of an edit whose writer set the other
time back.
"""


class Kind(Enum):
    """What stands under a name."""

    FILE = "a file"
    FOLDER = "a folder"
    LINK = "a symbolic link"
    OTHER = "not a regular file"
    KEY = "a key that is no path below a folder"
    SEALED = "in a folder that may be listed and not entered: give the right to search it"


@dataclass(frozen=True)
class Entry:
    """One name in a folder."""

    name: str
    kind: Kind
    mark: Mark


@runtime_checkable
class Place(Protocol):
    """A folder tree that is read; paths are relative to it, with ``/`` between."""

    @property
    def name(self) -> str:
        """The place in words, for messages (not yet made printable)."""
        ...

    def exists(self) -> str | None:
        """None where the folder is there, else what is there instead, in words."""
        ...

    def entries(self, folder: str) -> list[Entry]:
        """What stands directly in a folder (``""`` is the root), by name."""
        ...

    def mark(self, path: str) -> Mark | None:
        """The mark of a file as it is now; None where it has gone."""
        ...

    def sha256(self, path: str) -> str:
        """The hash of a file's bytes, as hex digits."""
        ...

    def expect(self, paths: Sequence[str]) -> None:
        """Be told which files will be asked for, in that order, so that they can be fetched."""
        ...

    @contextmanager
    def local(self, path: str) -> Iterator[Path]:
        """A file of this machine that holds the bytes, as long as the block lasts."""
        ...


@dataclass(frozen=True)
class LocalPlace:
    """A folder of this machine. Links are never followed."""

    root: Path

    @property
    def name(self) -> str:
        """The path as it was given."""
        return str(self.root)

    def exists(self) -> str | None:
        """None where the folder is there, else what is there instead."""
        if self.root.is_dir():
            return None
        return "a file" if self.root.exists() else "nothing"

    def entries(self, folder: str) -> list[Entry]:
        """What stands directly in a folder, by name; what goes away meanwhile is left out."""
        with os.scandir(self.root / folder if folder else self.root) as names:
            found = [_entry(e.name, partial(e.stat, follow_symlinks=False)) for e in names]
        return sorted((e for e in found if e is not None), key=lambda e: e.name)

    def mark(self, path: str) -> Mark | None:
        """Inode, size and time of change, or None."""
        try:
            return _mark(os.stat(self.root / path, follow_symlinks=False))
        except OSError:
            return None

    def sha256(self, path: str) -> str:
        """The hash of a file's bytes, as hex digits.

        Raises
        ------
        Unreadable
            If it is no regular file by now, or is mostly a hole.
        OSError
            If it cannot be opened or read.
        """
        with open(os.open(self.root / path, _SAFELY), "rb") as stream:
            status = os.fstat(stream.fileno())
            _refuse_holes(path, status)
            return hashlib.file_digest(stream, "sha256").hexdigest()

    def expect(self, paths: Sequence[str]) -> None:
        """Do nothing: the files are here."""

    @contextmanager
    def local(self, path: str) -> Iterator[Path]:
        """The file itself."""
        yield self.root / path


def _refuse_holes(path: str, status: os.stat_result) -> None:
    """Refuse what is no regular file, or holds next to nothing: it would be hashed for hours."""
    if not stat.S_ISREG(status.st_mode):
        raise Unreadable(f"{printable(path)} is not a regular file any more")
    held = status.st_blocks * _BLOCK
    if status.st_size > RATIO_FREE_BYTES and status.st_size > MAX_RATIO * held:
        raise Unreadable(
            f"{printable(path)} is a hole of {status.st_size >> 20} MiB with {held} bytes in it "
            "and was not read; write the file anew"
        )


def entry_at(path: Path) -> Entry | None:
    """What stands under a path; None where nothing does."""
    return _entry(path.name, partial(os.lstat, path))


def _entry(name: str, look: Callable[[], os.stat_result]) -> Entry | None:
    try:
        status = look()
    except FileNotFoundError:
        return None
    except OSError:
        return Entry(name, Kind.SEALED, (0, 0, 0))
    if stat.S_ISLNK(status.st_mode):
        kind = Kind.LINK
    elif stat.S_ISDIR(status.st_mode):
        kind = Kind.FOLDER
    else:
        kind = Kind.FILE if stat.S_ISREG(status.st_mode) else Kind.OTHER
    return Entry(name, kind, _mark(status))


def _mark(status: os.stat_result) -> Mark:
    return status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns
