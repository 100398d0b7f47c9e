"""A state folder, read and replaced: what counts is what its newest manifest names."""

from __future__ import annotations

import os
import secrets
from collections.abc import Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Final

import polars as pl

from detector.disk import Disk, failure
from detector.errors import StateDamaged, StateError
from detector.state import packs
from detector.state.changes import MANIFEST, FileMark, Moved, is_worth, mark_of, read
from detector.state.contents import (
    KEPT,
    LISTS,
    LOCK,
    PART,
    PARTS,
    READERS,
    SALT,
    SERVICE,
    foreign,
    told_of_state,
)
from detector.state.files import REMEDY_OF_LISTS, REMEDY_OF_PACKS, read_whole
from detector.state.folder import FIRST, STAGING, Folder
from detector.state.lists import HeldList
from detector.state.lock import exclusive, exclusive_now, serving, shared, unserved
from detector.state.manifest import (
    Manifest,
    Part,
    Stored,
    part_bytes,
    part_from_bytes,
    stored,
    tells_of,
)
from detector.state.packs import PACKS
from detector.state.sums import outdated

_SALT_BYTES: Final = 32


class Store(Folder):
    """Reads and replaces the state in a folder; what it has read it reads again when it changed."""

    def __init__(self, root: Path, disk: Disk | None = None) -> None:
        super().__init__(root, disk)
        self._present: dict[str, FileMark] = {}

    def manifest(self) -> Manifest:
        """The newest whole state; an empty one where nothing was ever stored.

        Raises
        ------
        StateError
            Where the manifest is damaged, or was lost.
        """
        try:
            self._held = read(self.root, self._held)
        except FileNotFoundError:
            self._held = None
            self._refuse_loss()
            return Manifest()
        return self._held.manifest

    def _refuse_loss(self) -> None:
        """Refuse what is no state, and a state whose manifest has gone: no fresh start."""
        if not self.root.is_dir():
            return
        if any(foreign(self.root)):
            raise StateError(
                f"{self.root} holds no {MANIFEST} but other files; expected a state folder "
                "or an empty one: make one with `enduse ingest LOGS --state DIR`"
            )
        if not (self.root / FIRST).exists() and any(told_of_state(self.root)):
            raise StateDamaged(
                f"{self.root} holds parts of a state and no {MANIFEST}: it was deleted or lost; "
                f"make it again with `enduse state rebuild {self.root}`, restore the state from a "
                "backup, or ingest the logs into a new folder"
            )

    @contextmanager
    def writing(self, wait: float, *, mend: bool = False, alone: bool = False) -> Iterator[None]:
        """Be the only writer, and sweep up what one that was killed has left.

        Parameters
        ----------
        mend
            Whether the manifest may be damaged or lost.
        alone
            Whether no service may be at work on the state.

        Raises
        ------
        StateError
            Where another writer is at work for longer than ``wait`` seconds.
        """
        if not mend and not (self.root / MANIFEST).is_file():
            self._refuse_loss()
        self.disk.make_folder(self.root)
        with ExitStack() as locks:
            if alone:
                locks.enter_context(unserved(self.root / SERVICE, wait))
            locks.enter_context(exclusive(self.root / LOCK, wait))
            self._begin_or_go_on()
            for folder in (PARTS, PACKS, KEPT, LISTS, STAGING):
                self.disk.make_folder(self.root / folder)
            for left in (self.root / STAGING).iterdir():
                self.disk.remove(left)
            yield

    def _begin_or_go_on(self) -> None:
        """Mark a state in which nothing was published yet, for as long as that is so."""
        first = self.root / FIRST
        if (self.root / MANIFEST).is_file():
            if first.exists():
                self.disk.remove(first)
        elif not any(told_of_state(self.root)) and not first.exists():
            self.disk.write(first, b"")
            self.disk.sync(self.root)

    @contextmanager
    def serving(self, wait: float) -> Iterator[int]:
        """Be the only service, and keep other ingests away; see ``lock.serving``.

        Raises
        ------
        StateError
            Where another holds it, or the folder cannot be made.
        """
        try:
            self.disk.make_folder(self.root)
        except OSError as error:
            said = f"the state {self.root} could not be made: {failure(error)}"
            raise StateError(said) from error
        with serving(self.root / SERVICE, wait) as handle:
            yield handle

    @contextmanager
    def reading(self) -> Iterator[Manifest]:
        """The newest state, whose files stay while they are read."""
        if not self.root.is_dir():
            raise StateError(
                f"there is no state folder {self.root}; make one with "
                "`enduse ingest LOGS --state DIR`"
            )
        with shared(self.root / READERS):
            yield self.manifest()

    def salt(self) -> bytes:
        """Key under which addresses in native logs are hashed where no other is given."""
        path = self.root / KEPT / SALT
        if not path.exists():
            if (self.root / MANIFEST).is_file():
                raise StateError(
                    f"{path} is missing: what native logs hold would be hashed under another key "
                    "from now on and match nothing; restore it from a backup, or ingest the logs "
                    "into a new folder"
                )
            staged = self._staged(SALT)
            self.disk.write(staged, secrets.token_bytes(_SALT_BYTES), 0o600)
            self.disk.replace(staged, path)
        return path.read_bytes()

    def keep(self, name: str, data: bytes) -> Stored:
        """Write a receipt; it counts once a manifest names it."""
        staged = self._staged(name)
        self.disk.write(staged, data)
        self.disk.replace(staged, self.root / KEPT / name)
        return stored(data)

    def take_list(self, data: bytes) -> Stored:
        """Write a file of lists under its hash; it counts once a manifest names it."""
        measure = stored(data)
        place = self.root / LISTS / measure.sha256
        if not place.is_file() or place.read_bytes() != data:
            staged = self._staged(LISTS)
            self.disk.write(staged, data)
            self.disk.replace(staged, place)
        return measure

    def place_of_list(self, held: HeldList) -> Path:
        """Where a file of lists stands."""
        return self.root / LISTS / held.sha256

    def has_list(self, held: HeldList) -> bool:
        """Whether a file of lists is there in its size (``check`` reads it)."""
        try:
            return self.place_of_list(held).stat().st_size == held.bytes
        except OSError:
            return False

    def read_list(self, held: HeldList) -> bytes:
        """Read a file of lists, after its checksum was compared.

        Raises
        ------
        StateError
            Where it is missing, cut off or changed.
        """
        path = self.place_of_list(held)
        return read_whole(path, Stored(held.bytes, held.sha256), REMEDY_OF_LISTS)

    def finished(self, key: str) -> Part | None:
        """A part that was made whole by a run that did not come to its end."""
        part = self.described(key)
        if part is None:
            return None
        try:
            for name in part.files:
                self.read(part, name)
        except (OSError, StateError):
            return None
        return part

    def described(self, key: str) -> Part | None:
        """What stands beside the files of a part, if it is what was written."""
        try:
            data = (self.root / PARTS / key / PART).read_bytes()
            part = part_from_bytes(data)
        except (OSError, ValueError):
            return None
        return part if tells_of(data, part) and part.key == key else None

    def begin(self) -> Path:
        """A folder to write a new part in."""
        folder = self._staged("part")
        # Its name here need not last: it is moved into its place, which is synced.
        folder.mkdir()
        return folder

    def add(self, folder: Path, name: str, frame: pl.DataFrame) -> Stored:
        """Write one table of a part."""
        buffer = BytesIO()
        frame.write_parquet(buffer, compression="zstd", compression_level=1)
        data = buffer.getvalue()
        self.disk.write(folder / name, data)
        return stored(data)

    def finish(self, folder: Path, part: Part) -> Part:
        """Move a part into its place; it counts once a manifest names it."""
        part = replace(part, pack=None, at=0)
        self.disk.write(folder / PART, part_bytes(part))
        self.disk.sync(folder)
        place = self.root / PARTS / part.key
        if place.exists():
            self.disk.remove(place)
        self.disk.replace(folder, place)
        return part

    def publish(self, manifest: Manifest, moved: Moved | None = None) -> Manifest:
        """Make a manifest the newest: before this call nothing has changed, after it all has.

        Parameters
        ----------
        moved
            Which parts are others than before, where the caller knows.
        """
        salt = {SALT: stored(self.salt())}
        if manifest.kept.get(SALT) != salt[SALT]:
            manifest = replace(manifest, kept={**manifest.kept, **salt})
        try:
            held = read(self.root, self._held)
        except (StateDamaged, FileNotFoundError):
            held = None
        if held is not None:
            moved = moved or Moved.between(held.manifest, manifest)
            more = packs.without(self, held.manifest, manifest, moved)
            if more is not moved:
                moved, manifest = more, replace(manifest, parts=more.of(manifest.parts))
            if is_worth(held, manifest, moved):
                return self._change(held, manifest, moved)
        return self._publish_whole(manifest)

    def sweep(self, manifest: Manifest, among: Collection[str] | None = None) -> int:
        """Delete parts and lists that the manifest does not name, unless somebody is reading.

        Parameters
        ----------
        among
            Keys of the parts that may go; default all, and lists.

        Returns
        -------
        int
            How many went.
        """
        named = {p.key for p in manifest.parts if not p.retired and p.pack is None}
        with exclusive_now(self.root / READERS) as free:
            if not free:
                return 0
            old = [
                p
                for p in (self.root / PARTS).iterdir()
                if p.name not in named and (among is None or p.name in among)
            ]
            if among is None:
                held = {file.sha256 for file in manifest.lists.files.values()}
                old += [p for p in (self.root / LISTS).glob("*") if p.name not in held]
                named = packs.names(manifest)
                old += [p for p in (self.root / PACKS).glob("*") if p.name not in named]
                old += outdated(self.root, manifest)
            for left in old:
                self.disk.remove(left)
            return len(old)

    def discard(self, keys: Collection[str]) -> None:
        """Delete parts that no manifest names any more; where somebody reads, a sweep does it."""
        with exclusive_now(self.root / READERS) as free:
            for key in keys if free else ():
                self.disk.remove(self.root / PARTS / key)

    def present(self, part: Part) -> bool:
        """Whether the part's files are there in their sizes (``check`` reads them)."""
        if part.pack is not None:
            return self._is_packed(part, part.pack)
        folder = f"{self.root}/{PARTS}/{part.key}"
        try:
            mark = mark_of(os.stat(folder))
            if self._present.get(part.key) == mark:
                return True
            sizes = {name: os.stat(f"{folder}/{name}").st_size for name in part.files}
        except OSError:
            return False
        whole = all(sizes[name] == measure.bytes for name, measure in part.files.items())
        if whole:
            self._present[part.key] = mark
        return whole

    def _is_packed(self, part: Part, pack: str) -> bool:
        try:
            size = os.stat(f"{self.root}/{PACKS}/{pack}").st_size
        except OSError:
            return False
        return part.at + sum(measure.bytes for measure in part.files.values()) <= size

    def read(self, part: Part, name: str) -> pl.DataFrame:
        """Read one table of a part, after its checksum was compared.

        Raises
        ------
        StateError
            Where the file is missing, cut off or changed.
        """
        return pl.read_parquet(BytesIO(self.bytes_of(part, name)))

    def bytes_of(self, part: Part, name: str) -> bytes:
        """A file of a part, after its checksum was compared.

        Raises
        ------
        StateError
            Where the file is missing, cut off or changed.
        """
        if part.pack is None:
            return read_whole(self.root / PARTS / part.key / name, part.files[name])
        path, at = self.root / PACKS / part.pack, packs.place_in(part, name)
        return read_whole(path, part.files[name], REMEDY_OF_PACKS, at)


def tables_of(part: Part, kind: str) -> Mapping[str, str]:
    """Rollup names to file names of one kind of a part: ``all``, ``base`` or ``rows``."""
    ending = ".parquet"
    prefix = kind + "."
    return {
        name[len(prefix) : -len(ending)]: name
        for name in sorted(part.files)
        if name.startswith(prefix) and name.endswith(ending)
    }
