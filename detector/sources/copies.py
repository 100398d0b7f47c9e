"""Copies of remote files on this machine's disk: bounded, fetched ahead, removed at the end.

A copy stays as long as the copies that stay fit a bound; one that does not fit is removed once
it was used. Names on disk are numbers: no remote name becomes a path here.
"""

from __future__ import annotations

import shutil
import tempfile
import threading
import weakref
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count, islice
from pathlib import Path
from typing import BinaryIO, Final, Protocol

from detector.sources.listing import extension

MOST_BYTES: Final = 4 << 30
"""Bytes of copies that stay, where the disk has four times as many free."""
AHEAD_FILES: Final = 16
AHEAD_BYTES: Final = 64 << 20
"""Size of a file from which it is fetched only once it is asked for."""
_THREADS: Final = 8


class Fetch(Protocol):
    """Writes a file's bytes into an open file and returns their SHA-256."""

    def __call__(self, path: str, size: int, sink: BinaryIO | None) -> str:
        """Fetch one file."""
        ...


@dataclass(frozen=True)
class Copy:
    """A file on this machine's disk, and the hash of its bytes."""

    path: Path
    sha256: str


@dataclass
class _Coming:
    """A copy that is there or on its way; ``users`` are at work on it."""

    copy: Future[Copy]
    size: int
    stays: bool
    users: int = 0


@dataclass
class _Disk:
    """Where copies lie and who fetches them; made when the first is fetched."""

    folder: Path
    pool: ThreadPoolExecutor
    numbers: Iterator[int] = field(default_factory=count)
    ended: bool = False


class Copies:
    """Copies of the files of one place, by path."""

    def __init__(self, fetch: Fetch, most: int | None = None) -> None:
        self._fetch = fetch
        self._most = most
        self._used = 0
        self._guard = threading.Lock()
        self._coming: dict[str, _Coming] = {}
        self._passing: dict[str, _Coming] = {}  # Those that do not stay: never many.
        self._order: Sequence[tuple[str, int]] = ()
        self._at: dict[str, int] = {}
        self._left: deque[tuple[str, _Coming]] = deque()
        self._disk: _Disk | None = None

    def expect(self, files: Sequence[tuple[str, int]]) -> None:
        """Take note of the files (path and size) that will be asked for, in that order."""
        with self._guard:
            self._order = files
            self._at = {path: at for at, (path, _) in enumerate(files)}

    def has(self, path: str) -> bool:
        """Whether a copy is there or on its way."""
        return path in self._coming

    def would_stay(self, size: int) -> bool:
        """Whether a copy of a file of this size would be kept."""
        with self._guard:
            return self._used + size <= self._bound()

    @contextmanager
    def open(self, path: str, size: int) -> Iterator[Copy]:
        """A copy of a file, as long as the block lasts at least."""
        with self._guard:
            self._settle()
            mine = self._begin(path, size)
            mine.users += 1
            self._begin_next(path)
        try:
            yield mine.copy.result()
        finally:
            self._leave(path, mine)

    def _begin(self, path: str, size: int) -> _Coming:
        if path not in self._coming:
            disk = self._made()
            stays = self._used + size <= self._bound()
            self._used += size if stays else 0
            target = disk.folder / f"{next(disk.numbers)}.{extension(path) or 'bin'}"
            copy = disk.pool.submit(_fetched, disk, self._fetch, path, size, target)
            self._coming[path] = _Coming(copy, size, stays)
            if not stays:
                self._passing[path] = self._coming[path]
        return self._coming[path]

    def _begin_next(self, path: str) -> None:
        """Begin with what will be asked for next, and let go what will not."""
        at = self._at.get(path)
        if at is None:
            return
        ahead = list(islice(self._order, at + 1, at + 1 + AHEAD_FILES))
        awaited = {name for name, _ in ahead}
        for name, other in list(self._passing.items()):
            if other.users == 0 and other.copy.done() and name not in awaited:
                self._drop(name, other)
        for name, size in ahead:
            if size <= AHEAD_BYTES:
                self._begin(name, size)

    def _leave(self, path: str, mine: _Coming) -> None:
        # A block that was left open is ended by the garbage collector, maybe in a thread that
        # holds the guard: who holds it next settles the account then.
        self._left.append((path, mine))
        if self._guard.acquire(blocking=False):
            try:
                self._settle()
            finally:
                self._guard.release()

    def _settle(self) -> None:
        """Let go what blocks that have ended used."""
        while self._left:
            path, mine = self._left.popleft()
            mine.users -= 1
            if mine.users or not mine.copy.done():
                continue  # Others use it, or its user was interrupted.
            if mine.copy.exception() is not None or not mine.stays:
                self._drop(path, mine)

    def _drop(self, path: str, mine: _Coming) -> None:
        """Forget a copy; one that failed is fetched anew when it is asked for again."""
        if self._coming.get(path) is mine:
            del self._coming[path]
            self._passing.pop(path, None)
            self._used -= mine.size if mine.stays else 0
        if mine.copy.exception() is None:
            mine.copy.result().path.unlink(missing_ok=True)

    def _bound(self) -> int:
        if self._most is None:
            self._most = min(MOST_BYTES, shutil.disk_usage(tempfile.gettempdir()).free // 4)
        return self._most

    def _made(self) -> _Disk:
        if self._disk is None:
            folder = Path(tempfile.mkdtemp(prefix="enduse-copies-"))
            self._disk = _Disk(folder, ThreadPoolExecutor(_THREADS, thread_name_prefix="fetch"))
            weakref.finalize(self, _end, self._disk)
        return self._disk


def _fetched(disk: _Disk, fetch: Fetch, path: str, size: int, target: Path) -> Copy:
    try:
        with target.open("w+b") as sink:
            return Copy(target, fetch(path, size, sink))
    finally:
        if disk.ended:
            shutil.rmtree(disk.folder, ignore_errors=True)


def _end(disk: _Disk) -> None:
    """Give the disk back without waiting: the garbage collector may call from any thread."""
    disk.ended = True
    disk.pool.shutdown(wait=False, cancel_futures=True)
    shutil.rmtree(disk.folder, ignore_errors=True)
