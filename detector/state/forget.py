"""One input taken out of a state, with a receipt: a file that should never have been there.

It is remembered by its name and its hash, and not taken in again as long as it is the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

from detector.disk import Disk
from detector.errors import StateError
from detector.state.manifest import Manifest, Part
from detector.state.retain import retired, unscreen
from detector.state.seal import canonical
from detector.state.store import Store

_SHOWN: Final = 3


@dataclass(frozen=True)
class Forgotten:
    """What was taken out; ``name`` is the receipt's file below ``kept/``.

    ``instead`` is the input of the same content that counts now, if there is one.
    """

    name: str
    part: Part
    instead: str | None

    def as_dict(self) -> dict[str, Any]:
        """As written."""
        told = {"table": self.part.table, "path": self.part.path, "sha256": self.part.sha256}
        rows = self.part.counts["read"]
        return {"kind": "forget", "parts": [{**told, "rows_read": rows, "whole": True}]}


def forget(root: Path, path: str, *, wait: float = 10.0, disk: Disk | None = None) -> Forgotten:
    """Delete what an input became.

    Parameters
    ----------
    path
        The input, as the state names it: its path below the log folder.

    Raises
    ------
    StateError
        If there is no state, it is damaged or holds no such input, or another writer holds it.
    """
    store = Store(root, disk)
    if not root.is_dir():
        raise StateError(f"there is no state folder {root}; nothing was forgotten")
    with store.writing(wait):
        before = store.manifest()
        part = _named(before, path)
        name = f"forget-{before.sequence + 1:08d}.json"
        done = Forgotten(name, part, _copy_of(before, part))
        kept = {**before.kept, name: store.keep(name, canonical(done.as_dict()))}
        others = (retired(p) if p is part else p for p in before.parts)
        after = before.following(parts=tuple(others), kept=kept)
        after = store.publish(after)
        store.sweep(after)
        unscreen(store, after)
        return done


def _named(manifest: Manifest, path: str) -> Part:
    held = {part.path: part for part in manifest.parts if not part.retired}
    if path in held:
        return held[path]
    if any(part.path == path for part in manifest.parts):
        raise StateError(f"the input {path!r} was deleted before; there is nothing to forget")
    near = get_close_matches(path, held, n=_SHOWN, cutoff=0.5)
    meant = f"; did you mean {', '.join(map(repr, near))}?" if near else "."
    raise StateError(
        f"the state holds no input {path!r}{meant} Inputs are named by their path below the log "
        "folder, as in the quarantine and in `enduse score --json`"
    )


def _copy_of(manifest: Manifest, part: Part) -> str | None:
    others = (
        p.path for p in manifest.parts
        if p is not part and not p.retired and (p.table, p.sha256) == (part.table, part.sha256)
    )  # fmt: skip
    return next(others, None)
