"""Restricted-party lists into a state: files as they came, the older one where one got worse."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from types import MappingProxyType

from detector.errors import DataError, StateError, Unreachable
from detector.pipeline.lists import contents
from detector.policy.lists.guard import shrunk
from detector.policy.lists.manifest import NAME as MANIFEST
from detector.policy.lists.manifest import Manifest, Told, manifest_bytes, parse_manifest
from detector.policy.lists.parsing import MOST_FILE_BYTES, MOST_FILES, parse
from detector.policy.lists.reading import may_be_list, refuse_more, too_many
from detector.policy.lists.text import clean
from detector.sources.discover import Hashes
from detector.sources.listing import Listed
from detector.sources.lists import FOLDER, ListsPlace
from detector.sources.place import Entry, Kind
from detector.state import AsideList, HeldList, HeldLists, Standing, Store, entries_by_list
from detector.terminal import safe_text


@dataclass(frozen=True)
class Found:
    """The files of a folder of lists that a state holds, by name; ``aside`` is what it is not."""

    place: ListsPlace
    entries: Mapping[str, Entry]
    aside: tuple[AsideList, ...] = ()

    def listed(self, name: str) -> Listed:
        """A file as the lister of tables would name it."""
        return Listed(self.place.path(name), FOLDER, self.entries[name].mark)

    @property
    def files(self) -> list[Listed]:
        """The files that can be read."""
        return [self.listed(n) for n, e in self.entries.items() if _readable(e)]


def _readable(entry: Entry) -> bool:
    return entry.kind is Kind.FILE and entry.mark[1] <= MOST_FILE_BYTES


def find_lists(place: ListsPlace | None, ready: Callable[[Listed], bool]) -> Found | None:
    """The files of a folder of lists; None where it is not there, or is still being written."""
    if place is None:
        return None
    try:
        entries = place.entries("")
    except OSError as error:
        why = f"{FOLDER} cannot be opened: {error.strerror}; the lists held before stay"
        return Found(place, {}, (AsideList(FOLDER, why, "older"),))
    names = [e.name for e in entries if may_be_list(e.name)]
    taken = {MANIFEST, *names[:MOST_FILES]}
    aside = tuple(AsideList(names[MOST_FILES], r.sentence, "none") for r in too_many(names))
    found = Found(place, {e.name: e for e in entries if e.name in taken}, aside)
    waiting = [file for file in found.files if not ready(file)]
    return None if waiting else found


@dataclass
class Intake:
    """One folder of lists on its way into a state.

    ``lost`` says what is held less than before, where ``reason`` says that this is right.
    """

    store: Store
    found: Found
    before: HeldLists
    hashes: Hashes
    reason: str | None = None
    files: dict[str, HeldList] = field(default_factory=dict)
    aside: list[AsideList] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    _size: int = 0

    def take(self) -> HeldLists:
        """Take all files; what the state held stays where its new version is none.

        Raises
        ------
        OSError
            If the state cannot be written.
        """
        self.aside += self.found.aside
        if not self.found.entries and self.found.aside:
            return HeldLists(self.before.files, tuple(self.aside))
        for name, entry in self.found.entries.items():
            if name != MANIFEST:
                self._take(name, entry)
        self._take_leave()
        self._take_manifest()
        aside = sorted(self.aside, key=lambda a: a.name)
        return HeldLists(dict(sorted(self.files.items())), tuple(aside))

    def _take(self, name: str, entry: Entry) -> None:
        stands = self._stands(name)
        try:
            self._size += entry.mark[1] if _readable(entry) else 0
            refuse_more(name_shown(name), self._size)
            digest = self._hash(name, entry)
            if self._is_known(name, digest):
                return
            data = contents(self.found.place, entry)
        except Unreachable:
            raise  # It says nothing of the file.
        except OSError as error:
            why = f"{name_shown(name)} cannot be read: {error.strerror}"
            self._set_aside(name, why, None, "older" if stands else "none")
            return
        except DataError as error:
            self._set_aside(name, str(error), None, "older" if stands else "none")
            return
        try:
            counts = self._counts(name, data)
        except DataError as error:
            self._set_aside(name, str(error), digest, "older" if stands else "itself")
            if stands:
                return
            counts = {}
        held = self.store.take_list(data)
        self.files[name] = HeldList(held.bytes, held.sha256, counts)

    def _stands(self, name: str) -> bool:
        """Whether the state holds a file of this name that can be read."""
        aside = {a.name for a in self.before.aside if a.standing == "itself"}
        return name in self.before.files and name not in aside

    def _hash(self, name: str, entry: Entry) -> str | None:
        if not _readable(entry):
            return None
        return self.hashes.of(self.found.place.above, self.found.listed(name))

    def _is_known(self, name: str, digest: str | None) -> bool:
        """Take over what an earlier look has found of the same bytes."""
        old = self.before.files.get(name)
        aside = next((a for a in self.before.aside if a.name == name), None)
        if old is None or digest is None or not self.store.has_list(old):
            return False
        if old.sha256 == digest:
            self.files[name] = old
            self.aside += [aside] if aside and aside.standing == "itself" else []
            return True
        if aside and (aside.sha256, aside.standing) == (digest, "older") and (
            self.reason is None and not self._is_accepted(name, digest)
        ):  # fmt: skip
            self.files[name] = old
            self.aside.append(aside)
            return True
        return False

    def _set_aside(self, name: str, why: str, digest: str | None, standing: Standing) -> None:
        older = standing == "older"
        sentence = f"{why}; the state keeps the {name_shown(name)} it has" if older else why
        if older:
            self.files[name] = self.before.files[name]
        self.aside.append(AsideList(name, sentence, standing, digest))

    def _counts(self, name: str, data: bytes) -> Mapping[str, int]:
        """The entries of a file by list.

        Raises
        ------
        DataError
            If it is no list, or holds much less than the one before and nobody said why.
        """
        if name == MANIFEST:
            parse_manifest(data)
            return {}
        parsed = parse(name_shown(name), data)
        parsed.refuse_empty()
        old = self.before.files.get(name)
        less = shrunk(old.entries if old else {}, parsed.counts)
        if less and not self._is_accepted(name, sha256(data).hexdigest()):
            self._need_reason(f"{name_shown(name)} holds less than before: {'; '.join(less)}")
        return dict(parsed.counts)

    def _need_reason(self, less: str) -> None:
        if self.reason is None:
            raise DataError(
                f"{less}; if that is right: enduse ingest LOGS --state DIR --accept-shrink REASON"
            )
        self.lost.append(less)

    def _is_accepted(self, name: str, digest: str) -> bool:
        """Whether the folder's own manifest says that these bytes were accepted."""
        return self._told is not None and self._told.of(name).sha256 == digest

    @cached_property
    def _told(self) -> Manifest | None:
        """What the folder's manifest says; None where it cannot be read."""
        entry = self.found.entries.get(MANIFEST)
        try:
            return parse_manifest(contents(self.found.place, entry)) if entry else Manifest()
        except (DataError, OSError):
            return None

    def _take_leave(self) -> None:
        """Let files go that are there no more, unless lists would go with them."""
        now = entries_by_list(self.files.values())
        for name, old in self.before.files.items():
            if name == MANIFEST or name in self.found.entries:
                continue
            less = shrunk(old.entries, now)
            try:
                if less:
                    gone = f"{name_shown(name)} is no longer there: {'; '.join(less)}"
                    self._need_reason(gone)
            except DataError as error:
                self._set_aside(name, str(error), None, "older")

    def _take_manifest(self) -> None:
        kept = {a.name for a in self.aside if a.standing == "older"}
        if kept and self._told is not None:
            self._date(kept, self._told)
        elif MANIFEST in self.found.entries:
            self._take(MANIFEST, self.found.entries[MANIFEST])

    def _date(self, kept: set[str], new: Manifest) -> None:
        """Write a manifest in which a file that was kept has its own day, not a newer one's."""
        old = self._held_manifest()
        told = {n: (old if n in kept else new).of(n) for n in self.files if clean(n) == n}
        named = {n: t for n, t in {**new.files, **told}.items() if t != Told() and n != MANIFEST}
        if not named:
            return
        held = self.store.take_list(manifest_bytes(Manifest(Told(), MappingProxyType(named))))
        self.files[MANIFEST] = HeldList(held.bytes, held.sha256)

    def _held_manifest(self) -> Manifest:
        held = self.before.files.get(MANIFEST)
        try:
            return parse_manifest(self.store.read_list(held)) if held else Manifest()
        except (DataError, StateError):
            return Manifest()


def name_shown(name: str) -> str:
    """A file's name as sentences show it."""
    return safe_text(name, limit=120)
