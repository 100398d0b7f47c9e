"""Boxes as rows that Spark carries without looking inside."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import pyarrow as pa

from detector.buckets.boxes import Box

COLUMNS: Final = pa.schema(
    [("name", pa.string()), ("bucket", pa.int32()), ("payload", pa.binary())]
)
DDL: Final = "name string, bucket int, payload binary"


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
