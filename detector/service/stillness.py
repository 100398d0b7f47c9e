"""What has changed since the look before? Asked so that asking costs next to nothing.

Names that come and go change the times of their folders, which are asked at every look: of a
folder that changed the names are read, and files that came can be told from all else that may
have happened. What is written in place changes no folder: the marks of all files are asked for a
small share of the time, at every look of a small inbox and about once in three minutes of one
with a hundred thousand files. For the same small share everything is looked at in full, whatever
the marks say.
"""

from __future__ import annotations

import os
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from detector.sources.manifests import is_manifest_name
from detector.sources.place import LocalPlace, Mark, Place
from detector.state.contents import PARTS, RETRY

_SHARE: Final = 0.003
"""Of the processor's time, for the marks of all files; and as much for looks in full."""
_MOST_CAME: Final = 1_000
"""Of more files that came at once none is taken alone: a look in full costs them less."""
_SETTLED_NS: Final = 2_000_000_000
"""What changed a folder this long ago left another time than what will change it next."""

Times = tuple[int, int, int]


@dataclass(frozen=True)
class _Folder:
    """One folder: its times before its names were read, the inodes of its files by name."""

    times: Times
    names: Mapping[str, int]
    folders: frozenset[str]
    settled: bool


@dataclass
class _Seen:
    """An inbox at one moment, and what beside it tells of a change.

    Folders and hashes of the marks of files are by path; ``governed``: some of the files may say
    which others count.
    """

    beside: dict[str, Times]
    folders: dict[str, _Folder] = field(default_factory=dict)
    marks: dict[str, int] = field(default_factory=dict)
    governed: bool = False


@dataclass
class Stillness:
    """Remembers what was there at a look in full, and what came since and was not taken yet."""

    place: Place
    state: Path
    _seen: _Seen | None = None
    _still: bool = False
    _came: dict[str, Mark] = field(default_factory=dict)
    _next_marks: float = 0.0
    _next_look: float = 0.0
    _began: float = 0.0

    def news(self) -> Mapping[str, Mark] | None:
        """The files that came and were not taken yet; None where a look in full is needed.

        Paths are relative to the inbox, marks those of now.
        """
        seen, now = self._seen, time.monotonic()
        if not self._still or seen is None or now >= self._next_look:
            return None
        if any(_times(path) != times for path, times in seen.beside.items()):
            return None
        if not all(self._is_plain(seen, path) for path in list(seen.folders)):
            return None
        if now >= self._next_marks and not self._marks_hold(seen):
            return None
        if len(self._came) > _MOST_CAME or (seen.governed and self._came):
            return None
        came = {path: _mark(self._path(path)) for path in self._came}
        if not all(came.values()):
            return None
        self._came = came
        return came

    def begin(self) -> None:
        """Take note of what is there before a look in full: what changes meanwhile is seen."""
        self._still = False
        self._began = time.process_time()
        self._seen = self._look_around() if isinstance(self.place, LocalPlace) else None

    def looked(self, waiting: Mapping[str, Mark], *, changed: bool) -> None:
        """Say that the look that began has come to its end; some files it has not taken yet.

        ``changed``: it has left another state.
        """
        self._came = dict(waiting)
        self._still = self._seen is not None
        if self._seen is not None and changed:
            # Whoever writes to the state holds its lock, and a manifest of another is seen.
            self._seen.beside = _beside(self.state)
        self._next_look = time.monotonic() + (time.process_time() - self._began) / _SHARE

    def took(self, paths: Collection[str]) -> None:
        """Say that files that came were taken: the state is another."""
        taken = {path: hash(self._came.pop(path)) for path in paths}
        if self._seen is not None:
            self._seen.marks |= taken
            self._seen.beside = _beside(self.state)

    def _path(self, path: str) -> str:
        root = str(self.place.root) if isinstance(self.place, LocalPlace) else ""
        return os.path.join(root, path) if path else root

    def _is_plain(self, seen: _Seen, path: str) -> bool:
        """Whether nothing happened in a folder but that files came, which are noted."""
        before, place = seen.folders[path], self._path(path)
        if before.settled and _times(place) == before.times:
            return True
        here = _listed(place)
        if here is None or before.names.items() - here.names.items():
            return False
        came, folders = here.names.keys() - before.names.keys(), here.folders - before.folders
        if before.folders - here.folders or (not path and (came or folders)):
            return False
        seen.folders[path] = here
        seen.governed |= any(map(is_manifest_name, came))
        self._came |= {_below(path, name): () for name in came}
        for below in (_below(path, name) for name in folders):
            seen.folders[below] = _Folder((0, 0, 0), {}, frozenset(), settled=False)
            if not self._is_plain(seen, below):
                return False
        return True

    def _marks_hold(self, seen: _Seen) -> bool:
        now = self._look_around()
        for waiting in self._came:
            now.marks.pop(waiting, None)
            seen.marks.pop(waiting, None)
        return now.marks == seen.marks

    def _look_around(self) -> _Seen:
        began, pending = time.process_time(), [""]
        seen = _Seen(_beside(self.state))
        while pending:
            here = pending.pop()
            folder = _listed(self._path(here))
            # What cannot be listed is told by the look in full.
            folder = folder or _Folder((0, 0, 0), {}, frozenset(), settled=False)
            seen.folders[here] = folder
            pending += [_below(here, name) for name in folder.folders]
            paths = [_below(here, name) for name in folder.names]
            seen.marks |= {path: hash(_mark(self._path(path))) for path in paths}
            seen.governed |= any(map(is_manifest_name, folder.names))
        self._next_marks = time.monotonic() + (time.process_time() - began) / _SHARE
        return seen


def _below(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name


def _beside(state: Path) -> dict[str, Times]:
    return {str(path): _times(str(path)) for path in (state / PARTS, state / RETRY)}


def _listed(path: str) -> _Folder | None:
    """What stands in a folder, but for what is left alone; None where it cannot be listed."""
    # Its time comes before its names: what changes between the two is seen at the next look.
    times = _times(path)
    try:
        with os.scandir(path) as found:
            entries = [e for e in found if not e.name.startswith((".", "_"))]
    except OSError:
        return None
    folders = frozenset(e.name for e in entries if e.is_dir(follow_symlinks=False))
    names = {e.name: e.inode() for e in entries if e.name not in folders}
    return _Folder(times, names, folders, settled=max(times[1:]) < time.time_ns() - _SETTLED_NS)


def _mark(path: str) -> Mark:
    """What a place says of a file; nothing where it is not there."""
    try:
        status = os.lstat(path)
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
