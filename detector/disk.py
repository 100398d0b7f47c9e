"""What must outlast a power cut goes through here: whole, synced, then moved into place."""

from __future__ import annotations

import errno
import fcntl
import glob
import io
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final, cast

_NEW: Final = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC
_STAGED: Final = ".enduse-"
_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_AT_FDCWD: Final = -100
_EXCHANGE: Final = 2
_CANNOT: Final = frozenset({errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP})
"""What a system or a file system says that cannot exchange two names."""


class Disk:
    """The file system. A test passes one that fails."""

    def make_folder(self, path: Path) -> None:
        """Make a folder and those above it, and wait until the disk has their names."""
        if path.is_dir():
            return
        new = [path, *(above for above in path.parents if not above.exists())]
        path.mkdir(parents=True, exist_ok=True)
        for made in reversed(new):
            self.sync(made.parent)

    def write(self, path: Path, data: bytes, mode: int = 0o644) -> None:
        """Write a new file and wait until the disk has it."""
        with _opened(path, _NEW, mode) as handle:
            left = memoryview(data)
            while left:
                left = left[os.write(handle, left) :]
            os.fsync(handle)

    @contextmanager
    def stream(self, path: Path) -> Iterator[IO[bytes]]:
        """A new file to be written piece by piece; at the end the disk has it."""
        with _opened(path, _NEW) as handle:
            stream = _Stream(handle)
            try:
                yield cast(IO[bytes], stream)
            except Exception:
                # A library may tell of a full disk in words of its own, and of no file.
                if stream.failed is not None:
                    raise stream.failed from None
                raise
            os.fsync(handle)

    def replace(self, source: Path, target: Path) -> None:
        """Move a file or folder into place in one step that survives a power cut."""
        os.replace(source, target)
        self.sync(target.parent)

    def stand_in(self, made: Path, target: Path) -> None:
        """Let a folder take the place of another in one step; ``made`` is then the one before.

        Both lie in the same file system, and what is in ``made`` is synced. Where there is no
        other before, ``made`` is gone. Where the file system cannot exchange names, the place is
        empty for a moment.
        """
        if not target.exists():
            os.replace(made, target)
        elif not _exchanged(made, target):
            aside = made.with_name(f"{made.name}.old")
            os.replace(target, aside)
            os.replace(made, target)
            os.replace(aside, made)
        self.sync(target.parent)

    def sync(self, folder: Path) -> None:
        """Wait until the disk has the entries of a folder."""
        with _opened(folder, _FOLDER) as handle:
            os.fsync(handle)

    def sync_all(self, folder: Path) -> None:
        """Wait until the disk has a folder with all that is in it."""
        for path in folder.iterdir():
            if path.is_dir() and not path.is_symlink():
                self.sync_all(path)
            elif path.is_file():
                with _opened(path, os.O_RDONLY | os.O_CLOEXEC) as handle:
                    os.fsync(handle)
        self.sync(folder)

    def remove(self, path: Path) -> None:
        """Delete a file or a folder with what is in it."""
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


class _Stream(io.RawIOBase):
    """Writes to a handle, and remembers the first failure."""

    def __init__(self, handle: int) -> None:
        super().__init__()
        self._handle = handle
        self.failed: OSError | None = None

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        left = memoryview(data).cast("B")
        size = len(left)
        try:
            while left:
                left = left[os.write(self._handle, left) :]
        except OSError as error:
            self.failed = self.failed or error
            raise
        return size


@contextmanager
def beside(target: Path) -> Iterator[Path]:
    """A new folder beside a place; what is left in it at the end goes.

    What writers that were killed have left there goes too: whoever writes holds a lock.
    """
    for left in target.parent.glob(f".{glob.escape(target.name)}{_STAGED}*"):
        with _locked(left) as held:
            if held:
                shutil.rmtree(left, ignore_errors=True)
    made = Path(tempfile.mkdtemp(prefix=f".{target.name}{_STAGED}", dir=target.parent))
    try:
        with _locked(made):
            yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


@contextmanager
def _locked(folder: Path) -> Iterator[bool]:
    """Hold a folder; False where another does, or it is none."""
    try:
        handle = os.open(folder, _FOLDER | os.O_NOFOLLOW)
    except (FileNotFoundError, NotADirectoryError):
        yield False
        return
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        held = True
    except BlockingIOError:
        held = False
    try:
        yield held
    finally:
        os.close(handle)


def failure(error: OSError) -> str:
    """What the system said, and of which file."""
    reason = error.strerror or str(error) or type(error).__name__
    # Of two names the second is that which was to be made.
    name = error.filename2 or error.filename
    return f"{reason} ({name})" if name else reason


@contextmanager
def _opened(path: Path, flags: int, mode: int = 0o644) -> Iterator[int]:
    """A file's handle; a call on it that fails tells of which file."""
    handle = os.open(path, flags, mode)
    try:
        yield handle
    except OSError as error:
        error.filename = str(path)
        raise
    finally:
        os.close(handle)


def _exchanged(one: Path, other: Path) -> bool:
    """Exchange two names in one step; False where the system cannot."""
    import ctypes

    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if rename is None:
        return False
    if not rename(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _EXCHANGE):
        return True
    code = ctypes.get_errno()
    if code in _CANNOT:
        return False
    raise OSError(code, os.strerror(code), str(one), None, str(other))
