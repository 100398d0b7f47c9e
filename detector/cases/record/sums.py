"""Sums over the blocks of the database file: SQLite has none, and a flipped bit can read well.

The file changes only when the log in front of it is folded in (a checkpoint), always under the
writer's lock, and only in the blocks of pages that the log holds; their sums are taken right
after. The others stay: a bit that flipped in one of them meanwhile is still found. Before it the
sums are removed: without them nothing is claimed, and after a crash `verify` goes by events alone.
"""

from __future__ import annotations

import hashlib
import json
import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Final

SUMS: Final = "cases.sums"
_BLOCK: Final = 1 << 16
_BYTES: Final = 16
#: SQLite's log: its first four bytes, the bytes before the first frame and before each page.
_MAGIC: Final = (0x377F0682, 0x377F0683)
_LOG_HEAD: Final = 32
_FRAME_HEAD: Final = 24
_LEAST: Final = 512


def block_sums(path: Path) -> list[str]:
    """BLAKE2b of each block of 64 KiB, 16 bytes in hex."""
    with path.open("rb") as stream:
        return list(iter(lambda: _sum(stream), ""))


@contextmanager
def folding(folder: Path, path: Path, log: Path) -> Iterator[None]:
    """Claim nothing while the log is folded into the file, and take the sums anew after it."""
    held, changed = _held(folder), _blocks_of(log)
    forget(folder)
    yield
    if held is None or changed is None:
        take(folder, path)
    else:
        _keep(folder, path, _renewed(path, held, changed))


def forget(folder: Path) -> None:
    """Claim nothing: the file is about to change."""
    (folder / SUMS).unlink(missing_ok=True)
    synced(folder)


def take(folder: Path, path: Path) -> None:
    """Note the sums of a file as it is now."""
    _keep(folder, path, block_sums(path))


def _keep(folder: Path, path: Path, found: list[str]) -> None:
    text = json.dumps({"bytes": path.stat().st_size, "blocks": found}) + "\n"
    beside = folder / f".{SUMS}"
    with beside.open("w", encoding="ascii") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    beside.replace(folder / SUMS)
    synced(folder)


def _held(folder: Path) -> dict[str, Any] | None:
    """The sums as they are noted; None where there are none, or none that can be read."""
    try:
        held = json.loads((folder / SUMS).read_text(encoding="ascii"))
        return held if isinstance(held["blocks"], list) and held["bytes"] >= 0 else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _blocks_of(log: Path) -> set[int] | None:
    """The blocks whose pages a log holds, also of what was never committed; None where unclear.

    See SQLite's file format, "The Write-Ahead Log": a head of 32 bytes, then frames, each of 24
    bytes before its page; the first four are the number of the page, from one.
    """
    try:
        data = log.read_bytes()
    except FileNotFoundError:
        return set()
    if len(data) < _LOG_HEAD:
        return set()
    magic, size = struct.unpack_from(">I4xI", data)
    if magic not in _MAGIC or not _LEAST <= size <= _BLOCK:
        return None
    frames = range(_LOG_HEAD, len(data) - _FRAME_HEAD - size + 1, _FRAME_HEAD + size)
    pages = (struct.unpack_from(">I", data, at)[0] - 1 for at in frames)
    return {page * size // _BLOCK for page in pages}


def _renewed(path: Path, held: dict[str, Any], changed: set[int]) -> list[str]:
    """The sums with those of changed blocks, and of all that the file grew or shrank by."""
    found, size = list(held["blocks"]), path.stat().st_size
    count = -(-size // _BLOCK)
    edge = min(size, held["bytes"]) // _BLOCK if size != held["bytes"] else count
    del found[count:]
    found += [""] * (count - len(found))
    with path.open("rb") as stream:
        for block in sorted({one for one in changed if one < count} | set(range(edge, count))):
            stream.seek(block * _BLOCK)
            found[block] = _sum(stream)
    return found


def _sum(stream: BinaryIO) -> str:
    """The sum of the next block; empty at the end."""
    block = stream.read(_BLOCK)
    return hashlib.blake2b(block, digest_size=_BYTES).hexdigest() if block else ""


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


def synced(path: Path) -> None:
    """Have what was written to a file, or into a folder, on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
