"""Packs: the files of many small parts of one table and day in one file, byte for byte.

A pack lies below ``packs/`` under its hash: the files of its parts in the order of their names,
part after part, then what ``part.json`` says of each, and the length of that. Parts are in the
manifest as they were, but for the pack that holds them and where in it they begin. A pack never
changes; where one of its parts is left behind or deleted, the others go into another.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from detector.errors import StateDamaged, StateError
from detector.state.changes import Moved, standing
from detector.state.manifest import Manifest, Part, by_place, part_of, plain_part
from detector.state.seal import opened, sealed

if TYPE_CHECKING:
    from detector.state.store import Store

PACKS: Final = "packs"
LEAST = 16
"""Parts of one table and day that are worth a pack."""
MOST: Final = 512
"""Parts of one pack."""
MOST_AT_ONCE: Final = 4_096
"""Parts that one call packs: a look of a service stays short."""
FEW: Final = 4
"""Packs of one table and day that become one."""
SMALL: Final = 1 << 16
"""Bytes of a part that is worth packing: a pack is never large."""
_LENGTH: Final = 16
_KEY: Final = 40


def pack_of(store: Store, parts: Sequence[Part]) -> list[Part]:
    """Write the files of parts into one pack; the parts that come back name it.

    Raises
    ------
    StateDamaged
        Where a file is not what was written.
    """
    held: list[bytes] = []
    at, placed = 0, []
    for part in parts:
        placed.append(replace(part, at=at))
        for name in sorted(part.files):
            held.append(store.bytes_of(part, name))
            at += part.files[name].bytes
    index = sealed({"parts": [_told(part) for part in placed]})
    data = b"".join((*held, index, b"%016d" % len(index)))
    key = sha256(data).hexdigest()[:_KEY]
    store.put(f"{PACKS}/{key}", data)
    return [replace(part, pack=key) for part in placed]


def _told(part: Part) -> list[Any]:
    return [part.at, plain_part(replace(part, passed=None, pack=None, at=0))]


def place_in(part: Part, name: str) -> int:
    """Where in its pack a file of a part begins."""
    return part.at + sum(m.bytes for n, m in part.files.items() if n < name)


def members(path: Path) -> list[Part]:
    """What a pack says of itself.

    Raises
    ------
    StateDamaged
        Where it is cut off or changed.
    """
    try:
        data = path.read_bytes()
        length = int(data[-_LENGTH:])
        index = data[-_LENGTH - length : -_LENGTH]
        if sha256(data).hexdigest()[:_KEY] != path.name:
            raise ValueError("its checksum does not fit")
        return opened(index, lambda body: [_member(path, *told) for told in body["parts"]])
    except (OSError, ValueError) as error:
        raise StateDamaged(
            f"{path} is damaged ({error}): delete it, and ingest the inputs again that it held"
        ) from error


def _member(path: Path, at: int, told: dict[str, Any]) -> Part:
    return replace(part_of(told), pack=path.name, at=at)


def names(manifest: Manifest) -> set[str]:
    """The packs that a manifest names."""
    return {part.pack for part in manifest.parts if part.pack is not None}


def due(manifest: Manifest) -> Iterator[list[Part]]:
    """Parts that are to be packed together: of one table and day, small, and settled."""
    days: dict[tuple[str, str], list[Part]] = {}
    for part in manifest.parts:
        if part.files and part.opens is None and part.horizon is not None and _is_small(part):
            days.setdefault((part.table, part.horizon[:10]), []).append(part)
    for _, parts in sorted(days.items()):
        sizes = Counter(part.pack for part in parts if part.pack is not None)
        open_packs = {pack for pack, count in sizes.items() if count < MOST // 2}
        loose = [part for part in parts if part.pack is None]
        if len(open_packs) >= FEW:
            loose = [part for part in parts if part.pack is None or part.pack in open_packs]
        elif len(loose) < LEAST:
            continue
        yield from (loose[n : n + MOST] for n in range(0, len(loose), MOST))


def _is_small(part: Part) -> bool:
    return sum(measure.bytes for measure in part.files.values()) <= SMALL


def compact(store: Store) -> bool:
    """Pack what is due, and publish it; the writer's lock is held. Whether there was any.

    What counts stays the same, and so does the sequence.
    """
    before, packed = store.manifest(), list[Part]()
    for parts in due(before):
        whole = [part for part in parts if store.present(part)]
        if whole and len(packed) < MOST_AT_ONCE:
            packed += pack_of(store, whole)
    if not packed:
        return False
    moved = Moved(frozenset(), tuple(packed))
    after = store.publish(replace(before, parts=moved.of(before.parts)), moved)
    store.sweep(after)
    return True


def without(store: Store, before: Manifest, after: Manifest, moved: Moved) -> Moved:
    """What moves besides, so that no pack keeps a part that is left behind or deleted."""
    now = {by_place(part): part.pack for part in moved.new}
    lost = set[str]()
    for place in moved.gone | now.keys():
        for part in before.parts[standing(before.parts, place)]:
            if part.pack is not None and now.get(place) != part.pack:
                lost.add(part.pack)
    more: list[Part] = []
    for pack in sorted(lost):
        stay = [part for part in after.parts if part.pack == pack]
        try:
            more += pack_of(store, stay) if stay else []
        except (StateError, OSError):
            lost.discard(pack)  # It is damaged, which a check says; what stays is left in it.
    new = (*(part for part in moved.new if part.pack not in lost), *more)
    return Moved(moved.gone, new) if more else moved
