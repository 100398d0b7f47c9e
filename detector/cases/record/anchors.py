"""Heads of the chain outside the database: what was acknowledged cannot be cut off unseen.

``head`` holds the last head, rewritten in place after each commit. ``anchors.jsonl`` grows by a
line a day, and whenever somebody asks. Whoever keeps a copy of that file elsewhere can show years
later that nothing before its last line was rewritten.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

ANCHORS: Final = "anchors.jsonl"
HEAD: Final = "head"
_WIDTH: Final = 160


@dataclass(frozen=True)
class Anchor:
    """A head: the last event's sequence and hash, and when it was."""

    seq: int
    hash: str
    at: str

    def line(self) -> str:
        """One line of JSON."""
        return json.dumps(asdict(self), sort_keys=True)


def read_anchors(path: Path) -> list[Anchor]:
    """The anchors of a file, in its order; none where there is no file.

    Raises
    ------
    ValueError
        Naming the first line that is no anchor.
    """
    if not path.is_file():
        return []
    lines = path.read_text(encoding="utf-8").splitlines()
    return [_anchor(line, number, path) for number, line in enumerate(lines, 1) if line.strip()]


def _anchor(line: str, number: int, path: Path) -> Anchor:
    try:
        held = json.loads(line)
        found = Anchor(held["seq"], held["hash"], held["at"])
        if not isinstance(found.seq, int) or len(bytes.fromhex(found.hash)) != 32:
            raise ValueError("no sequence and hash")
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"line {number} of {path.name} is no anchor") from error
    return found


def last_heads(folder: Path) -> Iterator[Anchor]:
    """The heads that the folder itself holds beside the database.

    Raises
    ------
    ValueError
        Where one of the files is damaged.
    """
    yield from read_anchors(folder / HEAD)
    yield from read_anchors(folder / ANCHORS)[-1:]


def keep_head(folder: Path, anchor: Anchor) -> None:
    """Note the head; not synced by itself: a head that is behind accuses nobody."""
    handle = os.open(folder / HEAD, os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        os.pwrite(handle, f"{anchor.line():<{_WIDTH - 1}}\n".encode(), 0)
    finally:
        os.close(handle)


def add_anchor(folder: Path, anchor: Anchor) -> None:
    """Add a line for good."""
    handle = os.open(folder / ANCHORS, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        os.write(handle, f"{anchor.line()}\n".encode())
        os.fsync(handle)
    finally:
        os.close(handle)


def is_due(folder: Path, anchor: Anchor) -> bool:
    """Whether the file of anchors has none of this day yet."""
    held = read_anchors(folder / ANCHORS)[-1:]
    return not held or held[0].at[:10] < anchor.at[:10]
