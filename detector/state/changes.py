"""Changes of a large manifest, each written beside it: a change costs what it changes.

``manifest.json`` is whole at some edition. ``changes/NUMBER.json`` follow it one by one; each
names by its digest what it follows, so that none can be missing in between. After many, the
manifest is written whole again and they go. A small manifest is always written whole.
"""

from __future__ import annotations

import os
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, Final

from detector.errors import StateDamaged
from detector.state.manifest import (
    Manifest,
    Part,
    by_place,
    part_of,
    plain_field,
    plain_part,
    read_field,
)
from detector.state.seal import digest_of, opened, sealed

MANIFEST: Final = "manifest.json"
CHANGES: Final = "changes"
LEAST = 512
"""Parts of a manifest that is worth a change beside it."""
MOST: Final = 1024
"""Changes beside a manifest; it is then written whole again."""
SHARE: Final = 8
"""So many times the parts that changes tell of, a manifest has at least."""
_TRIES: Final = 100
_FEW: Final = 16
_FORMAT: Final = 1
_FIELDS: Final = tuple(f.name for f in fields(Manifest) if f.name not in ("parts", "edition"))

FileMark = tuple[int, int, int, int]
"""Inode, size and times of change (ns) of a file or a folder of the state."""
Place = tuple[str, str]


@dataclass(frozen=True)
class Moved:
    """What of the parts another manifest is: places that have gone, and parts that are new."""

    gone: frozenset[Place]
    new: tuple[Part, ...]

    @classmethod
    def between(cls, before: Manifest, after: Manifest) -> Moved:
        """What ``after`` has otherwise."""
        held = {id(part) for part in before.parts}
        new = tuple(part for part in after.parts if id(part) not in held)
        here = {id(part) for part in after.parts}
        left = {(p.table, p.path) for p in before.parts if id(p) not in here}
        return cls(frozenset(left - {(p.table, p.path) for p in new}), new)

    def of(self, parts: Sequence[Part]) -> tuple[Part, ...]:
        """The parts after, in the order of tables and paths."""
        if len(self.gone) + len(self.new) > len(parts) // _FEW:
            out = self.gone | {(p.table, p.path) for p in self.new}
            stay = [p for p in parts if (p.table, p.path) not in out]
            return tuple(sorted((*stay, *self.new), key=by_place))
        # Of many parts few move: the others are not looked at one by one.
        found = list(parts)
        for place in self.gone:
            del found[standing(found, place)]
        for part in self.new:
            found[standing(found, by_place(part))] = [part]
        return tuple(found)


def standing(parts: Sequence[Part], place: Place) -> slice:
    """Where the part of a place stands; an empty slice where it would."""
    at = bisect_left(parts, place, key=by_place)
    here = at < len(parts) and by_place(parts[at]) == place
    return slice(at, at + here)


@dataclass(frozen=True)
class Held:
    """A manifest as it was read: of which file, after which changes.

    ``digest`` is that of the last change, ``snapshot`` that of the manifest's file; ``told``
    counts the parts that the changes tell of.
    """

    mark: FileMark
    names: tuple[str, ...]
    manifest: Manifest
    digest: str
    snapshot: str
    told: int = 0

    @classmethod
    def of(cls, root: Path, data: bytes, manifest: Manifest) -> Held:
        """A manifest that was just written."""
        digest = digest_of(data)
        return cls(mark_of(os.stat(root / MANIFEST)), (), manifest, digest, digest)

    def after(self, manifest: Manifest, name: str, data: bytes, moved: Moved) -> Held:
        """What is held after a change that was just written."""
        told = self.told + len(moved.new) + len(moved.gone)
        return replace(
            self, names=(*self.names, name), manifest=manifest, digest=digest_of(data), told=told
        )


def mark_of(status: os.stat_result) -> FileMark:
    """What tells the contents of a file apart, or the names in a folder."""
    return status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


def read(root: Path, known: Held | None = None) -> Held:
    """The newest whole manifest; what ``known`` has is not read again.

    Raises
    ------
    FileNotFoundError
        Where there is none.
    StateDamaged
        Where it is damaged, or a change is damaged or missing.
    """
    for _ in range(_TRIES):
        base = _whole(root, known)
        try:
            held = _followed(root, base)
        except (StateDamaged, FileNotFoundError):
            if not _replaced(root, base):
                raise
            continue
        # Changes go only once a manifest took their place: where it did not, all were there.
        if not _replaced(root, held):
            return held
        known = None
    raise StateDamaged(f"{root / MANIFEST} is replaced again and again; stop what writes it")


def _replaced(root: Path, held: Held) -> bool:
    return mark_of(os.stat(root / MANIFEST)) != held.mark


def _whole(root: Path, known: Held | None) -> Held:
    path = root / MANIFEST
    with path.open("rb") as stream:
        mark = mark_of(os.fstat(stream.fileno()))
        if known is not None and known.mark == mark:
            return known
        data = stream.read()
    manifest = Manifest.from_bytes(data, str(path))
    digest = digest_of(data)
    return Held(mark, (), manifest, digest, digest)


def _followed(root: Path, held: Held) -> Held:
    """What is held, after the changes that it does not know yet."""
    names = names_after(root, held.manifest.edition)
    if not names:
        return held
    manifest, digest, told = held.manifest, held.digest, held.told
    gone: dict[Place, None] = {}
    new: dict[Place, Part] = {}
    for change in following(root, names, manifest.edition, digest):
        for place in change.gone:
            gone[place] = None
            new.pop(place, None)
        new |= {(p.table, p.path): p for p in change.parts}
        manifest = replace(manifest, **change.rest, edition=change.number)
        digest, told = change.digest, told + len(change.parts) + len(change.gone)
    moved = Moved(frozenset(gone), tuple(new.values()))
    manifest = replace(manifest, parts=moved.of(held.manifest.parts))
    return replace(held, names=(*held.names, *names), manifest=manifest, digest=digest, told=told)


def name_of(edition: int) -> str:
    """The name of a change."""
    return f"{edition:010d}.json"


def newest_edition(root: Path, known: int) -> int:
    """The number of the last change that is there, or of the last that a manifest holds."""
    return max([known, *(int(name.partition(".")[0]) for name in _names(root)[-1:])])


def names_after(root: Path, edition: int) -> list[str]:
    """The names of the changes that follow an edition, in their order."""
    return [name for name in _names(root) if int(name.partition(".")[0]) > edition]


def names_until(root: Path, edition: int) -> list[str]:
    """The names of changes that a manifest holds already: nobody needs them."""
    return [name for name in _names(root) if int(name.partition(".")[0]) <= edition]


def _names(root: Path) -> list[str]:
    try:
        found = os.listdir(root / CHANGES)
    except FileNotFoundError:
        return []
    return sorted(n for n in found if n.partition(".")[0].isdecimal() and n.endswith(".json"))


@dataclass(frozen=True)
class Change:
    """One change as it was read; ``rest`` are the fields of a manifest that it gives anew."""

    number: int
    gone: tuple[Place, ...]
    parts: tuple[Part, ...]
    rest: dict[str, Any]
    digest: str


def following(root: Path, names: Iterable[str], edition: int, digest: str) -> Iterator[Change]:
    """Read changes, each of which must follow the one before.

    Raises
    ------
    StateDamaged
        Where one is damaged, missing, or follows something else.
    FileNotFoundError
        Where one has gone meanwhile.
    """
    for name in names:
        path = root / CHANGES / name
        data = path.read_bytes()
        try:
            number, after, change = opened(data, lambda body: _read(body, digest_of(data)))  # noqa: B023
            if number != edition + 1 or after != digest:
                raise ValueError("it does not follow what is there")
        except ValueError as error:
            raise StateDamaged(
                f"{path} is damaged ({error}): it is not the change that was written, or one "
                "before it is gone; make the manifest again of the parts with `enduse state "
                "rebuild DIR`, or restore the state from a backup"
            ) from error
        yield change
        edition, digest = number, change.digest


def _read(body: dict[str, Any], digest: str) -> tuple[int, str, Change]:
    if body["format"] != _FORMAT:
        raise ValueError("it has another format")
    rest = {name: read_field(name, value) for name, value in body["rest"].items()}
    gone = tuple((table, path) for table, path in body["gone"])
    parts = tuple(part_of(told) for told in body["parts"])
    change = Change(body["number"], gone, parts, rest, digest)
    return body["number"], body["after"], change


def change_bytes(held: Held, after: Manifest, moved: Moved) -> bytes:
    """A change as stored."""
    before = held.manifest
    rest = {
        name: plain_field(after, name)
        for name in _FIELDS
        if getattr(before, name) != getattr(after, name)
    }
    return sealed({
        "format": _FORMAT, "number": after.edition, "after": held.digest, "rest": rest,
        "gone": sorted(moved.gone), "parts": [plain_part(part) for part in moved.new],
    })  # fmt: skip


def is_worth(held: Held, after: Manifest, moved: Moved) -> bool:
    """Whether a change is written beside the manifest, and not a whole manifest."""
    told = held.told + len(moved.new) + len(moved.gone)
    large = len(after.parts) >= LEAST
    return large and len(held.names) < MOST and told * SHARE <= len(after.parts)
