"""Has anything changed since the look before? Asked so that asking costs next to nothing.

Names that come and go change the times of their folders, which are asked at every look. What is
written in place changes none: the marks of all files are asked for a small share of the time, at
every look of a small inbox and about once in two minutes of one with a hundred thousand files.
For the same small share everything is looked at in full, whatever the marks say.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from detector.sources.place import LocalPlace, Place
from detector.state.changes import CHANGES, MANIFEST
from detector.state.store import PARTS, RETRY

_SHARE: Final = 0.003
"""Of the processor's time, for the marks of all files; and as much for looks in full."""
_SETTLED_NS: Final = 2_000_000_000
"""What changed a folder this long ago left another time than what will change it next."""

Times = tuple[int, int, int]


@dataclass(frozen=True)
class _Seen:
    """An inbox and its state at one moment: folders with their times, and all files in one."""

    folders: dict[str, Times]
    files: int
    settled: bool


@dataclass
class Stillness:
    """Remembers what was there at a look that found nothing to do."""

    place: Place
    state: Path
    _seen: _Seen | None = None
    _still: bool = False
    _next_marks: float = 0.0
    _next_look: float = 0.0
    _began: float = 0.0

    def holds(self) -> bool:
        """Whether a look in full would find what the last one found."""
        seen, now = self._seen, time.monotonic()
        if not self._still or seen is None or now >= self._next_look:
            return False
        if any(_times(path) != times for path, times in seen.folders.items()):
            return False
        return now < self._next_marks or self._marks_hold(seen)

    def begin(self) -> None:
        """Take note of what is there before a look in full: what changes meanwhile is seen."""
        self._still = False
        self._began = time.process_time()
        self._seen = self._look_around() if isinstance(self.place, LocalPlace) else None

    def nothing_found(self) -> None:
        """Say that the look that began found nothing to do, now or after a pause."""
        self._still = self._seen is not None and self._seen.settled
        self._next_look = time.monotonic() + (time.process_time() - self._began) / _SHARE

    def _marks_hold(self, seen: _Seen) -> bool:
        now = self._look_around()
        return (now.folders, now.files) == (seen.folders, seen.files)

    def _look_around(self) -> _Seen:
        began = time.process_time()
        roots = [str(self.place.root)] if isinstance(self.place, LocalPlace) else []
        beside = (MANIFEST, CHANGES, PARTS, RETRY)
        seen = _walked(roots, [self.state / name for name in beside])
        self._next_marks = time.monotonic() + (time.process_time() - began) / _SHARE
        return seen


def _walked(roots: list[str], beside: list[Path]) -> _Seen:
    """All folders below some, but for those that are left alone, and one number for the files."""
    pending, files = list(roots), 0
    folders = {str(path): _times(str(path)) for path in beside}
    while pending:
        here = pending.pop()
        # Its time comes before its names: what changes between the two is seen at the next look.
        folders[here] = _times(here)
        try:
            entries = list(os.scandir(here))
        except OSError:
            continue  # What cannot be listed is told by the look in full.
        for entry in entries:
            if entry.name.startswith((".", "_")):
                continue
            if entry.is_dir(follow_symlinks=False):
                pending.append(entry.path)
            else:
                files = hash((files, entry.name, _times_of(entry)))
    newest = max(times[1] for times in folders.values())
    return _Seen(folders, files, newest < time.time_ns() - _SETTLED_NS)


def _times_of(entry: os.DirEntry[str]) -> tuple[int, ...]:
    try:
        status = entry.stat(follow_symlinks=False)
    except OSError:
        return ()
    return status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


def _times(path: str) -> Times:
    """Inode and times of change of a folder or a file; zeros where it is not there."""
    try:
        status = os.stat(path, follow_symlinks=False)
    except OSError:
        return 0, 0, 0
    return status.st_ino, status.st_mtime_ns, status.st_ctime_ns
