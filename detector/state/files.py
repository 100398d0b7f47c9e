"""A file of the state, read and compared with its checksum."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

from detector.errors import StateDamaged
from detector.state.manifest import Stored

_REMEDY: Final = "delete the folder of this part and ingest its input again"
REMEDY_OF_PACKS: Final = "delete this pack and ingest the inputs again that it held"
REMEDY_OF_LISTS: Final = "delete it and ingest a log folder that holds this list"


def read_whole(path: Path, measure: Stored, remedy: str = _REMEDY, at: int | None = None) -> bytes:
    """Read a file of the state; ``remedy`` is what to do where it is not whole.

    Where it stands in another, ``at`` is where it begins.

    Raises
    ------
    StateError
        Where it is missing, cut off or changed.
    """
    try:
        with path.open("rb") as stream:
            stream.seek(at or 0)
            data = stream.read(-1 if at is None else measure.bytes)
    except FileNotFoundError:
        raise StateDamaged(f"{path} is missing from the state; {remedy}") from None
    if len(data) != measure.bytes:
        raise StateDamaged(
            f"{path} has {len(data)} bytes, expected {measure.bytes}: it was cut off or "
            f"overwritten; {remedy}"
        )
    if hashlib.sha256(data).hexdigest() != measure.sha256:
        raise StateDamaged(f"{path} is damaged: its checksum does not fit; {remedy}")
    return data
