"""Parquet: only the needed columns, a bounded number of rows at a time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from detector.errors import DataError
from detector.sources.csvfile import Select
from detector.sources.limits import MAX_COLUMNS, MAX_GROUP_BYTES, MAX_ROW_GROUP_ROWS, PART_ROWS
from detector.sources.raw import RawPart, numbered
from detector.sources.text import printable


def read_parquet(path: Path, name: str, select: Select) -> Iterator[RawPart]:
    """Yield the wanted columns of a Parquet file in slices of at most ``PART_ROWS`` rows.

    Raises
    ------
    DataError
        If the file is cut off or damaged, or one of its row groups would decode to more than
        ``MAX_GROUP_BYTES``.
    """
    metadata, found = _metadata(path, name)
    wanted = select(found)
    _refuse_bombs(metadata, set(wanted), name)
    columns = [pl.col(key).alias(target) for key, target in wanted.items()]
    for start, length in _spans(metadata):
        scan = pl.scan_parquet(path, hive_partitioning=False, glob=False)
        try:
            frame = scan.slice(start, length).select(columns).collect()
        except (pl.exceptions.PolarsError, OSError) as error:
            raise _damaged(name) from error
        for at in range(0, length, PART_ROWS):
            yield numbered(frame.slice(at, PART_ROWS), start + at + 1)


def _spans(metadata: pq.FileMetaData) -> Iterator[tuple[int, int]]:
    """Yield (first row, rows) of whole row groups, small ones taken together."""
    start = length = 0
    for index in range(metadata.num_row_groups):
        rows = metadata.row_group(index).num_rows
        if length and length + rows > PART_ROWS:
            yield start, length
            start, length = start + length, 0
        length += rows
    if length:
        yield start, length


def _metadata(path: Path, name: str) -> tuple[pq.FileMetaData, list[str]]:
    try:
        with pq.ParquetFile(path) as file:
            metadata, found = file.metadata, list(file.schema_arrow.names)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise _damaged(name) from error
    if len(found) > MAX_COLUMNS:
        raise DataError(
            f"{printable(name)} has {len(found)} columns; at most {MAX_COLUMNS} are read"
        )
    return metadata, found


def _damaged(name: str) -> DataError:
    return DataError(
        f"{printable(name)} is not a whole Parquet file: it is cut off or damaged; "
        "export or copy the file again"
    )


def _refuse_bombs(metadata: pq.FileMetaData, wanted: set[str], name: str) -> None:
    """Refuse a row group that is small on disk and huge in memory."""
    for index in range(metadata.num_row_groups):
        group = metadata.row_group(index)
        held = 0
        for column in range(group.num_columns):
            chunk = group.column(column)
            if chunk.path_in_schema.split(".", 1)[0] in wanted:
                held += max(chunk.total_uncompressed_size, 0)
        if held > MAX_GROUP_BYTES or group.num_rows > MAX_ROW_GROUP_ROWS:
            raise DataError(
                f"{printable(name)} holds a row group of {group.num_rows} rows and "
                f"{held >> 20} MiB in the needed columns; at most {MAX_ROW_GROUP_ROWS} rows and "
                f"{MAX_GROUP_BYTES >> 20} MiB are read at once; write it with smaller row groups"
            )
