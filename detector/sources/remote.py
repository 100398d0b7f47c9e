"""A log folder in an object store, read like a folder of this machine.

One recursive listing tells all names; entries are made from it. Each file is fetched once where
its copy can stay, and what is read later is what was hashed before.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

from detector.errors import Unreadable
from detector.sources.address import parse
from detector.sources.copies import AHEAD_BYTES, Copies
from detector.sources.place import Entry, Kind, Mark
from detector.sources.store import Key, Store
from detector.sources.text import printable

_FOLDER: Mark = (0, 0, 0)


class RemotePlace:
    """A folder of an object store; its state is its address, and pickles as that."""

    def __init__(self, address: str) -> None:
        self._text = address
        self._address = parse(address)
        self._store = Store(self._address)
        self._copies = Copies(self._store.fetch)
        self._hashes: dict[str, str] = {}
        self._asked: dict[str, Mark | None] = {}

    def __reduce__(self) -> tuple[type[RemotePlace], tuple[str]]:
        """Other processes open the store themselves."""
        return RemotePlace, (self._text,)

    @property
    def name(self) -> str:
        """The address without its options."""
        return self._address.name

    def exists(self) -> str | None:
        """None where the folder is there, else what is there instead; lists it anew.

        Raises
        ------
        Unreachable
            If the store does not answer, or refuses.
        """
        keys = self._store.keys()
        self._listing = None if keys is None else _Tree(keys)
        # What was fetched is of the listing before.
        self._copies, self._hashes, self._asked = Copies(self._store.fetch), {}, {}
        if keys is not None:
            return None
        return "nothing" if self._store.mark() is None else "a file"

    @cached_property
    def _listing(self) -> _Tree | None:
        keys = self._store.keys()
        return None if keys is None else _Tree(keys)

    def entries(self, folder: str) -> list[Entry]:
        """What stands directly in a folder, by name, as it was listed."""
        return [] if self._listing is None else self._listing.entries(folder)

    def mark(self, path: str) -> Mark | None:
        """The mark that a file was listed with, once its bytes were fetched; else as it is now.

        What was fetched was compared with what was listed: later bytes are those of a later
        listing.
        """
        if path in self._hashes:
            return self._expected(path)
        return self._ask(path)

    def sha256(self, path: str) -> str:
        """The hash of a file's bytes; a copy stays for its reader where there is room.

        Raises
        ------
        Unreadable
            If the file cannot be fetched.
        Unreachable
            If the store does not answer.
        """
        known = self._hashes.get(path)
        if known is not None:
            return known
        size = self._size(path)
        if size > AHEAD_BYTES and not self._copies.has(path) and not self._copies.would_stay(size):
            return self._same(path, self._store.fetch(path, size, None))
        with self._copies.open(path, size) as copy:
            return self._same(path, copy.sha256)

    def expect(self, paths: Sequence[str]) -> None:
        """Fetch these files ahead, in that order, once the first is asked for."""
        marks = {} if self._listing is None else self._listing.marks
        self._copies.expect([(path, marks[path][1]) for path in paths if path in marks])

    @contextmanager
    def local(self, path: str) -> Iterator[Path]:
        """A copy on this machine, with the same extension, as long as the block lasts.

        Raises
        ------
        Unreadable
            If the file cannot be fetched, or is no longer the one that was hashed.
        Unreachable
            If the store does not answer.
        """
        with self._copies.open(path, self._size(path)) as copy:
            self._same(path, copy.sha256)
            yield copy.path

    def _same(self, path: str, sha256: str) -> str:
        first = self._hashes.setdefault(path, sha256)
        if first != sha256:
            raise Unreadable(
                f"{printable(path)} changed in {printable(self.name)} while it was read; run "
                "again when it is complete"
            )
        return sha256

    def _size(self, path: str) -> int:
        mark = self._expected(path)
        if mark is None:
            raise Unreadable(f"{printable(path)} is not there in {printable(self.name)}")
        return mark[1]

    def _expected(self, path: str) -> Mark | None:
        """The mark of the listing; of a file that was not listed here, of the first asking."""
        listed = self.__dict__.get("_listing")
        if listed is not None and path in listed.marks:
            mark: Mark = listed.marks[path]
            return mark
        return self._asked[path] if path in self._asked else self._ask(path)

    def _ask(self, path: str) -> Mark | None:
        self._asked[path] = self._store.mark(path)
        return self._asked[path]


class _Tree:
    """A listing as folders of names."""

    def __init__(self, keys: Sequence[Key]) -> None:
        self.marks: dict[str, Mark] = {}
        self._folders: dict[str, dict[tuple[str, Kind], Entry]] = {"": {}}
        for key in keys:
            self._add(key)

    def entries(self, folder: str) -> list[Entry]:
        """What stands directly in a folder, by name."""
        return sorted(self._folders.get(folder, {}).values(), key=lambda e: (e.name, e.kind.value))

    def _add(self, key: Key) -> None:
        steps = key.path.split("/")
        odd = next((n for n, step in enumerate(steps) if step in ("", ".", "..")), None)
        if odd is not None:
            if key.mark is not None:
                # The rest of a key that no folder could hold stands as one name.
                self._put(steps[:odd], "/".join(steps[odd:]), Kind.KEY, key.mark)
        elif key.mark is None:
            self._put(steps[:-1], steps[-1], Kind.FOLDER, _FOLDER)
        else:
            self._put(steps[:-1], steps[-1], Kind.FILE, key.mark)
            self.marks[key.path] = key.mark

    def _put(self, above: list[str], name: str, kind: Kind, mark: Mark) -> None:
        for depth, step in enumerate(above):
            self._within(above[:depth])[step, Kind.FOLDER] = Entry(step, Kind.FOLDER, _FOLDER)
        self._within(above)[name, kind] = Entry(name, kind, mark)

    def _within(self, steps: list[str]) -> dict[tuple[str, Kind], Entry]:
        return self._folders.setdefault("/".join(steps), {})
