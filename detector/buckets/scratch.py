"""Boxes on the disk: files without a name, which are gone when the run is, however it ends."""

from __future__ import annotations

import os
import tempfile
import weakref
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import IO, TypeVar

from detector.buckets.boxes import Box, Listed
from detector.buckets.merging import Merging
from detector.errors import OutputError

Told = TypeVar("Told")


@dataclass(frozen=True)
class _Place:
    name: str
    bucket: int
    at: int
    size: int


@dataclass(frozen=True)
class Shelf:
    """Boxes in one file, in the order in which they came."""

    file: IO[bytes]
    _places: list[_Place] = field(default_factory=list)

    @classmethod
    def new(cls) -> Shelf:
        """An empty shelf in the folder that ``TMPDIR`` names; it ends when nobody holds it."""
        with _told():
            # Nobody can open what has no name; the system takes it back even from who is killed.
            file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - it lives as long as the shelf
        shelf = cls(file)
        weakref.finalize(shelf, file.close)
        return shelf

    def put(self, boxes: Iterable[Box]) -> None:
        """Add boxes."""
        for box in boxes:
            at = self._places[-1].at + self._places[-1].size if self._places else 0
            payload = box.payload
            with _told():
                _write(self.file.fileno(), payload, at)
            self._places.append(_Place(box.name, box.bucket, at, len(payload)))

    def names(self) -> Sequence[str]:
        """The names that boxes have, each once."""
        return list(dict.fromkeys(place.name for place in self._places))

    def named(self, name: str) -> Iterator[Box]:
        """The boxes of a name, one by one."""
        return (self._read(place) for place in self._places if place.name == name)

    def of(self, bucket: int, names: Collection[str] | None = None) -> Iterator[Box]:
        """The boxes of a bucket, one by one; those of some names alone."""
        mine = (place for place in self._places if place.bucket == bucket)
        return (self._read(place) for place in mine if names is None or place.name in names)

    def end(self) -> None:
        """Give the room on the disk back."""
        self._places.clear()
        self.file.close()

    def _read(self, place: _Place) -> Box:
        with _told():
            held = os.pread(self.file.fileno(), place.size, place.at)
        if len(held) < place.size:
            raise OutputError(f"the scratch file in {tempfile.gettempdir()} was cut off")
        return Box(place.name, place.bucket, held)


@dataclass(frozen=True)
class LocalSent:
    """Parts that lie on the disk of this machine, and what all of them tell (``FACTS``)."""

    shelf: Shelf
    facts: Sequence[Box]

    def merged(self, more: Iterable[Box], buckets: int, work: Merging) -> LocalMerged:
        """What ``work`` adds up, which is not done before it is asked for."""
        self.shelf.put(more)
        return LocalMerged(self.shelf, Listed(self.facts), buckets, work)


@dataclass(frozen=True)
class LocalMerged:
    """Rollups of which the parts lie on the disk of this machine: added up, they need not."""

    parts: Shelf
    facts: Listed
    buckets: int
    merging: Merging

    def named(self, names: tuple[str, ...]) -> Listed:  # noqa: ARG002 - nothing but facts is asked for
        """The facts."""
        return self.facts

    def over(self, work: Callable[[Told, int, Iterable[Box]], Iterator[Box]], told: Told) -> Shelf:
        """What ``work`` makes of each bucket, one after the other."""
        found = Shelf.new()
        for bucket in range(self.buckets):
            found.put(work(told, bucket, self.merging.sums(bucket, self.parts.of(bucket))))
        self.parts.end()
        return found


def _write(handle: int, data: bytes, at: int) -> None:
    left = memoryview(data)
    while left:
        done = os.pwrite(handle, left, at)
        left, at = left[done:], at + done


@contextmanager
def _told() -> Iterator[None]:
    """Tell of a disk that is full like of any other failed write.

    Raises
    ------
    OutputError
        Where the system fails.
    """
    try:
        yield
    except OSError as error:
        raise OutputError(
            f"what a run sets aside could not be kept in {tempfile.gettempdir()}: "
            f"{error.strerror}; make room there, set TMPDIR to another folder, or give the run "
            "more --memory"
        ) from error
