"""Files that came since a look in full, taken in at a cost that does not grow with the others.

That is enough where what came is plain: new files of tables that bring no delivery anew, name no
other file, hold what no other holds, and can be read. Whatever else came, all is looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from heapq import heapify, heappop, heappush
from pathlib import Path, PurePosixPath

from detector.pipeline.formats import fingerprint
from detector.pipeline.making import Given, due_from, make, settled
from detector.pipeline.planning import Plan
from detector.pipeline.rolling import KEYS, Making
from detector.pipeline.screened_files import has_names
from detector.sources.discover import Hashes, find_files, hashed
from detector.sources.listing import Listed, Listing
from detector.sources.native.adapter import Hasher
from detector.sources.place import Entry, LocalPlace, Mark, entry_at
from detector.sources.reading import Reading
from detector.state import Manifest, Moved, Part, Store
from detector.state.retry import asked


@dataclass
class Standing:
    """What stands in a state, kept so that it can be added to without looking through it all.

    ``base`` is the manifest that a look in full left; None before one.
    """

    base: Manifest | None = None
    newest: datetime | None = None
    _contents: set[tuple[str, str]] = field(default_factory=set)
    _refused: set[tuple[str, str]] = field(default_factory=set)
    _keyed: list[Part] = field(default_factory=list)
    _due: list[tuple[datetime, str, str]] = field(default_factory=list)
    _held: dict[tuple[str, str], Part] = field(default_factory=dict)

    def rest_on(self, manifest: Manifest, given: Given) -> None:
        """Take note of what a look in full has left."""
        self.base, self.newest = manifest, manifest.as_of
        self._contents = {(p.table, p.sha256) for p in manifest.parts}
        self._refused = {(r.table, r.path) for r in manifest.rejected}
        self._keyed = [p for p in manifest.parts if KEYS in p.files]
        self._held = {(p.table, p.path): p for p in manifest.parts}
        self._due = [
            (due, p.table, p.path) for p in manifest.parts if (due := due_from(p, given.hold))
        ]
        heapify(self._due)

    def is_new(self, file: Listed, sha256: str) -> bool:
        """Whether neither the place nor the content was ever seen."""
        place = (file.table, file.path)
        known = place in self._held or place in self._refused
        return not known and (file.table, sha256) not in self._contents

    @property
    def keyed(self) -> list[Part]:
        """The parts that others may repeat, by the keys of their rows."""
        return list(self._keyed)

    def due(self, cut: datetime | None) -> list[Part]:
        """The parts that hold rows which need not be held from ``cut`` on; each is told once."""
        found = []
        while cut is not None and self._due and self._due[0][0] <= cut:
            _, table, path = heappop(self._due)
            found.append(self._held[table, path])
        return found

    def add(self, manifest: Manifest, parts: Sequence[Part], given: Given) -> None:
        """Take note of parts that are new, or others than before, in the next manifest."""
        self.base = manifest
        before = {id(self._held.get((p.table, p.path))) for p in parts}
        self._keyed = [p for p in self._keyed if id(p) not in before]
        self._keyed += [p for p in parts if KEYS in p.files]
        for part in parts:
            self._held[part.table, part.path] = part
            self._contents.add((part.table, part.sha256))
            if due := due_from(part, given.hold):
                heappush(self._due, (due, part.table, part.path))
            if part.latest:
                end = datetime.fromisoformat(part.latest)
                self.newest = end if self.newest is None else max(self.newest, end)


@dataclass(frozen=True)
class CamePlace(LocalPlace):
    """A folder in which nothing is seen but some files, and the folders that lead to them."""

    names: Mapping[str, set[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, root: Path, came: Iterable[str]) -> CamePlace:
        """Show files by their paths below a folder."""
        names: dict[str, set[str]] = {}
        for path in came:
            for below in (path, *map(str, PurePosixPath(path).parents)):
                folder, _, name = below.rpartition("/")
                names.setdefault(folder, set()).add(name)
        return cls(root, names)

    def entries(self, folder: str) -> list[Entry]:
        """What of the files stands in a folder, by name."""
        names = sorted(self.names.get(folder, set()) - {"."})
        found = (entry_at(self.root / folder / name) for name in names)
        return [entry for entry in found if entry is not None]


def take_arrivals(
    store: Store, given: Given, standing: Standing, came: Mapping[str, Mark], hashes: Hashes
) -> tuple[Manifest, list[Part]] | None:
    """Take in files that came, where that is all there is to do; None where it is not.

    The writer's lock is held. ``came`` are paths below the folder that is looked at, with their
    marks.
    """
    before = store.manifest()
    if before is not standing.base or asked(store.root):
        return None
    found = _plain(given, standing, came, hashes)
    if found is None:
        return None
    # What is taken from its memory here comes back where all was published.
    standing.base = None
    hasher = Hasher(given.hash_key or store.salt())
    reading = Reading(given.place, hasher, given.clock, given.clock + given.slack)
    making = Making(store, given.catalogue, fingerprint(given.catalogue), reading,
                    given.pseudonym_key, standing.newest)  # fmt: skip
    todo = Plan(found, standing.keyed, [], 0, {})
    made = make(making, given, todo, standing.newest)
    if made.rejected:
        return None
    ends = [datetime.fromisoformat(p.latest) for p in made.parts if p.latest]
    newest = max([*ends, *([standing.newest] if standing.newest else [])], default=None)
    given.say("settled rows")
    older = standing.due(given.cut(newest))
    parts = settled(making, (*older, *made.parts), newest, given)
    moved = Moved(frozenset(), parts)
    after = replace(before, sequence=before.sequence + 1, parts=moved.of(before.parts))
    after = store.publish(after, moved)
    standing.add(after, parts, given)
    store.discard({p.key for p in (*older, *made.parts)} - {p.key for p in parts})
    return after, made.parts


def _plain(
    given: Given, standing: Standing, came: Mapping[str, Mark], hashes: Hashes
) -> list[tuple[Listed, str]] | None:
    """The files, where nothing but they themselves is told by their coming."""
    if not isinstance(given.place, LocalPlace) or not given.reject:
        return None
    listing = find_files(CamePlace.of(given.place.root, came))
    if not _alone(listing, came):
        return None
    found = hashed(listing.files, listing, lambda file: hashes.of(given.place, file))
    contents = {(file.table, sha) for file, sha in found}
    new = all(standing.is_new(file, sha) for file, sha in found)
    hidden = given.pseudonym_key is not None and any(has_names(f.table) for f, _ in found)
    whole = len(found) == len(contents) == len(listing.files)
    return found if new and whole and not hidden else None


def _alone(listing: Listing, came: Mapping[str, Mark]) -> bool:
    """Whether all that came are files of tables that change the meaning of no other file."""
    told = listing.unread or listing.warnings or listing.replaced or listing.lists
    marks = {file.path: file.mark for file in listing.files}
    plain = all(file.delivery is None and "/" in file.path for file in listing.files)
    return not told and plain and marks == came
