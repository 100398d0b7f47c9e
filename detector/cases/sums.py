"""Sums over the blocks of the database file: SQLite has none, and a flipped bit can read well.

The file changes only when the log in front of it is folded in (a checkpoint), always under the
writer's lock; the sums are taken right after. Before it they are removed: without sums nothing
is claimed, and after a crash `verify` goes by events alone.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Final

SUMS: Final = "cases.sums"
_BLOCK: Final = 1 << 16
_BYTES: Final = 16


def block_sums(path: Path) -> list[str]:
    """BLAKE2b of each block of 64 KiB, 16 bytes in hex."""
    found = []
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            found.append(hashlib.blake2b(block, digest_size=_BYTES).hexdigest())
    return found


def forget(folder: Path) -> None:
    """Claim nothing: the file is about to change."""
    (folder / SUMS).unlink(missing_ok=True)
    _sync_folder(folder)


def take(folder: Path, path: Path) -> None:
    """Note the sums of a file as it is now."""
    text = json.dumps({"bytes": path.stat().st_size, "blocks": block_sums(path)}) + "\n"
    beside = folder / f".{SUMS}"
    with beside.open("w", encoding="ascii") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    beside.replace(folder / SUMS)
    _sync_folder(folder)


def damaged_blocks(folder: Path, path: Path) -> list[int] | None:
    """Blocks that are not what they were, by number; None where no sums were taken.

    Raises
    ------
    ValueError
        Where the file of sums is damaged itself.
    """
    held = folder / SUMS
    if not held.is_file():
        return None
    try:
        wanted = json.loads(held.read_text(encoding="ascii"))["blocks"]
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{SUMS} is damaged") from error
    found = block_sums(path)
    most = max(len(found), len(wanted))
    return [n for n in range(most) if found[n : n + 1] != wanted[n : n + 1]]


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
