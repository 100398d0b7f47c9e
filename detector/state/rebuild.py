"""A manifest that was lost or damaged, made again of the parts and of what stands beside it.

``rest.json`` says which parts counted, and all else that no part says. Where it has gone too (or
a state is older than it), the parts that are there count, and what cannot be known is said.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import polars as pl

from detector.errors import StateError
from detector.state import changes
from detector.state.changes import Change, Moved
from detector.state.contents import KEPT, PART, PARTS, SALT
from detector.state.files import read_whole
from detector.state.manifest import COUNTS, Manifest, Part, Stored, stored
from detector.state.packs import PACKS, members
from detector.state.rest import REST, Rest, rest_from_bytes
from detector.state.runs import runs_of
from detector.state.seal import canonical
from detector.state.store import Store

_RECEIPT: Final = re.compile(r"[a-z]+-(\d{8})\.json")
_PSEUDONYM: Final = re.compile(r"[0-9a-f]{32}")
_UNKNOWN: Final = (
    "which files were set aside or passed over is not known: they are looked at again",
    "which restricted-party lists there were is not known: they are taken in again from the logs",
    "under which key addresses in native logs were hashed is not known: give the same one",
)


@dataclass
class Rebuilt:
    """A manifest made again.

    ``lost`` are the inputs that counted and whose parts are not whole; ``unknown`` what nothing
    on the disk tells, in sentences. ``whole`` says that the manifest is the one that was.
    """

    manifest: Manifest
    lost: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)

    @property
    def whole(self) -> bool:
        """Whether nothing was lost and all is known."""
        return not self.lost and not self.unknown


def rebuilt(store: Store) -> Rebuilt:
    """Read the parts, and what stands beside them, for a manifest; nothing is written.

    Raises
    ------
    StateError
        If nothing of a state is there, or what is there cannot be told apart without its manifest.
    """
    root = store.root
    parts, broken = _parts(store)
    rest = _rest(root)
    if rest is not None:
        manifest, named = _followed(root, rest, parts)
        gone = [path for (_, path), key in sorted(named.items()) if key not in parts]
        return Rebuilt(manifest, lost=gone)
    if not parts and not broken:
        raise StateError(
            f"{root} holds no part of a state: there is nothing to rebuild a manifest from; "
            "ingest the logs, or restore the state from a backup"
        )
    live = _counting(root, parts)
    _refuse_pseudonyms(store, live)
    kept, retired, numbers = _receipts(root)
    held = {(part.table, part.path) for part in live}
    gone_by_rule = [p for p in retired if (p.table, p.path) not in held]
    numbers += [run.sequence for run in runs_of(root)]
    manifest = Manifest(max(numbers, default=0), kept=kept).following(parts=(*live, *gone_by_rule))
    return Rebuilt(manifest, broken, list(_UNKNOWN))


def is_whole(root: Path) -> bool:
    """Whether the manifest is there and is what was written."""
    try:
        changes.read(root)
    except (OSError, StateError):
        return False
    return True


def _rest(root: Path) -> Rest | None:
    """What stands beside the manifest, where it and the changes after it are whole."""
    try:
        rest = rest_from_bytes((root / REST).read_bytes(), str(root / REST))
        for _ in _changes(root, rest):
            pass
    except (OSError, StateError):
        return None
    return rest


def _changes(root: Path, rest: Rest) -> Iterator[Change]:
    edition = rest.manifest.edition
    return changes.following(root, changes.names_after(root, edition), edition, rest.digest)


def _followed(
    root: Path, rest: Rest, parts: Mapping[str, Part]
) -> tuple[Manifest, dict[tuple[str, str], str]]:
    """The manifest after its changes, of the parts that are there, and all that it named."""
    manifest = rest.whole(parts)
    named = {(n.table, n.path): n.key for n in rest.named}
    for change in _changes(root, rest):
        for place in change.gone:
            named.pop(place, None)
        gone = {(p.table, p.path) for p in change.parts if p.retired}
        named = {place: key for place, key in named.items() if place not in gone}
        named |= {(p.table, p.path): p.key for p in change.parts if not p.retired}
        here = tuple(p for p in change.parts if p.retired or p.key in parts)
        out = frozenset({*change.gone, *((p.table, p.path) for p in change.parts)})
        moved = Moved(out, here).of(manifest.parts)
        manifest = replace(manifest, **change.rest, parts=moved, edition=change.number)
    return manifest, named


def _parts(store: Store) -> tuple[dict[str, Part], list[str]]:
    """The parts that are whole, by key, and the names of the folders that are not."""
    found: dict[str, Part] = {}
    broken = []
    for folder in sorted((store.root / PARTS).glob("*")):
        part = store.described(folder.name)
        if part is None or not _is_whole(folder, part.files):
            broken.append(f"{PARTS}/{folder.name}" if part is None else part.path)
        else:
            found[part.key] = part
    for pack in sorted((store.root / PACKS).glob("*")):
        try:
            packed = members(pack)
        except StateError:
            broken.append(f"{PACKS}/{pack.name}")
            continue
        # A part that stands in a folder too was about to be packed, or to be taken away.
        found = {part.key: part for part in packed} | found
    return found, broken


def _is_whole(folder: Path, files: Mapping[str, Stored]) -> bool:
    try:
        for name, measure in files.items():
            read_whole(folder / name, measure)
    except (OSError, StateError):
        return False
    return True


def _counting(root: Path, parts: Mapping[str, Part]) -> list[Part]:
    """Of several parts of one place the one that was made last; of a delivery its last parent."""
    made = {key: _described_at(root, part).stat().st_mtime_ns for key, part in parts.items()}
    newest: dict[tuple[str, str], Part] = {}
    for part in sorted(parts.values(), key=lambda p: (made[p.key], p.key)):
        newest[part.table, part.path] = part
    parents: dict[tuple[str, str, str], str] = {}
    for part in newest.values():
        if part.delivery:
            parents[part.delivery] = max(parents.get(part.delivery, ""), _parent(part))
    return [
        p for p in newest.values() if p.delivery is None or _parent(p) == parents[p.delivery]
    ]  # fmt: skip


def _described_at(root: Path, part: Part) -> Path:
    return root / PARTS / part.key / PART if part.pack is None else root / PACKS / part.pack


def _parent(part: Part) -> str:
    return part.path.removesuffix(part.below)


def _refuse_pseudonyms(store: Store, parts: list[Part]) -> None:
    """Refuse a state whose accounts look hidden: under which key, nothing but the manifest says."""
    for part in parts:
        rows = [name for name in part.files if name.startswith("rows.")]
        if part.table != "accounts" or not rows:
            continue
        ids = store.read(part, rows[0])["account_id"].cast(pl.String).head(100)
        if ids.len() and all(_PSEUDONYM.fullmatch(value or "") for value in ids):
            raise StateError(
                f"{store.root} holds accounts under pseudonyms and no whole {REST}: under which "
                "key is not known; restore the state from a backup, or ingest the logs into a "
                "new folder"
            )


def _receipts(root: Path) -> tuple[dict[str, Stored], list[Part], list[int]]:
    """Receipts and the salt as they are there, what they say was deleted, and their numbers."""
    kept: dict[str, Stored] = {}
    gone: dict[tuple[str, str], Part] = {}
    numbers = []
    for path in sorted((root / KEPT).glob("*")):
        match = _RECEIPT.fullmatch(path.name)
        if path.name != SALT and match is None:
            continue
        kept[path.name] = stored(path.read_bytes())
        if match is not None:
            numbers.append(int(match[1]))
            gone |= {(p.table, p.path): p for p in _deleted(path)}
    return kept, list(gone.values()), numbers


def _deleted(receipt: Path) -> Iterator[Part]:
    """The inputs that a receipt says have gone as a whole."""
    try:
        told: dict[str, Any] = json.loads(receipt.read_bytes())
        if canonical(told) != receipt.read_bytes():
            return
        whole = [p for p in told.get("parts", ()) if p.get("whole")]
        yield from (forgotten(p["table"], p["path"], p["sha256"]) for p in whole)
    except (ValueError, KeyError, TypeError, AttributeError):
        return


def forgotten(table: str, path: str, sha256: str) -> Part:
    """What is remembered of an input that was deleted: its name and its hash."""
    return Part(
        table=table, path=path, source=None, period=None, sha256=sha256, bytes=0, key="",
        made_by="", files={}, counts=dict.fromkeys(COUNTS, 0),
    )  # fmt: skip
