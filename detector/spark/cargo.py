"""Tables as bytes that Spark carries without looking inside, and the bucket of an account."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import polars as pl
import pyarrow as pa

COLUMNS: Final = pa.schema(
    [("name", pa.string()), ("bucket", pa.int32()), ("payload", pa.binary())]
)
DDL: Final = "name string, bucket int, payload binary"


@dataclass(frozen=True)
class Box:
    """One table on its way: what it is, which bucket it belongs to, and its rows."""

    name: str
    bucket: int
    payload: bytes

    @classmethod
    def pack(cls, name: str, bucket: int, frame: pl.DataFrame) -> Box:
        """Pack a frame; types, nulls and the order of rows are kept."""
        stream = io.BytesIO()
        frame.write_ipc_stream(stream, compression="lz4")
        return cls(name, bucket, stream.getvalue())

    def open(self) -> pl.DataFrame:
        """The frame that was packed."""
        return pl.read_ipc_stream(self.payload)


def to_table(boxes: Iterable[Box]) -> pa.Table:
    """All boxes as one Arrow table, in which each box is a chunk of its own."""
    return pa.Table.from_batches(list(to_batches(boxes)), schema=COLUMNS)


def to_batches(boxes: Iterable[Box]) -> Iterator[pa.RecordBatch]:
    """One record batch for each box: together they may pass the 2 GiB of one batch."""
    for box in boxes:
        row = {"name": [box.name], "bucket": [box.bucket], "payload": [box.payload]}
        yield pa.RecordBatch.from_pydict(row, schema=COLUMNS)


def from_arrow(rows: pa.Table | pa.RecordBatch) -> Iterator[Box]:
    """The boxes of an Arrow table or batch."""
    names, buckets, payloads = (rows.column(name) for name in COLUMNS.names)
    for number in range(rows.num_rows):
        yield Box(names[number].as_py(), buckets[number].as_py(), payloads[number].as_py())


def bucket_of(buckets: int, column: str = "account_id") -> pl.Expr:
    """The bucket (Int32) of an account.

    Polars' hash differs between its versions, so ``tasks.check_versions`` lets no two work
    on one run; nothing that is kept depends on it.
    """
    return (pl.col(column).hash(seed=0) % pl.lit(buckets, dtype=pl.UInt64)).cast(pl.Int32)


def split(frames: Mapping[str, pl.DataFrame], buckets: int) -> Iterator[Box]:
    """The rows of each frame, by the bucket of their account."""
    for name, frame in frames.items():
        marked = frame.with_columns(bucket_of(buckets).alias("_bucket"))
        parts = marked.partition_by("_bucket", include_key=False, as_dict=True)
        for (bucket,), rows in parts.items():
            yield Box.pack(name, int(bucket), rows)


def gather(boxes: Iterable[Box]) -> dict[str, list[pl.DataFrame]]:
    """The frames of each name, in the order of the boxes."""
    found: dict[str, list[pl.DataFrame]] = {}
    for box in boxes:
        found.setdefault(box.name, []).append(box.open())
    return found
