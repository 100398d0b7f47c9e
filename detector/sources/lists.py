"""Where the restricted-party lists of a log folder lie.

They are no table: publishers ship them in forms of their own, and ``detector.policy.lists`` reads
them. The discovery of tables knows of them so that it neither misses nor blames them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from detector.errors import DataError
from detector.sources.place import Entry, Kind, Mark, Place
from detector.sources.text import printable

FOLDER: Final = "lists"


@dataclass(frozen=True)
class ListsPlace:
    """A folder ``lists/`` as a place of its own; a single file is a folder that holds it alone."""

    above: Place
    top: Entry

    @property
    def name(self) -> str:
        """The place in words."""
        return f"{self.above.name}/{self.top.name}"

    def exists(self) -> str | None:
        """None: it was found there."""
        return None

    def entries(self, folder: str) -> list[Entry]:
        """What stands directly in a folder, by name."""
        if self.top.kind is not Kind.FOLDER:
            return [self.top]
        return self.above.entries(self.path(folder) if folder else self.top.name)

    def path(self, path: str) -> str:
        """A path as the place above calls it."""
        return f"{self.top.name}/{path}" if self.top.kind is Kind.FOLDER else path

    def mark(self, path: str) -> Mark | None:
        """The mark of a file as it is now."""
        return self.above.mark(self.path(path))

    def sha256(self, path: str) -> str:
        """The hash of a file's bytes."""
        return self.above.sha256(self.path(path))

    def expect(self, paths: Sequence[str]) -> None:
        """Be told which files will be asked for."""
        self.above.expect([self.path(path) for path in paths])

    @contextmanager
    def local(self, path: str) -> Iterator[Path]:
        """A file of this machine that holds the bytes."""
        with self.above.local(self.path(path)) as here:
            yield here


def lists_among(place: Place, top: Sequence[Entry], named: Sequence[str]) -> ListsPlace | None:
    """The lists among what stands at the top of a log folder, if they are there.

    Parameters
    ----------
    place
        The log folder.
    top
        Its entries.
    named
        Those of them, by name, that are called as lists are.

    Raises
    ------
    DataError
        If they are there more than once.
    """
    found = [entry for entry in top if entry.name in named]
    if len(found) > 1:
        forms = [f"{e.name}/" if e.kind is Kind.FOLDER else e.name for e in found]
        raise DataError(
            f"{FOLDER} is there {len(forms)} times ({', '.join(map(printable, forms))}); put all "
            f"lists into one folder {FOLDER}/"
        )
    return ListsPlace(place, found[0]) if found else None
