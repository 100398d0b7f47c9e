"""How files of a state's own folder are replaced, and the manifest with what stands beside it."""

from __future__ import annotations

import secrets
from dataclasses import replace
from pathlib import Path
from typing import Final

from detector.disk import Disk
from detector.state.changes import (
    CHANGES,
    MANIFEST,
    Held,
    Moved,
    change_bytes,
    name_of,
    names_until,
    newest_edition,
)
from detector.state.manifest import Manifest
from detector.state.rest import REST, rest_bytes
from detector.state.seal import digest_of

STAGING: Final = "staging"
FIRST: Final = ".first"
"""There while nothing was ever published: parts without a manifest are then no loss."""


class Folder:
    """A state's folder, and the manifest that was last read or written in it."""

    def __init__(self, root: Path, disk: Disk | None = None) -> None:
        self.root = root
        self.disk = disk or Disk()
        self._held: Held | None = None

    @property
    def held(self) -> Held | None:
        """What was last read or written as the manifest, and of which files."""
        return self._held

    def _staged(self, name: str) -> Path:
        return self.root / STAGING / f"{name}.{secrets.token_hex(6)}"

    def put(self, name: str, data: bytes) -> None:
        """Replace a file of the state's own folder."""
        staged = self._staged(name.replace("/", "."))
        self.disk.write(staged, data)
        self.disk.replace(staged, self.root / name)

    def put_rest(self) -> None:
        """Write what stands beside the manifest's file anew."""
        path = self.root / MANIFEST
        data = path.read_bytes()
        self.put(REST, rest_bytes(Manifest.from_bytes(data, str(path)), digest_of(data)))

    def _change(self, held: Held, manifest: Manifest, moved: Moved) -> Manifest:
        """Write what is another beside the manifest that is there."""
        after = replace(manifest, edition=held.manifest.edition + 1)
        data, name = change_bytes(held, after, moved), name_of(after.edition)
        self.disk.make_folder(self.root / CHANGES)
        self.put(f"{CHANGES}/{name}", data)
        self._held = held.after(after, name, data, moved)
        return after

    def _publish_whole(self, manifest: Manifest) -> Manifest:
        # A change beside a manifest that was lost or damaged must never follow the one made now.
        whole = replace(manifest, edition=newest_edition(self.root, manifest.edition))
        data = whole.to_bytes()
        self.put(REST, rest_bytes(whole, digest_of(data)))
        self.put(MANIFEST, data)
        self._held = Held.of(self.root, data, whole)
        for name in names_until(self.root, whole.edition):
            self.disk.remove(self.root / CHANGES / name)
        self.disk.remove(self.root / FIRST)
        return whole
