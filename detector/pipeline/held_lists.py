"""The restricted-party lists of a state as a place: files under the names that they came with."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from detector.errors import DataError, StateError
from detector.sources.place import Entry, Kind, Mark
from detector.sources.text import printable
from detector.state import HeldLists, Store


@dataclass(frozen=True)
class HeldPlace:
    """A folder of lists as a state holds it."""

    store: Store
    held: HeldLists

    @property
    def name(self) -> str:
        """The place in words."""
        return f"{self.store.root}/lists"

    def exists(self) -> str | None:
        """None: the manifest names it."""
        return None

    def entries(self, folder: str) -> list[Entry]:
        """The files, by name; there are no folders among them."""
        files = sorted(self.held.files.items()) if folder == "" else []
        return [Entry(name, Kind.FILE, (0, file.bytes, 0)) for name, file in files]

    def mark(self, path: str) -> Mark | None:
        """What the manifest says of a file: it does not change."""
        file = self.held.files.get(path)
        return None if file is None else (0, file.bytes, 0)

    def sha256(self, path: str) -> str:
        """The hash of a file's bytes."""
        return self.held.files[path].sha256

    def expect(self, paths: Sequence[str]) -> None:
        """Do nothing: the files are here."""

    @contextmanager
    def local(self, path: str) -> Iterator[Path]:
        """The state's file, after its checksum was compared.

        Raises
        ------
        DataError
            Where the state's file is missing, cut off or changed.
        """
        try:
            self.store.read_list(self.held.files[path])
        except StateError as error:
            raise DataError(f"{printable(path)}: {error}") from error
        yield self.store.place_of_list(self.held.files[path])
