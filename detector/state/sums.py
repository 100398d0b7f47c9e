"""Sums of days that have ended: the rollups of many parts of a table, added up in one file.

A sum lies below ``sums/`` under the name of its table: the rollups one after the other, then what
is in it, and the length of that. Nothing depends on it: it tells of which contents it is the sum,
and where a part is another, or the file is not what was written, it counts for nothing.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final

import polars as pl

from detector.errors import StateDamaged, StateError
from detector.state.files import read_whole
from detector.state.manifest import Manifest, Part, Stored, stored
from detector.state.seal import opened, sealed

if TYPE_CHECKING:
    from detector.state.store import Store

SUMS: Final = "sums"
FORMAT: Final = 1
"""Raised when what a sum holds is read or added up otherwise."""
REMEDY: Final = "the next score makes it anew"
_LENGTH: Final = 16
_ALL: Final = "all."

Input = tuple[str, str]
"""The path of an input, and a digest of what it adds up to."""


@dataclass(frozen=True)
class Sum:
    """What a file of sums says of itself.

    ``inputs`` are in it, rolled up by ``made_by``; ``files`` says where each rollup begins.
    """

    made_by: str
    inputs: frozenset[Input]
    files: Mapping[str, tuple[int, Stored]]

    def is_of(self, parts: Iterable[Part], made_by: str) -> bool:
        """Whether all that is in it is among parts that stand."""
        return self.made_by == made_by and self.inputs <= {input_of(part) for part in parts}


def input_of(part: Part) -> Input:
    """What tells one part's rollups from any other's: letting rows go leaves it as it is."""
    told = (f"{n} {m.sha256}" for n, m in sorted(part.files.items()) if n.startswith(_ALL))
    return part.path, sha256("\n".join(told).encode()).hexdigest()


def sum_of(root: Path, table: str) -> Sum | None:
    """What the sum of a table says of itself; None where there is none.

    Raises
    ------
    StateDamaged
        Where the file was cut off or changed.
    OSError
        Where it cannot be read.
    """
    path = root / SUMS / table
    try:
        with path.open("rb") as stream:
            end = stream.seek(0, 2)
            stream.seek(max(end - _LENGTH, 0))
            length = int(stream.read())
            stream.seek(max(end - _LENGTH - length, 0))
            return opened(stream.read(length), _read)
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise StateDamaged(f"{path} is damaged ({error}); {REMEDY}") from error


def _read(body: dict[str, Any]) -> Sum | None:
    if body["format"] != FORMAT:
        return None
    files = {n: (at, Stored(size, digest)) for n, (at, size, digest) in body["files"].items()}
    inputs = frozenset((path, content) for path, content in body["inputs"])
    return Sum(body["made_by"], inputs, files)


def frames_of(root: Path, table: str, held: Sum) -> dict[str, pl.DataFrame]:
    """The rollups of a sum, each in order.

    Raises
    ------
    StateDamaged
        Where they are not what was written.
    OSError
        Where they cannot be read.
    """
    path = root / SUMS / table
    return {
        name: pl.read_parquet(BytesIO(read_whole(path, measure, REMEDY, at)))
        for name, (at, measure) in held.files.items()
    }


def write_sum(
    store: Store,
    table: str,
    made_by: str,
    parts: Iterable[Part],
    frames: Mapping[str, pl.DataFrame],
) -> None:
    """Put the sum of parts in the place of the one before.

    Raises
    ------
    OSError
        Where it cannot be written.
    """
    folder = store.root / SUMS
    store.disk.make_folder(folder)
    staged = folder / f".{table}.{secrets.token_hex(6)}"
    try:
        with store.disk.stream(staged) as stream:
            files: dict[str, tuple[int, int, str]] = {}
            at = 0
            for name, frame in frames.items():
                measure = _put(stream, frame)
                files[name] = (at, measure.bytes, measure.sha256)
                at += measure.bytes
            inputs = sorted(input_of(part) for part in parts)
            told = {"format": FORMAT, "made_by": made_by, "inputs": inputs, "files": files}
            index = sealed(told)
            stream.write(index + b"%016d" % len(index))
        store.disk.replace(staged, folder / table)
    finally:
        store.disk.remove(staged)


def _put(stream: IO[bytes], frame: pl.DataFrame) -> Stored:
    """Write one rollup; memory holds the bytes of one at a time."""
    buffer = BytesIO()
    frame.write_parquet(buffer, compression="zstd", compression_level=1)
    data = buffer.getvalue()
    stream.write(data)
    return stored(data)


def outdated(root: Path, manifest: Manifest) -> list[Path]:
    """Files below ``sums/`` that hold what no part does any more, and what writers left there."""
    return [path for path in sorted((root / SUMS).glob("*")) if not _stands(path, manifest)]


def _stands(path: Path, manifest: Manifest) -> bool:
    try:
        held = sum_of(path.parent.parent, path.name)
    except (StateError, OSError):
        return False
    live = [part for part in manifest.live() if part.table == path.name]
    return held is not None and held.is_of(live, held.made_by)
