"""What a manifest says that no part does, written beside it: a lost manifest is made of both.

``rest.json`` is written before the manifest of the same sequence. It has the whole manifest but
for the parts, of which it has the names and whether they count.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from detector.errors import StateError
from detector.state.manifest import Manifest, Part, by_place
from detector.state.seal import opened, sealed

REST: Final = "rest.json"


@dataclass(frozen=True)
class Named:
    """A part as the rest of a manifest names it."""

    key: str
    table: str
    path: str
    passed: str | None


@dataclass(frozen=True)
class Rest:
    """A manifest whose parts are but named; those that were deleted are whole in ``manifest``.

    ``digest`` is that of the manifest's file; of an earlier version it says none.
    """

    manifest: Manifest
    named: tuple[Named, ...]
    digest: str = ""

    def whole(self, parts: Mapping[str, Part]) -> Manifest:
        """The manifest, made of the parts that are there, by key."""
        live = (replace(parts[n.key], passed=n.passed) for n in self.named if n.key in parts)
        return replace(
            self.manifest,
            parts=tuple(sorted((*self.manifest.parts, *live), key=by_place)),
        )


def rest_bytes(manifest: Manifest, digest: str) -> bytes:
    """As stored; ``digest`` is that of the manifest's file."""
    gone = tuple(part for part in manifest.parts if part.retired)
    live = [[p.key, p.table, p.path, p.passed] for p in manifest.parts if not p.retired]
    return sealed({**replace(manifest, parts=gone).body(), "named": live, "of": digest})


def rest_from_bytes(data: bytes, name: str) -> Rest:
    """Read what ``rest_bytes`` wrote.

    Raises
    ------
    StateError
        Where it is cut off, changed or of another format.
    """

    def read(body: dict[str, Any]) -> Rest:
        named = tuple(Named(*told) for told in body.pop("named"))
        digest = body.pop("of", "")
        return Rest(Manifest.of_body(body), named, digest)

    try:
        return opened(data, read)
    except ValueError as error:
        raise StateError(f"{name} is damaged: it is not what was written") from error
