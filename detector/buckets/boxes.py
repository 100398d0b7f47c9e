"""Tables as bytes that travel or lie on a disk, and the bucket of an account."""

from __future__ import annotations

import io
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import polars as pl


@dataclass(frozen=True)
class Box:
    """One table on its way: what it is, which bucket it belongs to, and its rows.

    They are packed where they travel or lie on a disk, and not before.
    """

    name: str
    bucket: int
    rows: pl.DataFrame | bytes

    @property
    def payload(self) -> bytes:
        """The rows as bytes; types, nulls and the order of rows are kept."""
        if isinstance(self.rows, bytes):
            return self.rows
        stream = io.BytesIO()
        self.rows.write_ipc_stream(stream, compression="lz4")
        return stream.getvalue()

    def open(self) -> pl.DataFrame:
        """The rows as a frame."""
        return pl.read_ipc_stream(self.rows) if isinstance(self.rows, bytes) else self.rows


class Boxes(Protocol):
    """Boxes that can be had here, by their names."""

    def names(self) -> Sequence[str]:
        """The names that boxes have, each once."""
        ...

    def named(self, name: str) -> Iterator[Box]:
        """The boxes of a name, one by one."""
        ...

    def of(self, bucket: int, names: Collection[str] | None = None) -> Iterator[Box]:
        """The boxes of a bucket, one by one; those of some names alone."""
        ...


@dataclass(frozen=True)
class Frames:
    """The frames of a name, opened one after the other, as often as they are gone through."""

    boxes: Boxes
    name: str

    def __iter__(self) -> Iterator[pl.DataFrame]:
        return (box.open() for box in self.boxes.named(self.name))


@dataclass(frozen=True)
class Listed:
    """Boxes that are here already."""

    boxes: Sequence[Box]

    def names(self) -> Sequence[str]:
        """The names that boxes have, each once."""
        return list(dict.fromkeys(box.name for box in self.boxes))

    def named(self, name: str) -> Iterator[Box]:
        """The boxes of a name, one by one."""
        return (box for box in self.boxes if box.name == name)

    def of(self, bucket: int, names: Collection[str] | None = None) -> Iterator[Box]:
        """The boxes of a bucket, one by one; those of some names alone."""
        mine = (box for box in self.boxes if box.bucket == bucket)
        return (box for box in mine if names is None or box.name in names)


def bucket_of(buckets: int, column: str = "account_id") -> pl.Expr:
    """The bucket (Int32) of an account.

    Polars' hash differs between its versions, so no two of them may work on one run; nothing
    that is kept depends on it.
    """
    return (pl.col(column).hash(seed=0) % pl.lit(buckets, dtype=pl.UInt64)).cast(pl.Int32)


def split(frames: Mapping[str, pl.DataFrame], buckets: int) -> Iterator[Box]:
    """The rows of each frame, by the bucket of their account."""
    for name, frame in frames.items():
        marked = frame.with_columns(bucket_of(buckets).alias("_bucket"))
        parts = marked.partition_by("_bucket", include_key=False, as_dict=True)
        for (bucket,), rows in parts.items():
            yield Box(name, int(bucket), rows)


def gather(boxes: Iterable[Box]) -> dict[str, list[pl.DataFrame]]:
    """The frames of each name, in the order of the boxes."""
    found: dict[str, list[pl.DataFrame]] = {}
    for box in boxes:
        found.setdefault(box.name, []).append(box.open())
    return found
