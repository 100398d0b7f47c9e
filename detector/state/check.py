"""Is the stored state what was written? Every file is read and compared with its checksum."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

from detector.errors import StateError
from detector.state.changes import CHANGES, MANIFEST
from detector.state.contents import KEPT, LISTS, LOCK, PART, PARTS
from detector.state.files import read_whole
from detector.state.folder import STAGING
from detector.state.lock import exclusive_now
from detector.state.manifest import Manifest, Part, Stored, tells_of
from detector.state.packs import PACKS, members, names
from detector.state.rest import REST, rest_from_bytes
from detector.state.store import Store
from detector.state.sums import SUMS, frames_of, outdated, sum_of


@dataclass(frozen=True)
class Finding:
    """One file that is not as it should be; only ``damaged`` is any harm."""

    kind: Literal["damaged", "left over", "being written"]
    path: str
    sentence: str


def check(root: Path) -> tuple[Manifest, list[Finding]]:
    """Read the whole state.

    Returns
    -------
    manifest, findings
        ``findings`` is empty where all is well.

    Raises
    ------
    StateError
        Where there is no state, or the manifest itself is damaged.
    """
    store = Store(root)
    with store.reading() as manifest:
        if not (root / MANIFEST).is_file():
            raise StateError(
                f"{root} holds no {MANIFEST}: nothing was ever stored there, or it was deleted; "
                "make a state with `enduse ingest LOGS --state DIR`"
            )
        return manifest, list(_findings(store, manifest))


def _findings(store: Store, manifest: Manifest) -> Iterator[Finding]:
    yield from _beside(store, manifest)
    for name, measure in manifest.kept.items():
        yield from _compared(store.root / KEPT / name, measure)
    for held in manifest.lists.files.values():
        yield from _whole(store.place_of_list(held), partial(store.read_list, held))
    for part in manifest.parts:
        if not part.retired:
            yield from _part(store, part)
    for pack in sorted(names(manifest)):
        path = store.root / PACKS / pack
        yield from _whole(path, partial(members, path))
    yield from _sums(store)
    named = {part.key for part in manifest.parts if part.pack is None}
    lists = {held.sha256 for held in manifest.lists.files.values()}
    owned: tuple[tuple[str, set[str]], ...] = (
        (PARTS, named),
        (PACKS, names(manifest)),
        (KEPT, set(manifest.kept)),
        (LISTS, lists),
        (STAGING, set()),
        (CHANGES, set(store.held.names) if store.held else set()),
    )
    unnamed = [
        entry
        for folder, known in owned
        for entry in sorted((store.root / folder).glob("*"))
        if entry.name not in known
    ]
    unnamed += [path for path in outdated(store.root, manifest) if _is_whole(store, path)]
    # Asked after looking: whoever wrote what was seen may have ended since, which leaves nothing.
    writing = bool(unnamed) and _is_being_written(store.root)
    for entry in unnamed:
        if writing:
            yield Finding("being written", str(entry), "a service or an ingest is at work")
        elif entry.exists():
            yield Finding("left over", str(entry), "no manifest names it")


def _sums(store: Store) -> Iterator[Finding]:
    """Sums that are not what was written; files that were begun are none."""
    for path in sorted((store.root / SUMS).glob("[!.]*")):
        yield from _whole(path, partial(_read_sum, store.root, path.name))


def _read_sum(root: Path, table: str) -> None:
    if (held := sum_of(root, table)) is not None:
        frames_of(root, table, held)


def _is_whole(store: Store, path: Path) -> bool:
    """Whether nothing is said of a sum yet."""
    return path.name.startswith(".") or not any(
        _whole(path, partial(_read_sum, store.root, path.name))
    )


def _is_being_written(root: Path) -> bool:
    try:
        with exclusive_now(root / LOCK) as free:
            return not free
    except OSError:
        # A state on a read-only medium has no writer.
        return False


def _beside(store: Store, manifest: Manifest) -> Iterator[Finding]:
    """What stands beside the manifest; a state of an earlier version has none."""
    path = store.root / REST
    if not path.exists():
        return
    mend = "`enduse state rebuild DIR` or the next change writes it anew"
    try:
        rest = rest_from_bytes(path.read_bytes(), str(path))
    except (StateError, OSError) as error:
        yield Finding("damaged", str(path), f"{error}; {mend}")
        return
    of_it = rest.manifest.sequence == manifest.sequence
    if store.held is not None and rest.digest:
        of_it = rest.digest == store.held.snapshot
    if not of_it:
        yield Finding("left over", str(path), f"it is of another sequence; {mend}")


def _part(store: Store, part: Part) -> Iterator[Finding]:
    if part.pack is not None:
        for name in part.files:
            yield from _whole(store.root / PACKS / part.pack, partial(store.bytes_of, part, name))
        return
    folder = store.root / PARTS / part.key
    for name, measure in part.files.items():
        yield from _compared(folder / name, measure)
    described = folder / PART
    if not described.is_file() or not tells_of(described.read_bytes(), part):
        yield Finding(
            "damaged", str(described), f"{described} is not what the manifest says of the part"
        )
    for entry in sorted(folder.glob("*")):
        if entry.name != PART and entry.name not in part.files:
            yield Finding("left over", str(entry), "the part does not name it")


def _compared(path: Path, measure: Stored) -> Iterator[Finding]:
    return _whole(path, partial(read_whole, path, measure))


def _whole(path: Path, read: Callable[[], object]) -> Iterator[Finding]:
    try:
        read()
    except (StateError, OSError) as error:
        yield Finding("damaged", str(path), str(error))
